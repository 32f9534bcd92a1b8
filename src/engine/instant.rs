//! Instants: every time that RFC 3339 can write, and Unix times as numbers.

use std::fmt;

use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::engine::value::Number;

/// An instant, to the nanosecond.
///
/// Covers the years 0000 to 9999 as they are written, with any offset: a day more at each end than
/// those years have in UTC, and a day more at the end than a [`Timestamp`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    /// Seconds since 1970-01-01T00:00:00Z.
    seconds: i64,
    /// Nanoseconds since the second began, below 10⁹.
    nanoseconds: u32,
}

/// The day from which seconds are counted.
const EPOCH: Date = Date::constant(1970, 1, 1);
/// The first second of year 0000 in UTC.
const FIRST_SECOND: i64 = -62_167_219_200;
/// The last second of year 9999 in UTC.
const LAST_SECOND: i64 = 253_402_300_799;
const NANOSECONDS_PER_SECOND: u32 = 1_000_000_000;
/// The largest offset, 23:59, in seconds.
const OFFSET_MAX: i64 = (23 * 60 + 59) * 60;
/// Unix times from this size on are milliseconds, below it seconds.
const MILLISECONDS_FROM: f64 = 1e11;

/// How much is taken for a time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grammar {
    /// RFC 3339.
    Rfc3339,
    /// Also a space for the `T` and an offset without its colon.
    Lenient,
}

impl Instant {
    /// The earliest one: the first of year 0000, where it begins first.
    pub const EARLIEST: Self = Self { seconds: FIRST_SECOND - OFFSET_MAX, nanoseconds: 0 };
    /// The latest one: the last of year 9999, where it ends last.
    pub const LATEST: Self =
        Self { seconds: LAST_SECOND + OFFSET_MAX, nanoseconds: NANOSECONDS_PER_SECOND - 1 };

    /// Reads a time as RFC 3339 has it (`date-time` of section 5.6). Decimals beyond nanoseconds
    /// are cut. A leap second, which is where UTC is at 23:59:60, is the second before it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        read(text.as_bytes(), Grammar::Rfc3339)
    }

    /// Reads a time as callers send it: as [`Instant::parse`] does, and as Python and PHP print it,
    /// with a space for the `T` or an offset without its colon.
    #[must_use]
    pub fn parse_lenient(text: &str) -> Option<Self> {
        read(text.as_bytes(), Grammar::Lenient)
    }

    /// The instant of a Unix time: in seconds below 10¹¹, in milliseconds from there on. None for
    /// what lies outside the years 0000 to 9999 in UTC.
    #[must_use]
    pub fn of_number(number: Number) -> Option<Self> {
        let in_milliseconds = number.as_float().abs() >= MILLISECONDS_FROM;
        let (count, per_second) = match number.as_exact_integer() {
            Some(whole) if in_milliseconds => (whole, 1_000),
            Some(whole) => (whole, 1),
            None => {
                let unit = if in_milliseconds { 1e3 } else { 1e6 };
                // A float of this size holds no more than microseconds: `.001` is the millisecond
                // that was meant and not a little less.
                #[expect(clippy::cast_possible_truncation, reason = "saturates; checked below")]
                let microseconds = (number.as_float() * unit).round() as i64;
                (microseconds, 1_000_000)
            }
        };
        let seconds = count.div_euclid(per_second);
        let fraction = u32::try_from(count.rem_euclid(per_second)).ok()?;
        let per_unit = NANOSECONDS_PER_SECOND / u32::try_from(per_second).ok()?;
        (FIRST_SECOND..=LAST_SECOND)
            .contains(&seconds)
            .then_some(Self { seconds, nanoseconds: fraction * per_unit })
    }

    /// The same as a timestamp; none in the last day, which a timestamp does not have.
    #[must_use]
    pub fn timestamp(self) -> Option<Timestamp> {
        Timestamp::new(self.seconds, i32::try_from(self.nanoseconds).ok()?).ok()
    }

    /// The instant a nanosecond before, if there is one.
    #[must_use]
    pub fn before(self) -> Option<Self> {
        let earlier = match self.nanoseconds.checked_sub(1) {
            Some(nanoseconds) => Self { nanoseconds, ..self },
            None => Self { seconds: self.seconds - 1, nanoseconds: NANOSECONDS_PER_SECOND - 1 },
        };
        (Self::EARLIEST <= earlier).then_some(earlier)
    }
}

impl From<Timestamp> for Instant {
    fn from(timestamp: Timestamp) -> Self {
        let nanoseconds = timestamp.subsec_nanosecond();
        let is_before = nanoseconds < 0;
        // Before 1970 a timestamp counts both parts downwards.
        let carried = if is_before { NANOSECONDS_PER_SECOND } else { 0 };
        Self {
            seconds: timestamp.as_second() - i64::from(is_before),
            nanoseconds: carried.saturating_add_signed(nanoseconds),
        }
    }
}

/// RFC 3339 in UTC, with as many decimals as it takes; what lies in no year of four digits there,
/// in the offset that brings it back.
impl fmt::Display for Instant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (offset, zone) = match self.seconds {
            ..FIRST_SECOND => (OFFSET_MAX, "+23:59"),
            FIRST_SECOND..=LAST_SECOND => (0, "Z"),
            _ => (-OFFSET_MAX, "-23:59"),
        };
        let seconds = self.seconds + offset;
        let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let date = EPOCH.saturating_add(SignedDuration::from_secs(days * 86_400));
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(formatter, "{date}T{hour:02}:{minute:02}:{second:02}")?;
        if self.nanoseconds != 0 {
            let decimals = format!("{:09}", self.nanoseconds);
            write!(formatter, ".{}", decimals.trim_end_matches('0'))?;
        }
        formatter.write_str(zone)
    }
}

/// Reads a time: nineteen bytes of fixed form, decimals, and the offset.
fn read(text: &[u8], grammar: Grammar) -> Option<Instant> {
    let (head, rest) = text.split_at_checked(19)?;
    let &[
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        separator,
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
    ] = head
    else {
        return None;
    };
    match separator {
        b'T' | b't' => {}
        b' ' if grammar == Grammar::Lenient => {}
        _ => return None,
    }
    let year = number([y1, y2])? * 100 + number([y3, y4])?;
    let (month, day) = (number([m1, m2])?, number([d1, d2])?);
    let (hour, minute, second) = (number([h1, h2])?, number([n1, n2])?, number([s1, s2])?);
    let (nanoseconds, zone) = fraction(rest)?;
    let offset = offset(zone, grammar)?;
    if 23 < hour || 59 < minute || 60 < second {
        return None;
    }
    let date =
        Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let day_start = date.ok()?.duration_since(EPOCH).as_secs();
    let minute_start = day_start + i64::from((hour * 60 + minute) * 60) - offset;
    if second == 60 && minute_start.rem_euclid(86_400) != 86_340 {
        return None;
    }
    let seconds = minute_start + i64::from(second.min(59));
    Some(Instant { seconds, nanoseconds })
}

/// The nanoseconds of decimals, if there are any, and what follows them.
fn fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let [b'.', decimals @ ..] = text else { return Some((0, text)) };
    let end = decimals.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(decimals.len());
    let (digits, zone) = decimals.split_at(end);
    if digits.is_empty() {
        return None;
    }
    let nine = digits.iter().map(|digit| digit - b'0').chain([0; 9]).take(9);
    Some((nine.fold(0, |number, digit| number * 10 + u32::from(digit)), zone))
}

/// How far ahead of UTC an offset is, in seconds.
fn offset(zone: &[u8], grammar: Grammar) -> Option<i64> {
    let (sign, hours, minutes) = match *zone {
        [b'Z' | b'z'] => return Some(0),
        [sign, h1, h2, b':', m1, m2] => (sign, number([h1, h2])?, number([m1, m2])?),
        [sign, h1, h2, m1, m2] if grammar == Grammar::Lenient => {
            (sign, number([h1, h2])?, number([m1, m2])?)
        }
        _ => return None,
    };
    let seconds = i64::from((hours * 60 + minutes) * 60);
    match sign {
        _ if 23 < hours || 59 < minutes => None,
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

/// The number that two digits make.
fn number(digits: [u8; 2]) -> Option<u32> {
    let [tens, ones] = digits;
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}
