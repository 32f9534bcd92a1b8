//! What can be wrong or unwise where the case of letters is to be ignored: one constructor each.

use crate::diagnostics::{code::Code, diagnostic::Diagnostic, place::Place, quote::quote};

/// `ignore_case` beside a value in which there is no text.
#[must_use]
pub fn value(written: &str, place: Place, value: Place) -> Diagnostic {
    let message = format!(
        "`ignore_case` goes with texts, and there is none in what this compares with: {written}"
    );
    Code::IgnoreCaseMisfit.at(place, message).relate("the value is here", value)
}

/// Two values of a list that differ in case only, where case is ignored.
#[must_use]
pub fn same(first: &str, second: &str, place: Place, first_place: Place) -> Diagnostic {
    let (first, second) = (quote(first), quote(second));
    let message = format!(
        "`{second}` and `{first}` are the same where case is ignored; one of them is enough"
    );
    Code::SameIgnoringCase.at(place, message).relate(format!("`{first}` is here"), first_place)
}
