//! The connections of one thread: who of them could be spared, and for whom.

use std::{
    collections::{BTreeMap, BinaryHeap, VecDeque},
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::server::progress::{Ask, Phase, Progress};

/// How long the head of a first request may be on its way before its connection may be closed for
/// others, in milliseconds. Usually it is here at once.
const FIRST_HEAD_GRACE_MS: u64 = 10;
/// Up to so many connections are remembered without a look at which of them are closed.
const REMEMBERED_MIN: usize = 32;

/// The connections of one thread, oldest first, some of them perhaps closed already.
#[derive(Debug, Default)]
pub struct Guests(Mutex<Vec<Guest>>);

/// One connection.
#[derive(Clone, Debug)]
pub struct Guest {
    /// How far it is.
    pub progress: Progress,
    /// Where it comes from: see [`origin`]. None for a Unix socket.
    pub address: Option<IpAddr>,
    /// Since when it is open.
    pub opened: Instant,
    /// How far it was in the last round.
    seen: u32,
    /// For how many rounds it has been so far.
    rounds: u32,
}

/// How many connections each address has that wait for their clients: for a first request, or for
/// another one.
#[derive(Debug, Default)]
pub struct Waiting(BTreeMap<Option<IpAddr>, usize>);

/// A connection that could be closed, so that another can be opened.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The connection.
    pub progress: Progress,
    /// Who is closed first: see [`Guest::rank`].
    rank: u8,
    address: Option<IpAddr>,
    /// The larger, the longer it has been so.
    age: u32,
    /// How far it was when it was found.
    step: u32,
}

/// Where a connection comes from, as far as one client can be told from another: who has an IPv6
/// address has all others of its network of 64 bits.
#[must_use]
pub fn origin(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address @ IpAddr::V4(_) => address,
    }
}

impl Guests {
    fn lock(&self) -> MutexGuard<'_, Vec<Guest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a connection; `open` says how many there are now.
    pub fn remember(&self, progress: Progress, address: Option<IpAddr>, open: usize) {
        let mut guests = self.lock();
        // A look at all of them comes once in as many connections.
        if open.saturating_mul(2).max(REMEMBERED_MIN) <= guests.len() {
            forget_ended(&mut guests);
        }
        let (opened, seen) = (Instant::now(), progress.step());
        guests.push(Guest { progress, address, opened, seen, rounds: 0 });
    }

    /// Looks at all connections, which is to be done every `period`: those that have been idle for
    /// `idle` are to leave, others that are idle to give back their buffers. True if any is left.
    pub fn go_round(&self, period: Duration, idle: Duration) -> bool {
        let mut guests = self.lock();
        forget_ended(&mut guests);
        for guest in &mut *guests {
            let step = guest.progress.step();
            let is_same = guest.seen == step;
            guest.rounds = if is_same { guest.rounds.saturating_add(1) } else { 0 };
            guest.seen = step;
            if !guest.progress.is_idle() || guest.rounds == 0 {
                continue;
            }
            if idle <= period.saturating_mul(guest.rounds) {
                guest.progress.ask(Ask::Leave);
            } else if guest.progress.held_bytes() != 0 {
                guest.progress.ask(Ask::Rest);
            }
        }
        !guests.is_empty()
    }

    /// Shows all connections, oldest first.
    pub fn each(&self, see: impl FnMut(&Guest)) {
        self.lock().iter().for_each(see);
    }
}

fn forget_ended(guests: &mut Vec<Guest>) {
    guests.retain(|guest| guest.progress.phase() != Phase::Ended);
    if guests.len() < guests.capacity() / 4 {
        guests.shrink_to(guests.len() * 2);
    }
}

impl Guest {
    /// Whether it is where it was a whole round ago.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        0 < self.rounds && self.seen == self.progress.step()
    }

    /// Whether it has been sending its first head for longer than that usually takes.
    #[must_use]
    pub fn is_late(&self, now: Instant) -> bool {
        let is_first = matches!(self.progress.phase(), Phase::Fresh | Phase::FirstHead);
        let grace = Duration::from_millis(FIRST_HEAD_GRACE_MS);
        is_first && grace <= now.saturating_duration_since(self.opened)
    }

    /// When it would be closed for another: first those that have asked nothing yet, then idle
    /// ones, whose clients open another when they need one, then those that keep a request waiting.
    /// None for one that is being answered.
    fn rank(&self, now: Instant) -> Option<u8> {
        match self.progress.phase() {
            _ if self.progress.is_stalled() => self.is_stuck().then_some(4),
            Phase::Fresh | Phase::FirstHead => self.is_late(now).then_some(0),
            Phase::Idle => Some(1),
            Phase::Head => self.is_stuck().then_some(2),
            Phase::Body => self.is_stuck().then_some(3),
            Phase::Busy | Phase::Ended => None,
        }
    }

    /// It, if it could be closed for another.
    #[must_use]
    pub fn candidate(&self, now: Instant) -> Option<Candidate> {
        let rank = self.rank(now).filter(|_| !self.progress.is_asked(Ask::Leave))?;
        let step = self.progress.step();
        let age = if self.seen == step { self.rounds } else { 0 };
        let (progress, address) = (self.progress.clone(), self.address);
        Some(Candidate { progress, rank, address, age, step })
    }
}

impl Waiting {
    /// Counts a connection, if it waits.
    pub fn note(&mut self, guest: &Guest) {
        let waits = matches!(guest.progress.phase(), Phase::Fresh | Phase::FirstHead | Phase::Idle);
        if waits && !guest.progress.is_asked(Ask::Leave) {
            let count = self.0.entry(guest.address).or_default();
            *count = count.saturating_add(1);
        }
    }

    fn count(&self, address: Option<IpAddr>) -> usize {
        self.0.get(&address).copied().unwrap_or(0)
    }
}

impl Candidate {
    /// Whether it can be closed for a newcomer from an address.
    ///
    /// One that has asked nothing for a while, always; one of the same address, too. Others only if
    /// the newcomer's address is modest or waits with no more than theirs. Else somebody who opens
    /// connections faster than they are looked at would drive out everybody's idle ones, since a
    /// connection that has just been opened is never a candidate itself.
    #[must_use]
    pub fn makes_room_for(
        &self,
        newcomer: Option<IpAddr>,
        waiting: &Waiting,
        modest_count: usize,
    ) -> bool {
        let most = waiting.count(self.address).max(modest_count);
        self.rank == 0 || self.address == newcomer || waiting.count(newcomer) <= most
    }

    /// Whether nothing has happened since it was found.
    #[must_use]
    pub fn is_still_one(&self) -> bool {
        self.progress.step() == self.step && !self.progress.is_asked(Ask::Leave)
    }
}

/// The first `count` to be closed, last of all the very first: by rank; among equals from the
/// address that has most of them, one after the other; among its own the one that has been so for
/// longest.
#[must_use]
pub fn first_to_leave(mut candidates: Vec<Candidate>, count: usize) -> Vec<Candidate> {
    // Who has asked little is closed before who has asked much: a crowd that comes within one round
    // does not drive out those that were here. Stable: among equals the oldest is first.
    candidates.sort_by_key(|candidate| {
        (candidate.rank, u32::MAX - candidate.age, candidate.progress.count())
    });
    let mut chosen = Vec::new();
    for equals in candidates.chunk_by(|a, b| a.rank == b.rank) {
        let mut by_address = BTreeMap::<Option<IpAddr>, VecDeque<&Candidate>>::new();
        for candidate in equals {
            by_address.entry(candidate.address).or_default().push_back(candidate);
        }
        let most = by_address.iter().map(|(address, own)| (own.len(), *address));
        let mut most: BinaryHeap<_> = most.collect();
        while chosen.len() < count
            && let Some((_, address)) = most.pop()
        {
            let Some(own) = by_address.get_mut(&address) else { continue };
            chosen.extend(own.pop_front().cloned());
            if !own.is_empty() {
                most.push((own.len(), address));
            }
        }
    }
    chosen.reverse();
    chosen
}
