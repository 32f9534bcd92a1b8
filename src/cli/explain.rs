//! `flagstaff explain`: what a rule id means.

use crate::{
    cli::outcome::{Outcome, Verdict},
    diagnostics::{catalogue, explanation::Rule, suggest::nearest},
};

/// The arguments of `explain`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The id in brackets after `error`, `warning` or `note`; all rules are listed if left out
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  flagstaff explain
  flagstaff explain split-sum";

/// Prints all that there is to say about a rule, or one line about each.
#[must_use]
pub fn run(arguments: &Arguments) -> Outcome {
    let Some(id) = &arguments.rule else {
        return Outcome::new(Verdict::Fine, list());
    };
    if let Some(rule) = catalogue::find(id) {
        return Outcome::new(Verdict::Fine, rule.text());
    }
    let outcome = Outcome::could_not_run(format_args!("there is no rule `{id}`"));
    match nearest(id, catalogue::all().iter().map(|rule| rule.id)) {
        Some(near) => outcome.message(format_args!("help: did you mean `{near}`?")),
        None => outcome.message("help: `flagstaff explain` lists all rules"),
    }
}

/// One line a rule, in columns.
fn list() -> String {
    let rules = catalogue::all();
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let line = |rule: &&Rule| format!("{:width$}  {:7}  {}\n", rule.id, rule.kind(), rule.summary);
    rules.iter().map(line).collect()
}
