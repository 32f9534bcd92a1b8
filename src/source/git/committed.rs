//! Definitions as they are in a commit.

use std::path::{Path, PathBuf};

use gix::{ObjectId, Repository};

use crate::{
    definition::compile::Root,
    source::{
        file_kind::{FileKind, shown},
        git::commit_tree::CommitTree,
        glob::Glob,
        read::ReadLimits,
        tree::{Destination, FileTree},
        unreadable::Unreadable,
    },
};

/// The definitions of a commit.
#[derive(Debug)]
pub struct Committed<'r> {
    tree: CommitTree<'r>,
    /// What is ignored, by its path inside its root.
    exclude: &'r [Glob],
    limits: ReadLimits,
}

impl<'r> Committed<'r> {
    /// The definitions of a commit.
    ///
    /// # Errors
    ///
    /// Why git's data cannot be read.
    pub fn new(
        repository: &'r Repository,
        commit: ObjectId,
        exclude: &'r [Glob],
    ) -> gix::Result<Self> {
        let tree = CommitTree::new(repository, commit)?;
        Ok(Self { tree, exclude, limits: ReadLimits::default() })
    }

    /// The definitions below a root that people know as `given` and that is at `path` in the
    /// repository. The rules are those of directories.
    ///
    /// # Errors
    ///
    /// The root is not there, something cannot be read, or there is too much of it.
    pub fn root(&mut self, given: &Path, path: &Path) -> Result<Root, Unreadable> {
        let roots = (given, path);
        let walk = self.limits.walk(&self.tree, roots, FileKind::Definition, self.exclude)?;
        self.limits.read(&self.tree, given, &walk)
    }

    /// What is at a path in the repository, and where it is without links: while both are the same,
    /// so are the definitions below a root there. None if there is nothing that could be a root.
    ///
    /// # Errors
    ///
    /// Why git's data cannot be read.
    pub fn standing(&self, path: &Path) -> Result<Option<(PathBuf, ObjectId)>, Unreadable> {
        Ok(match self.tree.resolve(&shown(path, ""), path)? {
            Destination::Directory(place) | Destination::File(place) => {
                Some((place.path, place.stamp))
            }
            Destination::Other
            | Destination::Nowhere
            | Destination::Loop
            | Destination::Outside => None,
        })
    }
}
