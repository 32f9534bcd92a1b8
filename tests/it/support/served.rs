//! Definitions that are served, without a socket.

use std::sync::Arc;

use bytes::Bytes;
use flagstaff::{
    api::{call::Options, route::Route},
    server::answer::{Answer, Payload},
    snapshot::{
        current::{Snapshot, SnapshotCell},
        shown_roots::Sources,
    },
};
use hyper::{Request, Response};
use jiff::Timestamp;

use crate::compile::{gate, said};

/// The time at which all evaluations take place.
pub fn noon() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// A snapshot of one file, `flags/a.yaml`, without an error in it.
pub fn snapshot(text: &str) -> Arc<Snapshot> {
    let compilation = gate(&[("flags/a.yaml", text)]);
    let said = said(&compilation);
    Arc::new(Snapshot::new(
        compilation.definitions.unwrap_or_else(|| panic!("{said}")),
        (compilation.diagnostics, compilation.paths),
        Some("0123abc".into()),
        "2026-11-22T11:00:00Z".parse().unwrap(),
        [0; 32],
    ))
}

/// A cell that serves these definitions.
pub fn cell(text: &str) -> Arc<SnapshotCell> {
    let cell = Arc::new(SnapshotCell::default());
    assert!(cell.swap(snapshot(text)).is_none());
    cell.update_health(|health| health.sources = Sources::new(&["flags".to_owned()]));
    cell
}

/// A route over them.
pub fn route(text: &str, options: Options) -> Route {
    Route::new(cell(text), options, noon)
}

/// Asks: method, target, headers, body.
pub fn ask(
    route: &Route,
    line: &str,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> Response<Payload> {
    let (method, target) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    route.answer(&request.body(Bytes::copy_from_slice(body.as_ref())).unwrap())
}

/// A response as text: status, headers that are not the same for all, body.
pub fn shown(response: &Response<Payload>) -> String {
    let mut text = response.status().as_u16().to_string();
    for (name, value) in response.headers() {
        let value = value.to_str().unwrap();
        let usual = [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("flags-commit", "0123abc"),
        ];
        if name != "flags-version" && !usual.contains(&(name.as_str(), value)) {
            text += &format!(" {name}: {value};");
        }
    }
    match response.body() {
        Payload::Whole(body) if body.is_empty() => {}
        Payload::Whole(body) => text += &format!("\n{}", std::str::from_utf8(body).unwrap()),
        Payload::Stream(_) => text += "\n(stream)",
    }
    text
}
