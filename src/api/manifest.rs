//! The endpoint for OpenFeature's command line, which makes typed accessors of what it says.

use hyper::{
    Response, StatusCode,
    header::{HeaderName, HeaderValue},
};

use crate::{
    api::{
        call::Scope,
        reply::{self, CacheControl},
    },
    report::manifest::Manifest,
    server::answer::Payload,
    snapshot::current::Snapshot,
};

/// What may be done with the manifest here.
const CAPABILITIES: HeaderName = HeaderName::from_static("x-manifest-capabilities");

/// `GET /openfeature/v0/manifest`.
#[must_use]
pub fn manifest(scope: &Scope<'_>, snapshot: &Snapshot) -> Response<Payload> {
    let select = &scope.options.select;
    let manifest = Manifest::of(&snapshot.definitions, |key| select.includes(key));
    let mut response = reply::json(StatusCode::OK, CacheControl::Never, manifest.list());
    response.headers_mut().insert(CAPABILITIES, HeaderValue::from_static("read"));
    response
}
