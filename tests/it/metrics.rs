//! Metrics: what is counted, and what is said of it.

use std::{
    collections::BTreeSet,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use flagstaff::{
    api::{
        call::Options,
        request_counter::endpoint_index,
        route::{ENDPOINTS, Route, endpoint_names},
        scrape::form,
    },
    metrics::{
        cells::Histogram,
        exposition::{SCRAPE_SIZE_BYTES, TextFormat},
        record::{Metrics, STATUSES},
    },
    server::{
        answer::{NextPiece, Payload, Pieces, Refusal},
        limits::Limits,
        observer::Event,
    },
    snapshot::{
        current::{Snapshot, SnapshotCell},
        usage::FlagUsage,
    },
};
use hyper::{HeaderMap, Method, Request, Response, StatusCode, header::ACCEPT};
use insta::assert_snapshot;

use crate::{
    compile::gate,
    running::Running,
    served::{ask, noon},
};

/// A snapshot of these definitions that counts, after another.
fn counting(text: &str, previous: Option<&Snapshot>, series_max: usize) -> Arc<Snapshot> {
    let compilation = gate(&[("flags/a.yaml", text)]);
    let found = (compilation.diagnostics, compilation.paths);
    let definitions = compilation.definitions.expect("no errors");
    let snapshot = Snapshot::new(definitions, found, Some("0123abc".into()), noon(), [0; 32]);
    Arc::new(snapshot.counting(previous, series_max))
}

fn series(usage: &FlagUsage) -> String {
    let series = usage.series_from(0).map(|series| {
        format!("{}/{}={}", series.key, series.variant.as_deref().unwrap_or(""), series.count())
    });
    series.collect::<Vec<_>>().join(" ")
}

/// A route over a cell, and what it counts.
fn counted(snapshot: Arc<Snapshot>) -> (Route, Arc<Metrics>, Arc<SnapshotCell>) {
    let cell = Arc::new(SnapshotCell::default());
    drop(cell.swap(snapshot));
    let metrics = Arc::<Metrics>::default();
    let options = Options { metrics: Arc::clone(&metrics), ..Options::default() };
    (Route::new(Arc::clone(&cell), options, noon), metrics, cell)
}

/// The pieces of a stream that never waits.
fn pieces(response: Response<Payload>) -> Vec<String> {
    let Payload::Stream(mut stream) = response.into_body() else { panic!("no stream") };
    let mut context = Context::from_waker(Waker::noop());
    let mut pieces = Vec::new();
    while let Poll::Ready(Some(piece)) = stream.poll_next(&mut context) {
        pieces.push(String::from_utf8(piece.to_vec()).unwrap());
    }
    pieces
}

fn scraped(route: &Route, accept: &str) -> String {
    pieces(ask(route, "GET /metrics", &[("accept", accept)], "")).concat()
}

/// The samples of a text, sorted, with their labels in order and the bounds of buckets as numbers.
fn samples(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let sorted = lines.map(|line| {
        let Some((name, rest)) = line.split_once('{') else { return line.to_owned() };
        let (labels, value) = rest.rsplit_once('}').unwrap();
        let mut labels: Vec<_> = labels.split("\",").map(|label| label.trim_matches('"')).collect();
        labels.sort_unstable();
        let number = |label: &str| match label.strip_prefix("le=\"") {
            Some(bound) => format!("le={}", bound.parse::<f64>().unwrap()),
            None => label.to_owned(),
        };
        let labels: Vec<_> = labels.into_iter().map(number).collect();
        format!("{name}{labels:?}{value}")
    });
    sorted.collect()
}

const SPLIT: &str = "
  split:
    variants: { a: 1, b: 2 }
    enabled: true
    default: { split: [{ variant: a, percentage: 50 }, { variant: b, percentage: 50 }] }
    off_variant: a
";

#[test]
fn a_flag_that_survives_keeps_its_counts() {
    let first = format!("flags:\n  kept: {{ enabled: true }}\n  gone: {{ enabled: true }}{SPLIT}");
    let first = counting(&first, None, 2000);
    let (route, _, cell) = counted(first.clone());
    let evaluate = |key: &str| {
        ask(&route, &format!("POST /ofrep/v1/evaluate/flags/{key}"), &[], "{}").status().as_u16()
    };
    let rest = |key: &str| ask(&route, &format!("POST /flags/evaluate/{key}"), &[], "{}").status();
    assert_eq!((evaluate("kept"), evaluate("gone")), (200, 200));
    assert_eq!((evaluate("split"), evaluate("nobody")), (400, 404));
    assert_eq!((rest("kept"), rest("nobody")), (StatusCode::OK, StatusCode::OK));
    // Who asks why takes no answer.
    assert_eq!(rest("kept?explain"), StatusCode::OK);
    let counts = "gone/enabled=1 gone/disabled=0 kept/enabled=2 kept/disabled=0 split/a=0 \
                  split/b=0 split/=1 _other/=0 _unknown/=2";
    assert_eq!(series(first.usage()), counts);
    let second =
        "flags:\n  kept: { enabled: true, rollout_percentage: 50 }\n  new: { enabled: true }";
    let second = counting(second, Some(&first), 2000);
    // Whoever still answers from the old snapshot counts in the new one.
    assert_eq!(evaluate("kept"), 200);
    drop(cell.swap(second.clone()));
    assert_eq!(evaluate("new"), 200);
    let counts = "kept/enabled=3 kept/disabled=0 kept/=0 new/enabled=1 new/disabled=0 _other/=0 \
                  _unknown/=2";
    assert_eq!(series(second.usage()), counts);
}

#[test]
fn series_have_a_bound_and_those_that_are_there_stay() {
    let first = counting("flags:\n  m: { enabled: true }\n  n: { enabled: true }", None, 4);
    let (route, ..) = counted(first.clone());
    ask(&route, "POST /ofrep/v1/evaluate/flags/n", &[], "{}");
    let more = "flags:\n  a: { enabled: true }\n  n: { enabled: true }\n  o: { enabled: true }\n  \
                _other: { enabled: true }\n  _unknown: { enabled: true }";
    let second = counting(more, Some(&first), 5);
    let (route, ..) = counted(second.clone());
    for key in ["a", "n", "o", "_other", "_unknown"] {
        ask(&route, &format!("POST /ofrep/v1/evaluate/flags/{key}"), &[], "{}");
    }
    let counts = "n/enabled=2 n/disabled=0 a/enabled=1 a/disabled=0 _other/=3 _unknown/=0";
    assert_eq!(series(second.usage()), counts);
    assert_eq!(second.usage().len(), 4);
    let none = counting(more, Some(&second), 0);
    assert!(none.usage().is_empty());
    assert_eq!(series(none.usage()), "_other/=3 _unknown/=0");
}

#[test]
fn to_count_allocates_nothing() {
    let snapshot = counting("flags: { a: { enabled: true } }", None, 2000);
    let metrics = Metrics::default();
    let flag = snapshot.definitions.flag_set.find("a").unwrap();
    let resolved = flagstaff::engine::resolve::resolve_flag(
        &snapshot.definitions.flag_set,
        flag,
        &Default::default(),
        noon(),
    );
    let resolution = resolved.unwrap();
    let counts = allocation_counter::measure(|| {
        let index = flagstaff::engine::condition::FlagIndex(0);
        let variant = resolution.variant.and_then(|variant| flag.index_of(variant));
        snapshot.usage().count(index, variant);
        metrics.count_reason(resolution.reason);
        let endpoint = endpoint_index(&Method::POST, "/ofrep/v1/evaluate/flags/a");
        metrics.count_request(endpoint, StatusCode::OK, Duration::from_micros(3));
    });
    assert_eq!(counts.count_total, 0);
    assert_eq!(series(snapshot.usage()), "a/enabled=1 a/disabled=0 _other/=0 _unknown/=0");
}

#[test]
fn a_duration_is_counted_up_to_its_bound() {
    static BOUNDS: [u64; 2] = [1_000, 2_000];
    let histogram = Histogram::new(&BOUNDS);
    for nanos in [0, 1_000, 1_001, 2_000, 2_001, u64::MAX] {
        histogram.observe(Duration::from_nanos(nanos.min(1 << 60)));
    }
    let measured = histogram.measured();
    assert_eq!(measured.buckets, [(1e-6, 2), (2e-6, 2), (f64::INFINITY, 2)]);
    assert_eq!(measured.count, 6);
    assert!((measured.sum - (1_u64 << 60) as f64 / 1e9).abs() < 1.0, "{}", measured.sum);
}

/// What endpoint requests count for: the same that answers them.
#[test]
fn every_request_counts_for_the_endpoint_that_answers_it() {
    for (index, endpoint) in ENDPOINTS.iter().enumerate() {
        let path = endpoint.path.replace("{key}", "some/key");
        for path in [path.clone(), format!("{path}/")] {
            assert_eq!(endpoint_index(&endpoint.method, &path), Some(index), "{path}");
        }
        assert_eq!(endpoint_names(index), Some((endpoint.method.as_str(), endpoint.path)));
    }
    assert_eq!(endpoint_names(ENDPOINTS.len()), None);
    let head = endpoint_index(&Method::HEAD, "/livez");
    assert!(head.is_some() && head == endpoint_index(&Method::GET, "/livez"));
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/ofrep/v1/evaluate/flags/a"),
        // Never the flag `evaluate/a`.
        (Method::GET, "/flags/evaluate/a"),
        (Method::OPTIONS, "/livez"),
    ] {
        assert_eq!(endpoint_index(&method, path), None, "{method} {path}");
    }
}

#[test]
fn the_form_is_the_one_that_is_wanted_most() {
    let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,\
                      application/openmetrics-text;version=0.0.1;q=0.4,\
                      text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
    for (accept, expected) in [
        (&[prometheus][..], TextFormat::OpenMetrics),
        (&["application/openmetrics-text"], TextFormat::OpenMetrics),
        (&["Application/OpenMetrics-Text; Version=\"1.0.0\""], TextFormat::OpenMetrics),
        (&["text/plain;q=0.5", "application/openmetrics-text;q=0.6"], TextFormat::OpenMetrics),
        (&["text/plain;q=0.6, application/openmetrics-text;q=0.5"], TextFormat::Text),
        (&["application/openmetrics-text;version=2.0.0, text/plain"], TextFormat::Text),
        (&["application/openmetrics-text;q=0"], TextFormat::Text),
        (&["application/openmetrics-text;q=x, */*;q=0.1"], TextFormat::Text),
        (&["*/*"], TextFormat::Text),
        (&["text/html"], TextFormat::Text),
        (&[""], TextFormat::Text),
        (&[], TextFormat::Text),
    ] {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(ACCEPT, value.parse().unwrap());
        }
        assert_eq!(form(&headers), expected, "{accept:?}");
    }
}

#[test]
fn both_forms_say_the_same() {
    let text = format!("flags:\n  'a \"b\\c': {{ enabled: true }}{SPLIT}");
    let (route, metrics, _) = counted(counting(&text, None, 2000));
    ask(&route, "POST /ofrep/v1/evaluate/flags/split", &[], r#"{"context":{"targetingKey":"u"}}"#);
    ask(&route, "POST /ofrep/v1/evaluate/flags", &[], "{}");
    metrics.notice(&Event::Opened("evaluations"));
    metrics.notice(&Event::Refused(1));
    metrics.count_refusal(Refusal::MemoryFull);
    for (method, path, status) in
        [(Method::POST, "/ofrep/v1/evaluate/flags/a", 200), (Method::GET, "/", 404)]
    {
        let status = StatusCode::from_u16(status).unwrap();
        let endpoint = endpoint_index(&method, path);
        metrics.count_request(endpoint, status, Duration::from_micros(20));
    }
    metrics.count_request(Some(0), StatusCode::IM_A_TEAPOT, Duration::from_secs(3));
    let text = scraped(&route, "");
    let open = scraped(&route, "application/openmetrics-text");
    assert_eq!(samples(&open), samples(&text));
    assert!(open.ends_with("\n# EOF\n") && !text.contains("# EOF"));
    // The buckets say little here.
    let buckets = |line: &&str| !line.contains("_bucket{");
    assert_snapshot!(text.lines().filter(buckets).collect::<Vec<_>>().join("\n"));
}

#[test]
fn no_piece_is_larger_than_is_accounted_for() {
    let mut text = String::from("flags:\n");
    for number in 0..300 {
        // As long as keys and variants can be, of characters as long as they can be.
        let (key, variant) = (format!("{number:𝟘>150}"), "𝕍".repeat(149));
        text += &format!(
            "  {key}: {{ variants: {{ {variant}a: 1, {variant}b: 2 }}, enabled: true }}\n"
        );
    }
    let (route, metrics, _) = counted(counting(&text, None, 2000));
    for endpoint in 0..=ENDPOINTS.len() {
        for status in STATUSES {
            let status = StatusCode::from_u16(status).unwrap();
            metrics.count_request(Some(endpoint), status, Duration::from_micros(1));
        }
    }
    let pieces = pieces(ask(&route, "GET /metrics", &[], ""));
    let largest = pieces.iter().map(String::len).max().unwrap();
    assert!(30 < pieces.len() && 2 * largest <= SCRAPE_SIZE_BYTES, "{largest}");
    let text = pieces.concat();
    // Named once, however many pieces there are.
    assert_eq!(text.matches("# TYPE flagstaff_feature_flag_evaluations_total ").count(), 1);
    assert_eq!(text.matches("\nflagstaff_feature_flag_evaluations_total{").count(), 902);
    assert_eq!(text.lines().collect::<BTreeSet<_>>().len(), text.lines().count());
}

/// A stream of one piece.
struct Once;

impl Pieces for Once {
    fn next(self: Box<Self>) -> NextPiece {
        struct Over;
        impl Pieces for Over {
            fn next(self: Box<Self>) -> NextPiece {
                Box::pin(std::future::ready(None))
            }
        }
        let over: Box<dyn Pieces> = Box::new(Over);
        Box::pin(std::future::ready(Some((Bytes::from_static(b"piece"), over))))
    }
}

/// Answers with a stream of the size that is asked for.
struct Sized;

impl flagstaff::server::answer::Answer for Sized {
    fn answer(&self, request: &Request<Bytes>) -> Response<Payload> {
        let size = request.uri().path().trim_start_matches('/').parse().unwrap();
        Response::new(Payload::stream_within(size, Once))
    }

    fn refuse(&self, _: &Request<Bytes>, refusal: Refusal) -> Response<Payload> {
        Response::new(Payload::whole(format!("{refusal:?}")))
    }
}

#[test]
fn a_stream_counts_against_the_memory_of_requests() {
    let limits = Limits { request_memory_bytes: 1 << 20, ..Limits::default() };
    let server = Running::answering_within(limits, Sized);
    let talk = |size: usize| {
        server.talk(format!("GET /{size} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    };
    for _ in 0..20 {
        assert!(talk(600 << 10).contains("piece"), "what is taken is given back");
        assert!(talk(2 << 20).contains("MemoryFull"));
    }
}
