//! The git work tree that holds a root: whether it is at rest, and where its commit is written.
#![expect(clippy::disallowed_methods, reason = "looks at git's own files")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use crate::source::walk::Stamp;

/// How old the lock of an operation may be: an older one was left behind by a git that was killed.
pub const LOCK_AGE_MAX: Duration = Duration::from_secs(10);

/// A git work tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkTree {
    /// The directory that holds the files.
    pub path: PathBuf,
    /// Its own git directory: `.git`, or that of a linked work tree.
    pub git_dir: PathBuf,
    /// The git directory that it shares with other work trees.
    pub common_dir: PathBuf,
}

/// What is checked out: equal as long as git has not moved on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    symbolic: Vec<u8>,
    branch: Option<Vec<u8>>,
    packed: Option<Stamp>,
}

/// Whether git is at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lock {
    /// No.
    Free,
    /// Yes, and this file says so.
    Held(PathBuf),
    /// It was once; the file is older than [`LOCK_AGE_MAX`].
    Stale(PathBuf),
}

impl WorkTree {
    /// The work tree around a path without links; none if there is none, or if its git directory
    /// is out of reach.
    #[must_use]
    pub fn around(resolved: &Path) -> Option<Self> {
        let dot_git =
            resolved.ancestors().map(|above| above.join(".git")).find(|path| path.exists())?;
        let path = dot_git.parent()?.to_owned();
        let git_dir = match fs::read_to_string(&dot_git) {
            Ok(text) => path.join(text.strip_prefix("gitdir:")?.trim()),
            Err(_) => dot_git,
        };
        let git_dir = fs::canonicalize(git_dir).ok()?;
        let common_dir = match fs::read_to_string(git_dir.join("commondir")) {
            Ok(text) => fs::canonicalize(git_dir.join(text.trim())).ok()?,
            Err(_) => git_dir.clone(),
        };
        fs::metadata(git_dir.join("HEAD")).ok()?;
        Some(Self { path, git_dir, common_dir })
    }

    /// Whether git is changing files or its HEAD. Every operation that touches files holds
    /// `index.lock` until the last of them is written, and moves HEAD or its branch after that.
    #[must_use]
    pub fn lock(&self, now: SystemTime) -> Lock {
        let mut lock = Lock::Free;
        for name in ["index.lock", "HEAD.lock"] {
            let path = self.git_dir.join(name);
            let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
            let made = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            let age = now.duration_since(made).unwrap_or_default();
            if age < LOCK_AGE_MAX {
                return Lock::Held(path);
            }
            lock = Lock::Stale(path);
        }
        lock
    }

    /// What is checked out.
    #[must_use]
    pub fn head(&self) -> Head {
        let symbolic = fs::read(self.git_dir.join("HEAD")).unwrap_or_default();
        let branch = self.branch(&symbolic).and_then(|path| fs::read(path).ok());
        let packed = fs::metadata(self.common_dir.join("packed-refs")).ok();
        Head { symbolic, branch, packed: packed.as_ref().map(Stamp::from) }
    }

    /// The files that change when a commit is made or another is checked out.
    #[must_use]
    pub fn head_files(&self) -> Vec<PathBuf> {
        let head = fs::read(self.git_dir.join("HEAD")).unwrap_or_default();
        let fixed = [self.git_dir.join("HEAD"), self.common_dir.join("packed-refs")];
        fixed.into_iter().chain(self.branch(&head)).collect()
    }

    /// The file of the branch that is checked out.
    fn branch(&self, head: &[u8]) -> Option<PathBuf> {
        let name = std::str::from_utf8(head).ok()?.strip_prefix("ref:")?.trim();
        let is_plain = name.starts_with("refs/") && !name.split('/').any(|part| part == "..");
        is_plain.then(|| self.common_dir.join(name))
    }
}
