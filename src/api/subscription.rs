//! The endpoint that opens an event stream.

use hyper::{
    Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue},
};

use crate::{
    api::{
        call::Scope,
        error::ErrorCode,
        reply::{self, CacheControl},
    },
    server::answer::Payload,
    snapshot::current::Snapshot,
};

/// The last event that a client has seen, by its id.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Tells nginx to pass the events on one by one.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// `GET /ofrep/v1/events`.
#[must_use]
pub fn events(scope: &Scope<'_>, _: &Snapshot) -> Response<Payload> {
    let Some(streams) = scope.streams else {
        let details = "event streams are off; the option `--event-streams` turns them on";
        return reply::error(StatusCode::NOT_FOUND, None, ErrorCode::General, details);
    };
    let last_id = scope.request.headers().get(LAST_EVENT_ID).and_then(|id| id.to_str().ok());
    let Some(stream) = streams.open(last_id) else {
        let (status, code) = (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::ProviderNotReady);
        return reply::error(status, None, code, "as many event streams are open as may be");
    };
    let mut response = Response::new(Payload::stream(stream));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, CacheControl::NeverAndAsItIs.value());
    headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    response
}
