//! Several requests on one connection, and what goes wrong between them: for fuzzing, and the
//! replay of what fuzzing found. The fuzz target includes this file.
//!
//! The first line of an input says in what pieces the client takes what it is sent, as the first
//! line of an input for `connection` does. Every line after it is a step; its first byte says what
//! happens:
//!
//! - a letter from `a`: the client sends the request of [`REQUESTS`] that has it. Each two
//!   characters that follow stand for a part of it, and for a pause before the rest: so many bytes,
//!   so many tenths of a second, counted from the space in ASCII;
//! - `=` and `>`: the client sends the bytes that follow; after `>`, the end of a line as well;
//! - `~`: time passes, half a second for every step of the next character from the space;
//! - `-` and `+`: the client does not read, and reads again;
//! - `.` and `!`: the client sends no more, and is gone;
//! - `R`, `F` and `L`: the server asks the connection to rest, to refuse, and to leave;
//! - `D` and `C`: the server is about to stop, and stops.
//!
//! The clock is the runtime's: it goes on when a step says so. As long as nothing has gone wrong,
//! every request gets the answer that it gets alone. Whatever goes wrong, the client sees nothing
//! but what was answered; another connection is answered all the while; and in the end both are
//! gone, with all that they had.

use std::{
    pin::Pin,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Waker},
    time::Duration,
};

use flagstaff::{
    api::route::Route,
    server::{
        account::{Account, Claim},
        answer::{Answer, Refusal},
        connection::{Common, Draining, http, serve},
        limits::Limits,
        progress::{Ask, Progress},
        relief::Relief,
    },
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{Semaphore, watch},
};

use crate::{
    exercise_connection::{
        BODY_SIZE_BYTES_MAX, HEAD_SIZE_BYTES_MAX, Listener, POLLS_MAX, REQUEST_MEMORY_BYTES, Said,
        check_seen,
    },
    exercise_route::route_of_all,
    exercise_wire::{Call, Ends, Wire},
};

/// So many steps are taken, and no more: the rest would only take time.
const STEPS_MAX: usize = 64;
/// How much time may pass before the first head is whole, within one request, and while the client
/// does not read, without the server's losing patience.
const FIRST_HEAD_PAUSE: Duration = Duration::from_millis(4900);
const REQUEST_PAUSE: Duration = Duration::from_millis(2900);
const UNREAD_PAUSE: Duration = Duration::from_secs(110);
/// After this much time nothing that a client has begun is waited for any more.
const PATIENCE_MS: u64 = 150_000;

/// Whole requests and the status of each.
const REQUESTS: [(&str, u16); 12] = [
    ("GET /livez HTTP/1.1\r\nHost: f\r\n\r\n", 200),
    (
        "POST /ofrep/v1/evaluate/flags/beta HTTP/1.1\r\nHost: f\r\nContent-Length: 38\r\n\r\n\
         {\"context\":{\"targetingKey\":\"u-12345\"}}",
        200,
    ),
    (
        "POST /ofrep/v1/evaluate/flags HTTP/1.1\r\nHost: f\r\nTransfer-Encoding: chunked\r\n\r\n\
         5\r\n{\"con\r\n1b\r\ntext\":{\"targetingKey\":\"u\"}}\r\n0\r\n\r\n",
        200,
    ),
    ("GET /flags HTTP/1.1\r\nHost: f\r\n\r\n", 200),
    ("HEAD /flags HTTP/1.1\r\nHost: f\r\n\r\n", 200),
    (
        "POST /flags/evaluate/half?explain=1 HTTP/1.1\r\nHost: f\r\nContent-Length: 20\r\n\
         Expect: 100-continue\r\n\r\n{\"targetingKey\":\"u\"}",
        200,
    ),
    ("POST /flags/evaluate HTTP/1.1\r\nHost: f\r\nContent-Length: 1\r\n\r\n{", 400),
    ("GET /nowhere HTTP/1.1\r\nHost: f\r\n\r\n", 404),
    ("DELETE /livez HTTP/1.1\r\nHost: f\r\n\r\n", 405),
    ("\r\nGET /readyz HTTP/1.1\nHost: f\n\n", 200),
    ("GET /openapi.json HTTP/1.1\r\nHost: f\r\n\r\n", 200),
    // The last one of its connection.
    ("GET /livez HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n", 200),
];

static ROUTE: LazyLock<Arc<Route>> = LazyLock::new(route_of_all);

/// What each of the requests is answered alone.
static ANSWERS: LazyLock<Vec<Said>> = LazyLock::new(|| {
    let alone = |(request, status): &(&str, u16)| {
        let server = Server::new();
        let mut talk = Talk::new(&server);
        talk.send(request.as_bytes());
        let mut said = std::mem::take(&mut *talk.listener.said());
        assert_eq!(said.iter().map(|said| said.status).collect::<Vec<_>>(), [*status], "{request}");
        said.remove(0)
    };
    REQUESTS.iter().map(alone).collect()
});

/// Takes the steps that the bytes say, and ends the connection.
pub fn faults_anything(bytes: &[u8]) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let _entered = runtime.enter();
    LazyLock::force(&ANSWERS);
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let server = Server::new();
    let mut scene = Scene::new(&server, &runtime, lines.next().unwrap_or_default());
    for line in lines.take(STEPS_MAX) {
        if let Some((step, rest)) = line.split_first() {
            scene.take(*step, rest);
            scene.check();
        }
    }
    scene.end();
    assert_eq!(server.common.relief.account.taken_bytes(), 0, "memory that is not given back");
}

/// What two connections have in common.
struct Server {
    common: Arc<Common>,
    close: watch::Sender<bool>,
}

impl Server {
    fn new() -> Self {
        let (body_size_bytes, head_size_bytes) = (BODY_SIZE_BYTES_MAX, HEAD_SIZE_BYTES_MAX);
        let limits = Limits { body_size_bytes, head_size_bytes, ..Limits::default() };
        let (close, closing) = watch::channel(false);
        let relief = Relief::new(Arc::new(Account::new(REQUEST_MEMORY_BYTES)), Vec::new());
        let common = Common {
            limits,
            relief: Arc::new(relief),
            small: Claim::Small,
            turns: Semaphore::new(1),
            observers: Default::default(),
            http: http(&limits),
            draining: Draining::default(),
            closing,
        };
        Self { common: Arc::new(common), close }
    }
}

/// One connection.
struct Talk {
    wire: Wire,
    progress: Progress,
    listener: Arc<Listener>,
    call: Arc<Call>,
    /// None once it has come to its end.
    connection: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

impl Talk {
    fn new(server: &Server) -> Self {
        Self::taking(server, &[])
    }

    /// The client takes what it is sent in pieces of these sizes.
    fn taking(server: &Server, sizes: &[u8]) -> Self {
        let (wire, progress) = (Wire::new(sizes), Progress::default());
        let may_refuse = |refusal| refusal != Refusal::Defect;
        let listener = Arc::new(Listener::new(Arc::clone(&ROUTE), may_refuse));
        let answer = Arc::clone(&listener) as Arc<dyn Answer>;
        let common = Arc::clone(&server.common);
        let connection: Pin<Box<dyn Future<Output = ()>>> =
            Box::pin(serve(wire.clone(), progress.clone(), answer, common));
        let call = Arc::new(Call(AtomicBool::new(true)));
        let mut talk = Self { wire, progress, listener, call, connection: Some(connection) };
        talk.settle();
        talk
    }

    /// Something happens on the wire, which wakes the connection.
    fn happens(&mut self, change: impl FnOnce(&mut Ends)) {
        change(&mut self.wire.lock());
        self.call.0.store(true, Ordering::Relaxed);
        self.settle();
    }

    fn send(&mut self, bytes: &[u8]) {
        self.happens(|ends| ends.incoming.extend(bytes));
    }

    /// Polls whenever the connection has been woken, until it waits.
    fn settle(&mut self) {
        let waker = Waker::from(Arc::clone(&self.call));
        let (mut before, mut polls) = (None, 0);
        while let Some(connection) = &mut self.connection
            && self.call.0.swap(false, Ordering::Relaxed)
        {
            let ends = self.wire.lock();
            let progress = Some((ends.incoming.len(), ends.outgoing.len()));
            drop(ends);
            polls = if before == progress { polls + 1 } else { 0 };
            before = progress;
            assert!(polls <= POLLS_MAX, "the connection never rests");
            if connection.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                self.connection = None;
            }
        }
    }

    fn is_over(&self) -> bool {
        self.connection.is_none()
    }
}

/// A connection on which things go wrong, and one beside it on which nothing does.
struct Scene<'s> {
    server: &'s Server,
    runtime: &'s Runtime,
    talk: Talk,
    beside: Talk,
    /// What has to be answered.
    expected: Vec<&'static Said>,
    /// Nothing has gone wrong yet.
    is_sound: bool,
    /// An answer may break off in the middle.
    may_break_off: bool,
    is_reading: bool,
    is_stopping: bool,
    /// How long nobody has sent the first head, and how long nobody has read.
    silent: Duration,
    unread: Duration,
}

impl<'s> Scene<'s> {
    fn new(server: &'s Server, runtime: &'s Runtime, sizes: &[u8]) -> Self {
        let (talk, beside) = (Talk::taking(server, sizes), Talk::new(server));
        let (silent, unread) = (Duration::ZERO, Duration::ZERO);
        let mut scene = Self {
            server,
            runtime,
            talk,
            beside,
            expected: Vec::new(),
            is_sound: true,
            may_break_off: false,
            is_reading: true,
            is_stopping: false,
            silent,
            unread,
        };
        scene.check();
        scene
    }

    fn take(&mut self, step: u8, rest: &[u8]) {
        match step {
            b'a'..=b'z' => self.request(usize::from(step - b'a') % REQUESTS.len(), rest),
            b'=' | b'>' => {
                let end: &[u8] = if step == b'>' { b"\r\n" } else { b"" };
                self.is_sound = false;
                self.talk.send(&[rest, end].concat());
            }
            b'~' => self.pass(500 * distance(rest.first())),
            b'-' | b'+' => {
                (self.is_reading, self.unread) = (step == b'+', Duration::ZERO);
                self.talk.happens(|ends| ends.is_unread = step == b'-');
            }
            b'.' => {
                self.is_sound = false;
                self.talk.happens(|ends| ends.is_ended = true);
            }
            b'!' => self.reset(),
            b'R' => self.ask(Ask::Rest),
            b'F' => self.ask(Ask::Refuse),
            b'L' => self.ask(Ask::Leave),
            b'D' | b'C' => {
                (self.is_sound, self.is_stopping) = (false, true);
                self.server.common.draining.begin();
                if step == b'C' {
                    self.server.close.send_replace(true);
                }
                self.talk.settle();
                self.beside.settle();
            }
            _ => {}
        }
    }

    /// Sends a whole request, with these pauses.
    fn request(&mut self, index: usize, mut pauses: &[u8]) {
        let mut rest = REQUESTS[index].0.as_bytes();
        let mut passed = Duration::ZERO;
        while let [size, pause, others @ ..] = pauses {
            let part;
            (part, rest) = rest.split_at((distance(Some(size)) as usize).min(rest.len()));
            self.talk.send(part);
            if !rest.is_empty() {
                let ms = 100 * distance(Some(pause));
                passed += Duration::from_millis(ms);
                self.is_sound &= passed <= REQUEST_PAUSE;
                self.pass(ms);
            }
            pauses = others;
        }
        self.talk.send(rest);
        if self.is_sound {
            self.expected.push(&ANSWERS[index]);
            if index + 1 == REQUESTS.len() {
                // Nothing that follows is heard.
                self.is_sound = false;
                assert!(!self.is_reading || self.talk.is_over(), "{:?}", self.expected.last());
            }
        }
    }

    fn pass(&mut self, ms: u64) {
        let time = Duration::from_millis(ms);
        if self.expected.is_empty() {
            self.silent += time;
            self.is_sound &= self.silent <= FIRST_HEAD_PAUSE;
        }
        if !self.is_reading {
            self.unread += time;
            let is_soon = self.unread <= UNREAD_PAUSE;
            (self.is_sound, self.may_break_off) =
                (self.is_sound && is_soon, self.may_break_off || !is_soon);
        }
        self.runtime.block_on(tokio::time::advance(time));
        self.talk.settle();
        self.beside.settle();
    }

    fn ask(&mut self, ask: Ask) {
        self.talk.progress.ask(ask);
        self.is_sound &= ask == Ask::Rest;
        self.may_break_off |= ask != Ask::Rest;
        self.talk.settle();
    }

    fn reset(&mut self) {
        (self.is_sound, self.may_break_off) = (false, true);
        self.talk.happens(|ends| (ends.is_reset, ends.is_ended) = (true, true));
    }

    /// All is as it has to be between two steps.
    fn check(&mut self) {
        let said = self.talk.listener.said();
        for (said, expected) in said.iter().zip(&self.expected) {
            assert_eq!(said, *expected);
        }
        if self.is_sound && self.is_reading {
            assert_eq!(said.len(), self.expected.len(), "a request is not answered");
            assert!(!self.talk.is_over(), "the connection has ended");
        }
        drop(said);
        if !self.is_stopping {
            let before = self.beside.wire.lock().outgoing.len();
            self.beside.send(REQUESTS[0].0.as_bytes());
            let ends = self.beside.wire.lock();
            assert!(ends.outgoing[before..].starts_with(b"HTTP/1.1 200 "), "nothing beside");
        }
    }

    /// The client goes, in good order if it can. Then nothing is left of the connection.
    fn end(mut self) {
        self.is_sound = false;
        self.talk.happens(|ends| ends.is_ended = true);
        self.beside.happens(|ends| ends.is_ended = true);
        self.pass(PATIENCE_MS);
        // A farewell takes its time, too.
        self.pass(1000);
        let is_streaming = self.talk.listener.said().last().is_some_and(Said::is_stream);
        assert!(self.beside.is_over(), "the other connection outlives its client");
        assert!(self.talk.is_over() || is_streaming, "the connection outlives its client");
        // The end of a stream is seen when there is something to be said.
        let may_break_off = self.may_break_off;
        self.reset();
        self.pass(PATIENCE_MS);
        assert!(self.talk.is_over(), "the connection outlives its client's end");
        let written = self.talk.wire.lock().outgoing.clone();
        let said = std::mem::take(&mut *self.talk.listener.said());
        check_seen(&written, &said, may_break_off);
    }
}

/// How far a character is from the space in ASCII.
fn distance(character: Option<&u8>) -> u64 {
    character.map_or(0, |character| u64::from(character.saturating_sub(b' ')))
}
