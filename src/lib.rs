//! flagstaff: a feature-flag daemon whose flags are YAML files in git.
//! This list is the architecture: a file uses only files above it. See `ARCHITECTURE.md`.

/// Layer 0. What can be wrong, where it is, and what each code means. Pure.
pub mod diagnostics {
    pub mod place;
    pub mod prose;
    pub mod quote;
    pub mod suggest;
    pub mod severity;
    pub mod explanation;
    pub mod code;
    pub mod diagnostic;
}

/// Layer 1. What a flag is and how it resolves. Pure: no files, no clock, no logging, cannot fail.
pub mod engine {
    pub mod json_text;
    pub mod value;
    pub mod json_reader;
    pub mod case_folding;
    pub mod value_set;
    pub mod context;
    pub mod md5_lanes;
    pub mod hash_function;
    pub mod scheme;
    pub mod bucket;
    pub mod instant;
    pub mod version;
    pub mod alphabet;
    pub mod lazy_states;
    pub mod pattern;
    pub mod comparison;
    pub mod phrase;
    pub mod operator;
    pub mod condition;
    pub mod flag;
    pub mod trace;
    pub mod resolution;
    pub mod unit_position;
    pub mod memo;
    pub mod resolve;
}

/// Layer 2. From text to values that know their place. Pure.
pub mod yaml {
    pub mod scalar;
    pub mod problems;
    pub mod findings;
    pub mod decode;
    pub mod node;
    pub mod packed;
    pub mod syntax;
    pub mod document;
}

/// Layer 2. Whether a document has the right shape. Pure.
pub mod schema {
    pub mod problems;
    pub mod node_path;
    pub mod other_words;
    pub mod type_mismatch;
    pub mod violation;
    pub mod validator;
    pub mod key;
    pub mod definition_file;
}

/// Layer 2. From documents to a flag set, with every problem. Pure.
pub mod definition {
    /// Everything that can be wrong or unwise with what definitions mean: one constructor each.
    pub mod problems {
        pub mod meaning;
        pub mod operand;
        pub mod letters;
        pub mod advice;
        pub mod slip;
    }
    pub mod number;
    /// Flags as they are written, typed.
    pub mod written {
        pub mod field;
        pub mod clause;
        pub mod flag;
    }
    pub mod layer;
    pub mod attribute;
    pub mod patterns;
    pub mod interner;
    pub mod variants;
    pub mod comparison_slips;
    pub mod attribute_uses;
    pub mod predicate;
    pub mod lower;
    pub mod dependency;
    pub mod lint;
    pub mod served;
    pub mod spelling;
    pub mod allowance;
    pub mod overlap;
    pub mod flag_keys;
    pub mod digest;
    pub mod flag_version;
    pub mod definitions;
    pub mod compile;
}

/// Layer 3. Tests of flags, written beside them. Pure.
pub mod flag_test {
    pub mod problems;
    pub mod test;
    pub mod file;
    pub mod run;
    pub mod attributes;
    pub mod coverage;
    pub mod suite;
}

/// Layer 3. The classes of callers that a flag tells apart. Pure.
pub mod space {
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
    pub mod shared;
    pub mod other_flag;
    pub mod axes;
    pub mod entangled;
    pub mod formula;
    pub mod residual;
    pub mod diagram;
    pub mod regions;
}

/// Layer 3. What is written and for whom, in words. Pure.
pub mod words {
    pub mod comparison;
    pub mod moment;
    pub mod ranges;
    pub mod share;
    pub mod whom;
    pub mod audience;
    pub mod value;
    pub mod condition;
    pub mod rule;
    pub mod told;
    pub mod change;
}

/// Layer 3. Who moves between which variants, computed. Pure.
pub mod movement {
    pub mod partner;
    pub mod gain;
    pub mod square;
    pub mod moved;
    pub mod side;
    pub mod stage;
    pub mod remainder;
    pub mod settle;
    pub mod asked;
    pub mod compared;
    pub mod walk;
    pub mod layout;
    pub mod yaml_text;
    pub mod remedy;
    pub mod trial;
    pub mod describe;
    pub mod compare;
}

/// Layer 3. What a change does: which flags, which hazards, how much of it is allowed. Pure.
pub mod diff {
    pub mod hazard;
    pub mod pairing;
    pub mod listed;
    pub mod difference;
    pub mod population;
    pub mod policy;
}

/// Layer 3. Results as text: one file a format. Pure.
pub mod report {
    pub mod text;
    pub mod tree;
    pub mod format;
    pub mod manifest;
    /// What was found in the definitions.
    pub mod findings {
        pub mod view;
        pub mod excerpt;
        pub mod human;
        pub mod json;
        pub mod github;
        pub mod sarif;
        pub mod format;
    }
    /// What was looked at for an evaluation.
    pub mod trace {
        pub mod human;
        pub mod json;
    }
    /// Results of flag tests.
    pub mod tests {
        pub mod view;
        pub mod human;
        pub mod json;
        pub mod github;
        pub mod junit;
        pub mod format;
    }
    /// What a change does, for people and programs.
    pub mod diff {
        pub mod view;
        pub mod inline;
        pub mod human;
        pub mod markdown;
        pub mod json;
        pub mod format;
    }
}

/// Layer 3. Flags of other systems as definitions, each with how far it answers as it did. Pure.
pub mod import {
    pub mod verdict;
    pub mod tree;
    pub mod draft;
    pub mod imported;
    pub mod logic;
    pub mod targeting;
    pub mod flagd_fractional;
    pub mod flagd;
    pub mod goff_query;
    pub mod goff_percentage;
    pub mod goff;
    pub mod system;
    pub mod decisions;
    pub mod report;
}

/// Layer 4. What is served: the only state that threads share.
pub mod snapshot {
    pub mod answer_metadata;
    pub mod answer_text;
    pub mod bulk_plan;
    pub mod version_headers;
    pub mod usage;
    pub mod pulse;
    pub mod shown_roots;
    pub mod current;
}

/// Layer 5. What the system lets the process take.
pub mod system {
    pub mod container;
    pub mod descriptors;
    pub mod memory;
}

/// Layer 5. Where definitions come from.
pub mod source {
    pub mod unreadable;
    pub mod door;
    pub mod glob;
    pub mod file_kind;
    pub mod tree;
    pub mod directories;
    pub mod walk;
    pub mod read;
    pub mod symlinks;
    /// Definitions in git: the commit that a root is of, and those of other commits.
    pub mod git {
        pub mod work_tree;
        pub mod repository;
        pub mod commit_tree;
        pub mod commit;
        pub mod revision;
        pub mod committed;
        /// A repository that has to be fetched.
        pub mod remote {
            pub mod address;
            pub mod proxy;
            pub mod exchange;
            pub mod http;
            pub mod stream;
            pub mod location;
            pub mod cache;
            pub mod fetch;
        }
        pub mod history;
        pub mod followed;
        pub mod torn;
        pub mod idle;
    }
    /// Noticing change.
    pub mod watch {
        pub mod mount;
        pub mod watch_set;
        pub mod bell;
        pub mod watcher;
    }
}

/// Layer 5. The only writer of the snapshot.
pub mod reload {
    pub mod change;
    pub mod room;
    pub mod acceptance;
    pub mod outcome;
    pub mod observer;
    pub mod journal;
    pub mod origin;
    pub mod compile_thread;
    pub mod serving;
    pub mod files;
    pub mod fetching;
    pub mod commits;
    pub mod loader;
    pub mod reloader;
}

/// Layer 6. Sockets and bytes: a whole request in, a whole response out. Knows no flags.
pub mod server {
    pub mod limits;
    pub mod address;
    pub mod account;
    pub mod answer;
    pub mod observer;
    pub mod listen;
    pub mod tally;
    pub mod journal;
    pub mod pace;
    pub mod progress;
    pub mod guests;
    pub mod slots;
    pub mod relief;
    pub mod transport;
    pub mod head;
    pub mod body;
    pub mod outgoing;
    pub mod connection;
    pub mod door;
    pub mod worker;
    pub mod accept;
}

/// Layer 6. What is counted and measured, and how it is shown to Prometheus.
pub mod metrics {
    pub mod cells;
    pub mod family;
    pub mod record;
    pub mod exposition;
}

/// Layer 6. The endpoints: what a request asks, and what the answer says.
pub mod api {
    pub mod error;
    pub mod reply;
    pub mod etag;
    pub mod origin;
    pub mod cors;
    pub mod selection;
    pub mod clock_step;
    pub mod schedule;
    pub mod events;
    pub mod shelf;
    pub mod call;
    pub mod ofrep_request;
    pub mod ofrep;
    pub mod bulk;
    pub mod flags_api;
    pub mod evaluation;
    pub mod subscription;
    pub mod definitions;
    pub mod status;
    pub mod scrape;
    pub mod manifest;
    pub mod openapi;
    pub mod path;
    pub mod route;
    pub mod request_counter;
    pub mod host;
}

/// Layer 7. The only code that knows the whole program: one file a command.
pub mod cli {
    pub mod outcome;
    pub mod environment;
    pub mod format;
    pub mod roots;
    pub mod following;
    pub mod check;
    pub mod sides;
    pub mod diff;
    pub mod test;
    pub mod eval;
    pub mod explain;
    pub mod new;
    pub mod import;
    pub mod schema;
    pub mod manifest;
    pub mod health;
    pub mod log_writer;
    pub mod logs;
    pub mod listening;
    pub mod serve;
    pub mod init;
    pub mod command;
}
