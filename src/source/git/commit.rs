//! Which git commit the definitions are of, and whether they differ from it.

use std::{
    io,
    path::{Path, PathBuf},
};

use gix::{ObjectId, Repository, object::Kind, objs::compute_hash};
use jiff::Timestamp;

use crate::{
    definition::compile::{Content, Root},
    source::{
        door::read,
        file_kind::FileKind,
        git::{
            commit_tree::CommitTree,
            repository::{References, open},
            work_tree::WorkTree,
        },
        glob::Glob,
        read::{Reading, SourceOptions},
        symlinks::published_commit,
        unreadable::Unreadable,
        walk::{Target, Walk, walk_tree},
    },
};

/// How long the name of a commit in a `--commit-file` may be, in bytes.
pub const COMMIT_BYTES_MAX: usize = 128;

/// How much of such a file is read, in bytes.
const COMMIT_FILE_BYTES_MAX: u64 = 4096;

/// What is put behind a commit that the files differ from.
const DIRTY: &str = "-dirty";

/// The commit of what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCommit {
    /// What it is called, as people and programs are told.
    pub name: String,
    /// When it was committed, as its committer says: the latest, where there are several. None
    /// where that is not known, or where files differ from it.
    pub committed_at: Option<Timestamp>,
}

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
) -> Result<Option<NamedCommit>, String> {
    if let Some(file) = file {
        return from_file(file).map(|name| Some(NamedCommit { name, committed_at: None }));
    }
    let mut found: Vec<Commit> = Vec::new();
    for ((given, root), walk) in options.roots.iter().zip(&reading.roots).zip(&reading.walks) {
        if let Some(id) = published_commit(given) {
            found.push(Commit { work_tree: None, id, is_dirty: false, committed_at: None });
        } else if let Some(tree) = WorkTree::around(&walk.resolved) {
            let explain = |error: String| format!("git data of `{}`: {error}", tree.path.display());
            let repository = open(&tree, References::Head).map_err(explain)?;
            let known = of_root(&repository, &tree, (given, root), walk, &options.exclude);
            let Some((id, committed_at, is_dirty)) = known.map_err(explain)? else { continue };
            let work_tree = Some(tree.path);
            // One work tree is one commit, and dirty where one of its roots is.
            match found.iter_mut().find(|known| known.work_tree == work_tree) {
                Some(known) => known.is_dirty |= is_dirty,
                None => found.push(Commit { work_tree, id, is_dirty, committed_at }),
            }
        }
    }
    let times: Option<Vec<Timestamp>> =
        found.iter().map(|commit| commit.committed_at.filter(|_| !commit.is_dirty)).collect();
    let committed_at = times.and_then(|times| times.into_iter().max());
    let mut commits = Vec::new();
    for Commit { id, is_dirty, .. } in found {
        let commit = if is_dirty { id + DIRTY } else { id };
        if !commits.contains(&commit) {
            commits.push(commit);
        }
    }
    Ok((!commits.is_empty()).then(|| NamedCommit { name: commits.join(","), committed_at }))
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

/// The commit that is checked out, when it was made, and whether the files of a root differ from
/// it. None if the root is not part of the commit.
fn of_root(
    repository: &Repository,
    work_tree: &WorkTree,
    (given, root): (&Path, &Root),
    walk: &Walk,
    exclude: &[Glob],
) -> Result<Option<(String, Option<Timestamp>, bool)>, String> {
    let head = || -> gix::Result<Option<ObjectId>> {
        let Some(id) = repository.head()?.try_into_peeled_id()? else { return Ok(None) };
        Ok(Some(id.object()?.peel_to_commit()?.id))
    };
    let Some(id) = head().map_err(|error| error.to_string())? else { return Ok(None) };
    let tree = CommitTree::new(repository, id).map_err(|error| error.to_string())?;
    let Ok(path) = walk.resolved.strip_prefix(&work_tree.path) else { return Ok(None) };
    let is_dirty = match walk_tree(&tree, given, path, FileKind::Definition, exclude) {
        Ok(committed) => differs(work_tree, root, walk, &committed),
        Err(unreadable) if unreadable.is_of_git => return Err(unreadable.to_string()),
        Err(unreadable) if unreadable.is_missing => return Ok(None),
        // A commit that could not be served is not what the files are.
        Err(_) => true,
    };
    let committed_at = || {
        let at = repository.find_commit(id).ok()?.time().ok()?;
        Timestamp::from_second(at.seconds).ok()
    };
    Ok(Some((id.to_string(), committed_at(), is_dirty)))
}

/// Whether a definition file was changed, added or removed since the commit, or a link leads
/// elsewhere.
fn differs(work_tree: &WorkTree, root: &Root, walk: &Walk, committed: &Walk<ObjectId>) -> bool {
    let files = root.files.iter().zip(&walk.files);
    walk.files.len() != committed.files.len()
        || files.zip(&committed.files).any(|((file, found), committed)| {
            let is_same = match (&found.target, &committed.target, &file.content) {
                (Target::File(here), Target::File(there), Content::Bytes(bytes)) => {
                    let inside = here.path.strip_prefix(&work_tree.path);
                    inside.is_ok_and(|path| path == there.path) && is_blob(there.stamp, bytes)
                }
                (Target::Outside(here), Target::Outside(there), _) => here == there,
                (Target::Loop, Target::Loop, _) => true,
                _ => false,
            };
            found.inside != committed.inside || !is_same
        })
}

/// The commit of a root.
struct Commit {
    /// Where it is checked out; none for one that a link names.
    work_tree: Option<PathBuf>,
    id: String,
    is_dirty: bool,
    committed_at: Option<Timestamp>,
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
