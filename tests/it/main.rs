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

mod client;
mod harness;
mod load;
mod running;
mod rust;
mod served;
mod program;
mod table;

mod allocation;
mod bucket;
mod case;
mod check;
mod commit;
mod compile;
mod condition;
mod connection;
mod corpus;
mod daemon;
mod document;
mod schema;
mod eval;
mod evaluation;
mod events;
mod examples;
mod exercise;
mod generated;
mod health;
mod listen;
mod new;
mod ofrep;
mod openapi;
mod operator;
mod properties;
mod provider;
mod reload;
mod report;
mod resolve;
mod rest;
mod route;
mod rulebook;
mod scope;
mod server;
mod shaped;
mod source;
mod tidy;
mod trees;
mod vectors;
mod volumes;
mod watching;
