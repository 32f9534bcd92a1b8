//! What has to be watched to see definitions and their commit change.
#![expect(clippy::disallowed_methods, reason = "resolves the roots")]

use std::{
    collections::BTreeSet,
    fs,
    ops::Bound,
    path::{Path, PathBuf},
};

use crate::source::{
    file_kind::{FileKind, purpose},
    git::work_tree::WorkTree,
    symlinks::hops,
    walk::{Target, Walk},
};

/// What has to be watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WatchSet {
    /// Directories, without links, in which any name may matter.
    pub directories: BTreeSet<PathBuf>,
    /// Single names, each in its directory without links.
    pub names: BTreeSet<PathBuf>,
}

impl WatchSet {
    /// What was found, and the directories that it was found in.
    #[must_use]
    pub fn of_walks(walks: &[Walk]) -> Self {
        let mut places = Self::default();
        for walk in walks {
            places.directories.extend(walk.directories.iter().map(|place| place.path.clone()));
            for found in &walk.files {
                // A link may lead to a file of any name.
                let Target::File(place) = &found.target else { continue };
                let name = place.path.file_name().unwrap_or_default().to_string_lossy();
                if purpose(&name) != Some(FileKind::Definition) {
                    places.names.insert(place.path.clone());
                }
            }
        }
        places
    }

    /// Adds everything that leads to these roots and to their commits.
    pub fn add_ways_to(&mut self, roots: &[PathBuf], commit_file: Option<&Path>) {
        let mut targets: Vec<PathBuf> = commit_file.map(Path::to_owned).into_iter().collect();
        for root in roots {
            targets.push(root.clone());
            let resolved = fs::canonicalize(root).ok();
            let tree = resolved.and_then(|resolved| WorkTree::around(&resolved));
            targets.extend(tree.iter().flat_map(WorkTree::head_files));
        }
        self.names.extend(targets.iter().flat_map(|target| hops(target)));
    }

    /// Adds single files, and everything that leads to them.
    pub fn add_files(&mut self, files: &[PathBuf]) {
        self.names.extend(files.iter().flat_map(|file| hops(file)));
        self.names.extend(files.iter().cloned());
    }

    /// Whether a path is a directory that a watch hangs on.
    #[must_use]
    pub fn is_watched(&self, path: &Path) -> bool {
        // What is below a path comes right after it.
        let mut after = self.names.range::<Path, _>((Bound::Excluded(path), Bound::Unbounded));
        self.directories.contains(path) || after.next().is_some_and(|name| name.starts_with(path))
    }
}
