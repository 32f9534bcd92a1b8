//! One connection, from its first byte to its last.

use std::{
    convert::Infallible,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{Body, Frame, Incoming, SizeHint},
    header::{self, HeaderValue},
    server::conn::http1::Builder,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    time::sleep,
};

use crate::http::{
    answer::{Answer, Payload, Refusal, Stream},
    body::{self, Budget},
    limits::Limits,
    transport::{Phase, Progress, Transport},
};

/// How long a connection that waits for a request is kept when the server closes, in milliseconds:
/// its client may have sent one already.
const LAST_CALL_MS: u64 = 100;
/// The least that hyper takes as the size of its buffers, in bytes.
const BUFFER_SIZE_BYTES_MIN: usize = 8192;

/// What all connections of a server have in common.
#[derive(Debug)]
pub struct Common {
    /// What a client may take.
    pub limits: Limits,
    /// The room for bodies.
    pub budget: Budget,
    /// How hyper speaks HTTP.
    pub http: Builder,
    /// Whether the server is about to stop.
    pub draining: Draining,
    /// Turns true when the server is to stop.
    pub closing: watch::Receiver<bool>,
}

/// Says that a server is about to stop: from then on each answer is the last one of its connection,
/// so that no client is in the middle of using one when the server stops.
#[derive(Clone, Debug, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// The server is about to stop. There is no way back.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Speaks HTTP/1.1 with these limits: keep-alive and pipelining, no upgrades.
#[must_use]
pub fn http(limits: &Limits) -> Builder {
    let mut http = Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .max_header_size(limits.head_size_bytes)
        // Also bounds what waits to be written, so a client that does not read is sent no more.
        .max_buf_size(limits.head_size_bytes.saturating_add(1).max(BUFFER_SIZE_BYTES_MIN));
    http
}

/// Serves one connection until the client closes it, a limit is met, or the server closes and
/// nothing is in flight any more.
pub async fn serve<S>(stream: S, progress: Progress, answer: Arc<dyn Answer>, common: Arc<Common>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let io = TokioIo::new(Transport::new(stream, progress.clone(), common.limits));
    let (http, mut closing) = (common.http.clone(), common.closing.clone());
    let served = progress.clone();
    let service = service_fn(move |request| {
        let (answer, common) = (Arc::clone(&answer), Arc::clone(&common));
        let progress = served.clone();
        // At once: hyper looks for more bytes before it lets the answer begin.
        progress.enter(Phase::Busy);
        async move { Ok::<_, Infallible>(respond(request, &*answer, &common, progress).await) }
    });
    let mut connection = pin!(http.serve_connection(io, service));
    let mut closed = pin!(async {
        // An error is a sender that is gone, which closes too.
        let _ = closing.wait_for(|closing| *closing).await;
        if progress.phase() != Phase::Busy {
            sleep(Duration::from_millis(LAST_CALL_MS)).await;
        }
    });
    let mut is_closing = false;
    let ended = poll_fn(|context| {
        let mut polled = connection.as_mut().poll(context);
        if polled.is_pending() && !is_closing && closed.as_mut().poll(context).is_ready() {
            is_closing = true;
            connection.as_mut().graceful_shutdown();
            polled = connection.as_mut().poll(context);
        }
        polled
    })
    .await;
    if let Err(error) = ended {
        tracing::debug!("a connection ended early: {error}");
    }
}

/// Reads the body of one request and answers it.
async fn respond(
    request: Request<Incoming>,
    answer: &dyn Answer,
    common: &Common,
    progress: Progress,
) -> Response<Outgoing> {
    let (head, incoming) = request.into_parts();
    let mut room = common.budget.room();
    let body = if incoming.is_end_stream() {
        Ok(Bytes::new())
    } else {
        let waits_for_continue = head.headers.contains_key(header::EXPECT);
        body::read(incoming, waits_for_continue, &mut room, &common.limits).await
    };
    let refusal = body.as_ref().err().copied();
    let request = Request::from_parts(head, body.unwrap_or_default());
    let answered = catch_unwind(AssertUnwindSafe(|| match refusal {
        None => answer.answer(&request),
        Some(refusal) => answer.refuse(&request, refusal),
    }));
    let mut response = answered.unwrap_or_else(|_| answer.refuse(&request, Refusal::Defect));
    if common.draining.has_begun() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response.map(|payload| match payload {
        Payload::Whole(body) => {
            progress.enter(Phase::Idle);
            Outgoing::Whole(Full::new(body))
        }
        Payload::Stream(stream) => {
            let sending = Sending(progress);
            Outgoing::Stream { stream, _sending: sending, closing: common.closing.clone() }
        }
    })
}

/// The body of a response on its way out. A stream ends when the server closes.
enum Outgoing {
    Whole(Full<Bytes>),
    Stream { stream: Stream, _sending: Sending, closing: watch::Receiver<bool> },
}

/// A connection that sends a stream. It is idle once this is dropped: at the stream's end, or at
/// once where only the head of the answer is wanted.
struct Sending(Progress);

impl Drop for Sending {
    fn drop(&mut self) {
        self.0.enter(Phase::Idle);
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(context),
            Self::Stream { stream, closing, .. } => {
                let piece =
                    if *closing.borrow() { Poll::Ready(None) } else { stream.poll_next(context) };
                piece.map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(body) if body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Stream { .. } => SizeHint::default(),
        }
    }
}
