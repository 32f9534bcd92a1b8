//! Text in paths.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Decodes percent signs once. One that two hex digits do not follow stands for itself.
///
/// # Errors
///
/// When what comes out is not UTF-8: the same with a replacement for what is not.
pub fn decode(text: &str) -> Result<Cow<'_, str>, String> {
    let decoded = percent_decode_str(text);
    decoded.clone().decode_utf8().map_err(|_| decoded.decode_utf8_lossy().into_owned())
}
