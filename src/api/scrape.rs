//! The endpoint for Prometheus: everything that is counted, in the form that it asks for.

use std::sync::Arc;

use hyper::{
    HeaderMap, Response,
    header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
};
use jiff::Timestamp;

use crate::{
    api::{call::Scope, reply::CacheControl},
    metrics::exposition::{Endpoints, Facts, SCRAPE_SIZE_BYTES, Scrape, TextFormat},
    server::answer::Payload,
    snapshot::{current::Snapshot, pulse::Activity},
};

/// `GET /metrics`; `endpoints` says how those are called that requests are counted for.
#[must_use]
pub fn scrape(scope: &Scope<'_>, endpoints: Endpoints) -> Response<Payload> {
    let form = form(scope.request.headers());
    let usage = scope.snapshot.map(|snapshot| Arc::clone(snapshot.usage())).unwrap_or_default();
    let metrics = Arc::clone(&scope.options.metrics);
    let scrape = Scrape::new(form, facts(scope), metrics, usage, endpoints);
    let mut response = Response::new(Payload::stream_within(SCRAPE_SIZE_BYTES, scrape));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(form.content_type()));
    headers.insert(CACHE_CONTROL, CacheControl::Never.value());
    response
}

fn facts(scope: &Scope<'_>) -> Facts {
    let health = scope.cell.health();
    let loading = scope.cell.pulse().loading();
    let commit = |commit: Option<&str>| commit.unwrap_or_default().to_owned();
    let served = |snapshot: &Snapshot| {
        (snapshot.definitions.version.to_string(), commit(snapshot.commit.as_deref()))
    };
    Facts {
        is_ready: scope.snapshot.is_some() && !health.draining,
        is_stuck: loading.activity == Activity::Stuck,
        looked_ago: loading.looked_ago.map(|ago| ago.as_secs_f64()),
        served: scope.snapshot.map(served),
        flags: scope.snapshot.map_or(0, |snapshot| scope.flags(snapshot).count()),
        loaded_at: scope.snapshot.map(|snapshot| seconds(snapshot.loaded_at)),
        rejected: health
            .rejected
            .map(|rejection| (seconds(rejection.since), commit(rejection.commit.as_deref()))),
    }
}

/// A time as a Unix time, to the millisecond.
fn seconds(time: Timestamp) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2⁵³")]
    let millis = time.as_millisecond() as f64;
    millis / 1000.0
}

/// The form that a client wants most, by `Accept` (RFC 9110, section 12.5.1). Who says nothing, or
/// wants neither, gets the text that Prometheus has always read.
#[must_use]
pub fn form(headers: &HeaderMap) -> TextFormat {
    let lists = headers.get_all(ACCEPT).iter().filter_map(|list| list.to_str().ok());
    let mut wanted = [0; 2];
    for range in lists.flat_map(|list| list.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let (mut quality, mut version) = (1000, None);
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            match name.trim().to_ascii_lowercase().as_str() {
                "q" => quality = thousandths(value),
                "version" => version = Some(value.trim().trim_matches('"')),
                _ => {}
            }
        }
        let [open_metrics, text] = &mut wanted;
        // What an older version of OpenMetrics has, this one has, too.
        if name.eq_ignore_ascii_case("application/openmetrics-text")
            && matches!(version, None | Some("1.0.0" | "0.0.1"))
        {
            *open_metrics = quality.max(*open_metrics);
        } else if name.eq_ignore_ascii_case("text/plain") && matches!(version, None | Some("0.0.4"))
            || matches!(name, "*/*" | "text/*")
        {
            *text = quality.max(*text);
        }
    }
    let [open_metrics, text] = wanted;
    if text <= open_metrics && open_metrics != 0 {
        TextFormat::OpenMetrics
    } else {
        TextFormat::Text
    }
}

/// A quality in thousandths; one that cannot be read is none.
fn thousandths(quality: &str) -> u32 {
    let quality = quality.trim().parse::<f32>().unwrap_or(0.0).clamp(0.0, 1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is from 0 to 1000"
    )]
    let thousandths = (quality * 1000.0).round() as u32;
    thousandths
}
