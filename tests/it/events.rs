//! The event streams, on real sockets.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    sync::Arc,
    time::{Duration, Instant},
};

use flagstaff::{
    api::{call::Options, clock_step::ClockWatch, events::StreamLimits, route::Route},
    snapshot::current::SnapshotCell,
};
use jiff::Timestamp;

use crate::{
    running::{PATIENCE, Running, response, wait_until},
    served::{ask, cell, route, shown, snapshot},
};

/// A server over a cell, with event streams.
fn serve(cell: &Arc<SnapshotCell>, pace: StreamLimits) -> Running {
    let options = Options { event_streams: Some(pace), ..Options::default() };
    Running::answering(Route::new(Arc::clone(cell), options, Timestamp::now))
}

/// An open event stream.
struct Stream(BufReader<TcpStream>);

impl Stream {
    fn open(server: &Running, last_id: Option<&str>) -> Self {
        let mut stream = server.connect();
        let last_id = last_id.map_or(String::new(), |id| format!("Last-Event-ID: {id}\r\n"));
        let head = format!("GET /ofrep/v1/events HTTP/1.1\r\nHost: x\r\n{last_id}\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut stream = Self(BufReader::new(stream));
        assert_eq!(stream.line(), "HTTP/1.1 200 OK");
        let head: Vec<_> =
            std::iter::repeat_with(|| stream.line()).take_while(|line| !line.is_empty()).collect();
        // Else what compresses on the way holds events back.
        assert!(head.contains(&"cache-control: no-store, no-transform".to_owned()), "{head:?}");
        stream
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// The next block: lines up to an empty one, without the framing of chunks.
    fn block(&mut self) -> String {
        let size = usize::from_str_radix(&self.line(), 16).unwrap();
        let mut block = vec![0; size];
        std::io::Read::read_exact(&mut self.0, &mut block).unwrap();
        assert_eq!(self.line(), "");
        String::from_utf8(block).unwrap()
    }
}

fn version(cell: &SnapshotCell) -> String {
    cell.load().as_deref().unwrap().definitions.version.to_string()
}

/// A snapshot loaded at a time.
fn swap(cell: &SnapshotCell, text: &str, loaded_at: Timestamp) {
    let mut snapshot = Arc::into_inner(snapshot(text)).unwrap();
    snapshot.loaded_at = loaded_at;
    let _ = cell.swap(Arc::new(snapshot));
}

const ONE: &str = "flags: { a: { enabled: true } }";
const TWO: &str = "flags: { a: { enabled: false } }";

fn long_ago() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

#[test]
fn a_new_version_is_told_once() {
    let cell = Arc::new(SnapshotCell::default());
    swap(&cell, ONE, long_ago());
    let server = serve(&cell, StreamLimits::default());
    let mut stream = Stream::open(&server, None);
    let one = version(&cell);
    assert_eq!(stream.block(), format!("retry: 1000\nid: {one}\n\n"));
    // The same version again is no news.
    swap(&cell, ONE, long_ago());
    swap(&cell, TWO, long_ago());
    let two = version(&cell);
    let event = format!(
        "id: {two}\nevent: message\n\
         data: {{\"type\":\"refetchEvaluation\",\"etag\":\"{two}\",\"lastModified\":1767225600}}\n\n"
    );
    assert_eq!(stream.block(), event);
    // Who says what it has seen is told only of what it has not.
    let mut knowing = Stream::open(&server, Some(&two));
    assert_eq!(knowing.block(), format!("retry: 1001\nid: {two}\n\n"));
    let mut behind = Stream::open(&server, Some(&one));
    assert_eq!(behind.block(), format!("retry: 1002\n{event}"));
    swap(&cell, ONE, Timestamp::now());
    for stream in [&mut stream, &mut knowing, &mut behind] {
        assert!(stream.block().starts_with(&format!("id: {one}\nevent: message\n")));
    }
    // It may have asked for its answers just before the change.
    let mut new = Stream::open(&server, None);
    assert!(new.block().starts_with(&format!("retry: 1003\nid: {one}\nevent: message\n")));
}

#[test]
fn an_instant_is_told_too() {
    let cell = Arc::new(SnapshotCell::default());
    let instant = Timestamp::now() + Duration::from_millis(700);
    let past = "2026-02-01T00:00:00Z";
    swap(
        &cell,
        &format!(
            "
segments:
  launched: [ {{ any: [ {{ attribute: now, operator: after, value: {instant} }} ] }} ]
flags:
  a: {{ enabled: true, targeting_rules: [ {{ segment: launched }} ] }}
  b:
    enabled: true
    targeting_rules: [ {{ not: {{ attribute: now, operator: before, value: {past} }} }} ]
"
        ),
        long_ago(),
    );
    let server = serve(&cell, StreamLimits::default());
    let version = version(&cell);
    let mut stream = Stream::open(&server, None);
    assert_eq!(stream.block(), format!("retry: 1000\nid: {version}@{past}\n\n"));
    let block = stream.block();
    assert!(block.starts_with(&format!("id: {version}@{instant}\nevent: message\n")), "{block}");
    assert!(instant <= Timestamp::now());
}

#[test]
fn a_silent_stream_says_that_it_is_there() {
    let cell = cell(ONE);
    let heartbeat = Duration::from_millis(50);
    let server = serve(&cell, StreamLimits { heartbeat, ..StreamLimits::default() });
    let mut stream = Stream::open(&server, Some(&version(&cell)));
    stream.block();
    for _ in 0..3 {
        assert_eq!(stream.block(), ":\n\n");
    }
}

/// Several replicas answer at one address, and each takes a change at a time of its own.
#[test]
fn a_change_is_told_again_for_those_who_have_asked_another_replica() {
    let cell = Arc::new(SnapshotCell::default());
    swap(&cell, ONE, long_ago());
    // With heartbeats that are further apart than this test waits: soon after the change.
    let server = serve(&cell, StreamLimits { heartbeat: PATIENCE * 10, ..StreamLimits::default() });
    let mut stream = Stream::open(&server, None);
    stream.block();
    swap(&cell, TWO, Timestamp::now());
    let event = stream.block();
    assert!(event.starts_with(&format!("id: {}\nevent: message\n", version(&cell))), "{event}");
    for _ in 0..2 {
        assert_eq!(stream.block(), event);
    }
    // Who comes back knowing it is told the next time, too.
    let mut knowing = Stream::open(&server, Some(&version(&cell)));
    assert_eq!(knowing.block(), format!("retry: 1001\nid: {}\n\n", version(&cell)));
    assert_eq!(knowing.block(), event);
}

#[test]
fn a_change_is_told_again_at_heartbeats_and_not_for_ever() {
    let cell = Arc::new(SnapshotCell::default());
    let heartbeat = Duration::from_millis(40);
    let server = serve(&cell, StreamLimits { heartbeat, ..StreamLimits::default() });
    swap(&cell, ONE, Timestamp::now() - Duration::from_millis(299_500));
    let mut stream = Stream::open(&server, Some(&version(&cell)));
    let id = format!("id: {}\n", version(&cell));
    assert_eq!(stream.block(), format!("retry: 1000\n{id}\n"));
    let mut blocks: Vec<_> = (0..40).map(|_| stream.block()).collect();
    let comments = blocks.split_off(blocks.iter().position(|block| block == ":\n\n").unwrap());
    assert!(!blocks.is_empty(), "five minutes are not over");
    assert!(blocks.iter().all(|block| block.starts_with(&format!("{id}event: message\n"))));
    assert!(comments.iter().all(|block| block == ":\n\n"), "{comments:?}");
    // An instant is a change like any other.
    let instant = Timestamp::now() + Duration::from_millis(300);
    let launch =
        format!("targeting_rules: [ {{ attribute: now, operator: after, value: {instant} }} ]");
    swap(&cell, &format!("flags: {{ a: {{ enabled: true, {launch} }} }}"), long_ago());
    let is_told =
        |block: &String| block.starts_with(&format!("id: {}@{instant}\nevent", version(&cell)));
    let told = (0..60).map(|_| stream.block()).filter(is_told).count();
    assert!(2 <= told, "{told}");
}

#[test]
fn many_are_told_one_after_the_other() {
    let cell = cell(ONE);
    let spread = Duration::from_millis(600);
    let server = serve(&cell, StreamLimits { streams: 30, spread, ..StreamLimits::default() });
    let id = version(&cell);
    let mut streams: Vec<_> = (0..30).map(|_| Stream::open(&server, Some(&id))).collect();
    for stream in &mut streams {
        stream.block();
    }
    let mut late = server.connect();
    late.write_all(b"GET /ofrep/v1/events HTTP/1.1\r\n\r\n").unwrap();
    assert!(response(&mut late).starts_with("503 "), "one too many");
    let start = Instant::now();
    swap(&cell, TWO, long_ago());
    streams[0].block();
    let first = start.elapsed();
    streams[29].block();
    let last = start.elapsed();
    assert!(Duration::from_millis(400) < last - first, "{first:?} {last:?}");
    assert!(last < PATIENCE / 2);
    // Who leaves makes room.
    streams.pop();
    let two = version(&cell);
    let finds_room = |_| {
        let mut stream = server.connect();
        let head = format!("GET /ofrep/v1/events HTTP/1.1\r\nLast-Event-ID: {two}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut status = [0; 12];
        std::io::Read::read_exact(&mut stream, &mut status).unwrap();
        status.ends_with(b"200")
    };
    assert!(wait_until(finds_room), "no room");
}

#[test]
fn they_are_offered_only_where_there_are_any() {
    let line = "POST /ofrep/v1/evaluate/flags";
    let flags = r#"{"flags":[{"key":"a","reason":"STATIC","variant":"enabled","value":true}]"#;
    let bulk = |options| {
        let text = shown(&ask(&route(ONE, options), line, &[], ""));
        text.split_once('\n').unwrap().1.to_owned()
    };
    assert_eq!(bulk(Options::default()), format!("{flags}}}"));
    let with = Options { event_streams: Some(StreamLimits::default()), ..Options::default() };
    assert_eq!(
        bulk(with),
        format!(
            "{flags},\"eventStreams\":[{{\"type\":\"sse\",\"endpoint\":{{\"requestUri\":\
             \"/ofrep/v1/events\"}}}}]}}"
        )
    );
    assert_eq!(
        shown(&ask(&route(ONE, Options::default()), "GET /ofrep/v1/events", &[], "")),
        "404\n{\"errorCode\":\"GENERAL\",\"errorDetails\":\"event streams are off; the option \
         `--event-streams` turns them on\"}"
    );
}

/// How far the clock of the next test is from the right one, in seconds.
static AHEAD: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(0);

fn set_clock() -> Timestamp {
    let ahead = AHEAD.load(std::sync::atomic::Ordering::SeqCst);
    Timestamp::now() + jiff::SignedDuration::from_secs(ahead)
}

#[test]
fn an_instant_that_was_jumped_over_is_told_when_the_clock_was_set() {
    let cell = Arc::new(SnapshotCell::default());
    let instant = Timestamp::now() + Duration::from_secs(3600);
    let launch = format!("{{ attribute: now, operator: after, value: {instant} }}");
    let flags = format!("flags: {{ a: {{ enabled: true, targeting_rules: [ {launch} ] }} }}");
    swap(&cell, &flags, long_ago());
    let pace = StreamLimits { heartbeat: Duration::from_secs(3600), ..StreamLimits::default() };
    let options = Options { event_streams: Some(pace), ..Options::default() };
    let server = Running::answering(Route::new(Arc::clone(&cell), options, set_clock));
    let version = version(&cell);
    let mut stream = Stream::open(&server, None);
    assert_eq!(stream.block(), format!("retry: 1000\nid: {version}\n\n"));
    // Forward, and back again.
    for (ahead, id) in [(3700, format!("{version}@{instant}")), (0, version.clone())] {
        AHEAD.store(ahead, std::sync::atomic::Ordering::SeqCst);
        cell.clock_was_set();
        let block = stream.block();
        assert!(block.starts_with(&format!("id: {id}\nevent: message\n")), "{block}");
    }
}

#[test]
fn a_clock_that_was_set_is_noticed() {
    let (wall, steady) = (long_ago(), Instant::now());
    let mut watch = ClockWatch::new(wall, steady);
    let mut was_set = |went: i64, passed: u64| {
        watch.was_set(
            wall + jiff::SignedDuration::from_millis(went),
            steady + Duration::from_millis(passed),
        )
    };
    assert!(!was_set(1000, 1000));
    assert!(!was_set(2200, 2000), "it is being drawn near");
    assert!(was_set(3500, 3000), "forward");
    assert!(!was_set(4500, 4000));
    assert!(was_set(-60_000, 5000), "back");
    assert!(!was_set(-59_000, 6000));
    assert!(was_set(3_600_000, 7000), "it was asleep");
}
