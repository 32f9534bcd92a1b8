//! The endpoints as an `OpenAPI` document.

use hyper::{Response, StatusCode, header::ETAG};

use crate::{
    api::{
        call::Scope,
        etag,
        reply::{self, CacheControl},
    },
    server::answer::Payload,
};

/// The document, version 3.1 of `OpenAPI`; its paths are held against the table by a test.
pub const DOCUMENT: &str = include_str!("openapi.json");

/// `GET /openapi.json`.
#[must_use]
pub fn document(scope: &Scope<'_>) -> Response<Payload> {
    let tag = etag::tag(DOCUMENT.as_bytes());
    let mut response = if etag::is_known(scope.request.headers(), &tag) {
        reply::not_modified()
    } else {
        reply::json(StatusCode::OK, CacheControl::IfConfirmed, DOCUMENT)
    };
    response.headers_mut().insert(ETAG, tag);
    response
}
