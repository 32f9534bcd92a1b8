//! What a plain scalar says: the core schema of YAML 1.2, and numbers as JSON text.

use std::borrow::Cow;

/// The largest integer that every JSON reader keeps exactly: 2⁵³ − 1. The smallest is its negative.
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

/// What a plain (unquoted) scalar is.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'t> {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as JSON text: of the class (integer or not) and with the digits that were written.
    Number(Cow<'t, str>),
    /// Anything else, `yes`, `NO` and `0755` among it.
    String,
    /// A number whose value is not finite: `.inf`, `.nan`, `1e400`.
    NotFinite,
    /// An integer beyond ±[`INTEGER_MAX`].
    IntegerOutOfRange,
}

/// Whether a plain scalar is digits with a superfluous zero in front, perhaps behind a sign: a
/// string here, while other readers take `012` for twelve or for ten.
#[must_use]
pub fn is_zero_padded(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    1 < digits.len() && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number that [`read`] refuses for its size, as JSON text; none if it is no number.
#[must_use]
pub fn read_any_size(text: &str) -> Option<String> {
    let radix = [("0x", 16), ("0o", 8)]
        .into_iter()
        .find_map(|(prefix, radix)| Some((text.strip_prefix(prefix)?, radix)));
    if let Some((digits, radix)) = radix {
        let value = u128::from_str_radix(digits, radix);
        return Some(value.map_or("1e999".to_owned(), |value| value.to_string()));
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, rest) = split_digits(unsigned);
    let sign = if text.starts_with('-') { "-" } else { "" };
    match unsigned.as_bytes().get(..2)? {
        [b'.', b'i' | b'I'] => Some(format!("{sign}1e999")),
        [b'.', b'n' | b'N'] => None,
        _ if rest.is_empty() => Some(format!("{sign}{whole}")),
        _ => Some(format!("{sign}1e999")),
    }
}

/// Reads a plain scalar.
///
/// As the core schema of YAML 1.2.2 (§10.3.2) has it, but for one thing that all readers in use
/// agree on: digits that begin with a superfluous zero (`0755`) are a string.
#[must_use]
pub fn read(text: &str) -> Scalar<'_> {
    // Almost every scalar is a word that is none of these: one look at its first byte decides.
    match text.as_bytes().first() {
        None => Scalar::Null,
        Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F') => read_word(text),
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => read_number(text),
        Some(_) => Scalar::String,
    }
}

fn read_word(text: &str) -> Scalar<'_> {
    match text {
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        _ => Scalar::String,
    }
}

fn read_number(text: &str) -> Scalar<'_> {
    if let Some(digits) = text.strip_prefix("0x") {
        return read_radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return read_radix(digits, 8);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" => return Scalar::NotFinite,
        ".nan" | ".NaN" | ".NAN" if unsigned.len() == text.len() => return Scalar::NotFinite,
        _ => {}
    }
    let (whole, rest) = split_digits(unsigned);
    if rest.is_empty() {
        return read_decimal(text, whole);
    }
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => split_digits(rest),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Scalar::String;
    }
    if !rest.is_empty() {
        let Some(exponent) = rest.strip_prefix(['e', 'E']) else { return Scalar::String };
        let (digits, after) = split_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
        if digits.is_empty() || !after.is_empty() {
            return Scalar::String;
        }
    }
    read_float(text, whole, fraction, rest)
}

/// An integer in base 16 or 8; in decimal, since JSON has no other.
fn read_radix(digits: &str, radix: u32) -> Scalar<'_> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Scalar::String;
    }
    match u64::from_str_radix(digits, radix) {
        Ok(value) if value <= INTEGER_MAX => Scalar::Number(Cow::Owned(value.to_string())),
        _ => Scalar::IntegerOutOfRange,
    }
}

/// An integer in base 10, without a plus, and with `-0` as `0`.
fn read_decimal<'t>(text: &'t str, digits: &'t str) -> Scalar<'t> {
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
        return Scalar::String;
    }
    match digits.parse::<u64>() {
        Ok(0) => Scalar::Number(Cow::Borrowed(digits)),
        Ok(value) if value <= INTEGER_MAX => {
            Scalar::Number(Cow::Borrowed(text.strip_prefix('+').unwrap_or(text)))
        }
        _ => Scalar::IntegerOutOfRange,
    }
}

/// Any other number. JSON wants a digit before and after the point, and no zero or plus in front.
fn read_float<'t>(text: &'t str, whole: &str, fraction: &str, exponent: &str) -> Scalar<'t> {
    if !text.parse::<f64>().is_ok_and(f64::is_finite) {
        return Scalar::NotFinite;
    }
    let has_point = whole.len() + exponent.len() < text.trim_start_matches(['+', '-']).len();
    let trimmed = whole.trim_start_matches('0');
    let is_json = !text.starts_with('+')
        && (trimmed.len() == whole.len() || whole == "0")
        && !whole.is_empty()
        && (!has_point || !fraction.is_empty());
    if is_json {
        return Scalar::Number(Cow::Borrowed(text));
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let whole = if trimmed.is_empty() { "0" } else { trimmed };
    let fraction = match (has_point, fraction) {
        (false, _) => String::new(),
        (true, "") => ".0".to_owned(),
        (true, digits) => format!(".{digits}"),
    };
    Scalar::Number(Cow::Owned(format!("{sign}{whole}{fraction}{exponent}")))
}

/// The decimal digits that a text begins with, and the rest.
fn split_digits(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}
