//! Something that is wrong or unwise in the definitions, as a plain value.

use std::cmp::Ordering;

use crate::diagnostics::{
    code::Code, place::Place, prose::Prose, quote::invisible, severity::Severity,
};

/// How long a message may be, in characters: what it quotes can be as long as a file.
const MESSAGE_CHARACTERS_MAX: usize = 1_000;
/// What stands before a suggestion where a message makes it itself.
const SAYING: [&str; 4] = ["write", "called", "with", "means"];
/// How many places a diagnostic may relate to, such as those of a circle.
const RELATED_MAX: usize = 20;

/// One finding. Its message is one line that stands alone.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// What it is about.
    pub code: Code,
    /// What is wrong and what was expected; names in backticks, no full stop.
    pub message: Prose,
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
#[derive(Clone, Debug)]
pub struct Related {
    /// What is there.
    pub message: Prose,
    /// Where.
    pub place: Place,
}

impl Code {
    /// A diagnostic of this code. The message says what is wrong and what was expected, on one
    /// line without a full stop.
    #[must_use]
    pub fn at(self, place: Place, message: impl Into<String>) -> Diagnostic {
        let message = one_line(naming_invisible(message.into())).into();
        let (flag, suggestion, related) = (None, None, Vec::new());
        Diagnostic { code: self, message, place, flag, suggestion, related }
    }
}

impl Diagnostic {
    /// How bad it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// Whether another load has said this already, wherever in the file it stood then.
    #[must_use]
    pub fn is_as_before(&self, before: &Self) -> bool {
        self.code == before.code && self.by_words(before).is_eq()
    }

    /// The order of findings at one place: by code, then by what they say.
    #[must_use]
    pub fn by_words(&self, other: &Self) -> Ordering {
        let by_message = || self.message.words().cmp(other.message.words());
        self.code.cmp(&other.code).then_with(by_message)
    }

    /// Whether both are one finding that was made twice.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (self.place, &self.flag, &self.suggestion) == (other.place, &other.flag, &other.suggestion)
            && self.by_words(other).is_eq()
            && self.related.iter().map(|it| it.place).eq(other.related.iter().map(|it| it.place))
    }

    /// What was probably meant, unless the message says to write it. A message that merely lists it
    /// among other names does not.
    #[must_use]
    pub fn unsaid_suggestion(&self) -> Option<&str> {
        let words = self.message.words();
        let is_said =
            |meant: &&str| SAYING.iter().any(|say| words.contains(&format!("{say} `{meant}`")));
        self.suggestion.as_deref().filter(|meant| !is_said(meant))
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
            self.related.push(Related { message: one_line(message.into()).into(), place });
        }
        self
    }
}

/// The message, which names a character that nobody sees, such as one in a name that it quotes.
fn naming_invisible(message: String) -> String {
    match invisible(&message) {
        Some((letter, name)) => {
            format!("{message}; there is {name} (U+{:04X}) in it", u32::from(letter))
        }
        None => message,
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
