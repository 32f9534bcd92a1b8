//! Random changes of random flag sets: what somebody might have edited between two commits.

use flagstaff::definition::compile::{Content, Root, SourceFile};
use serde_json::{Map, Value, json};

use crate::{
    compile::Side,
    generated::{Entropy, flag_set},
};

/// Numbers that look random and are the same every time: `SplitMix64`.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count as u64).unwrap()
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub fn pick<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        &items[self.below(items.len())]
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| u8::try_from(self.next() >> 56).unwrap()).collect()
    }
}

/// Two sides of a change that both pass the gate.
pub struct RandomPair {
    pub base: Side,
    pub head: Side,
    /// Both as they were written, for messages.
    pub text: String,
}

/// The pair of that number; none if one side has errors, as some of what is made at random has.
pub fn random_pair(number: u64) -> Option<RandomPair> {
    let mut dice = Dice(number);
    let bytes = dice.bytes(4096);
    let base = flag_set(&mut Entropy(&bytes));
    let (mut head, mut layer) = (base.clone(), Value::Null);
    for _ in 0..1 + dice.below(3) {
        edit(&mut head, &mut dice);
    }
    if dice.one_in(4) {
        layer = overlay(&base, &mut dice);
    }
    let both = dice.one_in(2);
    let before = if both { layer.clone() } else { Value::Null };
    let text = format!("base: {base}\n  with {before}\nhead: {head}\n  with {layer}");
    let pair = RandomPair { base: compiled(&base, &before), head: compiled(&head, &layer), text };
    (pair.base.definitions.is_some() && pair.head.definitions.is_some()).then_some(pair)
}

/// Compiles a file and what a layer changes in it.
fn compiled(file: &Value, layer: &Value) -> Side {
    let root = |name: &str, file: &Value| Root {
        name: name.to_owned(),
        files: vec![SourceFile {
            path: format!("{name}/flags.json"),
            content: Content::Bytes(file.to_string().as_bytes().into()),
        }],
    };
    let mut roots = vec![root("flags", file)];
    if !layer.is_null() {
        roots.push(root("layer", layer));
    }
    Side::of(&roots)
}

/// A layer that changes a field of some flags.
fn overlay(base: &Value, dice: &mut Dice) -> Value {
    let mut flags = Map::new();
    for (key, flag) in base["flags"].as_object().unwrap() {
        if dice.one_in(2) {
            continue;
        }
        let is_toggle = is_toggle(flag);
        let patch = match dice.below(3) {
            0 => json!({ "enabled": dice.one_in(2) }),
            1 if is_toggle => json!({ "rollout_percentage": percentage(dice) }),
            _ => json!({ "salt": *dice.pick(&["old", "new"]) }),
        };
        flags.insert(key.clone(), patch);
    }
    json!({ "flags": flags })
}

fn is_toggle(flag: &Value) -> bool {
    ["variants", "rules", "default", "off_variant"].iter().all(|field| flag.get(field).is_none())
}

/// Changes one thing in a file.
fn edit(file: &mut Value, dice: &mut Dice) {
    let segments: Vec<String> = keys(&file["segments"]);
    if !segments.is_empty() && dice.one_in(5) {
        let name = dice.pick(&segments).clone();
        let other = another(dice);
        let donor = &other["segments"];
        if let Some(name_there) = keys(donor).first() {
            // What it refers to may not be there; then the pair is none.
            file["segments"][&name] = donor[name_there].clone();
        }
        return;
    }
    let flags = keys(&file["flags"]);
    if flags.is_empty() {
        return;
    }
    let key = dice.pick(&flags).clone();
    if dice.one_in(16) {
        let flag = file["flags"].as_object_mut().unwrap().remove(&key).unwrap();
        if dice.one_in(2) {
            file["flags"][format!("{key}-renamed")] = flag;
        }
        return;
    }
    if dice.one_in(10) {
        let other = another(dice);
        let donor = keys(&other["flags"]);
        file["flags"][&key] = other["flags"][dice.pick(&donor)].clone();
        return;
    }
    edit_flag(&mut file["flags"][&key], dice);
}

fn edit_flag(flag: &mut Value, dice: &mut Dice) {
    match dice.below(9) {
        0 => {
            let enabled = flag["enabled"] == json!(true);
            flag["enabled"] = (!enabled).into();
        }
        1 => flag["salt"] = (*dice.pick(&["old", "new", "f0"])).into(),
        2 => flag["hash"] = (*dice.pick(&["user_flag_md5", "flag_user_md5"])).into(),
        3 => flag["bucket_by"] = (*dice.pick(&["company.id", "age", "targetingKey"])).into(),
        4 if is_toggle(flag) => flag["users"] = json!([*dice.pick(&["u-1", "u-2", "u-9"])]),
        5 => {
            flag.as_object_mut().unwrap().remove("requires");
        }
        _ if is_toggle(flag) => {
            if dice.one_in(2) {
                flag["rollout_percentage"] = percentage(dice);
            } else {
                edit_list(flag, "targeting_rules", dice);
            }
        }
        6 => edit_list(flag, "rules", dice),
        7 => {
            let split = flag.pointer("/default/split").cloned();
            if let Some(Value::Array(entries)) = split {
                flag["default"]["split"] = resplit(entries, dice);
            } else {
                edit_rule(flag, dice);
            }
        }
        _ => edit_rule(flag, dice),
    }
}

fn edit_rule(flag: &mut Value, dice: &mut Dice) {
    let count = flag["rules"].as_array().map_or(0, Vec::len);
    if count == 0 {
        return;
    }
    let rule = &mut flag["rules"][dice.below(count)];
    match dice.below(3) {
        0 => rule["rollout_percentage"] = percentage(dice),
        1 => edit_list(rule, "if", dice),
        _ => {
            if let Some(entries) = rule.get("split").and_then(Value::as_array).cloned() {
                rule["split"] = resplit(entries, dice);
            } else {
                rule["rollout_percentage"] = percentage(dice);
            }
        }
    }
}

/// Turns a list around, takes an item out, or puts in a condition.
fn edit_list(object: &mut Value, field: &str, dice: &mut Dice) {
    let Some(list) = object.get_mut(field).and_then(Value::as_array_mut) else { return };
    match dice.below(3) {
        0 => list.reverse(),
        1 if !list.is_empty() => {
            list.remove(dice.below(list.len()));
        }
        _ if field == "rules" => list.reverse(),
        _ => {
            let country = *dice.pick(&["NL", "BE", "DE"]);
            let new = [
                json!({ "where": { "country": country } }),
                json!({ "attribute": "age", "operator": "gte", "value": 18 }),
                json!({ "not": { "where": { "beta": true } } }),
                json!({ "attribute": "now", "operator": "after", "value": "2026-06-01T00:00:00Z" }),
            ];
            list.push(dice.pick(&new).clone());
        }
    }
}

/// Other shares, another order, or both; they still add up.
fn resplit(mut entries: Vec<Value>, dice: &mut Dice) -> Value {
    if dice.one_in(2) {
        entries.reverse();
    }
    if 1 < entries.len() && dice.one_in(2) {
        let share = |entry: &Value| entry["percentage"].as_f64().unwrap();
        let whole = (share(&entries[0]) + share(&entries[1])) * 1000.0;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "up to 100,000")]
        let whole = whole.round() as usize;
        let first = dice.below(whole + 1);
        entries[0]["percentage"] = thousandths(first);
        entries[1]["percentage"] = thousandths(whole - first);
    }
    entries.into()
}

fn percentage(dice: &mut Dice) -> Value {
    let exact = dice.below(100_001);
    let round = dice.below(101) * 1000;
    thousandths(if dice.one_in(2) { exact } else { round })
}

fn thousandths(count: usize) -> Value {
    let text = format!("{}.{:03}", count / 1000, count % 1000);
    serde_json::from_str(text.trim_end_matches('0').trim_end_matches('.')).unwrap()
}

fn another(dice: &mut Dice) -> Value {
    let bytes = dice.bytes(2048);
    flag_set(&mut Entropy(&bytes))
}

fn keys(object: &Value) -> Vec<String> {
    object.as_object().map_or(Vec::new(), |object| object.keys().cloned().collect())
}
