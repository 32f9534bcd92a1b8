//! Admission and observers: who is let in by the head alone, and what is told of it.

use std::{
    collections::BTreeMap,
    io::Write,
    net::Shutdown,
    sync::{Arc, Mutex, mpsc},
    thread,
};

use bytes::Bytes;
use flagstaff::{
    reload::{
        loader::ReloadOptions,
        observer::{Look, ReloadObserver},
        outcome::Outcome,
        reloader::Reloader,
    },
    server::{
        accept::{Entrance, Server},
        address::Address,
        answer::{Answer, Payload, Refusal},
        limits::Limits,
        listen::bind,
        observer::{Answered, Event, RequestObserver},
    },
    snapshot::current::SnapshotCell,
    source::read::SourceOptions,
};
use hyper::{Request, Response, StatusCode};
use tokio::sync::oneshot;

use crate::{
    harness::{Flags, flag},
    running::{PATIENCE, Running, response, wait_until},
};

/// Lets nobody in who does not say the word. `/panic` panics in the doorway, `/defect` later.
struct Doorman;

impl Answer for Doorman {
    fn objection(&self, head: &Request<()>) -> Option<Response<Payload>> {
        assert_ne!(head.uri().path(), "/panic", "as asked");
        if head.headers().contains_key("word") {
            return None;
        }
        let mut response = Response::new(Payload::whole("say the word"));
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        Some(response)
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Payload> {
        assert_ne!(request.uri().path(), "/defect", "as asked");
        Response::new(Payload::whole(format!("welcome with {}", request.body().len())))
    }

    fn refuse(&self, _: &Request<Bytes>, refusal: Refusal) -> Response<Payload> {
        let mut response = Response::new(Payload::whole(format!("{refusal:?}")));
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        response
    }
}

fn ask(head: &str, body: &str) -> String {
    let server = Running::answering(Doorman);
    let mut stream = server.connect();
    stream.write_all(format!("POST {head}\r\nHost: x\r\n\r\n{body}").as_bytes()).unwrap();
    response(&mut stream)
}

#[test]
fn who_is_not_let_in_hears_so_before_the_body_is_read() {
    // None of these bodies ever comes.
    for size in [9, 99_999_999] {
        let head = format!("/ HTTP/1.1\r\nContent-Length: {size}\r\nExpect: 100-continue");
        assert_eq!(ask(&head, ""), "401 say the word");
    }
    // This one is dropped, and the connection goes on.
    let server = Running::answering(Doorman);
    let mut stream = server.connect();
    for (word, expected) in [("", "401 say the word"), ("Word: it\r\n", "200 welcome with 3")] {
        let head = format!("POST / HTTP/1.1\r\nHost: x\r\n{word}Content-Length: 3\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        thread::sleep(std::time::Duration::from_millis(20));
        stream.write_all(b"abc").unwrap();
        assert_eq!(response(&mut stream), expected);
    }
    // What comes late, or never, is not waited for longer than any body.
    let limits = crate::running::brief();
    let server = Running::answering_within(limits, Doorman);
    let mut stream = server.connect();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na").unwrap();
    assert_eq!(response(&mut stream), "401 say the word");
    assert_eq!(ask("/panic HTTP/1.1\r\nContent-Length: 1", "a"), "418 Defect");
}

/// Notes what it hears.
#[derive(Default)]
struct Notes(Mutex<BTreeMap<String, usize>>);

impl Notes {
    fn note(&self, what: String) {
        *self.0.lock().unwrap().entry(what).or_default() += 1;
    }

    fn all(&self) -> String {
        let notes = self.0.lock().unwrap();
        notes.iter().map(|(what, count)| format!("{count} × {what}\n")).collect()
    }
}

impl RequestObserver for Notes {
    fn answered(&self, answered: &Answered<'_>) {
        assert!(answered.took < PATIENCE);
        let path = answered.request.uri().path();
        let (status, refusal) = (answered.status.as_u16(), answered.refusal);
        self.note(format!("{path} {status} {refusal:?}"));
    }

    fn noticed(&self, event: &Event<'_>) {
        match event {
            Event::RoundMade(_) => {}
            event => self.note(format!("{event:?}")),
        }
    }
}

#[test]
fn every_answer_and_every_connection_is_told_of_once() {
    let notes = [Arc::new(Notes::default()), Arc::new(Notes::default())];
    let limits = Limits { connections: 1, body_size_bytes: 4, ..Limits::default() };
    let listener = bind(&["127.0.0.1:0".parse().unwrap()], 1).unwrap().remove(0);
    let Address::Tcp(address) = listener.address else { panic!("not TCP") };
    let doors = vec![(listener, Arc::new(Doorman) as Arc<dyn Answer>)];
    let mut server = Server::new(limits);
    for notes in &notes {
        server.observe(notes.clone());
    }
    server.open(Entrance::for_evaluations(doors, 1, limits));
    let (stop, stopped) = oneshot::channel::<()>();
    let thread = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(server.run(async { drop(stopped.await) })).unwrap();
    });
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    for (head, body) in [
        ("/a HTTP/1.1\r\nWord: it\r\nContent-Length: 1", "a"),
        ("/a HTTP/1.1\r\nContent-Length: 1", "a"),
        ("/a HTTP/1.1\r\nWord: it\r\nContent-Length: 5", "abcde"),
        ("/panic HTTP/1.1", ""),
        ("/defect HTTP/1.1\r\nWord: it", ""),
    ] {
        stream.write_all(format!("POST {head}\r\nHost: x\r\n\r\n{body}").as_bytes()).unwrap();
        response(&mut stream);
    }
    // Takes the place of the first, which is idle.
    let second = std::net::TcpStream::connect(address).unwrap();
    assert!(wait_until(|_| notes[0].all().contains("Closed")));
    second.shutdown(Shutdown::Both).unwrap();
    drop(stop);
    thread.join().unwrap();
    let expected = "1 × /a 200 None\n\
                    1 × /a 401 None\n\
                    1 × /a 418 Some(BodyTooLarge(4))\n\
                    1 × /defect 418 Some(Defect)\n\
                    1 × /panic 418 Some(Defect)\n\
                    2 × Closed(\"evaluations\")\n\
                    2 × Opened(\"evaluations\")\n\
                    1 × Spared(1)\n";
    for notes in &notes {
        assert_eq!(notes.all(), expected);
    }
}

/// Passes on what it hears of looks.
struct Herald(mpsc::Sender<Look>);

impl ReloadObserver for Herald {
    fn looked(&mut self, look: &Look) {
        let _ = self.0.send(look.clone());
    }
}

#[test]
fn every_look_is_told_of_once_to_each() {
    let flags = Flags::with([("flags/a.yaml", &flag("a", "one"))]);
    let cell = Arc::new(SnapshotCell::default());
    let source = SourceOptions { roots: vec![flags.path("flags")], exclude: Vec::new() };
    let options = ReloadOptions { source, ..ReloadOptions::default() };
    let (tell, told) = mpsc::channel();
    let (tell_another, told_another) = mpsc::channel();
    let observers: Vec<Box<dyn ReloadObserver>> =
        vec![Box::new(Herald(tell)), Box::new(Herald(tell_another))];
    let reloader = Reloader::start(options, cell.clone(), observers).unwrap();
    let next = |is_meant: fn(&Outcome) -> bool| {
        let mut told = std::iter::from_fn(|| told.recv_timeout(PATIENCE).ok());
        told.find(|look| is_meant(&look.outcome)).expect("nobody tells of it")
    };
    let first = next(|outcome| matches!(outcome, Outcome::Swapped(_)));
    assert!(!first.was_asked && !first.took.compiling.is_zero());
    // Once there is something to hear of it, it is served.
    assert!(cell.load().is_some());
    next(|outcome| matches!(outcome, Outcome::Unchanged));
    let written = std::time::Instant::now();
    flags.write("flags/a.yaml", flag("a", "two"));
    let second = next(|outcome| matches!(outcome, Outcome::Swapped(_)));
    assert!(second.since_first_seen <= written.elapsed() && !second.took.preparing.is_zero());
    assert!(second.took.preparing < second.since_first_seen);
    flags.write("flags/a.yaml", "flags: 1");
    next(|outcome| matches!(outcome, Outcome::Rejected(_)));
    assert!(reloader.reread());
    let mut told = std::iter::from_fn(|| told.recv_timeout(PATIENCE).ok());
    assert!(told.any(|look| look.was_asked && matches!(look.outcome, Outcome::Rejected(_))));
    drop(reloader);
    assert!(4 < told_another.try_iter().count());
}
