//! Cross-origin requests, for those origins that are allowed.

use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
        ACCESS_CONTROL_REQUEST_METHOD, HeaderValue, ORIGIN, VARY,
    },
};

use crate::{
    api::{origin::BrowserOrigin, reply},
    server::answer::Payload,
};

/// Below this path, and nowhere else, browsers of other origins may ask.
const PATH: &str = "/ofrep/";
/// What a page may ask with.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST");
/// What a page may see of an answer besides its body.
const EXPOSED: HeaderValue =
    HeaderValue::from_static("ETag, Retry-After, Flags-Version, Flags-Commit");
/// For how many seconds a browser may remember that it may ask.
const REMEMBERED_SECONDS: HeaderValue = HeaderValue::from_static("7200");

/// The origins whose pages may ask.
#[derive(Clone, Debug, Default)]
pub struct Origins(Vec<BrowserOrigin>);

impl Origins {
    /// These.
    #[must_use]
    pub fn new(origins: Vec<BrowserOrigin>) -> Self {
        Self(origins)
    }

    /// Whether no origin at all is allowed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        self.0.iter().any(|listed| listed.matches(origin.as_bytes()))
    }

    /// The answer to a browser that asks whether it may ask; none if that is not the question.
    #[must_use]
    pub fn preflight<B>(&self, request: &Request<B>) -> Option<Response<Payload>> {
        let headers = request.headers();
        let is_question = request.method() == Method::OPTIONS
            && headers.contains_key(ORIGIN)
            && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if self.is_empty() || !is_question || !request.uri().path().starts_with(PATH) {
            return None;
        }
        let mut response = reply::empty(StatusCode::NO_CONTENT);
        if headers.get(ORIGIN).is_some_and(|origin| self.allows(origin)) {
            let answer = response.headers_mut();
            answer.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            answer.insert(ACCESS_CONTROL_MAX_AGE, REMEMBERED_SECONDS);
            if let Some(wanted) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
                answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
            }
        }
        Some(response)
    }

    /// Lets the page that asked see the answer, if it may.
    pub fn admit<B>(&self, request: &Request<B>, headers: &mut HeaderMap) {
        if self.is_empty() || !request.uri().path().starts_with(PATH) {
            return;
        }
        headers.append(VARY, HeaderValue::from_static("Origin"));
        let Some(origin) = request.headers().get(ORIGIN) else { return };
        if self.allows(origin) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
}
