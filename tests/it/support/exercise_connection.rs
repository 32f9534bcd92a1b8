//! Bytes that nobody wrote, sent over a connection without a socket: for fuzzing, and the replay
//! of what fuzzing found. The fuzz target includes this file.
//!
//! The first line of an input says in what pieces the rest of it arrives: a space is one byte, and
//! every character has one more than the one before it in ASCII. No line is all in one piece.
//! Nothing waits for time to pass: a connection is polled until it waits for the client.

use std::{
    pin::{Pin, pin},
    sync::{
        Arc, LazyLock, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Waker},
};

use bytes::Bytes;
use flagstaff::{
    api::route::Route,
    server::{
        account::{Account, Claim},
        answer::{Answer, Payload, Refusal},
        connection::{Common, Draining, http, serve},
        limits::Limits,
        observer::Observers,
        progress::Progress,
        relief::Relief,
        transport::NO_ROOM,
    },
};
use hyper::{HeaderMap, Method, Request, Response};
use tokio::{
    runtime::Runtime,
    sync::{Semaphore, watch},
};

use crate::{
    exercise_route::{Served, check, check_error, route_of_all},
    exercise_wire::{Call, Wire, size},
};

/// Small enough that inputs meet them.
pub const BODY_SIZE_BYTES_MAX: usize = 600;
pub const HEAD_SIZE_BYTES_MAX: usize = 1024;
/// Enough for one connection, its request and its answer.
pub const REQUEST_MEMORY_BYTES: usize = 1 << 20;
/// How often a connection may be polled without reading or writing anything.
pub const POLLS_MAX: usize = 16;

/// What all connections have in common: what one of them keeps, the next one lacks.
struct Host {
    runtime: Runtime,
    route: Arc<Route>,
    common: Arc<Common>,
    /// Keeps the server from closing.
    _close: watch::Sender<bool>,
}

static HOST: LazyLock<Host> = LazyLock::new(|| {
    let (body_size_bytes, head_size_bytes) = (BODY_SIZE_BYTES_MAX, HEAD_SIZE_BYTES_MAX);
    let limits = Limits { body_size_bytes, head_size_bytes, ..Limits::default() };
    let (close, closing) = watch::channel(false);
    let account = Arc::new(Account::new(REQUEST_MEMORY_BYTES));
    let relief = Arc::new(Relief::new(account, Vec::new()));
    let (small, http, observers) = (Claim::Small, http(&limits), Observers::default());
    let draining = Draining::default();
    let turns = Semaphore::new(1);
    let common = Common { limits, relief, small, turns, observers, http, draining, closing };
    let common = Arc::new(common);
    // Timers are made on it, and none ever ends.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    Host { runtime, route: route_of_all(), common, _close: close }
});

/// Sends whatever it is, in pieces and at once. What comes back is what the route has answered, the
/// pieces make no difference, and the next connection finds everything as it was.
pub fn connection_anything(bytes: &[u8]) {
    let _runtime = HOST.runtime.enter();
    let (sizes, sent) = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (&[][..], bytes),
    };
    let at_once = converse(sent, &[]);
    if !sizes.is_empty() {
        let in_pieces = converse(sent, sizes);
        for (a, b) in at_once.iter().zip(&in_pieces) {
            assert_eq!(a, b);
        }
    }
    let body = "x".repeat(BODY_SIZE_BYTES_MAX);
    let length = body.len();
    let next = format!(
        "POST /flags/evaluate/beta HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}\
         GET /ofrep/v1/events HTTP/1.1\r\n\r\n"
    );
    let statuses: Vec<u16> =
        converse(next.as_bytes(), b"~").iter().map(|said| said.status).collect();
    assert_eq!(statuses, [400, 200]);
    assert_eq!(HOST.common.relief.account.taken_bytes(), 0, "memory that is not given back");
}

/// One request that a connection has heard, and the answer to it.
#[derive(Debug, PartialEq)]
pub struct Said {
    pub method: Method,
    pub target: String,
    pub asked: HeaderMap,
    pub request_body: Bytes,
    pub refusal: Option<Refusal>,
    pub status: u16,
    pub headers: HeaderMap,
    /// None for an event stream.
    pub body: Option<Bytes>,
}

impl Said {
    /// The client has got to see what was said.
    fn check(&self, message: &Message) {
        assert_eq!(message.status, self.status, "{self:?}");
        for (name, value) in &self.headers {
            let expected: Vec<_> = self.headers.get_all(name).iter().collect();
            assert!(message.headers.get_all(name).iter().eq(expected), "{name}: {value:?}");
        }
        match &self.body {
            _ if self.method == Method::HEAD => assert!(message.body.is_empty()),
            Some(body) => assert_eq!(message.body, body),
            None => assert!(message.body.windows(7).any(|window| window == b"retry: "), "{self:?}"),
        }
    }

    /// Whether it is an answer without an end.
    pub fn is_stream(&self) -> bool {
        self.body.is_none() && self.method != Method::HEAD
    }
}

/// Has a connection to itself. Returns what was said before the client hung up.
fn converse(sent: &[u8], sizes: &[u8]) -> Vec<Said> {
    let wire = Wire::new(sizes);
    let listener = Arc::new(Listener::new(Arc::clone(&HOST.route), is_of_the_client));
    let answer = Arc::clone(&listener) as Arc<dyn Answer>;
    let common = Arc::clone(&HOST.common);
    let mut connection = pin!(serve(wire.clone(), Progress::default(), answer, common));
    let mut settle = || is_over(connection.as_mut(), &wire);
    let mut rest = sent;
    let mut ended = settle();
    for index in 0.. {
        if ended || rest.is_empty() {
            break;
        }
        let piece;
        (piece, rest) = rest.split_at(size(sizes, index).min(rest.len()));
        wire.lock().incoming.extend(piece);
        ended = settle();
    }
    let count = listener.said().len();
    let written = wire.lock().outgoing.clone();
    wire.lock().is_ended = true;
    // With more to read behind the request for an event stream, only the next event finds out.
    let is_streaming = listener.said().last().is_some_and(Said::is_stream);
    assert!(ended || settle() || is_streaming, "the connection outlives its client");
    let mut said = std::mem::take(&mut *listener.said());
    said.truncate(count);
    check_written(&written, &said, ended);
    said
}

/// Polls until the connection waits for the client; true if it has come to its end.
fn is_over(mut connection: Pin<&mut impl Future<Output = ()>>, wire: &Wire) -> bool {
    let call = Arc::new(Call(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&call));
    let progress = || {
        let ends = wire.lock();
        (ends.incoming.len(), ends.outgoing.len())
    };
    let (mut before, mut polls) = (progress(), 0);
    while call.0.swap(false, Ordering::Relaxed) {
        polls = if before == progress() { polls + 1 } else { 0 };
        before = progress();
        assert!(polls <= POLLS_MAX, "the connection never rests");
        if connection.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            return true;
        }
    }
    false
}

/// What the client gets to see is what was said, and at most hyper's own word at the end.
fn check_written(mut written: &[u8], said: &[Said], is_ended: bool) {
    // hyper may be done with a client that breaks off before it has written that it did.
    let is_broken = |last: &Said| is_ended && last.refusal == Some(Refusal::BodyBroken);
    let sure = said.len() - usize::from(said.last().is_some_and(is_broken));
    for said in &said[..sure] {
        skip_interim(&mut written);
        said.check(&Message::take(&mut written, said.method == Method::HEAD));
    }
    if sure < said.len() {
        return;
    }
    skip_interim(&mut written);
    if !written.is_empty() {
        let message = Message::take(&mut written, false);
        assert!([400, 431].contains(&message.status), "{}", message.status);
        assert!(message.body.is_empty() && is_ended);
    }
    assert!(written.is_empty(), "{}", written.escape_ascii());
}

/// What the client gets to see is what was said, in order. The last of it may be missing where
/// something went wrong; then the server may have said a word of its own.
pub fn check_seen(mut written: &[u8], all: &[Said], may_break_off: bool) {
    for (index, said) in all.iter().enumerate() {
        skip_interim(&mut written);
        let is_head = said.method == Method::HEAD;
        if !is_whole(written, is_head) || NO_ROOM == written {
            let is_last = index + 1 == all.len();
            // Who breaks off may never read that it did.
            let is_excused = is_last && said.refusal.is_some() && written.is_empty();
            assert!(may_break_off || is_excused, "{index}: {said:?} {}", written.escape_ascii());
            return;
        }
        let message = Message::take(&mut written, is_head);
        if !(said.is_stream() && may_break_off && message.status == 200) {
            said.check(&message);
        }
    }
    skip_interim(&mut written);
    if may_break_off && !is_whole(written, false) || written == NO_ROOM {
        return;
    }
    if !written.is_empty() {
        let message = Message::take(&mut written, false);
        assert!([400, 431].contains(&message.status), "{}", message.status);
        assert!(message.body.is_empty());
    }
    assert!(written.is_empty(), "{}", written.escape_ascii());
}

/// Whether a whole message is at the beginning.
fn is_whole(written: &[u8], is_head: bool) -> bool {
    let Some(end) = written.windows(4).position(|window| window == b"\r\n\r\n") else {
        return false;
    };
    let (head, body) = written.split_at(end + 4);
    let head = String::from_utf8_lossy(head);
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |length| length.parse::<usize>().expect("a length"));
    is_head || head.starts_with("HTTP/1.1 304") || length <= body.len()
}

/// A word to go on is no answer yet.
fn skip_interim(written: &mut &[u8]) {
    *written = written.strip_prefix(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(written);
}

/// One response as the client sees it.
struct Message<'w> {
    status: u16,
    headers: HeaderMap,
    /// Of an event stream, all that has come, with its framing.
    body: &'w [u8],
}

impl<'w> Message<'w> {
    /// Takes the first from what was written.
    fn take(written: &mut &'w [u8], is_head: bool) -> Self {
        let end = written.windows(4).position(|window| window == b"\r\n\r\n");
        let (head, rest) = written.split_at(end.expect("a whole head") + 4);
        let head = std::str::from_utf8(head).expect("text");
        let mut lines = head.trim_end().split("\r\n");
        let line = lines.next().unwrap();
        let status = line.strip_prefix("HTTP/1.").expect(line)[2..5].parse().expect(line);
        let mut headers = HeaderMap::new();
        for (name, value) in lines.map(|line| line.split_once(": ").expect(line)) {
            let name = name.parse::<hyper::header::HeaderName>().unwrap();
            headers.append(name, value.parse().unwrap());
        }
        let length = headers.get("content-length").map(|length| length.to_str().unwrap());
        let length = match length {
            _ if is_head || [204, 304].contains(&status) => 0,
            Some(length) => length.parse().expect(length),
            None => rest.len(),
        };
        assert!(length <= rest.len(), "{head}");
        let (body, rest) = rest.split_at(length);
        *written = rest;
        Self { status, headers, body }
    }
}

/// The route, and what was said to it and by it.
pub struct Listener {
    route: Arc<Route>,
    /// What a request may be refused for.
    may_refuse: fn(Refusal) -> bool,
    said: Mutex<Vec<Said>>,
}

/// Whether bytes alone can bring it about.
fn is_of_the_client(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::BodyTooLarge(_) | Refusal::BodyBroken)
}

impl Listener {
    pub fn new(route: Arc<Route>, may_refuse: fn(Refusal) -> bool) -> Self {
        Self { route, may_refuse, said: Mutex::default() }
    }

    pub fn said(&self) -> MutexGuard<'_, Vec<Said>> {
        self.said.lock().unwrap()
    }

    fn note(
        &self,
        request: &Request<Bytes>,
        refusal: Option<Refusal>,
        response: Response<Payload>,
    ) -> Response<Payload> {
        self.said().push(Said {
            method: request.method().clone(),
            target: request.uri().to_string(),
            asked: request.headers().clone(),
            request_body: request.body().clone(),
            refusal,
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: match response.body() {
                Payload::Whole(body) => Some(body.clone()),
                Payload::Stream(_) => None,
            },
        });
        response
    }
}

impl Answer for Listener {
    fn answer(&self, request: &Request<Bytes>) -> Response<Payload> {
        assert!(request.body().len() <= BODY_SIZE_BYTES_MAX);
        let response = self.route.answer(request);
        check(request, &response, Served::Flags);
        self.note(request, None, response)
    }

    fn refuse(&self, request: &Request<Bytes>, refusal: Refusal) -> Response<Payload> {
        assert!((self.may_refuse)(refusal), "{refusal:?}");
        let response = self.route.refuse(request, refusal);
        let Payload::Whole(body) = response.body() else { panic!("a stream") };
        check_error(&response, &serde_json::from_slice(body).expect("JSON"));
        self.note(request, Some(refusal), response)
    }
}
