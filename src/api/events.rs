//! The event streams: each client is told when its answers may have changed.

use std::{
    collections::BTreeSet,
    future::{pending, ready},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use jiff::Timestamp;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use crate::{
    api::schedule::Schedule,
    metrics::record::Metrics,
    server::{
        answer::{NextPiece, Pieces},
        limits::{EVENT_STREAMS_MAX, HEARTBEAT_SECONDS, SPREAD_MS},
    },
    snapshot::current::SnapshotCell,
};

/// Who opens a stream this many seconds after a change is told of it, since it may have asked for
/// its answers just before.
const JUST_CHANGED_SECONDS: i64 = 30;
/// How many seconds after a change its event is repeated, besides at each heartbeat: other replicas
/// behind the same address take the change a little later, and a client that asked one of those is
/// told again. Without a change an answer to it is a 304.
const REPEATS_SECONDS: [u64; 4] = [2, 4, 8, 16];
/// For how many seconds after a change its event takes the place of each heartbeat: for replicas
/// that take it much later, as those do whose definitions are a `ConfigMap`.
const REPEATED_SECONDS: u64 = 300;
/// After how many milliseconds a client opens a stream anew that was cut off, at least.
const RETRY_MS: usize = 1000;
/// A comment, which clients pass over.
const HEARTBEAT: Bytes = Bytes::from_static(b":\n\n");

/// How event streams behave.
#[derive(Clone, Copy, Debug)]
pub struct StreamLimits {
    /// How many may be open at once.
    pub streams: usize,
    /// How long one may be silent.
    pub heartbeat: Duration,
    /// How long after the first the last of them is told of a change.
    pub spread: Duration,
}

/// All event streams of one route.
#[derive(Debug)]
pub struct EventStreams {
    cell: Arc<SnapshotCell>,
    clock: fn() -> Timestamp,
    limits: StreamLimits,
    /// The numbers of those that are open.
    open: Mutex<BTreeSet<usize>>,
    schedule: Mutex<Arc<Schedule>>,
    metrics: Arc<Metrics>,
}

/// A number among those that are open; free again when dropped.
#[derive(Debug)]
struct Seat {
    streams: Arc<EventStreams>,
    number: usize,
}

/// A stream whose client has been told nothing yet.
#[derive(Debug)]
struct Opening {
    seat: Seat,
    /// The last event that the client has seen, if it says so.
    last_id: Option<String>,
}

/// A stream whose client knows the state of the answers at some time.
#[derive(Debug)]
struct EventStream {
    seat: Seat,
    versions: watch::Receiver<Box<str>>,
    /// Which state that is.
    known: String,
    /// How many of the [`REPEATS_SECONDS`] are over.
    repeats: usize,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self {
            streams: EVENT_STREAMS_MAX,
            heartbeat: Duration::from_secs(HEARTBEAT_SECONDS),
            spread: Duration::from_millis(SPREAD_MS),
        }
    }
}

impl EventStreams {
    /// Streams that tell of what `cell` serves.
    #[must_use]
    pub fn new(
        cell: Arc<SnapshotCell>,
        clock: fn() -> Timestamp,
        limits: StreamLimits,
        metrics: Arc<Metrics>,
    ) -> Arc<Self> {
        let (open, schedule) = (Mutex::default(), Mutex::default());
        Arc::new(Self { cell, clock, limits, open, schedule, metrics })
    }

    /// Opens another, for a client that has seen the event `last_id`; none if there are too many.
    #[must_use]
    pub fn open(self: &Arc<Self>, last_id: Option<&str>) -> Option<impl Pieces + use<>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let number = (0..self.limits.streams).find(|number| !open.contains(number))?;
        open.insert(number);
        drop(open);
        self.metrics.event_streams.increment();
        let seat = Seat { streams: Arc::clone(self), number };
        Some(Opening { seat, last_id: last_id.map(str::to_owned) })
    }

    /// The schedule of what is served now, made once a version.
    fn schedule(&self) -> Arc<Schedule> {
        let mut schedule = self.schedule.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot = self.cell.load();
        if let Some(snapshot) = &*snapshot
            && *snapshot.definitions.version != *schedule.version()
        {
            *schedule = Arc::new(Schedule::of(snapshot));
        }
        Arc::clone(&schedule)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.streams.metrics.event_streams.decrement();
        let open = &self.streams.open;
        open.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
    }
}

impl Seat {
    fn look(&self) -> (Arc<Schedule>, Timestamp) {
        (self.streams.schedule(), (self.streams.clock)())
    }

    /// How long after the first this one is told of a change.
    fn turn(&self) -> Duration {
        let StreamLimits { streams, spread, .. } = self.streams.limits;
        let [number, streams] =
            [self.number, streams.max(1)].map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        spread.saturating_mul(number) / streams
    }
}

impl Pieces for Opening {
    fn next(self: Box<Self>) -> NextPiece {
        let Self { seat, last_id } = *self;
        let versions = seat.streams.cell.versions();
        let (schedule, now) = seat.look();
        let known = schedule.id(now);
        let is_news = match last_id {
            Some(last_id) => last_id != known,
            None => now.as_second() - schedule.since(now).as_second() <= JUST_CHANGED_SECONDS,
        };
        // An id without data is no event; it is what the client will say that it has seen.
        let first =
            if is_news { event(&schedule, &known, now) } else { format!("id: {known}\n\n") };
        // Not all at once when a server has gone.
        let piece = format!("retry: {}\n{first}", RETRY_MS + seat.number);
        let repeats = repeats_over(elapsed(&schedule, now));
        let stream = Box::new(EventStream { seat, versions, known, repeats });
        Box::pin(ready(Some((piece.into(), stream as Box<dyn Pieces>))))
    }
}

impl Pieces for EventStream {
    fn next(mut self: Box<Self>) -> NextPiece {
        Box::pin(async move {
            let piece = self.wait().await;
            Some((piece, self as Box<dyn Pieces>))
        })
    }
}

impl EventStream {
    /// Waits until there is something to say, which may be a heartbeat.
    async fn wait(&mut self) -> Bytes {
        let heartbeat = self.seat.streams.limits.heartbeat;
        loop {
            let (schedule, now) = self.seat.look();
            if schedule.id(now) != self.known {
                // One after the other, so that they do not all ask again at the same moment.
                sleep(self.seat.turn()).await;
                let (schedule, now) = self.seat.look();
                self.known = schedule.id(now);
                self.repeats = repeats_over(elapsed(&schedule, now));
                return event(&schedule, &self.known, now).into();
            }
            let until_repeat = self.until_repeat(elapsed(&schedule, now));
            let until_next = schedule.next(now).map(|next| next.duration_since(now).unsigned_abs());
            let wait = heartbeat.min(until_repeat).min(until_next.unwrap_or(Duration::MAX));
            match timeout(wait, self.versions.changed()).await {
                Err(_) if wait == until_repeat => {
                    self.repeats += 1;
                    return event(&schedule, &self.known, now).into();
                }
                Err(_) if wait == heartbeat => {
                    let (schedule, now) = self.seat.look();
                    let is_recent = elapsed(&schedule, now).as_secs() < REPEATED_SECONDS;
                    if is_recent && schedule.id(now) == self.known {
                        return event(&schedule, &self.known, now).into();
                    }
                    return HEARTBEAT;
                }
                // A new version, or the instant.
                Ok(Ok(())) | Err(_) => {}
                // Nobody is left who could swap.
                Ok(Err(_)) => pending().await,
            }
        }
    }

    /// How long to wait for the next of the [`REPEATS_SECONDS`], this long after the change.
    fn until_repeat(&mut self, elapsed: Duration) -> Duration {
        // Each has its turn here, too.
        let elapsed = elapsed.saturating_sub(self.seat.turn());
        // What was slept through is not made up for.
        self.repeats = self.repeats.max(repeats_over(elapsed));
        let next = REPEATS_SECONDS.get(self.repeats).map(|after| Duration::from_secs(*after));
        next.map_or(Duration::MAX, |next| next.saturating_sub(elapsed))
    }
}

/// How many of the [`REPEATS_SECONDS`] are over, this long after the change.
fn repeats_over(elapsed: Duration) -> usize {
    let is_over = |after: &&u64| Duration::from_secs(**after) <= elapsed;
    REPEATS_SECONDS.iter().take_while(is_over).count()
}

/// For how long the answers have been what they are, as far as this process knows.
fn elapsed(schedule: &Schedule, now: Timestamp) -> Duration {
    let elapsed = now.duration_since(schedule.since(now));
    Duration::try_from(elapsed).unwrap_or_default()
}

/// The one event there is: ask again.
fn event(schedule: &Schedule, id: &str, now: Timestamp) -> String {
    let since = schedule.since(now).as_second();
    format!(
        "id: {id}\nevent: message\n\
         data: {{\"type\":\"refetchEvaluation\",\"etag\":\"{id}\",\"lastModified\":{since}}}\n\n"
    )
}
