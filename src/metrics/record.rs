//! Everything that is counted of the whole process, whichever definitions it serves.

use std::{
    array,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hyper::StatusCode;

use crate::{
    engine::resolution::Reason,
    metrics::cells::{Counter, Gauge, Histogram},
    reload::{
        observer::{Look, ReloadObserver},
        outcome::Outcome,
    },
    server::{account::Account, answer::Refusal, observer::Event},
};

/// How many endpoints can be told apart; all beyond count as one.
pub const ENDPOINTS_MAX: usize = 24;
/// The statuses that are told apart; all others count as one.
pub const STATUSES: [u16; 12] = [200, 204, 304, 400, 404, 405, 408, 413, 415, 421, 500, 503];
/// Up to which durations answers are counted, in nanoseconds: 10 µs to 2.5 s.
const ANSWER_BOUNDS: [u64; 12] = [
    10_000,
    25_000,
    100_000,
    250_000,
    1_000_000,
    2_500_000,
    10_000_000,
    25_000_000,
    100_000_000,
    250_000_000,
    1_000_000_000,
    2_500_000_000,
];
/// Up to which durations the steps of a reload are counted, in nanoseconds: 1 ms to 25 s.
const PHASE_BOUNDS: [u64; 10] = [
    1_000_000,
    2_500_000,
    10_000_000,
    25_000_000,
    100_000_000,
    250_000_000,
    1_000_000_000,
    2_500_000_000,
    10_000_000_000,
    25_000_000_000,
];
/// Up to which delays changes are counted, in seconds: 100 ms to a day.
const DELAY_BOUNDS: [u64; 14] = [
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
    30_000_000_000,
    60_000_000_000,
    120_000_000_000,
    300_000_000_000,
    900_000_000_000,
    3_600_000_000_000,
    86_400_000_000_000,
];

/// The steps of a reload, as they are named.
pub const PHASES: [&str; 3] = ["reading", "compiling", "preparing"];
/// What can come of looking again.
pub const OUTCOMES: [&str; 5] = ["swapped", "unchanged", "rejected", "unreadable", "panicked"];
/// The entrances of the server, by name.
pub const LISTENERS: [&str; 2] = ["evaluations", "management"];
/// Why connections are lost.
pub const LOSSES: [&str; 3] = ["refused", "displaced", "accept_failed"];
/// The reasons of evaluations, in the words of OpenTelemetry, each with the type of its error.
pub const REASONS: [(&str, &str); 9] = [
    ("disabled", ""),
    ("static", ""),
    ("split", ""),
    ("targeting_match", ""),
    ("default", ""),
    ("error", "flag_not_found"),
    ("error", "targeting_key_missing"),
    ("error", "invalid_context"),
    ("error", "parse_error"),
];

/// Why an evaluation has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// There is no such flag.
    FlagNotFound = 5,
    /// There is no unit to be hashed.
    TargetingKeyMissing,
    /// The context is not what it should be.
    InvalidContext,
    /// The body is not what it should be.
    ParseError,
}

/// What is counted of the whole process.
#[derive(Debug)]
pub struct Metrics {
    reasons: [Counter; REASONS.len()],
    /// How often all flags were evaluated at once.
    pub bulk: Counter,
    requests: Box<[[Histogram<12>; STATUSES.len() + 1]; ENDPOINTS_MAX + 1]>,
    /// How many connections are open at each of the [`LISTENERS`].
    pub open_connections: [Gauge; LISTENERS.len()],
    /// How many were opened there.
    pub connections: [Counter; LISTENERS.len()],
    /// How many connections were lost for each of the [`LOSSES`].
    pub lost_connections: [Counter; LOSSES.len()],
    /// How many requests found no room in memory.
    pub memory_refusals: Counter,
    /// How many event streams are open.
    pub event_streams: Gauge,
    /// How often each of the [`OUTCOMES`] came of looking again.
    pub reloads: [Counter; OUTCOMES.len()],
    /// How long each of the [`PHASES`] took.
    pub phases: [Histogram<10>; PHASES.len()],
    /// How long after its commit a change was served here.
    pub from_commit: Histogram<14>,
    /// How long after its first sign a change was served here.
    pub from_sight: Histogram<14>,
    account: OnceLock<Arc<Account>>,
    dropped_lines: OnceLock<Arc<AtomicUsize>>,
}

impl Default for Metrics {
    fn default() -> Self {
        let by_status = || array::from_fn(|_| Histogram::new(&ANSWER_BOUNDS));
        Self {
            reasons: Default::default(),
            bulk: Counter::default(),
            requests: Box::new(array::from_fn(|_| by_status())),
            open_connections: Default::default(),
            connections: Default::default(),
            lost_connections: Default::default(),
            memory_refusals: Counter::default(),
            event_streams: Gauge::default(),
            reloads: Default::default(),
            phases: array::from_fn(|_| Histogram::new(&PHASE_BOUNDS)),
            from_commit: Histogram::new(&DELAY_BOUNDS),
            from_sight: Histogram::new(&DELAY_BOUNDS),
            account: OnceLock::new(),
            dropped_lines: OnceLock::new(),
        }
    }
}

impl Metrics {
    /// Also shows how much memory requests hold, by this account. The first word counts.
    pub fn show_account(&self, account: Arc<Account>) {
        let _ = self.account.set(account);
    }

    /// Also shows how many lines of the log were dropped, by this count. The first word counts.
    pub fn show_dropped_lines(&self, count: Arc<AtomicUsize>) {
        let _ = self.dropped_lines.set(count);
    }

    /// The account of the memory that requests hold, where it is known.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        self.account.get().map(|account| &**account)
    }

    /// How many lines of the log were dropped, where that is known.
    #[must_use]
    pub fn dropped_lines(&self) -> Option<usize> {
        self.dropped_lines.get().map(|count| count.load(Ordering::Relaxed))
    }

    /// A single flag was evaluated, and answered for this reason.
    pub fn count_reason(&self, reason: Reason) {
        let index = match reason {
            Reason::Disabled => 0,
            Reason::Static => 1,
            Reason::Split => 2,
            Reason::TargetingMatch => 3,
            Reason::Default => 4,
        };
        self.count_evaluation(index);
    }

    /// A single flag was asked for, and there is no answer.
    pub fn count_failure(&self, failure: Failure) {
        self.count_evaluation(failure as usize);
    }

    fn count_evaluation(&self, index: usize) {
        if let Some(counter) = self.reasons.get(index) {
            counter.increment();
        }
    }

    /// How often single flags were evaluated, by reason and the type of the error.
    pub fn by_reason(&self) -> impl Iterator<Item = ((&'static str, &'static str), u64)> {
        REASONS.into_iter().zip(self.reasons.iter().map(Counter::count))
    }

    /// A request to an endpoint, none of which is any beyond the table, was answered.
    pub fn count_request(&self, endpoint: Option<usize>, status: StatusCode, took: Duration) {
        let endpoint = endpoint.unwrap_or(ENDPOINTS_MAX).min(ENDPOINTS_MAX);
        let status = STATUSES.iter().position(|known| *known == status.as_u16());
        let cells = self.requests.get(endpoint);
        if let Some(cell) = cells.and_then(|cells| cells.get(status.unwrap_or(STATUSES.len()))) {
            cell.observe(took);
        }
    }

    /// The answers of an endpoint, by status; none is any other. [`ENDPOINTS_MAX`] is what is no
    /// endpoint.
    pub fn requests_of(
        &self,
        endpoint: usize,
    ) -> impl Iterator<Item = (Option<u16>, &Histogram<12>)> {
        let statuses = STATUSES.into_iter().map(Some).chain([None]);
        statuses.zip(self.requests.get(endpoint).into_iter().flatten())
    }

    /// A request was refused.
    pub fn count_refusal(&self, refusal: Refusal) {
        if refusal == Refusal::MemoryFull {
            self.memory_refusals.increment();
        }
    }

    /// Something has happened to a connection.
    pub fn notice(&self, event: &Event<'_>) {
        let at = |name: &str| LISTENERS.iter().position(|listener| *listener == name);
        let lose = |index: usize| {
            self.lost_connections.get(index).into_iter().for_each(Counter::increment);
        };
        match *event {
            Event::Opened(name) => {
                let index = at(name).unwrap_or_default();
                self.connections.get(index).into_iter().for_each(Counter::increment);
                self.open_connections.get(index).into_iter().for_each(Gauge::increment);
            }
            Event::Closed(name) => {
                let open = self.open_connections.get(at(name).unwrap_or_default());
                open.into_iter().for_each(Gauge::decrement);
            }
            Event::Refused(_) => lose(0),
            Event::Spared(_) => lose(1),
            Event::Failed(_) => lose(2),
            Event::MemoryFull => self.memory_refusals.increment(),
            Event::RoundMade(_) => {}
        }
    }
}

/// Counts reloads.
#[derive(Debug)]
pub struct ReloadCounter(pub Arc<Metrics>);

impl ReloadObserver for ReloadCounter {
    fn looked(&mut self, look: &Look) {
        let metrics = &*self.0;
        let index = match look.outcome {
            Outcome::Swapped(_) => 0,
            Outcome::Unchanged => 1,
            Outcome::Rejected(_) => 2,
            Outcome::Unreadable(_) => 3,
            Outcome::Panicked => 4,
        };
        metrics.reloads.get(index).into_iter().for_each(Counter::increment);
        let Outcome::Swapped(swap) = &look.outcome else { return };
        let took = [look.took.reading, look.took.compiling, look.took.preparing];
        for (phase, took) in metrics.phases.iter().zip(took) {
            phase.observe(took);
        }
        // What is there at the start was not waited for.
        if swap.previous.is_none() {
            return;
        }
        metrics.from_sight.observe(look.since_first_seen);
        if let Some(since) = look.since_commit {
            metrics.from_commit.observe(since);
        }
    }
}
