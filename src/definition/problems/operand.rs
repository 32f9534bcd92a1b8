//! What can be wrong with what an operator compares with, although its shape is right.

use jiff::Timestamp;

use crate::{
    diagnostics::{code::Code, diagnostic::Diagnostic, place::Place},
    engine::operator::{self, Misfit, MisfitKind, Operator},
};

/// An operand that its operator cannot use: a pattern, version, time or network that is none.
#[must_use]
pub fn problem(operator: &Operator, misfit: &Misfit, written: &str, place: Place) -> Diagnostic {
    let mut suggestion = None;
    let (code, message) = match &misfit.kind {
        MisfitKind::Regex(reason) => {
            (Code::BadRegex, format!("`{written}` is not a regular expression: {reason}"))
        }
        MisfitKind::Version(reason) => (
            Code::BadVersion,
            format!("`{written}` is not a version requirement such as `>=2.1, <3`: {reason}"),
        ),
        MisfitKind::Time => {
            suggestion = meant_time(written);
            let example = "such as `2026-12-01T09:00:00+01:00`";
            (Code::BadTime, format!("`{written}` is not a time with an offset, {example}"))
        }
        MisfitKind::Network => {
            suggestion = without_leading_zeros(written);
            let reason = match suggestion {
                Some(_) => "; some programs read a number that begins with 0 as octal",
                None => "",
            };
            let expected = "neither a network such as `10.0.0.0/8` nor an address";
            (Code::BadNetwork, format!("`{written}` is {expected}{reason}"))
        }
        MisfitKind::Shape | MisfitKind::CaseOfOperator | MisfitKind::CaseOfValue => {
            let (name, expected) = (operator.name, operator.operand.expected());
            (Code::WrongShape, format!("operator `{name}` takes {expected}"))
        }
    };
    code.at(place, message).suggest(suggestion)
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
