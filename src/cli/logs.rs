//! The log: what it looks like, and how much of it there is.

use std::{
    io::{self, IsTerminal},
    str::FromStr,
    sync::{Arc, atomic::AtomicUsize},
};

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{
    cli::{
        environment::Environment,
        log_writer::{LogFormat, Queue, log_panics},
    },
    diagnostics::suggest::nearest,
};

/// The modules that write to the log, sorted. No dependency does: their own logging is off.
pub const MODULES: [&str; 8] = [
    "flagstaff::cli::listening",
    "flagstaff::cli::log_writer",
    "flagstaff::cli::serve",
    "flagstaff::reload::journal",
    "flagstaff::reload::reloader",
    "flagstaff::server::connection",
    "flagstaff::server::journal",
    "flagstaff::server::worker",
];

/// The levels, from nothing to everything.
const LEVELS: [(&str, LevelFilter); 6] = [
    ("off", LevelFilter::OFF),
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
    ("trace", LevelFilter::TRACE),
];

/// The level of modules that none is said for: who asks for more of one wants the rest, too.
const LEVEL_DEFAULT: LevelFilter = LevelFilter::INFO;

/// What other programs call these levels.
const OTHER_NAMES: [(&str, &str); 16] = [
    ("all", "trace"),
    ("alert", "error"),
    ("crit", "error"),
    ("critical", "error"),
    ("disabled", "off"),
    ("emerg", "error"),
    ("err", "error"),
    ("fatal", "error"),
    ("fine", "debug"),
    ("information", "info"),
    ("none", "off"),
    ("notice", "info"),
    ("quiet", "error"),
    ("severe", "error"),
    ("silent", "off"),
    ("verbose", "debug"),
];

/// The options of the log.
#[derive(Clone, Debug, clap::Args)]
pub struct LogArguments {
    /// What the log looks like [default: text on a terminal, json elsewhere]
    #[arg(long, value_name = "FORMAT", env = "FLAGSTAFF_LOG_FORMAT")]
    log_format: Option<LogFormat>,
    /// What is logged: off, error, warn, info, debug or trace; a module can have a level of its own,
    /// `info,flagstaff::server=debug`
    #[arg(long, value_name = "LEVEL", env = "FLAGSTAFF_LOG_LEVEL", default_value = "info")]
    log_level: LogLevel,
}

/// How much is logged: a level, and others for single modules.
#[derive(Clone, Debug)]
struct LogLevel(Targets);

/// The log, for as long as this lives. When it is dropped, what is still to be written is written,
/// if that takes no longer than about a second.
#[derive(Debug)]
pub struct Log {
    _writer: WorkerGuard,
    /// How many lines were dropped so far.
    pub dropped: Arc<AtomicUsize>,
}

impl LogArguments {
    /// Logs to stderr from now on, panics too.
    #[must_use]
    pub fn start(&self, environment: &Environment) -> Log {
        let by_default = if io::stderr().is_terminal() { LogFormat::Text } else { LogFormat::Json };
        let format = self.log_format.unwrap_or(by_default);
        let (queue, writer) = Queue::new(io::stderr(), format);
        let dropped = queue.dropped();
        let base = fmt::layer().with_writer(queue).with_target(false);
        let layer = match format {
            LogFormat::Text => base.with_ansi(environment.colour_messages).boxed(),
            LogFormat::Json => {
                let json = base.json().flatten_event(true);
                json.with_current_span(false).with_span_list(false).boxed()
            }
        };
        let filtered = layer.with_filter(self.log_level.0.clone());
        // Only a second call could fail, and then the first one's log is there.
        let _ = tracing_subscriber::registry().with(filtered).try_init();
        log_panics();
        Log { _writer: writer, dropped }
    }
}

impl FromStr for LogLevel {
    type Err = String;

    /// Reads `LEVEL`, `MODULE=LEVEL`, or several of them with commas between. A module speaks for
    /// those below it. The rest has the level that has no module, or [`LEVEL_DEFAULT`].
    fn from_str(text: &str) -> Result<Self, String> {
        let mut all: Option<LevelFilter> = None;
        let mut modules: Vec<(&str, LevelFilter)> = Vec::new();
        for part in text.split(',') {
            match part.split_once('=') {
                None => {
                    if all.replace(level(part)?).is_some() {
                        return Err(
                            "there is more than one level for everything: write others as \
                                    `MODULE=LEVEL`"
                                .to_owned(),
                        );
                    }
                }
                Some((name, value)) => {
                    let name = module(name)?;
                    if modules.iter().any(|(known, _)| *known == name) {
                        return Err(format!("there is more than one level for `{name}`"));
                    }
                    modules.push((name, level(value)?));
                }
            }
        }
        let rest = all.unwrap_or(LEVEL_DEFAULT);
        Ok(Self(Targets::new().with_targets(modules).with_default(rest)))
    }
}

/// The level of that name, in any case.
fn level(name: &str) -> Result<LevelFilter, String> {
    let found = LEVELS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    if let Some((_, level)) = found {
        return Ok(*level);
    }
    if is_module(name) {
        return Err(format!("`{name}` has no level: write `{name}=debug`"));
    }
    if name.is_empty() {
        return Err("a level is missing: expected `LEVEL` or `MODULE=LEVEL`".to_owned());
    }
    let names = LEVELS.map(|(known, _)| known);
    let other = OTHER_NAMES.iter().find(|(other, _)| other.eq_ignore_ascii_case(name.trim()));
    let meant = other.map(|(_, meant)| *meant).or_else(|| nearest(name, names));
    let hint = meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
    Err(format!("`{name}` is not a level: expected {}{hint}", list(&names)))
}

/// The module of that name, with those below it.
fn module(name: &str) -> Result<&str, String> {
    if is_module(name) {
        return Ok(name);
    }
    let above = MODULES
        .iter()
        .flat_map(|module| module.rmatch_indices("::").filter_map(|(end, _)| module.get(..end)));
    // The longest first: of names equally near, the first is meant.
    let mut names: Vec<&str> = above.chain(MODULES).collect();
    names.sort_by_key(|name| (usize::MAX - name.len(), *name));
    let hint = match nearest(name, names) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    };
    Err(format!(
        "no module `{name}` writes to the log: expected `flagstaff` or what begins {}{hint}",
        list(&MODULES)
    ))
}

/// Whether modules that write to the log are that one or below it.
fn is_module(name: &str) -> bool {
    MODULES.iter().any(|module| {
        let below = module.strip_prefix(name);
        below.is_some_and(|below| below.is_empty() || below.starts_with("::")) && !name.is_empty()
    })
}

/// Names in a sentence: `a`, `b` or `c`.
fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.join(""),
    }
}
