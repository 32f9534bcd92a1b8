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

mod bucket;
mod case;
mod check;
mod compile;
mod condition;
mod connection;
mod document;
mod eval;
mod evaluation;
mod examples;
mod generated;
mod harness;
mod health;
mod listen;
mod new;
mod ofrep;
mod operator;
mod program;
mod properties;
mod report;
mod resolve;
mod rest;
mod route;
mod rulebook;
mod running;
mod rust;
mod served;
mod server;
mod shaped;
mod source;
mod tidy;
mod vectors;
