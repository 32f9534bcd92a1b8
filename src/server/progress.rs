//! How far one connection is, and what it is asked to do so that others find room.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize, Ordering},
    },
    task::Waker,
};

/// How many bits of a step say which phase it is; those above count the steps.
const PHASE_BITS: u32 = 3;

/// What a connection is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The first byte of the first request.
    Fresh,
    /// The rest of the head of the first request.
    FirstHead,
    /// The first byte of another request.
    Idle,
    /// The rest of a head.
    Head,
    /// A request is being answered.
    Busy,
    /// The rest of a body.
    Body,
    /// Nothing: it is closed.
    Ended,
}

/// What a connection is asked to do, the stronger the later. It does so the next time that its
/// task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// To give back its buffers, if it is idle. The client notices nothing.
    Rest = 1,
    /// To refuse the request whose body it is reading.
    Refuse,
    /// To close.
    Leave,
}

/// How far one connection is, shared by what reads its bytes, what answers its requests, and what
/// looks for connections that can be spared.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<State>);

#[derive(Debug, Default)]
struct State {
    step: AtomicU32,
    /// Whether something waits to be written.
    is_stalled: AtomicBool,
    asked: AtomicU8,
    /// What it has on the account, in bytes, but for answers.
    held_bytes: AtomicUsize,
    /// Whether its slot is somebody else's.
    has_no_slot: AtomicBool,
    /// Wakes the connection's task.
    waker: OnceLock<Waker>,
}

impl Progress {
    /// The phase now.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.step() & ((1 << PHASE_BITS) - 1) {
            0 => Phase::Fresh,
            1 => Phase::FirstHead,
            2 => Phase::Idle,
            3 => Phase::Head,
            4 => Phase::Busy,
            5 => Phase::Body,
            _ => Phase::Ended,
        }
    }

    /// Goes on to another phase. Only the connection's own task does, so there is no race.
    pub fn enter(&self, phase: Phase) {
        let count = self.count().wrapping_add(1);
        self.0.step.store(count << PHASE_BITS | phase as u32, Ordering::Relaxed);
    }

    /// A byte has come; true if it is the first of a head.
    #[must_use]
    pub fn advance(&self) -> bool {
        match self.phase() {
            Phase::Fresh => {
                // No new count: the time for the first head runs from the connection's beginning.
                self.0.step.store(Phase::FirstHead as u32, Ordering::Relaxed);
                true
            }
            Phase::Idle => {
                self.enter(Phase::Head);
                true
            }
            _ => false,
        }
    }

    /// The phase and how many there were before: equal as long as nothing happens.
    #[must_use]
    pub fn step(&self) -> u32 {
        self.0.step.load(Ordering::Relaxed)
    }

    /// Tells what one deadline is for from all others.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.step() >> PHASE_BITS
    }

    /// Whether the last request is answered, the answer written, and no byte of another has come.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.phase() == Phase::Idle && !self.is_stalled()
    }

    /// Whether something waits to be written.
    #[must_use]
    pub fn is_stalled(&self) -> bool {
        self.0.is_stalled.load(Ordering::Relaxed)
    }

    /// Notes whether something waits to be written.
    pub fn set_stalled(&self, is_stalled: bool) {
        self.0.is_stalled.store(is_stalled, Ordering::Relaxed);
    }

    /// What it has on the account, in bytes, but for answers; none while it has no buffers.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.0.held_bytes.load(Ordering::Relaxed)
    }

    /// Notes what it has on the account.
    pub fn set_held_bytes(&self, size_bytes: usize) {
        self.0.held_bytes.store(size_bytes, Ordering::Relaxed);
    }

    /// Says what wakes the connection's task: the first word counts.
    pub fn wake_with(&self, waker: &Waker) {
        if self.0.waker.get().is_none() {
            let _ = self.0.waker.set(waker.clone());
        }
    }

    /// Asks the connection for something.
    pub fn ask(&self, ask: Ask) {
        let before = self.0.asked.fetch_max(ask as u8, Ordering::Relaxed);
        if before < ask as u8
            && let Some(waker) = self.0.waker.get()
        {
            waker.wake_by_ref();
        }
    }

    /// Whether it has been asked for that, or for more.
    #[must_use]
    pub fn is_asked(&self, ask: Ask) -> bool {
        ask as u8 <= self.0.asked.load(Ordering::Relaxed)
    }

    /// Whether it is that of the same connection.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether it has been asked to refuse a request, and for nothing stronger.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed) == Ask::Refuse as u8
    }

    /// Gives up its slot; false if it has done so before.
    #[must_use]
    pub fn gives_up_slot(&self) -> bool {
        !self.0.has_no_slot.swap(true, Ordering::Relaxed)
    }

    /// It has done what it was asked for, or there is nothing to be done: a stronger wish remains.
    pub fn has_done(&self, ask: Ask) {
        let (ask, none, order) = (ask as u8, 0, Ordering::Relaxed);
        // Seldom is anything asked, and to look is cheaper.
        if self.0.asked.load(order) == ask {
            let _ = self.0.asked.compare_exchange(ask, none, order, order);
        }
    }
}
