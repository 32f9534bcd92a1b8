//! What a command came to: what it prints, and how the program ends.

use std::fmt::{Display, Write as _};

/// What a command came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandOutcome {
    /// What was asked for: goes to stdout.
    pub output: String,
    /// What there is to say about it: goes to stderr.
    pub messages: String,
    /// How the program ends.
    pub verdict: Exit,
}

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Fine.
    Fine,
    /// What was asked about is not fine: problems, an error code, a daemon that is not ready.
    Problem,
    /// It could not run: a missing root, a bad option.
    CouldNotRun,
}

impl Exit {
    /// The exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Problem => 1,
            Self::CouldNotRun => 2,
        }
    }
}

impl CommandOutcome {
    /// Output, and nothing to add.
    #[must_use]
    pub fn new(verdict: Exit, output: String) -> Self {
        Self { output, messages: String::new(), verdict }
    }

    /// The command could not run; why, in a sentence without a full stop.
    #[must_use]
    pub fn could_not_run(reason: impl Display) -> Self {
        Self::new(Exit::CouldNotRun, String::new()).error(reason)
    }

    /// The same, with an error for people.
    #[must_use]
    pub fn error(self, reason: impl Display) -> Self {
        self.message(format_args!("error: {reason}"))
    }

    /// The same, with one more line for people.
    #[must_use]
    pub fn message(mut self, line: impl Display) -> Self {
        let _ = writeln!(self.messages, "{line}");
        self
    }
}
