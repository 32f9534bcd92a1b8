//! Which files belong to a root: one walk, through directories and through commits alike.

use std::path::{Path, PathBuf};

use crate::source::{
    directories::{Directories, FileStamp},
    file_kind::{FileKind, is_excluded, join, printable, purpose, shown},
    glob::Glob,
    tree::{Destination, FilePlace, FileTree, TreeEntry, TreeEntryKind},
    unreadable::Unreadable,
};

/// How many names are looked at below one root: who gives `/` for a root is told so soon.
pub const NAMES_MAX: usize = 200_000;

/// How many directories deep a root may be.
pub const DEPTH_MAX: usize = 64;

/// The link through which a Kubernetes volume shows its newest files, all at once.
pub const VOLUME_LINK: &str = "..data";

/// All that was found below one root.
#[derive(Debug, PartialEq, Eq)]
pub struct Walk<S = FileStamp> {
    /// The root without links.
    pub resolved: PathBuf,
    /// The files, in path order.
    pub files: Vec<Found<S>>,
    /// The directories that were looked into, without links, in path order.
    pub directories: Vec<FilePlace<S>>,
}

/// One file.
#[derive(Debug, PartialEq, Eq)]
pub struct Found<S = FileStamp> {
    /// The path inside the root, with `/` between; empty for a root that is a file.
    pub inside: String,
    /// What is there.
    pub target: Target<S>,
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Target<S = FileStamp> {
    /// A file.
    File(FilePlace<S>),
    /// A symbolic link that leaves the root; where it leads, as it is written.
    Outside(String),
    /// A symbolic link that leads back to itself or to a directory above it.
    Loop,
}

/// Finds the files below a directory that serve a purpose.
///
/// # Errors
///
/// As [`walk_tree`].
pub fn walk(root: &Path, wanted: FileKind, exclude: &[Glob]) -> Result<Walk, Unreadable> {
    walk_tree(&Directories, root, root, wanted, exclude)
}

/// Finds the files of a tree that serve a purpose, below a path in it that people know as `root`.
///
/// Hidden names and what is excluded are ignored. A link is followed while it stays below the root.
///
/// # Errors
///
/// When the root is not there, something in it cannot be looked at, or it is too large.
pub fn walk_tree<T: FileTree>(
    tree: &T,
    root: &Path,
    path: &Path,
    wanted: FileKind,
    exclude: &[Glob],
) -> Result<Walk<T::Stamp>, Unreadable> {
    let unreadable = |problem: &str| Err(Unreadable::new(shown(root, ""), problem));
    let mut walk = Walk { resolved: PathBuf::new(), files: Vec::new(), directories: Vec::new() };
    let start = match tree.resolve(&shown(root, ""), path)? {
        Destination::Directory(place) => place,
        Destination::File(place) => {
            walk.resolved.clone_from(&place.path);
            walk.files.push(Found { inside: String::new(), target: Target::File(place) });
            return Ok(walk);
        }
        Destination::Other => return unreadable("is neither a file nor a directory"),
        Destination::Nowhere => return Err(Unreadable::missing(shown(root, ""))),
        Destination::Loop => return unreadable("is a symbolic link that leads back to itself"),
        Destination::Outside => return unreadable("leads out of the repository"),
    };
    walk.resolved.clone_from(&start.path);
    let start = Directory { inside: String::new(), place: start, above: Vec::new() };
    let mut walker = Walker { tree, root, wanted, exclude, walk, waiting: vec![start], names: 0 };
    while let Some(directory) = walker.waiting.pop() {
        walker.look_into(directory)?;
    }
    let mut walk = walker.walk;
    walk.files.sort_by(|one, other| one.inside.cmp(&other.inside));
    walk.directories.sort_by(|one, other| one.path.cmp(&other.path));
    walk.directories.dedup_by(|one, other| one.path == other.path);
    Ok(walk)
}

/// A walk on its way.
struct Walker<'a, T: FileTree> {
    tree: &'a T,
    root: &'a Path,
    wanted: FileKind,
    exclude: &'a [Glob],
    walk: Walk<T::Stamp>,
    waiting: Vec<Directory<T::Stamp>>,
    names: usize,
}

/// A directory that is yet to be looked into.
struct Directory<S> {
    inside: String,
    place: FilePlace<S>,
    /// The directories through which it was reached.
    above: Vec<PathBuf>,
}

impl<T: FileTree> Walker<'_, T> {
    fn look_into(&mut self, mut directory: Directory<T::Stamp>) -> Result<(), Unreadable> {
        let name = shown(self.root, &directory.inside);
        if directory.above.len() > DEPTH_MAX {
            let problem = format!("is more than {DEPTH_MAX} directories deep");
            return Err(Unreadable::new(name, problem));
        }
        self.walk.directories.push(directory.place.clone());
        if self.tree.has_link(&name, &directory.place, VOLUME_LINK)? {
            let inside = join(&directory.inside, VOLUME_LINK);
            let link = directory.place.path.join(VOLUME_LINK);
            match self.tree.resolve(&shown(self.root, &inside), &link)? {
                Destination::Directory(place) if self.is_inside(&place.path) => {
                    directory.place = place;
                }
                Destination::Nowhere => return Err(self.leads_nowhere(&inside, &link)),
                Destination::Directory(_) | Destination::Outside => {
                    return self.outside(inside, &link);
                }
                Destination::Loop => {
                    self.found(inside, Target::Loop);
                    return Ok(());
                }
                Destination::File(_) | Destination::Other => {
                    let problem = "is a symbolic link to something other than a directory";
                    return Err(Unreadable::new(shown(self.root, &inside), problem));
                }
            }
            self.walk.directories.push(directory.place.clone());
        }
        let tree = self.tree;
        tree.names(&name, &directory.place, &mut |name| {
            self.names += 1;
            if self.names > NAMES_MAX {
                let problem = format!("holds more than {NAMES_MAX} names; is it the right root?");
                return Err(Unreadable::new(shown(self.root, ""), problem));
            }
            self.meet(&directory, &name)
        })
    }

    /// Looks at one name in a directory.
    fn meet(
        &mut self,
        directory: &Directory<T::Stamp>,
        TreeEntry { name, kind }: &TreeEntry<T::Stamp>,
    ) -> Result<(), Unreadable> {
        let path = directory.place.path.join(name);
        let name = printable(&name.to_string_lossy());
        let inside = join(&directory.inside, &name);
        if name.starts_with('.') || is_excluded(&inside, self.exclude) {
            return Ok(());
        }
        let is_wanted = purpose(&name) == Some(self.wanted);
        let way = match *kind {
            TreeEntryKind::Link => return self.follow(directory, inside, &path, is_wanted),
            TreeEntryKind::File(_) if !is_wanted => return Ok(()),
            TreeEntryKind::Directory(Some(stamp)) => {
                Destination::Directory(FilePlace { path, stamp })
            }
            TreeEntryKind::File(Some(stamp)) => Destination::File(FilePlace { path, stamp }),
            TreeEntryKind::Directory(None) | TreeEntryKind::File(None) => {
                self.tree.look(&shown(self.root, &inside), &path)?
            }
        };
        match way {
            Destination::Directory(place) => self.descend(directory, inside, place),
            Destination::File(place) if is_wanted => self.found(inside, Target::File(place)),
            _ if is_wanted => return Err(self.is_neither(&inside)),
            _ => {}
        }
        Ok(())
    }

    /// Goes where a symbolic link leads, if that is below the root.
    fn follow(
        &mut self,
        directory: &Directory<T::Stamp>,
        inside: String,
        link: &Path,
        is_wanted: bool,
    ) -> Result<(), Unreadable> {
        let way = match self.tree.resolve(&shown(self.root, &inside), link) {
            Ok(way) => way,
            // What leads nowhere matters only where its name says that flags should be there.
            Err(_) if !is_wanted => return Ok(()),
            Err(unreadable) => return Err(unreadable),
        };
        match way {
            Destination::Directory(place) if self.is_inside(&place.path) => {
                let is_above = directory.place.path.starts_with(&place.path)
                    || directory.above.contains(&place.path);
                if is_above {
                    self.found(inside, Target::Loop);
                } else {
                    self.descend(directory, inside, place);
                }
            }
            Destination::Directory(_) => return self.outside(inside, link),
            _ if !is_wanted => {}
            Destination::File(place) if self.is_inside(&place.path) => {
                self.found(inside, Target::File(place));
            }
            Destination::File(_) | Destination::Outside => return self.outside(inside, link),
            Destination::Other => return Err(self.is_neither(&inside)),
            Destination::Nowhere => return Err(self.leads_nowhere(&inside, link)),
            Destination::Loop => self.found(inside, Target::Loop),
        }
        Ok(())
    }

    fn descend(&mut self, from: &Directory<T::Stamp>, inside: String, place: FilePlace<T::Stamp>) {
        let mut above = from.above.clone();
        above.push(from.place.path.clone());
        self.waiting.push(Directory { inside, place, above });
    }

    fn is_inside(&self, path: &Path) -> bool {
        path.starts_with(&self.walk.resolved)
    }

    fn found(&mut self, inside: String, target: Target<T::Stamp>) {
        self.walk.files.push(Found { inside, target });
    }

    fn outside(&mut self, inside: String, link: &Path) -> Result<(), Unreadable> {
        let target = self.tree.target(&shown(self.root, &inside), link)?;
        self.found(inside, Target::Outside(printable(&target)));
        Ok(())
    }

    fn leads_nowhere(&self, inside: &str, link: &Path) -> Unreadable {
        let path = shown(self.root, inside);
        let target = printable(&self.tree.target(&path, link).unwrap_or_default());
        let problem = format!("is a symbolic link to `{target}`, which does not exist");
        Unreadable::new(path, problem)
    }

    fn is_neither(&self, inside: &str) -> Unreadable {
        Unreadable::new(shown(self.root, inside), "is neither a file nor a directory")
    }
}
