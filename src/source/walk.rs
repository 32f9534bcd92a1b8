//! Which files belong to a root, and how they stood when they were looked at.
#![expect(clippy::disallowed_methods, reason = "looking at directories is this file's purpose")]

use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::source::{
    file_kind::{FileKind, is_excluded, join, printable, purpose, shown},
    glob::Glob,
    unreadable::{Unreadable, is_loop},
};

/// How many names are looked at below one root: who gives `/` for a root is told so soon.
pub const NAMES_MAX: usize = 200_000;

/// How many directories deep a root may be.
pub const DEPTH_MAX: usize = 64;

/// The link through which a Kubernetes volume shows its newest files, all at once.
pub const VOLUME_LINK: &str = "..data";

/// All that was found below one root.
#[derive(Debug, PartialEq, Eq)]
pub struct Walk {
    /// The root without links.
    pub resolved: PathBuf,
    /// The files, in path order.
    pub files: Vec<Found>,
    /// The directories that were looked into, without links, and how they stood.
    pub directories: Vec<(PathBuf, FileStamp)>,
}

/// One file.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// The path inside the root, with `/` between; empty for a root that is a file.
    pub inside: String,
    /// What is there.
    pub target: Target,
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Target {
    /// A file: its path without links, and how it stood.
    File(PathBuf, FileStamp),
    /// A symbolic link that leaves the root; where it leads, as it is written.
    Outside(String),
    /// A symbolic link that leads back to itself or to a directory above it.
    Loop,
}

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

/// Finds the files below `root` that serve a purpose.
///
/// # Errors
///
/// When the root is not there, something in it cannot be looked at, or it is too large.
pub fn walk(root: &Path, wanted: FileKind, exclude: &[Glob]) -> Result<Walk, Unreadable> {
    let at = |error| Unreadable::at(shown(root, ""), root, &error);
    let resolved = fs::canonicalize(root).map_err(at)?;
    let metadata = fs::metadata(&resolved).map_err(at)?;
    let mut walk = Walk { resolved, files: Vec::new(), directories: Vec::new() };
    if metadata.is_file() {
        let target = Target::File(walk.resolved.clone(), FileStamp::from(&metadata));
        walk.files.push(Found { inside: String::new(), target });
        return Ok(walk);
    }
    if !metadata.is_dir() {
        return Err(Unreadable::new(shown(root, ""), "is neither a file nor a directory"));
    }
    let start = Directory { inside: String::new(), path: walk.resolved.clone(), above: Vec::new() };
    let mut walker = Walker { root, wanted, exclude, walk, waiting: vec![start], names: 0 };
    while let Some(directory) = walker.waiting.pop() {
        walker.look_into(directory)?;
    }
    let mut walk = walker.walk;
    walk.files.sort_by(|one, other| one.inside.cmp(&other.inside));
    walk.directories.sort_by(|one, other| one.0.cmp(&other.0));
    walk.directories.dedup_by(|one, other| one.0 == other.0);
    Ok(walk)
}

/// A walk on its way.
struct Walker<'a> {
    root: &'a Path,
    wanted: FileKind,
    exclude: &'a [Glob],
    walk: Walk,
    waiting: Vec<Directory>,
    names: usize,
}

/// A directory that is yet to be looked into.
struct Directory {
    inside: String,
    /// Without links.
    path: PathBuf,
    /// The directories through which it was reached, without links.
    above: Vec<PathBuf>,
}

impl Walker<'_> {
    fn look_into(&mut self, mut directory: Directory) -> Result<(), Unreadable> {
        let name = shown(self.root, &directory.inside);
        if directory.above.len() > DEPTH_MAX {
            let problem = format!("is more than {DEPTH_MAX} directories deep");
            return Err(Unreadable::new(name, problem));
        }
        self.note(&directory.inside, &directory.path)?;
        let link = directory.path.join(VOLUME_LINK);
        if fs::symlink_metadata(&link).is_ok_and(|metadata| metadata.is_symlink()) {
            let inside = join(&directory.inside, VOLUME_LINK);
            let resolved = fs::canonicalize(&link).map_err(|error| self.at(&inside, &link, &error));
            directory.path = resolved?;
            if !directory.path.starts_with(&self.walk.resolved) {
                return self.outside(inside, &link);
            }
            self.note(&inside, &directory.path)?;
        }
        let at = |error: io::Error| Unreadable::at(&name, &directory.path, &error);
        for entry in fs::read_dir(&directory.path).map_err(at)? {
            self.names += 1;
            if self.names > NAMES_MAX {
                let problem = format!("holds more than {NAMES_MAX} names; is it the right root?");
                return Err(Unreadable::new(shown(self.root, ""), problem));
            }
            self.meet(&directory, &entry.map_err(at)?)?;
        }
        Ok(())
    }

    /// Looks at one name in a directory.
    fn meet(&mut self, directory: &Directory, entry: &fs::DirEntry) -> Result<(), Unreadable> {
        let name = printable(&entry.file_name().to_string_lossy());
        let inside = join(&directory.inside, &name);
        if name.starts_with('.') || is_excluded(&inside, self.exclude) {
            return Ok(());
        }
        let path = entry.path();
        let is_wanted = purpose(&name) == Some(self.wanted);
        let kind = entry.file_type().map_err(|error| self.at(&inside, &path, &error))?;
        if kind.is_symlink() {
            self.follow(directory, inside, &path, is_wanted)
        } else if kind.is_dir() {
            self.descend(directory, inside, path);
            Ok(())
        } else if is_wanted {
            let metadata = fs::metadata(&path).map_err(|error| self.at(&inside, &path, &error))?;
            self.take(inside, path, &metadata)
        } else {
            Ok(())
        }
    }

    /// Goes where a symbolic link leads, if that is in the root.
    fn follow(
        &mut self,
        directory: &Directory,
        inside: String,
        link: &Path,
        is_wanted: bool,
    ) -> Result<(), Unreadable> {
        let resolved = match fs::canonicalize(link) {
            Ok(resolved) => resolved,
            // What leads nowhere matters only where its name says that flags should be there.
            Err(_) if !is_wanted => return Ok(()),
            Err(error) if is_loop(&error) => {
                self.found(inside, Target::Loop);
                return Ok(());
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let target = fs::read_link(link).unwrap_or_default();
                let target = printable(&target.to_string_lossy());
                let problem = format!("is a symbolic link to `{target}`, which does not exist");
                return Err(Unreadable::new(shown(self.root, &inside), problem));
            }
            Err(error) => return Err(self.at(&inside, link, &error)),
        };
        let metadata = fs::metadata(&resolved).map_err(|error| self.at(&inside, link, &error))?;
        if !is_wanted && !metadata.is_dir() {
            return Ok(());
        }
        if !resolved.starts_with(&self.walk.resolved) {
            return self.outside(inside, link);
        }
        if !metadata.is_dir() {
            return self.take(inside, resolved, &metadata);
        }
        if directory.path.starts_with(&resolved) || directory.above.contains(&resolved) {
            self.found(inside, Target::Loop);
        } else {
            self.descend(directory, inside, resolved);
        }
        Ok(())
    }

    fn descend(&mut self, from: &Directory, inside: String, path: PathBuf) {
        let mut above = from.above.clone();
        above.push(from.path.clone());
        self.waiting.push(Directory { inside, path, above });
    }

    fn take(
        &mut self,
        inside: String,
        path: PathBuf,
        metadata: &Metadata,
    ) -> Result<(), Unreadable> {
        if !metadata.is_file() {
            let name = shown(self.root, &inside);
            return Err(Unreadable::new(name, "is neither a file nor a directory"));
        }
        self.found(inside, Target::File(path, FileStamp::from(metadata)));
        Ok(())
    }

    fn outside(&mut self, inside: String, link: &Path) -> Result<(), Unreadable> {
        let target = fs::read_link(link).map_err(|error| self.at(&inside, link, &error))?;
        self.found(inside, Target::Outside(printable(&target.to_string_lossy())));
        Ok(())
    }

    fn found(&mut self, inside: String, target: Target) {
        self.walk.files.push(Found { inside, target });
    }

    /// Keeps in mind how a directory stands.
    fn note(&mut self, inside: &str, path: &Path) -> Result<(), Unreadable> {
        let metadata = fs::metadata(path).map_err(|error| self.at(inside, path, &error))?;
        self.walk.directories.push((path.to_owned(), FileStamp::from(&metadata)));
        Ok(())
    }

    fn at(&self, inside: &str, path: &Path, error: &io::Error) -> Unreadable {
        Unreadable::at(shown(self.root, inside), path, error)
    }
}
