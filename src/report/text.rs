//! Words for people: counts, and text that is safe to show.

use std::{borrow::Cow, fmt::Write as _};

use crate::diagnostics::prose::Prose;

/// How many characters of a text that is quoted are shown.
pub const QUOTED_CHARACTERS_MAX: usize = 120;

/// `1 flag`, `2 flags`: a count and its noun, which forms its plural with `s`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn enumerate(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The same text without anything that a terminal obeys: each control character, and each that
/// turns the direction of writing, becomes one visible character, so that columns stay true.
/// Tabs and line feeds stay.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(|letter| visible(letter) == letter) {
        return Cow::Borrowed(text);
    }
    text.chars().map(visible).collect()
}

/// The same of words.
#[must_use]
pub fn printable_words(words: &Prose) -> String {
    printable(&words.to_string()).into_owned()
}

/// The same as [`printable`], on one line and no longer than [`QUOTED_CHARACTERS_MAX`].
#[must_use]
pub fn quotable(text: &str) -> Cow<'_, str> {
    let is_short = text.chars().nth(QUOTED_CHARACTERS_MAX).is_none();
    if is_short && text.chars().all(|letter| visible_on_line(letter) == letter) {
        return Cow::Borrowed(text);
    }
    let shown = text.chars().take(QUOTED_CHARACTERS_MAX).map(visible_on_line);
    shown.chain((!is_short).then_some('…')).collect()
}

/// The same as [`printable`], on one line, whatever its length.
#[must_use]
pub fn on_one_line(text: &str) -> String {
    text.chars().map(visible_on_line).collect()
}

/// JSON in which no character is one that a terminal obeys: what JSON itself does not ask to be
/// escaped is escaped too. Means the same.
#[must_use]
pub fn escape_json(json: String) -> String {
    let is_harmless = |letter: char| letter == '\n' || visible(letter) == letter;
    if json.chars().all(is_harmless) {
        return json;
    }
    json.chars().fold(String::new(), |mut escaped, letter| {
        if is_harmless(letter) {
            escaped.push(letter);
        } else {
            // All of them are below U+10000, so one escape is enough.
            let _ = write!(escaped, "\\u{:04x}", u32::from(letter));
        }
        escaped
    })
}

/// Whether a terminal obeys a character rather than showing it; tabs and line feeds are no such.
#[must_use]
pub fn is_obeyed(letter: char) -> bool {
    visible(letter) != letter
}

fn visible_on_line(letter: char) -> char {
    match letter {
        '\n' => '␊',
        '\t' => '␉',
        other => visible(other),
    }
}

fn visible(letter: char) -> char {
    match letter {
        '\t' | '\n' => letter,
        // The pictures of the control characters stand in their order.
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(letter)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '␡',
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        other => other,
    }
}
