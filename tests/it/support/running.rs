//! A server that runs on a thread of its own, and how to talk to it.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use bytes::Bytes;
use flagstaff::server::{
    accept::{Entrance, Server},
    address::Address,
    answer::{Answer, NextPiece, Payload, Pieces, Refusal},
    limits::Limits,
    listen::bind,
};
use hyper::{Request, Response, StatusCode};
use tokio::sync::oneshot;

/// How long anything may take before it counts as hanging.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How large `/large` is.
pub const LARGE_SIZE_BYTES: usize = 10 << 20;

/// Says what it was asked; `/panic` panics, `/stream` never ends, `/large` is ten megabytes, and
/// `/thread` is the thread that answers.
pub struct Echo;

struct Ticks;

impl Pieces for Ticks {
    fn next(self: Box<Self>) -> NextPiece {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Some((Bytes::from_static(b"tick\n"), self as Box<dyn Pieces>))
        })
    }
}

impl Answer for Echo {
    fn answer(&self, request: &Request<Bytes>) -> Response<Payload> {
        let (method, path) = (request.method(), request.uri().path());
        Response::new(match path {
            "/panic" => panic!("as asked"),
            "/stream" => Payload::stream(Ticks),
            "/large" => Payload::whole(vec![b'x'; LARGE_SIZE_BYTES]),
            "/thread" => Payload::whole(format!("{:?}", thread::current().id())),
            _ => Payload::whole(format!("{method} {path} {}", request.body().len())),
        })
    }

    fn refuse(&self, _: &Request<Bytes>, refusal: Refusal) -> Response<Payload> {
        let mut response = Response::new(Payload::whole(format!("{refusal:?}")));
        *response.status_mut() = StatusCode::from_u16(499).unwrap();
        response
    }
}

/// A server on a thread of its own; stopped, and waited for, when dropped.
pub struct Running {
    pub addresses: Vec<Address>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub fn new(limits: Limits) -> Self {
        Self::on(&["127.0.0.1:0".parse().unwrap()], limits)
    }

    pub fn on(addresses: &[Address], limits: Limits) -> Self {
        Self::with(addresses, limits, 1, Echo)
    }

    /// One that answers otherwise.
    pub fn answering(answer: impl Answer + 'static) -> Self {
        Self::answering_within(Limits::default(), answer)
    }

    /// The same with limits.
    pub fn answering_within(limits: Limits, answer: impl Answer + 'static) -> Self {
        let address = "127.0.0.1:0".parse().unwrap();
        Self::with(&[address], limits, 1, answer)
    }

    /// One with several threads.
    pub fn on_threads(addresses: &[Address], limits: Limits, threads: usize) -> Self {
        Self::with(addresses, limits, threads, Echo)
    }

    fn with(
        addresses: &[Address],
        limits: Limits,
        threads: usize,
        answer: impl Answer + 'static,
    ) -> Self {
        let listeners = bind(addresses, threads).unwrap();
        let addresses = listeners.iter().map(|listener| listener.address.clone()).collect();
        let answer: Arc<dyn Answer> = Arc::new(answer);
        let doors = listeners.into_iter().map(|listener| (listener, Arc::clone(&answer)));
        let mut server = Server::new(limits);
        server.open(Entrance::for_evaluations(doors.collect(), threads, limits));
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let shutdown = async { drop(stopped.await) };
            runtime.unwrap().block_on(server.run(shutdown)).unwrap();
        });
        Self { addresses, stop: Some(stop), thread: Some(thread) }
    }

    pub fn address(&self) -> SocketAddr {
        match self.addresses[0] {
            Address::Tcp(address) => address,
            _ => panic!("not TCP"),
        }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends bytes on a connection of their own, and returns all that comes until it is closed.
    pub fn talk(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes.as_ref()).unwrap();
        rest(&mut stream)
    }

    /// Whether somebody else gets an answer.
    pub fn serves_others(&self) {
        let answer = self.talk("GET /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert!(answer.ends_with("GET /other 0"), "{answer}");
    }

    pub fn begin_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Stops it, and returns how long that took.
    pub fn stop(mut self) -> Duration {
        let start = Instant::now();
        self.begin_stop();
        self.thread.take().unwrap().join().unwrap();
        start.elapsed()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.begin_stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// All that comes until the other side closes; a reset counts as closing.
pub fn rest(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads one response with a length.
pub fn response(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    loop {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
        if let Some(head) = bytes.strip_suffix(b"\r\n\r\n") {
            let head = String::from_utf8(head.to_vec()).unwrap();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
            stream.read_exact(&mut body).unwrap();
            return format!("{} {}", &head[9..12], String::from_utf8(body).unwrap());
        }
    }
}

/// Limits that tests can wait for.
pub fn brief() -> Limits {
    let brief = Duration::from_millis(300);
    Limits { first_head: brief, head: brief, body: brief, write_pause: brief, ..Limits::default() }
}

pub fn post(length: usize, body: &str) -> String {
    format!("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// Tries until it holds or patience ends.
pub fn wait_until(mut holds: impl FnMut(u32) -> bool) -> bool {
    let end = Instant::now() + PATIENCE;
    (0..).take_while(|_| Instant::now() < end).any(|attempt| {
        thread::sleep(Duration::from_millis(2));
        holds(attempt)
    })
}
