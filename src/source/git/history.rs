//! What came before a commit: its first parents, whether another is among its ancestors, its time.

use std::iter::successors;

use gix::{ObjectId, Repository};
use jiff::Timestamp;

/// How two commits are related.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The newer one descends from the older one, or is the same.
    Descends,
    /// It does not: history was rewritten, or the other branch was meant.
    Apart,
    /// The clone is shallow, and ends before that could be known.
    Unknown,
}

/// How `new` is related to `old`.
#[must_use]
pub fn relation(repository: &Repository, old: ObjectId, new: ObjectId) -> Relation {
    // An ancestor that git no longer has is none, unless the history was cut.
    let base = repository.merge_base(old, new).ok().flatten();
    if base.is_some_and(|base| base.detach() == old) {
        return Relation::Descends;
    }
    if may_be_beyond_a_cut(repository, old, new).unwrap_or(true) {
        return Relation::Unknown;
    }
    Relation::Apart
}

/// Whether what leads from `new` to `old` may be missing here. Where a history is cut, that may be
/// so, unless the cut is before `old`, too.
fn may_be_beyond_a_cut(repository: &Repository, old: ObjectId, new: ObjectId) -> gix::Result<bool> {
    let Some(cuts) = repository.shallow_commits()? else { return Ok(false) };
    let hidden = repository.has_object(old).then_some(old);
    for found in repository.rev_walk([new]).with_hidden(hidden).all()? {
        if cuts.contains(&found?.id) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A commit and those before it, each the first parent of the one before; `count_max` at most, and
/// no further than the repository goes.
pub fn first_parents(
    repository: &Repository,
    commit: ObjectId,
    count_max: usize,
) -> impl Iterator<Item = ObjectId> {
    let parent = |commit: &ObjectId| {
        let commit = repository.find_commit(*commit).ok()?;
        let parent = commit.parent_ids().next()?.detach();
        // Where a history was cut, the parent is named but is not there.
        repository.has_object(parent).then_some(parent)
    };
    successors(Some(commit), parent).take(count_max)
}

/// When a commit was made, as its committer says; none where that is no time.
#[must_use]
pub fn committed_at(repository: &Repository, commit: ObjectId) -> Option<Timestamp> {
    let commit = repository.find_commit(commit).ok()?;
    Timestamp::from_second(commit.time().ok()?.seconds).ok()
}
