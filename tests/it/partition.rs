//! Classes of values: whatever value an attribute has, it falls into one of them.
//!
//! Random comparisons with one attribute are held against random values, and against values that
//! lie close to what is compared with. `FLAGSTAFF_PARTITIONS` says how many sets of comparisons.

use std::{borrow::Cow, collections::BTreeSet};

use flagstaff::{
    diagnostics::place::Place,
    engine::{
        comparison::Comparison,
        condition::AttributeTest,
        context::Attribute,
        operator::Operator,
        value::{Number, Object, Value},
    },
    space::{
        axis::{Class, Partition, Truth, partition},
        sample::Sample,
    },
};

use crate::pairs::Dice;

fn parsed(json: &str) -> Value<'static> {
    serde_json::from_str::<Value<'_>>(json).unwrap().into_owned()
}

/// Comparisons with an attribute, each `operator value`.
fn tests(attribute: &str, written: &[String]) -> Vec<AttributeTest> {
    let test = |line: &String| {
        let (operator, value) = line.split_once(' ').unwrap();
        let operator = Operator::find(operator).unwrap();
        let comparison = operator.compare_with(&parsed(value)).unwrap_or_else(|misfit| {
            panic!("{line}: {misfit:?}");
        });
        AttributeTest { attribute: Attribute::new(attribute), comparison, place: Place::default() }
    };
    written.iter().map(test).collect()
}

fn truth(tests: &[AttributeTest], value: Option<&Value<'_>>) -> Vec<Truth> {
    tests.iter().map(|test| test.comparison.holds(value).into()).collect()
}

fn partition_of(tests: &[AttributeTest]) -> Partition {
    partition(&tests.iter().collect::<Vec<_>>()).unwrap()
}

/// What is compared with, by the kind of it: each line an operator and values for it.
const NUMBERS: &str = "
gt 1 | 2 | 1.5 | 0 | -1 | 18 | 9007199254740992 | 1e300 | 5e-324
gte 1 | 2 | 2.0 | 18 | 9007199254740993 | 1797973200 | 100000000000
lt 1 | 2 | 3 | 1.0000000000000002 | -1 | 1e11
lte 0 | 1 | 17.5 | 9007199254740991 | -9223372036854775808
eq 1 | 2 | 1.0 | 18 | 0 | 9223372036854775807 | 1797973200
neq 2 | 5 | 0.5 | 9007199254740993
in [1, 2] | [2, 3, 4] | [] | [1.5, 18]
not_in [1] | [2, 5, 7] | [0, 100000000000]
";
const TEXTS: &str = r#"
gt "A" | "M" | "" | "ab" | "\u00e9"
gte "AB" | "b" | "a\u0000"
lt "M" | "AB" | "a" | "\u0000" | "B" | "a\u0000"
lte "a" | "A" | "" | "abc"
eq "" | "a" | "AB" | "ab" | "M"
neq "" | "a" | "AC" | "b" | "\u00e9"
in ["a", "b"] | ["", "A", "AB"] | ["u1", "u2", "u3"] | []
not_in ["a"] | ["", "AC", "b"]
contains "C" | "a" | "" | ["ab", "b"] | "AB" | [] | "\u00e9" | "aa"
starts_with "A" | "a" | ["ab", "AC"] | "" | "M"
ends_with "b" | ["C", "AB"] | "" | "ba" | "\u00e9"
matches "^a" | "b$" | "^[ab]+$" | "^(u1|u2)$" | "(?i)ab" | "^$" | "." | "\\w+" | "^.{2}$" | "\\bab\\b" | "(?-u:\\b)a" | "^[^a]*$"
exists true | false
"#;
const LISTS: &str = r#"
contains "a" | ["a", "b"] | 1 | [1, "a"] | "c" | [true] | ["a", "b", "c"] | 2 | [] | [[1]]
eq ["a"] | [] | [1, 2] | ["a", "b"] | "a"
neq ["a", 1] | [] | 1
in [["a"], ["b"]] | [["a", "b"], "a", 1] | [{}]
not_in [[]] | [["a"], {"x": 1}]
exists true
"#;
const VERSIONS: &str = r#"
semver ">=2.1, <3" | ">=2" | "<1.2.3" | "=1.2.3" | "^1.2" | "~1.2.3" | ">1.2.3-beta.2" | "<=2.0.0" | "1.*" | "^0.0.3" | "<2.1.0-rc.1"
"#;
const TIMES: &str = r#"
before "2026-12-01T00:00:00Z" | "1970-01-01T00:00:00Z" | "2030-01-01T00:00:00+02:00" | "2026-12-01T00:00:00.5Z"
after "2026-12-01T00:00:00Z" | "2026-01-01T12:30:00Z" | "1969-12-31T23:59:59Z"
"#;
const NETWORKS: &str = r#"
in_network "10.0.0.0/8" | "10.1.0.0/16" | ["10.0.0.1", "192.168.0.0/24"] | "2001:db8::/32" | "::/0" | "0.0.0.0/0" | "::ffff:10.0.0.0/104" | "fe80::1"
"#;
const BOOLEANS: &str = "
eq true | false
neq true | false
in [true, false] | [false, 1]
exists true | false
";
/// Texts that stand for something, compared as texts.
const BESIDE: &str = r#"
eq "1.2.3" | "2.0.0" | "10.0.0.1" | "2026-12-01T00:00:00Z" | "2.1.0-rc.1"
neq "10.0.0.1" | "1.2.3" | "2.1.0"
gt "2" | "10.0" | "2026" | "1.10"
lt "2026-12-02" | "10.1" | "3"
starts_with "10." | "2026-" | "1." | "v" | "2001:" | ["1", "2"]
ends_with "Z" | ".0" | "-beta" | "+01:00" | ".1"
contains "." | "-" | ":" | "T"
matches "^[0-9.]+$" | "^v?[0-9]" | "Z$"
"#;

/// All comparisons of a kind.
fn written(kind: &str) -> Vec<String> {
    let lines = kind.trim().lines().flat_map(|line| {
        let (operator, values) = line.split_once(' ').unwrap();
        values.split(" | ").map(move |value| format!("{operator} {value}"))
    });
    lines.collect()
}

/// Values close to what comparisons name, and others.
fn values(tests: &[AttributeTest], dice: &mut Dice) -> Vec<Value<'static>> {
    let (mut texts, mut numbers, mut items) = (BTreeSet::new(), Vec::new(), Vec::new());
    let others = ["", "a", "A", "aa", "ab", "b", "C", "M", "N", "Z", "u1", "u9", "\u{0}", "\u{e9}"];
    texts.extend(others.map(str::to_owned));
    texts.extend(STAND_FOR.trim().lines().map(str::to_owned));
    let mut values = Vec::new();
    for test in tests {
        match &test.comparison {
            Comparison::Equal(value, _) | Comparison::Ordered(_, value) => {
                values.push(value.clone());
            }
            Comparison::Member(set, _) => values.extend(set.values()),
            Comparison::Contains(wanted) => {
                items.extend(wanted.iter().cloned());
                values.extend(wanted.iter().cloned());
            }
            Comparison::StartsWith(parts) | Comparison::EndsWith(parts) => {
                texts.extend(parts.iter().map(|part| part.to_string()));
            }
            _ => {}
        }
    }
    for value in &values {
        match value {
            Value::String(text) => drop(texts.insert(text.to_string())),
            Value::Number(number) => numbers.push(*number),
            Value::Array(list) => items.extend(list.iter().cloned()),
            _ => {}
        }
    }
    let known: Vec<String> = texts.iter().cloned().collect();
    for _ in 0..60 {
        let parts = (0..2 + dice.below(2)).map(|_| dice.pick(&known).clone());
        let mut text: String = parts.collect();
        if dice.one_in(4) && !text.is_empty() {
            text.pop();
        }
        texts.insert(text);
    }
    values.extend(texts.into_iter().map(|text| Value::String(Cow::Owned(text))));
    let around = numbers.iter().flat_map(|number| around(*number));
    values.extend(around.map(Value::Number));
    let edges = [0.0, 1.5, -1e11, 1e11, -99_999_999_999.0, 253_402_300_799.0, 1e300, -1e300];
    values.extend(edges.map(|float| Value::Number(Number::Float(float))));
    items.extend([parsed("0"), parsed(r#""x""#), parsed("null")]);
    for _ in 0..30 {
        let list = (0..dice.below(5)).map(|_| dice.pick(&items).clone()).collect();
        values.push(Value::Array(list));
    }
    values.extend([parsed("true"), parsed("false"), parsed("{}"), parsed(r#"{"x": 1}"#)]);
    values.push(Value::Object(Object::default()));
    values
}

const STAND_FOR: &str = "
1
1.2
1.2.3
v1.2.3
2.1.0-rc.1
2.1.0-0
1.2.3-beta.2
1.2.3-beta.11
0.0.3
999999.0.0+build
18446744073709551616.0.0
10.0.0.1
10.1.2.3
192.168.0.255
::ffff:10.0.0.1
2001:db8::1
fe80::1
FE80:0:0:0:0:0:0:1
2026-12-01T00:00:00Z
2026-12-01t00:00:00z
2026-11-30T23:00:00-01:00
2026-12-01T00:00:00.4999Z
1969-12-31T23:59:59.999999999Z
2026-01-01T12:30:00+00:00
2026-13-01T00:00:00Z
9999-01-01T00:00:00Z
";

fn around(number: Number) -> Vec<Number> {
    let mut found = vec![number];
    let float = number.as_float();
    let floats = [float, float.next_up(), float.next_down(), float + 0.5, float - 1.0, float * 2.0];
    found.extend(floats.into_iter().filter(|float| float.is_finite()).map(Number::Float));
    if let Number::Integer(whole) = number {
        let both = [whole.checked_add(1), whole.checked_sub(1)];
        found.extend(both.into_iter().flatten().map(Number::Integer));
    }
    found
}

/// Checks one set of comparisons; whether its classes are proved.
fn check(attribute: &str, written: &[String], dice: &mut Dice) -> bool {
    let tests = tests(attribute, written);
    let found = partition_of(&tests);
    let is_known = |truth: &Vec<Truth>| found.classes.iter().any(|class| class.truth == *truth);
    for class in &found.classes {
        witnesses(&tests, class, written, found.doubt.is_some());
    }
    let missing = truth(&tests, None);
    assert!(is_known(&missing), "{written:?}: missing is {missing:?}");
    for value in values(&tests, dice) {
        // An empty key is an absent one.
        let is_key = value.as_str().is_some_and(|text| !text.is_empty());
        let is_possible = attribute != "targetingKey" || is_key;
        let truth = truth(&tests, Some(&value));
        assert!(!is_possible || is_known(&truth), "{written:?}: {value} is {truth:?}");
        let class = found.classes.iter().find(|class| class.truth == truth);
        let values = class.and_then(Class::finite_values);
        if let Some(mut all) = values.filter(|_| is_possible) {
            let is_unit = flagstaff::engine::context::Unit::of(&value).is_some();
            let is_listed = all.any(|one| one.equals(&value));
            assert!(is_listed || !is_unit, "{written:?}: {value} is not among {class:?}");
        }
    }
    found.doubt.is_none()
}

/// Each class has a value for which the engine says what the class says, unless that is in doubt.
fn witnesses(tests: &[AttributeTest], class: &Class, written: &[String], is_doubtful: bool) {
    for sample in &*class.samples {
        let truth = match sample {
            Sample::Value { value, .. } => truth(tests, Some(value)),
            Sample::Missing => truth(tests, None),
            Sample::Instant(_) => panic!("{written:?}: no attribute but `now` is an instant"),
            Sample::SomeText => {
                assert!(is_doubtful, "{written:?}: {class:?} has no value, and no doubt is said");
                continue;
            }
        };
        assert_eq!(truth, class.truth, "{written:?}: {sample:?}");
    }
}

/// How many sets of comparisons are tried of each mixture.
fn rounds() -> usize {
    std::env::var("FLAGSTAFF_PARTITIONS").map_or(24, |text| text.parse().unwrap())
}

/// Tries random sets of comparisons of these kinds; those whose classes are not proved.
fn try_all(kinds: &[&str], seed: u64, rounds: usize) -> Vec<Vec<String>> {
    let all: Vec<Vec<String>> = kinds.iter().map(|kind| written(kind)).collect();
    let (mut dice, mut unproved) = (Dice(seed), Vec::new());
    for round in 0..rounds {
        let count = 2 + dice.below(4);
        let chosen = (0..count).map(|_| {
            let kind = dice.below(all.len());
            dice.pick(&all[kind]).clone()
        });
        let chosen: Vec<String> = chosen.collect();
        let attribute = if round % 8 == 0 { "targetingKey" } else { "x" };
        if !check(attribute, &chosen, &mut dice) {
            unproved.push(chosen);
        }
    }
    unproved
}

#[test]
fn every_value_falls_into_a_class() {
    for (kinds, seed) in [
        (&[NUMBERS][..], 1),
        (&[TEXTS], 2),
        (&[LISTS], 3),
        (&[NUMBERS, TEXTS, LISTS, BOOLEANS], 4),
        (&[VERSIONS], 5),
        (&[TIMES], 6),
        (&[NETWORKS], 7),
        (&[TIMES, NUMBERS], 8),
    ] {
        // Boundaries of words are decided for ASCII alone.
        let is_doubtful = |set: &Vec<String>| set.iter().any(|line| line.contains(r"\\b"));
        let mut unproved = try_all(kinds, seed, rounds());
        unproved.retain(|set| !is_doubtful(set));
        assert_eq!(unproved, [[""; 0]; 0]);
    }
}

/// What both sides of a change ask is asked once: then there is no doubt where one of them has none.
#[test]
fn the_same_comparison_comes_out_the_same() {
    let word = "matches \"\\\\bstaff\\\\b\"".to_owned();
    let tests = tests("x", &[word.clone(), word]);
    let found = partition_of(&tests);
    assert_eq!(found.doubt, None);
    let truths: Vec<Vec<Truth>> = found.classes.into_iter().map(|class| class.truth).collect();
    assert_eq!(truths.len(), 2, "{truths:?}");
    assert!(truths.iter().all(|truth| truth[0] == truth[1]), "{truths:?}");
}

/// What a comparison holds for or not, each a set of comparisons, a value, and what they say of it.
const FOUND: &str = r#"
gt 1; neq 2 | 5
lt "M"; neq "" | "A"
lt "AB"; contains "C" | "AAC"
contains 1; contains "a"; contains "b"; not contains "c" | [1, "a", "b"]
in_network "10.0.0.0/8"; starts_with "10.1." | "10.1.0.0"
semver ">=2.1"; ends_with "-beta" | "2.2.0-beta"
before "2026-12-01T00:00:00Z"; ends_with "+01:00"; starts_with "2026-12-01" | "2026-12-01T00:30:00+01:00"
"#;

#[test]
fn outcomes_that_trying_values_would_miss_are_found() {
    for line in FOUND.trim().lines() {
        let (written, value) = line.split_once(" | ").unwrap();
        let signs: Vec<bool> = written.split("; ").map(|one| !one.starts_with("not ")).collect();
        let written = written.split("; ").map(|one| one.trim_start_matches("not ").to_owned());
        let tests = tests("x", &written.collect::<Vec<_>>());
        let wanted: Vec<Truth> = signs.into_iter().map(Truth::from).collect();
        assert_eq!(truth(&tests, Some(&parsed(value))), wanted, "{line}");
        let found = partition_of(&tests);
        assert_eq!(found.doubt, None, "{line}");
        assert!(found.classes.iter().any(|class| class.truth == wanted), "{line}");
    }
}

/// What no text can be is no class.
#[test]
fn outcomes_that_nobody_can_have_are_none() {
    for (written, all) in [
        (["in_network \"10.0.0.0/8\"", "starts_with \"11.\""], vec![true, true]),
        (["semver \">=3\"", "starts_with \"2.\""], vec![true, true]),
        (["gt \"a\"", "lt \"a\\u0000\""], vec![true, true]),
        (["before \"2026-12-01T00:00:00Z\"", "starts_with \"2027-01\""], vec![true, true]),
        (["matches \"^[ab]$\"", "ends_with \"c\""], vec![true, true]),
    ] {
        let tests = tests("x", &written.map(str::to_owned));
        let found = partition_of(&tests);
        let truth: Vec<Truth> = all.into_iter().map(Truth::from).collect();
        assert_eq!(found.doubt, None, "{written:?}");
        assert!(found.classes.iter().all(|class| class.truth != truth), "{written:?}");
    }
}

#[test]
fn texts_that_stand_for_something_fall_into_classes_as_texts_too() {
    for (kinds, seed) in [
        (&[VERSIONS, BESIDE][..], 11),
        (&[TIMES, BESIDE], 12),
        (&[NETWORKS, BESIDE], 13),
        (&[VERSIONS, TIMES, NETWORKS, BESIDE], 14),
        (&[VERSIONS, TIMES, NETWORKS, TEXTS, NUMBERS], 15),
    ] {
        // These automata are large, and here they are run without optimization.
        try_all(kinds, seed, rounds().div_ceil(6));
    }
}
