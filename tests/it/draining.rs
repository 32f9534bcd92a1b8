//! What clients that keep their connections see of a daemon that stops: nothing.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use rustix::process::Signal;

use crate::{
    client::Client,
    harness::{Daemon, Flags, flag},
    load::BODY,
};

const LINE: &str = "POST /ofrep/v1/evaluate/flags/a";
/// How many clients there are.
const CLIENTS: usize = 50;

/// What came of one client's requests.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    /// Answers before the one that was said to be the last.
    answers: usize,
    /// Why there is no other.
    cut_off: Option<String>,
}

/// Asks on one connection until an answer says that it is the last.
fn ask_until_told(client: &mut Client, asked: &AtomicUsize) -> Seen {
    let mut seen = Seen::default();
    loop {
        match client.ask(LINE, BODY) {
            Ok(reply) if reply.header("connection") == Some("close") => return seen,
            Ok(reply) => assert_eq!(reply.status, 200, "{reply:?}"),
            Err(error) => return Seen { cut_off: Some(error.to_string()), ..seen },
        }
        seen.answers += 1;
        asked.fetch_add(1, Ordering::Relaxed);
        thread::sleep(Duration::from_millis(2));
    }
}

/// Stops a daemon that clients ask all the time; each of them is told that an answer is the last.
fn stop_under_load(options: &[&str]) {
    let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
    let daemon = Daemon::with(flags.root(), options);
    let asked = AtomicUsize::new(0);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| daemon.client()).collect();
        let asked = &asked;
        let ask = |mut client| scope.spawn(move || ask_until_told(&mut client, asked));
        let clients: Vec<_> = clients.into_iter().map(ask).collect();
        daemon.wait("some answers", || CLIENTS * 2 < asked.load(Ordering::Relaxed));
        daemon.signal(Signal::TERM);
        for client in clients {
            let seen = client.join().unwrap();
            assert_eq!(seen.cut_off, None, "after {} answers", seen.answers);
        }
    });
    let (status, log) = daemon.ended();
    assert_eq!(status.code(), Some(0), "{log}");
}

#[test]
fn keep_alive_clients_are_told_during_the_delay() {
    stop_under_load(&["--drain-delay", "2"]);
}

#[test]
fn keep_alive_clients_are_told_without_a_delay() {
    stop_under_load(&[]);
}

#[test]
fn every_kind_of_answer_after_the_signal_is_the_last_of_its_connection() {
    let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
    let daemon = Daemon::with(flags.root(), &["--drain-delay", "600", "--event-streams"]);
    let ask = |client: &mut Client, line: &str, body: &str| {
        let head = format!("{line} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
        client.send(head + body).and_then(|()| client.reply()).unwrap()
    };
    let lines = [
        (LINE, BODY),
        ("POST /ofrep/v1/evaluate/flags", BODY),
        (LINE, "{"),
        ("POST /ofrep/v1/evaluate/flags/none", BODY),
        ("POST /flags/evaluate", "{}"),
        ("GET /nowhere", ""),
        ("DELETE /flags/a", ""),
        ("GET /livez", ""),
        ("GET /readyz", ""),
        ("OPTIONS /flags", ""),
        ("GET /ofrep/v1/events", ""),
    ];
    let mut kept = daemon.client();
    for (line, body) in &lines[..10] {
        let reply = ask(&mut kept, line, body);
        assert_eq!(reply.header("connection"), None, "{line}: {reply:?}");
    }
    daemon.signal(Signal::TERM);
    daemon.log_line("SIGTERM: stopping");
    let is_told = |client: &mut Client| {
        let reply = ask(client, "GET /readyz", "");
        (reply.status, reply.header("connection").map(str::to_owned))
    };
    daemon.wait("the end to be near", || is_told(&mut daemon.client()).0 == 503);
    assert_eq!(is_told(&mut kept), (503, Some("close".to_owned())), "a connection from before");
    assert!(kept.ask("GET /livez", "").is_err(), "it is closed");
    for (line, body) in lines {
        let reply = ask(&mut daemon.client(), line, body);
        assert_eq!(reply.header("connection"), Some("close"), "{line}: {reply:?}");
    }
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().0.code(), Some(1));
}
