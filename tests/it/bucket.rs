//! Unit and salt to positions, against a second implementation; ramps and splits at their edges.

use flagstaff::engine::{
    bucket::{Percentage, UnitBatch, thousandths},
    context::Unit,
    hash_function::Function,
    md5_lanes::LANES,
    scheme::{Hash, POSITIONS, SCHEMES},
    value::Value,
};
use md5::{Digest, Md5};
use proptest::{collection::vec, prelude::*};

use crate::cases::cases;

/// Scheme, unit, salt; then the ramp and the split position as they are by Python's `hashlib`,
/// `zlib`, `mmh3` and `cbor2`.
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
flagd_v1 "u-1" "new-checkout" 40103 40103
flagd_v1 "" "new-checkout" 7432 7432
flagd_v1 "u-1" "" 98132 98132
flagd_v1 "" "" 0 0
flagd_v1 "-7" "exp.1" 72932 72932
flagd_v1 "é😀" "ключ" 28580 28580
flagd_v1 "550e8400-e29b-41d4-a716-446655440000" "checkout/theme" 13958 13958
flagd_v2 "u-1" "new-checkout" 20051 20051
flagd_v2 "" "new-checkout" 96283 96283
flagd_v2 "u-1" "" 49066 49066
flagd_v2 "" "" 0 0
flagd_v2 "-7" "exp.1" 63533 63533
flagd_v2 "é😀" "ключ" 14290 14290
flagd_v2 "550e8400-e29b-41d4-a716-446655440000" "checkout/theme" 93020 93020
flagd_v3 "u-1" "new-checkout" 48121 48121
flagd_v3 "" "new-checkout" 3789 3789
flagd_v3 "u-1" "" 64458 64458
flagd_v3 "" "" 55027 55027
flagd_v3 "-7" "exp.1" 16848 16848
flagd_v3 "é😀" "ключ" 28039 28039
flagd_v3 "550e8400-e29b-41d4-a716-446655440000" "checkout/theme" 45931 45931
go_feature_flag "u-1" "new-checkout" 21237 21237
go_feature_flag "" "new-checkout" 44064 44064
go_feature_flag "u-1" "" 2306 2306
go_feature_flag "" "" 36261 36261
go_feature_flag "-7" "exp.1" 52849 52849
go_feature_flag "é😀" "ключ" 24000 24000
go_feature_flag "550e8400-e29b-41d4-a716-446655440000" "checkout/theme" 79742 79742
flipt_variant "u-1" "new-checkout" 71500 71500
flipt_variant "" "new-checkout" 80100 80100
flipt_variant "u-1" "" 78800 78800
flipt_variant "" "" 0 0
flipt_variant "-7" "exp.1" 83700 83700
flipt_variant "é😀" "ключ" 26000 26000
flipt_variant "550e8400-e29b-41d4-a716-446655440000" "checkout/theme" 91300 91300
flipt_boolean "u-1" "new-checkout" 11000 11000
flipt_boolean "" "new-checkout" 1000 1000
flipt_boolean "u-1" "" 88000 88000
flipt_boolean "" "" 0 0
flipt_boolean "-7" "exp.1" 71000 71000
flipt_boolean "é😀" "ключ" 78000 78000
flipt_boolean "550e8400-e29b-41d4-a716-446655440000" "checkout/theme" 67000 67000
unleash "u-1" "new-checkout" 73000 46000
unleash "" "new-checkout" 21000 32900
unleash "u-1" "" 78000 11900
unleash "" "" 30000 63100
unleash "-7" "exp.1" 11000 69200
unleash "é😀" "ключ" 50000 31100
unleash "550e8400-e29b-41d4-a716-446655440000" "checkout/theme" 26000 94700
launchdarkly "u-1" "new-checkout" 29580 29580
launchdarkly "" "new-checkout" 12390 12390
launchdarkly "u-1" "" 18199 18199
launchdarkly "" "" 22782 22782
launchdarkly "-7" "exp.1" 74916 74916
launchdarkly "é😀" "ключ" 69417 69417
launchdarkly "550e8400-e29b-41d4-a716-446655440000" "checkout/theme" 65572 65572
growthbook_v1 "u-1" "new-checkout" 63100 63100
growthbook_v1 "" "new-checkout" 6400 6400
growthbook_v1 "u-1" "" 30600 30600
growthbook_v1 "" "" 26100 26100
growthbook_v1 "-7" "exp.1" 96100 96100
growthbook_v1 "é😀" "ключ" 70900 70900
growthbook_v1 "550e8400-e29b-41d4-a716-446655440000" "checkout/theme" 97400 97400
growthbook_v2 "u-1" "new-checkout" 27480 27480
growthbook_v2 "" "new-checkout" 73580 73580
growthbook_v2 "u-1" "" 92990 92990
growthbook_v2 "" "" 23050 23050
growthbook_v2 "-7" "exp.1" 52230 52230
growthbook_v2 "é😀" "ключ" 75500 75500
growthbook_v2 "550e8400-e29b-41d4-a716-446655440000" "checkout/theme" 87590 87590
featurevisor "u-1" "new-checkout" 54465 54465
featurevisor "" "new-checkout" 32706 32706
featurevisor "u-1" "" 46973 46973
featurevisor "" "" 30640 30640
featurevisor "-7" "exp.1" 91699 91699
featurevisor "é😀" "ключ" 86900 86900
featurevisor "550e8400-e29b-41d4-a716-446655440000" "checkout/theme" 8734 8734
"#;

/// The same for units and salts that are one letter, so often.
const LONG_POSITIONS_ELSEWHERE: &str = "
flagd_v1 x 23 k 24 20895 20895
flagd_v1 y 300 f 1 35318 35318
flagd_v2 x 23 k 24 89552 89552
flagd_v2 y 300 f 1 17659 17659
flagd_v3 x 23 k 24 84756 84756
flagd_v3 y 300 f 1 65525 65525
go_feature_flag x 23 k 24 7015 7015
go_feature_flag y 300 f 1 18501 18501
flipt_variant x 23 k 24 72800 72800
flipt_variant y 300 f 1 55900 55900
flipt_boolean x 23 k 24 77000 77000
flipt_boolean y 300 f 1 52000 52000
unleash x 23 k 24 19000 10300
unleash y 300 f 1 36000 92800
launchdarkly x 23 k 24 91951 91951
launchdarkly y 300 f 1 49952 49952
growthbook_v1 x 23 k 24 76700 76700
growthbook_v1 y 300 f 1 32500 32500
growthbook_v2 x 23 k 24 82780 82780
growthbook_v2 y 300 f 1 36520 36520
featurevisor x 23 k 24 44977 44977
featurevisor y 300 f 1 53838 53838
";

#[test]
fn positions_are_those_of_a_second_implementation() {
    for line in POSITIONS_ELSEWHERE.trim().lines() {
        let (name, rest) = line.split_once(' ').unwrap();
        let mut rest = serde_json::Deserializer::from_str(rest).into_iter::<serde_json::Value>();
        let mut next = || rest.next().unwrap().unwrap();
        let (unit, salt) = (next(), next());
        let (ramp, split) = (next().as_u64().unwrap(), next().as_u64().unwrap());
        let hash = Hash::find(name).unwrap();
        assert_eq!(hash.name(), name);
        let text = |value: &serde_json::Value| value.as_str().unwrap().as_bytes().to_vec();
        let found = hash.positions(&text(&unit), &text(&salt));
        assert_eq!((u64::from(found.ramp), u64::from(found.split)), (ramp, split), "{line}");
    }
}

#[test]
fn positions_of_long_units_are_those_of_a_second_implementation() {
    for line in LONG_POSITIONS_ELSEWHERE.trim().lines() {
        let [name, unit, unit_length, salt, salt_length, ramp, split] =
            line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let repeated = |letter: &str, count: &str| letter.repeat(count.parse().unwrap());
        let (unit, salt) = (repeated(unit, unit_length), repeated(salt, salt_length));
        let found = Hash::find(name).unwrap().positions(unit.as_bytes(), salt.as_bytes());
        assert_eq!([found.ramp, found.split].map(|at| at.to_string()), [ramp, split], "{line}");
    }
}

#[test]
fn every_scheme_is_in_its_row_and_has_positions_elsewhere() {
    for (index, scheme) in SCHEMES.iter().enumerate() {
        assert_eq!(scheme.hash as usize, index);
        assert_eq!(Hash::find(scheme.name), Some(scheme.hash));
        let is_there = |line: &str| line.split(' ').next() == Some(scheme.name);
        assert!(POSITIONS_ELSEWHERE.lines().any(is_there), "{}", scheme.name);
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
        members in
            vec((0..SCHEMES.len(), vec(any::<u8>(), 0..=40), vec(any::<u8>(), 0..=20)), 0..=10),
    ) {
        let hash = |index: usize| SCHEMES[index].hash;
        let is_digest = |index: usize| SCHEMES[index].ramp.function == Function::Md5;
        let mut crowd = UnitBatch::default();
        for (first, unit, salt) in &members {
            crowd.add(hash(*first), Some(unit), salt);
        }
        let together: Vec<_> = crowd.positions().collect();
        let is_short = |(first, unit, salt): &&(usize, Vec<u8>, Vec<u8>)| {
            is_digest(*first) && unit.len() + salt.len() < 55
        };
        let short = members.iter().take(LANES).filter(is_short).count();
        let alone = members.iter().take(LANES).map(|member @ (first, unit, salt)| {
            let is_hashed = !is_digest(*first) || 1 < short && is_short(&member);
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
