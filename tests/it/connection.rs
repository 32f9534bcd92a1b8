//! One connection on a real socket: what HTTP allows, and what a client may not take.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use flagstaff::server::{
    answer::{Answer, Payload, Refusal},
    limits::Limits,
};
use hyper::{Request, Response};
use proptest::prelude::*;

use crate::{
    cases::cases,
    running::{PATIENCE, Running, brief, post, response, rest, wait_until},
};

#[test]
fn keep_alive_and_pipelining() {
    let server = Running::new(Limits::default());
    let mut stream = server.connect();
    for _ in 0..3 {
        stream.write_all(post(3, "abc").as_bytes()).unwrap();
        assert_eq!(response(&mut stream), "200 POST /p 3");
    }
    let many = post(2, "ab").repeat(100) + "GET /last HTTP/1.1\r\nConnection: close\r\n\r\n";
    stream.write_all(many.as_bytes()).unwrap();
    for _ in 0..100 {
        assert_eq!(response(&mut stream), "200 POST /p 2");
    }
    assert_eq!(response(&mut stream), "200 GET /last 0");
    assert_eq!(rest(&mut stream), "");
}

#[test]
fn bodies_in_pieces_and_in_chunks() {
    let server = Running::new(Limits::default());
    let mut stream = server.connect();
    for piece in ["POST /p HTTP/1.1\r\nContent-Le", "ngth: 6\r\n\r\nab", "cd", "ef"] {
        stream.write_all(piece.as_bytes()).unwrap();
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(response(&mut stream), "200 POST /p 6");
    let head = "POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(format!("{head}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").as_bytes()).unwrap();
    assert_eq!(response(&mut stream), "200 POST /p 5");
    let head = "POST /p HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"ab").unwrap();
    assert_eq!(response(&mut stream), "200 POST /p 2");
}

#[test]
fn an_upgrade_is_ignored() {
    let server = Running::new(Limits::default());
    let mut stream = server.connect();
    let head = "POST /p HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\
                HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nContent-Length: 2\r\n\r\nab";
    for _ in 0..2 {
        stream.write_all(head.as_bytes()).unwrap();
        assert_eq!(response(&mut stream), "200 POST /p 2");
    }
}

#[test]
fn a_body_that_is_too_large_is_answered_and_the_connection_goes_on() {
    let limits = Limits { body_size_bytes: 1000, ..Limits::default() };
    let server = Running::new(limits);
    let mut stream = server.connect();
    stream.write_all(post(15_000, &"x".repeat(15_000)).as_bytes()).unwrap();
    assert_eq!(response(&mut stream), "499 BodyTooLarge(1000)");
    stream.write_all(post(1000, &"x".repeat(1000)).as_bytes()).unwrap();
    assert_eq!(response(&mut stream), "200 POST /p 1000");
    let chunk = format!("3e8\r\n{}\r\n", "x".repeat(1000));
    let chunks = format!("{}0\r\n\r\n", chunk.repeat(10));
    let head = "POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(format!("{head}{chunks}").as_bytes()).unwrap();
    assert_eq!(response(&mut stream), "499 BodyTooLarge(1000)");
    let head = "POST /p HTTP/1.1\r\nContent-Length: 9000\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    assert_eq!(response(&mut stream), "499 BodyTooLarge(1000)");
    assert_eq!(rest(&mut stream), "");
}

#[test]
fn slow_heads_are_cut_off() {
    let server = Running::new(brief());
    for (begin, what) in [("", "silent"), ("GET /", "half a head")] {
        let mut stream = server.connect();
        stream.write_all(begin.as_bytes()).unwrap();
        let start = Instant::now();
        assert_eq!(rest(&mut stream), "", "{what}");
        let took = start.elapsed();
        assert!(Duration::from_millis(250) < took && took < PATIENCE / 2, "{what}: {took:?}");
    }
    // A byte now and then does not help.
    let mut stream = server.connect();
    let start = Instant::now();
    while stream.write_all(b"x").is_ok() && start.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(20));
    }
    assert!(start.elapsed() < PATIENCE / 2);
    server.serves_others();
}

#[test]
fn idle_is_longer_than_a_head_may_take() {
    let server = Running::new(brief());
    let mut stream = server.connect();
    for _ in 0..2 {
        stream.write_all(post(2, "ab").as_bytes()).unwrap();
        assert_eq!(response(&mut stream), "200 POST /p 2");
        thread::sleep(Duration::from_millis(500));
    }
    stream.write_all(b"POST /p HTTP/1.1\r\n").unwrap();
    let start = Instant::now();
    assert_eq!(rest(&mut stream), "");
    assert!(start.elapsed() < PATIENCE / 2);
    let server = Running::new(Limits { idle: Duration::from_millis(300), ..Limits::default() });
    let mut stream = server.connect();
    stream.write_all(post(2, "ab").as_bytes()).unwrap();
    assert_eq!(response(&mut stream), "200 POST /p 2");
    assert_eq!(rest(&mut stream), "");
}

#[test]
fn slow_bodies_are_answered_and_cut_off() {
    let server = Running::new(brief());
    let mut stream = server.connect();
    stream.write_all(post(10, "abc").as_bytes()).unwrap();
    let answer = rest(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 499 ") && answer.ends_with("BodyTooSlow"), "{answer}");
    let mut stream = server.connect();
    stream.write_all(post(10_000, "").as_bytes()).unwrap();
    let start = Instant::now();
    while stream.write_all(b"x").is_ok() && start.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(20));
    }
    assert!(start.elapsed() < PATIENCE / 2);
    server.serves_others();
}

#[test]
fn a_body_that_breaks_off() {
    let server = Running::new(Limits::default());
    let mut stream = server.connect();
    stream.write_all(post(10, "abc").as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    rest(&mut stream);
    let chunked = "POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    let answer = server.talk(chunked);
    assert!(answer.ends_with("BodyBroken"), "{answer}");
    server.serves_others();
}

#[test]
fn heads_that_are_too_large() {
    let server = Running::new(Limits::default());
    let fields = |size: usize| {
        format!("GET /p HTTP/1.1\r\nConnection: close\r\nX: {}\r\n\r\n", "x".repeat(size))
    };
    assert!(server.talk(fields(60 << 10)).ends_with("GET /p 0"));
    for head in [fields(70 << 10), format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(150))] {
        let answer = server.talk(head);
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
    server.serves_others();
}

#[test]
fn forms_of_smuggling() {
    let server = Running::new(Limits::default());
    for fields in [
        "Content-Length: 3\r\nContent-Length: 4",
        "Content-Length: 3, 4",
        "Content-Length: +3",
        "Content-Length: 3\r\nTransfer-Encoding: gzip",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked, gzip",
        "Content-Length : 3",
        " Content-Length: 3",
    ] {
        let answer = server.talk(format!("POST /p HTTP/1.1\r\n{fields}\r\n\r\nabcd"));
        assert!(answer.starts_with("HTTP/1.1 400 "), "{fields}: {answer}");
    }
    // The length gives way to the chunks, and nothing after them is taken for a request.
    let both = "POST /p HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n\
                1\r\na\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n";
    let answer = server.talk(both);
    assert!(!answer.contains("smuggled"), "{answer}");
    server.serves_others();
}

#[test]
fn a_client_that_does_not_read_is_cut_off() {
    let server = Running::new(brief());
    let mut stream = server.connect();
    stream.write_all(b"GET /large HTTP/1.1\r\n\r\n").unwrap();
    // The server gives up once the buffers of both sides are full and stay so.
    let is_cut = |_| stream.write_all(b"GET /large HTTP/1.1\r\n\r\n").is_err();
    assert!(wait_until(is_cut), "never cut off");
    server.serves_others();
}

/// Pieces that requests are made of, whole and broken.
const PIECES: [&[u8]; 18] = [
    b"GET /p HTTP/1.1\r\n",
    b"POST /p HTTP/1.1\r\n",
    b"POST /p HTTP/1.0\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"CONNECT x:1 HTTP/1.1\r\n",
    b"Host: x\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: -1\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Expect: 100-continue\r\n",
    b"Connection: close\r\n",
    b"Upgrade: h2c\r\nConnection: Upgrade\r\n",
    b"\r\n",
    b"hello",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"ffffffffffffffff\r\n",
    b"\n\n\n",
    b"\0\xff\xfe",
];

proptest! {
    #![proptest_config(cases(200))]

    /// Whatever is sent, the server neither hangs on to it nor forgets the others.
    #[test]
    fn any_bytes(
        pieces in proptest::collection::vec(0..PIECES.len(), 0..12),
        noise in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        static SERVER: LazyLock<Running> = LazyLock::new(|| Running::new(brief()));
        let mut bytes: Vec<u8> = pieces.iter().flat_map(|index| PIECES[*index]).copied().collect();
        bytes.extend(noise);
        let mut stream = SERVER.connect();
        // The server may have closed it by now.
        let _ = stream.write_all(&bytes).and_then(|()| stream.shutdown(Shutdown::Write));
        rest(&mut stream);
        SERVER.serves_others();
    }
}

/// `/gate` waits to be let through, `/long` takes long and says so, `/costly` does not say so, and
/// `/count` says how many of those are done.
struct Gated {
    entered: Sender<()>,
    gate: Mutex<Receiver<()>>,
    done: AtomicUsize,
}

impl Answer for Gated {
    fn answer(&self, request: &Request<Bytes>) -> Response<Payload> {
        let done = match request.uri().path() {
            "/gate" => {
                self.entered.send(()).unwrap();
                self.gate.lock().unwrap().recv().unwrap();
                0
            }
            "/long" => self.done.fetch_add(1, Ordering::Relaxed) + 1,
            "/costly" => {
                thread::sleep(Duration::from_millis(2));
                self.done.fetch_add(1, Ordering::Relaxed) + 1
            }
            _ => self.done.load(Ordering::Relaxed),
        };
        Response::new(Payload::whole(done.to_string()))
    }

    fn is_long(&self, request: &Request<Bytes>) -> bool {
        request.uri().path() == "/long"
    }

    fn refuse(&self, _: &Request<Bytes>, refusal: Refusal) -> Response<Payload> {
        panic!("{refusal:?}")
    }
}

#[test]
fn answers_that_take_long_leave_room_for_others() {
    let ((entered, has_entered), (open, gate)) = (channel(), channel());
    let (gate, done) = (Mutex::new(gate), AtomicUsize::new(0));
    let server = Running::answering(Gated { entered, gate, done });
    let ask = |stream: &mut TcpStream, path: &str| {
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).unwrap();
    };
    let mut all: Vec<TcpStream> = (0..40).map(|_| server.connect()).collect();
    for stream in &mut all {
        ask(stream, "/count");
        assert_eq!(response(stream), "200 0");
    }
    // The server finds all of these at once, in this order.
    let mut blocking = server.connect();
    ask(&mut blocking, "/gate");
    has_entered.recv().unwrap();
    let (short, long) = all.split_last_mut().unwrap();
    long.iter_mut().for_each(|stream| ask(stream, "/long"));
    ask(short, "/count");
    open.send(()).unwrap();
    assert!(["200 0", "200 1"].contains(&response(short).as_str()));
    let answers: BTreeSet<String> = long.iter_mut().map(response).collect();
    assert_eq!(answers.len(), long.len());
}

#[test]
fn requests_that_are_sent_without_waiting_leave_room_for_others() {
    let ((entered, has_entered), (open, gate)) = (channel(), channel());
    let (gate, done) = (Mutex::new(gate), AtomicUsize::new(0));
    let server = Running::answering(Gated { entered, gate, done });
    let line = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    let [mut blocking, mut hasty, mut patient] = [(); 3].map(|()| server.connect());
    for stream in [&mut hasty, &mut patient] {
        stream.write_all(line("/count").as_bytes()).unwrap();
        assert_eq!(response(stream), "200 0");
    }
    // The server finds all of these at once, in this order.
    blocking.write_all(line("/gate").as_bytes()).unwrap();
    has_entered.recv().unwrap();
    hasty.write_all(line("/costly").repeat(20).as_bytes()).unwrap();
    patient.write_all(line("/count").as_bytes()).unwrap();
    open.send(()).unwrap();
    let before = response(&mut patient);
    assert!(["200 0", "200 1", "200 2"].contains(&before.as_str()), "{before}");
}
