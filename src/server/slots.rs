//! Room for connections: a bounded number, and who makes room when there is none.

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use crate::server::{
    guests::{Candidate, Guests, Waiting, first_to_leave},
    progress::{Ask, Phase, Progress},
};

/// How many who could leave are looked for at a time, so that not every connection beyond the
/// limit takes a look at all others.
const CANDIDATES_MAX: usize = 64;
/// How soon to look again after nobody could be found, in milliseconds.
const LOOK_AGAIN_MS: u64 = 5;
/// An address that waits with more than this part of all connections takes no room from one that
/// waits with fewer.
const MODEST_PART: usize = 8;

/// Room for so many connections to one entrance, on all of its threads. Who comes when there is
/// none gets that of a connection that can be spared.
#[derive(Debug)]
pub struct Slots {
    size: usize,
    open: AtomicUsize,
    threads: Vec<Arc<Guests>>,
    spare: Mutex<Spare>,
}

/// Who can be spared, as found a moment ago.
#[derive(Debug, Default)]
struct Spare {
    /// Who is to leave first is last.
    candidates: Vec<Candidate>,
    /// How many there were then who wait.
    waiting: Waiting,
    /// Nobody could be spared before this.
    not_before: Option<Instant>,
}

/// Whom room is wanted for.
#[derive(Clone, Copy, Debug)]
enum Newcomer {
    /// Nobody in particular.
    Nobody,
    /// A connection that comes from there.
    From(Option<IpAddr>),
}

/// Room for one connection; free again when dropped.
#[derive(Debug)]
pub struct Slot {
    slots: Arc<Slots>,
    progress: Progress,
}

impl Slots {
    /// Room for `size` connections on these threads.
    #[must_use]
    pub fn new(size: usize, threads: Vec<Arc<Guests>>) -> Arc<Self> {
        Arc::new(Self { size, open: AtomicUsize::new(0), threads, spare: Mutex::default() })
    }

    /// How many there may be.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Takes a slot for a connection on one of the threads, and says whether another had to leave
    /// for it. None if there is no room.
    #[must_use]
    pub fn take(
        self: &Arc<Self>,
        thread: usize,
        address: Option<IpAddr>,
        progress: &Progress,
    ) -> Option<(Slot, bool)> {
        let before = self.open.fetch_add(1, Ordering::Relaxed);
        let is_full = self.size <= before;
        if is_full && !self.spare_one_for(Newcomer::From(address)) {
            self.open.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        if let Some(guests) = self.threads.get(thread) {
            guests.remember(progress.clone(), address, before.saturating_add(1));
        }
        Some((Slot { slots: Arc::clone(self), progress: progress.clone() }, is_full))
    }

    /// Closes a connection that can be spared; false if there is none. It counts no longer, even
    /// though it closes only when its task runs next.
    pub fn spare_one(&self) -> bool {
        self.spare_one_for(Newcomer::Nobody)
    }

    /// The same for a newcomer from an address, who may not take the room of just anybody.
    fn spare_one_for(&self, newcomer: Newcomer) -> bool {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let mut has_looked = false;
        loop {
            while let Some(candidate) = spare.first_for(newcomer, self.size / MODEST_PART) {
                if candidate.is_still_one() && candidate.progress.gives_up_slot() {
                    candidate.progress.ask(Ask::Leave);
                    self.open.fetch_sub(1, Ordering::Relaxed);
                    return true;
                }
            }
            let now = Instant::now();
            if has_looked || spare.not_before.is_some_and(|not_before| now < not_before) {
                return false;
            }
            has_looked = true;
            self.look(&mut spare, now);
            let is_nobody = spare.first_index(newcomer, self.size / MODEST_PART).is_none();
            spare.not_before = is_nobody.then(|| now + Duration::from_millis(LOOK_AGAIN_MS));
        }
    }

    /// Finds out who can be spared.
    fn look(&self, spare: &mut Spare, now: Instant) {
        let (mut candidates, mut waiting) = (Vec::new(), Waiting::default());
        for guests in &self.threads {
            guests.each(|guest| {
                candidates.extend(guest.candidate(now));
                waiting.note(guest);
            });
        }
        spare.candidates = first_to_leave(candidates, CANDIDATES_MAX);
        spare.waiting = waiting;
    }
}

impl Spare {
    /// Takes out who is to leave first for a newcomer, or for nobody in particular.
    fn first_for(&mut self, newcomer: Newcomer, modest_count: usize) -> Option<Candidate> {
        let index = self.first_index(newcomer, modest_count)?;
        Some(self.candidates.remove(index))
    }

    fn first_index(&self, newcomer: Newcomer, modest_count: usize) -> Option<usize> {
        self.candidates.iter().rposition(|candidate| match newcomer {
            Newcomer::Nobody => true,
            Newcomer::From(address) => {
                candidate.makes_room_for(address, &self.waiting, modest_count)
            }
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.progress.enter(Phase::Ended);
        if self.progress.gives_up_slot() {
            self.slots.open.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
