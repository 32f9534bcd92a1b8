//! Names and values in sentences: on one line, cut short, and none to be taken for another.

use crate::yaml::node::{Node, NodeValue};

/// How many characters of a value are shown.
const SHOWN_CHARACTERS_MAX: usize = 60;

/// A name in backticks.
#[must_use]
pub fn quoted(name: &str) -> String {
    format!("`{}`", on_one_line(name))
}

/// A text without what would begin another line or command a terminal.
#[must_use]
pub fn on_one_line(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '\n' => '␊',
            '\r' => '␍',
            '\t' => ' ',
            letter if letter.is_control() => '�',
            letter => letter,
        })
        .collect()
}

/// A value, cut short. A text is in quotes, unless it is one word that nothing else looks like.
#[must_use]
pub fn in_words(node: &Node) -> String {
    match &node.value {
        NodeValue::String(text) if is_word(text) => shortened(text),
        _ => {
            let mut json = String::new();
            node.write_plain_json(&mut json);
            shortened(&json)
        }
    }
}

/// A value as JSON, in the same way.
#[must_use]
pub fn json_in_words(json: &str) -> String {
    let text = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    shortened(text.filter(|text| is_word(text)).unwrap_or(json))
}

/// What people wrote for people, or a name: as it is, cut short.
#[must_use]
pub fn plain(node: &Node) -> String {
    let mut json = String::new();
    let text = match &node.value {
        NodeValue::String(text) => text,
        _ => {
            node.write_canonical_json(&mut json);
            &*json
        }
    };
    shortened(&on_one_line(text))
}

/// A text, cut short.
#[must_use]
pub fn shortened(text: &str) -> String {
    let shown: String = text.chars().take(SHOWN_CHARACTERS_MAX).collect();
    if shown.len() < text.len() { format!("{shown}…") } else { shown }
}

/// Whether a text is one word that is no number, no keyword and no punctuation.
fn is_word(text: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || "-_.:/@+".contains(letter);
    text.starts_with(char::is_alphabetic)
        && text.chars().all(is_part)
        && !text.ends_with([':', '.', '/'])
        && !["true", "false", "null"].contains(&text)
}
