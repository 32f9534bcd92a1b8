//! The only writer of the snapshot: looks again, and serves what is good.
#![expect(clippy::disallowed_methods, reason = "takes the time")]

use std::{path::PathBuf, sync::Arc, time::Instant};

use crate::{
    reload::{
        commits::Commits, fetching::FetchControl, files::Files, journal::Journal, observer::Took,
        outcome::Outcome, room::MemoryRoom, serving::Serving,
    },
    snapshot::{answer_metadata::AnswerMetadata, current::SnapshotCell, shown_roots::Sources},
    source::{
        file_kind::shown,
        git::followed::GitOptions,
        read::SourceOptions,
        watch::{bell::Bell, mount::MountedFiles},
    },
};

/// What to load, and how.
#[derive(Clone, Debug, Default)]
pub struct ReloadOptions {
    /// Where definitions are.
    pub source: SourceOptions,
    /// The repository that the roots are in, if it is to be followed itself.
    pub git: Option<GitOptions>,
    /// A file that names the commit.
    pub commit_file: Option<PathBuf>,
    /// Whether to serve definitions without a flag, and roots without a definition.
    pub allow_empty: bool,
    /// How much memory there is.
    pub room: MemoryRoom,
    /// For how many series of flags it is counted how often they are answered for.
    pub series_max: usize,
    /// What answers carry beside what authors say.
    pub answer_metadata: AnswerMetadata,
}

/// Looks again when told to.
#[derive(Debug)]
pub struct Loader {
    supply: Supply,
    serving: Serving,
    journal: Journal,
    /// How long the last look took.
    took: Took,
    /// What has to be looked at although directories are not: nothing.
    no_mounts: MountedFiles,
}

/// What definitions are read from.
#[derive(Debug)]
enum Supply {
    Files(Box<Files>),
    Commits(Box<Commits>),
}

impl Loader {
    /// Has not looked yet.
    #[must_use]
    pub fn new(options: ReloadOptions, cell: Arc<SnapshotCell>, bell: Arc<Bell>) -> Self {
        Self::fetched_by(options, None, cell, bell)
    }

    /// The same, where what it looks at is fetched by others.
    #[must_use]
    pub fn fetched_by(
        options: ReloadOptions,
        fetching: Option<Arc<FetchControl>>,
        cell: Arc<SnapshotCell>,
        bell: Arc<Bell>,
    ) -> Self {
        let ReloadOptions {
            source,
            git,
            commit_file,
            allow_empty,
            room,
            series_max,
            answer_metadata,
        } = options;
        let roots: Vec<_> = source.roots.iter().map(|root| shown(root, "")).collect();
        let sources = Sources::new(&roots);
        cell.update_health(|health| health.sources = sources.clone());
        let supply = match git {
            Some(git) => Supply::Commits(Box::new(Commits::new(git, fetching, source, bell))),
            None => Supply::Files(Box::new(Files::new(source, commit_file, bell))),
        };
        Self {
            supply,
            serving: Serving::new(cell, sources, allow_empty, room)
                .counting(series_max)
                .carrying(answer_metadata),
            journal: Journal::default(),
            took: Took::default(),
            no_mounts: MountedFiles::default(),
        }
    }

    /// Makes all watches anew the next time.
    pub fn renew_watches(&mut self) {
        match &mut self.supply {
            Supply::Files(files) => files.renew_watches(),
            Supply::Commits(commits) => commits.renew_watches(),
        }
    }

    /// Looks at what there is now, and serves it if it is good. None if it was told to stop
    /// meanwhile.
    ///
    /// The first time nothing is watched yet, so that whoever waits for the first answer does not
    /// wait for that: call it again at once, as long as
    /// [`Watcher::Starting`](crate::snapshot::current::Watcher::Starting) says so.
    pub fn look(&mut self) -> Option<Outcome> {
        let start = Instant::now();
        self.serving.take_took();
        let outcome = match &mut self.supply {
            Supply::Files(files) => files.look(&mut self.serving, &mut self.journal)?,
            Supply::Commits(commits) => commits.look(&mut self.serving, &mut self.journal)?,
        };
        self.serving.note(&outcome);
        let mut took = self.serving.take_took();
        took.reading = start.elapsed().saturating_sub(took.total());
        self.took = took;
        Some(outcome)
    }

    /// How long each step of the last look took.
    #[must_use]
    pub fn took(&self) -> Took {
        self.took
    }

    /// Drops the snapshots that nobody uses any more; true if there are others left.
    pub fn reap(&mut self) -> bool {
        self.serving.reap()
    }

    /// The files that have to be looked at, since they make no event.
    pub fn mounted(&mut self) -> &mut MountedFiles {
        match &mut self.supply {
            Supply::Files(files) => files.mounted(),
            Supply::Commits(_) => &mut self.no_mounts,
        }
    }
}
