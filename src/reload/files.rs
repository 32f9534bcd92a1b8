//! Definitions in directories: looks at them, and has them watched.
#![expect(clippy::disallowed_methods, reason = "takes the time, and reads the list of mounts")]

use std::{
    fs, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;

use crate::{
    definition::compile::FILE_SIZE_BYTES_MAX,
    reload::{
        acceptance::Refused,
        journal::Journal,
        origin::{Origin, digest},
        outcome::Outcome,
        room::Extent,
        serving::{Serving, ToServe},
    },
    snapshot::current::{CommitTimes, Watcher},
    source::{
        file_kind::FileKind,
        git::{
            commit::{NamedCommit, commit},
            idle::{Standing, read_at_rest},
            torn::torn,
            work_tree::Sightings,
        },
        read::{Reading, SourceOptions, walk_all},
        unreadable::Unreadable,
        walk::Target,
        watch::{
            bell::Bell,
            mount::{MountedFiles, frozen, single_files},
            watch_set::WatchSet,
            watcher::Watches,
        },
    },
};

/// How often to start over because something changed meanwhile.
const TRIES_MAX: usize = 5;

/// Definitions in directories.
#[derive(Debug)]
pub struct Files {
    source: SourceOptions,
    /// A file that names the commit.
    commit_file: Option<PathBuf>,
    bell: Arc<Bell>,
    watches: Watches,
    /// Whether it has not looked yet.
    is_first: bool,
    /// The locks of git that have been seen.
    sightings: Sightings,
    /// What the last reading came from.
    places: WatchSet,
    /// The roots without links, as they were looked up among the mounts.
    resolved: Vec<PathBuf>,
    /// Files that are mounted by themselves.
    mounted: MountedFiles,
}

impl Files {
    /// Has not looked yet.
    #[must_use]
    pub fn new(source: SourceOptions, commit_file: Option<PathBuf>, bell: Arc<Bell>) -> Self {
        Self {
            source,
            commit_file,
            watches: Watches::new(bell.clone()),
            bell,
            is_first: true,
            sightings: Sightings::default(),
            places: WatchSet::default(),
            resolved: Vec::new(),
            mounted: MountedFiles::default(),
        }
    }

    /// Makes all watches anew the next time.
    pub fn renew_watches(&mut self) {
        self.watches.forget();
    }

    /// The files that have to be looked at, since they make no event.
    pub fn mounted(&mut self) -> &mut MountedFiles {
        &mut self.mounted
    }

    /// Looks at what there is now, and serves it if it is good. None if it was told to stop
    /// meanwhile.
    pub fn look(&mut self, serving: &mut Serving, journal: &mut Journal) -> Option<Outcome> {
        for _ in 0..TRIES_MAX {
            if let Some(refused) = self.too_much(serving) {
                return Some(Outcome::Rejected(refused));
            }
            let (reading, standing) = match self.read(serving, journal)? {
                Ok(read) => read,
                Err(unreadable) => return Some(Outcome::Unreadable(unreadable)),
            };
            let digest = digest(&reading.roots);
            let origin = Origin::Files { digest, standing: standing.clone() };
            if let Some(outcome) = serving.known(&origin) {
                return Some(outcome);
            }
            if let Some(unreadable) = torn(&reading) {
                return Some(Outcome::Unreadable(unreadable));
            }
            let commit = self.commit(&reading, journal);
            // Had git moved on, the commit could be another than that of the files.
            if self.standing().as_ref() != Ok(&standing) {
                continue;
            }
            self.warn(&reading, &standing, journal);
            let first_seen_at = Timestamp::now();
            let times = commit
                .as_ref()
                .map(|commit| CommitTimes { committed_at: commit.committed_at, first_seen_at });
            let commit = commit.map(|commit| commit.name.into_boxed_str());
            let candidate = ToServe { roots: &reading.roots, digest, commit, times };
            let unchanged = serving.unchanged(&origin, &candidate);
            return Some(unchanged.unwrap_or_else(|| match serving.make(&candidate) {
                Ok(made) => serving.serve(made, origin, None),
                Err(refused) => serving.refuse(origin, refused),
            }));
        }
        self.bell.ring();
        let problem = "kept changing while it was being read";
        Some(Outcome::Unreadable(Unreadable::new(".git", problem)))
    }

    /// Refuses what would not fit even if it were one long text each, before it is read. What
    /// cannot be looked at is told of when it is read.
    fn too_much(&self, serving: &Serving) -> Option<Refused> {
        let (room, served) = serving.room();
        room.limit?;
        let walks = walk_all(&self.source, FileKind::Definition).ok()?;
        let mut extent = Extent::default();
        for found in walks.iter().flat_map(|walk| &walk.files) {
            let Target::File(file) = &found.target else { continue };
            extent.files += 1;
            // A larger one is not read.
            extent.bytes +=
                Some(file.stamp.size()).filter(|size| *size <= FILE_SIZE_BYTES_MAX).unwrap_or(0);
        }
        room.objection(&extent, served).map(Refused::for_want_of_room)
    }

    /// Reads what had been watched before it was read, unless it is the first time.
    fn read(
        &mut self,
        serving: &Serving,
        journal: &mut Journal,
    ) -> Option<Result<(Reading, Standing), Unreadable>> {
        let is_first = mem::take(&mut self.is_first);
        if !is_first {
            self.watch(serving, journal);
        }
        let mut last = None;
        for _ in 0..TRIES_MAX {
            // Before others are read: all files twice would take much room.
            drop(last.take());
            let (source, commit_file) = (&self.source, self.commit_file.as_deref());
            let (bell, sightings) = (&self.bell, &mut self.sightings);
            match read_at_rest(source, commit_file, sightings, |length| bell.pause(length))? {
                Ok(read) => {
                    self.places = WatchSet::of_walks(&read.0.walks);
                    last = Some(Ok(read));
                }
                unreadable => return Some(unreadable),
            }
            if is_first || !self.watch(serving, journal) {
                return last;
            }
        }
        // Directories keep coming: what was read is whole, but there is more to see.
        self.bell.ring();
        last
    }

    /// Watches everything that matters; true if something among it was not watched before.
    fn watch(&mut self, serving: &Serving, journal: &mut Journal) -> bool {
        let mut places = self.places.clone();
        places.add_ways_to(&self.source.roots, self.commit_file.as_deref());
        let followed = self.watches.follow(places);
        let is_new = followed.as_ref().is_ok_and(|is_new| *is_new);
        let now = match (followed, self.mounted.first()) {
            (Err(reason), _) => Watcher::Polling(reason),
            (Ok(_), None) => Watcher::Events,
            (Ok(_), Some(file)) => {
                Watcher::EventsAndPolling(serving.sources().text_of_paths(&format!(
                    "`{}` is mounted as a single file, whose directory tells of no edit: it is \
                     looked at every second",
                    file.display()
                )))
            }
        };
        tell_of_watching(now, serving, journal);
        is_new
    }

    fn standing(&mut self) -> Result<Standing, PathBuf> {
        Standing::now(&self.source.roots, self.commit_file.as_deref(), &mut self.sightings)
    }

    fn commit(&self, reading: &Reading, journal: &mut Journal) -> Option<NamedCommit> {
        let file = self.commit_file.as_deref();
        // What git's files hold may be anybody's: a defect in reading them must not keep
        // definitions from being served.
        let read = || commit(file, &self.source, reading);
        let commit = catch_unwind(AssertUnwindSafe(read))
            .unwrap_or_else(|_| Err("reading git's data ended with a panic".to_owned()));
        journal.commit(commit.as_ref().err().map(String::as_str));
        commit.ok().flatten()
    }

    /// Warns of what will go wrong later, or went wrong before.
    fn warn(&mut self, reading: &Reading, standing: &Standing, journal: &mut Journal) {
        for lock in &standing.stale_locks {
            journal.warn_once(format!(
                "`{}` was left behind by a git that was killed; reading in spite of it",
                lock.display()
            ));
        }
        let resolved: Vec<_> = reading.walks.iter().map(|walk| walk.resolved.clone()).collect();
        if resolved != self.resolved {
            let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
            for problem in frozen(&mounts, &resolved, Path::is_file) {
                journal.warn_once(problem);
            }
            let commit_file = self.commit_file.as_ref();
            let commit_file = commit_file.and_then(|file| fs::canonicalize(file).ok());
            let places: Vec<PathBuf> = resolved.iter().cloned().chain(commit_file).collect();
            self.mounted = MountedFiles::new(single_files(&mounts, &places, Path::is_file));
            self.resolved = resolved;
        }
    }
}

/// Tells people and probes how changes are noticed.
pub fn tell_of_watching(now: Watcher, serving: &Serving, journal: &mut Journal) {
    let before = serving.cell().health().watcher;
    journal.watching(&before, &now);
    serving.cell().update_health(|health| health.watcher = now);
}
