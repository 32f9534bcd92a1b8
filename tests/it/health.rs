//! `flagstaff health`.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    os::unix::net::UnixListener,
    thread,
};

use insta::assert_snapshot;

use crate::{harness::Flags, program::run};

/// What it says of a daemon that answers so.
fn health(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let daemon = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        while !lines.next().unwrap().unwrap().is_empty() {}
        stream.write_all(answer.as_bytes()).unwrap();
        first
    });
    let said = run(&Flags::new(), &["health", "--address", &address]);
    assert_eq!(daemon.join().unwrap(), "GET /readyz HTTP/1.1");
    said
}

#[test]
fn ready_or_not() {
    let ready = "HTTP/1.1 200 OK\r\ncontent-length: 18\r\n\r\n{\"status\":\"ready\"}";
    assert_snapshot!(health(ready), @r"
    ready
    --- exit 0
    ");
    let starting = "HTTP/1.1 503 Service Unavailable\r\n\r\n{\"errorCode\":\"PROVIDER_NOT_READY\",\
        \"errorDetails\":\"the definitions have not been read yet\",\"diagnostics\":[]}";
    assert_snapshot!(health(starting), @r"
    --- stderr
    error: the daemon is not ready: the definitions have not been read yet
    --- exit 1
    ");
    assert_snapshot!(health("HTTP/1.1 404 Not Found\r\n\r\n"), @r"
    --- stderr
    error: the daemon is not ready: it answered with status 404
    --- exit 1
    ");
    assert_snapshot!(health("SSH-2.0-x\r\n"), @r"
    --- stderr
    error: the daemon is not ready: what answers does not speak HTTP/1.1
    --- exit 1
    ");
    assert_snapshot!(health(""), @r"
    --- stderr
    error: the daemon is not ready: what answers does not speak HTTP/1.1
    --- exit 1
    ");
}

#[test]
fn a_unix_socket() {
    let flags = Flags::new();
    let listener = UnixListener::bind(flags.path("socket")).unwrap();
    let daemon = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        while !lines.next().unwrap().unwrap().is_empty() {}
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
    });
    assert_snapshot!(run(&flags, &["health", "--address", "unix:socket"]), @r"
    ready
    --- exit 0
    ");
    daemon.join().unwrap();
}

#[test]
fn nobody_there() {
    // Nothing listens on the port that once multiplexed all others.
    assert_snapshot!(run(&Flags::new(), &["health", "--address", "127.0.0.1:1"]), @r"
    --- stderr
    error: no daemon answers at 127.0.0.1:1: Connection refused (os error 111)
    --- exit 1
    ");
    assert_snapshot!(run(&Flags::new(), &["health", "--address", "unix:nowhere"]), @r"
    --- stderr
    error: no daemon answers at unix:nowhere: No such file or directory (os error 2)
    --- exit 1
    ");
    assert_snapshot!(run(&Flags::new(), &["health", "--address", "8016"]), @r"
    --- stderr
    error: invalid value '8016' for '--address <ADDRESS>': `8016` names no address: write `127.0.0.1:8016` for this machine only, or `0.0.0.0:8016` for all who can reach it

    For more information, try '--help'.
    --- exit 2
    ");
}
