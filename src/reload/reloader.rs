//! The thread that loads.
#![expect(clippy::disallowed_methods, reason = "knows when it has to look again")]

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tracing::{error, warn};

use crate::{
    reload::{
        fetching::{FetchControl, Fetching},
        loader::{Loader, ReloadOptions},
        observer::{Look, ReloadObserver},
        outcome::{Outcome, Swap},
    },
    snapshot::current::{CommitTimes, SnapshotCell, Watcher},
    source::{
        git::{
            followed::{GitSource, RemoteSource},
            remote::cache::Cache,
        },
        watch::bell::{Bell, Rung},
    },
};

/// How often everything is read where events tell of changes: for those that make no event.
pub const REREAD: Duration = Duration::from_secs(30);

/// How often everything is read where there are no events, or where the last reading failed.
pub const POLL: Duration = Duration::from_secs(2);

/// How often to look at files that are mounted by themselves: their directories make no event.
const MOUNT_GLANCE: Duration = Duration::from_secs(1);

/// How often to see whether retired snapshots are out of use.
const REAP: Duration = Duration::from_millis(200);

/// How long to wait for the loading thread when it is told to end.
pub const END_WAIT_MAX: Duration = Duration::from_secs(2);

/// How much nicer than others the loading thread is.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// Keeps the snapshot up to date for as long as it lives.
#[derive(Debug)]
pub struct Reloader {
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
    /// Disconnected once the thread ends.
    ended: Receiver<()>,
    /// What fetches, if anything has to be fetched.
    fetching: Option<Fetching>,
}

impl Reloader {
    /// Begins to load. The observers hear of every look, one after the other.
    ///
    /// # Errors
    ///
    /// When the system has no thread left.
    pub fn start(
        options: ReloadOptions,
        cell: Arc<SnapshotCell>,
        observers: Vec<Box<dyn ReloadObserver>>,
    ) -> io::Result<Self> {
        // What git's objects hold is never half written, so nothing is waited for.
        let is_git = options.git.is_some();
        let bell = Arc::new(if is_git { Bell::settling(Duration::ZERO) } else { Bell::default() });
        let fetching = match options.git.as_ref().map(|git| &git.source) {
            Some(GitSource::Remote(remote)) => Some(fetching(remote, &cell, &bell)?),
            _ => None,
        };
        let control = fetching.as_ref().map(Fetching::control);
        let heard = bell.clone();
        let (end, ended) = sync_channel(1);
        let run = move || {
            run(options, control, &cell, &heard, observers);
            drop(end);
        };
        let thread = thread::Builder::new().name("loader".to_owned()).spawn(run)?;
        Ok(Self { bell, thread: Some(thread), ended, fetching })
    }

    /// Reads everything soon. False if that was asked for before, and has not begun yet.
    #[must_use]
    pub fn reread(&self) -> bool {
        if let Some(control) = self.fetch_control() {
            control.fetch_now();
        }
        self.bell.ask()
    }

    /// What has something fetched; none if nothing has to be.
    #[must_use]
    pub fn fetch_control(&self) -> Option<Arc<FetchControl>> {
        self.fetching.as_ref().map(Fetching::control)
    }
}

impl Drop for Reloader {
    /// Waits until the loading thread is done, which is soon. One that waits for a file system that
    /// does not answer is left behind, and ends with the process.
    fn drop(&mut self) {
        self.bell.stop();
        if self.ended.recv_timeout(END_WAIT_MAX) == Err(RecvTimeoutError::Timeout) {
            warn!("the loading thread does not end; leaving it behind");
        } else if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            error!("the loading thread ended with a panic");
        }
    }
}

/// Begins to fetch.
fn fetching(
    remote: &RemoteSource,
    cell: &Arc<SnapshotCell>,
    bell: &Arc<Bell>,
) -> io::Result<Fetching> {
    let RemoteSource { options, directory, interval } = remote.clone();
    let reference = options.reference.as_deref().unwrap_or("HEAD");
    let source = format!("{} {reference}", options.location.url());
    let cache = Cache::open(&directory, &source).map_err(io::Error::other)?;
    Fetching::start(options, cache, interval, cell.clone(), bell.clone())
}

fn run(
    options: ReloadOptions,
    control: Option<Arc<FetchControl>>,
    cell: &Arc<SnapshotCell>,
    bell: &Arc<Bell>,
    mut observers: Vec<Box<dyn ReloadObserver>>,
) {
    let mut loader = Loader::fetched_by(options, control, cell.clone(), bell.clone());
    let mut rung = Rung::default();
    let mut due = Instant::now();
    while !rung.stop {
        if rung.renew {
            loader.renew_watches();
        }
        if rung.asked.is_some() || rung.change.is_some() || due <= Instant::now() {
            cell.pulse().begin();
            let signs = [rung.change, rung.asked].into_iter().flatten().map(|(first, _)| first);
            let first_seen = signs.min().unwrap_or_else(Instant::now);
            // A defect must not end the following of changes for good.
            let looked = catch_unwind(AssertUnwindSafe(|| loader.look()));
            cell.pulse().end();
            let Some(outcome) = looked.unwrap_or(Some(Outcome::Panicked)) else { return };
            let times = new_commit(&outcome);
            let seen = times.map_or(Duration::ZERO, |times| since(times.first_seen_at));
            let committed_at = times.and_then(|times| times.committed_at);
            let look = Look {
                was_asked: rung.asked.is_some(),
                since_first_seen: first_seen.elapsed().max(seen),
                since_commit: committed_at.map(since),
                took: loader.took(),
                outcome,
            };
            for observer in &mut observers {
                observer.looked(&look);
            }
            if matches!(&look.outcome, Outcome::Swapped(swap) if swap.previous.is_none()) {
                be_nice();
            }
            due = Instant::now() + pause_after(&look.outcome, cell);
        }
        let until_due = due.saturating_duration_since(Instant::now());
        let mut limit = if loader.reap() { until_due.min(REAP) } else { until_due };
        if !loader.mounted().is_empty() {
            limit = limit.min(MOUNT_GLANCE);
        }
        rung = bell.wait(limit);
        if loader.mounted().have_changed() {
            // An edit in place takes a moment: it settles as others do.
            bell.ring();
        }
    }
}

/// How long to wait before looking again without being told to.
fn pause_after(outcome: &Outcome, cell: &SnapshotCell) -> Duration {
    match cell.health().watcher {
        // At once, it would only panic again.
        _ if matches!(outcome, Outcome::Panicked) => REREAD,
        // What changed since it was read has not been noticed.
        Watcher::Starting => Duration::ZERO,
        Watcher::Events | Watcher::EventsAndPolling(_) | Watcher::Fetching(_)
            if !matches!(outcome, Outcome::Unreadable(_)) =>
        {
            REREAD
        }
        Watcher::Fetching(_) => REREAD,
        Watcher::Events | Watcher::EventsAndPolling(_) | Watcher::Polling(_) => POLL,
    }
}

/// The times of the commit that is served now, if another one was before.
fn new_commit(outcome: &Outcome) -> Option<CommitTimes> {
    let Outcome::Swapped(Swap { snapshot, previous, .. }) = outcome else { return None };
    let is_new = previous.as_ref().is_none_or(|previous| previous.commit != snapshot.commit);
    snapshot.times.filter(|_| is_new)
}

/// How long ago that was; nothing if it is still to come.
fn since(time: Timestamp) -> Duration {
    Duration::try_from(Timestamp::now().duration_since(time)).unwrap_or_default()
}

/// Lets the threads that serve go first, now that there is something to serve.
fn be_nice() {
    // On Linux this concerns the calling thread alone. Where it is refused, nothing is lost.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, NICENESS);
}
