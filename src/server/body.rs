//! A request's body: read whole, within bounds.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::atomic::{AtomicUsize, Ordering},
    task::Poll,
};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::time::sleep;

use crate::server::{
    account::Claim,
    answer::Refusal,
    limits::{DISCARDED_BODIES_MAX, Limits, SMALL_BODY_SIZE_BYTES_MAX},
    pace::Pace,
    progress::{Ask, Phase, Progress},
    relief::Relief,
};

/// By which part of what has arrived, and by how many bytes at least, a body's buffer grows.
const GROWTH: usize = 4;
const GROWTH_SIZE_BYTES_MIN: usize = 4 << 10;

/// Room that one body takes on the account; given back when dropped.
#[derive(Debug)]
pub struct Room<'b> {
    relief: &'b Relief,
    progress: &'b Progress,
    /// For what a small body asks.
    small: Claim,
    /// How much of the body is here.
    size_bytes: AtomicUsize,
}

impl<'b> Room<'b> {
    /// Room for the body of a request on a connection; nothing is taken yet.
    #[must_use]
    pub fn new(relief: &'b Relief, progress: &'b Progress, small: Claim) -> Self {
        Self { relief, progress, small, size_bytes: AtomicUsize::new(0) }
    }

    /// Takes more; false if there is no more, in which case nothing is taken.
    fn grow(&self, size_bytes: usize) -> bool {
        let grown_bytes = self.size_bytes.load(Ordering::Relaxed).saturating_add(size_bytes);
        let is_small = grown_bytes <= SMALL_BODY_SIZE_BYTES_MAX;
        let claim = if is_small { self.small } else { Claim::Large };
        let is_taken = self.relief.take(size_bytes, claim, self.progress);
        if is_taken {
            self.size_bytes.store(grown_bytes, Ordering::Relaxed);
        }
        is_taken
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        let size_bytes = self.size_bytes.load(Ordering::Relaxed);
        if size_bytes != 0 {
            let rest = self.progress.held_bytes().saturating_sub(size_bytes);
            self.relief.keep(rest, self.progress);
        }
    }
}

/// Reads a body whole, in the time that it may take. What has arrived counts, not what was
/// announced, so that announcing much and sending nothing keeps nobody else out.
///
/// # Errors
///
/// When it breaks a limit, the rest has been read and dropped as far as that is reasonable.
pub async fn read(
    body: Incoming,
    waits_for_continue: bool,
    room: &Room<'_>,
    limits: &Limits,
) -> Result<Bytes, Refusal> {
    let mut collected = pin!(collect(body, waits_for_continue, room, limits));
    // Made only when there is something to wait for, which is seldom: a timer for every request
    // would cost it a system call.
    let mut deadline = None;
    let mut pace = Pace::new(limits.transfer_rate, limits.body_pause);
    let mut seen_bytes = 0;
    poll_fn(|context| {
        if room.progress.is_asked(Ask::Refuse) {
            return Poll::Ready(Err(Refusal::MemoryFull));
        }
        if let Poll::Ready(collected) = collected.as_mut().poll(context) {
            return Poll::Ready(collected);
        }
        let deadline = deadline.get_or_insert_with(|| {
            room.progress.enter(Phase::Body);
            Box::pin(sleep(limits.body))
        });
        let here_bytes = room.size_bytes.load(Ordering::Relaxed);
        pace.advance(here_bytes.saturating_sub(seen_bytes));
        seen_bytes = here_bytes;
        if pace.poll(context).is_ready() || deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(Refusal::BodyTooSlow));
        }
        Poll::Pending
    })
    .await
}

async fn collect(
    mut body: Incoming,
    waits_for_continue: bool,
    room: &Room<'_>,
    limits: &Limits,
) -> Result<Bytes, Refusal> {
    let too_large = Refusal::BodyTooLarge(limits.body_size_bytes);
    if limits.body_size_bytes < usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX) {
        // Who waits to be told to go on sends nothing if told otherwise.
        if !waits_for_continue {
            discard(&mut body, limits).await;
        }
        return Err(too_large);
    }
    let mut collected = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame.map_err(|_| Refusal::BodyBroken)?.into_data() else { continue };
        if frame.len() <= limits.body_size_bytes
            && collected.is_empty()
            && Pin::new(&body).is_end_stream()
        {
            // The usual case: all of it in one piece, which needs no copy and no more room.
            return Ok(frame);
        }
        let refused = if limits.body_size_bytes < collected.len() + frame.len() {
            Some(too_large)
        } else if !room.grow(frame.len()) {
            Some(Refusal::MemoryFull)
        } else {
            None
        };
        if let Some(refusal) = refused {
            drop(collected);
            discard(&mut body, limits).await;
            return Err(refusal);
        }
        if collected.capacity() - collected.len() < frame.len() {
            // A buffer that doubles as it grows takes up to twice what is counted, and one as large
            // as was announced takes what has not arrived, too.
            let step = (collected.len() / GROWTH).max(GROWTH_SIZE_BYTES_MIN).max(frame.len());
            collected.reserve_exact(step);
        }
        collected.extend_from_slice(&frame);
    }
    Ok(collected.into())
}

/// Reads and drops the rest of a body, within bounds.
async fn discard(body: &mut Incoming, limits: &Limits) {
    let mut left = limits.body_size_bytes.saturating_mul(DISCARDED_BODIES_MAX);
    while let Some(Ok(frame)) = body.frame().await {
        let size_bytes = frame.data_ref().map_or(0, Bytes::len);
        let Some(rest) = left.checked_sub(size_bytes) else { break };
        left = rest;
    }
}
