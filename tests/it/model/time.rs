//! Times as the specification means them, in nanoseconds since the year 0000.

use crate::model::json::Json;

const SECOND: i128 = 1_000_000_000;
/// The first second of 1970.
const EPOCH_SECONDS: i128 = 719_528 * 86_400;

/// RFC 3339, as definitions have to write it.
pub fn rfc3339(text: &str) -> Option<i128> {
    parse(text, false)
}

/// What an attribute says: RFC 3339, also with a space for the `T` and with `+0100`; or Unix time
/// in seconds, or in milliseconds from 10¹¹ on.
pub fn of_attribute(value: &Json) -> Option<i128> {
    match value {
        Json::Text(text) => parse(text, true),
        Json::Number(text) => of_number(text),
        _ => None,
    }
}

fn of_number(text: &str) -> Option<i128> {
    let size: f64 = text.parse().unwrap();
    // Far beyond what a calendar has.
    if 1e18 <= size.abs() {
        return None;
    }
    let unit = if size.abs() < 1e11 { SECOND } else { SECOND / 1000 };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let parts = match whole.parse::<i128>() {
        Ok(whole) if fraction.bytes().all(|byte| byte.is_ascii_digit()) => {
            let digits: i128 = format!("{fraction:0<9}")[..9].parse().unwrap();
            let sign = if text.starts_with('-') { -1 } else { 1 };
            whole * unit + sign * digits * unit / SECOND
        }
        // With an exponent: a whole number all the same.
        _ => size as i128 * unit,
    };
    let instant = EPOCH_SECONDS * SECOND + parts;
    let calendar = 0..days_before(10_000) * 86_400 * SECOND;
    calendar.contains(&instant).then_some(instant)
}

/// The digits at the beginning, as many as that, and what follows.
fn digits(text: &str, count: usize) -> Option<(i128, &str)> {
    let digits = text.get(..count)?;
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then(|| (digits.parse().unwrap(), &text[count..]))
}

fn parse(text: &str, is_attribute: bool) -> Option<i128> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let separator = rest.chars().next()?;
    if !(matches!(separator, 'T' | 't') || is_attribute && separator == ' ') {
        return None;
    }
    let (hour, rest) = digits(&rest[1..], 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (nanoseconds, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            let count = rest.bytes().take_while(u8::is_ascii_digit).count();
            if count == 0 {
                return None;
            }
            (format!("{:0<9}", &rest[..count])[..9].parse::<i128>().unwrap(), &rest[count..])
        }
        None => (0, rest),
    };
    let offset = offset(rest, is_attribute)?;
    if 23 < hour || 59 < minute || 59 < second || !(1..=12).contains(&month) {
        return None;
    }
    if !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    let months: i128 = (1..month).map(|month| days_in_month(year, month)).sum();
    let days = days_before(year) + months + day - 1;
    let seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second;
    Some(seconds * SECOND + nanoseconds)
}

/// In minutes.
fn offset(text: &str, is_attribute: bool) -> Option<i128> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, rest) = digits(&text[1..], 2)?;
    let minutes = match rest.strip_prefix(':') {
        Some(minutes) => minutes,
        None if is_attribute => rest,
        None => return None,
    };
    let (minutes, rest) = digits(minutes, 2)?;
    (rest.is_empty() && hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn is_leap(year: i128) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i128, month: i128) -> i128 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from the beginning of the year 0000 to that of another.
fn days_before(year: i128) -> i128 {
    let leaps =
        if year == 0 { 0 } else { (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 + 1 };
    365 * year + leaps
}

/// An instant as RFC 3339, at an offset in minutes, with as many digits of its fraction.
pub fn shown(instant: i128, offset: i128, digits: usize) -> String {
    let local = instant + offset * 60 * SECOND;
    let (seconds, nanoseconds) = (local.div_euclid(SECOND), local.rem_euclid(SECOND));
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let year = (0..10_000).rev().find(|year| days_before(*year) <= days).unwrap_or(0);
    let mut day = days - days_before(year);
    let mut month = 1;
    while days_in_month(year, month) <= day {
        day -= days_in_month(year, month);
        month += 1;
    }
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let fraction = format!("{nanoseconds:09}{:0<40}", "");
    let fraction = if digits == 0 { String::new() } else { format!(".{}", &fraction[..digits]) };
    let zone = match offset {
        0 => "Z".to_owned(),
        _ => {
            let sign = if offset < 0 { '-' } else { '+' };
            format!("{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
        }
    };
    let day = day + 1;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}")
}

/// Unix time: whole seconds and nanoseconds.
pub fn unix(instant: i128) -> (i128, i128) {
    let seconds = instant.div_euclid(SECOND) - EPOCH_SECONDS;
    (seconds, instant.rem_euclid(SECOND))
}
