//! The current flag set and what is known of the last reload: the only shared state.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwapOption, Guard};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::{
    definition::definitions::Definitions,
    diagnostics::{diagnostic::Diagnostic, place::Paths},
    engine::condition::FlagIndex,
    snapshot::{
        answer_metadata::AnswerMetadata, answer_text::Wording, bulk_plan::Plan, pulse::Pulse,
        shown_roots::Sources, usage::FlagUsage, version_headers::VersionHeaders,
    },
};

/// What is served: immutable, replaced as a whole.
#[derive(Debug)]
pub struct Snapshot {
    /// The definitions, which have passed the gate.
    pub definitions: Arc<Definitions>,
    /// Warnings and notes about them.
    pub diagnostics: Arc<[Diagnostic]>,
    /// The files that all places point into.
    pub paths: Paths,
    /// The git commit, with `-dirty` where files differ from it; none where it cannot be known.
    pub commit: Option<Box<str>>,
    /// The times of that commit, where git itself is followed.
    pub times: Option<CommitTimes>,
    /// When it was loaded.
    pub loaded_at: Timestamp,
    /// SHA-256 over the bytes of all files and their paths.
    pub digest: [u8; 32],
    wording: Arc<Wording>,
    plan: Arc<Plan>,
    stamp: VersionHeaders,
    usage: Arc<FlagUsage>,
}

/// When a commit was made, and when it came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitTimes {
    /// When it was committed, as its committer says; none where that is no time.
    pub committed_at: Option<Timestamp>,
    /// When the daemon first saw it.
    pub first_seen_at: Timestamp,
}

/// What is known of the reloads so far, for people and probes.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// The roots, as they may be shown.
    pub sources: Sources,
    /// What is followed in a repository: a branch, a tag, `HEAD`; none where directories are.
    pub reference: Option<String>,
    /// How changes are noticed now.
    pub watcher: Watcher,
    /// The last change that was not taken, if the one served is not the newest.
    pub rejected: Option<Rejection>,
    /// What came of the fetches so far; none where nothing is fetched.
    pub fetch: Option<FetchHealth>,
    /// Whether the daemon has been told to stop.
    pub draining: bool,
}

/// What came of the fetches so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FetchHealth {
    /// When the last one ended that was good.
    pub fetched_at: Option<Timestamp>,
    /// Whether the last one was not.
    pub is_failing: bool,
}

/// How changes are noticed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Watcher {
    /// Not yet.
    #[default]
    Starting,
    /// By file-system events, with a slow re-read as the safety net.
    Events,
    /// By file-system events, and by looking every second at files that make none; which, and why.
    EventsAndPolling(String),
    /// By reading again and again; why.
    Polling(String),
    /// By fetching again and again; how often.
    Fetching(String),
}

/// A change that was not taken, as it may be shown. What was served goes on being served.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// Since when what is served is not the newest.
    pub since: Timestamp,
    /// The commit that was rejected, where that is known.
    pub commit: Option<Box<str>>,
    /// Why, in one line.
    pub message: String,
    /// What is wrong with the definitions, as much as is shown; empty if they could not be read.
    pub diagnostics: Vec<Diagnostic>,
    /// How many diagnostics there are.
    pub diagnostics_total: usize,
    /// The files that all places point into.
    pub paths: Paths,
}

impl Rejection {
    /// Nothing could be read.
    #[must_use]
    pub fn unread(since: Timestamp, message: String) -> Self {
        let (diagnostics, paths) = (Vec::new(), Paths::default());
        Self { since, commit: None, message, diagnostics, diagnostics_total: 0, paths }
    }
}

impl Snapshot {
    /// Makes everything that answers need and that does not depend on who asks, so that nothing of
    /// it is made twice, and none of it outlives the definitions that it was made from.
    #[must_use]
    pub fn new(
        definitions: Definitions,
        (diagnostics, paths): (Vec<Diagnostic>, Paths),
        commit: Option<Box<str>>,
        loaded_at: Timestamp,
        digest: [u8; 32],
    ) -> Self {
        let wording = Wording::of(&definitions.flag_set);
        let plan = Plan::of(&definitions.flag_set, &wording);
        let stamp = VersionHeaders::new(&definitions.version, commit.as_deref());
        let (definitions, diagnostics) = (Arc::new(definitions), diagnostics.into());
        let (wording, plan, times) = (Arc::new(wording), Arc::new(plan), None);
        let usage = Arc::default();
        Self {
            definitions,
            diagnostics,
            paths,
            commit,
            times,
            loaded_at,
            digest,
            wording,
            plan,
            stamp,
            usage,
        }
    }

    /// The same definitions, which another commit has too, at a cost that does not grow with them.
    #[must_use]
    pub fn of_commit(&self, commit: Option<Box<str>>, loaded_at: Timestamp) -> Self {
        let stamp = VersionHeaders::new(&self.definitions.version, commit.as_deref());
        Self {
            definitions: self.definitions.clone(),
            diagnostics: self.diagnostics.clone(),
            paths: self.paths.clone(),
            commit,
            times: None,
            loaded_at,
            digest: self.digest,
            wording: self.wording.clone(),
            plan: self.plan.clone(),
            stamp,
            usage: self.usage.clone(),
        }
    }

    /// With the times of its commit.
    #[must_use]
    pub fn with_times(self, times: Option<CommitTimes>) -> Self {
        Self { times, ..self }
    }

    /// With answers that carry this beside what authors say.
    #[must_use]
    pub fn carrying(mut self, metadata: &AnswerMetadata) -> Self {
        if !metadata.is_nothing() {
            let versions = self.definitions.flag_versions();
            let version = |index: FlagIndex| versions.get(index.0 as usize).copied();
            let of = |index, flag| metadata.of(flag, version(index).unwrap_or_default());
            self.wording = Arc::new(Wording::with_metadata(&self.definitions.flag_set, of));
        }
        self
    }

    /// Counts how often each flag is answered for: `series_max` series at most, going on from what
    /// the snapshot before has counted.
    #[must_use]
    pub fn counting(mut self, previous: Option<&Self>, series_max: usize) -> Self {
        let none = FlagUsage::default();
        let previous = previous.map_or(&none, |previous| &*previous.usage);
        self.usage = Arc::new(FlagUsage::of(&self.definitions.flag_set, previous, series_max));
        self
    }

    /// How often each flag was answered for.
    #[must_use]
    pub fn usage(&self) -> &Arc<FlagUsage> {
        &self.usage
    }

    /// The texts that answers are made of.
    #[must_use]
    pub fn wording(&self) -> &Wording {
        &self.wording
    }

    /// How all flags are answered for at once.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The headers that say which snapshot an answer comes from.
    #[must_use]
    pub fn stamp(&self) -> &VersionHeaders {
        &self.stamp
    }
}

/// Holds the current snapshot. Readers never wait; the reloader is the only writer.
#[derive(Debug, Default)]
pub struct SnapshotCell {
    current: ArcSwapOption<Snapshot>,
    version: watch::Sender<Box<str>>,
    health: Mutex<Health>,
    pulse: Pulse,
}

impl SnapshotCell {
    /// The current snapshot, if there is one yet. Call it once per request, answer everything from
    /// what it returns, and drop that before waiting for anything.
    #[must_use]
    pub fn load(&self) -> Guard<Option<Arc<Snapshot>>> {
        self.current.load()
    }

    /// Serves `snapshot` from now on, and returns the one before. Its last owner pays for dropping
    /// it, so keep it away from the threads that serve.
    #[must_use]
    pub fn swap(&self, snapshot: Arc<Snapshot>) -> Option<Arc<Snapshot>> {
        let version = snapshot.definitions.version.clone();
        let previous = self.current.swap(Some(snapshot));
        self.version.send_if_modified(|current| {
            let is_new = *current != version;
            *current = version;
            is_new
        });
        previous
    }

    /// Tells of every new version, once it is served, and sometimes of one that is not new. Empty
    /// as long as there is none.
    #[must_use]
    pub fn versions(&self) -> watch::Receiver<Box<str>> {
        self.version.subscribe()
    }

    /// Has everybody who waits for a version look again, since the clock was set: what they wait
    /// for besides may have passed.
    pub fn clock_was_set(&self) {
        self.version.send_modify(|_| {});
    }

    /// What the loader tells of itself.
    #[must_use]
    pub fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// What is known of the reloads so far.
    #[must_use]
    pub fn health(&self) -> Health {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes what is known of the reloads.
    pub fn update_health(&self, change: impl FnOnce(&mut Health)) {
        change(&mut self.health.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
