//! Versions as regular expressions: every text that is one, and those below a bound.

use semver::Version;

/// What may be in an identifier of a pre-release, in the order of its bytes.
const IDENTIFIER: &str = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// What follows the numbers of a version, whatever it is.
const REST: &str = r"(?:[-+](?s:.)*)?";

/// A pattern for every text that `semver` takes for a version.
#[must_use]
pub fn pattern() -> String {
    let largest = u64::MAX.to_string();
    let number = format!("(?:0*[0-9]{{1,19}}|{}|0*{largest})", below(&largest, "0*"));
    let numbers = format!(r"{number}(?:\.{number}(?:\.{number}(?:\.[0-9]+)?)?)?");
    let identifier = "(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)";
    format!(r"\A[vV]?{numbers}(?:-{identifier}(?:\.{identifier})*)?(?:\+(?s:.)*)?\z")
}

/// A pattern that of all versions finds those below this one in precedence. It may find others
/// that are no versions.
#[must_use]
pub fn pattern_below(bound: &Version) -> String {
    let (minor, patch) = (bound.minor.to_string(), bound.patch.to_string());
    let major = bound.major.to_string();
    let after_patch = format!(r"(?:\.[0-9]+)?{}", release_below(bound));
    let after_minor = part(&patch, &after_patch, &release_below_zeros(bound, &[&patch]));
    let missing_minor = release_below_zeros(bound, &[&minor, &patch]);
    let after_major = part(&minor, &after_minor, &missing_minor);
    let lower = below(&major, "0*");
    let equal = format!("0*{major}(?:{after_major})");
    format!(r"\A[vV]?(?:{lower}(?:\.[0-9]+)*{REST}|{equal})\z")
}

/// What follows equal numbers: another number, or none, which counts as zero.
fn part(number: &str, after_equal: &str, missing: &str) -> String {
    let lower = below(number, "0*");
    format!(r"\.(?:{lower})(?:\.[0-9]+)*{REST}|\.0*{number}(?:{after_equal})|{missing}")
}

/// What makes a version that ends here lower, whose missing numbers are zeros.
fn release_below_zeros(bound: &Version, numbers: &[&String]) -> String {
    let is_zero = numbers.iter().all(|number| *number == "0");
    if is_zero { release_below(bound) } else { REST.to_owned() }
}

/// What follows numbers that are equal, if it makes a version lower.
fn release_below(bound: &Version) -> String {
    if bound.pre.is_empty() {
        return r"-(?s:.)*".to_owned();
    }
    let identifiers: Vec<&str> = bound.pre.split('.').collect();
    format!(r"-(?:{})(?:\+(?s:.)*)?", identifiers_below(&identifiers))
}

/// Identifiers of a pre-release, one after the other, lower than these.
fn identifiers_below(identifiers: &[&str]) -> String {
    let Some((first, rest)) = identifiers.split_first() else { return NOTHING.to_owned() };
    let is_number = first.bytes().all(|byte| byte.is_ascii_digit());
    let lower =
        if is_number { below(first, "") } else { format!("(?:[0-9]+|{})", text_below(first)) };
    let shorter = if rest.is_empty() { NOTHING.to_owned() } else { regex::escape(first) };
    let equal = format!(r"{}\.(?:{})", regex::escape(first), identifiers_below(rest));
    format!(r"(?:{lower})(?:\.[^+]*)?|{shorter}|{equal}")
}

/// A pattern that finds nothing.
const NOTHING: &str = "[a&&b]";

/// Numbers below this one, after such zeros.
fn below(number: &str, zeros: &str) -> String {
    let mut alternatives = Vec::new();
    if let Some(shorter) = number.len().checked_sub(1).filter(|length| 0 < *length) {
        alternatives.push(format!("{zeros}[0-9]{{1,{shorter}}}"));
    }
    for (index, digit) in number.bytes().enumerate().filter(|(_, digit)| b'0' < *digit) {
        let (same, left) = (number.get(..index).unwrap_or_default(), number.len() - index - 1);
        let lower = char::from(digit - 1);
        alternatives.push(format!("{zeros}{same}[0-{lower}][0-9]{{{left}}}"));
    }
    if alternatives.is_empty() {
        return NOTHING.to_owned();
    }
    format!("(?:{})", alternatives.join("|"))
}

/// Identifiers that begin earlier than this one, by bytes.
fn text_below(text: &str) -> String {
    let mut alternatives = Vec::new();
    for (index, letter) in text.char_indices() {
        let same = regex::escape(text.get(..index).unwrap_or_default());
        let lower: String = IDENTIFIER.chars().take_while(|other| *other < letter).collect();
        if 0 < index {
            alternatives.push(same.clone());
        }
        if !lower.is_empty() {
            alternatives.push(format!("{same}[{}][0-9A-Za-z-]*", lower.replace('-', r"\-")));
        }
    }
    if alternatives.is_empty() { NOTHING.to_owned() } else { alternatives.join("|") }
}
