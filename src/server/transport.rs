//! A connection's bytes, with deadlines and sizes of our own.
//!
//! The deadlines are kept here, where bytes arrive: they are armed when there is something to wait
//! for and cost nothing when a request comes in one piece. How long a connection may be idle is not
//! among them: a look at all connections, once a second, costs less than a timer for each request.

use std::{
    io,
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
    account::{AWAKE_SIZE_BYTES, Claim},
    limits::Limits,
    pace::Pace,
    progress::{Ask, Phase, Progress},
    relief::Relief,
};

/// How much is read at a time where there is room for more, in bytes. hyper doubles its buffer
/// each time that it is filled, and keeps it.
const READ_SIZE_BYTES_MAX: usize = 8 << 10;
/// Up to this size a head needs no more room than a connection has anyway, in bytes.
const SMALL_HEAD_SIZE_BYTES_MAX: usize = 8 << 10;
/// In steps of how many bytes room is taken for a larger one.
const HEAD_STEP_BYTES: usize = 8 << 10;
/// How much of a head is waited for without buffers, in bytes.
const EARLY_SIZE_BYTES_MAX: usize = 1024;
/// What is said to who finds no room; the client may try again in a second.
pub const NO_ROOM: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n\
    content-length: 0\r\nconnection: close\r\n\r\n";

/// A stream of bytes.
pub trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Socket for S {}

/// A connection's bytes.
#[derive(Debug)]
pub struct Transport<S> {
    /// The connection.
    pub stream: S,
    /// What was read before and is to be read again.
    pub early: Bytes,
    progress: Progress,
    relief: Arc<Relief>,
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
    pub fn new(stream: S, progress: Progress, relief: Arc<Relief>, limits: Limits) -> Self {
        Self {
            stream,
            early: Bytes::new(),
            progress,
            relief,
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

    /// The connection has no buffers any more.
    pub fn has_rested(&mut self) {
        (self.head_bytes, self.head_held_bytes) = (0, 0);
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
        let needed = self.head_bytes.next_multiple_of(HEAD_STEP_BYTES).saturating_mul(2);
        let missing = needed.saturating_sub(AWAKE_SIZE_BYTES + self.head_held_bytes);
        if missing != 0 && !self.relief.take(missing, Claim::Large, &self.progress) {
            self.is_refused = true;
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        self.head_held_bytes += missing;
        // The buffer stays as large as it was; so it goes as soon as the request is answered.
        self.progress.ask(Ask::Rest);
        Ok(())
    }
}

impl<S: Socket> Transport<S> {
    /// Waits for another request, with no buffer for it but a small one: until its head is here, or
    /// as much of it as fits. So who sends half a head takes next to nothing. False once the time
    /// for it is over.
    pub fn poll_request(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        let mut piece = [0; EARLY_SIZE_BYTES_MAX];
        loop {
            if is_enough(&self.early) {
                return Poll::Ready(true);
            }
            let room = EARLY_SIZE_BYTES_MAX - self.early.len();
            let mut buffer = ReadBuf::new(piece.get_mut(..room).unwrap_or_default());
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Pending => return self.wait_to_read(context).map(|_| false),
                // The end and errors are for hyper, which comes upon them again.
                Poll::Ready(Err(_)) => return Poll::Ready(true),
                Poll::Ready(Ok(())) if buffer.filled().is_empty() => return Poll::Ready(true),
                Poll::Ready(Ok(())) => {
                    let _ = self.progress.advance();
                    self.early = [&self.early, buffer.filled()].concat().into();
                }
            }
        }
    }
}

/// Whether that is the head of a request, or as much of it as is worth waiting for, or none at all.
fn is_enough(bytes: &[u8]) -> bool {
    let has_end = bytes.windows(3).any(|end| end == b"\n\r\n" || end.starts_with(b"\n\n"))
        || bytes.ends_with(b"\n\n");
    let is_other = bytes.first().is_some_and(|first| !first.is_ascii_alphabetic());
    has_end || is_other || EARLY_SIZE_BYTES_MAX <= bytes.len()
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
            let count = buffer.remaining().min(self.early.len());
            buffer.put_slice(&self.early.split_to(count));
            return Poll::Ready(self.advance(count));
        }
        let read = if 2 * READ_SIZE_BYTES_MAX <= buffer.remaining() {
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
