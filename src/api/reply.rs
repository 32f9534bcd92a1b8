//! How a response is put together.

use std::borrow::Cow;

use bytes::Bytes;
use hyper::{
    HeaderMap, Response, StatusCode,
    header::{
        ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue,
        RETRY_AFTER,
    },
};

use crate::{
    api::error::{ErrorCode, RequestError, push_error},
    diagnostics::quote::quote,
    server::answer::Payload,
};

/// After how many seconds a client may try again.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// How long an answer may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheControl {
    /// Not at all.
    Never,
    /// Not at all, and nothing on the way may change it: what compresses a stream holds it back
    /// until there is enough to compress.
    NeverAndAsItIs,
    /// As long as the server confirms it each time.
    IfConfirmed,
}

/// A response whose body is JSON.
#[must_use]
pub fn json(status: StatusCode, keep: CacheControl, body: impl Into<Bytes>) -> Response<Payload> {
    let mut response = Response::new(Payload::whole(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, keep.value());
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
    response
}

/// A response without a body.
#[must_use]
pub fn empty(status: StatusCode) -> Response<Payload> {
    let mut response = Response::new(Payload::empty());
    *response.status_mut() = status;
    response
}

/// A response that says that the client has it already.
#[must_use]
pub fn not_modified() -> Response<Payload> {
    let mut response = empty(StatusCode::NOT_MODIFIED);
    response.headers_mut().insert(CACHE_CONTROL, CacheControl::IfConfirmed.value());
    response
}

/// A response that says what is wrong.
#[must_use]
pub fn error(
    status: StatusCode,
    key: Option<&str>,
    code: ErrorCode,
    details: &str,
) -> Response<Payload> {
    let mut body = Vec::new();
    push_error(&mut body, key, code, details);
    json(status, CacheControl::Never, body)
}

/// A response that says what is wrong with the request.
#[must_use]
pub fn bad_request(key: Option<&str>, wrong: &RequestError) -> Response<Payload> {
    error(wrong.code.status(), key, wrong.code, &wrong.details)
}

/// A response to a request whose body is encoded in a way that nobody here decodes.
#[must_use]
pub fn unsupported_coding(key: Option<&str>, coding: &str) -> Response<Payload> {
    let details = format!(
        "the body has the encoding `{}`, and only plain bodies are read: send it without \
         `Content-Encoding`",
        quote(coding)
    );
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    let mut response = error(status, key, ErrorCode::ParseError, &details);
    response.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    response
}

/// How a body is encoded, if it is.
#[must_use]
pub fn coding(headers: &HeaderMap) -> Option<String> {
    if !headers.contains_key(CONTENT_ENCODING) {
        return None;
    }
    let lists = headers.get_all(CONTENT_ENCODING).iter();
    let codings = lists.flat_map(|list| list.as_bytes().split(|byte| *byte == b','));
    let codings = codings.map(|coding| String::from_utf8_lossy(coding.trim_ascii()));
    let is_one =
        |coding: &Cow<'_, str>| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity");
    codings.filter(is_one).map(Cow::into_owned).next()
}

/// The value of `Allow` for these methods, as a list.
pub fn allow<'m>(response: &mut Response<Payload>, methods: impl Iterator<Item = &'m str>) {
    let mut list = String::new();
    for method in methods {
        list.push_str(if list.is_empty() { "" } else { ", " });
        list.push_str(method);
    }
    if let Ok(list) = HeaderValue::try_from(list) {
        response.headers_mut().insert(ALLOW, list);
    }
}

impl CacheControl {
    /// The value of `Cache-Control`.
    #[must_use]
    pub fn value(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Never => "no-store",
            Self::NeverAndAsItIs => "no-store, no-transform",
            Self::IfConfirmed => "no-cache",
        })
    }
}
