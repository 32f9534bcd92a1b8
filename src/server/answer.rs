//! What the server asks for: a whole request in, a whole response out.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::{Request, Response};

use crate::server::account::Reserved;

/// Answers requests. Everything that the server knows about what it serves is this.
pub trait Answer: Send + Sync {
    /// Admission, by the head alone: the body has not been read, and may never come. None lets the
    /// request in; else this is its response, and whatever comes of its body is dropped.
    fn objection(&self, _head: &Request<()>) -> Option<Response<Payload>> {
        None
    }

    /// The response to a request that was let in and whose body has been read. Takes no longer than
    /// computing it does.
    fn answer(&self, request: &Request<Bytes>) -> Response<Payload>;

    /// Whether computing the response may take long, for all flags for example. Then others come
    /// first, and only one at a time is computed between them.
    fn is_long(&self, _request: &Request<Bytes>) -> bool {
        false
    }

    /// The response to a request that the server will not take; its body is empty here.
    fn refuse(&self, request: &Request<Bytes>, refusal: Refusal) -> Response<Payload>;
}

/// Why the server does not take a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The body is larger than so many bytes.
    BodyTooLarge(usize),
    /// All requests together hold as much memory as they may.
    MemoryFull,
    /// The body did not arrive in time.
    BodyTooSlow,
    /// The body broke off, or is not framed as HTTP wants it.
    BodyBroken,
    /// Answering has panicked: a defect of ours.
    Defect,
}

/// The body of a response.
#[derive(Debug)]
pub enum Payload {
    /// All of it.
    Whole(Bytes),
    /// Piece by piece, without a known end.
    Stream(Stream),
}

/// The next piece, and what makes the ones after that; none is the end.
pub type NextPiece = Pin<Box<dyn Future<Output = Option<(Bytes, Box<dyn Pieces>)>> + Send>>;

/// What makes the pieces of a body.
pub trait Pieces: Send {
    /// Waits until there is another.
    fn next(self: Box<Self>) -> NextPiece;
}

/// A body that comes piece by piece.
pub struct Stream {
    next: Option<NextPiece>,
    /// How much of it is under way at once, at most, in bytes.
    size_bytes: usize,
    /// The room that it has on the account, if it needs any.
    room: Option<Reserved>,
}

impl Payload {
    /// A body that is all there.
    pub fn whole(body: impl Into<Bytes>) -> Self {
        Self::Whole(body.into())
    }

    /// No body.
    #[must_use]
    pub fn empty() -> Self {
        Self::Whole(Bytes::new())
    }

    /// A body that comes in small pieces, with time between them.
    #[must_use]
    pub fn stream(pieces: impl Pieces + 'static) -> Self {
        Self::stream_within(0, pieces)
    }

    /// A body that comes piece by piece, of which up to so many bytes are under way at once.
    #[must_use]
    pub fn stream_within(size_bytes: usize, pieces: impl Pieces + 'static) -> Self {
        Self::Stream(Stream { next: Some(Box::new(pieces).next()), size_bytes, room: None })
    }
}

impl Stream {
    /// How much of it is under way at once, at most, in bytes; nothing to speak of if zero.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.size_bytes
    }

    /// Keeps room on the account until the body has been sent.
    pub fn keep(&mut self, room: Reserved) {
        self.room = Some(room);
    }

    /// The next piece; none once it has ended.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let Some(next) = &mut self.next else { return Poll::Ready(None) };
        let Poll::Ready(piece) = next.as_mut().poll(context) else { return Poll::Pending };
        let (piece, rest) = piece.unzip();
        self.next = rest.map(Pieces::next);
        Poll::Ready(piece)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Stream")
    }
}
