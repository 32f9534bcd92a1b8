//! The body of a response on its way out.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::watch;

use crate::server::{
    answer::{Payload, Stream},
    progress::{Phase, Progress},
};

/// The body of a response on its way out. The connection is idle once this is dropped: when all of
/// it is in line to be written, or at once where only the head of the answer is wanted.
#[derive(Debug)]
pub struct Outgoing {
    content: Content,
    progress: Progress,
}

#[derive(Debug)]
enum Content {
    Whole(Full<Bytes>),
    /// Ends when the server closes.
    Stream(Stream, watch::Receiver<bool>),
}

impl Outgoing {
    /// Sends a payload; a stream ends once `closing` turns true.
    #[must_use]
    pub fn new(payload: Payload, progress: Progress, closing: &watch::Receiver<bool>) -> Self {
        let content = match payload {
            Payload::Whole(body) => Content::Whole(Full::new(body)),
            Payload::Stream(stream) => Content::Stream(stream, closing.clone()),
        };
        Self { content, progress }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.progress.enter(Phase::Idle);
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.get_mut().content {
            Content::Whole(body) => Pin::new(body).poll_frame(context),
            Content::Stream(stream, closing) => {
                let piece =
                    if *closing.borrow() { Poll::Ready(None) } else { stream.poll_next(context) };
                piece.map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.content, Content::Whole(body) if body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(body) => body.size_hint(),
            Content::Stream(..) => SizeHint::default(),
        }
    }
}
