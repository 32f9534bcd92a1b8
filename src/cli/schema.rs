//! `flagstaff schema`: print the JSON schema of a definition file.

use crate::{
    cli::outcome::{Outcome, Verdict},
    definition::schema::SCHEMA,
};

/// For the command's help.
pub const EXAMPLES: &str = "\
Examples:
  flagstaff schema > schema/flags.schema.json

With `# yaml-language-server: $schema=../schema/flags.schema.json` as its first line, an editor with
the YAML language server completes, explains and checks a file while you type.";

/// Prints the schema, as it is in the binary.
#[must_use]
pub fn run() -> Outcome {
    Outcome::new(Verdict::Fine, format!("{}\n", SCHEMA.trim_end()))
}
