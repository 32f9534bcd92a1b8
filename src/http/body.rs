//! A request's body: read whole, within bounds.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::atomic::{AtomicUsize, Ordering},
    task::Poll,
};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::time::sleep;

use crate::http::{
    answer::Refusal,
    limits::{DISCARDED_BODIES_MAX, Limits},
};

/// How much room all bodies that are being read may take together.
#[derive(Debug)]
pub struct Budget {
    taken: AtomicUsize,
    size_bytes: usize,
}

/// Room that one body takes; given back when dropped.
#[derive(Debug)]
pub struct Room<'b> {
    budget: &'b Budget,
    size_bytes: usize,
}

impl Budget {
    /// So many bytes for all.
    #[must_use]
    pub fn new(size_bytes: usize) -> Self {
        Self { taken: AtomicUsize::new(0), size_bytes }
    }

    /// Room for one body, none of it taken yet.
    #[must_use]
    pub fn room(&self) -> Room<'_> {
        Room { budget: self, size_bytes: 0 }
    }
}

impl Room<'_> {
    /// Takes more; false if there is no more, in which case nothing is taken.
    fn grow(&mut self, size_bytes: usize) -> bool {
        let before = self.budget.taken.fetch_add(size_bytes, Ordering::Relaxed);
        if self.budget.size_bytes < before.saturating_add(size_bytes) {
            self.budget.taken.fetch_sub(size_bytes, Ordering::Relaxed);
            return false;
        }
        self.size_bytes += size_bytes;
        true
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.budget.taken.fetch_sub(self.size_bytes, Ordering::Relaxed);
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
    room: &mut Room<'_>,
    limits: &Limits,
) -> Result<Bytes, Refusal> {
    let mut collected = pin!(collect(body, waits_for_continue, room, limits));
    // Made only when there is something to wait for, which is seldom: a timer for every request
    // would cost it a system call.
    let mut deadline = None;
    poll_fn(|context| {
        if let Poll::Ready(collected) = collected.as_mut().poll(context) {
            return Poll::Ready(collected);
        }
        let deadline = deadline.get_or_insert_with(|| Box::pin(sleep(limits.body)));
        deadline.as_mut().poll(context).map(|()| Err(Refusal::BodyTooSlow))
    })
    .await
}

async fn collect(
    mut body: Incoming,
    waits_for_continue: bool,
    room: &mut Room<'_>,
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
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame.map_err(|_| Refusal::BodyBroken)?.into_data() else { continue };
        let refused = if limits.body_size_bytes < collected.len() + frame.len() {
            Some(too_large)
        } else if !room.grow(frame.len()) {
            Some(Refusal::BodiesTooMany)
        } else {
            None
        };
        if let Some(refusal) = refused {
            discard(&mut body, limits).await;
            return Err(refusal);
        }
        if collected.is_empty() && Pin::new(&body).is_end_stream() {
            // The usual case: all of it in one piece, which needs no copy.
            return Ok(frame);
        }
        collected.extend_from_slice(&frame);
    }
    Ok(collected.freeze())
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
