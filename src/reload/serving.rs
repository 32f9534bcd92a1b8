//! What is served and what was refused: compiles what was read, and swaps it in if it is good.
#![expect(clippy::disallowed_methods, reason = "takes the time")]

use std::{mem, sync::Arc, time::Instant};

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    definition::compile::Root,
    reload::{
        acceptance::{Accepted, Refused, judge},
        compile_thread::{SnapshotThread, compile_apart},
        observer::Took,
        origin::Origin,
        outcome::{Outcome, Swap},
        room::{Extent, MemoryRoom},
    },
    snapshot::{
        answer_metadata::AnswerMetadata,
        current::{CommitTimes, Rejection, Snapshot, SnapshotCell},
        shown_roots::Sources,
    },
};

/// What is served, what it was made from, and what was refused since.
#[derive(Debug)]
pub struct Serving {
    cell: Arc<SnapshotCell>,
    sources: Sources,
    allow_empty: bool,
    room: MemoryRoom,
    /// For how many series of flags it is counted how often they are answered for.
    series_max: usize,
    answer_metadata: AnswerMetadata,
    took: Took,
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

/// What was read and may come to be served.
#[derive(Clone, Debug)]
pub struct ToServe<'r> {
    /// What was read, a layer for each root.
    pub roots: &'r [Root],
    /// SHA-256 over the paths of all files and what is in them.
    pub digest: [u8; 32],
    /// Which commit it is of, where that is known.
    pub commit: Option<Box<str>>,
    /// The times of that commit.
    pub times: Option<CommitTimes>,
}

/// A snapshot that may be served.
#[derive(Debug)]
pub struct Made {
    snapshot: Arc<Snapshot>,
    /// How large the texts were, and who keeps what was made of them; none if all of it is what is
    /// served already.
    new: Option<(Extent, SnapshotThread)>,
}

impl Serving {
    /// Nothing is served yet.
    #[must_use]
    pub fn new(
        cell: Arc<SnapshotCell>,
        sources: Sources,
        allow_empty: bool,
        room: MemoryRoom,
    ) -> Self {
        Self {
            cell,
            sources,
            allow_empty,
            room,
            series_max: 0,
            answer_metadata: AnswerMetadata::default(),
            took: Took::default(),
            served: None,
            extent: Extent::default(),
            refused: None,
            keeper: SnapshotThread::default(),
            retired: Vec::new(),
        }
    }

    /// Counts how often flags are answered for: so many series of them at most.
    #[must_use]
    pub fn counting(self, series_max: usize) -> Self {
        Self { series_max, ..self }
    }

    /// Serves answers that carry this beside what authors say.
    #[must_use]
    pub fn carrying(self, answer_metadata: AnswerMetadata) -> Self {
        Self { answer_metadata, ..self }
    }

    /// The cell that the snapshot is in.
    #[must_use]
    pub fn cell(&self) -> &Arc<SnapshotCell> {
        &self.cell
    }

    /// The roots, as they may be shown.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// How much memory there is, and how large what is served was.
    #[must_use]
    pub fn room(&self) -> (&MemoryRoom, &Extent) {
        (&self.room, &self.extent)
    }

    /// What the snapshot that is served was made from; none if there is none.
    #[must_use]
    pub fn served(&self) -> Option<&Origin> {
        self.served.as_ref()
    }

    /// How long each step took since this was asked last.
    pub fn take_took(&mut self) -> Took {
        mem::take(&mut self.took)
    }

    /// How long each step took so far.
    #[must_use]
    pub fn took(&self) -> Took {
        self.took
    }

    /// The outcome, if this is what was served or refused before.
    pub fn known(&mut self, origin: &Origin) -> Option<Outcome> {
        if self.served.as_ref() == Some(origin) {
            self.refused = None;
            return Some(Outcome::Unchanged);
        }
        let (_, refused) = self.refused.as_ref().filter(|(known, _)| known == origin)?;
        Some(Outcome::Rejected(refused.clone()))
    }

    /// The outcome, if a snapshot is served that has these bytes and this commit.
    pub fn unchanged(&mut self, origin: &Origin, candidate: &ToServe<'_>) -> Option<Outcome> {
        let current = self.cell.load();
        let served = current.as_ref().filter(|snapshot| {
            snapshot.digest == candidate.digest && snapshot.commit == candidate.commit
        });
        served?;
        (self.served, self.refused) = (Some(origin.clone()), None);
        Some(Outcome::Unchanged)
    }

    /// Makes a snapshot, if what was read is good. Where only the commit is another one, nothing is
    /// compiled.
    ///
    /// # Errors
    ///
    /// Why it may not be served.
    pub fn make(&mut self, candidate: &ToServe<'_>) -> Result<Made, Refused> {
        let ToServe { roots, digest, commit, times } = candidate.clone();
        let is_served = |snapshot: &Arc<Snapshot>| snapshot.digest == digest;
        if self.cell.load().as_ref().is_some_and(is_served)
            && let Some(made) = self.share(commit.clone(), times)
        {
            return Ok(made);
        }
        // To load definitions is a sign of life, however many are tried one after the other.
        self.cell.pulse().begin();
        let extent = Extent::of(roots);
        if let Some(no_room) = self.room.objection(&extent, &self.extent) {
            return Err(Refused { commit, digest, ..Refused::for_want_of_room(no_room) });
        }
        let (loaded_at, begun) = (Timestamp::now(), Instant::now());
        let today = loaded_at.to_zoned(TimeZone::UTC).date();
        let (compilation, mut keeper) = compile_apart(roots, today);
        let judged = judge(compilation, roots, self.allow_empty, commit.as_deref(), digest);
        self.took.compiling += begun.elapsed();
        let Accepted { definitions, diagnostics, paths } = judged?;
        let (found, begun) = ((diagnostics, paths), Instant::now());
        let (before, series_max) = (self.cell.load().clone(), self.series_max);
        let metadata = self.answer_metadata.clone();
        let snapshot = keeper.make(move || {
            let snapshot = Snapshot::new(definitions, found, commit, loaded_at, digest);
            let snapshot = snapshot.carrying(&metadata).counting(before.as_deref(), series_max);
            Arc::new(snapshot.with_times(times))
        });
        self.took.preparing += begun.elapsed();
        Ok(Made { snapshot, new: Some((extent, keeper)) })
    }

    /// What is served, as another commit has it too; none if nothing is served.
    #[must_use]
    pub fn share(&self, commit: Option<Box<str>>, times: Option<CommitTimes>) -> Option<Made> {
        let current = self.cell.load();
        let snapshot = current.as_ref()?.of_commit(commit, Timestamp::now()).with_times(times);
        Some(Made { snapshot: Arc::new(snapshot), new: None })
    }

    /// Serves a snapshot. `refused` is what is newer and may not be served, and what it was made
    /// from.
    pub fn serve(
        &mut self,
        made: Made,
        origin: Origin,
        refused: Option<(Origin, Refused)>,
    ) -> Outcome {
        let (begun, Made { snapshot, new }) = (Instant::now(), made);
        let newest = refused.as_ref().map(|(_, refused)| refused.clone());
        if let Some(refused) = &newest {
            // Before it is served: nobody is to take it for the newest.
            self.reject(refused);
        }
        let previous = self.cell.swap(snapshot.clone());
        self.took.preparing += begun.elapsed();
        let keeper = match new {
            Some((extent, keeper)) => {
                self.extent = extent;
                mem::replace(&mut self.keeper, keeper)
            }
            // What is large goes on being served, and being kept.
            None => SnapshotThread::default(),
        };
        self.retired.extend(previous.clone().map(|previous| (previous, keeper)));
        (self.served, self.refused) = (Some(origin), refused);
        Outcome::Swapped(Swap { snapshot, previous, newest: newest.map(Box::new) })
    }

    /// Keeps in mind that something may not be served.
    pub fn refuse(&mut self, origin: Origin, refused: Refused) -> Outcome {
        self.refused = Some((origin, refused.clone()));
        Outcome::Rejected(refused)
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

    /// Tells people and probes.
    pub fn note(&self, outcome: &Outcome) {
        match outcome {
            Outcome::Unreadable(unreadable) => {
                let message = self.sources.text_of_paths(&unreadable.brief());
                let rejection = Rejection::unread(self.since(), message);
                self.cell.update_health(|health| health.rejected = Some(rejection));
            }
            _ => match outcome.refused() {
                Some(refused) => self.reject(refused),
                None => self.cell.update_health(|health| health.rejected = None),
            },
        }
    }

    fn reject(&self, refused: &Refused) {
        let rejection = refused.shown(&self.sources, self.since());
        self.cell.update_health(|health| health.rejected = Some(rejection));
    }

    /// Since when what is served is not the newest.
    fn since(&self) -> Timestamp {
        let rejected = self.cell.health().rejected;
        rejected.map_or_else(Timestamp::now, |rejected| rejected.since)
    }
}
