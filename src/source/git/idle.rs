//! Reads while git is at rest, so that no work tree is read half changed.
#![expect(clippy::disallowed_methods, reason = "waiting is about time that passes")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::source::{
    file_kind::FileKind,
    git::{
        commit::commit_file as read_commit_file,
        work_tree::{Head, Lock, Moment, Sightings, WorkTree},
    },
    read::{Reading, SourceOptions, read_files},
    symlinks::published_commit,
    unreadable::Unreadable,
};

/// How long to wait for git to finish, one operation after the other: longer than a lock may be
/// old, so that one which was left behind is found out meanwhile.
pub const REST_WAIT_MAX: Duration = Duration::from_secs(12);

/// How long to wait before looking at git again.
const PAUSE: Duration = Duration::from_millis(10);

/// How everything stands that a commit is told from: equal as long as the commit is the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The work trees around the roots, and what is checked out there.
    pub trees: Vec<(WorkTree, Head)>,
    /// For each root, the commit that its link says.
    pub published: Vec<Option<String>>,
    /// What the file says that names the commit.
    pub file: Option<Vec<u8>>,
    /// Locks that were left behind.
    pub stale_locks: Vec<PathBuf>,
}

impl Standing {
    /// How it stands now; the lock that is held if git is at work.
    ///
    /// # Errors
    ///
    /// The path of the lock.
    pub fn now(
        roots: &[PathBuf],
        commit_file: Option<&Path>,
        sightings: &mut Sightings,
    ) -> Result<Self, PathBuf> {
        let mut standing = Self {
            published: roots.iter().map(|root| published_commit(root)).collect(),
            file: commit_file.and_then(|file| read_commit_file(file).ok()),
            ..Self::default()
        };
        let now = Moment::now();
        for root in roots {
            let resolved = fs::canonicalize(root).ok();
            let Some(tree) = resolved.and_then(|path| WorkTree::around(&path)) else { continue };
            match tree.lock(sightings, now) {
                Lock::Free => {}
                Lock::Held(path) => return Err(path),
                Lock::Stale(path) => standing.stale_locks.push(path),
            }
            let head = tree.head();
            standing.trees.push((tree, head));
        }
        Ok(standing)
    }
}

/// Reads all definitions in a moment in which git does nothing. `pause` waits so long, or less and
/// returns true when it is time to give up; then there is no result.
///
/// # Errors
///
/// As [`read_files`], and when git does not come to rest.
pub fn read_at_rest(
    options: &SourceOptions,
    commit_file: Option<&Path>,
    sightings: &mut Sightings,
    pause: impl Fn(Duration) -> bool,
) -> Option<Result<(Reading, Standing), Unreadable>> {
    let start = Instant::now();
    loop {
        let before = Standing::now(&options.roots, commit_file, sightings);
        if let Ok(standing) = &before {
            let reading = read_files(options, FileKind::Definition);
            if Standing::now(&options.roots, commit_file, sightings) == before {
                return Some(reading.map(|reading| (reading, standing.clone())));
            }
        }
        if REST_WAIT_MAX < start.elapsed() {
            let path = before.map_or_else(|lock| lock, |_| PathBuf::from(".git"));
            let seconds = REST_WAIT_MAX.as_secs();
            let problem = format!("says that git is at work, for more than {seconds} s now");
            return Some(Err(Unreadable::new(path.to_string_lossy(), problem)));
        }
        if pause(PAUSE) {
            return None;
        }
    }
}
