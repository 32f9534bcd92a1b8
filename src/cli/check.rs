//! `flagstaff check`: validate definitions.

use clap::builder::BoolishValueParser;
use jiff::civil::Date;

use crate::{
    cli::{
        environment::Environment,
        format,
        outcome::{CommandOutcome, Exit},
        roots::{RootArguments, load},
    },
    diagnostics::{
        code::{Code, NotAllowed},
        diagnostic::Diagnostic,
    },
    report::findings::format::{FORMATS, FindingsFormat},
};

/// The options of `check`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    roots: RootArguments,
    /// How to show the findings
    #[arg(
        long,
        value_name = "FORMAT",
        env = "FLAGSTAFF_FORMAT", hide_env_values = true,
        default_value = FORMATS[0].name,
        value_parser = format::one_of(&FORMATS),
    )]
    format: FindingsFormat,
    /// Fail on warnings, too
    #[arg(
        long,
        env = "FLAGSTAFF_DENY_WARNINGS",
        hide_env_values = true,
        value_parser = BoolishValueParser::new(),
    )]
    deny_warnings: bool,
    /// Ignore a warning or note that you mean, by its id; repeatable
    #[arg(
        long,
        value_name = "RULE",
        env = "FLAGSTAFF_ALLOW",
        hide_env_values = true,
        value_delimiter = ',',
        value_parser = allowed,
    )]
    allow: Vec<Code>,
    /// The day on which to judge `expires`; today in UTC by default
    #[arg(
        long,
        value_name = "DATE",
        env = "FLAGSTAFF_AT",
        hide_env_values = true,
        value_parser = day,
    )]
    at: Option<Date>,
}

const EXAMPLES: &str = "\
Examples:
  flagstaff check
  flagstaff check flags deploy/environments/production --deny-warnings
  flagstaff check --format github

The exit code is 1 if there are errors, or warnings with `--deny-warnings`. `flagstaff explain RULE`
explains the id in brackets. What you mean, `--allow RULE` ignores everywhere, and `allow: [RULE]`
in a flag ignores there.";

/// Validates, and shows everything that was found.
#[must_use]
pub fn run(arguments: Arguments, environment: &Environment) -> CommandOutcome {
    let today = arguments.at.unwrap_or_else(|| environment.today());
    let mut loaded = match load(&arguments.roots.source(), today) {
        Ok(loaded) => loaded,
        Err(outcome) => return outcome,
    };
    let allowed = |found: &Diagnostic| arguments.allow.contains(&found.code);
    loaded.compilation.diagnostics.retain(|found| !allowed(found));
    let findings = loaded.findings();
    let tally = findings.tally();
    let fails = 0 < tally.errors || arguments.deny_warnings && 0 < tally.warnings;
    let verdict = if fails { Exit::Problem } else { Exit::Fine };
    CommandOutcome::new(verdict, (arguments.format.render)(&findings, environment.colour_output))
}

fn allowed(id: &str) -> Result<Code, String> {
    Code::to_allow(id).map_err(|NotAllowed { reason, meant }| match meant {
        Some(meant) => format!("{reason}; did you mean `{meant}`?"),
        None => reason,
    })
}

fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "expected a day such as 2027-03-31".to_owned())
}
