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
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use hyper::{
    Request, Response,
    body::{Body, Incoming},
    header::{self, HeaderValue},
    server::conn::http1::Builder,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::{Semaphore, watch},
    task::yield_now,
    time::{Instant, sleep, timeout},
};

use crate::server::{
    account::{AWAKE_SIZE_BYTES, Claim, SMALL_ANSWER_SIZE_BYTES, Shared, counted, reserved},
    answer::{Answer, Payload, Refusal},
    body::{self, Room},
    limits::{HEADERS_MAX, Limits},
    observer::{Answered, Event, Observers, RequestObserver},
    outgoing::Outgoing,
    progress::{Ask, Phase, Progress},
    relief::Relief,
    transport::{ByteStream, NO_ROOM, Transport},
};

/// How long a connection that waits for a request is kept when the server closes, in milliseconds:
/// its client may have sent one already.
const LAST_CALL_MS: u64 = 100;
/// How long who was refused may take to read why, in milliseconds, and how much of what it sends
/// meanwhile is read, in bytes: the system drops what is under way if there is something unread.
const FAREWELL_MS: u64 = 500;
const FAREWELL_SIZE_BYTES: usize = 256 << 10;
/// After an answer that took longer than this to compute, in milliseconds, others have their turn.
const GIVES_WAY_MS: u64 = 1;
/// The least that hyper takes as the size of its buffers, in bytes.
const BUFFER_SIZE_BYTES_MIN: usize = 8192;

/// What all connections of one thread have in common.
#[derive(Debug)]
pub struct Common {
    /// What a client may take.
    pub limits: Limits,
    /// The room in memory.
    pub relief: Arc<Relief>,
    /// For what a small request asks there.
    pub small: Claim,
    /// Whose turn it is among those whose answers take long.
    pub turns: Semaphore,
    /// Who hears what happens.
    pub observers: Observers,
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
    http.header_read_timeout(None)
        .max_headers(HEADERS_MAX)
        .max_header_size(limits.head_size_bytes)
        // Also bounds what waits to be written, so a client that does not read is sent no more.
        .max_buf_size(limits.head_size_bytes.saturating_add(1).max(BUFFER_SIZE_BYTES_MIN));
    http
}

/// What has become of a connection that had buffers.
enum Outcome {
    /// It has none any more, and waits for the rest of this.
    Rested(Bytes),
    /// It has ended.
    Ended,
}

/// Serves one connection until the client closes it, a limit is met, the server closes and nothing
/// is in flight any more, or its place is needed. It has buffers only from the first byte of a
/// request until it has been idle for a while.
pub async fn serve<S: ByteStream>(
    stream: S,
    progress: Progress,
    answer: Arc<dyn Answer>,
    common: Arc<Common>,
) {
    let held = Held { relief: Arc::clone(&common.relief), progress: progress.clone() };
    poll_fn(|context| {
        progress.wake_with(context.waker());
        Poll::Ready(())
    })
    .await;
    let relief = Arc::clone(&common.relief);
    let (small, limits) = (common.small, common.limits);
    let mut transport = Transport::new(stream, progress.clone(), relief, small, limits);
    while is_wanted(&mut transport, &progress, &common).await {
        if transport.is_refused() || !common.relief.take(AWAKE_SIZE_BYTES, small, &progress) {
            leave(transport, &progress, &common, NO_ROOM).await;
            break;
        }
        // Apart, so that a connection takes little while it has nothing to do.
        let awake = Box::pin(converse(transport, progress.clone(), &answer, &common));
        let (back, outcome) = awake.await;
        transport = back;
        match outcome {
            Outcome::Rested(unread) => {
                common.relief.keep(0, &progress);
                transport.has_rested(&unread);
                progress.has_done(Ask::Rest);
            }
            Outcome::Ended if transport.is_refused() => {
                leave(transport, &progress, &common, NO_ROOM).await;
                break;
            }
            Outcome::Ended if progress.is_refused() => {
                leave(transport, &progress, &common, b"").await;
                break;
            }
            Outcome::Ended => break,
        }
    }
    drop(held);
}

/// Lets go of a connection that has found no room in memory. What it had is given back before;
/// only the farewell takes time.
async fn leave<S: ByteStream>(
    transport: Transport<S>,
    progress: &Progress,
    common: &Common,
    words: &'static [u8],
) {
    let stream = transport.stream;
    common.relief.keep(0, progress);
    if !words.is_empty() {
        common.observers.noticed(&Event::MemoryFull);
    }
    Box::pin(take_leave(stream, words)).await;
}

/// What a connection has on the account; given back when dropped.
struct Held {
    relief: Arc<Relief>,
    progress: Progress,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.relief.keep(0, &self.progress);
    }
}

/// Waits for another request without buffers. False if there will be none.
async fn is_wanted<S: ByteStream>(
    transport: &mut Transport<S>,
    progress: &Progress,
    common: &Common,
) -> bool {
    let mut closed = pin!(closed(progress, common));
    poll_fn(|context| {
        if progress.is_asked(Ask::Refuse) {
            return Poll::Ready(false);
        }
        progress.has_done(Ask::Rest);
        let requested = transport.poll_request(context);
        if requested.is_pending() && closed.as_mut().poll(context).is_ready() {
            return Poll::Ready(false);
        }
        requested
    })
    .await
}

/// Completes when the server is to stop and this connection need not be waited for.
async fn closed(progress: &Progress, common: &Common) {
    let mut closing = common.closing.clone();
    // An error is a sender that is gone, which closes too.
    let _ = closing.wait_for(|closing| *closing).await;
    if !matches!(progress.phase(), Phase::Busy | Phase::Body) {
        sleep(Duration::from_millis(LAST_CALL_MS)).await;
    }
}

/// Answers requests until the connection ends, or rests.
async fn converse<S: ByteStream>(
    transport: Transport<S>,
    progress: Progress,
    answer: &Arc<dyn Answer>,
    common: &Arc<Common>,
) -> (Transport<S>, Outcome) {
    let (served, can_rest_in_heads) = (progress.clone(), transport.can_rest_in_heads());
    let service = service_fn(move |request| {
        let (answer, common) = (Arc::clone(answer), Arc::clone(common));
        let progress = served.clone();
        // At once: hyper looks for more bytes before it lets the answer begin.
        progress.enter(Phase::Busy);
        async move { Ok::<_, Infallible>(respond(request, &*answer, &common, progress).await) }
    });
    let mut connection = common.http.serve_connection(TokioIo::new(transport), service);
    let mut closed = pin!(closed(&progress, common));
    let mut is_closing = false;
    let ended = poll_fn(|context| {
        if progress.is_asked(Ask::Leave) {
            return Poll::Ready(Some(Ok(())));
        }
        let mut polled = Pin::new(&mut connection).poll(context);
        if polled.is_pending() && !is_closing && closed.as_mut().poll(context).is_ready() {
            is_closing = true;
            Pin::new(&mut connection).graceful_shutdown();
            polled = Pin::new(&mut connection).poll(context);
        }
        match polled {
            Poll::Ready(ended) => Poll::Ready(Some(ended)),
            // hyper has taken all of the last answer and written it, so it holds nothing of use but
            // the beginning of a head, and the rest of that can be waited for without buffers.
            Poll::Pending => {
                let rests = match progress.phase() {
                    Phase::Idle => progress.is_asked(Ask::Rest),
                    Phase::FirstHead | Phase::Head => can_rest_in_heads,
                    _ => false,
                };
                let rests = rests && !progress.is_stalled() && !is_closing;
                if rests { Poll::Ready(None) } else { Poll::Pending }
            }
        }
    })
    .await;
    let parts = connection.into_parts();
    let transport = parts.io.into_inner();
    match ended {
        None => (transport, Outcome::Rested(parts.read_buf)),
        Some(ended) => {
            if let Err(error) = ended {
                tracing::debug!("a connection ended early: {error}");
            }
            (transport, Outcome::Ended)
        }
    }
}

/// Says that there is no room, and waits a moment for the client to read it.
pub async fn refuse<S: ByteStream>(stream: S) {
    take_leave(stream, NO_ROOM).await;
}

/// Says this, if anything is left to be said, and waits a moment for the client to read it.
async fn take_leave<S: ByteStream>(mut stream: S, words: &[u8]) {
    let farewell = async {
        stream.write_all(words).await?;
        stream.shutdown().await?;
        let (mut left, mut piece) = (FAREWELL_SIZE_BYTES, [0; 1024]);
        loop {
            let count = stream.read(&mut piece).await?;
            match left.checked_sub(count) {
                Some(rest) if count != 0 => left = rest,
                _ => break,
            }
        }
        Ok::<(), std::io::Error>(())
    };
    let _ = timeout(Duration::from_millis(FAREWELL_MS), farewell).await;
}

/// Lets one request in, reads its body and answers it.
async fn respond(
    request: Request<Incoming>,
    answer: &dyn Answer,
    common: &Common,
    progress: Progress,
) -> Response<Outgoing> {
    let (head, incoming) = request.into_parts();
    let head = Request::from_parts(head, ());
    let objection = catch_unwind(AssertUnwindSafe(|| answer.objection(&head)));
    let (mut head, ()) = head.into_parts();
    let room = Room::new(&common.relief, &progress, common.small);
    let is_wanted = matches!(objection, Ok(None));
    let body = if incoming.is_end_stream() {
        Ok(Bytes::new())
    } else {
        body::read(&mut head, incoming, is_wanted, &room, &common.limits).await
    };
    let mut refusal = body.as_ref().err().copied();
    let request = Request::from_parts(head, body.unwrap_or_default());
    let arrived = Instant::now();
    let mut begun = arrived;
    let turn = if is_wanted && refusal.is_none() && answer.is_long(&request) {
        let turn = common.turns.acquire().await;
        // Whoever has asked meanwhile for something short is answered first: a thousand answers
        // that take long keep nobody waiting for longer than one of them takes.
        yield_now().await;
        begun = Instant::now();
        turn.ok()
    } else {
        None
    };
    let answered = catch_unwind(AssertUnwindSafe(|| match (objection, refusal) {
        (Ok(Some(objection)), _) => Some(objection),
        (Ok(None), None) => Some(answer.answer(&request)),
        (Ok(None), Some(refusal)) => Some(answer.refuse(&request, refusal)),
        (Err(_), _) => None,
    }));
    let mut response = answered.ok().flatten().unwrap_or_else(|| {
        refusal = Some(Refusal::Defect);
        answer.refuse(&request, Refusal::Defect)
    });
    let ended = Instant::now();
    drop(turn);
    if !is_counted(&mut response, common, &progress) {
        refusal = Some(Refusal::MemoryFull);
        response = answer.refuse(&request, Refusal::MemoryFull);
    }
    let (status, took) = (response.status(), ended.saturating_duration_since(arrived));
    common.observers.answered(&Answered { request: &request, status, refusal, took });
    drop(room);
    if common.draining.has_begun() || refusal == Some(Refusal::MemoryFull) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    // Else who sends requests without waiting would be answered all of them before anybody else.
    if Duration::from_millis(GIVES_WAY_MS) <= ended.saturating_duration_since(begun) {
        yield_now().await;
    }
    response.map(|payload| Outgoing::new(payload, progress, &common.closing))
}

/// Puts an answer on the account, unless it is small; false if there is no room for it.
fn is_counted(response: &mut Response<Payload>, common: &Common, progress: &Progress) -> bool {
    let account = &common.relief.account;
    if let Payload::Stream(stream) = response.body_mut() {
        let size_bytes = stream.size_bytes();
        let makes_room = || common.relief.makes_room(size_bytes, progress);
        return size_bytes == 0
            || reserved(size_bytes, account, makes_room).map(|room| stream.keep(room)).is_some();
    }
    let Payload::Whole(body) = response.body() else { return true };
    if body.len() <= SMALL_ANSWER_SIZE_BYTES {
        return true;
    }
    if let Some(shared) = response.extensions().get::<Shared>() {
        return shared.is_counted(account);
    }
    let makes_room = || common.relief.makes_room(body.len(), progress);
    let counted = counted(body.clone(), account, makes_room);
    counted.map(|body| *response.body_mut() = Payload::Whole(body)).is_some()
}
