//! How far an imported flag answers as it did: exactly, under conditions, or not at all.

use std::collections::BTreeSet;

use crate::diagnostics::place::Place;

/// How far an imported flag answers as the other system does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportVerdict {
    /// For every evaluation context.
    Exact,
    /// For every evaluation context for which these hold: each completes "exact if …".
    ExactIf(BTreeSet<String>),
    /// It cannot be said without a guess, so it is left out.
    Refused(ImportRefusal),
}

/// Why a flag is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRefusal {
    /// Where in the source.
    pub place: Place,
    /// What cannot be said, as a sentence without a full stop.
    pub why: String,
    /// What to do about it, in the imperative.
    pub help: String,
}

impl ImportRefusal {
    /// A refusal.
    pub fn new(place: Place, why: impl Into<String>, help: impl Into<String>) -> Self {
        Self { place, why: why.into(), help: help.into() }
    }
}

impl ImportVerdict {
    /// The verdict of a flag that is imported under these conditions.
    #[must_use]
    pub fn under(conditions: BTreeSet<String>) -> Self {
        if conditions.is_empty() { Self::Exact } else { Self::ExactIf(conditions) }
    }

    /// In a word.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::ExactIf(_) => "exact if",
            Self::Refused(_) => "refused",
        }
    }
}
