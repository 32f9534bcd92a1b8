//! Text in paths.

use std::borrow::Cow;

/// Decodes percent signs once. One that two hex digits do not follow stands for itself.
///
/// # Errors
///
/// When what comes out is not UTF-8: the same with a replacement for what is not.
pub fn decode(text: &str) -> Result<Cow<'_, str>, String> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = match after {
            [high, low, ..] if byte == b'%' => hex_digit(*high).zip(hex_digit(*low)),
            _ => None,
        };
        let (byte, taken) = code.map_or((byte, 0), |(high, low)| (high << 4 | low, 2));
        decoded.push(byte);
        rest = after.get(taken..).unwrap_or_default();
    }
    String::from_utf8(decoded)
        .map(Cow::Owned)
        .map_err(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| value.try_into().ok())
}
