//! What was fetched, on disk: a bare repository that can be thrown away and made anew at any time.
#![expect(clippy::disallowed_methods, reason = "keeps files of its own")]

use std::{
    fs::{self, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use gix::Repository;
use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};

use crate::source::{
    door::read_text,
    git::{
        repository::{References, open},
        work_tree::WorkTree,
    },
};

/// How many packs there may be before everything is fetched anew: each fetch adds one, and nothing
/// puts them together.
pub const PACKS_MAX: usize = 50;

/// The repository that is read.
pub const REPOSITORY: &str = "repository.git";

/// One that is being made, to take its place.
const NEXT: &str = "next.git";

/// What is locked as long as somebody uses the directory.
const LOCK: &str = "lock";

/// What says of which repository it is, inside of it.
const SOURCE: &str = "flagstaff-source";

/// How long that may be, in bytes.
const SOURCE_BYTES_MAX: u64 = 16 << 10;

/// A directory of ours, locked as long as this lives.
#[derive(Debug)]
pub struct Cache {
    directory: PathBuf,
    /// What it is a copy of.
    source: String,
    lock: Mutex<File>,
}

impl Cache {
    /// Takes a directory for what is fetched from `source`.
    ///
    /// # Errors
    ///
    /// It cannot be made or written to, or another process has it.
    pub fn open(directory: &Path, source: &str) -> Result<Self, String> {
        let lock = Mutex::new(locked(directory)?);
        let (directory, source) = (directory.to_owned(), source.to_owned());
        let cache = Self { directory, source, lock };
        cache.clean();
        Ok(cache)
    }

    /// Where the repository is that is read.
    #[must_use]
    pub fn repository(&self) -> PathBuf {
        self.directory.join(REPOSITORY)
    }

    /// The repository, if there is one of this source that can be opened.
    #[must_use]
    pub fn current(&self) -> Option<Repository> {
        let path = self.repository();
        let source = read_text(&path.join(SOURCE), SOURCE_BYTES_MAX).ok()?;
        if source != self.source {
            return None;
        }
        opened(&path)
    }

    /// An empty repository, to be fetched into and then put in the place of the other.
    ///
    /// # Errors
    ///
    /// Why it cannot be made, for people.
    pub fn begin(&self) -> Result<Repository, String> {
        if !self.directory.join(LOCK).exists() {
            // Somebody has removed everything, which they may.
            *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = locked(&self.directory)?;
        }
        let path = self.directory.join(NEXT);
        remove(&path).map_err(|error| self.explain(&error))?;
        let made = gix::init_bare(&path).map_err(|error| error.to_string());
        made.map_err(|error| format!("`{}`: {error}", path.display()))?;
        fs::write(path.join(SOURCE), &self.source).map_err(|error| self.explain(&error))?;
        opened(&path).ok_or_else(|| format!("`{}` cannot be opened", path.display()))
    }

    /// Puts what was begun in the place of what is read, at once.
    ///
    /// # Errors
    ///
    /// Why that cannot be done, for people.
    pub fn finish(&self) -> Result<(), String> {
        let (next, current) = (self.directory.join(NEXT), self.repository());
        let exchange = || renameat_with(CWD, &next, CWD, &current, RenameFlags::EXCHANGE);
        let swapped = if current.exists() && exchange().is_ok() {
            remove(&next)
        } else {
            // Some file systems cannot exchange: for a moment there is nothing.
            remove(&current).and_then(|()| fs::rename(&next, &current))
        };
        swapped.map_err(|error| self.explain(&error))
    }

    /// Throws away what was begun and not finished.
    pub fn abandon(&self) {
        let _ = remove(&self.directory.join(NEXT));
    }

    /// Whether there are so many packs that everything is to be fetched anew.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let packs = fs::read_dir(self.repository().join("objects/pack")).into_iter().flatten();
        let is_pack = |entry: &fs::DirEntry| {
            Path::new(&entry.file_name()).extension().is_some_and(|extension| extension == "pack")
        };
        packs.flatten().filter(is_pack).count() > PACKS_MAX
    }

    /// Removes what a process left behind that was killed.
    fn clean(&self) {
        self.abandon();
        let packs = fs::read_dir(self.repository().join("objects/pack")).into_iter().flatten();
        for entry in packs.flatten() {
            let name = entry.file_name();
            if !name.to_string_lossy().starts_with("pack-") {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn explain(&self, error: &io::Error) -> String {
        format!("`{}`, which is `--git-dir`: {error}", self.directory.display())
    }
}

/// Makes a directory, and locks it.
fn locked(directory: &Path) -> Result<File, String> {
    let shown = directory.display();
    let explain = |error: io::Error| format!("`{shown}`, which is `--git-dir`: {error}");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(explain)?;
    let lock = File::create(directory.join(LOCK)).map_err(explain)?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
        format!("`{shown}`, which is `--git-dir`, is in use by another process: give each its own")
    })?;
    Ok(lock)
}

fn opened(path: &Path) -> Option<Repository> {
    open(&WorkTree::of_repository(path).ok()??, References::All).ok()
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
