//! Which git commit the definitions are of, and whether they differ from it.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use gix::{
    ObjectId, Repository, Tree,
    object::Kind,
    objs::{compute_hash, tree::EntryKind},
};

use crate::{
    definition::compile::{Content, Root},
    source::{
        door::read,
        file_kind::{FileKind, is_excluded, join, purpose},
        git::{
            repository::{References, open},
            work_tree::WorkTree,
        },
        read::{Reading, SourceOptions},
        symlinks::published_commit,
        unreadable::Unreadable,
        walk::{DEPTH_MAX, NAMES_MAX, Target, Walk},
    },
};

/// How long the name of a commit in a `--commit-file` may be, in bytes.
pub const COMMIT_BYTES_MAX: usize = 128;

/// How much of such a file is read, in bytes.
const COMMIT_FILE_BYTES_MAX: u64 = 4096;

/// What is put behind a commit that the files differ from.
const DIRTY: &str = "-dirty";

/// The commit of what was read: what `file` says, or else what git says of each root, joined by `,`
/// where that differs. None where nothing is known.
///
/// # Errors
///
/// Why it is not known although it should be, in one line: the file cannot be read or says nothing
/// that can be a commit, or git's data cannot be read.
pub fn commit(
    file: Option<&Path>,
    options: &SourceOptions,
    reading: &Reading,
) -> Result<Option<String>, String> {
    if let Some(file) = file {
        return from_file(file).map(Some);
    }
    let mut found: Vec<Commit> = Vec::new();
    for ((given, root), walk) in options.roots.iter().zip(&reading.roots).zip(&reading.walks) {
        if let Some(id) = published_commit(given) {
            found.push(Commit { work_tree: None, id, is_dirty: false });
        } else if let Some(tree) = WorkTree::around(&walk.resolved) {
            let explain = |error: String| format!("git data of `{}`: {error}", tree.path.display());
            let repository = open(&tree, References::Head).map_err(explain)?;
            let known = of_root(&repository, &tree, root, walk, options);
            let known = known.map_err(|error| explain(error.to_string()))?;
            let Some((id, is_dirty)) = known else { continue };
            let work_tree = Some(tree.path);
            // One work tree is one commit, and dirty where one of its roots is.
            match found.iter_mut().find(|known| known.work_tree == work_tree) {
                Some(known) => known.is_dirty |= is_dirty,
                None => found.push(Commit { work_tree, id, is_dirty }),
            }
        }
    }
    let mut commits = Vec::new();
    for Commit { id, is_dirty, .. } in found {
        let commit = if is_dirty { id + DIRTY } else { id };
        if !commits.contains(&commit) {
            commits.push(commit);
        }
    }
    Ok((!commits.is_empty()).then(|| commits.join(",")))
}

/// What a file that names a commit holds, as much of it as could be one.
///
/// # Errors
///
/// When it cannot be read.
pub fn commit_file(file: &Path) -> io::Result<Vec<u8>> {
    read(file, COMMIT_FILE_BYTES_MAX)
}

fn from_file(file: &Path) -> Result<String, String> {
    let bytes = commit_file(file)
        .map_err(|error| Unreadable::at(file.to_string_lossy(), file, &error).to_string())?;
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().next().unwrap_or("").trim();
    let is_printable = line.bytes().all(|byte| byte.is_ascii_graphic());
    if line.is_empty() || line.len() > COMMIT_BYTES_MAX || !is_printable {
        return Err(format!(
            "`{}` must hold one line of 1 to {COMMIT_BYTES_MAX} printable characters without \
             spaces",
            file.display()
        ));
    }
    Ok(line.to_owned())
}

/// The commit that is checked out, and whether the files of a root differ from it. None if the root
/// plays no part in the commit.
fn of_root(
    repository: &Repository,
    work_tree: &WorkTree,
    root: &Root,
    walk: &Walk,
    options: &SourceOptions,
) -> gix::Result<Option<(String, bool)>> {
    let Some(id) = repository.head()?.try_into_peeled_id()? else { return Ok(None) };
    let commit = id.object()?.peel_to_commit()?;
    let Ok(prefix) = walk.resolved.strip_prefix(&work_tree.path) else { return Ok(None) };
    let mut committed =
        Committed { root: commit.tree()?, files: BTreeMap::new(), links: Vec::new() };
    let start = if prefix == Path::new("") {
        Some(committed.root.clone())
    } else {
        let Some(entry) = committed.root.lookup_entry_by_path(prefix)? else { return Ok(None) };
        entry.mode().is_tree().then(|| entry.object()?.try_into_tree()).transpose()?
    };
    if let Some(start) = start {
        committed.collect(&start, prefix, "", options, 0)?;
    }
    let is_dirty = committed.differs(work_tree, root, walk)?;
    Ok(Some((commit.id.to_string(), is_dirty)))
}

/// The commit of a root.
struct Commit {
    /// Where it is checked out; none for one that a link names.
    work_tree: Option<PathBuf>,
    id: String,
    is_dirty: bool,
}

/// What a commit holds below a root.
struct Committed<'r> {
    /// The tree of the whole commit.
    root: Tree<'r>,
    /// The definition files, by their paths in the work tree.
    files: BTreeMap<PathBuf, ObjectId>,
    /// The symbolic links.
    links: Vec<(PathBuf, ObjectId)>,
}

impl<'r> Committed<'r> {
    fn collect(
        &mut self,
        tree: &Tree<'r>,
        path: &Path,
        inside: &str,
        options: &SourceOptions,
        depth: usize,
    ) -> gix::Result<()> {
        for entry in tree.iter() {
            let entry = entry?;
            let name = entry.filename().to_string();
            let (path, inside) = (path.join(&name), join(inside, &name));
            let kind = entry.mode().kind();
            let is_passed_over = name.starts_with('.') || is_excluded(&inside, &options.exclude);
            if is_passed_over || DEPTH_MAX < depth || NAMES_MAX < self.files.len() {
                continue;
            }
            match kind {
                EntryKind::Tree => {
                    let below = entry.object()?.try_into_tree()?;
                    self.collect(&below, &path, &inside, options, depth + 1)?;
                }
                EntryKind::Link => self.links.push((path, entry.object_id())),
                EntryKind::Blob | EntryKind::BlobExecutable
                    if purpose(&name) == Some(FileKind::Definition) =>
                {
                    self.files.insert(path, entry.object_id());
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether a definition file was changed, added or removed since the commit, or a link turned.
    fn differs(mut self, work_tree: &WorkTree, root: &Root, walk: &Walk) -> gix::Result<bool> {
        for (file, found) in root.files.iter().zip(&walk.files) {
            let (Target::File(path, _), Content::Bytes(bytes)) = (&found.target, &file.content)
            else {
                return Ok(true);
            };
            let Ok(path) = path.strip_prefix(&work_tree.path) else { return Ok(true) };
            let id = match self.files.remove(path) {
                Some(id) => Some(id),
                // Reached through links, perhaps twice, or a root that is a file.
                None => self.root.lookup_entry_by_path(path)?.map(|entry| entry.object_id()),
            };
            if !id.is_some_and(|id| is_blob(id, bytes)) {
                return Ok(true);
            }
        }
        for (path, id) in &self.links {
            let target = fs::read_link(work_tree.path.join(path)).unwrap_or_default();
            if !is_blob(*id, target.as_os_str().as_encoded_bytes()) {
                return Ok(true);
            }
        }
        Ok(!self.files.is_empty())
    }
}

/// Whether a blob holds these bytes, as they are or with what git may have changed when it checked
/// them out: line ends (`eol`, `core.autocrlf`), and `$Id$` (the attribute `ident`).
fn is_blob(id: ObjectId, bytes: &[u8]) -> bool {
    let is_same = |bytes: &[u8]| {
        compute_hash(id.kind(), Kind::Blob, bytes).is_ok_and(|computed| computed == id)
    };
    if is_same(bytes) {
        return true;
    }
    let with_bare_ids = with_bare_ids(bytes);
    let variants = [Some(bytes), with_bare_ids.as_deref()].into_iter().flatten();
    variants.into_iter().any(|variant| {
        (variant.len() != bytes.len() && is_same(variant))
            || (variant.contains(&b'\r') && is_same(&without_carriage_returns(variant)))
    })
}

/// The bytes with `$Id$` in place of each `$Id: … $`; none if there is none.
fn with_bare_ids(bytes: &[u8]) -> Option<Vec<u8>> {
    const START: &[u8] = b"$Id:";
    let mut bare = Vec::new();
    let mut rest = bytes;
    while let Some(start) = rest.windows(START.len()).position(|window| window == START) {
        let (before, id) = rest.split_at(start);
        let after = id.get(START.len()..).unwrap_or_default();
        let end = after.iter().position(|byte| matches!(byte, b'$' | b'\n'))?;
        let (inside, end) = after.split_at(end);
        bare.extend_from_slice(before);
        match end.strip_prefix(b"$") {
            Some(behind) => {
                bare.extend_from_slice(b"$Id$");
                rest = behind;
            }
            // No `$` on its line: nothing that git has written.
            None => {
                bare.extend_from_slice(START);
                bare.extend_from_slice(inside);
                rest = end;
            }
        }
    }
    bare.extend_from_slice(rest);
    (bare.len() != bytes.len()).then_some(bare)
}

/// The bytes as they are where lines end with a line feed alone.
#[must_use]
pub fn without_carriage_returns(bytes: &[u8]) -> Vec<u8> {
    let next = bytes.iter().skip(1).copied().map(Some).chain([None]);
    let kept =
        bytes.iter().zip(next).filter(|(byte, next)| (**byte, *next) != (b'\r', Some(b'\n')));
    kept.map(|(byte, _)| *byte).collect()
}
