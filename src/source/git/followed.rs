//! A repository that is followed: which commit its ref names now.
#![expect(clippy::disallowed_methods, reason = "looks at git's own files")]

use std::{fs, io, path::PathBuf, time::Duration};

use gix::{ObjectId, Repository, reference::Category};

use crate::{
    diagnostics::suggest::nearest,
    source::{
        directories::FileStamp,
        door::read,
        git::{
            remote::fetch::RemoteOptions,
            repository::{References, open},
            work_tree::{NAME_BYTES_MAX, WorkTree},
        },
        symlinks::hops,
        unreadable::Unreadable,
    },
};

/// How many references are looked at for one that was probably meant.
const REFERENCES_MAX: usize = 10_000;

/// How much memory decompressed objects that others are told from may take, in bytes.
const OBJECT_CACHE_BYTES: usize = 4 << 20;

/// Where a repository is that is followed.
#[derive(Clone, Debug)]
pub enum GitSource {
    /// A directory on this machine: the repository, bare or not.
    Directory(PathBuf),
    /// It is fetched.
    Remote(Box<RemoteSource>),
}

/// A repository that is fetched, and where to and how often.
#[derive(Clone, Debug)]
pub struct RemoteSource {
    /// What is fetched, and how.
    pub options: RemoteOptions,
    /// The directory for what was fetched.
    pub directory: PathBuf,
    /// How often to look whether there is anything new.
    pub interval: Duration,
}

/// Which repository is followed, and how.
#[derive(Clone, Debug)]
pub struct GitOptions {
    /// Where it is.
    pub source: GitSource,
    /// The branch, the tag or the full name of the reference; none for what HEAD names.
    pub reference: Option<String>,
    /// How many commits are looked at for one that can be served, the newest included.
    pub depth: usize,
    /// Whether a commit is rejected that does not descend from the one that is served.
    pub fast_forward_only: bool,
}

/// A repository that is followed.
#[derive(Debug)]
pub struct Followed {
    /// Where it is, as it was given.
    path: PathBuf,
    reference: Option<String>,
    /// How everything stood that the tip is told from, and the tip that was told from it.
    known: Option<(Standing, ObjectId)>,
}

/// How everything stands that a tip is told from: while it is equal, so is the tip.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Standing {
    tree: WorkTree,
    /// What the files of the references say, HEAD among them.
    files: Vec<Option<Vec<u8>>>,
    packed: Option<FileStamp>,
}

impl Followed {
    /// A repository on this machine.
    #[must_use]
    pub fn new(path: PathBuf, reference: Option<String>) -> Self {
        Self { path, reference, known: None }
    }

    /// What the reference is called, for people.
    #[must_use]
    pub fn name(&self) -> &str {
        self.reference.as_deref().unwrap_or("HEAD")
    }

    /// Everything that changes when the reference comes to name another commit.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = hops(&self.path).into_iter().collect();
        let Ok(Some(tree)) = WorkTree::of_repository(&self.path) else { return files };
        files.extend([tree.git_dir.join("HEAD"), tree.common_dir.join("packed-refs")]);
        for name in self.names(&tree) {
            // Directories too: git removes one that is empty, and makes it again.
            let parts = name.match_indices('/').filter_map(|(end, _)| name.get(..end));
            files.extend(parts.chain([&*name]).map(|part| tree.common_dir.join(part)));
        }
        files
    }

    /// The commit that the reference names now.
    ///
    /// # Errors
    ///
    /// There is no such repository or no such reference, or git's data cannot be read.
    pub fn tip(&mut self) -> Result<ObjectId, Unreadable> {
        let tree = self.tree()?;
        let standing = self.standing(tree);
        if let Some((known, tip)) = &self.known
            && *known == standing
        {
            return Ok(*tip);
        }
        self.known = None;
        let tip = self.resolve(&self.open()?)?;
        self.known = Some((standing, tip));
        Ok(tip)
    }

    /// Opens the repository.
    ///
    /// # Errors
    ///
    /// Why it cannot be opened.
    pub fn open(&self) -> Result<Repository, Unreadable> {
        let opened = open(&self.tree()?, References::All).map_err(|error| self.problem(error));
        opened.map(|mut repository| {
            repository.object_cache_size_if_unset(OBJECT_CACHE_BYTES);
            repository
        })
    }

    fn tree(&self) -> Result<WorkTree, Unreadable> {
        let shown = self.path.to_string_lossy();
        WorkTree::of_repository(&self.path)
            .map_err(|error| Unreadable::at(shown.clone(), &self.path, &error))?
            .ok_or_else(|| Unreadable::new(shown, "is no git repository, with or without files"))
    }

    fn standing(&self, tree: WorkTree) -> Standing {
        let content = |name: &String| read(&tree.common_dir.join(name), NAME_BYTES_MAX).ok();
        let mut files: Vec<_> = self.names(&tree).iter().map(content).collect();
        files.push(tree.head_text().map(String::into_bytes));
        let packed = packed_references(&tree).ok();
        Standing { tree, files, packed }
    }

    /// The full names of the references that may be meant, the first first.
    fn names(&self, tree: &WorkTree) -> Vec<String> {
        match &self.reference {
            None => tree.head_reference().into_iter().collect(),
            Some(full) if full.starts_with("refs/") => vec![full.clone()],
            // As `git clone --branch` has it.
            Some(name) => vec![format!("refs/heads/{name}"), format!("refs/tags/{name}")],
        }
    }

    /// Which commit the reference names.
    fn resolve(&self, repository: &Repository) -> Result<ObjectId, Unreadable> {
        let names = match &self.reference {
            None => vec!["HEAD".to_owned()],
            Some(_) => self.names(&self.tree()?),
        };
        for name in names {
            let found = repository.try_find_reference(name.as_str());
            let found = found.map_err(|error| self.problem(error.to_string()))?;
            let Some(mut reference) = found else { continue };
            let Ok(id) = reference.peel_to_id() else { break };
            let object = id.object().map_err(|error| self.problem(error.to_string()))?;
            let kind = object.kind;
            return match object.peel_to_commit() {
                Ok(commit) => Ok(commit.id),
                Err(_) => {
                    let name = self.name();
                    Err(self.problem(format!("`{name}` names a {kind}, expected a commit")))
                }
            };
        }
        Err(self.missing(repository))
    }

    /// That there is no such reference, and which was probably meant.
    fn missing(&self, repository: &Repository) -> Unreadable {
        let Some(name) = &self.reference else {
            return self.problem_as_is("has no commit yet");
        };
        let all = repository.references().ok();
        let names: Vec<String> = all
            .as_ref()
            .and_then(|all| all.all().ok())
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .take(REFERENCES_MAX)
            .map(|reference| {
                let is_short = matches!(
                    reference.name().category(),
                    Some(Category::LocalBranch | Category::Tag)
                );
                let (full, short) = (reference.name().as_bstr(), reference.name().shorten());
                if is_short { short.to_string() } else { full.to_string() }
            })
            .collect();
        let what = if name.starts_with("refs/") { "reference" } else { "branch or tag" };
        let elsewhere = names.iter().find(|one| one.ends_with(&format!("/{name}")));
        let near = elsewhere.map(String::as_str);
        let near = near.or_else(|| nearest(name, names.iter().map(String::as_str)));
        let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        self.problem_as_is(format!("has no {what} `{name}`{hint}"))
    }

    fn problem(&self, error: impl Into<String>) -> Unreadable {
        self.problem_as_is(format!("cannot be read: {}", error.into()))
    }

    fn problem_as_is(&self, problem: impl Into<String>) -> Unreadable {
        Unreadable::new(self.path.to_string_lossy(), problem)
    }
}

fn packed_references(tree: &WorkTree) -> io::Result<FileStamp> {
    fs::metadata(tree.common_dir.join("packed-refs")).map(|metadata| FileStamp::from(&metadata))
}
