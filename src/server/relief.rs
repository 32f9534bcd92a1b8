//! Room in memory: who gives some back when the account has no more.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use tokio::time::Instant;

use crate::server::{
    account::{Account, Claim},
    guests::{Guest, Guests},
    progress::{Ask, Phase, Progress},
};

/// How much is made free at a time, so that not everybody who needs a little looks at all
/// connections, in bytes.
const RELIEF_SIZE_BYTES: usize = 1 << 20;
/// For how long to count on those that were asked, and how soon to look again after nobody could
/// give anything, in milliseconds.
const LOOK_AGAIN_MS: u64 = 5;

/// The account of a server, and all connections that have something on it.
#[derive(Debug)]
pub struct Relief {
    /// The account.
    pub account: Arc<Account>,
    threads: Vec<Arc<Guests>>,
    begun: Instant,
    /// Nobody could give anything before this, in milliseconds since the beginning.
    not_before_ms: AtomicU64,
    /// How much of what others were asked for nobody has taken yet, in bytes, and until when it may
    /// be: by then they have given it.
    promised_bytes: AtomicUsize,
    promised_until_ms: AtomicU64,
}

/// What was found at one look.
#[derive(Default)]
struct Found {
    freed_bytes: usize,
    /// Whether it has not moved for a while, and how much it holds: the larger goes first.
    largest_body: (bool, usize),
    whose_body: Option<Progress>,
}

impl Relief {
    /// Makes room on the account, where these threads' connections can give some.
    #[must_use]
    pub fn new(account: Arc<Account>, threads: Vec<Arc<Guests>>) -> Self {
        Self {
            account,
            threads,
            begun: Instant::now(),
            not_before_ms: AtomicU64::new(0),
            promised_bytes: AtomicUsize::new(0),
            promised_until_ms: AtomicU64::new(0),
        }
    }

    /// Takes so many bytes for a connection; if there is no room for them, from connections that
    /// can spare what they have. False if nobody can.
    #[must_use]
    pub fn take(&self, size_bytes: usize, claim: Claim, progress: &Progress) -> bool {
        let is_taken = self.account.take(size_bytes, claim) || {
            let is_freed = self.free(size_bytes, progress);
            if is_freed {
                // It is given back as soon as those who have it run, which is at once.
                self.account.take_over(size_bytes);
            }
            is_freed
        };
        if is_taken {
            progress.set_held_bytes(progress.held_bytes() + size_bytes);
        }
        is_taken
    }

    /// Gives back what a connection has beyond so many bytes.
    pub fn keep(&self, size_bytes: usize, progress: &Progress) {
        let held = progress.held_bytes();
        if let Some(rest) = held.checked_sub(size_bytes) {
            self.account.give(rest);
            progress.set_held_bytes(size_bytes);
        }
    }

    /// Asks others to give back so many bytes: first who is idle, then who does not get on with
    /// its head, then the largest body that has not arrived, if it holds more than this one would;
    /// one that does not move comes first. Those who do not read their answers have to go too; but
    /// what they have may be shared, so nobody counts on it.
    fn free(&self, size_bytes: usize, progress: &Progress) -> bool {
        let now = Instant::now();
        let passed = now.saturating_duration_since(self.begun);
        let passed_ms = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        if self.is_promised(size_bytes, passed_ms) {
            return true;
        }
        if passed_ms < self.not_before_ms.load(Ordering::Relaxed) {
            return false;
        }
        let mut found = Found::default();
        for guests in &self.threads {
            guests.each(|guest| found.look_at(guest, now, size_bytes));
        }
        if found.freed_bytes < size_bytes {
            let own_bytes = progress.held_bytes().saturating_add(size_bytes);
            let (_, body_bytes) = found.largest_body;
            if let Some(body) = found.whose_body
                && own_bytes < body_bytes
            {
                body.ask(Ask::Refuse);
                found.freed_bytes += body_bytes;
            }
        }
        let rest_bytes = found.freed_bytes.checked_sub(size_bytes);
        let soon_ms = passed_ms.saturating_add(LOOK_AGAIN_MS);
        if let Some(rest_bytes) = rest_bytes {
            self.promised_bytes.store(rest_bytes, Ordering::Relaxed);
            self.promised_until_ms.store(soon_ms, Ordering::Relaxed);
        } else {
            self.not_before_ms.store(soon_ms, Ordering::Relaxed);
        }
        rest_bytes.is_some()
    }

    /// Whether others have been asked for that much a moment ago; then it is taken from there.
    fn is_promised(&self, size_bytes: usize, passed_ms: u64) -> bool {
        let order = Ordering::Relaxed;
        let less = |promised: usize| promised.checked_sub(size_bytes);
        passed_ms < self.promised_until_ms.load(order)
            && self.promised_bytes.fetch_update(order, order, less).is_ok()
    }
}

impl Found {
    fn look_at(&mut self, guest: &Guest, now: Instant, size_bytes: usize) {
        let progress = &guest.progress;
        let held_bytes = progress.held_bytes();
        if held_bytes == 0 && !progress.is_stalled() {
            return;
        }
        let has_enough = size_bytes.saturating_add(RELIEF_SIZE_BYTES) <= self.freed_bytes;
        let ask = match progress.phase() {
            _ if progress.is_stalled() => {
                if guest.is_stuck() && !has_enough {
                    progress.ask(Ask::Leave);
                }
                return;
            }
            Phase::Idle => Ask::Rest,
            Phase::FirstHead if guest.is_late(now) => Ask::Leave,
            Phase::Head if guest.is_stuck() => Ask::Leave,
            Phase::Body if !progress.is_asked(Ask::Refuse) => {
                let body = (guest.is_stuck(), held_bytes);
                if self.largest_body < body {
                    self.largest_body = body;
                    self.whose_body = Some(progress.clone());
                }
                return;
            }
            _ => return,
        };
        if !has_enough && !progress.is_asked(ask) {
            progress.ask(ask);
            self.freed_bytes += held_bytes;
        }
    }
}
