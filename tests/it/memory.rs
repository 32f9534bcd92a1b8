//! What requests hold in memory, all together, on real sockets.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    sync::Arc,
    thread,
    time::Duration,
};

use bytes::Bytes;
use flagstaff::server::{
    account::{Account, Claim, Shared, counted},
    limits::Limits,
};

use crate::running::{LARGE_SIZE_BYTES, Running, brief, post, response, rest, wait_until};

const MIB: usize = 1 << 20;
/// What a connection takes that waits for a body, beside the body, and a little more.
const BUFFERS_SIZE_BYTES: usize = 34 << 10;

#[test]
fn the_last_of_the_account_is_for_what_takes_little() {
    let account = Account::new(800);
    assert!(account.take(400, Claim::Large) && !account.take(1, Claim::Large));
    assert!(account.take(200, Claim::Answer) && !account.take(1, Claim::Answer));
    assert!(account.take(50, Claim::Waiting) && !account.take(1, Claim::Waiting));
    assert!(account.take(50, Claim::Small) && !account.take(1, Claim::Small));
    assert!(account.take(100, Claim::Management) && !account.take(1, Claim::Management));
    account.give(800);
    assert_eq!(account.taken_bytes(), 0, "what was refused is not taken");
}

#[test]
fn answers_are_on_the_account_until_they_are_sent() {
    let account = Arc::new(Account::new(1000));
    let answer = counted(Bytes::from(vec![0; 700]), &account, || false).unwrap();
    let part = answer.slice(10..20);
    assert!(counted(Bytes::from(vec![0; 100]), &account, || false).is_none());
    let room_of_others = counted(Bytes::from(vec![0; 100]), &account, || true).unwrap();
    drop(room_of_others);
    drop(answer);
    assert_eq!(account.taken_bytes(), 700, "a part of it is held");
    drop(part);
    let shared = Shared::new(vec![0; 700]);
    let readers: Vec<Bytes> = (0..10)
        .map(|_| {
            assert!(shared.is_counted(&account), "it is counted once");
            shared.bytes()
        })
        .collect();
    let weak = shared.downgrade();
    drop(shared);
    assert!(weak.upgrade().is_some_and(|again| again.bytes() == readers[0]));
    drop(readers);
    assert!(weak.upgrade().is_none() && account.taken_bytes() == 0, "nobody else keeps it");
}

#[test]
fn the_largest_unfinished_body_goes_first_and_small_ones_do_not_wait() {
    // Room for the bodies, and for the buffers of nine connections.
    let request_memory_bytes = MIB + MIB / 2 + 9 * BUFFERS_SIZE_BYTES;
    let limits = Limits { body_size_bytes: MIB, request_memory_bytes, ..Limits::default() };
    let server = Running::new(limits);
    // Announcing takes no room, sending does.
    let mut announced: Vec<_> = (0..3).map(|_| server.connect()).collect();
    for stream in &mut announced {
        stream.write_all(post(MIB, "").as_bytes()).unwrap();
    }
    let begin = |size: usize| {
        let mut stream = server.connect();
        stream.write_all(post(size, &"x".repeat(size - 1)).as_bytes()).unwrap();
        stream
    };
    let mut largest = begin(300_000);
    thread::sleep(Duration::from_millis(50));
    let mut others: Vec<_> = (0..3).map(|_| begin(200_000)).collect();
    assert_eq!(response(&mut largest), "499 MemoryFull");
    for _ in 0..20 {
        let mut small = server.connect();
        small.write_all(post(10_000, &"x".repeat(5_000)).as_bytes()).unwrap();
        thread::sleep(Duration::from_millis(1));
        small.write_all(&[b'x'; 5_000]).unwrap();
        assert_eq!(response(&mut small), "200 POST /p 10000");
    }
    for stream in &mut others {
        stream.write_all(b"y").unwrap();
    }
    let answers: Vec<String> = others.iter_mut().map(response).collect();
    let fine = answers.iter().filter(|answer| *answer == "200 POST /p 200000").count();
    assert_eq!(fine, 3, "{answers:?}");
    // What was held is given back.
    let mut again = begin(500_000);
    again.write_all(b"y").unwrap();
    assert_eq!(response(&mut again), "200 POST /p 500000");
}

#[test]
fn many_small_bodies_that_do_not_arrive_keep_nobody_out() {
    let server = Running::new(Limits { request_memory_bytes: MIB, ..Limits::default() });
    let mut held = server.connect();
    for size in [9_999, 100] {
        let mut unfinished: Vec<_> = (0..100).map(|_| server.connect()).collect();
        for stream in &mut unfinished {
            // Who is refused is closed meanwhile.
            let _ = stream.write_all(post(10_000, &"x".repeat(size)).as_bytes());
            server.serves_others();
            held.write_all(post(3, "abc").as_bytes()).unwrap();
            assert_eq!(response(&mut held), "200 POST /p 3");
        }
    }
}

#[test]
fn answers_come_before_bodies_that_do_not_arrive() {
    let request_memory_bytes = 16 * MIB;
    let server = Running::new(Limits { request_memory_bytes, ..Limits::default() });
    let begin = || {
        let mut stream = server.connect();
        // Who is refused is closed meanwhile.
        let _ = stream.write_all(post(10_000, "x").as_bytes());
        stream
    };
    let _unfinished: Vec<_> = (0..500).map(|_| begin()).collect();
    let all = server.talk("GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(all.starts_with("HTTP/1.1 200 ") && LARGE_SIZE_BYTES <= all.len());
}

#[test]
fn the_rest_of_a_head_is_waited_for_without_buffers() {
    let server = Running::new(Limits { request_memory_bytes: MIB, ..Limits::default() });
    let mut all: Vec<_> = (0..100).map(|_| server.connect()).collect();
    // There are not buffers for all of them at once.
    let begin = format!("GET /p HTTP/1.1\r\nX: {}", "x".repeat(5_000));
    for stream in &mut all {
        stream.write_all(post(0, "").as_bytes()).unwrap();
        assert_eq!(response(stream), "200 POST /p 0");
        stream.write_all(begin.as_bytes()).unwrap();
    }
    for stream in &mut all {
        for piece in ["\r", "\n\r", "\n"] {
            stream.write_all(piece.as_bytes()).unwrap();
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(response(stream), "200 GET /p 0");
    }
}

#[test]
fn requests_in_pieces_are_the_same_as_in_one() {
    let server = Running::new(Limits::default());
    let whole = format!("\r\n\r\n{}\r\n{}", post(3, "abc"), post(2, "de").replace("\r\n", "\n"));
    for size in [1, 2, 3, 7, 50] {
        let mut stream = server.connect();
        stream.set_nodelay(true).unwrap();
        for piece in whole.as_bytes().chunks(size) {
            stream.write_all(piece).unwrap();
            thread::sleep(Duration::from_micros(200));
        }
        assert_eq!(response(&mut stream), "200 POST /p 3", "{size}");
        assert_eq!(response(&mut stream), "200 POST /p 2", "{size}");
        // No method begins like that, so there is nothing to wait for.
        stream.write_all(b"\x16\x03\x01").unwrap();
        assert!(rest(&mut stream).starts_with("HTTP/1.1 400"), "{size}");
    }
}

#[test]
fn large_heads_hold_no_more_than_there_is() {
    let server = Running::new(Limits { request_memory_bytes: MIB, ..Limits::default() });
    let head = format!("GET /p HTTP/1.1\r\nX: {}", "x".repeat(50_000));
    let mut unfinished: Vec<TcpStream> = (0..60)
        .map(|_| {
            let mut stream = server.connect();
            // Who finds no room is told so and closed before all of it is sent.
            let _ = stream.write_all(head.as_bytes());
            stream
        })
        .collect();
    assert!(wait_until(|_| {
        let closed = unfinished.iter().filter(|stream| is_closed(stream)).count();
        45 <= closed
    }));
    server.serves_others();
    // A head that takes several reads to arrive is not complete for that long, and may be refused
    // like the others; who asks again is answered.
    let is_answered = || {
        let mut whole = server.connect();
        let sent = whole.write_all(format!("{head}\r\n\r\n").as_bytes());
        sent.is_ok() && response(&mut whole) == "200 GET /p 0"
    };
    let are_answered = || (0..100).filter(|_| is_answered()).take(3).count() == 3;
    assert!(are_answered());
    unfinished.clear();
    // By then it has noticed that they are gone.
    assert!(are_answered());
    // Idle connections keep nothing of the heads that they have sent.
    let mut idle: Vec<TcpStream> = (0..40).map(|_| server.connect()).collect();
    for stream in &mut idle {
        let sent = stream.write_all(format!("{head}\r\n\r\n").as_bytes());
        assert!(sent.is_ok() && response(stream) == "200 GET /p 0");
    }
}

/// Whether the other end has closed it, with or without a word.
fn is_closed(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let mut stream = stream;
    let read = stream.read(&mut [0; 1000]);
    !read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

#[test]
fn answers_that_find_no_room_are_refused() {
    let server = Running::new(Limits { request_memory_bytes: 32 * MIB, ..Limits::default() });
    let ask = || {
        let mut stream = server.connect();
        stream.write_all(b"GET /large HTTP/1.1\r\nConnection: close\r\n\r\n").unwrap();
        stream
    };
    let mut beginning = [0; 12];
    let mut unread: Vec<TcpStream> = (0..2).map(|_| ask()).collect();
    for stream in &mut unread {
        stream.read_exact(&mut beginning).unwrap();
        assert_eq!(&beginning, b"HTTP/1.1 200");
    }
    let refused = rest(&mut ask());
    assert!(refused.starts_with("HTTP/1.1 499 ") && refused.ends_with("MemoryFull"), "{refused}");
    server.serves_others();
    drop(unread);
    assert!(wait_until(|_| LARGE_SIZE_BYTES <= rest(&mut ask()).len()), "it stays on the account");
}

#[test]
fn slow_readers_that_are_steady_get_it_all_and_others_do_not() {
    let fetch = |limits: Limits, pause: Duration| {
        let server = Running::new(limits);
        let mut stream = server.connect();
        stream.write_all(b"GET /large HTTP/1.1\r\nConnection: close\r\n\r\n").unwrap();
        let (mut piece, mut all) = (vec![0; 256 << 10], 0);
        while let Ok(count @ 1..) = stream.read(&mut piece) {
            all += count;
            thread::sleep(pause);
        }
        LARGE_SIZE_BYTES <= all
    };
    // Longer than the longest pause, all in all.
    assert!(fetch(brief(), Duration::from_millis(10)));
    let demanding = Limits { transfer_rate: 1 << 40, ..brief() };
    assert!(!fetch(demanding, Duration::from_millis(50)), "progress is measured in bytes");
}

#[test]
fn bodies_that_pause_for_too_long() {
    let limits =
        Limits { body_pause: Duration::from_millis(300), transfer_rate: 1000, ..Limits::default() };
    let server = Running::new(limits);
    let send = |bytes: &'static [u8]| {
        let mut stream = server.connect();
        stream.write_all(post(5000, "").as_bytes()).unwrap();
        for _ in 0..5000 / bytes.len() {
            if stream.write_all(bytes).is_err() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
        response(&mut stream)
    };
    assert_eq!(send(&[b'x'; 100]), "200 POST /p 5000", "it takes longer than a pause may");
    assert_eq!(send(b"x"), "499 BodyTooSlow");
}
