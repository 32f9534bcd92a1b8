//! A temporary directory of definitions that reads like sentences.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// A directory that is gone when the test is over.
pub struct Flags {
    directory: TempDir,
}

impl Flags {
    /// An empty one.
    pub fn new() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    /// One with files.
    pub fn with<const N: usize>(files: [(&str, &str); N]) -> Self {
        let flags = Self::new();
        for (name, text) in files {
            flags.write(name, text);
        }
        flags
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        self.directory.path()
    }

    /// The path of something in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Writes a file in place, with the directories that it needs.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    /// Writes beside, then renames: as most editors save.
    pub fn replace(&self, name: &str, text: impl AsRef<[u8]>) {
        let beside = format!("{name}.tmp");
        self.write(&beside, text);
        fs::rename(self.path(&beside), self.path(name)).unwrap();
    }

    /// Renames something.
    pub fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// Makes a symbolic link.
    pub fn link(&self, name: &str, target: impl AsRef<Path>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        symlink(target, self.path(name)).unwrap();
    }

    /// Puts a symbolic link in the place of another, in one step.
    pub fn relink(&self, name: &str, target: impl AsRef<Path>) {
        let beside = format!("{name}_tmp");
        self.link(&beside, target);
        self.rename(&beside, name);
    }

    /// Removes a file, a link, or a directory with everything in it.
    pub fn remove(&self, name: &str) {
        let path = self.path(name);
        if fs::symlink_metadata(&path).unwrap().is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
}
