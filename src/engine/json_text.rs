//! Pieces of JSON text: the one place where strings are written as JSON.
//!
//! The code is our own because the version of a flag set is a digest of such text: how a character
//! is escaped must never depend on a library's release. The same text goes to a `String`, to bytes
//! and to a `Formatter`, for the last of which `serde_json` has no writer.

use std::fmt::{self, Write};

/// Writes a string as JSON. Quotes, backslashes and control characters are escaped, nothing else;
/// line feeds, carriage returns and tabs have the short forms, all others `\u00xx`.
///
/// # Errors
///
/// Those of `out`; none where that is a `String`.
pub fn write_quoted(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    let mut rest = text;
    let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    while let Some(at) = rest.bytes().position(is_special) {
        let (plain, special) = rest.split_at(at);
        out.write_str(plain)?;
        let mut letters = special.chars();
        match letters.next() {
            Some('\n') => out.write_str("\\n")?,
            Some('\r') => out.write_str("\\r")?,
            Some('\t') => out.write_str("\\t")?,
            Some('"') => out.write_str("\\\"")?,
            Some('\\') => out.write_str("\\\\")?,
            Some(letter) => write!(out, "\\u{:04x}", u32::from(letter))?,
            None => {}
        }
        rest = letters.as_str();
    }
    out.write_str(rest)?;
    out.write_char('"')
}

/// A string as JSON.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    // Writing to a string cannot fail.
    let _ = write_quoted(&mut quoted, text);
    quoted
}

/// Appends a string as JSON to bytes.
pub fn push_quoted(out: &mut Vec<u8>, text: &str) {
    // Writing to memory cannot fail.
    let _ = write_quoted(&mut Utf8(out), text);
}

/// Appends a list to bytes, each item as `push` does.
pub fn push_list<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut push: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push(out, item);
    }
    out.push(b']');
}

/// Bytes to which text is appended.
struct Utf8<'o>(&'o mut Vec<u8>);

impl Write for Utf8<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
