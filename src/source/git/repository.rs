//! Opens a repository, once its files have been looked at.
//!
//! `gix` opens files itself, and would wait for ever for whoever writes to a named pipe in the
//! place of one. So everything that it may open is looked at first. What is put in the place of a
//! file between that and the opening is not seen.
#![expect(clippy::disallowed_methods, reason = "looks at git's own files")]

use std::{
    fs, io,
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
};

use gix::Repository;

use crate::source::{
    door::{inspect, read, regular},
    git::work_tree::WorkTree,
};

/// How large git's small files may be, in bytes: HEAD, a branch, what names another directory.
const SMALL_BYTES_MAX: u64 = 4 << 10;

/// How large what git keeps of a whole repository in one file may be, in bytes.
const CONFIG_BYTES_MAX: u64 = 1 << 20;

/// How large the list of all packed references may be, or of where a history was cut, in bytes.
const LIST_BYTES_MAX: u64 = 256 << 20;

/// How much memory an object may take, in bytes.
const OBJECT_BYTES_MAX: u64 = 64 << 20;

/// How many names are looked at in the directories of objects and references.
const NAMES_MAX: usize = 2_000_000;

/// How many directories of objects may be joined, each naming the next.
const ALTERNATES_MAX: usize = 64;

/// How many directories deep references and objects may be.
const DEPTH_MAX: usize = 64;

/// How many names one branch may have, each leading to the next; git's own limit.
const LINKS_MAX: usize = 5;

/// The files that are read whenever a repository is opened, and how large they may be, in bytes.
const FILES: [(&str, u64); 7] = [
    ("HEAD", SMALL_BYTES_MAX),
    ("commondir", SMALL_BYTES_MAX),
    ("gitdir", SMALL_BYTES_MAX),
    ("config", CONFIG_BYTES_MAX),
    ("config.worktree", CONFIG_BYTES_MAX),
    ("shallow", LIST_BYTES_MAX),
    ("packed-refs", LIST_BYTES_MAX),
];

/// What of the references is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum References {
    /// Only what is checked out.
    Head,
    /// All, since any may be asked for.
    All,
}

/// Opens the repository of a work tree. Whose files these are does not matter: they are only read,
/// and nothing that they name is run.
///
/// # Errors
///
/// Why not, in one line.
pub fn open(tree: &WorkTree, references: References) -> Result<Repository, String> {
    Guard::default()
        .look(tree, references)
        .map_err(|(path, error)| format!("`{}` cannot be read: {error}", path.display()))?;
    if has_reftable(tree) {
        return Err(
            "its references are in the format `reftable`, which flagstaff cannot read: `git \
                    refs migrate --ref-format=files` changes that"
                .to_owned(),
        );
    }
    let limit = format!("gitoxide.objects.allocLimit={OBJECT_BYTES_MAX}");
    let open = gix::open::Options::isolated().open_path_as_is(true).config_overrides([limit]);
    let opened = open.open(&tree.git_dir).map_err(|error| error.to_string())?;
    Ok(opened.to_thread_local())
}

/// Whether the references are kept in the newer format, which `gix` does not read: it would find
/// none, and say that there is no commit.
fn has_reftable(tree: &WorkTree) -> bool {
    let config = read(&tree.common_dir.join("config"), CONFIG_BYTES_MAX).unwrap_or_default();
    String::from_utf8_lossy(&config).lines().any(|line| {
        line.split_once('=').is_some_and(|(name, value)| {
            name.trim().eq_ignore_ascii_case("refstorage")
                && value.trim().to_ascii_lowercase().starts_with("reftable")
        })
    })
}

/// Looks at files before somebody else opens them.
#[derive(Default)]
struct Guard {
    names: usize,
}

/// A file or directory, and what is wrong with it.
type Problem = (PathBuf, io::Error);

impl Guard {
    fn look(&mut self, tree: &WorkTree, references: References) -> Result<(), Problem> {
        let WorkTree { git_dir, common_dir, .. } = tree;
        for directory in [git_dir, common_dir] {
            for (name, size_bytes_max) in FILES {
                look_at(&directory.join(name), size_bytes_max)?;
            }
        }
        branch(tree)?;
        if references == References::All {
            for directory in [git_dir, common_dir] {
                self.directory(directory, 0)?;
                for name in ["refs", "logs", "worktrees"] {
                    self.directory(&directory.join(name), DEPTH_MAX)?;
                }
            }
        }
        self.objects(&common_dir.join("objects"))
    }

    /// Looks at all objects, and at those of the repositories that they are borrowed from.
    fn objects(&mut self, objects: &Path) -> Result<(), Problem> {
        let mut directories = vec![objects.to_owned()];
        let mut next = 0;
        while let Some(directory) = directories.get(next).cloned() {
            next += 1;
            self.directory(&directory, DEPTH_MAX)?;
            let path = directory.join("info/alternates");
            let Ok(list) = read(&path, CONFIG_BYTES_MAX) else { continue };
            let fail = |error: String| Err((path.clone(), io::Error::other(error)));
            let borrowed = match gix::odb::alternate::parse(&list) {
                Ok(borrowed) => borrowed,
                Err(error) => return fail(error.to_string()),
            };
            for alternate in borrowed {
                // Relative to the first, as `gix` has it.
                let alternate = objects.join(alternate);
                if !directories.contains(&alternate) {
                    directories.push(alternate);
                }
            }
            if ALTERNATES_MAX < directories.len() {
                return fail(format!("it leads to more than {ALTERNATES_MAX} directories"));
            }
        }
        Ok(())
    }

    /// Looks at what is in a directory, and in those below it that are `deep` at most.
    fn directory(&mut self, directory: &Path, deep: usize) -> Result<(), Problem> {
        let at = |error| (directory.to_owned(), error);
        let Ok(entries) = fs::read_dir(directory) else { return Ok(()) };
        for entry in entries {
            self.names += 1;
            if NAMES_MAX < self.names {
                return Err(at(io::Error::other(format!("there are more than {NAMES_MAX} names"))));
            }
            let entry = entry.map_err(at)?;
            let path = entry.path();
            let kind = match entry.file_type().map_err(at)? {
                kind if kind.is_symlink() => match fs::metadata(&path) {
                    Ok(metadata) => metadata.file_type(),
                    // It leads nowhere, so nothing is opened.
                    Err(_) => continue,
                },
                kind => kind,
            };
            // To open a socket fails at once. One is there where a file system is being monitored.
            if kind.is_dir() && 0 < deep {
                self.directory(&path, deep - 1)?;
            } else if !kind.is_dir() && !kind.is_socket() {
                regular(kind).map_err(|error| (path, error))?;
            }
        }
        Ok(())
    }
}

/// Looks at the file of the branch that is checked out, and of what that is another name of.
fn branch(tree: &WorkTree) -> Result<(), Problem> {
    let mut path = tree.git_dir.join("HEAD");
    for _ in 0..LINKS_MAX {
        let Ok(head) = read(&path, SMALL_BYTES_MAX) else { return Ok(()) };
        let Some(name) = head.strip_prefix(b"ref:") else { return Ok(()) };
        let Some(name) = branch_name(name) else {
            return Err((path, io::Error::other("it names something else than a branch")));
        };
        // Some are of one work tree alone.
        look_at(&tree.git_dir.join(name), SMALL_BYTES_MAX)?;
        let shared = tree.common_dir.join(name);
        look_at(&shared, SMALL_BYTES_MAX)?;
        path = if shared.exists() { shared } else { tree.git_dir.join(name) };
    }
    Err((path, io::Error::other("it is another name of a branch that is one, again and again")))
}

fn look_at(path: &Path, size_bytes_max: u64) -> Result<(), Problem> {
    match inspect(path, size_bytes_max) {
        Err(error) if path.is_dir() && error.kind() == io::ErrorKind::Other => Ok(()),
        result => result.map_err(|error| (path.to_owned(), error)),
    }
}

/// The path of a branch below the git directory, if that is what a text names.
fn branch_name(text: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(text).ok()?.trim();
    let is_plain = name.starts_with("refs/") && !name.split('/').any(|part| part == "..");
    is_plain.then_some(name)
}
