//! What can be wrong with the shape of a document: one constructor each.

use crate::{definition::diagnostic::Diagnostic, place::Place};

/// Anything else that the schema does not allow, in the validator's words.
#[must_use]
pub fn other(place: Place, message: String) -> Diagnostic {
    Diagnostic::error("schema", place, message)
}
