//! What is counted and measured while requests are answered: a few additions, and nobody waits.

use std::{
    array,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Nanoseconds in a second.
const SECOND: f64 = 1e9;

/// Something that happens again and again.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

/// How many there are of something now.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

/// How long something takes: how often up to each of some bounds.
#[derive(Debug)]
pub struct Histogram<const N: usize> {
    /// Ascending, in nanoseconds.
    bounds: &'static [u64; N],
    /// How often it took as long as the bound or less, and longer than the bound before.
    buckets: [AtomicU64; N],
    /// How often it took longer than all bounds.
    beyond: AtomicU64,
    /// How long it took all in all, in nanoseconds.
    sum: AtomicU64,
}

/// A histogram as it stood at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// How often up to each bound and not up to the one before, with bounds in seconds; the last
    /// one is infinite.
    pub buckets: Vec<(f64, u64)>,
    /// How often at all.
    pub count: u64,
    /// How long all in all, in seconds.
    pub sum: f64,
}

impl Counter {
    /// Once more.
    pub fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How often so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Gauge {
    /// One more.
    pub fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// One less.
    pub fn decrement(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl<const N: usize> Histogram<N> {
    /// One with these bounds, ascending, in nanoseconds.
    #[must_use]
    pub fn new(bounds: &'static [u64; N]) -> Self {
        let buckets = array::from_fn(|_| AtomicU64::new(0));
        Self { bounds, buckets, beyond: AtomicU64::new(0), sum: AtomicU64::new(0) }
    }

    /// It took so long.
    pub fn observe(&self, took: Duration) {
        let whole = took.as_secs().saturating_mul(1_000_000_000);
        let nanos = whole.saturating_add(u64::from(took.subsec_nanos()));
        // They are few, and usually the first is the one: a scan is faster than a search.
        let mut cells = self.bounds.iter().zip(&self.buckets);
        let cell = cells.find(|(bound, _)| nanos <= **bound).map_or(&self.beyond, |(_, cell)| cell);
        cell.fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(nanos, Ordering::Relaxed);
    }

    /// What was measured so far.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a sum of seconds need not be exact")]
    pub fn measured(&self) -> Measured {
        let cells = self.bounds.iter().zip(&self.buckets);
        let read = |cell: &AtomicU64| cell.load(Ordering::Relaxed);
        let cells = cells.map(|(bound, cell)| (*bound as f64 / SECOND, cell));
        let cells = cells.chain([(f64::INFINITY, &self.beyond)]);
        let buckets: Vec<_> = cells.map(|(bound, cell)| (bound, read(cell))).collect();
        // Counted from the buckets, so that they are never more than there are in all.
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = read(&self.sum) as f64 / SECOND;
        Measured { buckets, count, sum }
    }
}
