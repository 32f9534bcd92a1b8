//! All tests, in one binary: a file per file of `src`, by name.
#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "tests"
)]

mod compile;
mod document;
mod examples;
mod operator;
mod rust;
mod tidy;
