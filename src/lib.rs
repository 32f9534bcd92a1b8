//! flagstaff: a feature-flag daemon whose flags are YAML files in git.
//!
//! This list is the architecture: a file uses only files above it. See `ARCHITECTURE.md`.

pub mod place;

/// Layer 1. What a flag is and how it resolves. Pure: no files, no clock, no logging, cannot fail.
pub mod engine {
    pub mod value;
    pub mod context;
    pub mod bucket;
    pub mod version;
    pub mod comparison;
    pub mod operator;
    pub mod condition;
    pub mod flag;
    pub mod trace;
    pub mod resolve;
}

/// Layer 2. From text to a flag set, with every problem. Pure.
pub mod definition {
    pub mod diagnostic;
    pub mod suggest;
    pub mod document;
    pub mod compile;
}

pub mod snapshot;

/// Layer 5. Where definitions come from: reads them consistently, notices change.
pub mod source {
    pub mod unreadable;
    pub mod glob;
    pub mod name;
    pub mod walk;
    pub mod read;
    pub mod hop;
    pub mod git;
    pub mod commit;
    pub mod rest;
    pub mod mount;
    pub mod places;
    pub mod bell;
    pub mod watch;
}

/// Layer 5. The only writer of the snapshot.
pub mod reload {
    pub mod change;
    pub mod judge;
    pub mod outcome;
    pub mod journal;
    pub mod loader;
    pub mod reloader;
}
