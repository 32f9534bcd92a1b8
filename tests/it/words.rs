//! For whom something changes, in words: who reads them knows.
//!
//! The words of each group of a random change are read by a reader of their grammar, and asked of
//! every context that could make a difference: exactly one group is about it, and what moves there
//! is what comes out when everything is tried.

use std::collections::BTreeMap;

use flagstaff::{
    diff::difference::diff,
    engine::{
        context::EvaluationContext,
        instant::Instant,
        value::{Number, Object, Value},
    },
    movement::moved::Group,
};
use serde_json::json;

use crate::{
    compile::side,
    pairs::Dice,
    tried::{Asked, tried},
};

/// What a context says: an age, and a country. An age that is no number stands for a text.
#[derive(Clone, Copy, Debug)]
struct Who {
    age: Option<f64>,
    country: Option<&'static str>,
}

const COUNTRIES: [&str; 4] = ["NL", "BE", "DE", "XX"];
const AGES: [f64; 10] = [-1.0, 17.5, 18.0, 19.0, 21.0, 21.5, 64.0, 65.0, 70.0, f64::NAN];

fn read_when(when: &str, who: Who) -> bool {
    when.split("; or ").any(|all| {
        let all = all.replace(" and in segment", " and `in segment");
        let all = all.replace(" and not in segment", " and `not in segment");
        all.split(" and `").all(|part| read_part(part, who))
    })
}

fn read_part(part: &str, who: Who) -> bool {
    let part = part.trim_start_matches('`');
    if let Some(rest) = part.strip_suffix("in segment `benelux`") {
        assert!(matches!(rest, "" | "not "), "{part}");
        return who.country.is_some_and(|country| ["NL", "BE"].contains(&country))
            == rest.is_empty();
    }
    let (name, predicate) = part.split_once("` is ").unwrap();
    match name {
        "age" if is_by_value(predicate) => {
            let text = who.age.map(|age| format!("{age:?}"));
            read_values(predicate, text.as_deref())
        }
        "age" => predicate.split(" or ").any(|range| read_range(range, who.age)),
        "country" => read_values(predicate, who.country),
        _ => panic!("nothing is known of {name}"),
    }
}

/// Whether values are named, and not ranges.
fn is_by_value(predicate: &str) -> bool {
    let words = ["one of ", "none of ", "not ", "present"];
    !predicate.contains("a number") && words.iter().any(|word| predicate.starts_with(word))
}

/// `at least 18 and below 21`, `18`, `missing`.
fn read_range(range: &str, age: Option<f64>) -> bool {
    match (range, age) {
        ("missing", age) => return age.is_none(),
        ("not a number", age) => return age.is_none_or(f64::is_nan),
        ("present and not a number", age) => return age.is_some_and(f64::is_nan),
        _ => {}
    }
    let Some(age) = age else { return false };
    let number = |text: &str| text.parse::<f64>().expect(range);
    range.split(" and ").all(|end| match end.rsplit_once(' ') {
        Some(("at least", bound)) => number(bound) <= age,
        Some(("at most", bound)) => age <= number(bound),
        Some(("above", bound)) => number(bound) < age,
        Some(("below", bound)) => age < number(bound),
        Some(("a", "number")) => !age.is_nan(),
        None => (number(end) - age).abs() < 1e-9,
        Some(other) => panic!("nothing is known of {other:?}"),
    })
}

/// `one of [BE, NL] or missing`, `present and not NL`.
fn read_values(predicate: &str, country: Option<&str>) -> bool {
    let list = |text: &str| -> Vec<String> {
        let text = text.trim_start_matches('[').trim_end_matches(']');
        text.split(", ").map(str::to_owned).collect()
    };
    let is_in =
        |text: &str| country.is_some_and(|country| list(text).contains(&country.to_owned()));
    if let Some(rest) = predicate.strip_suffix(" or missing") {
        return country.is_none() || read_values(rest, country);
    }
    if let Some(rest) = predicate.strip_prefix("present and ") {
        return country.is_some() && read_values(rest, country);
    }
    match predicate.split_once(' ') {
        _ if predicate == "present" => country.is_some(),
        _ if predicate == "missing" => country.is_none(),
        _ if predicate.starts_with("one of ") => is_in(&predicate["one of ".len()..]),
        _ if predicate.starts_with("none of ") => !is_in(&predicate["none of ".len()..]),
        Some(("not", value)) => !is_in(value),
        None => is_in(predicate),
        other => panic!("nothing is known of {other:?}"),
    }
}

fn condition(dice: &mut Dice) -> serde_json::Value {
    let number = *dice.pick(&[18.0, 21.0, 65.0]);
    let (one, other) = (*dice.pick(&COUNTRIES[..3]), *dice.pick(&COUNTRIES[..3]));
    let order = *dice.pick(&["gt", "gte", "lt", "lte"]);
    match dice.below(9) {
        0..=2 => json!({ "attribute": "age", "operator": order, "value": number }),
        3 => json!({ "attribute": "age", "operator": dice.pick(&["eq", "neq"]), "value": number }),
        4 => json!({ "attribute": "age", "operator": "exists", "value": dice.one_in(2) }),
        5 => {
            let operator = dice.pick(&["in", "not_in"]);
            json!({ "attribute": "country", "operator": operator, "value": [one, other] })
        }
        6 => json!({ "attribute": "country", "operator": dice.pick(&["eq", "neq"]), "value": one }),
        7 => json!({ "attribute": "country", "operator": "exists", "value": dice.one_in(2) }),
        _ => json!({ "segment": "benelux" }),
    }
}

fn conditions(dice: &mut Dice) -> serde_json::Value {
    let count = 1 + dice.below(3);
    let all: Vec<_> = (0..count)
        .map(|_| match dice.below(4) {
            0 => json!({ "not": condition(dice) }),
            1 => json!({ "any": [condition(dice), condition(dice)] }),
            _ => condition(dice),
        })
        .collect();
    all.into()
}

fn file(dice: &mut Dice) -> String {
    let ramp = *dice.pick(&[10, 30, 100]);
    json!({
        "segments": { "benelux": [{ "where": { "country": ["NL", "BE"] } }] },
        "flags": { "f": {
            "enabled": true, "rollout_percentage": ramp, "targeting_rules": conditions(dice)
        } },
    })
    .to_string()
}

fn context(who: Who) -> EvaluationContext<'static> {
    let age = who.age.map(|age| match age.is_nan() {
        true => ("age".into(), Value::String("grown-up".into())),
        false => ("age".into(), Value::Number(Number::Float(age))),
    });
    let country = who.country.map(|country| ("country".into(), Value::String(country.into())));
    EvaluationContext {
        targeting_key: Some("somebody".into()),
        attributes: Object::from_entries(age.into_iter().chain(country).collect()),
    }
}

fn everybody() -> impl Iterator<Item = Who> {
    let ages = || AGES.iter().copied().map(Some).chain([None]);
    let countries = COUNTRIES.iter().copied().map(Some).chain([None]);
    countries.flat_map(move |country| ages().map(move |age| Who { age, country }))
}

#[test]
fn who_reads_them_knows() {
    let mut groups_read = 0;
    for number in 0..120 {
        let mut dice = Dice(number);
        let (old, new) = (file(&mut dice), file(&mut dice));
        let (base, head) = (side(&[("flags/a.json", &old)]), side(&[("flags/a.json", &new)]));
        let difference = diff(base.tree(), head.tree());
        let Some(found) = difference.flags.first() else { continue };
        let movement = found.movement.as_ref().unwrap();
        for who in everybody() {
            let is_about =
                |group: &&Group| group.whom.when().is_none_or(|when| read_when(&when, who));
            let groups = &movement.shares.as_ref().unwrap().groups;
            let about: Vec<&Group> = groups.iter().filter(is_about).collect();
            let whens: Vec<_> = groups.iter().map(|group| group.whom.when()).collect();
            assert_eq!(about.len(), 1, "{number}: {who:?} {whens:#?}\n{old}\n{new}");
            let context = context(who);
            let now = Instant::parse("2026-07-01T00:00:00Z").unwrap();
            let [base, head] = [&base, &head].map(|side| {
                let flags = &side.definitions.as_ref().unwrap().flag_set;
                Asked { flags, flag: flags.find("f"), context: &context, now }
            });
            let moves: BTreeMap<_, _> = about[0]
                .moves
                .iter()
                .map(|(from, to, share)| ((from.clone(), to.clone()), *share))
                .collect();
            let mut wanted = tried(base, head);
            wanted.retain(|(from, to), _| from != to);
            assert_eq!(moves, wanted, "{number}: {who:?} {whens:#?}\n{old}\n{new}");
            groups_read += 1;
        }
    }
    assert!(groups_read > 2000, "{groups_read}");
}
