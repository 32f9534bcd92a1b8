//! A connection's bytes, with deadlines and sizes of our own.
//!
//! The deadlines are kept here, where bytes arrive: they are armed when there is something to wait
//! for and cost nothing when a request comes in one piece. How long a connection may be idle is not
//! among them: a look at all connections, once a second, costs less than a timer for each request.

use std::{
    io,
    mem::{self, MaybeUninit},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

use crate::server::{
    account::Claim,
    limits::Limits,
    pace::Pace,
    progress::{Ask, Phase, Progress},
    relief::Relief,
};

/// How large hyper's buffer is at first, in bytes. It doubles each time that it is filled, and is
/// kept.
const BUFFER_SIZE_BYTES: usize = 8 << 10;
/// How much is read at a time where there is room for more, in bytes.
const READ_SIZE_BYTES_MAX: usize = BUFFER_SIZE_BYTES - 1;
/// Up to this size a head needs no more room than hyper's buffer has anyway, in bytes.
const SMALL_HEAD_SIZE_BYTES_MAX: usize = 8 << 10;
/// How much of a head may wait for the rest without being on the account, in bytes.
const FREE_HEAD_SIZE_BYTES: usize = 1024;
/// By which part of what is here, and by how many bytes at least, what waits is made larger.
const GROWTH: usize = 4;
const GROWTH_SIZE_BYTES_MIN: usize = 64;
/// What is said to who finds no room; the client may try again in a second.
pub const NO_ROOM: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n\
    content-length: 0\r\nconnection: close\r\n\r\n";

/// A stream of bytes.
pub trait ByteStream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> ByteStream for S {}

/// A connection's bytes.
#[derive(Debug)]
pub struct Transport<S> {
    /// The connection.
    pub stream: S,
    /// What has come of a head while there were no buffers.
    waiting: Vec<u8>,
    /// How much of that is known not to hold the end of a head.
    searched_bytes: usize,
    /// What waited and is to be read now.
    early: Bytes,
    /// Whether what waits has to be waited for with buffers: hyper does not agree that it is whole.
    is_doubtful: bool,
    progress: Progress,
    relief: Arc<Relief>,
    /// For what a small head asks in memory.
    small: Claim,
    limits: Limits,
    reading: Deadline,
    writing: Pace,
    /// How much of a head has come.
    head_bytes: usize,
    /// How much room was taken for it.
    head_held_bytes: usize,
    /// Whether there was no room for it.
    is_refused: bool,
}

/// A time by which something has to have happened; armed when it first has to be waited for.
#[derive(Debug, Default)]
struct Deadline {
    /// For what it is armed.
    step: u32,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl<S> Transport<S> {
    /// Watches over `stream`, whose requests are answered by whoever holds the same progress.
    pub fn new(
        stream: S,
        progress: Progress,
        relief: Arc<Relief>,
        small: Claim,
        limits: Limits,
    ) -> Self {
        Self {
            stream,
            waiting: Vec::new(),
            searched_bytes: 0,
            early: Bytes::new(),
            is_doubtful: false,
            progress,
            relief,
            small: small.waiting(),
            limits,
            reading: Deadline::default(),
            writing: Pace::new(limits.transfer_rate, limits.write_pause),
            head_bytes: 0,
            head_held_bytes: 0,
            is_refused: false,
        }
    }

    /// Whether a head found no room.
    pub fn is_refused(&self) -> bool {
        self.is_refused
    }

    /// The connection has no buffers any more. What hyper has read and not understood yet waits for
    /// the rest, if there is room for it.
    pub fn has_rested(&mut self, unread: &[u8]) {
        (self.head_bytes, self.head_held_bytes) = (0, 0);
        let rest = mem::take(&mut self.early);
        self.is_doubtful =
            self.keep(unread).and_then(|()| self.keep(&rest)).is_ok() && self.is_enough();
    }

    /// Whether the rest of a head can be waited for without buffers.
    pub fn can_rest_in_heads(&self) -> bool {
        !self.is_doubtful
    }

    /// Nothing could be read: fails if that has been so for too long.
    pub fn wait_to_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let time = match self.progress.phase() {
            Phase::Fresh | Phase::FirstHead => self.limits.first_head,
            Phase::Head => self.limits.head,
            _ => {
                self.reading.sleep = None;
                return Poll::Pending;
            }
        };
        self.reading.poll(self.progress.count(), time, context).map(Err)
    }

    /// So many bytes have come. Where they belong to a large head, there has to be room for it:
    /// twice what has come, since a buffer doubles as it grows.
    fn advance(&mut self, count: usize) -> io::Result<()> {
        if self.progress.advance() {
            self.head_bytes = 0;
        }
        self.head_bytes = self.head_bytes.saturating_add(count);
        if self.head_bytes <= SMALL_HEAD_SIZE_BYTES_MAX {
            return Ok(());
        }
        if !matches!(self.progress.phase(), Phase::FirstHead | Phase::Head) {
            return Ok(());
        }
        let needed = self.head_bytes.next_multiple_of(BUFFER_SIZE_BYTES).saturating_mul(2);
        self.hold(needed - BUFFER_SIZE_BYTES)?;
        // The buffer stays as large as it was; so it goes as soon as the request is answered.
        self.progress.ask(Ask::Rest);
        Ok(())
    }

    /// Takes room for so many bytes of a head, all in all.
    fn hold(&mut self, size_bytes: usize) -> io::Result<()> {
        let is_small = size_bytes <= SMALL_HEAD_SIZE_BYTES_MAX;
        let claim = if is_small { self.small } else { Claim::Large };
        let missing = size_bytes.saturating_sub(self.head_held_bytes);
        if missing != 0 && !self.relief.take(missing, claim, &self.progress) {
            self.is_refused = true;
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        self.head_held_bytes += missing;
        Ok(())
    }

    /// Keeps these bytes with those that wait, in a buffer that is hardly larger than they are.
    fn keep(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (here, needed) = (self.waiting.len(), self.waiting.len() + bytes.len());
        if self.waiting.capacity() < needed {
            let more = if here == 0 { 0 } else { (here / GROWTH).max(GROWTH_SIZE_BYTES_MIN) };
            let size_bytes = needed.max(here + more);
            self.hold(size_bytes.saturating_sub(FREE_HEAD_SIZE_BYTES))?;
            self.waiting.reserve_exact(size_bytes - here);
        }
        self.waiting.extend_from_slice(bytes);
        Ok(())
    }

    /// Whether what waits is the head of a request, or as much of it as is worth waiting for, or
    /// none at all.
    fn is_enough(&mut self) -> bool {
        let is_break = |byte: &u8| b"\r\n".contains(byte);
        // Empty lines before a request mean nothing.
        let begin = self.waiting.iter().position(|byte| !is_break(byte));
        let begin = begin.unwrap_or(self.waiting.len());
        let head = self.waiting.get(begin..).unwrap_or_default();
        let is_other = head.first().is_some_and(|first| !first.is_ascii_alphabetic());
        // The end may be half of what came before.
        let from = self.searched_bytes.saturating_sub(2).max(begin);
        self.searched_bytes = self.waiting.len();
        is_other
            || has_end(self.waiting.get(from..).unwrap_or_default())
            || self.limits.head_size_bytes <= self.waiting.len()
    }

    /// What waits is read from now on.
    fn hand_over(&mut self) {
        self.searched_bytes = 0;
        self.early = mem::take(&mut self.waiting).into();
    }
}

/// Whether an empty line follows on another.
fn has_end(mut bytes: &[u8]) -> bool {
    while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
        bytes = bytes.get(end + 1..).unwrap_or_default();
        if matches!(bytes, [b'\n', ..] | [b'\r', b'\n', ..]) {
            return true;
        }
    }
    false
}

impl<S: ByteStream> Transport<S> {
    /// Waits for another request without buffers, until its head is here. So who sends half a head
    /// takes no more than that. False once the time for it is over; true as well if there is no
    /// room for it.
    pub fn poll_request(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        let mut piece = [const { MaybeUninit::uninit() }; READ_SIZE_BYTES_MAX];
        loop {
            if self.is_refused {
                return Poll::Ready(true);
            }
            if self.is_doubtful || self.is_enough() {
                self.hand_over();
                return Poll::Ready(true);
            }
            let mut buffer = ReadBuf::uninit(&mut piece);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Pending => return self.wait_to_read(context).map(|_| false),
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    let _ = self.progress.advance();
                    // What finds no room is refused.
                    let _ = self.keep(buffer.filled());
                }
                // The end and errors are for hyper, which comes upon them again.
                Poll::Ready(_) => {
                    self.is_doubtful = true;
                    self.hand_over();
                    return Poll::Ready(true);
                }
            }
        }
    }
}

impl Deadline {
    /// Fails once `time` has passed since it was first asked for this step.
    fn poll(&mut self, step: u32, time: Duration, context: &mut Context<'_>) -> Poll<io::Error> {
        if self.step != step {
            (self.step, self.sleep) = (step, None);
        }
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(time)));
        sleep.as_mut().poll(context).map(|()| io::ErrorKind::TimedOut.into())
    }
}

/// Reads up to so many bytes, whatever the room.
fn read_some<S: AsyncRead + Unpin>(
    stream: &mut S,
    context: &mut Context<'_>,
    buffer: &mut ReadBuf<'_>,
    size_bytes: usize,
) -> Poll<io::Result<()>> {
    let mut part = ReadBuf::new(buffer.initialize_unfilled_to(size_bytes));
    let read = Pin::new(stream).poll_read(context, &mut part);
    let count = part.filled().len();
    buffer.advance(count);
    read
}

impl<S: AsyncRead + Unpin> AsyncRead for Transport<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let filled = buffer.filled().len();
        if !self.early.is_empty() {
            let count = buffer.remaining().min(self.early.len()).min(READ_SIZE_BYTES_MAX);
            buffer.put_slice(&self.early.split_to(count));
            return Poll::Ready(self.advance(count));
        }
        let read = if 2 * BUFFER_SIZE_BYTES <= buffer.remaining() {
            read_some(&mut self.stream, context, buffer, READ_SIZE_BYTES_MAX)
        } else {
            Pin::new(&mut self.stream).poll_read(context, buffer)
        };
        if read.is_pending() {
            return self.wait_to_read(context);
        }
        let count = buffer.filled().len() - filled;
        if count != 0 {
            self.advance(count)?;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> Transport<S> {
    /// Nothing could be written: fails if too little could for too long.
    fn after_write(
        &mut self,
        written: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        self.progress.set_stalled(written.is_pending());
        match written {
            Poll::Pending => {
                self.writing.poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Ready(Ok(count)) => {
                self.writing.advance(count);
                written
            }
            Poll::Ready(Err(_)) => written,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Transport<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.after_write(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.after_write(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper calls this once everything is written.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writing.rest();
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
