//! Every family of metrics: its name, what it is, and its labels; one table, one row each.
//!
//! Names follow Prometheus' rules; what OpenFeature and OpenTelemetry have a word for is called by
//! that word, with `_` for each dot (semantic conventions 1.37: `feature_flag`, `http`, `vcs`).

use prometheus_client::metrics::MetricType;

/// One family of metrics.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// Its name, without the ending that counters and infos get.
    pub name: &'static str,
    /// What it is.
    pub kind: MetricType,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it says, in a sentence.
    pub help: &'static str,
}

/// Declares families, and a list of all.
macro_rules! families {
    ($($family:ident = $kind:ident $name:literal [$($label:literal),*] $help:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`")]
            pub const $family: Family = Family {
                name: $name,
                kind: MetricType::$kind,
                labels: &[$($label),*],
                help: $help,
            };
        )*

        /// All families, in the order in which they are shown.
        pub const ALL: &[Family] = &[$($family),*];
    };
}

families! {
    BUILD = Info "flagstaff_build" ["version"]
        "The program.";
    READY = Gauge "flagstaff_ready" []
        "1 while there is something to serve and the daemon is not about to stop.";
    DEFINITIONS = Info "flagstaff_definitions" ["feature_flag_version", "vcs_ref_head_revision"]
        "The definitions that are served: their version and their git commit.";
    FLAGS = Gauge "flagstaff_definitions_flags" []
        "How many flags are served.";
    LOADED = Gauge "flagstaff_definitions_loaded_timestamp_seconds" []
        "When the definitions that are served were loaded.";
    REJECTED = Info "flagstaff_rejected_definitions" ["vcs_ref_head_revision"]
        "The newest definitions, while they are not served: their git commit, where it is known.";
    REJECTED_SINCE = Gauge "flagstaff_rejected_definitions_since_timestamp_seconds" []
        "Since when what is served is not the newest; absent while it is.";
    RELOADS = Counter "flagstaff_reloads" ["outcome"]
        "How often the definitions were looked at, by what came of it.";
    RELOAD_PHASES = Histogram "flagstaff_reload_phase_duration_seconds" ["phase"]
        "How long each step took of the looks that led to a new version.";
    LAST_LOOK = Gauge "flagstaff_loader_last_look_age_seconds" []
        "How long ago the definitions were last looked at.";
    STUCK = Gauge "flagstaff_loader_stuck" []
        "1 while the loader has given no sign of life for a minute.";
    FROM_COMMIT = Histogram "flagstaff_propagation_from_commit_seconds" []
        "How long after its commit a change was served here.";
    FROM_SIGHT = Histogram "flagstaff_propagation_from_first_seen_seconds" []
        "How long after its first sign a change was served here.";
    REQUESTS = Histogram "flagstaff_http_server_request_duration_seconds"
        ["http_request_method", "http_route", "http_response_status_code"]
        "How long an answer took from when its request had arrived whole.";
    OPEN_CONNECTIONS = Gauge "flagstaff_http_server_open_connections" ["listener"]
        "How many connections are open.";
    CONNECTIONS = Counter "flagstaff_http_server_connections" ["listener"]
        "How many connections were opened.";
    CONNECTIONS_LOST = Counter "flagstaff_http_server_connections_lost" ["reason"]
        "How many connections were refused, or closed to make room for others.";
    MEMORY = Gauge "flagstaff_request_memory_bytes" []
        "How much memory all requests hold together.";
    MEMORY_LIMIT = Gauge "flagstaff_request_memory_limit_bytes" []
        "How much memory all requests may hold together.";
    MEMORY_REFUSALS = Counter "flagstaff_request_memory_refusals" []
        "How many requests found no room in memory.";
    STREAMS = Gauge "flagstaff_event_streams" []
        "How many event streams are open.";
    LOG_DROPPED = Counter "flagstaff_log_lines_dropped" []
        "How many lines of the log were dropped because nobody read them fast enough.";
    REASONS = Counter "flagstaff_feature_flag_evaluations_by_reason"
        ["feature_flag_result_reason", "error_type"]
        "How often single flags were evaluated, by OpenFeature's reason.";
    BULK = Counter "flagstaff_feature_flag_bulk_evaluations" []
        "How often all flags were evaluated at once.";
    EVALUATIONS = Counter "flagstaff_feature_flag_evaluations"
        ["feature_flag_key", "feature_flag_result_variant"]
        "How often a flag was evaluated by itself, by what it was answered with.";
}
