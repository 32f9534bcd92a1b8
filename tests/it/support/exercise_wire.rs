//! A connection without a socket, for fuzzing: what the client sends is put in, what it is sent is
//! taken out, and whatever can go wrong with a socket can be made to.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Tells that there is something to do.
pub struct Call(pub AtomicBool);

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Both directions of a connection, at both ends of it.
#[derive(Clone)]
pub struct Wire(Arc<Mutex<Ends>>);

pub struct Ends {
    pub incoming: VecDeque<u8>,
    /// Whether nothing more will come.
    pub is_ended: bool,
    /// Whether the client has gone, and whatever is read or written fails.
    pub is_reset: bool,
    /// Whether the client does not read.
    pub is_unread: bool,
    pub outgoing: Vec<u8>,
    /// How much is written at a time.
    sizes: Vec<u8>,
    writes: usize,
    is_full: bool,
}

impl Wire {
    pub fn new(sizes: &[u8]) -> Self {
        Self(Arc::new(Mutex::new(Ends {
            incoming: VecDeque::new(),
            is_ended: false,
            is_reset: false,
            is_unread: false,
            outgoing: Vec::new(),
            sizes: sizes.to_vec(),
            writes: 0,
            is_full: false,
        })))
    }

    pub fn lock(&self) -> MutexGuard<'_, Ends> {
        self.0.lock().unwrap()
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut ends = self.lock();
        if ends.is_reset {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if ends.incoming.is_empty() && !ends.is_ended {
            // Whoever sends more polls again.
            return Poll::Pending;
        }
        let length = buffer.remaining().min(ends.incoming.len());
        let bytes: Vec<u8> = ends.incoming.drain(..length).collect();
        buffer.put_slice(&bytes);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    /// Takes one piece, and after every piece is full once.
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut ends = self.lock();
        if ends.is_reset {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if ends.is_unread {
            // Whoever reads again polls again.
            return Poll::Pending;
        }
        let is_full = ends.is_full;
        ends.is_full = !is_full && !ends.sizes.is_empty();
        if is_full {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let most = size(&ends.sizes, ends.writes).saturating_mul(64);
        ends.writes += 1;
        let bytes = slices.iter().flat_map(|slice| slice.iter());
        let before = ends.outgoing.len();
        ends.outgoing.extend(bytes.take(most));
        Poll::Ready(Ok(ends.outgoing.len() - before))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// How long the piece of that number is, in bytes.
pub fn size(sizes: &[u8], index: usize) -> usize {
    match sizes {
        [] => usize::MAX,
        _ => usize::from(sizes[index % sizes.len()]).saturating_sub(usize::from(b' ')).max(1),
    }
}
