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

mod harness;
mod running;
mod rust;
mod served;
mod program;

mod check;
mod case;
mod compile;
mod connection;
mod document;
mod eval;
mod health;
mod new;
mod report;
mod rulebook;
mod source;
mod examples;
mod listen;
mod ofrep;
mod operator;
mod rest;
mod route;
mod server;
mod bucket;
mod condition;
mod evaluation;
mod resolve;
mod tidy;
mod vectors;
