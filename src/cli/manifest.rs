//! `flagstaff manifest`: print the manifest from which OpenFeature's command line makes accessors.

use crate::{
    cli::{
        environment::Environment,
        outcome::{CommandOutcome, Exit},
        roots::{RootArguments, load},
    },
    report::manifest::Manifest,
};

/// The options of `manifest`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    roots: RootArguments,
}

const EXAMPLES: &str = "\
Examples:
  flagstaff manifest > flags.json
  flagstaff manifest flags deploy/environments/production > flags.json
  openfeature generate go --manifest flags.json --output internal/flags

The default value of each flag is that of its off variant. A flag without one is left out, and so is
one whose values are lists; a note says so. A running daemon answers the same at
`/openfeature/v0/manifest`, for `openfeature pull --provider-url`.";

/// Prints the manifest.
#[must_use]
pub fn run(arguments: Arguments, environment: &Environment) -> CommandOutcome {
    let loaded = match load(&arguments.roots.source(), environment.today()) {
        Ok(loaded) => loaded,
        Err(outcome) => return outcome,
    };
    let Some(definitions) = &loaded.compilation.definitions else {
        return loaded.refusal(environment.colour_messages);
    };
    let manifest = Manifest::of(definitions, |_| true);
    let outcome = CommandOutcome::new(Exit::Fine, manifest.map());
    manifest.notes().fold(outcome, CommandOutcome::message)
}
