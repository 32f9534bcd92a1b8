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

mod allocation;
mod bucket;
mod case;
mod check;
mod client;
mod commit;
mod compile;
mod condition;
mod connection;
mod corpus;
mod daemon;
mod document;
mod eval;
mod evaluation;
mod events;
mod examples;
mod exercise;
mod generated;
mod harness;
mod health;
mod listen;
mod load;
mod new;
mod ofrep;
mod openapi;
mod operator;
mod program;
mod properties;
mod provider;
mod reload;
mod report;
mod resolve;
mod rest;
mod route;
mod rulebook;
mod running;
mod rust;
mod scope;
mod served;
mod server;
mod shaped;
mod source;
mod table;
mod tidy;
mod trees;
mod vectors;
mod volumes;
mod watching;
