//! `flagstaff schema`: print the JSON schema of a definition file.

use crate::{
    cli::outcome::{Outcome, Verdict},
    definition::schema::SCHEMA,
};

/// Prints the schema, as it is in the binary.
#[must_use]
pub fn run() -> Outcome {
    Outcome::new(Verdict::Fine, format!("{}\n", SCHEMA.trim_end()))
}
