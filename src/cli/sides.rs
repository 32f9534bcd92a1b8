//! The two sides of a difference: git revisions or directories, read and compiled.
#![expect(clippy::disallowed_methods, reason = "tells directories from revisions")]

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use jiff::civil::Date;

use crate::{
    cli::{outcome::CommandOutcome, roots::Loaded},
    definition::compile::{Merged, Root},
    report::findings::human,
    source::{
        file_kind::{is_url, shown},
        git::{
            committed::Committed,
            revision::{Revision, Revisions},
        },
        read::{SourceOptions, read},
        unreadable::Unreadable,
    },
};

/// What stands for the working tree in sentences.
const WORKING_TREE: &str = "the working tree";

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Base,
    Head,
}

/// What a side is read from.
#[derive(Debug)]
enum Tree {
    /// The files that the roots name.
    Working,
    /// A directory in which the roots are.
    Directory(PathBuf),
    /// A commit of the repository around.
    Commit(Revision),
}

/// One side, read and compiled, with errors or without.
#[derive(Debug)]
pub struct SideLoaded {
    /// What it is called in sentences.
    pub name: String,
    /// Its commit in full, if it is one.
    pub commit: Option<String>,
    /// What was read, and what came of it.
    pub loaded: Loaded,
    /// What it all says together, as written.
    pub written: Merged,
    /// Roots that are not there and count as empty, as people know them.
    pub absent: Vec<String>,
}

/// Both sides.
#[derive(Debug)]
pub struct Sides {
    /// Before.
    pub base: SideLoaded,
    /// After.
    pub head: SideLoaded,
}

/// Reads and compiles both sides. Without `head`, that is the working tree. A branch as `base`
/// stands for the commit at which the other side parted from it.
///
/// # Errors
///
/// The outcome of the command: why a side cannot be read or has nothing to compare.
pub fn load(
    base: &str,
    head: Option<&str>,
    options: &SourceOptions,
    today: Date,
) -> Result<Sides, CommandOutcome> {
    let here = fs::canonicalize(".").map_err(|error| {
        CommandOutcome::could_not_run(format_args!("the current directory cannot be read: {error}"))
    })?;
    let revisions = Revisions::around(&here).map_err(CommandOutcome::could_not_run)?;
    let trees = Trees { here, revisions, options, today };
    let head = match head {
        Some(head) => trees.find(head)?,
        None => Tree::Working,
    };
    let base = trees.parted(trees.find(base)?, &head)?;
    let (base, head) = (trees.load(&base, Role::Base)?, trees.load(&head, Role::Head)?);
    Ok(Sides { base, head })
}

impl SideLoaded {
    /// The outcome where its definitions have errors.
    #[must_use]
    pub fn refusal(&self, colour: bool) -> CommandOutcome {
        let reason =
            format!("the definitions in {} have errors, so nothing is compared", self.name);
        let mut outcome = CommandOutcome::could_not_run(reason);
        outcome.messages.insert_str(0, &human::render(&self.loaded.findings(), colour));
        outcome
    }
}

/// Where sides are looked for.
struct Trees<'t> {
    /// The current directory, without links.
    here: PathBuf,
    revisions: Option<Revisions>,
    options: &'t SourceOptions,
    today: Date,
}

impl Trees<'_> {
    /// A revision of that name, or else a directory; what begins with `.` or `/` is a directory.
    fn find(&self, name: &str) -> Result<Tree, CommandOutcome> {
        let is_path = name.starts_with('/')
            || matches!(name, "." | "..")
            || name.starts_with("./")
            || name.starts_with("../");
        let revisions = self.revisions.as_ref().filter(|_| !is_path);
        let found = revisions.map(|revisions| revisions.find(name)).transpose();
        if let Some(found) = found.map_err(CommandOutcome::could_not_run)?.flatten() {
            return Ok(Tree::Commit(found));
        }
        let path = Path::new(name);
        if fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
            return Ok(Tree::Directory(path.to_owned()));
        }
        let reason = match &self.revisions {
            _ if is_url(name) => format!(
                "`{name}` is a URL, and nothing is fetched: expected a revision of this repository \
                 or a directory; after `git fetch {name} BRANCH`, compare with `FETCH_HEAD`"
            ),
            _ if is_path => format!("there is no directory `{name}`"),
            Some(revisions) => revisions.missing(name),
            None => format!(
                "there is no directory `{name}`, and the current directory is in no git work tree \
                 that could have a revision of that name"
            ),
        };
        Err(CommandOutcome::could_not_run(reason))
    }

    /// A branch as the commit at which the other side parted from it; anything else as it is.
    fn parted(&self, base: Tree, head: &Tree) -> Result<Tree, CommandOutcome> {
        let (Tree::Commit(branch), Some(revisions)) = (&base, &self.revisions) else {
            return Ok(base);
        };
        if !branch.is_branch {
            return Ok(base);
        }
        let head = match head {
            Tree::Directory(_) => return Ok(base),
            Tree::Commit(head) => head.clone(),
            Tree::Working => match revisions.find("HEAD").map_err(CommandOutcome::could_not_run)? {
                Some(head) => head,
                None => return Ok(base),
            },
        };
        let commit = revisions.merge_base(branch, &head).map_err(CommandOutcome::could_not_run)?;
        if commit == branch.commit {
            return Ok(base);
        }
        let name = format!("{} as {} left it", branch.name, head.name);
        Ok(Tree::Commit(Revision { name, commit, is_branch: false }))
    }

    fn load(&self, tree: &Tree, role: Role) -> Result<SideLoaded, CommandOutcome> {
        let could_not_run = |error: Unreadable| CommandOutcome::could_not_run(error);
        let (name, commit, found) = match tree {
            Tree::Working => {
                let found = self.files(Path::new("")).map_err(could_not_run)?;
                (WORKING_TREE.to_owned(), None, found)
            }
            Tree::Directory(path) => {
                let found = self.files(path).map_err(could_not_run)?;
                (format!("`{}`", shown(path, "")), None, found)
            }
            Tree::Commit(revision) => {
                let commit = revision.commit.to_string();
                (revision.name.clone(), Some(commit), self.committed(revision)?)
            }
        };
        let mut roots = Vec::new();
        let mut absent = Vec::new();
        for (given, root) in self.options.roots.iter().zip(found) {
            let given = shown(given, "");
            roots.push(match root {
                Some(root) => root,
                None if role == Role::Head => {
                    let reason = format!("`{given}` does not exist in {name}");
                    return Err(CommandOutcome::could_not_run(reason).message(ADVICE));
                }
                None => {
                    absent.push(given.clone());
                    Root { name: given, files: Vec::new() }
                }
            });
        }
        if role == Role::Head && roots.iter().all(|root| root.files.is_empty()) {
            let reason = format!(
                "`{}` has no definitions in {name}: expected `*.yaml`, `*.yml` or `*.json` in it",
                roots.first().map_or("", |root| &root.name)
            );
            return Err(CommandOutcome::could_not_run(reason).message(ADVICE));
        }
        let written = Merged::read(&roots);
        let compilation = written.compile(self.today);
        Ok(SideLoaded { name, commit, loaded: Loaded { roots, compilation }, written, absent })
    }

    /// The roots in a directory, each unless it is not there.
    fn files(&self, directory: &Path) -> Result<Vec<Option<Root>>, Unreadable> {
        let is_there = |root: &Path| match fs::symlink_metadata(root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            // Whatever else is wrong with it, reading says better.
            _ => true,
        };
        let all = self.options.roots.iter().map(|root| directory.join(root));
        let there: Vec<PathBuf> = all.clone().filter(|root| is_there(root)).collect();
        let exclude = self.options.exclude.clone();
        let mut read = read(&SourceOptions { roots: there, exclude })?.into_iter();
        Ok(all.map(|root| if is_there(&root) { read.next() } else { None }).collect())
    }

    /// The roots in a commit, each unless it is not there.
    fn committed(&self, revision: &Revision) -> Result<Vec<Option<Root>>, CommandOutcome> {
        let Some(revisions) = &self.revisions else { return Ok(Vec::new()) };
        let mut committed =
            Committed::new(&revisions.repository, revision.commit, &self.options.exclude)
                .map_err(|error| CommandOutcome::could_not_run(revisions.explain(&error)))?;
        let in_revision = |error: Unreadable| {
            CommandOutcome::could_not_run(format_args!("in {}: {error}", revision.name))
        };
        let mut roots = Vec::new();
        for given in &self.options.roots {
            let place = normal(&self.here.join(given));
            let place = place.strip_prefix(&revisions.work_tree).map_err(|_| {
                let (root, tree) = (shown(given, ""), revisions.work_tree.display());
                let reason = format!("`{root}` is not in the git work tree `{tree}`");
                CommandOutcome::could_not_run(reason)
            })?;
            let root = committed.root(given, place);
            let is_absent = root.as_ref().is_err_and(|unreadable| unreadable.is_missing);
            roots.push(if is_absent { None } else { Some(root.map_err(in_revision)?) });
        }
        Ok(roots)
    }
}

/// A path without `.` and `..`, by its names alone.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

/// What to do where there are no definitions.
const ADVICE: &str = "help: `--root` says where the definitions are, on both sides";
