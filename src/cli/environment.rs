//! What the program is run from, as far as commands depend on it: read once, at the edge.
#![expect(clippy::disallowed_methods, reason = "the clock and the environment enter here")]

use std::{
    env,
    io::{self, IsTerminal},
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// What the program is run from.
#[derive(Clone, Copy, Debug)]
pub struct Environment {
    /// Whether a person reads stdout as it comes.
    pub output_is_terminal: bool,
    /// Whether stdout shows colour.
    pub colour_output: bool,
    /// Whether stderr shows colour.
    pub colour_messages: bool,
    /// The time.
    pub now: Timestamp,
}

impl Environment {
    /// As they are now. Colour is for terminals, unless `NO_COLOR` is set or the terminal is dumb.
    #[must_use]
    pub fn of_process() -> Self {
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_plain = is_set("NO_COLOR") || env::var_os("TERM").is_some_and(|term| term == "dumb");
        let output_is_terminal = io::stdout().is_terminal();
        Self {
            output_is_terminal,
            colour_output: !is_plain && output_is_terminal,
            colour_messages: !is_plain && io::stderr().is_terminal(),
            now: Timestamp::now(),
        }
    }

    /// The day, in UTC.
    #[must_use]
    pub fn today(&self) -> Date {
        self.now.to_zoned(TimeZone::UTC).date()
    }
}
