//! Unit and salt to positions, against a second implementation; ramps and splits at their edges.

use flagstaff::engine::{
    bucket::{Hash, POSITIONS, Percentage, UnitBatch, thousandths},
    context::Unit,
    md5_lanes::LANES,
    value::Value,
};
use md5::{Digest, Md5};
use proptest::{collection::vec, prelude::*};

use crate::properties::cases;

/// Hash, unit, salt; then the ramp and the split position as Python's `hashlib` has them.
const POSITIONS_ELSEWHERE: &str = r#"
user_flag_md5 "u-1" "new-checkout" 35183 42948
user_flag_md5 "u-2" "new-checkout" 99341 92483
user_flag_md5 "" "new-checkout" 93292 8054
user_flag_md5 "u-1" "" 24471 32027
user_flag_md5 "" "" 9431 88739
user_flag_md5 "42" "exp.1" 38534 89162
user_flag_md5 "-7" "exp.1" 30339 60555
user_flag_md5 "user:with:colons" "f" 76701 78688
user_flag_md5 "é" "ключ" 2171 65941
user_flag_md5 "9007199254740991" "f" 6774 97556
user_flag_md5 "550e8400-e29b-41d4-a716-446655440000" "checkout/theme" 37637 92022
flag_user_md5 "u-1" "new-checkout" 23499 72934
flag_user_md5 "u-2" "new-checkout" 72582 35567
flag_user_md5 "" "new-checkout" 35718 23936
flag_user_md5 "u-1" "" 6662 77336
flag_user_md5 "" "" 59895 88739
flag_user_md5 "42" "exp.1" 15385 12009
flag_user_md5 "-7" "exp.1" 16857 80173
flag_user_md5 "user:with:colons" "f" 20208 13677
flag_user_md5 "é" "ключ" 51601 98448
flag_user_md5 "9007199254740991" "f" 94431 98998
flag_user_md5 "550e8400-e29b-41d4-a716-446655440000" "checkout/theme" 75039 38909
"#;

#[test]
fn positions_are_those_of_a_second_implementation() {
    for line in POSITIONS_ELSEWHERE.trim().lines() {
        let (name, rest) = line.split_once(' ').unwrap();
        let mut rest = serde_json::Deserializer::from_str(rest).into_iter::<serde_json::Value>();
        let mut next = || rest.next().unwrap().unwrap();
        let (unit, salt) = (next(), next());
        let (ramp, split) = (next().as_u64().unwrap(), next().as_u64().unwrap());
        let (_, hash) = Hash::NAMES.into_iter().find(|(known, _)| *known == name).unwrap();
        assert_eq!(hash.name(), name);
        let text = |value: &serde_json::Value| value.as_str().unwrap().as_bytes().to_vec();
        let found = hash.positions(&text(&unit), &text(&salt));
        assert_eq!((u64::from(found.ramp), u64::from(found.split)), (ramp, split), "{line}");
    }
}

/// What fits into one block of the digest takes another way than what is longer.
#[test]
fn units_of_every_length_are_hashed_alike() {
    let salt = "new-checkout";
    for length in 0..200 {
        let unit = "u".repeat(length);
        let digest = Md5::digest(format!("{unit}:{salt}"));
        let split = u32::from_le_bytes(digest[4..8].try_into().unwrap()) % POSITIONS;
        let found = Hash::UserFlagMd5.positions(unit.as_bytes(), salt.as_bytes());
        assert_eq!(found.split, split, "{length}");
        let digest: [u8; 16] = Md5::digest(format!("{salt}:{unit}")).into();
        let ramp = u128::from_be_bytes(digest) % u128::from(POSITIONS);
        let found = Hash::FlagUserMd5.positions(unit.as_bytes(), salt.as_bytes());
        assert_eq!(u128::from(found.ramp), ramp % 100 * 1000 + ramp / 100, "{length}");
    }
}

proptest! {
    #![proptest_config(cases(300))]

    /// Of every length that fits into one block, and a little more; in both orders; any number.
    #[test]
    fn units_are_hashed_together_as_alone(
        members in vec((any::<bool>(), vec(any::<u8>(), 0..=40), vec(any::<u8>(), 0..=20)), 0..=10),
    ) {
        let hash = |first: bool| if first { Hash::UserFlagMd5 } else { Hash::FlagUserMd5 };
        let mut crowd = UnitBatch::default();
        for (first, unit, salt) in &members {
            crowd.add(hash(*first), Some(unit), salt);
        }
        let together: Vec<_> = crowd.positions().collect();
        let is_short = |(_, unit, salt): &&(bool, Vec<u8>, Vec<u8>)| unit.len() + salt.len() < 55;
        let short = members.iter().take(LANES).filter(is_short).count();
        let alone = members.iter().take(LANES).map(|member @ (first, unit, salt)| {
            let is_hashed = 1 < short && is_short(&member);
            is_hashed.then(|| hash(*first).positions(unit, salt))
        });
        prop_assert_eq!(together, alone.collect::<Vec<_>>());
    }
}

#[test]
fn every_lane_hashes_every_length_alike() {
    let salt = "exp.1";
    for length in 0..=54 - salt.len() {
        for hash in [Hash::UserFlagMd5, Hash::FlagUserMd5] {
            let units: [String; LANES] =
                std::array::from_fn(|lane| format!("{lane}").repeat(length));
            let mut crowd = UnitBatch::default();
            for unit in &units {
                crowd.add(hash, Some(unit.as_bytes()), salt.as_bytes());
            }
            assert!(crowd.is_full());
            let together: Vec<_> = crowd.positions().collect();
            let alone = units.iter().map(|unit| hash.positions(unit.as_bytes(), salt.as_bytes()));
            assert_eq!(together, alone.map(Some).collect::<Vec<_>>(), "{length}");
        }
    }
}

#[test]
fn whoever_has_no_unit_has_no_positions_and_keeps_nobody_from_theirs() {
    let mut crowd = UnitBatch::default();
    let units = [None, Some("u-1"), None, Some("u-2")];
    for unit in units {
        crowd.add(Hash::UserFlagMd5, unit.map(str::as_bytes), b"exp.1");
    }
    let alone = |unit: &str| Hash::UserFlagMd5.positions(unit.as_bytes(), b"exp.1");
    let together: Vec<_> = crowd.positions().collect();
    assert_eq!(together, units.map(|unit| unit.map(alone)));
    assert_eq!(UnitBatch::default().positions().count(), 0);
}

#[test]
fn whole_percentages_are_those_of_the_earlier_systems() {
    // Both asked whether the number of the digest, modulo 100, is below the percentage.
    let digest = |text: String| -> [u8; 16] { Md5::digest(text).into() };
    for index in 0..2_000 {
        let unit = format!("u-{index}");
        let first_four = digest(format!("{unit}:exp.1"))[..4].try_into().unwrap();
        let user_flag = u32::from_le_bytes(first_four) % 100;
        let flag_user = u128::from_be_bytes(digest(format!("exp.1:{unit}"))) % 100;
        let ramp = |hash: Hash| hash.positions(unit.as_bytes(), b"exp.1").ramp;
        for percent in 0..=100 {
            let percentage = Percentage::from_thousandths(percent * 1000).unwrap();
            let includes = |hash| percentage.includes(ramp(hash));
            assert_eq!(includes(Hash::UserFlagMd5), user_flag < percent, "{unit} {percent}");
            assert_eq!(includes(Hash::FlagUserMd5), flag_user < percent.into(), "{unit} {percent}");
        }
    }
}

#[test]
fn the_separator_is_the_only_one() {
    // Kept bit for bit, this included: what stands before and after the colon is not told apart.
    let positions =
        |unit: &str, salt: &str| Hash::UserFlagMd5.positions(unit.as_bytes(), salt.as_bytes());
    assert_eq!(positions("a:b", "c"), positions("a", "b:c"));
    assert_ne!(positions("a", "b"), positions("b", "a"));
    assert_ne!(positions("", "ab"), positions("a", "b"));
}

#[test]
fn percentages_include_the_positions_below_them() {
    let check = |thousandths: u32, last_in: Option<u32>, first_out: Option<u32>, is_partial| {
        let percentage = Percentage::from_thousandths(thousandths).unwrap();
        assert_eq!(percentage.thousandths(), thousandths);
        assert_eq!(percentage.is_partial(), is_partial);
        assert!(last_in.is_none_or(|position| percentage.includes(position)));
        assert!(first_out.is_none_or(|position| !percentage.includes(position)));
    };
    check(0, None, Some(0), false);
    check(1, Some(0), Some(1), true);
    check(12_500, Some(12_499), Some(12_500), true);
    check(99_999, Some(99_998), Some(99_999), true);
    check(POSITIONS, Some(99_999), None, false);
    assert_eq!(Percentage::from_thousandths(100_001), None);
    assert_eq!(Percentage::from_thousandths(0), Some(Percentage::ZERO));
    assert_eq!(Percentage::from_thousandths(100_000), Some(Percentage::FULL));
}

#[test]
fn percentages_are_written_short() {
    let check = |count: u64, expected: &str| {
        assert_eq!(thousandths(count), expected);
        if let Some(percentage) = u32::try_from(count).ok().and_then(Percentage::from_thousandths) {
            assert_eq!(percentage.to_string(), expected);
        }
    };
    check(0, "0");
    check(1, "0.001");
    check(500, "0.5");
    check(33_333, "33.333");
    check(12_500, "12.5");
    check(10_000, "10");
    check(100_000, "100");
    check(133_330, "133.33");
}

#[test]
fn units_are_strings_and_whole_numbers() {
    let check = |json: &str, expected: Option<&str>| {
        let value: Value<'_> = serde_json::from_str(json).unwrap();
        let unit = Unit::of(&value);
        let bytes = unit.as_ref().map(Unit::bytes);
        assert_eq!(bytes, expected.map(str::as_bytes), "{json}");
    };
    check(r#""u-1""#, Some("u-1"));
    check(r#""""#, Some(""));
    check(r#""42.0""#, Some("42.0"));
    check("42", Some("42"));
    check("42.0", Some("42"));
    check("4.2e1", Some("42"));
    check("0", Some("0"));
    check("-0.0", Some("0"));
    check("-7", Some("-7"));
    check("9007199254740991", Some("9007199254740991"));
    check("-9007199254740991", Some("-9007199254740991"));
    check("9007199254740991.0", Some("9007199254740991"));
    check("9007199254740992", None);
    check("-9007199254740992.0", None);
    check("1e300", None);
    check("42.5", None);
    check("null", None);
    check("true", None);
    check("[1]", None);
    check(r#"{"id": 1}"#, None);
}
