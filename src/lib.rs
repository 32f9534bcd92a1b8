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
    pub mod quote;
    pub mod scalar;
    /// Everything that can be wrong or unwise: one constructor a rule.
    pub mod problems {
        pub mod document;
        pub mod shape;
    }
    pub mod text;
    pub mod node;
    pub mod syntax;
    pub mod document;
    pub mod spot;
    pub mod misfit;
    pub mod violation;
    pub mod schema;
    pub mod compile;
}

pub mod snapshot;
