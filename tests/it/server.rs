//! The server on real sockets: how many connections, and how it stops.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::TcpStream,
    os::unix::net::UnixStream,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use bytes::Bytes;
use flagstaff::server::{
    accept::{Entrance, Server},
    address::Address,
    answer::{Answer, Payload, Refusal},
    limits::Limits,
    listen::bind,
};
use hyper::{Request, Response};
use tokio::sync::oneshot;

use crate::running::{Echo, PATIENCE, Running, post, response, rest, wait_until};

/// A request that is the last on its connection.
const CLOSE: &str = "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

#[test]
fn a_panic_costs_one_answer() {
    let server = Running::new(Limits::default());
    let mut stream = server.connect();
    stream.write_all(b"GET /panic HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(response(&mut stream), "499 Defect");
    server.serves_others();
}

#[test]
fn more_connections_than_the_limit_are_refused_while_all_are_answered() {
    for threads in [1, 3] {
        let limits = Limits { connections: 5, ..Limits::default() };
        let server = Running::on_threads(&["127.0.0.1:0".parse().unwrap()], limits, threads);
        let mut busy: Vec<_> = (0..5).map(|_| server.connect()).collect();
        for stream in &mut busy {
            stream.write_all(b"GET /stream HTTP/1.1\r\n\r\n").unwrap();
            stream.read_exact(&mut [0; 100]).unwrap();
        }
        let answer = server.talk(post(1, "x"));
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
        busy.pop();
        let is_served = |_| server.talk(post(1, "x") + CLOSE).ends_with("GET /last 0");
        assert!(wait_until(is_served), "nobody has made room");
        busy[0].read_exact(&mut [0; 100]).unwrap();
    }
}

#[test]
fn who_sends_nothing_keeps_nobody_out() {
    let server = Running::new(Limits { connections: 20, ..Limits::default() });
    let mut silent: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for stream in &mut silent[10..] {
        stream.write_all(b"GET /slow HT").unwrap();
    }
    // Each of them may be about to send its request when it has just come.
    assert!(wait_until(|_| server.talk(CLOSE).ends_with("GET /last 0")));
    assert_eq!(rest(&mut silent[0]), "", "the oldest has made room");
}

#[test]
fn threads_share_what_comes_in() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flagstaff.sock");
    let addresses = ["127.0.0.1:0".parse().unwrap(), Address::Unix(path.clone())];
    let mut server = Running::on_threads(&addresses, Limits::default(), 3);
    let names = |streams: &mut [UnixStream]| {
        let name = |stream: &mut UnixStream| {
            stream.write_all(b"GET /thread HTTP/1.1\r\n\r\n").unwrap();
            response(stream)
        };
        streams.iter_mut().map(name).collect::<BTreeSet<_>>()
    };
    let mut unix: Vec<_> = (0..6).map(|_| UnixStream::connect(&path).unwrap()).collect();
    assert_eq!(names(&mut unix).len(), 3, "they take turns");
    let mut tcp: Vec<_> = (0..40).map(|_| server.connect()).collect();
    let mut seen = BTreeSet::new();
    for stream in &mut tcp {
        stream.write_all(b"GET /thread HTTP/1.1\r\n\r\n").unwrap();
        seen.insert(response(stream));
    }
    assert_eq!(seen.len(), 3, "the kernel shares them out");
    // All threads let what is in flight finish, and answer whoever came before the end.
    for stream in &mut tcp {
        stream.write_all(post(4, "ab").as_bytes()).unwrap();
    }
    let mut late: Vec<_> = (0..20).map(|_| server.connect()).collect();
    late.iter_mut().for_each(|stream| stream.write_all(post(1, "x").as_bytes()).unwrap());
    server.begin_stop();
    for stream in &mut late {
        assert_eq!(response(stream), "200 POST /p 1");
    }
    for stream in &mut tcp {
        stream.write_all(b"cd").unwrap();
        assert_eq!(response(stream), "200 POST /p 4");
    }
    drop(unix);
    assert!(server.stop() < PATIENCE / 2);
    assert!(!path.exists(), "the socket is left behind");
}

/// Answers once it may.
struct Held(Mutex<mpsc::Receiver<()>>);

impl Answer for Held {
    fn answer(&self, _: &Request<Bytes>) -> Response<Payload> {
        let _ = self.0.lock().unwrap().recv();
        Response::new(Payload::whole("at last"))
    }

    fn refuse(&self, request: &Request<Bytes>, _: Refusal) -> Response<Payload> {
        self.answer(request)
    }
}

#[test]
fn management_answers_while_evaluations_are_stuck() {
    let addresses: [Address; 1] = ["127.0.0.1:0".parse().unwrap()];
    let limits = Limits { connections: 2, ..Limits::default() };
    let mut server = Server::new(limits);
    let listen = |answer: Arc<dyn Answer>| {
        let listener = bind(&addresses, 1).unwrap().remove(0);
        let Address::Tcp(address) = listener.address else { panic!("not TCP") };
        (vec![(listener, answer)], address)
    };
    let (allow, allowed) = mpsc::channel();
    let (evaluations, address) = listen(Arc::new(Held(Mutex::new(allowed))));
    server.open(Entrance::for_evaluations(evaluations, 1, limits));
    let (management, management_address) = listen(Arc::new(Echo));
    server.open(Entrance::for_management(management, limits));
    let (stop, stopped) = oneshot::channel::<()>();
    let thread = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(server.run(async { drop(stopped.await) })).unwrap();
    });
    let mut stuck = TcpStream::connect(address).unwrap();
    stuck.write_all(post(1, "x").as_bytes()).unwrap();
    let slow: Vec<_> = (0..50)
        .map(|_| {
            let mut stream = TcpStream::connect(management_address).unwrap();
            stream.write_all(b"GET /slow HT").unwrap();
            stream
        })
        .collect();
    let ask = |_| {
        let mut probe = TcpStream::connect(management_address).unwrap();
        probe.set_read_timeout(Some(PATIENCE)).unwrap();
        let _ = probe.write_all(CLOSE.as_bytes());
        rest(&mut probe).ends_with("GET /last 0")
    };
    assert!(wait_until(ask), "management waits for evaluations or for slow heads");
    allow.send(()).unwrap();
    stuck.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(response(&mut stuck), "200 at last");
    drop((slow, stop));
    thread.join().unwrap();
}

#[test]
fn a_full_house_of_idle_clients_keeps_nobody_out() {
    let server = Running::new(Limits { connections: 50, ..Limits::default() });
    let mut idle: Vec<_> = (0..50).map(|_| server.connect()).collect();
    for stream in &mut idle {
        stream.write_all(post(1, "x").as_bytes()).unwrap();
        assert_eq!(response(stream), "200 POST /p 1");
    }
    for _ in 0..20 {
        let mut new = server.connect();
        new.write_all(post(1, "x").as_bytes()).unwrap();
        assert_eq!(response(&mut new), "200 POST /p 1");
        idle.push(new);
    }
    assert_eq!(rest(&mut idle[0]), "", "the oldest has made room");
    idle[69].write_all(post(1, "x").as_bytes()).unwrap();
    assert_eq!(response(&mut idle[69]), "200 POST /p 1");
}

#[test]
fn who_asked_for_the_head_of_a_stream_is_idle() {
    let server = Running::new(Limits { connections: 1, ..Limits::default() });
    let mut idle = server.connect();
    for _ in 0..2 {
        idle.write_all(b"HEAD /stream HTTP/1.1\r\n\r\n").unwrap();
        assert_eq!(response(&mut idle), "200 ");
    }
    server.serves_others();
    assert_eq!(rest(&mut idle), "", "it has made room");
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
