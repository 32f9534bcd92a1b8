//! Times as regular expressions: every text that is one, and those before a bound.

use jiff::{ToSpan as _, civil::Date};

use crate::engine::instant::Instant;

/// How many bytes the date and the time of day take, to the second.
const SECONDS_END: usize = 19;
/// How many bytes the date takes.
const DATE_END: usize = 10;

/// A date, with as many days as its month has.
const DATE: &str = "(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|\
                    (?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))|\
                    (?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|\
                    (?:[02468][048]|[13579][26])00)-02-29)";
/// Decimals of a second, and the offset.
const REST: &str = r"(?:\.[0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])";

/// A pattern for every text that is taken for a time, but for leap seconds.
#[must_use]
pub fn pattern() -> String {
    format!(r"\A{DATE}[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]{REST}\z")
}

/// A pattern for leap seconds, and others that look like them and are no times.
#[must_use]
pub fn leap_pattern() -> String {
    format!(r"\A{DATE}[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9]:60{REST}\z")
}

/// A pattern that of all times finds those without an offset.
#[must_use]
pub fn utc_pattern() -> String {
    r"(?:[Zz]|[+-]00:?00)\z".to_owned()
}

/// Three patterns: of all times without an offset the first finds those before a bound. Of all
/// others the second finds only those before it, and all that are before it the third. None for a
/// bound that lies in no year of four digits.
#[must_use]
pub fn patterns_before(bound: Instant) -> Option<[String; 3]> {
    let text = bound.to_string();
    let text = text.strip_suffix('Z')?;
    let (seconds, decimals) = text.split_at_checked(SECONDS_END)?;
    let decimals = decimals.strip_prefix('.').unwrap_or_default().trim_end_matches('0');
    let date: Date = text.get(..DATE_END)?.parse().ok()?;
    // No offset is a whole day.
    let surely = date.checked_sub(1.day()).ok().map(|day| day.to_string());
    let surely_not = date.checked_add(2.days()).ok().map(|day| day.to_string());
    let surely = surely.map_or(vec![NOTHING.to_owned()], |day| digits_below(&day));
    let surely_not = surely_not.map_or(vec![String::new()], |day| digits_below(&day));
    let mut before = digits_below(seconds);
    if !decimals.is_empty() {
        let same = with_separators(seconds);
        before.push(format!("{same}[^.]"));
        let lower = digits_below(decimals).into_iter();
        before.extend(lower.map(|lower| format!(r"{same}\.{lower}")));
        for (end, _) in decimals.char_indices().skip(1) {
            before.push(format!(r"{same}\.{}[^0-9]", decimals.get(..end)?));
        }
    }
    Some([before, surely, surely_not].map(|ways| format!(r"\A(?:{})", ways.join("|"))))
}

/// A pattern that finds nothing.
const NOTHING: &str = "[a&&b]";

/// The beginnings of what is lower at the first digit that is another.
fn digits_below(text: &str) -> Vec<String> {
    let mut ways = vec![NOTHING.to_owned()];
    for (index, letter) in text.char_indices().filter(|(_, letter)| ('1'..='9').contains(letter)) {
        let same = with_separators(text.get(..index).unwrap_or_default());
        let lower = char::from_digit(letter.to_digit(10).unwrap_or(1) - 1, 10).unwrap_or('0');
        ways.push(format!("{same}[0-{lower}]"));
    }
    ways
}

/// A beginning of a time as a pattern: between date and time there may be other letters.
fn with_separators(text: &str) -> String {
    regex::escape(text).replace('T', "[Tt ]")
}
