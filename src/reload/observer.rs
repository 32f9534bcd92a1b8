//! Who hears what comes of looking again: the log, and whoever counts.

use std::time::Duration;

use crate::reload::outcome::Outcome;

/// Hears what comes of every look, on the loading thread, once it has taken effect.
pub trait ReloadObserver: Send {
    /// The loader has looked.
    fn looked(&mut self, look: &Look);
}

/// One look at what there is, and what came of it.
#[derive(Clone, Debug)]
pub struct Look {
    /// What came of it.
    pub outcome: Outcome,
    /// Whether somebody waits for an answer in the log.
    pub was_asked: bool,
    /// How long it was from the first sign of what was looked at, or else from the beginning of the
    /// look, until it had taken effect.
    pub since_first_seen: Duration,
    /// How long it was from the commit of what is served now until it was, if it is another one and
    /// that is known; nothing if its committer's clock is ahead.
    pub since_commit: Option<Duration>,
    /// How long each step took.
    pub took: Took,
}

/// How long each step of a look took, all tries together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Took {
    /// Reading all files and git's word of the commit, with the waiting for git to be at rest.
    pub reading: Duration,
    /// Compiling them; nothing if they were those that are served.
    pub compiling: Duration,
    /// Making what answers need of them, and serving it.
    pub preparing: Duration,
}

impl Took {
    /// All steps together.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.reading + self.compiling + self.preparing
    }
}
