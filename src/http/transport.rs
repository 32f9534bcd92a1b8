//! A connection's bytes, with deadlines of our own.
//!
//! hyper has one timer for the head of a request, which also runs while a connection is idle. So it
//! is set to the idle time, and the shorter deadlines are kept here, where bytes arrive: they are
//! armed when there is something to wait for and cost nothing when a request comes in one piece.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

use crate::http::limits::Limits;

/// How many bits of a step say which phase it is; those above count the steps.
const PHASE_BITS: u32 = 3;

/// What a connection is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The first byte of the first request.
    Fresh,
    /// The rest of the head of the first request.
    FirstHead,
    /// The first byte of another request.
    Idle,
    /// The rest of a head.
    Head,
    /// A request is being answered, once its body is there.
    Busy,
}

/// How far one connection is, shared by what reads its bytes, what answers its requests, and what
/// looks for connections that can be spared.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<State>);

#[derive(Debug, Default)]
struct State {
    step: AtomicU32,
    /// Whether something waits to be written.
    is_stalled: AtomicBool,
}

impl Progress {
    /// The phase now.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.0.step.load(Ordering::Relaxed) & ((1 << PHASE_BITS) - 1) {
            0 => Phase::Fresh,
            1 => Phase::FirstHead,
            2 => Phase::Idle,
            3 => Phase::Head,
            _ => Phase::Busy,
        }
    }

    /// Goes on to another phase. Only the connection's own task does, so there is no race.
    pub fn enter(&self, phase: Phase) {
        let count = self.count().wrapping_add(1);
        self.0.step.store(count << PHASE_BITS | phase as u32, Ordering::Relaxed);
    }

    /// Whether the last request is answered, the answer written, and no byte of another has come.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.phase() == Phase::Idle && !self.0.is_stalled.load(Ordering::Relaxed)
    }

    /// A byte has come.
    fn advance(&self) {
        match self.phase() {
            // No new count: the time for the first head runs from the connection's beginning.
            Phase::Fresh => self.0.step.store(Phase::FirstHead as u32, Ordering::Relaxed),
            Phase::Idle => self.enter(Phase::Head),
            _ => {}
        }
    }

    /// Tells what one deadline is for from all others.
    fn count(&self) -> u32 {
        self.0.step.load(Ordering::Relaxed) >> PHASE_BITS
    }
}

/// A connection's bytes.
#[derive(Debug)]
pub struct Transport<S> {
    stream: S,
    progress: Progress,
    limits: Limits,
    reading: Deadline,
    writing: Deadline,
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
    pub fn new(stream: S, progress: Progress, limits: Limits) -> Self {
        let (reading, writing) = (Deadline::default(), Deadline::default());
        Self { stream, progress, limits, reading, writing }
    }

    /// Nothing could be read: fails if that has been so for too long.
    fn wait_to_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let time = match self.progress.phase() {
            Phase::Fresh | Phase::FirstHead => self.limits.first_head,
            Phase::Head => self.limits.head,
            Phase::Idle | Phase::Busy => {
                self.reading.sleep = None;
                return Poll::Pending;
            }
        };
        self.reading.poll(self.progress.count(), time, context).map(Err)
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

impl<S: AsyncRead + Unpin> AsyncRead for Transport<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let filled = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_pending() {
            return self.wait_to_read(context);
        }
        if filled < buffer.filled().len() {
            self.progress.advance();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> Transport<S> {
    /// Nothing could be written: fails if that has been so for too long.
    fn after_write(
        &mut self,
        written: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        self.progress.0.is_stalled.store(written.is_pending(), Ordering::Relaxed);
        if written.is_pending() {
            return self.writing.poll(0, self.limits.write_stall, context).map(Err);
        }
        self.writing.sleep = None;
        written
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

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
