//! A request's body: read whole, within bounds.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::{Pin, pin},
    sync::atomic::{AtomicUsize, Ordering},
    task::Poll,
};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::{
    body::{Body, Incoming},
    header,
    http::request::Parts,
};
use tokio::{task::yield_now, time::sleep};

use crate::server::{
    account::Claim,
    answer::Refusal,
    head::detach,
    limits::{DISCARDED_BODIES_MAX, Limits, SMALL_BODY_SIZE_BYTES_MAX},
    pace::Pace,
    progress::{Ask, Phase, Progress},
    relief::Relief,
};

/// In pieces of which size a body is kept that arrives bit by bit, in bytes. All are alike, so that
/// what one body gives back serves the next one, whatever their sizes: in buffers that grow each
/// size has places of its own, and an allocator keeps some for each.
const PIECE_SIZE_BYTES: usize = 4 << 10;
/// After how many bytes others have their turn.
const TURN_SIZE_BYTES: usize = 32 << 10;
/// By how much the buffers of a connection are larger while a body is waited for, in bytes.
const WAIT_SIZE_BYTES: usize = 8 << 10;

/// Room that one body takes on the account; given back when dropped.
#[derive(Debug)]
pub struct Room<'b> {
    relief: &'b Relief,
    progress: &'b Progress,
    /// For what a small body asks.
    small: Claim,
    /// How much is taken.
    held_bytes: AtomicUsize,
    /// How much of the body is here.
    here_bytes: AtomicUsize,
}

impl<'b> Room<'b> {
    /// Room for the body of a request on a connection; nothing is taken yet.
    #[must_use]
    pub fn new(relief: &'b Relief, progress: &'b Progress, small: Claim) -> Self {
        let (held_bytes, here_bytes) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { relief, progress, small, held_bytes, here_bytes }
    }

    /// Takes more, for a body of which so much is here then; false if there is no more, in which
    /// case nothing is taken.
    fn grow(&self, size_bytes: usize, here_bytes: usize) -> bool {
        let is_small = here_bytes <= SMALL_BODY_SIZE_BYTES_MAX;
        let claim = if is_small { self.small.waiting() } else { Claim::Large };
        let is_taken = self.relief.take(size_bytes, claim, self.progress);
        if is_taken {
            self.held_bytes.fetch_add(size_bytes, Ordering::Relaxed);
        }
        is_taken
    }

    /// Gives it all back.
    fn clear(&self) {
        let held_bytes = self.held_bytes.swap(0, Ordering::Relaxed);
        if held_bytes != 0 {
            let rest = self.progress.held_bytes().saturating_sub(held_bytes);
            self.relief.keep(rest, self.progress);
        }
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Reads the body that belongs to a head whole, in the time that it may take. What has arrived
/// counts, not what was announced, so that announcing much and sending nothing keeps nobody else
/// out. One that is not wanted is read and dropped as far as that is reasonable, so that the client
/// gets to see why; what it comes to is empty.
///
/// # Errors
///
/// When it is too large, the rest has been read and dropped as far as that is reasonable.
pub async fn read(
    head: &mut Parts,
    body: Incoming,
    is_wanted: bool,
    room: &Room<'_>,
    limits: &Limits,
) -> Result<Bytes, Refusal> {
    let waits_for_continue = head.headers.contains_key(header::EXPECT);
    let mut collected = pin!(async {
        match is_wanted {
            true => collect(body, waits_for_continue, room, limits).await,
            // Who waits to be told to go on sends nothing if told otherwise.
            false if waits_for_continue => Ok(Bytes::new()),
            false => {
                discard(body, limits).await;
                Ok(Bytes::new())
            }
        }
    });
    // Made only when there is something to wait for, which is seldom: a timer for every request
    // would cost it a system call.
    let mut deadline = None;
    let mut pace = Pace::new(limits.transfer_rate, limits.body_pause);
    let mut seen_bytes = 0;
    let read = poll_fn(|context| {
        if room.progress.is_asked(Ask::Refuse) {
            return Poll::Ready(Err(Refusal::MemoryFull));
        }
        if let Poll::Ready(collected) = collected.as_mut().poll(context) {
            return Poll::Ready(collected);
        }
        if deadline.is_none() {
            room.progress.enter(Phase::Body);
            let here_bytes = room.here_bytes.load(Ordering::Relaxed);
            if !room.grow(WAIT_SIZE_BYTES + detach(head), here_bytes) {
                return Poll::Ready(Err(Refusal::MemoryFull));
            }
        }
        let deadline = deadline.get_or_insert_with(|| Box::pin(sleep(limits.body)));
        let here_bytes = room.here_bytes.load(Ordering::Relaxed);
        pace.advance(here_bytes.saturating_sub(seen_bytes));
        seen_bytes = here_bytes;
        if pace.poll(context).is_ready() || deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(Refusal::BodyTooSlow));
        }
        Poll::Pending
    });
    let read = read.await;
    match &read {
        // So that whoever has served it is no longer in the way.
        Err(Refusal::MemoryFull) => room.progress.ask(Ask::Refuse),
        _ => {
            if room.progress.phase() == Phase::Body {
                room.progress.enter(Phase::Busy);
            }
            // It has arrived before it could be refused.
            room.progress.has_done(Ask::Refuse);
        }
    }
    read
}

async fn collect(
    mut body: Incoming,
    waits_for_continue: bool,
    room: &Room<'_>,
    limits: &Limits,
) -> Result<Bytes, Refusal> {
    let too_large = Refusal::BodyTooLarge(limits.body_size_bytes);
    let announced = body.size_hint();
    if limits.body_size_bytes < usize::try_from(announced.lower()).unwrap_or(usize::MAX) {
        // Who waits to be told to go on sends nothing if told otherwise.
        if !waits_for_continue {
            discard(body, limits).await;
        }
        return Err(too_large);
    }
    let most = announced.upper().and_then(|most| usize::try_from(most).ok());
    let mut pieces = Pieces::new(most.unwrap_or(limits.body_size_bytes));
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame.map_err(|_| Refusal::BodyBroken)?.into_data() else { continue };
        if frame.len() <= limits.body_size_bytes
            && pieces.size_bytes == 0
            && Pin::new(&body).is_end_stream()
        {
            // The usual case: all of it in one piece, which needs no copy and no more room.
            return Ok(frame);
        }
        let before_bytes = pieces.size_bytes;
        let here_bytes = before_bytes + frame.len();
        if limits.body_size_bytes < here_bytes {
            drop(pieces);
            room.clear();
            discard(body, limits).await;
            return Err(too_large);
        }
        let missing_bytes = pieces.missing_bytes(frame.len());
        if missing_bytes != 0 && !room.grow(missing_bytes, here_bytes) {
            return Err(Refusal::MemoryFull);
        }
        pieces.extend(&frame);
        room.here_bytes.store(here_bytes, Ordering::Relaxed);
        if before_bytes / TURN_SIZE_BYTES < here_bytes / TURN_SIZE_BYTES {
            yield_now().await;
        }
    }
    Ok(pieces.join().into())
}

/// What has arrived of a body.
#[derive(Debug)]
struct Pieces {
    /// All of them are full but the last one.
    parts: VecDeque<Vec<u8>>,
    /// How much is in them.
    size_bytes: usize,
    /// How much there is room for.
    room_bytes: usize,
    /// How much it can become.
    most_bytes: usize,
}

impl Pieces {
    fn new(most_bytes: usize) -> Self {
        Self { parts: VecDeque::new(), size_bytes: 0, room_bytes: 0, most_bytes }
    }

    /// How much more room so many bytes need.
    fn missing_bytes(&self, more_bytes: usize) -> usize {
        let needed_bytes = self.size_bytes + more_bytes;
        let whole_bytes = needed_bytes.next_multiple_of(PIECE_SIZE_BYTES);
        whole_bytes.min(self.most_bytes).max(needed_bytes).saturating_sub(self.room_bytes)
    }

    fn extend(&mut self, mut bytes: &[u8]) {
        let room_bytes = self.room_bytes + self.missing_bytes(bytes.len());
        while !bytes.is_empty() {
            if self.size_bytes == self.room_bytes {
                let size_bytes = (room_bytes - self.room_bytes).min(PIECE_SIZE_BYTES);
                self.parts.push_back(Vec::with_capacity(size_bytes));
                self.room_bytes += size_bytes;
            }
            let Some(last) = self.parts.back_mut() else { return };
            let count = bytes.len().min(self.room_bytes - self.size_bytes);
            let (now, later) = bytes.split_at(count);
            last.extend_from_slice(now);
            self.size_bytes += count;
            bytes = later;
        }
    }

    /// All of it. Each piece goes as soon as it is copied.
    fn join(mut self) -> Vec<u8> {
        let mut whole = Vec::with_capacity(self.size_bytes);
        while let Some(piece) = self.parts.pop_front() {
            whole.extend_from_slice(&piece);
        }
        whole
    }
}

/// Reads and drops the rest of a body, within bounds.
async fn discard(mut body: Incoming, limits: &Limits) {
    let mut left = limits.body_size_bytes.saturating_mul(DISCARDED_BODIES_MAX);
    while let Some(Ok(frame)) = body.frame().await {
        let size_bytes = frame.data_ref().map_or(0, Bytes::len);
        let Some(rest) = left.checked_sub(size_bytes) else { break };
        left = rest;
    }
}
