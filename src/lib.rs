//! flagstaff: a feature-flag daemon whose flags are YAML files in git.
//!
//! This list is the architecture: a file uses only files above it. See `ARCHITECTURE.md`.

pub mod place;

/// Layer 1. What a flag is and how it resolves. Pure: no files, no clock, no logging, cannot fail.
pub mod engine {
    pub mod value;
    pub mod reader;
    pub mod folding;
    pub mod set;
    pub mod context;
    pub mod lanes;
    pub mod bucket;
    pub mod instant;
    pub mod version;
    pub mod comparison;
    pub mod operator;
    pub mod condition;
    pub mod flag;
    pub mod trace;
    pub mod resolution;
    pub mod line;
    pub mod memo;
    pub mod resolve;
}

/// Layer 2. From text to a flag set, with every problem. Pure.
pub mod definition {
    pub mod diagnostic;
    pub mod rule;
    /// What each rule id means: one table for each group.
    pub mod rules {
        pub mod file;
        pub mod document;
        pub mod shape;
        pub mod layer;
        pub mod reference;
        pub mod value;
        pub mod flag;
        pub mod advice;
        pub mod case;
        pub mod hazard;
    }
    pub mod rulebook;
    pub mod suggest;
    pub mod quote;
    pub mod scalar;
    /// Everything that can be wrong or unwise: one constructor a rule.
    pub mod problems {
        pub mod document;
        pub mod shape;
        pub mod meaning;
        pub mod operand;
        pub mod letters;
        pub mod advice;
        pub mod case;
    }
    pub mod findings;
    pub mod text;
    pub mod node;
    pub mod syntax;
    pub mod document;
    pub mod spot;
    pub mod misfit;
    pub mod other_words;
    pub mod violation;
    pub mod judge;
    pub mod layer;
    pub mod attribute;
    pub mod number;
    pub mod shared;
    pub mod outline;
    pub mod predicate;
    pub mod lower;
    pub mod dependency;
    pub mod lint;
    pub mod keys;
    pub mod schema;
    pub mod digest;
    pub mod definitions;
    pub mod compile;
}

/// Layer 3. What a pull request wants to know. Pure.
pub mod review {
    pub mod case;
    pub mod case_file;
    pub mod case_run;
    pub mod attributes;
    pub mod coverage;
    pub mod suite;
    /// Every way in which comparisons with values can come out, one type of value a file.
    pub mod values {
        pub mod number;
        pub mod spelling;
        pub mod list;
        pub mod automaton;
        pub mod product;
        pub mod address;
        pub mod release;
        pub mod time;
        pub mod kind;
        pub mod asked;
        pub mod text;
    }
    pub mod sample;
    pub mod axis;
    pub mod outcome;
    pub mod entangled;
    pub mod formula;
    pub mod residual;
    pub mod diagram;
    pub mod boxes;
    pub mod phrase;
    pub mod line;
    pub mod words;
    pub mod square;
    pub mod movement;
    pub mod form;
    pub mod stage;
    pub mod remainder;
    pub mod settle;
    pub mod compared;
    pub mod rows;
    pub mod edit;
    pub mod trial;
    pub mod describe;
    pub mod compare;
    pub mod condition_words;
    pub mod rule_words;
    pub mod full_form;
    pub mod change;
    pub mod hazard;
    pub mod pairing;
    pub mod listed;
    pub mod diff;
    pub mod population;
    pub mod policy;
}

/// Layer 3. Results as text: one file a format. Pure.
pub mod report {
    pub mod text;
    pub mod findings;
    pub mod excerpt;
    pub mod human;
    pub mod json;
    pub mod github;
    pub mod sarif;
    pub mod format;
    pub mod tree;
    pub mod trace;
    /// Results of flag tests: one file a format.
    pub mod cases {
        pub mod outcome;
        pub mod human;
        pub mod json;
        pub mod github;
        pub mod junit;
        pub mod format;
    }
    pub mod trace_json;
    /// What a change does, for people and programs.
    pub mod changes {
        pub mod view;
        pub mod inline;
        pub mod human;
        pub mod markdown;
        pub mod json;
        pub mod format;
    }
}

pub mod json;
pub mod wording;
pub mod plan;
pub mod stamp;
pub mod pulse;
pub mod sources;
pub mod snapshot;
pub mod container;
pub mod descriptors;

/// Layer 5. Where definitions come from: reads them consistently, notices change.
pub mod source {
    pub mod unreadable;
    pub mod door;
    pub mod glob;
    pub mod name;
    pub mod walk;
    pub mod read;
    pub mod hop;
    pub mod git;
    pub mod repository;
    pub mod commit;
    pub mod revision;
    pub mod committed;
    pub mod torn;
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
    pub mod apart;
    pub mod room;
    pub mod loader;
    pub mod reloader;
}

/// Layer 6. Evaluations over HTTP. Knows flags from `route` down; the server does not.
pub mod http {
    pub mod limits;
    pub mod address;
    pub mod account;
    pub mod answer;
    pub mod error;
    pub mod reply;
    pub mod etag;
    pub mod origin;
    pub mod cors;
    pub mod select;
    pub mod clock;
    pub mod schedule;
    pub mod events;
    pub mod shelf;
    pub mod scope;
    pub mod asking;
    pub mod ofrep;
    pub mod bulk;
    pub mod rest;
    pub mod evaluation;
    pub mod subscription;
    pub mod definitions;
    pub mod status;
    pub mod openapi;
    pub mod path;
    pub mod route;
    pub mod host;
    pub mod listen;
    pub mod tally;
    pub mod pace;
    pub mod progress;
    pub mod guests;
    pub mod slots;
    pub mod relief;
    pub mod transport;
    pub mod body;
    pub mod outgoing;
    pub mod connection;
    pub mod door;
    pub mod worker;
    pub mod server;
}

/// Layer 7. The only code that knows the whole program: one file a command.
pub mod cli {
    pub mod outcome;
    pub mod surroundings;
    pub mod roots;
    pub mod check;
    pub mod sides;
    pub mod diff;
    pub mod test;
    pub mod eval;
    pub mod explain;
    pub mod new;
    pub mod schema;
    pub mod health;
    pub mod log_writer;
    pub mod logs;
    pub mod listening;
    pub mod serve;
    pub mod init;
    pub mod command;
}
