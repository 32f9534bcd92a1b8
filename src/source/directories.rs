//! Directories as a tree of files.
#![expect(clippy::disallowed_methods, reason = "looking at directories is this file's purpose")]

use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::Path,
};

use crate::source::{
    door,
    tree::{Destination, FilePlace, FileTree, TreeEntry, TreeEntryKind},
    unreadable::{Unreadable, is_loop},
};

/// The directories of this machine.
#[derive(Clone, Copy, Debug)]
pub struct Directories;

/// What changes when a file or directory is written, replaced, or has something renamed in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    identity: (u64, u64),
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl FileStamp {
    /// The size in bytes.
    #[must_use]
    pub fn size(self) -> u64 {
        self.size
    }

    /// Device and inode: what a watch hangs on.
    #[must_use]
    pub fn identity(self) -> (u64, u64) {
        self.identity
    }
}

impl From<&Metadata> for FileStamp {
    fn from(metadata: &Metadata) -> Self {
        Self {
            identity: (metadata.dev(), metadata.ino()),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl FileTree for Directories {
    type Stamp = FileStamp;

    fn resolve(&self, shown: &str, path: &Path) -> Result<Destination<FileStamp>, Unreadable> {
        match fs::canonicalize(path) {
            Ok(resolved) => self.look(shown, &resolved),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Destination::Nowhere),
            Err(error) if is_loop(&error) => Ok(Destination::Loop),
            Err(error) => Err(Unreadable::at(shown, path, &error)),
        }
    }

    fn look(&self, shown: &str, path: &Path) -> Result<Destination<FileStamp>, Unreadable> {
        let metadata = fs::metadata(path).map_err(|error| Unreadable::at(shown, path, &error))?;
        let place = FilePlace { path: path.to_owned(), stamp: FileStamp::from(&metadata) };
        Ok(match metadata.file_type() {
            kind if kind.is_dir() => Destination::Directory(place),
            kind if kind.is_file() => Destination::File(place),
            _ => Destination::Other,
        })
    }

    fn names(
        &self,
        shown: &str,
        directory: &FilePlace<FileStamp>,
        see: &mut dyn FnMut(TreeEntry<FileStamp>) -> Result<(), Unreadable>,
    ) -> Result<(), Unreadable> {
        let at = |error: io::Error| Unreadable::at(shown, &directory.path, &error);
        for entry in fs::read_dir(&directory.path).map_err(at)? {
            let entry = entry.map_err(at)?;
            let kind = match entry.file_type().map_err(at)? {
                kind if kind.is_symlink() => TreeEntryKind::Link,
                kind if kind.is_dir() => TreeEntryKind::Directory(None),
                _ => TreeEntryKind::File(None),
            };
            see(TreeEntry { name: entry.file_name(), kind })?;
        }
        Ok(())
    }

    fn has_link(
        &self,
        _: &str,
        directory: &FilePlace<FileStamp>,
        name: &str,
    ) -> Result<bool, Unreadable> {
        let link = fs::symlink_metadata(directory.path.join(name));
        Ok(link.is_ok_and(|metadata| metadata.is_symlink()))
    }

    fn target(&self, shown: &str, link: &Path) -> Result<String, Unreadable> {
        let target = fs::read_link(link);
        let target = target.map_err(|error| Unreadable::at(shown, link, &error))?;
        Ok(target.to_string_lossy().into_owned())
    }

    fn size(&self, _: &str, file: &FilePlace<FileStamp>) -> Result<u64, Unreadable> {
        Ok(file.stamp.size)
    }

    fn read(
        &self,
        shown: &str,
        file: &FilePlace<FileStamp>,
        size_bytes_max: u64,
    ) -> Result<Vec<u8>, Unreadable> {
        let bytes = door::read(&file.path, size_bytes_max);
        bytes.map_err(|error| Unreadable::at(shown, &file.path, &error))
    }
}
