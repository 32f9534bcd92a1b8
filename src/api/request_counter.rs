//! Counts requests by endpoint, and what happens to connections.

use std::sync::Arc;

use hyper::Method;

use crate::{
    api::route::{ENDPOINTS, Endpoint},
    metrics::record::Metrics,
    server::observer::{Answered, Event, RequestObserver},
};

/// Counts requests by endpoint, and what happens to connections.
#[derive(Debug)]
pub struct RequestCounter(pub Arc<Metrics>);

impl RequestObserver for RequestCounter {
    fn answered(&self, answered: &Answered<'_>) {
        let Answered { request, status, refusal, took } = *answered;
        let endpoint = endpoint_index(request.method(), request.uri().path());
        self.0.count_request(endpoint, status, took);
        if let Some(refusal) = refusal {
            self.0.count_refusal(refusal);
        }
    }

    fn noticed(&self, event: &Event<'_>) {
        self.0.notice(event);
    }
}

/// Which endpoint of the table a request is for; none if it is for none.
#[must_use]
pub fn endpoint_index(method: &Method, path: &str) -> Option<usize> {
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    let start = ENDPOINTS.iter().position(|endpoint| endpoint.key(path).is_some())?;
    let first = ENDPOINTS.get(start)?;
    let is_meant = |endpoint: &Endpoint| endpoint.path == first.path && endpoint.method == *method;
    ENDPOINTS.iter().skip(start).position(is_meant).map(|index| start + index)
}
