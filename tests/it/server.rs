//! The server on real sockets: how many connections, and how it stops.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use flagstaff::http::limits::Limits;

use crate::running::{PATIENCE, Running, post, response, rest, wait_until};

#[test]
fn a_panic_costs_one_answer() {
    let server = Running::new(Limits::default());
    let mut stream = server.connect();
    stream.write_all(b"GET /panic HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(response(&mut stream), "499 Defect");
    server.serves_others();
}

#[test]
fn more_connections_than_the_limit_wait_for_those_that_are_busy() {
    let server = Running::new(Limits { connections: 5, ..Limits::default() });
    let mut busy: Vec<_> = (0..5).map(|_| server.connect()).collect();
    for stream in &mut busy {
        stream.write_all(post(2, "x").as_bytes()).unwrap();
    }
    let mut waiting = server.connect();
    waiting.write_all(post(1, "x").as_bytes()).unwrap();
    waiting.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(waiting.read(&mut [0]).is_err());
    waiting.set_read_timeout(Some(PATIENCE)).unwrap();
    busy[3].write_all(b"y").unwrap();
    assert_eq!(response(&mut busy[3]), "200 POST /p 2");
    assert_eq!(response(&mut waiting), "200 POST /p 1");
    assert_eq!(rest(&mut busy[3]), "", "it is idle and makes room");
    busy[0].write_all(b"y").unwrap();
    assert_eq!(response(&mut busy[0]), "200 POST /p 2");
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
