//! `flagstaff explain`: what a rule id means.

use crate::{
    cli::outcome::{CommandOutcome, Exit},
    diagnostics::{
        code::{explanation, explanations},
        explanation::Explanation,
        suggest::nearest,
    },
};

/// The arguments of `explain`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The id in brackets after `error`, `warning` or `note`; lists all by default
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  flagstaff explain
  flagstaff explain split-sum";

/// Prints all that there is to say about a rule, or one line about each.
#[must_use]
pub fn run(arguments: &Arguments) -> CommandOutcome {
    let Some(id) = &arguments.rule else {
        return CommandOutcome::new(Exit::Fine, list());
    };
    if let Some(explanation) = explanation(id) {
        return CommandOutcome::new(Exit::Fine, explanation.plain());
    }
    let outcome = CommandOutcome::could_not_run(format_args!("there is no rule `{id}`"));
    match nearest(id, explanations().iter().map(|explanation| explanation.id)) {
        Some(near) => outcome.message(format_args!("help: did you mean `{near}`?")),
        None => outcome.message("help: `flagstaff explain` lists all rules"),
    }
}

/// One line a rule, in columns.
fn list() -> String {
    let all = explanations();
    let width = all.iter().map(|explanation| explanation.id.len()).max().unwrap_or(0);
    let line = |it: &Explanation| format!("{:width$}  {:7}  {}\n", it.id, it.kind(), it.summary);
    all.iter().map(line).collect()
}
