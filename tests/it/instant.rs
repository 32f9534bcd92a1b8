//! Instants: what is read, what is written, and how it stands to the clock's timestamps.

use flagstaff::engine::{instant::Instant, value::Number};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::cases::cases;

fn read(text: &str) -> Instant {
    Instant::parse(text).unwrap_or_else(|| panic!("{text}"))
}

#[test]
fn instants_are_written_as_they_are_read() {
    let check = |text: &str, expected: &str| {
        let instant = read(text);
        assert_eq!(instant.to_string(), expected, "{text}");
        assert_eq!(read(expected), instant, "{text}");
    };
    check("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z");
    check("2026-12-01t09:00:00.250+01:00", "2026-12-01T08:00:00.25Z");
    check("1969-12-31T23:59:59.9Z", "1969-12-31T23:59:59.9Z");
    check("2016-12-31T23:59:60.5Z", "2016-12-31T23:59:59.5Z");
    check("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z");
    check("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z");
    // What lies in no year of four digits in UTC.
    check("0000-01-01T00:00:00+23:59", "0000-01-01T00:00:00+23:59");
    check("0000-01-01T00:00:00+00:01", "0000-01-01T23:58:00+23:59");
    check("9999-12-31T23:59:59.5-23:59", "9999-12-31T23:59:59.5-23:59");
    check("9999-12-31T23:59:59-00:01", "9999-12-31T00:01:59-23:59");
}

#[test]
fn the_ends_are_those_of_what_can_be_written() {
    assert_eq!(read("0000-01-01T00:00:00+23:59"), Instant::EARLIEST);
    assert_eq!(read("9999-12-31T23:59:59.999999999-23:59"), Instant::LATEST);
    assert_eq!(Instant::EARLIEST.before(), None);
    for (text, expected) in [
        ("2027-01-01T00:00:00Z", "2026-12-31T23:59:59.999999999Z"),
        ("2027-01-01T00:00:00.000000001Z", "2027-01-01T00:00:00Z"),
    ] {
        assert_eq!(read(text).before(), Some(read(expected)));
    }
}

#[test]
fn a_clock_has_no_instant_of_the_last_day() {
    assert_eq!(read("9999-12-31T23:59:59Z").timestamp(), None);
    assert_eq!(
        read("9999-12-30T22:00:00Z").timestamp(),
        Some(Timestamp::MAX).map(|max| { Timestamp::from_second(max.as_second()).unwrap() })
    );
    assert_eq!(Instant::from(Timestamp::MAX), read("9999-12-30T22:00:00.999999999Z"));
}

proptest! {
    #![proptest_config(cases(256))]

    /// Where a timestamp can be, an instant is the same, in order and as a text.
    #[test]
    fn instants_are_timestamps(a in timestamps(), b in timestamps()) {
        let (x, y) = (Instant::from(a), Instant::from(b));
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        prop_assert_eq!(x.to_string(), a.to_string());
        prop_assert_eq!(Instant::parse(&a.to_string()), Some(x));
        prop_assert_eq!(x.timestamp(), Some(a));
        prop_assert_eq!(x.before().map(|before| before < x), Some(true));
    }

    /// A whole number is in seconds below 10¹¹ and in milliseconds from there on.
    #[test]
    fn numbers_are_unix_times(number in -62_167_219_200_000..=253_402_207_200_000_i64) {
        let expected = if number.abs() < 100_000_000_000 {
            Timestamp::from_second(number)
        } else {
            Timestamp::from_millisecond(number)
        };
        prop_assume!(-62_167_219_200 <= expected.as_ref().unwrap().as_second());
        let found = Instant::of_number(Number::Integer(number));
        prop_assert_eq!(found, Some(expected.unwrap().into()));
    }
}

/// Any timestamp of the years 0000 to 9999.
fn timestamps() -> impl Strategy<Value = Timestamp> {
    let seconds = prop_oneof![-62_167_219_199..253_402_207_200_i64, -5..5_i64];
    let fraction = prop_oneof![Just(0), 0..1_000_000_000_i32];
    (seconds, fraction).prop_map(|(second, nanosecond)| {
        Timestamp::from_second(second).unwrap()
            + jiff::SignedDuration::from_nanos(nanosecond.into())
    })
}
