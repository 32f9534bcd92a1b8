//! The log: what it looks like, and how much of it there is.

use std::io::{self, IsTerminal};

use clap::ValueEnum;
use tracing_subscriber::{
    Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::cli::surroundings::Surroundings;

/// The options of the log.
#[derive(Clone, Debug, clap::Args)]
pub struct LogArguments {
    /// What the log looks like [default: text on a terminal, json elsewhere]
    #[arg(long, value_name = "FORMAT", env = "FLAGSTAFF_LOG_FORMAT")]
    log_format: Option<LogFormat>,
    /// What is logged: error, warn, info, debug or trace; by module, `info,flagstaff::http=debug`
    #[arg(long, value_name = "LEVEL", env = "FLAGSTAFF_LOG_LEVEL", default_value = "info")]
    log_level: Targets,
}

/// What the log looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// A line for people
    Text,
    /// A JSON object a line
    Json,
}

impl LogArguments {
    /// Logs to stderr from now on, for the rest of the process's life.
    pub fn start(&self, surroundings: &Surroundings) {
        let by_default = if io::stderr().is_terminal() { LogFormat::Text } else { LogFormat::Json };
        let base = fmt::layer().with_writer(io::stderr).with_target(false);
        let layer = match self.log_format.unwrap_or(by_default) {
            LogFormat::Text => base.with_ansi(surroundings.colour_messages).boxed(),
            LogFormat::Json => {
                let json = base.json().flatten_event(true);
                json.with_current_span(false).with_span_list(false).boxed()
            }
        };
        let filtered = layer.with_filter(self.log_level.clone());
        // Only a second call could fail, and then the first one's log is there.
        let _ = tracing_subscriber::registry().with(filtered).try_init();
    }
}
