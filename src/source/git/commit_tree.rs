//! A commit's files, read from git's objects without a checkout.

use std::{
    collections::VecDeque,
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStrExt,
    path::{Component, Path, PathBuf},
};

use gix::{ObjectId, Repository, objs::tree::EntryKind};

use crate::source::{
    tree::{Destination, FilePlace, FileTree, TreeEntry, TreeEntryKind},
    unreadable::Unreadable,
};

/// How many symbolic links a path may lead through.
const LINKS_MAX: usize = 40;

/// How long what a symbolic link says may be, in bytes.
const TARGET_BYTES_MAX: u64 = 64 << 10;

/// The files of a commit. Paths begin at the top of the repository; an object is its own stamp.
#[derive(Debug)]
pub struct CommitTree<'r> {
    repository: &'r Repository,
    top: ObjectId,
}

impl<'r> CommitTree<'r> {
    /// The files of a commit.
    ///
    /// # Errors
    ///
    /// Why git's data cannot be read.
    pub fn new(repository: &'r Repository, commit: ObjectId) -> gix::Result<Self> {
        let top = repository.find_object(commit)?.peel_to_commit()?.tree_id()?.detach();
        Ok(Self { repository, top })
    }

    /// What has a name in a directory.
    fn entry(
        &self,
        directory: ObjectId,
        name: &OsStr,
    ) -> gix::Result<Option<(EntryKind, ObjectId)>> {
        let tree = self.repository.find_tree(directory)?;
        for entry in tree.iter() {
            let entry = entry?;
            if **entry.filename() == *name.as_bytes() {
                return Ok(Some((entry.mode().kind(), entry.object_id())));
            }
        }
        Ok(None)
    }

    /// Where a link leads that is written; nothing if it is longer than any path.
    fn written(&self, link: ObjectId) -> gix::Result<Vec<u8>> {
        if TARGET_BYTES_MAX < self.repository.find_header(link)?.size() {
            return Ok(Vec::new());
        }
        Ok(self.repository.find_object(link)?.detach().data)
    }

    /// Goes along the names of a path, through links.
    fn go(&self, path: &Path) -> gix::Result<Destination<ObjectId>> {
        let mut ahead: VecDeque<OsString> = names(path).collect();
        let mut links = 0;
        let mut place = PathBuf::new();
        let mut trees = vec![self.top];
        while let Some(name) = ahead.pop_front() {
            if name == ".." {
                if !place.pop() {
                    return Ok(Destination::Outside);
                }
                trees.pop();
                continue;
            }
            let here = trees.last().copied().unwrap_or(self.top);
            let Some((kind, id)) = self.entry(here, &name)? else {
                return Ok(Destination::Nowhere);
            };
            match kind {
                EntryKind::Tree => {
                    place.push(name);
                    trees.push(id);
                }
                EntryKind::Link => {
                    links += 1;
                    let target = self.written(id)?;
                    let target = Path::new(OsStr::from_bytes(&target));
                    if target.is_absolute() {
                        return Ok(Destination::Outside);
                    }
                    if links > LINKS_MAX {
                        return Ok(Destination::Loop);
                    }
                    for part in names(target).rev() {
                        ahead.push_front(part);
                    }
                }
                _ if !ahead.is_empty() => return Ok(Destination::Nowhere),
                EntryKind::Blob | EntryKind::BlobExecutable => {
                    place.push(name);
                    return Ok(Destination::File(FilePlace { path: place, stamp: id }));
                }
                // Another repository's files are not in this one.
                EntryKind::Commit => return Ok(Destination::Other),
            }
        }
        let here = trees.last().copied().unwrap_or(self.top);
        Ok(Destination::Directory(FilePlace { path: place, stamp: here }))
    }
}

impl FileTree for CommitTree<'_> {
    type Stamp = ObjectId;

    fn resolve(&self, shown: &str, path: &Path) -> Result<Destination<ObjectId>, Unreadable> {
        self.go(path).map_err(|error| unreadable(shown, &error))
    }

    fn look(&self, shown: &str, path: &Path) -> Result<Destination<ObjectId>, Unreadable> {
        self.resolve(shown, path)
    }

    fn names(
        &self,
        shown: &str,
        directory: &FilePlace<ObjectId>,
        see: &mut dyn FnMut(TreeEntry<ObjectId>) -> Result<(), Unreadable>,
    ) -> Result<(), Unreadable> {
        let tree = self.repository.find_tree(directory.stamp);
        let tree = tree.map_err(|error| unreadable(shown, &error))?;
        for entry in tree.iter() {
            let entry = entry.map_err(|error| unreadable(shown, &error))?;
            let id = entry.object_id();
            let kind = match entry.mode().kind() {
                EntryKind::Tree => TreeEntryKind::Directory(Some(id)),
                EntryKind::Link => TreeEntryKind::Link,
                EntryKind::Blob | EntryKind::BlobExecutable => TreeEntryKind::File(Some(id)),
                EntryKind::Commit => continue,
            };
            see(TreeEntry { name: OsStr::from_bytes(entry.filename()).to_owned(), kind })?;
        }
        Ok(())
    }

    fn has_link(
        &self,
        shown: &str,
        directory: &FilePlace<ObjectId>,
        name: &str,
    ) -> Result<bool, Unreadable> {
        let entry = self.entry(directory.stamp, OsStr::new(name));
        let entry = entry.map_err(|error| unreadable(shown, &error))?;
        Ok(entry.is_some_and(|(kind, _)| kind == EntryKind::Link))
    }

    fn target(&self, shown: &str, link: &Path) -> Result<String, Unreadable> {
        let find = || -> gix::Result<Vec<u8>> {
            let directory = self.go(link.parent().unwrap_or(Path::new("")))?;
            let (Destination::Directory(directory), Some(name)) = (directory, link.file_name())
            else {
                return Ok(Vec::new());
            };
            let entry = self.entry(directory.stamp, name)?;
            entry.map_or(Ok(Vec::new()), |(_, id)| self.written(id))
        };
        let written = find().map_err(|error| unreadable(shown, &error))?;
        Ok(String::from_utf8_lossy(&written).into_owned())
    }

    fn size(&self, shown: &str, file: &FilePlace<ObjectId>) -> Result<u64, Unreadable> {
        let header = self.repository.find_header(file.stamp);
        header.map(|header| header.size()).map_err(|error| unreadable(shown, &error))
    }

    fn read(
        &self,
        shown: &str,
        file: &FilePlace<ObjectId>,
        size_bytes_max: u64,
    ) -> Result<Vec<u8>, Unreadable> {
        let object = self.repository.find_object(file.stamp);
        let mut bytes = object.map_err(|error| unreadable(shown, &error))?.detach().data;
        bytes.truncate(usize::try_from(size_bytes_max).unwrap_or(usize::MAX));
        Ok(bytes)
    }
}

/// The names of a path.
fn names(path: &Path) -> impl DoubleEndedIterator<Item = OsString> {
    let is_name =
        |part: &Component<'_>| matches!(part, Component::Normal(_) | Component::ParentDir);
    path.components().filter(is_name).map(|part| part.as_os_str().to_owned())
}

fn unreadable(shown: &str, error: &gix::Error) -> Unreadable {
    Unreadable::of_git(shown, format!("cannot be read from git: {error}"))
}
