//! Names and values as a message shows them: on one line, and never longer than a name can be.

/// How many characters the name of a flag, segment, attribute or variant may have; the schema says
/// the same. What is longer is cut short in a message.
pub const NAME_LENGTH_MAX: usize = 150;

/// The text as a message shows it between backticks: control characters escaped, and cut short.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut shown = String::new();
    for (index, letter) in text.chars().enumerate() {
        if index == NAME_LENGTH_MAX {
            shown.push('…');
            break;
        }
        if letter.is_control() {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}
