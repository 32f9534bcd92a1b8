//! Times as people say them, in the offset that was written: "17 December 2026, 09:00 +01:00".

use crate::{engine::instant::Instant, yaml::node::Node};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A time as it is written.
#[derive(Debug, PartialEq, Eq)]
pub struct WordedMoment {
    /// "17 December 2026".
    day: String,
    /// "09:00 +01:00"; seconds only if there are some.
    time: String,
}

/// The time that a value is; none if it is not one.
#[must_use]
pub fn read(node: &Node) -> Option<WordedMoment> {
    let text = node.as_str()?;
    Instant::parse(text)?;
    // RFC 3339 has fixed places up to the seconds: `2026-12-17T09:00:00`.
    let (year, month, day) = (text.get(..4)?, text.get(5..7)?, text.get(8..10)?);
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    let day = format!("{} {month} {year}", day.trim_start_matches('0'));
    let (minutes, rest) = (text.get(11..16)?, text.get(16..)?);
    let offset = rest.find(['Z', 'z', '+', '-'])?;
    let (seconds, offset) = (rest.get(..offset)?, rest.get(offset..)?);
    let seconds = if seconds.trim_matches([':', '.', '0']).is_empty() { "" } else { seconds };
    let offset = if offset.eq_ignore_ascii_case("z") { "UTC" } else { offset };
    Some(WordedMoment { day, time: format!("{minutes}{seconds} {offset}") })
}

/// One time in place of another: what both have is said once.
#[must_use]
pub fn instead(new: &WordedMoment, old: &WordedMoment) -> String {
    if new.time == old.time {
        format!("{} instead of {}, at {}", new.day, old.day, new.time)
    } else {
        format!("{}, {} instead of {}, {}", new.day, new.time, old.day, old.time)
    }
}
