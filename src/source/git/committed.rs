//! Definitions as they stand in a commit, read from git's objects without a checkout.

use std::{
    collections::VecDeque,
    path::{Component, Path},
};

use gix::{ObjectId, Repository, objs::tree::EntryKind};

use crate::{
    definition::compile::{Content, FILE_SIZE_BYTES_MAX, Root, SourceFile},
    source::{
        file_kind::{FileKind, join, printable, purpose, shown},
        glob::Glob,
        read::{FILES_MAX, TOTAL_SIZE_BYTES_MAX},
        unreadable::Unreadable,
        walk::{DEPTH_MAX, NAMES_MAX, VOLUME_LINK},
    },
};

/// How many symbolic links a path may lead through.
const LINKS_MAX: usize = 40;

/// A commit's files.
#[derive(Debug)]
pub struct Committed<'r> {
    repository: &'r Repository,
    /// The tree of the whole commit.
    tree: ObjectId,
    /// What is passed over, by its path inside its root.
    exclude: &'r [Glob],
    files: usize,
    size_bytes_left: u64,
}

/// Names from the top of the repository, without links.
type Place = Vec<String>;

/// Where a path leads.
enum Way {
    /// To a directory or a file.
    There(Place, EntryKind, ObjectId),
    /// To nothing.
    Nowhere,
    /// Out of the repository.
    Outside,
    /// Through too many links.
    Loop,
}

/// A directory that is yet to be looked into.
struct Directory {
    inside: String,
    place: Place,
    tree: ObjectId,
    /// The directories through which it was reached.
    above: Vec<Place>,
}

/// What stands under a name in a directory.
struct Entry {
    name: String,
    kind: EntryKind,
    id: ObjectId,
}

impl<'r> Committed<'r> {
    /// The files of a commit.
    ///
    /// # Errors
    ///
    /// Why git's data cannot be read.
    pub fn new(
        repository: &'r Repository,
        commit: ObjectId,
        exclude: &'r [Glob],
    ) -> gix::Result<Self> {
        let tree = repository.find_object(commit)?.peel_to_commit()?.tree_id()?.detach();
        Ok(Self { repository, tree, exclude, files: 0, size_bytes_left: TOTAL_SIZE_BYTES_MAX })
    }

    /// The definitions below a root that people know as `given` and that stands at `place` in the
    /// repository; none if nothing is there. Files are found by the rules of a walk through
    /// directories: what that passes over is passed over here, and a link that leaves the root is
    /// an error of the definitions.
    ///
    /// # Errors
    ///
    /// Something cannot be read, or there is too much of it.
    pub fn root(&mut self, given: &Path, place: &Path) -> Result<Option<Root>, Unreadable> {
        let name = shown(given, "");
        let unreadable = |problem: &str| Err(Unreadable::new(&*name, problem));
        let mut root = Root { name: name.clone(), files: Vec::new() };
        match self.resolve(names(place)).map_err(|error| failed(&name, &error))? {
            Way::Nowhere => return Ok(None),
            Way::Outside => return unreadable("leads out of the repository"),
            Way::Loop => return unreadable("is a symbolic link that leads back to itself"),
            Way::There(place, EntryKind::Tree, tree) => {
                let start =
                    Directory { inside: String::new(), place: place.clone(), tree, above: vec![] };
                let mut walk =
                    Walk { given, place, root: &mut root, waiting: vec![start], names: 0 };
                while let Some(directory) = walk.waiting.pop() {
                    self.look_into(&mut walk, directory)?;
                }
            }
            Way::There(_, EntryKind::Blob | EntryKind::BlobExecutable, id) => {
                let content = self.content(&name, id)?;
                root.files.push(SourceFile { path: name, content });
            }
            Way::There(..) => return unreadable("is neither a file nor a directory"),
        }
        root.files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Some(root))
    }

    /// What stands at a place in the repository, without a look at what is in it: while it is the
    /// same object at the same place, so are the definitions below a root. None if nothing does.
    ///
    /// # Errors
    ///
    /// Why git's data cannot be read.
    pub fn standing(&self, place: &Path) -> gix::Result<Option<(Vec<String>, ObjectId)>> {
        Ok(match self.resolve(names(place))? {
            Way::There(place, _, id) => Some((place, id)),
            _ => None,
        })
    }

    fn look_into(&mut self, walk: &mut Walk<'_>, mut at: Directory) -> Result<(), Unreadable> {
        let name = shown(walk.given, &at.inside);
        if at.above.len() > DEPTH_MAX {
            let problem = format!("is more than {DEPTH_MAX} directories deep");
            return Err(Unreadable::new(name, problem));
        }
        let mut entries = self.entries(at.tree).map_err(|error| failed(&name, &error))?;
        let volume = entries.iter().find(|entry| entry.name == VOLUME_LINK);
        if let Some(link) = volume.filter(|entry| entry.kind == EntryKind::Link) {
            let inside = join(&at.inside, VOLUME_LINK);
            match self.follow(&at.place, link).map_err(|error| failed(&inside, &error))? {
                Way::There(place, EntryKind::Tree, tree) if place.starts_with(&walk.place) => {
                    entries = self.entries(tree).map_err(|error| failed(&name, &error))?;
                    (at.place, at.tree) = (place, tree);
                }
                Way::Nowhere => {
                    let inside = shown(walk.given, &inside);
                    return Err(Unreadable::new(inside, "is a symbolic link that leads nowhere"));
                }
                _ => return self.outside(walk, &inside, link.id),
            }
        }
        walk.names += entries.len();
        if walk.names > NAMES_MAX {
            let problem = format!("holds more than {NAMES_MAX} names; is it the right root?");
            return Err(Unreadable::new(shown(walk.given, ""), problem));
        }
        for entry in entries {
            let inside = join(&at.inside, &entry.name);
            let is_passed_over = entry.name.starts_with('.')
                || self.exclude.iter().any(|glob| glob.matches_path(&inside));
            if !is_passed_over {
                self.meet(walk, &at, inside, &entry)?;
            }
        }
        Ok(())
    }

    /// Looks at one name in a directory.
    fn meet(
        &mut self,
        walk: &mut Walk<'_>,
        at: &Directory,
        inside: String,
        entry: &Entry,
    ) -> Result<(), Unreadable> {
        let is_wanted = purpose(&entry.name) == Some(FileKind::Definition);
        match entry.kind {
            EntryKind::Tree => {
                let mut place = at.place.clone();
                place.push(entry.name.clone());
                walk.descend(at, inside, place, entry.id);
            }
            EntryKind::Blob | EntryKind::BlobExecutable if is_wanted => {
                let path = shown(walk.given, &inside);
                let content = self.content(&path, entry.id)?;
                walk.root.files.push(SourceFile { path, content });
            }
            EntryKind::Link => return self.meet_link(walk, at, inside, entry, is_wanted),
            // Another repository's files are not in this one.
            EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Commit => {}
        }
        Ok(())
    }

    /// Goes where a symbolic link leads, if that is in the root.
    fn meet_link(
        &mut self,
        walk: &mut Walk<'_>,
        at: &Directory,
        inside: String,
        entry: &Entry,
        is_wanted: bool,
    ) -> Result<(), Unreadable> {
        let path = shown(walk.given, &inside);
        let (place, kind, id) =
            match self.follow(&at.place, entry).map_err(|error| failed(&path, &error))? {
                Way::There(place, kind, id) => (place, kind, id),
                // What leads nowhere matters only where its name says that flags should be there.
                _ if !is_wanted => return Ok(()),
                Way::Outside => return self.outside(walk, &inside, entry.id),
                Way::Loop => {
                    walk.root.files.push(SourceFile { path, content: Content::LinkLoop });
                    return Ok(());
                }
                Way::Nowhere => {
                    let target = printable(&self.target(entry.id).unwrap_or_default());
                    let problem = format!("is a symbolic link to `{target}`, which does not exist");
                    return Err(Unreadable::new(path, problem));
                }
            };
        if !is_wanted && kind != EntryKind::Tree {
            return Ok(());
        }
        if !place.starts_with(&walk.place) {
            return self.outside(walk, &inside, entry.id);
        }
        if kind != EntryKind::Tree {
            let content = self.content(&path, id)?;
            walk.root.files.push(SourceFile { path, content });
        } else if at.place.starts_with(&place) || at.above.contains(&place) {
            walk.root.files.push(SourceFile { path, content: Content::LinkLoop });
        } else {
            walk.descend(at, inside, place, id);
        }
        Ok(())
    }

    fn outside(&self, walk: &mut Walk<'_>, inside: &str, link: ObjectId) -> Result<(), Unreadable> {
        let path = shown(walk.given, inside);
        let target = self.target(link).map_err(|error| failed(&path, &error))?;
        let content = Content::LinkOutsideRoot(printable(&target));
        walk.root.files.push(SourceFile { path, content });
        Ok(())
    }

    /// What is in a file, within the limits of one and of all.
    fn content(&mut self, path: &str, id: ObjectId) -> Result<Content, Unreadable> {
        self.files += 1;
        if self.files > FILES_MAX {
            let problem = format!("brings the number of files above {FILES_MAX}");
            return Err(Unreadable::new(path, problem));
        }
        let size = self.repository.find_header(id).map_err(|error| failed(path, &error))?.size();
        if size > FILE_SIZE_BYTES_MAX {
            return Ok(Content::TooLarge(size));
        }
        self.size_bytes_left = self.size_bytes_left.checked_sub(size).ok_or_else(|| {
            let limit = TOTAL_SIZE_BYTES_MAX >> 20;
            Unreadable::new(path, format!("brings the size of all files above {limit} MiB"))
        })?;
        let mut object = self.repository.find_object(id).map_err(|error| failed(path, &error))?;
        Ok(Content::Bytes(std::mem::take(&mut object.data).into()))
    }

    fn entries(&self, tree: ObjectId) -> gix::Result<Vec<Entry>> {
        let tree = self.repository.find_tree(tree)?;
        let mut entries = Vec::new();
        for entry in tree.iter() {
            let entry = entry?;
            let name = printable(&entry.filename().to_string());
            entries.push(Entry { name, kind: entry.mode().kind(), id: entry.object_id() });
        }
        Ok(entries)
    }

    /// Where a link leads that is written.
    fn target(&self, link: ObjectId) -> gix::Result<String> {
        let size = self.repository.find_header(link)?.size();
        if size > FILE_SIZE_BYTES_MAX {
            return Ok(String::new());
        }
        let object = self.repository.find_object(link)?;
        Ok(String::from_utf8_lossy(&object.data).into_owned())
    }

    fn follow(&self, directory: &[String], link: &Entry) -> gix::Result<Way> {
        let way = directory.iter().chain([&link.name]);
        self.resolve(way.cloned().collect())
    }

    /// Goes along names from the top of the repository, through links.
    fn resolve(&self, way: VecDeque<String>) -> gix::Result<Way> {
        let (mut way, mut links) = (way, 0);
        let mut place: Place = Vec::new();
        let mut trees = vec![self.tree];
        while let Some(name) = way.pop_front() {
            match &*name {
                "" | "." => continue,
                ".." => {
                    if place.pop().is_none() {
                        return Ok(Way::Outside);
                    }
                    trees.pop();
                    continue;
                }
                _ => {}
            }
            let here = trees.last().copied().unwrap_or(self.tree);
            let entries = self.entries(here)?;
            let Some(entry) = entries.into_iter().find(|entry| entry.name == name) else {
                return Ok(Way::Nowhere);
            };
            match entry.kind {
                EntryKind::Tree => {
                    place.push(name);
                    trees.push(entry.id);
                }
                EntryKind::Link => {
                    links += 1;
                    let target = self.target(entry.id)?;
                    if target.starts_with('/') {
                        return Ok(Way::Outside);
                    }
                    if links > LINKS_MAX {
                        return Ok(Way::Loop);
                    }
                    for part in target.split('/').rev() {
                        way.push_front(part.to_owned());
                    }
                }
                kind if way.iter().all(|rest| rest.is_empty() || rest == ".") => {
                    place.push(name);
                    return Ok(Way::There(place, kind, entry.id));
                }
                _ => return Ok(Way::Nowhere),
            }
        }
        let here = trees.last().copied().unwrap_or(self.tree);
        Ok(Way::There(place, EntryKind::Tree, here))
    }
}

/// A walk through a root on its way.
struct Walk<'w> {
    given: &'w Path,
    /// Where the root stands.
    place: Place,
    root: &'w mut Root,
    waiting: Vec<Directory>,
    names: usize,
}

impl Walk<'_> {
    fn descend(&mut self, from: &Directory, inside: String, place: Place, tree: ObjectId) {
        let mut above = from.above.clone();
        above.push(from.place.clone());
        self.waiting.push(Directory { inside, place, tree, above });
    }
}

/// The names of a path from the top of the repository.
fn names(path: &Path) -> VecDeque<String> {
    let name = |part: Component<'_>| part.as_os_str().to_string_lossy().into_owned();
    path.components().map(name).collect()
}

fn failed(path: &str, error: &gix::Error) -> Unreadable {
    Unreadable::of_git(path, format!("cannot be read from git: {error}"))
}
