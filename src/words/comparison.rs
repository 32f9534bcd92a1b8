//! A comparison in words, as what follows an attribute's name in a sentence.

use crate::engine::{comparison::Comparison, phrase::Phrase};

/// A comparison that holds: "is one of [NL, BE]", "is at least 18".
#[must_use]
pub fn holding(comparison: &Comparison) -> String {
    Phrase::of(comparison).holding()
}

/// One that does not hold, for whatever reason: "does not start with staff-".
#[must_use]
pub fn failing(comparison: &Comparison) -> String {
    Phrase::of(comparison).failing()
}

/// One that does not hold of an attribute that is there: "is NL", not "is missing or NL".
#[must_use]
pub fn failing_though_present(comparison: &Comparison) -> String {
    Phrase::of(comparison).failing_though_present()
}
