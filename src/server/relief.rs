//! Room in memory: who gives some back when the account has no more.

use std::{
    cmp::Reverse,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
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
/// Bodies that differ by less count as equally large, in bytes.
const STEP_BYTES: usize = 8 << 10;
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
    /// How much the largest unfinished body held then, and all of them together, in bytes.
    largest_body_bytes: AtomicUsize,
    bodies_bytes: AtomicUsize,
    /// How much of what others were asked for nobody has taken yet, in bytes, and until when it may
    /// be: by then they have given it.
    promised_bytes: AtomicUsize,
    promised_until_ms: AtomicU64,
}

/// What is needed, and what was found for it at one look.
struct Found<'p> {
    size_bytes: usize,
    /// Who needs it.
    progress: &'p Progress,
    /// Only bodies that hold more than this have to go for it.
    beyond_bytes: usize,
    freed_bytes: usize,
    largest_body_bytes: usize,
    bodies_bytes: usize,
    bodies: Vec<Unfinished>,
}

/// A body that has not arrived.
struct Unfinished {
    /// Whether it has not moved for a while: then it goes before all others.
    is_stuck: bool,
    held_bytes: usize,
    progress: Progress,
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
            largest_body_bytes: AtomicUsize::new(0),
            bodies_bytes: AtomicUsize::new(0),
            promised_bytes: AtomicUsize::new(0),
            promised_until_ms: AtomicU64::new(0),
        }
    }

    /// Takes so many bytes for a connection; if there is no room for them, from connections that
    /// can spare what they have. False if nobody can.
    #[must_use]
    pub fn take(&self, size_bytes: usize, claim: Claim, progress: &Progress) -> bool {
        let is_taken = self.account.take(size_bytes, claim) || {
            // What is large goes for nobody who takes less; what is small finds room.
            let own_bytes = progress.held_bytes().saturating_add(size_bytes);
            let beyond_bytes = if claim == Claim::Large { own_bytes } else { 0 };
            let is_freed = self.free(size_bytes, beyond_bytes, progress);
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

    /// Has others make room for an answer of so many bytes: its request has arrived whole, so those
    /// that have not can go for it. False if there cannot be so much; nothing is taken.
    #[must_use]
    pub fn makes_room(&self, size_bytes: usize, progress: &Progress) -> bool {
        self.account.can_hold(size_bytes, Claim::Answer) && self.free(size_bytes, 0, progress)
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
    /// its head and who does not read its answer (which may be shared, so nobody counts on that),
    /// then bodies that have not arrived and hold more than `beyond_bytes`: the largest first, and
    /// before it those that do not move.
    fn free(&self, size_bytes: usize, beyond_bytes: usize, progress: &Progress) -> bool {
        let now = Instant::now();
        let passed = now.saturating_duration_since(self.begun);
        let passed_ms = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        if self.is_promised(size_bytes, passed_ms) {
            return true;
        }
        if passed_ms < self.not_before_ms.load(Ordering::Relaxed)
            && (self.largest_body_bytes.load(Ordering::Relaxed) <= beyond_bytes
                || self.bodies_bytes.load(Ordering::Relaxed) < size_bytes)
        {
            return false;
        }
        let mut found = Found {
            size_bytes,
            progress,
            beyond_bytes,
            freed_bytes: 0,
            largest_body_bytes: 0,
            bodies_bytes: 0,
            bodies: Vec::new(),
        };
        for guests in &self.threads {
            guests.each(|guest| found.look_at(guest, now));
        }
        found.refuse_bodies();
        let rest_bytes = found.freed_bytes.checked_sub(size_bytes);
        let soon_ms = passed_ms.saturating_add(LOOK_AGAIN_MS);
        if let Some(rest_bytes) = rest_bytes {
            self.promised_bytes.store(rest_bytes, Ordering::Relaxed);
            self.promised_until_ms.store(soon_ms, Ordering::Relaxed);
        } else {
            self.largest_body_bytes.store(found.largest_body_bytes, Ordering::Relaxed);
            self.bodies_bytes.store(found.bodies_bytes, Ordering::Relaxed);
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

impl Found<'_> {
    fn look_at(&mut self, guest: &Guest, now: Instant) {
        let progress = &guest.progress;
        let held_bytes = progress.held_bytes();
        if held_bytes == 0 && !progress.is_stalled() {
            return;
        }
        let ask = match progress.phase() {
            _ if progress.is_stalled() && guest.is_stuck() => Ask::Leave,
            _ if progress.is_stalled() => return,
            Phase::Idle => Ask::Rest,
            Phase::FirstHead if guest.is_late(now) => Ask::Leave,
            Phase::Head if guest.is_stuck() => Ask::Leave,
            Phase::Body if !progress.is_asked(Ask::Refuse) => {
                self.largest_body_bytes = self.largest_body_bytes.max(held_bytes);
                self.bodies_bytes = self.bodies_bytes.saturating_add(held_bytes);
                if self.beyond_bytes < held_bytes && !self.progress.is_same(progress) {
                    let (is_stuck, progress) = (guest.is_stuck(), progress.clone());
                    self.bodies.push(Unfinished { is_stuck, held_bytes, progress });
                }
                return;
            }
            _ => return,
        };
        if !self.has_enough() && !progress.is_asked(ask) {
            progress.ask(ask);
            self.freed_bytes += held_bytes;
        }
    }

    /// Whether there is as much as is made free at a time.
    fn has_enough(&self) -> bool {
        self.size_bytes.saturating_add(RELIEF_SIZE_BYTES) <= self.freed_bytes
    }

    /// Refuses as many bodies as it takes, if there is not enough without them and with them there
    /// is; and with them others that do not move, either.
    fn refuse_bodies(&mut self) {
        let all_bytes = self.bodies.iter().map(|body| body.held_bytes);
        let all_bytes = all_bytes.fold(self.freed_bytes, usize::saturating_add);
        if self.size_bytes <= self.freed_bytes || all_bytes < self.size_bytes {
            return;
        }
        // Among equals, who has asked little goes before who has asked much.
        self.bodies.sort_by_key(|body| {
            Reverse((body.is_stuck, body.held_bytes / STEP_BYTES, Reverse(body.progress.count())))
        });
        for body in &self.bodies {
            let has_room = self.size_bytes <= self.freed_bytes;
            if has_room && (!body.is_stuck || self.has_enough()) {
                break;
            }
            body.progress.ask(Ask::Refuse);
            self.freed_bytes += body.held_bytes;
        }
    }
}
