//! How bad something is.

/// How bad something is. Ordered: worse is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Shown, never failing.
    Note,
    /// Served, shown, and failing `check --deny-warnings`.
    Warning,
    /// Nothing with an error is ever served.
    Error,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}
