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

mod case;
mod compile;
mod document;
mod operator;
mod report;
mod rust;
mod source;
mod tidy;
