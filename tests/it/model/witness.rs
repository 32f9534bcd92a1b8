//! Values of an attribute that tell its comparisons apart: one for each way in which all of them
//! come out together.

use std::collections::BTreeMap;

use crate::model::{
    caller::Caller,
    condition,
    json::{Json, list, map, number, text},
    kind::Kind,
    network::{self, Address},
    time,
};

/// Texts that are no version, no time and no address, and some that patterns are after.
const PLAIN: [&str; 12] =
    ["", "zz", "~", "N", "a", "pro", "free", "12", "é", "x@example.org", "\u{10FFFF}", "\0"];

/// Comparisons of one attribute: as conditions, in any order.
pub fn comparisons<'j>(json: &'j Json, name: &str, found: &mut Vec<&'j Json>) {
    let is_own = json.field("attribute").and_then(Json::as_text) == Some(name)
        || json.field("where").is_some_and(|wanted| wanted.field(name).is_some());
    if is_own {
        found.push(json);
    }
    json.fields().iter().for_each(|(_, value)| comparisons(value, name, found));
    json.items().iter().for_each(|value| comparisons(value, name, found));
}

/// Operator and value of a condition about an attribute.
fn parts<'j>(condition: &'j Json, name: &str) -> (&'j str, &'j Json) {
    match condition.field("where") {
        Some(wanted) => ("eq", wanted.field(name).unwrap()),
        None => {
            let field = |name: &str| condition.field(name).unwrap();
            (field("operator").as_text().unwrap(), field("value"))
        }
    }
}

/// A value for each way; none is a missing attribute. `now` has instants.
pub fn classes(name: &str, kind: Kind, conditions: &[&Json]) -> Vec<Option<Json>> {
    let parts: Vec<(&str, &Json)> =
        conditions.iter().map(|condition| parts(condition, name)).collect();
    let mut classes: BTreeMap<(Vec<bool>, bool), Option<Json>> = BTreeMap::new();
    let folds = conditions.iter().any(|condition| condition.field("ignore_case").is_some());
    for value in candidates(kind, &parts, folds) {
        let mut attributes = Json::Map(Vec::new());
        attributes.set(name, value.clone());
        let caller = Caller { key: None, attributes, now: 0 };
        let truth = |condition: &&Json| {
            let own = match condition.field("where") {
                Some(wanted) => {
                    map([("where", map([(name, wanted.field(name).unwrap().clone())]))])
                }
                None => (*condition).clone(),
            };
            let mut never = |_: &str, _: Option<&str>| Ok::<bool, ()>(false);
            condition::holds(&own, &caller, &Json::Null, &mut never).unwrap()
        };
        let truths: Vec<bool> = conditions.iter().map(truth).collect();
        let has_unit = caller.unit(name).is_some();
        classes
            .entry((truths, has_unit))
            .or_insert_with(|| Some(value).filter(|value| *value != Json::Null));
    }
    classes.into_values().collect()
}

/// Instants before, at and behind each that `now` is compared with.
pub fn instants(conditions: &[&Json]) -> Vec<i128> {
    let at = |condition: &&Json| time::rfc3339(parts(condition, "now").1.as_text().unwrap());
    let all = conditions.iter().filter_map(at).flat_map(|instant| [instant - 1, instant]);
    let mut all: Vec<i128> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn constants<'j>(parts: &[(&'j str, &'j Json)]) -> Vec<&'j Json> {
    let each = |(_, wanted): &(&'j str, &'j Json)| match wanted {
        Json::List(items) => items.iter().chain(Some(*wanted)).collect::<Vec<_>>(),
        _ => vec![*wanted],
    };
    parts.iter().flat_map(each).collect()
}

fn candidates(kind: Kind, parts: &[(&str, &Json)], folds: bool) -> Vec<Json> {
    let constants = constants(parts);
    let mut all = vec![Json::Null, Json::Bool(true), Json::Bool(false), list([]), map([])];
    all.extend(constants.iter().copied().cloned());
    match kind {
        Kind::Text => all.extend(texts(parts, folds)),
        Kind::Number => all.extend(numbers(&constants)),
        Kind::Version => all.extend(versions()),
        Kind::Time => all.extend(times(&constants)),
        Kind::Network => all.extend(addresses(&constants)),
        Kind::List => {
            all.extend(subsets(&constants));
            all.extend(texts(parts, folds));
        }
        Kind::Bool | Kind::Object => {}
    }
    all.extend(PLAIN.map(text));
    all.extend(["7", "0.25", "-1e300"].map(number));
    all
}

/// The text just before a text that has a letter: one letter less at its end.
fn shortened(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    letters.pop();
    letters.into_iter().collect()
}

/// With a lower letter at its end.
fn lowered(text: &str) -> String {
    let last = text.chars().last().map_or(0, u32::from);
    let lower = last.checked_sub(1).and_then(char::from_u32);
    shortened(text) + &lower.map_or(String::new(), String::from)
}

/// Whatever the constants, and texts close to them, make when they are put together; in either case
/// if a comparison ignores it.
fn texts(parts: &[(&str, &Json)], folds: bool) -> Vec<Json> {
    let constants = constants(parts);
    let own: Vec<&str> = constants.iter().filter_map(|constant| constant.as_text()).collect();
    let mut atoms: Vec<String> = ["", "\0", "~", "é"].map(str::to_owned).to_vec();
    atoms.extend(own.iter().map(|text| (*text).to_owned()));
    for (operator, wanted) in parts {
        match (*operator, wanted.as_text()) {
            ("gt" | "gte" | "lt" | "lte", Some(wanted)) => {
                atoms.extend([shortened(wanted), lowered(wanted)]);
            }
            ("matches", Some(_)) => {
                atoms.extend(["N", "a", "pro", "free", "7", "@example.org"].map(str::to_owned));
            }
            _ => {}
        }
    }
    if folds {
        atoms.extend(own.iter().flat_map(|own| [own.to_uppercase(), own.to_lowercase()]));
    }
    atoms.sort();
    atoms.dedup();
    let join = |texts: &[&String]| text(texts.iter().map(|text| text.as_str()).collect::<String>());
    let mut all: Vec<Json> = atoms.iter().map(|one| join(&[one])).collect();
    all.extend(own.iter().flat_map(|own| [own.to_uppercase(), own.to_lowercase()]).map(text));
    let deep = parts.len() > 1;
    for a in &atoms {
        for b in &atoms {
            all.push(join(&[a, b]));
            if deep {
                all.extend(atoms.iter().map(|c| join(&[a, b, c])));
            }
        }
    }
    all
}

fn numbers(constants: &[&Json]) -> Vec<Json> {
    let mut own: Vec<f64> = Vec::new();
    for constant in constants {
        if let Json::Number(text) = constant {
            own.push(text.parse().unwrap());
        }
    }
    own.sort_by(f64::total_cmp);
    let mut all: Vec<Json> = ["1e999", "-1e999"].map(number).to_vec();
    for (index, value) in own.iter().enumerate() {
        let near = [value - 1.0, value + 1.0, value - 0.25, value + 0.25, value * 2.0, value / 2.0];
        all.extend(near.map(|near| number(format!("{near:?}"))));
        if let Some(next) = own.get(index + 1) {
            all.push(number(format!("{:?}", f64::midpoint(*value, *next))));
        }
    }
    all
}

fn versions() -> Vec<Json> {
    let parts = [0, 1, 2, 3, 10, 11];
    let mut all = Vec::new();
    for major in parts {
        for minor in parts {
            for patch in parts {
                let marks = ["", "-0", "-beta.2", "-beta.3", "-beta.x", "-rc.11", "-zz"];
                let version = |mark| text(format!("{major}.{minor}.{patch}{mark}"));
                all.extend(marks.map(version));
            }
        }
    }
    all
}

fn times(constants: &[&Json]) -> Vec<Json> {
    let instants = constants.iter().filter_map(|constant| time::rfc3339(constant.as_text()?));
    let near = instants.flat_map(|instant| [instant - 1, instant, instant + 1]);
    // Beyond the years that there are, an offset still leads.
    let [first, last] = ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"]
        .map(|text| time::rfc3339(text).unwrap());
    let offset = |instant: i128| match instant {
        _ if instant < first => 23 * 60 + 59,
        _ if last < instant => -(23 * 60 + 59),
        _ => 0,
    };
    near.map(|instant| text(time::shown(instant, offset(instant), 9))).collect()
}

fn addresses(constants: &[&Json]) -> Vec<Json> {
    let mut all = Vec::new();
    for constant in constants.iter().filter_map(|constant| constant.as_text()) {
        let (start, length) = constant.split_once('/').unwrap_or((constant, "128"));
        let length: u32 = length.parse().unwrap();
        match network::address(start).unwrap() {
            Address::V4(bits) => {
                let mask = u32::MAX.checked_shr(length.min(32)).unwrap_or(0);
                let ends = [bits & !mask, bits | mask];
                for bits in [ends[0], ends[1], ends[0].wrapping_sub(1), ends[1].wrapping_add(1)] {
                    let [a, b, c, d] = bits.to_be_bytes();
                    all.push(text(format!("{a}.{b}.{c}.{d}")));
                    all.push(text(format!("::ffff:{a}.{b}.{c}.{d}")));
                }
            }
            Address::V6(bits) => {
                let mask = u128::MAX.checked_shr(length).unwrap_or(0);
                let ends = [bits & !mask, bits | mask];
                for bits in [ends[0], ends[1], ends[0].wrapping_sub(1), ends[1].wrapping_add(1)] {
                    let group = |index: u32| format!("{:x}", (bits >> (112 - 16 * index)) as u16);
                    all.push(text((0..8).map(group).collect::<Vec<_>>().join(":")));
                }
            }
        }
    }
    all
}

/// All lists of the items that are asked for.
fn subsets(constants: &[&Json]) -> Vec<Json> {
    let mut items: Vec<&Json> = Vec::new();
    for constant in constants {
        if items.iter().all(|item| !item.equals(constant)) && items.len() < 7 {
            items.push(constant);
        }
    }
    let chosen = |number: usize| {
        let own = items.iter().enumerate().filter(|(index, _)| number >> index & 1 == 1);
        list(own.map(|(_, item)| (*item).clone()).collect::<Vec<_>>())
    };
    (0..1 << items.len()).map(chosen).collect()
}
