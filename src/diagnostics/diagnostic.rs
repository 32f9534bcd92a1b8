//! Something that is wrong or unwise in the definitions, as a plain value.

use crate::diagnostics::place::Place;

/// How long a message may be, in characters: what it quotes can be as long as a file.
const MESSAGE_CHARACTERS_MAX: usize = 1_000;
/// How many places a diagnostic may relate to, such as those of a circle.
const RELATED_MAX: usize = 20;

/// One finding. Its message is one line that stands alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable kebab-case id of the rule.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong and what was expected; names in backticks, no full stop.
    pub message: String,
    /// Where.
    pub place: Place,
    /// The flag that it concerns.
    pub flag: Option<String>,
    /// What was probably meant, to be written in its place.
    pub suggestion: Option<String>,
    /// Other places that play a part.
    pub related: Vec<Related>,
}

/// A place that plays a part in a diagnostic, and which one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// What is there.
    pub message: String,
    /// Where.
    pub place: Place,
}

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

impl Diagnostic {
    /// An error.
    #[must_use]
    pub fn error(rule: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self::new(rule, Severity::Error, place, message.into())
    }

    /// A warning.
    #[must_use]
    pub fn warning(rule: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self::new(rule, Severity::Warning, place, message.into())
    }

    /// A note.
    #[must_use]
    pub fn note(rule: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self::new(rule, Severity::Note, place, message.into())
    }

    fn new(rule: &'static str, severity: Severity, place: Place, message: String) -> Self {
        let (flag, suggestion, related) = (None, None, Vec::new());
        Self { rule, severity, message: one_line(message), place, flag, suggestion, related }
    }

    /// The same, concerning a flag.
    #[must_use]
    pub fn of_flag(mut self, key: impl Into<String>) -> Self {
        self.flag = Some(key.into());
        self
    }

    /// The same, with what was probably meant.
    #[must_use]
    pub fn suggest(mut self, replacement: Option<impl Into<String>>) -> Self {
        self.suggestion = replacement.map(Into::into);
        self
    }

    /// The same, with a place that plays a part; beyond twenty, the same.
    #[must_use]
    pub fn relate(mut self, message: impl Into<String>, place: Place) -> Self {
        if self.related.len() < RELATED_MAX {
            self.related.push(Related { message: one_line(message.into()), place });
        }
        self
    }
}

/// The message on one line, and not too long: names that it quotes may have any text in them.
fn one_line(message: String) -> String {
    let is_break = |letter: char| matches!(letter, '\n' | '\r');
    let is_short = message.chars().nth(MESSAGE_CHARACTERS_MAX).is_none();
    if is_short && !message.contains(is_break) {
        return message;
    }
    let shown = message.chars().take(MESSAGE_CHARACTERS_MAX).map(|letter| match letter {
        '\n' => '␊',
        '\r' => '␍',
        other => other,
    });
    shown.chain((!is_short).then_some('…')).collect()
}
