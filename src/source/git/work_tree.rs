//! The git work tree that holds a root: whether it is at rest, and where its commit is written.
#![expect(clippy::disallowed_methods, reason = "looks at git's own files, and how old they are")]

use std::{
    collections::BTreeMap,
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use crate::source::{
    directories::FileStamp,
    door::{read, read_text},
};

/// How much of a file that holds one name is read, in bytes.
pub(crate) const NAME_BYTES_MAX: u64 = 4 << 10;

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
    packed: Option<FileStamp>,
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

/// What is known of locks: how each one was when it was last looked at, and since when it is so.
#[derive(Debug, Default)]
pub struct Sightings(BTreeMap<PathBuf, (FileStamp, Instant)>);

/// The time, by the clock that may be set and by the one that may not.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// What the times of files are told from.
    pub wall: SystemTime,
    /// What only ever goes forward.
    pub steady: Instant,
}

impl Moment {
    /// Now.
    #[must_use]
    pub fn now() -> Self {
        Self { wall: SystemTime::now(), steady: Instant::now() }
    }
}

impl Sightings {
    /// How old a lock is: as old as it says, but at least as old as it has been seen. Clocks may be
    /// set, or go differently where the file was made, so that a lock may say that it is from the
    /// future.
    fn age(&mut self, path: &Path, metadata: &Metadata, now: Moment) -> Duration {
        let stamp = FileStamp::from(metadata);
        let seen = self.0.entry(path.to_owned()).or_insert((stamp, now.steady));
        if seen.0 != stamp {
            // Another one, or one that is being written.
            *seen = (stamp, now.steady);
        }
        let made = metadata.modified().unwrap_or(now.wall);
        let says = now.wall.duration_since(made).unwrap_or_default();
        says.max(now.steady.saturating_duration_since(seen.1))
    }
}

impl WorkTree {
    /// The work tree around a path without links; none if there is none, or if its git directory
    /// is out of reach.
    #[must_use]
    pub fn around(resolved: &Path) -> Option<Self> {
        // What is neither a directory nor a file is passed over, as git does.
        let is_there = |path: &PathBuf| path.is_dir() || path.is_file();
        let dot_git = resolved.ancestors().map(|above| above.join(".git")).find(is_there)?;
        Self::with_dot_git(dot_git)
    }

    /// The repository at exactly this path: a directory that holds a `.git`, or a git directory
    /// itself, bare or not; none if it is something else. What has no files of its own is its own
    /// work tree.
    ///
    /// # Errors
    ///
    /// There is nothing at that path, or nothing to be seen.
    pub fn of_repository(path: &Path) -> io::Result<Option<Self>> {
        let path = fs::canonicalize(path)?;
        let dot_git = path.join(".git");
        if dot_git.is_dir() || dot_git.is_file() {
            return Ok(Self::with_dot_git(dot_git));
        }
        fs::read_dir(&path)?;
        let is_git = path.join("objects").is_dir() && path.join("HEAD").is_file();
        Ok(is_git.then(|| Self { git_dir: path.clone(), common_dir: path.clone(), path }))
    }

    fn with_dot_git(dot_git: PathBuf) -> Option<Self> {
        let path = dot_git.parent()?.to_owned();
        let git_dir = if dot_git.is_dir() {
            dot_git
        } else {
            path.join(read_text(&dot_git, NAME_BYTES_MAX).ok()?.strip_prefix("gitdir:")?.trim())
        };
        let git_dir = fs::canonicalize(git_dir).ok()?;
        let common_dir = match read_text(&git_dir.join("commondir"), NAME_BYTES_MAX) {
            Ok(text) => fs::canonicalize(git_dir.join(text.trim())).ok()?,
            Err(_) => git_dir.clone(),
        };
        fs::metadata(git_dir.join("HEAD")).ok()?;
        Some(Self { path, git_dir, common_dir })
    }

    /// Whether git is changing files or its HEAD. Every operation that touches files holds
    /// `index.lock` until the last of them is written, and moves HEAD or its branch after that.
    #[must_use]
    pub fn lock(&self, sightings: &mut Sightings, now: Moment) -> Lock {
        let mut lock = Lock::Free;
        for name in ["index.lock", "HEAD.lock"] {
            let path = self.git_dir.join(name);
            let Ok(metadata) = fs::symlink_metadata(&path) else {
                sightings.0.remove(&path);
                continue;
            };
            if sightings.age(&path, &metadata, now) < LOCK_AGE_MAX {
                return Lock::Held(path);
            }
            lock = Lock::Stale(path);
        }
        lock
    }

    /// What is checked out.
    #[must_use]
    pub fn head(&self) -> Head {
        let symbolic = self.symbolic();
        let branch = self.branch(&symbolic).and_then(|path| read(&path, NAME_BYTES_MAX).ok());
        let packed = fs::metadata(self.common_dir.join("packed-refs")).ok();
        Head { symbolic, branch, packed: packed.as_ref().map(FileStamp::from) }
    }

    /// The files that change when a commit is made or another is checked out.
    #[must_use]
    pub fn head_files(&self) -> Vec<PathBuf> {
        let head = self.symbolic();
        let fixed = [self.git_dir.join("HEAD"), self.common_dir.join("packed-refs")];
        fixed.into_iter().chain(self.branch(&head)).collect()
    }

    /// What HEAD says: the name of a branch, or a commit.
    fn symbolic(&self) -> Vec<u8> {
        read(&self.git_dir.join("HEAD"), NAME_BYTES_MAX).unwrap_or_default()
    }

    /// What HEAD says, if it can be read.
    #[must_use]
    pub fn head_text(&self) -> Option<String> {
        read_text(&self.git_dir.join("HEAD"), NAME_BYTES_MAX).ok()
    }

    /// The full name of the branch that HEAD names; none if it names a commit.
    #[must_use]
    pub fn head_reference(&self) -> Option<String> {
        reference_name(self.head_text()?.as_bytes()).map(str::to_owned)
    }

    /// The file of the branch that is checked out.
    fn branch(&self, head: &[u8]) -> Option<PathBuf> {
        reference_name(head).map(|name| self.common_dir.join(name))
    }
}

/// The reference that a file like HEAD names, if it names one below `refs`.
fn reference_name(text: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(text).ok()?.strip_prefix("ref:")?.trim();
    let is_plain = name.starts_with("refs/") && !name.split('/').any(|part| part == "..");
    is_plain.then_some(name)
}
