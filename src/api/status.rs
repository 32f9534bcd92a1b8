//! The endpoints for probes and people: is it alive, is it ready, what does it serve.

use hyper::{Response, StatusCode};
use serde::Serialize;

use crate::{
    api::{
        call::Scope,
        error::ErrorCode,
        reply::{self, CacheControl},
    },
    report::findings::json::FindingEntry,
    server::answer::Payload,
    snapshot::{
        current::{Rejection, Watcher},
        pulse::Activity,
    },
};

/// What `/readyz` says when what is served is the newest, as far as is known.
const READY: &str = r#"{"status":"ready"}"#;

/// What it says when there is something newer that is not served: `/status` says why.
const READY_AND_STALE: &str = r#"{"status":"ready","stale":true}"#;

/// What `/status` says.
#[derive(Serialize)]
struct Report<'a> {
    status: &'static str,
    version: Option<&'a str>,
    commit: Option<&'a str>,
    loaded_at: Option<String>,
    git: Option<Git<'a>>,
    flags: usize,
    sources: &'a [String],
    watcher: WatcherStatus<'a>,
    loader: LoaderStatus,
    rejected: Option<Rejected<'a>>,
    program: &'static str,
}

/// What is known where a repository is followed.
#[derive(Serialize)]
struct Git<'a> {
    reference: &'a str,
    committed_at: Option<String>,
    first_seen_at: Option<String>,
    fetched_at: Option<String>,
    is_failing: bool,
}

#[derive(Serialize)]
struct WatcherStatus<'a> {
    mode: &'static str,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct LoaderStatus {
    state: &'static str,
    looked_seconds_ago: Option<u64>,
}

/// The change that was not taken.
#[derive(Serialize)]
struct Rejected<'a> {
    since: String,
    commit: Option<&'a str>,
    message: &'a str,
    diagnostics: Vec<FindingEntry<'a>>,
    diagnostics_total: usize,
}

/// What `/readyz` says while it is not.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NotReady<'a> {
    error_code: &'static str,
    error_details: &'a str,
    diagnostics: Vec<FindingEntry<'a>>,
    diagnostics_total: usize,
}

/// `GET /livez`: the process is alive.
#[must_use]
pub fn live(_: &Scope<'_>) -> Response<Payload> {
    reply::json(StatusCode::OK, CacheControl::Never, r#"{"status":"alive"}"#)
}

/// `GET /readyz`: a snapshot is served and the daemon is not about to stop.
#[must_use]
pub fn ready(scope: &Scope<'_>) -> Response<Payload> {
    let health = scope.cell.health();
    let (details, rejection) = match (&health.rejected, scope.snapshot) {
        _ if health.draining => ("the daemon is about to stop", None),
        (rejected, Some(_)) => {
            let is_stale = rejected.is_some();
            let text = if is_stale { READY_AND_STALE } else { READY };
            return reply::json(StatusCode::OK, CacheControl::Never, text);
        }
        (Some(rejection), None) => (&*rejection.message, Some(rejection)),
        (None, None) => ("the definitions have not been read yet", None),
    };
    let not_ready = NotReady {
        error_code: ErrorCode::ProviderNotReady.name(),
        error_details: details,
        diagnostics: rejection.map(entries).unwrap_or_default(),
        diagnostics_total: rejection.map_or(0, |rejection| rejection.diagnostics_total),
    };
    reply::json(StatusCode::SERVICE_UNAVAILABLE, CacheControl::Never, to_json(&not_ready))
}

/// `GET /status`.
#[must_use]
pub fn status(scope: &Scope<'_>) -> Response<Payload> {
    let health = scope.cell.health();
    let loading = scope.cell.pulse().loading();
    let snapshot = scope.snapshot;
    let status = match snapshot {
        _ if health.draining => "draining",
        _ if loading.activity == Activity::Stuck => "stuck",
        Some(_) if health.rejected.is_some() => "stale",
        Some(_) => "ready",
        None => "starting",
    };
    let watcher = match &health.watcher {
        Watcher::Starting => WatcherStatus { mode: "starting", reason: None },
        Watcher::Fetching(reason) => WatcherStatus { mode: "fetching", reason: Some(reason) },
        Watcher::Events => WatcherStatus { mode: "events", reason: None },
        Watcher::EventsAndPolling(reason) | Watcher::Polling(reason) => {
            WatcherStatus { mode: "polling", reason: Some(reason) }
        }
    };
    let times = snapshot.and_then(|snapshot| snapshot.times);
    let committed_at = times.and_then(|times| times.committed_at);
    let git = health.reference.as_deref().map(|reference| Git {
        reference,
        committed_at: committed_at.map(|time| time.to_string()),
        first_seen_at: times.map(|times| times.first_seen_at.to_string()),
        fetched_at: health.fetch.and_then(|fetch| fetch.fetched_at).map(|time| time.to_string()),
        is_failing: health.fetch.is_some_and(|fetch| fetch.is_failing),
    });
    let report = Report {
        status,
        version: snapshot.map(|snapshot| &*snapshot.definitions.version),
        commit: snapshot.and_then(|snapshot| snapshot.commit.as_deref()),
        loaded_at: snapshot.map(|snapshot| snapshot.loaded_at.to_string()),
        git,
        flags: snapshot.map_or(0, |snapshot| scope.flags(snapshot).count()),
        sources: health.sources.names(),
        watcher,
        loader: LoaderStatus {
            state: loading.activity.name(),
            looked_seconds_ago: loading.looked_ago.map(|ago| ago.as_secs()),
        },
        rejected: health.rejected.as_ref().map(|rejection| Rejected {
            since: rejection.since.to_string(),
            commit: rejection.commit.as_deref(),
            message: &rejection.message,
            diagnostics: entries(rejection),
            diagnostics_total: rejection.diagnostics_total,
        }),
        program: concat!("flagstaff ", env!("CARGO_PKG_VERSION")),
    };
    reply::json(StatusCode::OK, CacheControl::Never, to_json(&report))
}

fn entries(rejection: &Rejection) -> Vec<FindingEntry<'_>> {
    let diagnostics = rejection.diagnostics.iter();
    diagnostics.map(|diagnostic| FindingEntry::new(diagnostic, &rejection.paths)).collect()
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    // Structs of strings and numbers: there is nothing that serializing could refuse.
    serde_json::to_vec(value).unwrap_or_default()
}
