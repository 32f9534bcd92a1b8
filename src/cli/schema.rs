//! `flagstaff schema`: print the JSON schema of a definition file, or of a file of flag tests.

use clap::ValueEnum;

use crate::{
    cli::outcome::{CommandOutcome, Exit},
    flag_test::file,
    schema::definition_file,
};

/// The arguments of `schema`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// For which files
    #[arg(value_name = "KIND", default_value = "flags")]
    kind: Kind,
}

/// What a schema is for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// Definition files
    Flags,
    /// Files of flag tests: `*.test.yaml`
    Tests,
}

const EXAMPLES: &str = "\
Examples:
  flagstaff schema > schema/flags.schema.json
  flagstaff schema tests > schema/tests.schema.json

With `# yaml-language-server: $schema=../schema/flags.schema.json` as its first line, an editor with
the YAML language server completes, explains and checks a file while you type.";

/// Prints the schema, as it is in the binary.
#[must_use]
pub fn run(arguments: &Arguments) -> CommandOutcome {
    let schema = match arguments.kind {
        Kind::Flags => definition_file::SCHEMA,
        Kind::Tests => file::SCHEMA,
    };
    CommandOutcome::new(Exit::Fine, format!("{}\n", schema.trim_end()))
}
