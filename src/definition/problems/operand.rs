//! What can be wrong with what an operator compares with, although its shape is right.

use jiff::Timestamp;

use crate::{
    diagnostics::{code::Code, diagnostic::Diagnostic, place::Place, quote::quote},
    engine::{
        operator::{self, OperandError, OperandErrorKind, Operator},
        pattern::{PATTERN_LENGTH_BYTES_MAX, PATTERN_SIZE_BYTES_MAX, Pattern, PatternError},
    },
};

/// An operand that its operator cannot use: a pattern, version, time or network that is none.
#[must_use]
pub fn problem(
    operator: &Operator,
    error: &OperandError,
    written: &str,
    place: Place,
) -> Diagnostic {
    let mut suggestion = None;
    let (code, message) = match &error.kind {
        OperandErrorKind::Pattern(refused) => return refused_pattern(refused, written, place),
        OperandErrorKind::Version(reason) => (
            Code::BadVersion,
            format!("`{written}` is not a version requirement such as `>=2.1, <3`: {reason}"),
        ),
        OperandErrorKind::Time => {
            suggestion = meant_time(written);
            let example = "such as `2026-12-01T09:00:00+01:00`";
            (Code::BadTime, format!("`{written}` is not a time with an offset, {example}"))
        }
        OperandErrorKind::Network => {
            suggestion = without_leading_zeros(written);
            let reason = match suggestion {
                Some(_) => "; some programs read a number that begins with 0 as octal",
                None => "",
            };
            let expected = "neither a network such as `10.0.0.0/8` nor an address";
            (Code::BadNetwork, format!("`{written}` is {expected}{reason}"))
        }
        OperandErrorKind::Shape
        | OperandErrorKind::CaseOfOperator
        | OperandErrorKind::CaseOfValue => {
            let (name, expected) = (operator.name, operator.operand.expected());
            (Code::WrongShape, format!("operator `{name}` takes {expected}"))
        }
    };
    code.at(place, message).suggest(suggestion)
}

/// A pattern that is none, or that is too long or too large.
fn refused_pattern(refused: &PatternError, written: &str, place: Place) -> Diagnostic {
    let written = quote(written);
    match refused {
        PatternError::Syntax(reason) => {
            let message = format!("`{written}` is not a regular expression: {reason}");
            Code::BadRegex.at(place, message)
        }
        PatternError::Long(bytes) => {
            let message = format!(
                "the pattern `{written}` has {bytes} bytes, {PATTERN_LENGTH_BYTES_MAX} are the \
                 limit; {IN_A_LIST}"
            );
            Code::PatternTooLarge.at(place, message)
        }
        PatternError::Large(found) => {
            let size = found.bytes.map_or("more than 1 MiB".to_owned(), kibibytes);
            let limit = kibibytes(PATTERN_SIZE_BYTES_MAX);
            let instead = if found.is_repeated {
                "write `+` or `*` instead of repeating it so often"
            } else {
                IN_A_LIST
            };
            let places = found.places;
            let message = format!(
                "the pattern `{written}` has {places} places, repetitions counted out, and takes \
                 {size} when it is compiled; {limit} is the limit; {instead}"
            );
            Code::PatternTooLarge.at(place, message)
        }
    }
}

/// The patterns of all conditions take too much memory together. It names the largest.
#[must_use]
pub fn patterns_too_large(
    count: usize,
    largest: &[(&Pattern, Place)],
    size_bytes_max: usize,
    place: Place,
) -> Diagnostic {
    let limit = size_bytes_max >> 20;
    let message = format!(
        "with this one, the {count} different patterns so far take more than {limit} MiB when they \
         are compiled, which is the limit; {IN_A_LIST}"
    );
    let problem = Code::PatternTooLarge.at(place, message);
    largest.iter().fold(problem, |problem, (pattern, place)| {
        let (written, size) = (quote(pattern.as_str()), kibibytes(pattern.size_bytes()));
        problem.relate(format!("one of the largest, `{written}`, takes {size}"), *place)
    })
}

/// What takes less memory than a pattern.
const IN_A_LIST: &str =
    "lists in `in`, `contains`, `starts_with` and `ends_with` have no such limit";

/// A size in whole KiB, rounded up.
fn kibibytes(bytes: usize) -> String {
    format!("{} KiB", bytes.div_ceil(1 << 10))
}

/// The time that a text means which is not RFC 3339 but another of the forms of ISO 8601.
#[must_use]
pub fn meant_time(written: &str) -> Option<String> {
    written.parse::<Timestamp>().ok().map(|meant| meant.to_string())
}

/// A network without the zeros that its decimal numbers begin with, if that makes it one.
fn without_leading_zeros(written: &str) -> Option<String> {
    let trimmed = |number: &str| match number.trim_start_matches('0') {
        "" if !number.is_empty() => "0".to_owned(),
        digits => digits.to_owned(),
    };
    let (address, prefix) = match written.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (written, None),
    };
    let address = if address.contains(':') {
        address.to_owned()
    } else {
        address.split('.').map(trimmed).collect::<Vec<_>>().join(".")
    };
    let meant = prefix.map_or(address.clone(), |prefix| format!("{address}/{}", trimmed(prefix)));
    (meant != written && operator::network(&meant).is_some()).then_some(meant)
}
