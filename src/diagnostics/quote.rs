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

/// The first character of a text that looks like a space or like nothing, and is no space to YAML;
/// with its name. Joiners are left out: letters of many scripts, and emoji, are made with them.
#[must_use]
pub fn invisible(text: &str) -> Option<(char, &'static str)> {
    if text.is_ascii() {
        return None;
    }
    text.chars().find_map(|letter| {
        let name = match letter {
            '\u{A0}' | '\u{202F}' => "a no-break space",
            '\u{AD}' => "a soft hyphen",
            '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{205F}' | '\u{3000}' => "a special space",
            '\u{200B}' => "a zero-width space",
            '\u{2060}' => "a word joiner",
            '\u{FEFF}' => "a byte order mark",
            _ => return None,
        };
        Some((letter, name))
    })
}
