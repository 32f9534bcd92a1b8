//! Every endpoint: whole request in, whole response out.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use jiff::Timestamp;

use crate::{
    api::{
        call::{ListenerRole, Options, Scope, asks_for},
        definitions,
        error::ErrorCode,
        evaluation,
        events::EventStreams,
        manifest, openapi,
        path::decode,
        reply, scrape,
        shelf::Shelf,
        status, subscription,
    },
    diagnostics::quote::quote,
    metrics::record::ENDPOINTS_MAX,
    server::answer::{Answer, Payload, Refusal},
    snapshot::current::{Snapshot, SnapshotCell},
};

/// What stands for a flag key at the end of a path in the table.
const KEY: &str = "{key}";

/// What is for this machine alone where the server listens on a loopback address.
const PRIVATE: [&str; 5] =
    ["/status", "/metrics", "/flags", "/flags/{key}", "/openfeature/v0/manifest"];

/// One endpoint.
#[derive(Debug)]
pub struct Endpoint {
    /// The method; `GET` answers `HEAD` too.
    pub method: Method,
    /// The path. A `{key}` at its end is the rest of the path, with its slashes.
    pub path: &'static str,
    /// Where it is answered if management has an address of its own.
    pub side: ListenerRole,
    /// Whether it only says how to do it instead.
    pub refuses: bool,
    /// Makes the answer.
    maker: Maker,
}

/// What makes an answer.
#[derive(Clone, Copy, Debug)]
enum Maker {
    /// It takes a snapshot to answer.
    Served(Served),
    /// There is always an answer.
    Always(Always),
}

/// All endpoints, those asked most first.
pub static ENDPOINTS: [Endpoint; 17] = [
    served(Method::POST, "/ofrep/v1/evaluate/flags/{key}", evaluation::ofrep_flag),
    served(Method::POST, "/ofrep/v1/evaluate/flags", evaluation::ofrep_flags),
    served(Method::GET, "/ofrep/v1/events", subscription::events),
    served(Method::POST, "/flags/evaluate/{key}", evaluation::rest_flag),
    served(Method::POST, "/flags/evaluate", evaluation::rest_flags),
    served(Method::GET, "/flags", definitions::list).for_management(),
    served(Method::GET, "/flags/{key}", definitions::show).for_management(),
    served(Method::GET, "/openfeature/v0/manifest", manifest::manifest).for_management(),
    always(Method::POST, "/flags", definitions::refuse_new).refusing(),
    always(Method::PUT, "/flags/{key}", definitions::refuse_change).refusing(),
    always(Method::PATCH, "/flags/{key}", definitions::refuse_change).refusing(),
    always(Method::DELETE, "/flags/{key}", definitions::refuse_change).refusing(),
    always(Method::GET, "/livez", status::live),
    always(Method::GET, "/readyz", status::ready),
    always(Method::GET, "/status", status::status),
    always(Method::GET, "/metrics", |scope| scrape::scrape(scope, endpoint_names)),
    always(Method::GET, "/openapi.json", openapi::document).for_both(),
];

/// Each of them is counted by itself.
const _: () = assert!(ENDPOINTS.len() <= ENDPOINTS_MAX, "there are cells for fewer endpoints");

/// The method and the path of an endpoint of the table.
#[must_use]
pub fn endpoint_names(index: usize) -> Option<(&'static str, &'static str)> {
    ENDPOINTS.get(index).map(|endpoint| (endpoint.method.as_str(), endpoint.path))
}

/// Answers requests from the current snapshot.
#[derive(Debug)]
pub struct Route {
    cell: Arc<SnapshotCell>,
    options: Options,
    streams: Option<Arc<EventStreams>>,
    shelf: Shelf,
    clock: fn() -> Timestamp,
}

/// What the table has for a request.
enum Found<'p> {
    /// An endpoint, and the flag key in the path, not decoded yet.
    Endpoint(&'static Endpoint, &'p str),
    /// The path, with other methods.
    OtherMethods,
    /// The path, at the other address.
    OtherSide,
    /// Nothing.
    Nothing,
}

type Served = fn(&Scope<'_>, &Snapshot) -> Response<Payload>;
type Always = fn(&Scope<'_>) -> Response<Payload>;

/// An endpoint for evaluations.
const fn served(method: Method, path: &'static str, answer: Served) -> Endpoint {
    let maker = Maker::Served(answer);
    Endpoint { method, path, side: ListenerRole::Evaluations, refuses: false, maker }
}

/// An endpoint for management.
const fn always(method: Method, path: &'static str, answer: Always) -> Endpoint {
    let maker = Maker::Always(answer);
    Endpoint { method, path, side: ListenerRole::Management, refuses: false, maker }
}

impl Endpoint {
    const fn for_management(mut self) -> Self {
        self.side = ListenerRole::Management;
        self
    }

    const fn for_both(mut self) -> Self {
        self.side = ListenerRole::Both;
        self
    }

    const fn refusing(mut self) -> Self {
        self.refuses = true;
        self
    }

    /// The flag key in `path`, empty for an endpoint without one, if the endpoint has that path.
    #[must_use]
    pub fn key<'p>(&self, path: &'p str) -> Option<&'p str> {
        // No key ends with a slash, so one at the end is the client's habit.
        let bare = path.strip_suffix('/').unwrap_or(path);
        match self.path.strip_suffix(KEY) {
            Some(prefix) => bare.strip_prefix(prefix).filter(|key| !key.is_empty()),
            None => (bare == self.path).then_some(""),
        }
    }

    /// Whether it is answered on that side. An explanation is management's.
    fn is_answered(&self, side: ListenerRole, explains: bool) -> bool {
        match side {
            _ if self.side == ListenerRole::Both => true,
            ListenerRole::Both => true,
            ListenerRole::Evaluations => self.side == ListenerRole::Evaluations && !explains,
            ListenerRole::Management => {
                self.side == ListenerRole::Management || explains && self.can_explain()
            }
        }
    }

    /// All endpoints of the same path.
    fn siblings(&self) -> impl Iterator<Item = &'static Self> + Clone + use<> {
        let path = self.path;
        ENDPOINTS.iter().filter(move |endpoint| endpoint.path == path)
    }

    fn can_explain(&self) -> bool {
        self.path.starts_with("/flags/evaluate")
    }
}

impl Route {
    /// Answers from what `cell` holds; `clock` gives the time of each evaluation.
    #[must_use]
    pub fn new(cell: Arc<SnapshotCell>, options: Options, clock: fn() -> Timestamp) -> Self {
        let limits = options.event_streams;
        let streams = limits.map(|limits| {
            EventStreams::new(Arc::clone(&cell), clock, limits, Arc::clone(&options.metrics))
        });
        Self { cell, options, streams, shelf: Shelf::default(), clock }
    }

    /// Whose request it is. The first path in the table that fits is the one that is meant, so
    /// `/flags/evaluate/x` is never the flag `evaluate/x`.
    fn find<'p>(&self, method: &Method, path: &'p str, query: Option<&str>) -> Found<'p> {
        let Some((first, key)) = first_of(path) else { return Found::Nothing };
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        let explains = first.can_explain() && asks_for(query, "explain");
        let is_here = |endpoint: &Endpoint| endpoint.is_answered(self.options.side, explains);
        let mut siblings = first.siblings();
        match siblings.clone().find(|endpoint| endpoint.method == *method) {
            Some(endpoint) if is_here(endpoint) => Found::Endpoint(endpoint, key),
            None if siblings.any(is_here) => Found::OtherMethods,
            Some(_) | None => Found::OtherSide,
        }
    }

    fn respond(&self, request: &Request<Bytes>, snapshot: Option<&Snapshot>) -> Response<Payload> {
        let path = request.uri().path();
        if let Some(response) = self.options.origins.preflight(request) {
            return response;
        }
        let not_found =
            |details: &str| reply::error(StatusCode::NOT_FOUND, None, ErrorCode::General, details);
        match self.find(request.method(), path, request.uri().query()) {
            Found::Endpoint(endpoint, key) => self.ask(endpoint, key, request, snapshot),
            Found::OtherMethods if *request.method() == Method::OPTIONS => {
                let mut response = reply::empty(StatusCode::NO_CONTENT);
                reply::allow(&mut response, self.allowed(path));
                response
            }
            Found::OtherMethods => {
                let status = StatusCode::METHOD_NOT_ALLOWED;
                let methods = self.allowed(path).collect::<Vec<_>>().join(", ");
                let method = quote(request.method().as_str());
                let details = format!("this path takes {methods}, not {method}");
                let mut response = reply::error(status, None, ErrorCode::General, &details);
                reply::allow(&mut response, self.allowed(path));
                response
            }
            Found::OtherSide => {
                let what = match self.options.side {
                    ListenerRole::Management => "evaluations are",
                    ListenerRole::Evaluations | ListenerRole::Both => "this is",
                };
                not_found(&format!("{what} answered at {}", self.options.elsewhere()))
            }
            Found::Nothing => not_found("there is no such path; `/openapi.json` lists all"),
        }
    }

    /// The methods that a path takes here.
    fn allowed(&self, path: &str) -> impl Iterator<Item = &'static str> {
        let side = self.options.side;
        let siblings = first_of(path).into_iter().flat_map(|(first, _)| first.siblings());
        let taken =
            siblings.filter(move |sibling| !sibling.refuses && sibling.is_answered(side, false));
        taken.flat_map(|endpoint| {
            let head = (endpoint.method == Method::GET).then_some("HEAD");
            std::iter::once(endpoint.method.as_str()).chain(head)
        })
    }

    /// Lets an endpoint answer.
    fn ask(
        &self,
        endpoint: &Endpoint,
        key: &str,
        request: &Request<Bytes>,
        snapshot: Option<&Snapshot>,
    ) -> Response<Payload> {
        let key = match decode(key) {
            Ok(key) => key,
            Err(shown) => {
                let details = "the flag key in the path is not UTF-8 once percent-decoded";
                let status = StatusCode::BAD_REQUEST;
                return reply::error(status, Some(&shown), ErrorCode::ParseError, details);
            }
        };
        let now = (self.clock)();
        let (cell, options) = (&*self.cell, &self.options);
        let streams = self.streams.as_ref();
        let shelf = &self.shelf;
        let scope = Scope { request, key: &key, snapshot, cell, streams, shelf, options, now };
        let mut response = match (endpoint.maker, snapshot) {
            (Maker::Served(_), _)
                if endpoint.method == Method::POST
                    && let Some(coding) = reply::coding(request.headers()) =>
            {
                reply::unsupported_coding(scope.named_key(), &coding)
            }
            (Maker::Served(answer), Some(snapshot)) => answer(&scope, snapshot),
            (Maker::Served(_), None) => {
                let readiness = scope.management_path("/readyz");
                let details = format!("no definitions are served yet; {readiness} says why");
                let status = StatusCode::SERVICE_UNAVAILABLE;
                reply::error(status, scope.named_key(), ErrorCode::ProviderNotReady, &details)
            }
            (Maker::Always(answer), _) => answer(&scope),
        };
        if endpoint.refuses {
            reply::allow(&mut response, self.allowed(request.uri().path()));
        }
        response
    }

    /// Whether what is asked for is for this machine alone where the server listens on a loopback
    /// address: definitions, explanations and the status. Evaluations and probes are not.
    #[must_use]
    pub fn is_private<B>(&self, request: &Request<B>) -> bool {
        let path = request.uri().path();
        if path.starts_with("/ofrep/") {
            return false;
        }
        let Some((first, _)) = first_of(path) else { return false };
        let explains = first.can_explain() && asks_for(request.uri().query(), "explain");
        explains || PRIVATE.contains(&first.path)
    }

    /// The response to a request that is not answered; `details` say why.
    #[must_use]
    pub fn object<B>(
        &self,
        request: &Request<B>,
        status: StatusCode,
        details: &str,
    ) -> Response<Payload> {
        self.object_with(request, status, ErrorCode::General, details)
    }

    fn object_with<B>(
        &self,
        request: &Request<B>,
        status: StatusCode,
        code: ErrorCode,
        details: &str,
    ) -> Response<Payload> {
        let mut response = reply::error(status, None, code, details);
        let snapshot = self.cell.load();
        self.finish(request, snapshot.as_deref(), response.headers_mut());
        response
    }

    /// Adds what every response has.
    fn finish<B>(
        &self,
        request: &Request<B>,
        snapshot: Option<&Snapshot>,
        headers: &mut HeaderMap,
    ) {
        if let Some(snapshot) = snapshot {
            snapshot.stamp().put(headers);
        }
        self.options.origins.admit(request, headers);
    }
}

/// From how many flags on an answer for all of them takes long: that many take some microseconds.
const LONG_FLAGS_MIN: usize = 100;

impl Answer for Route {
    fn answer(&self, request: &Request<Bytes>) -> Response<Payload> {
        let snapshot = self.cell.load();
        let snapshot = snapshot.as_deref();
        let mut response = self.respond(request, snapshot);
        self.finish(request, snapshot, response.headers_mut());
        response
    }

    fn is_long(&self, request: &Request<Bytes>) -> bool {
        let path = request.uri().path();
        let bare = path.strip_suffix('/').unwrap_or(path);
        matches!(bare, "/ofrep/v1/evaluate/flags" | "/flags/evaluate" | "/flags")
            && self.cell.load().as_deref().is_some_and(|snapshot| {
                LONG_FLAGS_MIN <= snapshot.definitions.flag_set.flags().len()
            })
    }

    fn refuse(&self, request: &Request<Bytes>, refusal: Refusal) -> Response<Payload> {
        let (status, code, details) = match refusal {
            Refusal::BodyTooLarge(size) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                ErrorCode::General,
                Cow::Owned(format!("the body is larger than {size} bytes")),
            ),
            Refusal::MemoryFull => (
                StatusCode::SERVICE_UNAVAILABLE,
                ErrorCode::ProviderNotReady,
                "requests hold as much memory as they may; try again in a second".into(),
            ),
            Refusal::BodyTooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                ErrorCode::General,
                "the body did not arrive in time".into(),
            ),
            Refusal::BodyBroken => (
                StatusCode::BAD_REQUEST,
                ErrorCode::ParseError,
                "the body broke off or is not framed as HTTP wants it".into(),
            ),
            Refusal::Defect => (
                StatusCode::INTERNAL_SERVER_ERROR,
                ErrorCode::General,
                "answering failed; this is a defect of flagstaff".into(),
            ),
        };
        self.object_with(request, status, code, &details)
    }
}

/// The first endpoint in the table that has the path, and the flag key in it.
fn first_of(path: &str) -> Option<(&'static Endpoint, &str)> {
    ENDPOINTS.iter().find_map(|endpoint| endpoint.key(path).map(|key| (endpoint, key)))
}
