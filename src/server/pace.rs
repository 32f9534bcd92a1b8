//! How fast bytes have to come or go: a least rate, and how long a pause may be.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// Allows so many bytes a second at least, on average, and pauses up to a length. Whoever is faster
/// saves time up to that length; a pause uses it up.
#[derive(Debug)]
pub struct Pace {
    bytes_per_second: usize,
    pause: Duration,
    /// Armed when there is something to wait for, so that it costs nothing where there is not.
    end: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    /// At least so many bytes a second, and pauses no longer than that.
    #[must_use]
    pub fn new(bytes_per_second: usize, pause: Duration) -> Self {
        Self { bytes_per_second: bytes_per_second.max(1), pause, end: None }
    }

    /// Nothing could be done: ready if that has been so for too long.
    pub fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let pause = self.pause;
        let end = self.end.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + pause)));
        end.as_mut().poll(context)
    }

    /// So many bytes have come or gone.
    pub fn advance(&mut self, count: usize) {
        if let Some(end) = &mut self.end {
            let nanos = (count as u64).saturating_mul(1_000_000_000) / self.bytes_per_second as u64;
            let most = Instant::now() + self.pause;
            let earned = end.deadline().checked_add(Duration::from_nanos(nanos)).unwrap_or(most);
            end.as_mut().reset(earned.min(most));
        }
    }

    /// There is nothing to wait for.
    pub fn rest(&mut self) {
        self.end = None;
    }
}
