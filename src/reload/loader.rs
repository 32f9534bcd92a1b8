//! The only writer of the snapshot: looks again, and serves what is good.
#![expect(clippy::disallowed_methods, reason = "takes the time, and reads the list of mounts")]

use std::{
    fs, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    definition::compile::FILE_SIZE_BYTES_MAX,
    reload::{
        acceptance::{Accepted, Refused, judge},
        compile_thread::{SnapshotThread, compile_apart},
        journal::Journal,
        observer::Took,
        origin::Origin,
        outcome::{Outcome, Swap},
        room::{Extent, MemoryRoom},
    },
    snapshot::{
        current::{Rejection, Snapshot, SnapshotCell, Watcher},
        shown_roots::Sources,
    },
    source::{
        file_kind::{FileKind, shown},
        git::{
            commit::commit,
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

/// What to load, and how.
#[derive(Clone, Debug, Default)]
pub struct ReloadOptions {
    /// Where definitions are.
    pub source: SourceOptions,
    /// A file that names the commit.
    pub commit_file: Option<PathBuf>,
    /// Whether to serve definitions without a flag, and roots without a definition.
    pub allow_empty: bool,
    /// How much memory there is.
    pub room: MemoryRoom,
}

/// Looks again when told to.
#[derive(Debug)]
pub struct Loader {
    options: ReloadOptions,
    sources: Sources,
    cell: Arc<SnapshotCell>,
    bell: Arc<Bell>,
    watches: Watches,
    journal: Journal,
    /// How long the last look took.
    took: Took,
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
    /// What the snapshot that is served was made from.
    served: Option<Origin>,
    /// How large the texts were that it was made from.
    extent: Extent,
    /// What was refused last, and what it was made from.
    refused: Option<(Origin, Refused)>,
    /// Who keeps the snapshot that is served.
    keeper: SnapshotThread,
    /// Snapshots that are served no more, but may still be in use, and who keeps them.
    retired: Vec<(Arc<Snapshot>, SnapshotThread)>,
}

impl Loader {
    /// Has not looked yet.
    #[must_use]
    pub fn new(options: ReloadOptions, cell: Arc<SnapshotCell>, bell: Arc<Bell>) -> Self {
        let roots: Vec<_> = options.source.roots.iter().map(|root| shown(root, "")).collect();
        let sources = Sources::new(&roots);
        cell.update_health(|health| health.sources = sources.clone());
        Self {
            options,
            sources,
            cell,
            watches: Watches::new(bell.clone()),
            bell,
            journal: Journal::default(),
            took: Took::default(),
            is_first: true,
            sightings: Sightings::default(),
            places: WatchSet::default(),
            resolved: Vec::new(),
            mounted: MountedFiles::default(),
            served: None,
            extent: Extent::default(),
            refused: None,
            keeper: SnapshotThread::default(),
            retired: Vec::new(),
        }
    }

    /// Makes all watches anew the next time.
    pub fn renew_watches(&mut self) {
        self.watches.forget();
    }

    /// Looks at what there is now, and serves it if it is good. None if it was told to stop
    /// meanwhile.
    ///
    /// The first time nothing is watched yet, so that whoever waits for the first answer does not
    /// wait for that: call it again at once, as long as [`Watcher::Starting`] says so.
    pub fn look(&mut self) -> Option<Outcome> {
        let start = Instant::now();
        self.took = Took::default();
        let mut outcome = None;
        for _ in 0..TRIES_MAX {
            if let Some(refused) = self.too_much() {
                outcome = Some(Outcome::Rejected(refused));
                break;
            }
            let (reading, standing) = match self.read()? {
                Ok(read) => read,
                Err(unreadable) => {
                    outcome = Some(Outcome::Unreadable(unreadable));
                    break;
                }
            };
            let origin = Origin::of(&reading.roots, standing);
            outcome = self.known(&origin);
            if outcome.is_some() {
                break;
            }
            if let Some(unreadable) = torn(&reading) {
                outcome = Some(Outcome::Unreadable(unreadable));
                break;
            }
            let commit = self.commit(&reading);
            // Had git moved on, the commit could be another than that of the files.
            if self.standing().as_ref() == Ok(&origin.standing) {
                outcome = Some(self.take(&reading, origin, commit));
                break;
            }
        }
        let outcome = outcome.unwrap_or_else(|| {
            self.bell.ring();
            Outcome::Unreadable(Unreadable::new(".git", "kept changing while it was being read"))
        });
        self.note(&outcome);
        self.took.reading = start.elapsed().saturating_sub(self.took.total());
        Some(outcome)
    }

    /// How long each step of the last look took.
    #[must_use]
    pub fn took(&self) -> Took {
        self.took
    }

    /// Drops the snapshots that nobody uses any more; true if there are others left. Whoever drops
    /// the last reference pays for it, and that must not be a thread that serves.
    pub fn reap(&mut self) -> bool {
        let is_unused = |(snapshot, _): &mut (Arc<_>, _)| Arc::strong_count(snapshot) <= 1;
        for (snapshot, mut keeper) in self.retired.extract_if(.., is_unused) {
            keeper.take_back(snapshot);
        }
        !self.retired.is_empty()
    }

    /// Refuses what would not fit even if it were one long text each, before it is read. What
    /// cannot be looked at is told of when it is read.
    fn too_much(&self) -> Option<Refused> {
        self.options.room.limit?;
        let walks = walk_all(&self.options.source, FileKind::Definition).ok()?;
        let mut extent = Extent::default();
        for found in walks.iter().flat_map(|walk| &walk.files) {
            let Target::File(_, stamp) = &found.target else { continue };
            extent.files += 1;
            // A larger one is not read.
            extent.bytes +=
                Some(stamp.size()).filter(|size| *size <= FILE_SIZE_BYTES_MAX).unwrap_or(0);
        }
        self.options.room.objection(&extent, &self.extent).map(Refused::for_want_of_room)
    }

    /// The files that have to be looked at, since they make no event.
    pub fn mounted(&mut self) -> &mut MountedFiles {
        &mut self.mounted
    }

    /// Reads what had been watched before it was read, unless it is the first time.
    fn read(&mut self) -> Option<Result<(Reading, Standing), Unreadable>> {
        let is_first = mem::take(&mut self.is_first);
        if !is_first {
            self.watch();
        }
        let mut last = None;
        for _ in 0..TRIES_MAX {
            // Before others are read: all files twice would take much room.
            drop(last.take());
            let source = &self.options.source;
            let commit_file = self.options.commit_file.as_deref();
            let (bell, sightings) = (&self.bell, &mut self.sightings);
            match read_at_rest(source, commit_file, sightings, |length| bell.pause(length))? {
                Ok(read) => {
                    self.places = WatchSet::of_walks(&read.0.walks);
                    last = Some(Ok(read));
                }
                unreadable => return Some(unreadable),
            }
            if is_first || !self.watch() {
                return last;
            }
        }
        // Directories keep coming: what was read is whole, but there is more to see.
        self.bell.ring();
        last
    }

    /// Watches everything that matters; true if something among it was not watched before.
    fn watch(&mut self) -> bool {
        let mut places = self.places.clone();
        places.add_ways_to(&self.options.source.roots, self.options.commit_file.as_deref());
        let followed = self.watches.follow(places);
        let is_new = followed.as_ref().is_ok_and(|is_new| *is_new);
        let now = match (followed, self.mounted.first()) {
            (Err(reason), _) => Watcher::Polling(reason),
            (Ok(_), None) => Watcher::Events,
            (Ok(_), Some(file)) => Watcher::EventsAndPolling(self.sources.text_of_paths(&format!(
                "`{}` is mounted as a single file, whose directory tells of no edit: it is \
                     looked at every second",
                file.display()
            ))),
        };
        let before = self.cell.health().watcher;
        self.cell.update_health(|health| health.watcher = now.clone());
        self.journal.watching(&before, &now);
        is_new
    }

    /// The outcome, if this is what was served or refused before.
    fn known(&mut self, origin: &Origin) -> Option<Outcome> {
        if self.served.as_ref() == Some(origin) {
            self.refused = None;
            return Some(Outcome::Unchanged);
        }
        let (_, refused) = self.refused.as_ref().filter(|(known, _)| known == origin)?;
        Some(Outcome::Rejected(refused.clone()))
    }

    fn standing(&mut self) -> Result<Standing, PathBuf> {
        let ReloadOptions { source, commit_file, .. } = &self.options;
        Standing::now(&source.roots, commit_file.as_deref(), &mut self.sightings)
    }

    fn commit(&mut self, reading: &Reading) -> Option<Box<str>> {
        let file = self.options.commit_file.as_deref();
        // What git's files hold may be anybody's: a defect in reading them must not keep
        // definitions from being served.
        let read = || commit(file, &self.options.source, reading);
        let commit = catch_unwind(AssertUnwindSafe(read))
            .unwrap_or_else(|_| Err("reading git's data ended with a panic".to_owned()));
        self.journal.commit(commit.as_ref().err().map(String::as_str));
        commit.ok().flatten().map(String::into_boxed_str)
    }

    /// Compiles what was read, and serves it if it is good.
    fn take(&mut self, reading: &Reading, origin: Origin, commit: Option<Box<str>>) -> Outcome {
        self.warn(reading, &origin.standing);
        let digest = origin.digest;
        let is_served = self
            .cell
            .load()
            .as_ref()
            .is_some_and(|snapshot| snapshot.digest == digest && snapshot.commit == commit);
        if is_served {
            (self.served, self.refused) = (Some(origin), None);
            return Outcome::Unchanged;
        }
        let extent = Extent::of(&reading.roots);
        if let Some(no_room) = self.options.room.objection(&extent, &self.extent) {
            let refused = Refused { commit, digest, ..Refused::for_want_of_room(no_room) };
            self.refused = Some((origin, refused.clone()));
            return Outcome::Rejected(refused);
        }
        let (loaded_at, begun) = (Timestamp::now(), Instant::now());
        let today = loaded_at.to_zoned(TimeZone::UTC).date();
        let (compilation, mut keeper) = compile_apart(&reading.roots, today);
        let allow_empty = self.options.allow_empty;
        let judged = judge(compilation, &reading.roots, allow_empty, commit.as_deref(), digest);
        self.took.compiling += begun.elapsed();
        let accepted = match judged {
            Ok(accepted) => accepted,
            Err(refused) => {
                self.refused = Some((origin, refused.clone()));
                return Outcome::Rejected(refused);
            }
        };
        let Accepted { definitions, diagnostics, paths } = accepted;
        let (found, begun) = ((diagnostics, paths), Instant::now());
        let snapshot = keeper
            .make(move || Arc::new(Snapshot::new(definitions, found, commit, loaded_at, digest)));
        let previous = self.cell.swap(snapshot.clone());
        self.took.preparing += begun.elapsed();
        self.extent = extent;
        let keeper = mem::replace(&mut self.keeper, keeper);
        self.retired.extend(previous.clone().map(|previous| (previous, keeper)));
        (self.served, self.refused) = (Some(origin), None);
        Outcome::Swapped(Swap { snapshot, previous })
    }

    /// Warns of what will go wrong later, or went wrong before.
    fn warn(&mut self, reading: &Reading, standing: &Standing) {
        for lock in &standing.stale_locks {
            self.journal.warn_once(format!(
                "`{}` was left behind by a git that was killed; reading in spite of it",
                lock.display()
            ));
        }
        let resolved: Vec<_> = reading.walks.iter().map(|walk| walk.resolved.clone()).collect();
        if resolved != self.resolved {
            let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
            for problem in frozen(&mounts, &resolved, Path::is_file) {
                self.journal.warn_once(problem);
            }
            let commit_file = self.options.commit_file.as_ref();
            let commit_file = commit_file.and_then(|file| fs::canonicalize(file).ok());
            let places: Vec<PathBuf> = resolved.iter().cloned().chain(commit_file).collect();
            self.mounted = MountedFiles::new(single_files(&mounts, &places, Path::is_file));
            self.resolved = resolved;
        }
    }

    /// Tells people and probes.
    fn note(&self, outcome: &Outcome) {
        let since = || {
            let rejected = self.cell.health().rejected;
            rejected.map_or_else(Timestamp::now, |rejected| rejected.since)
        };
        let rejected = match outcome {
            Outcome::Swapped(_) | Outcome::Unchanged | Outcome::Panicked => None,
            Outcome::Rejected(refused) => Some(refused.shown(&self.sources, since())),
            Outcome::Unreadable(unreadable) => {
                let message = self.sources.text_of_paths(&unreadable.brief());
                Some(Rejection::unread(since(), message))
            }
        };
        self.cell.update_health(|health| health.rejected = rejected);
    }
}
