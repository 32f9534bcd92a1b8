//! A tree of files that a walk can go through: directories, or what a commit holds.

use std::{
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
};

use crate::source::unreadable::Unreadable;

/// A tree of files. Paths lead through no links, unless a method says otherwise; what is `shown` is
/// how people know a path, for errors.
pub trait FileTree {
    /// Tells whether a file or a directory is as it was: another one once the file is written, or
    /// once something in the directory is added, removed or renamed.
    type Stamp: Copy + fmt::Debug + PartialEq;

    /// Where a path leads through all its links.
    ///
    /// # Errors
    ///
    /// When that cannot be found out.
    fn resolve(&self, shown: &str, path: &Path) -> Result<Destination<Self::Stamp>, Unreadable>;

    /// What is at a path, if that leads through no links: cheaper than [`FileTree::resolve`].
    ///
    /// # Errors
    ///
    /// When that cannot be found out.
    fn look(&self, shown: &str, path: &Path) -> Result<Destination<Self::Stamp>, Unreadable>;

    /// Calls `see` for each name in a directory, in any order, until it fails.
    ///
    /// # Errors
    ///
    /// When the directory cannot be read; and what `see` returns.
    fn names(
        &self,
        shown: &str,
        directory: &FilePlace<Self::Stamp>,
        see: &mut dyn FnMut(TreeEntry<Self::Stamp>) -> Result<(), Unreadable>,
    ) -> Result<(), Unreadable>;

    /// Whether a directory has a symbolic link of this name.
    ///
    /// # Errors
    ///
    /// When the directory cannot be read.
    fn has_link(
        &self,
        shown: &str,
        directory: &FilePlace<Self::Stamp>,
        name: &str,
    ) -> Result<bool, Unreadable>;

    /// What a symbolic link says.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn target(&self, shown: &str, link: &Path) -> Result<String, Unreadable>;

    /// How large a file is, in bytes.
    ///
    /// # Errors
    ///
    /// When that cannot be found out.
    fn size(&self, shown: &str, file: &FilePlace<Self::Stamp>) -> Result<u64, Unreadable>;

    /// The first `size_bytes_max` bytes of a file, or all of them.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn read(
        &self,
        shown: &str,
        file: &FilePlace<Self::Stamp>,
        size_bytes_max: u64,
    ) -> Result<Vec<u8>, Unreadable>;
}

/// A file or a directory, and how it was when it was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePlace<S> {
    /// Its path, without links.
    pub path: PathBuf,
    /// How it was.
    pub stamp: S,
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination<S> {
    /// To a directory.
    Directory(FilePlace<S>),
    /// To a file.
    File(FilePlace<S>),
    /// To something else: a named pipe, another repository.
    Other,
    /// To nothing.
    Nowhere,
    /// Back to one of its own links.
    Loop,
    /// Out of the tree.
    Outside,
}

/// A name in a directory.
#[derive(Clone, Debug)]
pub struct TreeEntry<S> {
    /// The name.
    pub name: OsString,
    /// What has that name.
    pub kind: TreeEntryKind<S>,
}

/// What a name in a directory stands for, and how that is, where the tree tells both at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeEntryKind<S> {
    /// A symbolic link.
    Link,
    /// A directory.
    Directory(Option<S>),
    /// Anything else, nearly always a file.
    File(Option<S>),
}
