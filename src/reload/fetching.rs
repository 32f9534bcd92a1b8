//! The thread that fetches, now and then and when it is told to, for as long as it lives.
#![expect(clippy::disallowed_methods, reason = "knows when it has to fetch again")]

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use crate::{
    snapshot::current::{FetchHealth, SnapshotCell},
    source::{
        git::remote::{cache::Cache, fetch::RemoteOptions},
        watch::bell::{Bell, Rung},
    },
};

/// How long to wait after the first failure; each time twice as long.
const BACK_OFF: Duration = Duration::from_secs(1);

/// How long to wait after many.
const BACK_OFF_MAX: Duration = Duration::from_mins(5);

/// How long to wait for the thread when it is told to end.
const END_WAIT_MAX: Duration = Duration::from_secs(1);

/// What is known of the fetches so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// How many have ended, well or not.
    pub count: u64,
    /// Why the last one failed; none if it did not.
    pub problem: Option<String>,
}

/// Tells the thread what to do, and others what came of it.
#[derive(Debug)]
pub struct FetchControl {
    bell: Bell,
    fetched: Mutex<Fetched>,
    /// Whether everything is to be fetched anew.
    anew: AtomicBool,
    stop: AtomicBool,
}

impl FetchControl {
    /// Has the thread fetch soon. However often that is asked for, one fetch is made at a time.
    pub fn fetch_now(&self) {
        self.bell.ring();
    }

    /// Has everything fetched anew, since what is there cannot be read.
    pub fn fetch_anew(&self) {
        self.anew.store(true, Ordering::Relaxed);
        self.bell.ring();
    }

    /// What is known of the fetches so far.
    #[must_use]
    pub fn fetched(&self) -> Fetched {
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Fetches for as long as it lives.
#[derive(Debug)]
pub struct Fetching {
    control: Arc<FetchControl>,
    thread: Option<JoinHandle<()>>,
    /// Disconnected once the thread ends.
    ended: Receiver<()>,
}

impl Fetching {
    /// Begins to fetch, and rings `bell` whenever something came of it.
    ///
    /// # Errors
    ///
    /// When the system has no thread left.
    pub fn start(
        options: RemoteOptions,
        cache: Cache,
        interval: Duration,
        cell: Arc<SnapshotCell>,
        bell: Arc<Bell>,
    ) -> io::Result<Self> {
        let control = Arc::new(FetchControl {
            bell: Bell::settling(Duration::ZERO),
            fetched: Mutex::default(),
            anew: AtomicBool::new(false),
            stop: AtomicBool::new(false),
        });
        let (end, ended) = sync_channel(1);
        let own = control.clone();
        let run = move || {
            run(&options, &cache, interval, &own, &cell, &bell);
            drop(end);
        };
        let thread = thread::Builder::new().name("fetcher".to_owned()).spawn(run)?;
        Ok(Self { control, thread: Some(thread), ended })
    }

    /// What tells it what to do.
    #[must_use]
    pub fn control(&self) -> Arc<FetchControl> {
        self.control.clone()
    }
}

impl Drop for Fetching {
    /// Waits until the thread is done. One that waits for a server is left behind, and ends with
    /// the process.
    fn drop(&mut self) {
        self.control.stop.store(true, Ordering::Relaxed);
        self.control.bell.stop();
        if self.ended.recv_timeout(END_WAIT_MAX).is_err()
            && let Some(thread) = self.thread.take()
            && thread.is_finished()
        {
            let _ = thread.join();
        }
    }
}

fn run(
    options: &RemoteOptions,
    cache: &Cache,
    interval: Duration,
    control: &FetchControl,
    cell: &SnapshotCell,
    bell: &Bell,
) {
    let mut failures = 0;
    let mut due = Instant::now();
    let mut rung = Rung::default();
    while !rung.stop {
        let is_wanted = rung.change.is_some() || rung.asked.is_some();
        if is_wanted || due <= Instant::now() {
            let anew = control.anew.swap(false, Ordering::Relaxed);
            let fetch = || options.fetch(cache, anew, &control.stop);
            let result = catch_unwind(AssertUnwindSafe(fetch));
            let (is_new, problem) = match result {
                Ok(Ok(is_new)) => (is_new, None),
                Ok(Err(problem)) => (false, Some(problem.message)),
                Err(_) => (false, Some("fetching ended with a panic, a defect".to_owned())),
            };
            failures = if problem.is_some() { failures + 1 } else { 0 };
            let now = Timestamp::now();
            cell.update_health(|health| {
                let before = health.fetch.take().unwrap_or_default();
                let fetched_at = if problem.is_none() { Some(now) } else { before.fetched_at };
                health.fetch = Some(FetchHealth { fetched_at, is_failing: problem.is_some() });
            });
            let mut fetched = control.fetched.lock().unwrap_or_else(PoisonError::into_inner);
            let is_told = is_new || fetched.count == 0 || fetched.problem != problem;
            *fetched = Fetched { count: fetched.count + 1, problem };
            drop(fetched);
            if is_told {
                bell.ring();
            }
            due = Instant::now() + jittered(pause(interval, failures));
        }
        rung = control.bell.wait(due.saturating_duration_since(Instant::now()));
    }
}

/// How long to wait after so many failures on end.
#[must_use]
pub fn pause(interval: Duration, failures: u32) -> Duration {
    match failures.checked_sub(1) {
        None => interval,
        Some(doubled) => {
            let longer = BACK_OFF.saturating_mul(1_u32.checked_shl(doubled).unwrap_or(u32::MAX));
            longer.min(BACK_OFF_MAX.max(interval))
        }
    }
}

/// A tenth more or less, so that many daemons do not ask at the same time.
fn jittered(pause: Duration) -> Duration {
    // Each has keys of its own, and that is all the chance that is needed.
    let random = RandomState::new().build_hasher().finish() % 201;
    pause.mul_f64(0.9 + f64::from(u32::try_from(random).unwrap_or(0)) / 1000.0)
}
