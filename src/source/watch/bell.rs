//! What wakes the loader: says that something has changed, never what.
#![expect(clippy::disallowed_methods, reason = "settling is about time that passes")]

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How long nothing may have changed before definitions are read.
pub const SETTLE: Duration = Duration::from_millis(50);

/// How long to wait for that under constant change.
pub const SETTLE_MAX: Duration = Duration::from_secs(2);

/// Rung from any thread, heard by one.
#[derive(Debug)]
pub struct Bell {
    rung: Mutex<Rung>,
    changed: Condvar,
    settle: Duration,
}

/// The first time that something was said, and the last.
type Span = (Instant, Instant);

/// Everything for which the bell has been rung since it was last heard.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rung {
    /// Something may have changed.
    pub change: Option<Span>,
    /// Somebody asked to look again.
    pub asked: Option<Span>,
    /// Watches may hang on what is no longer there, or events may have been lost.
    pub renew: bool,
    /// It is over.
    pub stop: bool,
}

impl Default for Bell {
    /// Waits until nothing has changed for [`SETTLE`].
    fn default() -> Self {
        Self::settling(SETTLE)
    }
}

impl Bell {
    /// Waits until nothing has changed for so long. Where what is read cannot be half written, no
    /// time is needed.
    #[must_use]
    pub fn settling(settle: Duration) -> Self {
        Self { rung: Mutex::default(), changed: Condvar::new(), settle }
    }

    /// Something may have changed.
    pub fn ring(&self) {
        self.tell(|rung| rung.change = Some(until_now(rung.change)));
    }

    /// Something may have changed, and watches have to be made anew.
    pub fn ring_and_renew(&self) {
        self.ring();
        self.tell(|rung| rung.renew = true);
    }

    /// Somebody wants to see what there is now. False if somebody has asked before, and has not
    /// been heard yet: one look is the answer to both.
    pub fn ask(&self) -> bool {
        let mut is_first = false;
        self.tell(|rung| {
            is_first = rung.asked.is_none();
            rung.asked = Some(until_now(rung.asked));
        });
        is_first
    }

    /// It is over. Stays so.
    pub fn stop(&self) {
        self.tell(|rung| rung.stop = true);
    }

    /// Waits until the bell rings and what it speaks of has settled, or for `limit`.
    /// What it was rung for is forgotten here, except for a stop.
    pub fn wait(&self, limit: Duration) -> Rung {
        let start = Instant::now();
        let mut rung = self.lock();
        loop {
            let now = Instant::now();
            let settled = |(first, last): Span| (last + self.settle).min(first + SETTLE_MAX);
            let due = match [rung.change, rung.asked].into_iter().flatten().map(settled).min() {
                _ if rung.stop => now,
                Some(settled) => settled,
                None => start + limit,
            };
            if due <= now {
                let stop = rung.stop;
                return std::mem::replace(&mut *rung, Rung { stop, ..Rung::default() });
            }
            let waited = self.changed.wait_timeout(rung, due - now);
            rung = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits so long, or until it is over, which is what it returns.
    pub fn pause(&self, length: Duration) -> bool {
        let is_on = |rung: &mut Rung| !rung.stop;
        let waited = self.changed.wait_timeout_while(self.lock(), length, is_on);
        waited.unwrap_or_else(PoisonError::into_inner).0.stop
    }

    fn tell(&self, change: impl FnOnce(&mut Rung)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Rung> {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn until_now(span: Option<Span>) -> Span {
    let now = Instant::now();
    (span.map_or(now, |(first, _)| first), now)
}
