//! Edits that are proposed, made.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::json::{Json, list, text};

/// A flag, or a rule of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    pub key: String,
    pub rule: Option<usize>,
}

/// What is to be written where.
#[derive(Clone, Debug)]
pub struct Edit {
    pub spot: Spot,
    pub lines: String,
}

/// What begins at each line of a file in block style.
pub fn spots(yaml: &str) -> BTreeMap<u64, Spot> {
    let mut spots = BTreeMap::new();
    let (mut key, mut rules, mut is_flag) = (String::new(), 0, false);
    for (number, line) in (1..).zip(yaml.lines()) {
        if !line.starts_with(' ') {
            is_flag = line == "flags:";
        } else if is_flag && !line.starts_with("   ") {
            key = serde_json::from_str(line.trim().trim_end_matches(':')).unwrap_or_default();
            rules = 0;
            spots.insert(number, Spot { key: key.clone(), rule: None });
        } else if line.starts_with("      - ") {
            spots.insert(number, Spot { key: key.clone(), rule: Some(rules) });
            rules += 1;
        }
    }
    spots
}

fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(is) => Json::Bool(*is),
        Value::Number(number) => Json::Number(number.to_string()),
        Value::String(own) => text(own),
        Value::Array(items) => list(items.iter().map(json)),
        Value::Object(fields) => {
            Json::Map(fields.iter().map(|(name, value)| (name.clone(), json(value))).collect())
        }
    }
}

/// The file with all of the edits; none if one of them is no edit.
pub fn applied(file: &Json, edits: &[Edit]) -> Option<Json> {
    let mut file = file.clone();
    for Edit { spot, lines } in edits {
        let flag = file.field_mut("flags")?.field_mut(&spot.key)?;
        if let Some(order) = lines.strip_prefix("keep the rules in the order ") {
            reorder(flag, order)?;
            continue;
        }
        let fields: Value = serde_yaml::from_str(lines).ok()?;
        let target = match spot.rule {
            Some(rule) => {
                let Json::List(rules) = flag.field_mut("rules")? else { return None };
                rules.get_mut(rule)?
            }
            None => flag,
        };
        for (name, value) in fields.as_object()? {
            // What is served is written in one of two ways.
            match name.as_str() {
                "serve" => drop(target.remove("split")),
                "split" => drop(target.remove("serve")),
                _ => {}
            }
            target.set(name, json(value));
        }
    }
    Some(file)
}

/// Puts the named rules into that order, in the places that they have together.
fn reorder(flag: &mut Json, order: &str) -> Option<()> {
    let names: Vec<&str> = order.split(", ").map(|name| name.trim_matches('`')).collect();
    let Json::List(rules) = flag.field_mut("rules")? else { return None };
    let is_named =
        |rule: &Json, name: &str| rule.field("name").and_then(Json::as_text) == Some(name);
    let places: Vec<usize> = (0..rules.len())
        .filter(|index| names.iter().any(|name| is_named(&rules[*index], name)))
        .collect();
    let ordered: Option<Vec<Json>> =
        names.iter().map(|name| rules.iter().find(|rule| is_named(rule, name)).cloned()).collect();
    for (place, rule) in places.into_iter().zip(ordered?) {
        rules[place] = rule;
    }
    Some(())
}
