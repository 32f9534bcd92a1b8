//! Requests that nobody wrote, answered without a socket: for fuzzing, and the replay of what
//! fuzzing found. The fuzz targets include this file.
//!
//! An input is a request as HTTP/1.1 writes it, read leniently: a line, headers, a body.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use flagstaff::{
    api::{
        call::{ListenerRole, Options},
        cors::Origins,
        events::StreamLimits,
        route::Route,
        selection::{ContextDefaults, Selection},
    },
    server::answer::{Answer, Payload, Stream},
    snapshot::current::{Snapshot, SnapshotCell},
};
use hyper::{
    HeaderMap, Method, Request, Response, Uri,
    header::{ALLOW, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, RETRY_AFTER},
};
use jiff::Timestamp;
use serde_json::Value;

use crate::exercise::compile_bytes;

/// Definitions with something of everything, short enough to be asked for all at once.
const FLAGS: &str = r##"
attributes:
  plan: { type: string, enum: [free, pro] }
  region: { type: string }
  version: { type: string }
  company.id: { type: string }
  ip: { type: string }
segments:
  paying: [ { where: { plan: pro } }, { not: { attribute: region, operator: matches, value: "^x" } } ]
flags:
  beta: { enabled: true, owner: team-a, metadata: { team: a, weight: 2, old: false } }
  half: { enabled: true, rollout_percentage: 50, users: [u-1, ""] }
  off: {}
  staff: { staff_only: true, enabled: true }
  teams/blue: { enabled: true, targeting_rules: [ { segment: paying } ], rollout_percentage: 12.5 }
  teams/per company:
    enabled: true
    bucket_by: company.id
    hash: flag_user_md5
    variants: { one: 1, two: 2.0, ten: 10.0, long: 9007199254740991 }
    off_variant: one
    default: { split: [ { variant: two, percentage: 50 }, { variant: ten, percentage: 50 } ] }
  split:
    enabled: true
    variants: { light: { "background": "#fff\n\u0000\"é" }, dark: { list: [1, null, { a: true }] } }
    off_variant: light
    rules:
      - { if: [ { flag: half } ], rollout_percentage: 10, serve: dark }
      - split: [ { variant: light, percentage: 99.999 }, { variant: dark, percentage: 0.001 } ]
  tail:
    enabled: true
    requires: [ { flag: split, is: dark } ]
    variants: { a: A, b: "" }
    rules: [ { if: [ { attribute: version, operator: semver, value: ">=2.1, <3" } ], serve: a } ]
  time:
    enabled: true
    targeting_rules:
      - { any: [ { attribute: now, operator: after, value: "2026-11-22T11:59:50Z" },
                 { attribute: ip, operator: in_network, value: [ 192.0.2.0/24, "2001:db8::/32" ] } ] }
"##;
/// How large an answer may be, in bytes: so much for all flags, and so often the request.
const ANSWER_SIZE_BYTES_MAX: usize = 128 << 10;
const ECHO_FACTOR_MAX: usize = 128;
/// How long an error may be for people, in bytes.
const DETAILS_SIZE_BYTES_MAX: usize = 2048;
/// The statuses that a request can bring about.
const STATUSES: [u16; 6] = [200, 204, 304, 400, 404, 405];
const REASONS: [&str; 9] = [
    "STATIC",
    "DEFAULT",
    "TARGETING_MATCH",
    "SPLIT",
    "CACHED",
    "DISABLED",
    "UNKNOWN",
    "STALE",
    "ERROR",
];

/// Routes with different options, by what they are.
static ROUTES: LazyLock<[(Served, Arc<Route>); 4]> = LazyLock::new(|| {
    let management = Options { side: ListenerRole::Management, ..Options::default() };
    let origins = Origins::new(vec!["*".parse().unwrap()]);
    let select = Selection::new(vec!["teams/*".parse().unwrap(), "spli?".parse().unwrap()]);
    let evaluations =
        Options { side: ListenerRole::Evaluations, select, origins, ..Options::default() };
    let nothing = Route::new(Arc::default(), Options::default(), noon);
    [
        (Served::Flags, route_of_all()),
        (Served::Flags, Arc::new(Route::new(cell(), evaluations, noon))),
        (Served::Flags, Arc::new(Route::new(cell(), management, noon))),
        (Served::Nothing, Arc::new(nothing)),
    ]
});

/// What a route has to answer from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Served {
    Flags,
    Nothing,
}

/// A route that answers everything, and has room for one event stream.
pub fn route_of_all() -> Arc<Route> {
    let origins = Origins::new(vec!["https://shop.example".parse().unwrap()]);
    let mut context = ContextDefaults::default();
    context.parse("region=eu").unwrap();
    let event_streams = Some(StreamLimits { streams: 1, ..StreamLimits::default() });
    let options =
        Options { rest_default: true, origins, context, event_streams, ..Options::default() };
    Arc::new(Route::new(cell(), options, noon))
}

/// Asks every route whatever it is that the bytes say, if it is a request at all.
pub fn route_anything(bytes: &[u8]) {
    let Some(request) = request(bytes) else { return };
    for (served, route) in &*ROUTES {
        let response = route.answer(&request);
        check(&request, &response, *served);
        check_again(route, &request, &response);
        check_tag(route, &request, &response);
        check_head(route, &request, &response);
        check_bulk(route, &request, &response);
        check_explanation(route, &request, &response);
        check_stream(route, &request, response);
    }
}

/// What holds for every answer, whatever was asked.
pub fn check(request: &Request<Bytes>, response: &Response<Payload>, served: Served) {
    let status = response.status().as_u16();
    assert!(STATUSES.contains(&status) || status == 503 && served == Served::Nothing, "{status}");
    assert_eq!(response.headers().contains_key("flags-version"), served == Served::Flags);
    let Payload::Whole(body) = response.body() else {
        assert_eq!(status, 200);
        let kind = response.headers()[CONTENT_TYPE].to_str().unwrap();
        let is_known = kind == "text/event-stream" || is_metrics(kind);
        assert!(
            is_known && is_metrics(kind) == (request.uri().path().starts_with("/metrics")),
            "{kind}"
        );
        return;
    };
    let header_sizes =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    let size = request.uri().to_string().len() + request.body().len() + header_sizes.sum::<usize>();
    assert!(body.len() <= ANSWER_SIZE_BYTES_MAX + ECHO_FACTOR_MAX * size, "{}", body.len());
    if [204, 304].contains(&status) {
        assert!(body.is_empty());
        return;
    }
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    let value: Value = serde_json::from_slice(body).expect("JSON");
    let is_evaluation = *request.method() == Method::POST
        && request.uri().path().starts_with("/ofrep/v1/evaluate/flags/")
        && !request.uri().path()["/ofrep/v1/evaluate/flags/".len()..].trim_matches('/').is_empty();
    if 400 <= status {
        check_error(response, &value);
        // It may be an address at which there are no evaluations.
        let is_elsewhere = value["errorCode"] == "GENERAL";
        assert!(!is_evaluation || is_elsewhere || value["key"].is_string(), "{value}");
    } else if is_evaluation {
        check_evaluation(&value);
    }
}

/// An error says what it is, in OFREP's form.
pub fn check_error(response: &Response<Payload>, value: &Value) {
    let (code, details) = (value["errorCode"].as_str(), value["errorDetails"].as_str());
    let expected: &[u16] = match code.expect("a code") {
        "FLAG_NOT_FOUND" => &[404, 405],
        "PARSE_ERROR" | "INVALID_CONTEXT" | "TARGETING_KEY_MISSING" => &[400],
        "PROVIDER_NOT_READY" => &[503],
        "GENERAL" => &[404, 405, 408, 413],
        other => panic!("{other}"),
    };
    let status = response.status().as_u16();
    assert!(expected.contains(&status), "{status} {value}");
    let details = details.expect("details");
    assert!(!details.is_empty() && !details.contains(char::is_control), "{details}");
    assert!(details.len() <= DETAILS_SIZE_BYTES_MAX, "{details}");
    assert!(value.get("key").is_none_or(Value::is_string), "{value}");
    assert_eq!(response.headers().contains_key(RETRY_AFTER), status == 503);
    assert_eq!(response.headers().contains_key(ALLOW), status == 405);
}

/// The answer for one flag has all that clients need.
fn check_evaluation(value: &Value) {
    assert!(value["key"].is_string() && value["variant"].is_string(), "{value}");
    assert!(REASONS.contains(&value["reason"].as_str().expect("a reason")), "{value}");
    assert!(value.get("value").is_none_or(|value| !value.is_null()), "{value}");
    assert!(value.get("metadata").is_none_or(Value::is_object), "{value}");
}

/// The same request gets the same answer.
fn check_again(route: &Route, request: &Request<Bytes>, response: &Response<Payload>) {
    let Payload::Whole(body) = response.body() else { return };
    let again = route.answer(request);
    assert_eq!(whole(&again), body);
    assert_eq!((again.status(), again.headers()), (response.status(), response.headers()));
}

/// An answer that has a tag is not sent again to who has it.
fn check_tag(route: &Route, request: &Request<Bytes>, response: &Response<Payload>) {
    let Some(tag) = response.headers().get(ETAG) else {
        return assert_ne!(response.status(), 304);
    };
    let mut request = request.clone();
    request.headers_mut().insert(IF_NONE_MATCH, tag.clone());
    let known = route.answer(&request);
    assert_eq!((known.status().as_u16(), &known.headers()[ETAG]), (304, tag));
    request.headers_mut().remove(IF_NONE_MATCH);
    let unknown = route.answer(&request);
    assert_eq!((unknown.status().as_u16(), &unknown.headers()[ETAG]), (200, tag));
}

/// `HEAD` is answered as `GET` is; it is the server that leaves the body out.
fn check_head(route: &Route, request: &Request<Bytes>, response: &Response<Payload>) {
    let Payload::Whole(body) = response.body() else { return };
    let is_error = 405 == response.status();
    if *request.method() == Method::GET && !is_error {
        let mut request = request.clone();
        *request.method_mut() = Method::HEAD;
        let head = route.answer(&request);
        assert_eq!((head.status(), whole(&head)), (response.status(), body));
    }
}

/// All flags at once are answered as each by itself.
fn check_bulk(route: &Route, request: &Request<Bytes>, response: &Response<Payload>) {
    let path = request.uri().path().trim_end_matches('/');
    let (name, opening) = match path {
        "/ofrep/v1/evaluate/flags" => ("key", "{\"flags\":["),
        "/flags/evaluate" => ("flag_key", "["),
        _ => return,
    };
    if *request.method() != Method::POST || response.status() != 200 {
        return;
    }
    let bulk = std::str::from_utf8(whole(response)).unwrap();
    let value: Value = serde_json::from_str(bulk).unwrap();
    let flags = value.as_array().or(value["flags"].as_array()).expect("flags");
    let one = |flag: &Value| {
        let key = flag[name].as_str().expect("a key").replace(' ', "%20");
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut request = request.clone();
        *request.uri_mut() = format!("{path}/{key}{query}").parse().unwrap();
        String::from_utf8(whole(&route.answer(&request)).to_vec()).unwrap()
    };
    let all = flags.iter().map(one).collect::<Vec<_>>().join(",");
    assert!(bulk.strip_prefix(opening).is_some_and(|rest| rest.starts_with(&all)), "{bulk}");
}

/// An explanation explains the answer that is given without one.
fn check_explanation(route: &Route, request: &Request<Bytes>, response: &Response<Payload>) {
    let uri = request.uri();
    let explains = uri.query().is_some_and(|query| query.contains("explain"));
    let is_one = uri.path().starts_with("/flags/evaluate/");
    if !is_one || !explains || *request.method() != Method::POST || response.status() != 200 {
        return;
    }
    let mut explained: Value = serde_json::from_slice(whole(response)).unwrap();
    let Some(object) = explained.as_object_mut() else { return };
    object.remove("trace");
    let mut request = request.clone();
    *request.uri_mut() = uri.path().parse().unwrap();
    let plain = route.answer(&request);
    // At the management address there are only explanations.
    if plain.status() == 200 {
        assert_eq!(serde_json::from_slice::<Value>(whole(&plain)).unwrap(), explained);
    }
}

/// Whether a type of content is one of those that metrics have.
fn is_metrics(kind: &str) -> bool {
    kind.starts_with("text/plain; version=0.0.4")
        || kind.starts_with("application/openmetrics-text")
}

/// Metrics are lines of text, whatever was asked before.
fn check_metrics(stream: &mut Stream) {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    while let std::task::Poll::Ready(Some(piece)) = stream.poll_next(&mut context) {
        let piece = std::str::from_utf8(&piece).expect("text");
        assert!(piece.ends_with('\n') && !piece.starts_with('\n') && piece.starts_with(['#', 'f']));
    }
}

/// There is one event stream at a time, it says something at once, and its place is free again.
fn check_stream(route: &Route, request: &Request<Bytes>, mut response: Response<Payload>) {
    let is_event_stream =
        response.headers().get(CONTENT_TYPE).is_some_and(|it| it == "text/event-stream");
    let Payload::Stream(stream) = response.body_mut() else { return };
    if !is_event_stream {
        return check_metrics(stream);
    }
    assert!(first_piece(stream).starts_with(b"retry: 1000\nid: "));
    let refused = route.answer(request);
    assert_eq!(refused.status(), 503);
    check_error(&refused, &serde_json::from_slice(whole(&refused)).unwrap());
    drop(response);
    assert!(matches!(route.answer(request).body(), Payload::Stream(_)));
}

fn first_piece(stream: &mut Stream) -> Bytes {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Some(piece)) = stream.poll_next(&mut context) else {
        panic!("nothing at once")
    };
    piece
}

fn whole(response: &Response<Payload>) -> &Bytes {
    let Payload::Whole(body) = response.body() else { panic!("a stream") };
    body
}

/// The request that the bytes say; headers that are none are left out.
fn request(bytes: &[u8]) -> Option<Request<Bytes>> {
    let (line, mut rest) = split_line(bytes);
    let mut words = line.split(|byte| *byte == b' ');
    let method = Method::from_bytes(words.next()?).ok()?;
    let uri = Uri::try_from(words.next()?).ok()?;
    let mut headers = HeaderMap::new();
    loop {
        let (line, after) = split_line(rest);
        rest = after;
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { break };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    let mut request = Request::new(Bytes::copy_from_slice(rest));
    (*request.method_mut(), *request.uri_mut()) = (method, uri);
    *request.headers_mut() = headers;
    Some(request)
}

/// The first line, without what ends it, and what follows.
fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let line = &bytes[..end];
    (line.strip_suffix(b"\r").unwrap_or(line), bytes.get(end + 1..).unwrap_or_default())
}

fn cell() -> Arc<SnapshotCell> {
    let compilation = compile_bytes(FLAGS.as_bytes());
    let found = &compilation.diagnostics;
    let definitions = compilation.definitions.unwrap_or_else(|| panic!("{found:?}"));
    let cell = Arc::new(SnapshotCell::default());
    let found = (compilation.diagnostics, compilation.paths);
    let commit = Some("0123abc".into());
    let snapshot = Arc::new(Snapshot::new(definitions, found, commit, noon(), [0; 32]));
    assert!(cell.swap(snapshot).is_none());
    cell
}

/// The time at which all evaluations take place.
fn noon() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}
