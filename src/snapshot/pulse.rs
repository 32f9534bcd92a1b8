//! How long ago the loader last looked, and whether it hangs.
#![expect(
    clippy::disallowed_methods,
    reason = "measures time that passes, whatever the clock says"
)]

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// After how long without a sign of life the loader counts as stuck. It looks again after 30 s at
/// the latest, and to look takes seconds at most, unless the system does not answer.
pub const STUCK_AFTER: Duration = Duration::from_mins(1);

/// What the loader tells of itself.
#[derive(Debug, Default)]
pub struct Pulse(Mutex<Beats>);

#[derive(Clone, Copy, Debug, Default)]
struct Beats {
    /// When it began to look, while it does.
    begun: Option<Instant>,
    /// When it last finished looking.
    ended: Option<Instant>,
}

/// What is known of the loader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loading {
    /// What it does.
    pub activity: Activity,
    /// How long ago it last finished looking; none if it never did.
    pub looked_ago: Option<Duration>,
    /// Since when there is no sign of life: how long it has been looking, or waiting.
    pub silent: Duration,
}

/// What the loader does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// It waits for a change.
    Waiting,
    /// It looks at what there is.
    Looking,
    /// It has given no sign of life for [`STUCK_AFTER`].
    Stuck,
}

impl Activity {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Looking => "looking",
            Self::Stuck => "stuck",
        }
    }
}

impl Pulse {
    /// The loader begins to look.
    pub fn begin(&self) {
        self.begin_at(Instant::now());
    }

    /// The loader has looked.
    pub fn end(&self) {
        self.end_at(Instant::now());
    }

    /// What is known of it now.
    #[must_use]
    pub fn loading(&self) -> Loading {
        self.loading_at(Instant::now())
    }

    /// The loader began to look at this time.
    pub fn begin_at(&self, now: Instant) {
        self.lock().begun = Some(now);
    }

    /// The loader had looked at this time.
    pub fn end_at(&self, now: Instant) {
        *self.lock() = Beats { begun: None, ended: Some(now) };
    }

    /// What was known of it at this time.
    #[must_use]
    pub fn loading_at(&self, now: Instant) -> Loading {
        let Beats { begun, ended } = *self.lock();
        let since = |then| now.saturating_duration_since(then);
        let silent = begun.or(ended).map_or(Duration::ZERO, since);
        let activity = match begun {
            _ if STUCK_AFTER < silent => Activity::Stuck,
            Some(_) => Activity::Looking,
            None => Activity::Waiting,
        };
        Loading { activity, looked_ago: ended.map(since), silent }
    }

    fn lock(&self) -> MutexGuard<'_, Beats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
