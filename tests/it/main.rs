//! All tests, in one binary: a file per file of `src`, by name.
#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test may fail loudly, and looks at the world as it is"
)]

mod import;
mod import_conditions;
mod json_text;
/// What several tests use: the program run in a directory of its own, definitions that nobody wrote,
/// a connection without a socket, … Tests name these modules as if they were beside them.
mod support {
    pub mod accept;
    pub mod cases;
    pub mod client;
    pub mod evaluation;
    pub mod exercise;
    pub mod exercise_connection;
    pub mod exercise_faults;
    pub mod exercise_route;
    pub mod exercise_wire;
    pub mod generated;
    pub mod harness;
    pub mod job;
    pub mod load;
    pub mod pairs;
    pub mod program;
    pub mod running;
    pub mod rust;
    pub mod served;
    pub mod shaped;
    pub mod table;
    pub mod tried;
}
use support::{
    accept, cases, client, evaluation, exercise, exercise_connection, exercise_faults,
    exercise_route, exercise_wire, generated, harness, job, load, pairs, program, running, rust,
    served, shaped, table, tried,
};

mod partition;
mod phrase;
mod plan;
mod model {
    pub mod json;
    pub mod text;
    pub mod time;
    pub mod version;
    pub mod network;
    pub mod caller;
    pub mod condition;
    pub mod position;
    pub mod resolve;
    pub mod family;
    pub mod kind;
    pub mod make;
    pub mod ask;
    pub mod shrink;
    pub mod shift;
    pub mod witness;
    pub mod alter;
    pub mod remedy;
    pub mod claim;
    pub mod audience;
}

mod allocation;
mod answer_metadata;
mod apart;
mod bounds;
mod bucket;
mod case;
mod case_schema;
mod check;
mod claims;
mod commit;
mod compile;
mod condition;
mod connection;
mod container;
mod corpus;
mod document;
mod door;
mod documents;
mod environment;
mod etag;
mod eval;
mod health;
mod host;
mod init;
mod instant;
mod log_writer;
mod names;
mod new;
mod pulse;
mod report;
mod rulebook;
mod sarif;
mod source;
mod sources;
mod suggest;
mod readme;
mod reference;
mod reload;
mod crowd;
mod daemon;
mod dependency;
mod diff;
mod draining;
mod schema;
mod torn;
mod trees;
mod volumes;
mod watching;
mod remote;
mod repository;
mod wording;
mod words;
mod workflow;
mod events;
mod examples;
mod field;
mod packed;
mod folding;
mod followed;
mod following;
mod forbidden;
mod trial;
mod listen;
mod logs;
mod manifest;
mod memory;
mod metrics;
mod metrics_documents;
mod mistake;
mod movement;
mod observer;
mod ofrep;
mod openapi;
mod origin;
mod operator;
mod oracle;
mod pattern;
mod properties;
mod provider;
mod reader;
mod resolve;
mod rest;
mod room;
mod route;
mod scope;
mod seeds;
mod server;
mod slots;
mod test_command;
mod tidy;
mod trace;
mod transcript;
mod vectors;
mod version;
mod yaml_differential;
