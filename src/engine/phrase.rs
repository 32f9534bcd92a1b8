//! Comparisons and their values in words.

use std::{borrow::Cow, fmt};

use crate::engine::{
    comparison::{Comparison, Order},
    value::Value,
};

/// How many characters of a value a description shows.
pub const SHOWN_CHARACTERS_MAX: usize = 100;
/// What a string without quotes cannot have, since names and lists in sentences are made of it.
const MEANINGFUL: &str = "`\",[]";
/// How many values of a list a description spells out.
const SHOWN_MAX: usize = 8;

/// What follows the attribute's name in a sentence: one of three verbs, and what all have in
/// common.
#[derive(Debug)]
pub struct Phrase {
    /// The comparison as it is written: "is not", ">=". This is what its `Display` says.
    pub written: &'static str,
    /// That it holds, said so that it is not true of a missing attribute unless it holds for one:
    /// "is present and not", "is at least".
    pub holding: &'static str,
    /// That it does not hold, for whatever reason: "is missing or".
    pub failing: &'static str,
    /// That it does not hold although the attribute is there: "is".
    pub failing_though_present: &'static str,
    /// What comes behind the verb: "[NL, BE]"; may be empty.
    pub rest: String,
}

impl Phrase {
    /// The phrase of a comparison.
    #[must_use]
    pub fn of(comparison: &Comparison) -> Self {
        let (verb, negated, rest) = match comparison {
            Comparison::Equal(value, true) => ("is", "is not", describe(value)),
            Comparison::Equal(value, false) => {
                return Self {
                    written: "is not",
                    holding: "is present and not",
                    failing: "is missing or",
                    failing_though_present: "is",
                    rest: describe(value),
                };
            }
            Comparison::Member(set, true) => ("is one of", "is none of", list(&set.values())),
            Comparison::Member(set, false) => {
                return Self {
                    written: "is none of",
                    holding: "is present and none of",
                    failing: "is missing or one of",
                    failing_though_present: "is one of",
                    rest: list(&set.values()),
                };
            }
            Comparison::Ordered(order, bound) => {
                let (written, holding, failing) = match order {
                    Order::Greater => (">", "is above", "is not above"),
                    Order::GreaterOrEqual => (">=", "is at least", "is not at least"),
                    Order::Less => ("<", "is below", "is not below"),
                    Order::LessOrEqual => ("<=", "is at most", "is not at most"),
                };
                let rest = describe(bound);
                return Self { written, holding, failing, failing_though_present: failing, rest };
            }
            Comparison::Contains(values) => match &***values {
                [value] => ("contains", "does not contain", describe(value)),
                values => ("contains one of", "does not contain one of", list(values)),
            },
            Comparison::StartsWith(parts) => match &**parts {
                [part] => ("starts with", "does not start with", describe_text(part)),
                parts => ("starts with one of", "does not start with one of", texts(parts)),
            },
            Comparison::EndsWith(parts) => match &**parts {
                [part] => ("ends with", "does not end with", describe_text(part)),
                parts => ("ends with one of", "does not end with one of", texts(parts)),
            },
            Comparison::Matches(pattern) => {
                ("matches", "does not match", format!("/{}/", shortened(pattern.as_str())))
            }
            Comparison::Exists(true) => ("is present", "is missing", String::new()),
            Comparison::Exists(false) => ("is missing", "is present", String::new()),
            Comparison::Version(requirement) => {
                ("satisfies", "does not satisfy", requirement.to_string())
            }
            Comparison::Before(instant) => ("is before", "is not before", instant.to_string()),
            Comparison::After(instant) => ("is", "is not", format!("{instant} or later")),
            Comparison::InNetwork(networks) => match &**networks {
                [network] => ("is in", "is not in", network.to_string()),
                networks => {
                    let networks = networks.iter().map(ToString::to_string).collect::<Vec<_>>();
                    ("is in one of", "is not in one of", describe_list(&networks))
                }
            },
            Comparison::IgnoringCase(comparison) => {
                let phrase = Self::of(comparison.written());
                return Self { rest: format!("{} (ignoring case)", phrase.rest), ..phrase };
            }
        };
        let (written, holding, failing) = (verb, verb, negated);
        Self { written, holding, failing, failing_though_present: failing, rest }
    }

    /// That the comparison holds: "is one of [NL, BE]", "is at least 18".
    #[must_use]
    pub fn holding(&self) -> String {
        self.with(self.holding)
    }

    /// That the comparison does not hold, for whatever reason: "does not start with staff-".
    #[must_use]
    pub fn failing(&self) -> String {
        self.with(self.failing)
    }

    /// The same of an attribute that is known to be present: "is NL" and not "is missing or NL".
    #[must_use]
    pub fn failing_though_present(&self) -> String {
        self.with(self.failing_though_present)
    }

    fn with(&self, verb: &str) -> String {
        if self.rest.is_empty() { verb.to_owned() } else { format!("{verb} {}", self.rest) }
    }
}

/// What follows the attribute's name in a sentence: `is one of [NL, BE]`.
impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phrase = Phrase::of(self);
        formatter.write_str(&phrase.with(phrase.written))
    }
}

/// A value as people write it: a string without quotes, unless it is empty, begins or ends with a
/// space, would read as a value of another type or as the end of a sentence's name or list, or has
/// a line feed or another control character.
#[must_use]
pub fn describe(value: &Value<'_>) -> String {
    match value {
        Value::String(text) if is_plain(text) => shortened(text),
        other => shortened(&other.to_string()),
    }
}

/// The beginning of a text, with `…` behind it if that is not all: a value may be as long as a file
/// or a request, and be named at many places.
#[must_use]
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS_MAX).and_then(|(end, _)| text.get(..end)) {
        Some(beginning) => format!("{beginning}…"),
        None => text.to_owned(),
    }
}

/// Whether a string without quotes is seen to be that string.
fn is_plain(text: &str) -> bool {
    let mut letters = text.chars();
    let is_bare = |letter: Option<char>| letter.is_some_and(|letter| !letter.is_whitespace());
    let is_other = || serde_json::from_str::<Value<'_>>(text).is_ok();
    is_bare(letters.next())
        && (is_bare(letters.next_back()) || text.chars().count() == 1)
        && !text.chars().any(|letter| letter.is_control() || MEANINGFUL.contains(letter))
        && !is_other()
}

/// A text as people write it; see [`describe`].
fn describe_text(text: &str) -> String {
    describe(&Value::String(Cow::Borrowed(text)))
}

/// Values as people write them, as a list.
fn list(values: &[Value<'_>]) -> String {
    describe_list(&values.iter().map(describe).collect::<Vec<_>>())
}

/// Texts as people write them, as a list.
fn texts(parts: &[Box<str>]) -> String {
    describe_list(&parts.iter().map(|part| describe_text(part)).collect::<Vec<_>>())
}

/// `[a, b, c]`, cut short after a few.
fn describe_list(items: &[String]) -> String {
    let shown = items.get(..SHOWN_MAX).unwrap_or(items).join(", ");
    match items.len().saturating_sub(SHOWN_MAX) {
        0 => format!("[{shown}]"),
        more => format!("[{shown}, … {more} more]"),
    }
}
