//! The server on real sockets: limits, attacks, shutdown. What it answers is nothing about flags.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    os::unix::net::UnixStream,
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use bytes::Bytes;
use flagstaff::http::{
    address::Address,
    answer::{Answer, NextPiece, Payload, Pieces, Refusal},
    limits::Limits,
    listen::bind,
    server::Server,
};
use hyper::{Request, Response, StatusCode};
use tokio::sync::oneshot;

/// How long anything may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(20);

/// Says what it was asked; `/panic` panics, `/stream` never ends, `/large` is ten megabytes.
struct Echo;

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
            "/large" => Payload::whole(vec![b'x'; 10 << 20]),
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
struct Running {
    addresses: Vec<Address>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn new(limits: Limits) -> Self {
        Self::on(&["127.0.0.1:0".parse().unwrap()], limits)
    }

    fn on(addresses: &[Address], limits: Limits) -> Self {
        let listeners = bind(addresses).unwrap();
        let addresses = listeners.iter().map(|listener| listener.address.clone()).collect();
        let mut server = Server::new(limits);
        server.listen(listeners, &Arc::new(Echo));
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let shutdown = async { drop(stopped.await) };
            runtime.unwrap().block_on(server.run(shutdown)).unwrap();
        });
        Self { addresses, stop: Some(stop), thread: Some(thread) }
    }

    fn address(&self) -> SocketAddr {
        match self.addresses[0] {
            Address::Tcp(address) => address,
            _ => panic!("not TCP"),
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends bytes on a connection of their own, and returns all that comes until it is closed.
    fn talk(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes.as_ref()).unwrap();
        rest(&mut stream)
    }

    /// Whether somebody else gets an answer.
    fn serves_others(&self) {
        let answer = self.talk("GET /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert!(answer.ends_with("GET /other 0"), "{answer}");
    }

    fn begin_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Stops it, and returns how long that took.
    fn stop(mut self) -> Duration {
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
fn rest(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads one response with a length.
fn response(stream: &mut impl Read) -> String {
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
fn brief() -> Limits {
    let brief = Duration::from_millis(300);
    Limits { first_head: brief, head: brief, body: brief, write_stall: brief, ..Limits::default() }
}

fn post(length: usize, body: &str) -> String {
    format!("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}")
}

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
fn bodies_in_flight_have_one_bound() {
    let limits =
        Limits { body_size_bytes: 1000, bodies_in_flight_bytes: 1500, ..Limits::default() };
    let server = Running::new(limits);
    // Announcing takes no room, sending does.
    let mut idle: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for stream in &mut idle {
        stream.write_all(post(1000, "").as_bytes()).unwrap();
    }
    let mut first = server.connect();
    first.write_all(post(1000, &"x".repeat(900)).as_bytes()).unwrap();
    let refused = |_| {
        let mut second = server.connect();
        second.write_all(post(900, &"x".repeat(900)).as_bytes()).unwrap();
        response(&mut second) == "499 BodiesTooMany"
    };
    assert!(wait_until(refused), "never refused");
    first.write_all(&[b'x'; 100]).unwrap();
    assert_eq!(response(&mut first), "200 POST /p 1000");
    let mut third = server.connect();
    third.write_all(post(900, &"x".repeat(900)).as_bytes()).unwrap();
    assert_eq!(response(&mut third), "200 POST /p 900");
}

/// Tries until it holds or patience ends.
fn wait_until(mut holds: impl FnMut(u32) -> bool) -> bool {
    let end = Instant::now() + PATIENCE;
    (0..).take_while(|_| Instant::now() < end).any(|attempt| {
        thread::sleep(Duration::from_millis(2));
        holds(attempt)
    })
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
fn a_panic_costs_one_answer() {
    let server = Running::new(Limits::default());
    let mut stream = server.connect();
    stream.write_all(b"GET /panic HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(response(&mut stream), "499 Defect");
    server.serves_others();
}

#[test]
fn more_connections_than_the_limit_wait() {
    let server = Running::new(Limits { connections: 5, ..Limits::default() });
    let mut open: Vec<_> = (0..5).map(|_| server.connect()).collect();
    for stream in &mut open {
        stream.write_all(post(1, "x").as_bytes()).unwrap();
        assert_eq!(response(stream), "200 POST /p 1");
    }
    let mut waiting = server.connect();
    waiting.write_all(post(1, "x").as_bytes()).unwrap();
    waiting.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(waiting.read(&mut [0]).is_err());
    open.pop();
    waiting.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(response(&mut waiting), "200 POST /p 1");
}

#[test]
fn many_idle_connections_and_resets_hurt_nobody() {
    let server = Running::new(Limits::default());
    let idle: Vec<_> = (0..400).map(|_| server.connect()).collect();
    for _ in 0..300 {
        let stream = server.connect();
        let linger = socket2::SockRef::from(&stream);
        linger.set_linger(Some(Duration::ZERO)).unwrap();
    }
    server.serves_others();
    drop(idle);
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

#[test]
fn shutdown_lets_requests_in_flight_finish() {
    let mut server = Running::new(Limits::default());
    let mut half = server.connect();
    half.write_all(post(4, "ab").as_bytes()).unwrap();
    let mut streaming = server.connect();
    streaming.write_all(b"GET /stream HTTP/1.1\r\n\r\n").unwrap();
    streaming.read_exact(&mut [0; 100]).unwrap();
    let mut kept = server.connect();
    kept.write_all(post(1, "x").as_bytes()).unwrap();
    assert_eq!(response(&mut kept), "200 POST /p 1");
    let mut silent = server.connect();
    // Sent before the end is known, so it is answered.
    let mut late = server.connect();
    late.write_all(post(1, "x").as_bytes()).unwrap();
    server.begin_stop();
    assert_eq!(response(&mut late), "200 POST /p 1");
    assert!(rest(&mut streaming).ends_with("0\r\n\r\n"), "the stream ends properly");
    assert_eq!(rest(&mut kept), "");
    assert_eq!(rest(&mut silent), "");
    assert!(wait_until(|_| TcpStream::connect(server.address()).is_err()), "it still listens");
    half.write_all(b"cd").unwrap();
    assert_eq!(response(&mut half), "200 POST /p 4");
    assert_eq!(rest(&mut half), "");
    assert!(server.stop() < PATIENCE / 2);
}

#[test]
fn shutdown_has_a_bound() {
    let limits = Limits { shutdown: Duration::from_millis(200), ..Limits::default() };
    let server = Running::new(limits);
    let mut half = server.connect();
    half.write_all(post(4, "ab").as_bytes()).unwrap();
    let mut other = server.connect();
    other.write_all(post(1, "x").as_bytes()).unwrap();
    assert_eq!(response(&mut other), "200 POST /p 1");
    let took = server.stop();
    assert!(Duration::from_millis(150) < took && took < PATIENCE / 2, "{took:?}");
}

#[test]
fn unix_sockets() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flagstaff.sock");
    let address = Address::Unix(path.clone());
    let server = Running::on(std::slice::from_ref(&address), Limits::default());
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.write_all(post(2, "ab").as_bytes()).unwrap();
    assert_eq!(response(&mut stream), "200 POST /p 2");
    let said = bind(std::slice::from_ref(&address)).unwrap_err();
    let shown = path.display();
    assert_eq!(
        said,
        format!(
            "cannot listen on `unix:{shown}`: another process listens there; stop that one, or \
             choose another path"
        )
    );
    drop(server);
    assert!(!path.exists(), "the socket is left behind");
    // What a killed process has left is in nobody's way.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    drop(Running::on(std::slice::from_ref(&address), Limits::default()));
    std::fs::write(&path, "precious").unwrap();
    assert_eq!(
        bind(&[address]).unwrap_err(),
        format!(
            "cannot listen on `unix:{shown}`: there is a file of that name which is not a socket"
        )
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
fn several_addresses() {
    let addresses = ["localhost:0".parse().unwrap(), "127.0.0.2:0".parse().unwrap()];
    let server = Running::on(&addresses, Limits::default());
    assert!(2 <= server.addresses.len());
    for address in &server.addresses {
        let Address::Tcp(address) = address else { panic!("{address}") };
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(post(2, "ab").as_bytes()).unwrap();
        assert_eq!(response(&mut stream), "200 POST /p 2");
    }
}

#[test]
fn what_is_said_when_an_address_is_not_to_be_had() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap();
    assert_eq!(
        bind(&[Address::Tcp(taken)]).unwrap_err(),
        format!(
            "cannot listen on `{taken}`: the port is taken by another process; stop that one, or \
             choose another port with `--listen 127.0.0.1:PORT`"
        )
    );
    assert_eq!(
        bind(&["192.0.2.1:8016".parse().unwrap()]).unwrap_err(),
        "cannot listen on `192.0.2.1:8016`: this machine has no such address; `0.0.0.0:8016` \
         stands for all that it has"
    );
    assert_eq!(
        bind(&["unix:/nowhere/x.sock".parse().unwrap()]).unwrap_err(),
        "cannot listen on `unix:/nowhere/x.sock`: its directory does not exist"
    );
}

#[test]
fn addresses_as_people_write_them() {
    for text in ["127.0.0.1:8016", "[::1]:80", "localhost:0", "unix:/run/x.sock", "0.0.0.0:1"] {
        assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
    }
    for (text, said) in [
        (
            "8016",
            "`8016` names no address: write `127.0.0.1:8016` for this machine only, or `0.0.0.0:8016` for all who can reach it",
        ),
        (
            ":80",
            "`:80` names no address: write `127.0.0.1:80` for this machine only, or `0.0.0.0:80` for all who can reach it",
        ),
        (
            "*:80",
            "`*:80` names no address: write `127.0.0.1:80` for this machine only, or `0.0.0.0:80` for all who can reach it",
        ),
        ("127.0.0.1", "`127.0.0.1` has no port: write `127.0.0.1:8016`"),
        ("::1", "`::1` has no port: write `[::1]:8016`"),
        ("[::1]", "`[::1]` has no port: write `[::1]:8016`"),
        ("::1:80", "`::1:80` has no port: write `[::1:80]:8016`"),
        (
            "fe80::1:2:3:4:5:6:80",
            "`fe80::1:2:3:4:5:6:80` needs brackets: write `[fe80:0:1:2:3:4:5:6]:80`",
        ),
        (
            "127.0.0.1:99999",
            "`99999` in `127.0.0.1:99999` is not a port: a port is a number from 0 to 65535",
        ),
        (
            "http://127.0.0.1:80/",
            "`http://127.0.0.1:80/` has a scheme: write `127.0.0.1:80` without `http://`",
        ),
        ("/run/x.sock", "`/run/x.sock` looks like the path of a socket: write `unix:/run/x.sock`"),
        ("unix:", "`unix:` needs a path: `unix:/run/flagstaff.sock`"),
        (
            "flags.local:80",
            "`flags.local` in `flags.local:80` is not an IP address: an address is `IP:PORT`, `localhost:PORT` or `unix:PATH`",
        ),
        ("", "`` is not an address: an address is `IP:PORT`, `localhost:PORT` or `unix:PATH`"),
    ] {
        assert_eq!(text.parse::<Address>().unwrap_err(), said);
    }
}
