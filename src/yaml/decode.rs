//! Bytes to text: what must be right before YAML can be read at all.

use crate::{
    diagnostics::{
        diagnostic::Diagnostic,
        place::{FileId, Place},
    },
    yaml::problems as problem,
};

/// How many characters of one kind a conflict marker of git has.
const CONFLICT_MARKER_LENGTH: usize = 7;

/// The text of a file, without a byte order mark.
///
/// # Errors
///
/// It is not UTF-8, has a control character, or a merge conflict was left in it.
pub fn decode(file: FileId, bytes: &[u8]) -> Result<&str, Box<Diagnostic>> {
    if is_utf_16(bytes) {
        return Err(Box::new(problem::utf_16(Place::start_of(file))));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            let (line, column) = position_after(&String::from_utf8_lossy(valid));
            let place = Place { file, line, column, end_line: line, end_column: column + 1 };
            return Err(Box::new(problem::not_utf_8(
                place,
                rest.first().copied().unwrap_or_default(),
            )));
        }
    };
    if let Some((before, character)) = control_character(text) {
        let (line, column) = position_after(before);
        let place = Place { file, line, column, end_line: line, end_column: column + 1 };
        return Err(Box::new(problem::control_character(place, character)));
    }
    // These are certain; only then a row of `=`, which might be text, is one of them.
    if conflict_marker(file, text, b"<|>").is_some() {
        return Err(Box::new(problem::merge_conflict(
            conflict_marker(file, text, b"<|=>").unwrap_or(Place::start_of(file)),
        )));
    }
    Ok(text)
}

/// Where a text ends that begins at line 1, column 1: the line and the column.
#[must_use]
pub fn position_after(text: &str) -> (u32, u32) {
    let bytes = text.as_bytes();
    let is_break = |index: usize, byte: u8| match byte {
        b'\n' => true,
        b'\r' => bytes.get(index + 1) != Some(&b'\n'),
        _ => false,
    };
    let breaks = bytes.iter().enumerate().filter(|(index, byte)| is_break(*index, **byte));
    let last_line = text.rsplit(['\n', '\r']).next().unwrap_or_default();
    (count(breaks.count() + 1), count(last_line.chars().count() + 1))
}

/// A line or column as the number of a place: beyond what a file of any allowed size has, the last.
#[must_use]
pub fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The first line that is a conflict marker made of one of the characters in `kinds`.
#[must_use]
pub fn conflict_marker(file: FileId, text: &str, kinds: &[u8]) -> Option<Place> {
    line_place(file, text, |line| is_marker(line, kinds))
}

/// The first line that begins with `prefix`.
#[must_use]
pub fn line_beginning_with(file: FileId, text: &str, prefix: &str) -> Option<Place> {
    line_place(file, text, |line| line.starts_with(prefix))
}

/// The first line for which `matches` holds, without the white space at its end.
fn line_place(file: FileId, text: &str, matches: impl Fn(&str) -> bool) -> Option<Place> {
    let (index, line) = text.split('\n').enumerate().find(|(_, line)| matches(line))?;
    let end_column = count(line.trim_end().chars().count() + 1);
    let line = count(index + 1);
    Some(Place { file, line, column: 1, end_line: line, end_column })
}

fn is_marker(line: &str, kinds: &[u8]) -> bool {
    let Some(first) = line.bytes().next().filter(|byte| kinds.contains(byte)) else {
        return false;
    };
    let length = line.bytes().take_while(|byte| *byte == first).count();
    let rest = line.get(length..).unwrap_or_default().trim_end();
    length == CONFLICT_MARKER_LENGTH
        && (rest.is_empty() || (first != b'=' && rest.starts_with(' ')))
}

/// The first character that YAML allows nowhere but escaped, and the text before it.
fn control_character(text: &str) -> Option<(&str, char)> {
    let is_allowed = |letter| matches!(letter, '\t' | '\n' | '\r' | '\u{85}');
    // Almost no text has any of these bytes, which is quick to see: 0xC2 begins those from U+0080.
    let may_be_one =
        |byte: u8| (byte < b' ' && !is_allowed(char::from(byte))) || matches!(byte, 0x7F | 0xC2);
    if !text.bytes().any(may_be_one) {
        return None;
    }
    let is_one = |letter: char| letter.is_control() && !is_allowed(letter);
    let (before, _) = text.split_once(is_one)?;
    Some((before, text.get(before.len()..)?.chars().next()?))
}

/// By its byte order mark, or because every other byte of its first four is zero.
fn is_utf_16(bytes: &[u8]) -> bool {
    match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => true,
        [a, 0, b, 0, ..] | [0, a, 0, b, ..] => *a != 0 && *b != 0,
        _ => false,
    }
}
