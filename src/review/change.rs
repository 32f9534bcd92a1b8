//! What changed in a definition, in words.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::review::condition_words::{condition_changes, list, quoted, value};

/// The fields of a flag that are compared as they are, in the order in which they are named.
const PLAIN_FIELDS: [&str; 11] = [
    "staff_only",
    "off_variant",
    "salt",
    "bucket_by",
    "hash",
    "requires",
    "metadata",
    "expires",
    "owner",
    "name",
    "description",
];

/// What changed in a flag, a sentence each; empty if nothing did.
#[must_use]
pub fn flag(base: &Value, head: &Value, renamed: &BTreeMap<String, String>) -> Vec<String> {
    let empty = Map::new();
    let (base, head) = (base.as_object().unwrap_or(&empty), head.as_object().unwrap_or(&empty));
    let mut changes = Vec::new();
    let enabled = |flag: &Map<String, Value>| flag.get("enabled") == Some(&Value::Bool(true));
    match (enabled(base), enabled(head)) {
        (true, false) => changes.push("enabled → disabled".to_owned()),
        (false, true) => changes.push("disabled → enabled".to_owned()),
        _ => {}
    }
    rollout("", base, head, &mut changes);
    let conditions = |flag: &Map<String, Value>| list(flag.get("targeting_rules"));
    for change in condition_changes(&conditions(base), &conditions(head)) {
        changes.push(format!("targeting {change}"));
    }
    variants(base, head, renamed, &mut changes);
    users(base, head, &mut changes);
    rules(base, head, &mut changes);
    if base.get("default") != head.get("default") {
        let text = |flag: &Map<String, Value>| flag.get("default").map_or("nothing".into(), served);
        changes.push(format!("default {} → {}", text(base), text(head)));
    }
    for field in PLAIN_FIELDS {
        match (base.get(field), head.get(field)) {
            (before, after) if before == after => {}
            (Some(before), Some(after)) => {
                changes.push(format!("{field} {} → {}", value(before), value(after)));
            }
            (None, Some(after)) => changes.push(format!("{field} added: {}", value(after))),
            (Some(before), None) => changes.push(format!("{field} removed: {}", value(before))),
            (None, None) => {}
        }
    }
    changes
}

/// What changed in a segment, to follow its name.
#[must_use]
pub fn segment(base: &Value, head: &Value) -> Vec<String> {
    condition_changes(&list(Some(base)), &list(Some(head)))
}

fn rollout(
    prefix: &str,
    base: &Map<String, Value>,
    head: &Map<String, Value>,
    changes: &mut Vec<String>,
) {
    let percentage = |object: &Map<String, Value>| {
        object.get("rollout_percentage").map_or("100".to_owned(), ToString::to_string)
    };
    let (before, after) = (percentage(base), percentage(head));
    let differ = match (before.parse::<f64>(), after.parse::<f64>()) {
        // Written from one text to another, so exactly equal or not.
        (Ok(before), Ok(after)) => (before - after).abs() > f64::EPSILON,
        _ => before != after,
    };
    if differ {
        changes.push(format!("{prefix}rollout {before} % → {after} %"));
    }
}

fn variants(
    base: &Map<String, Value>,
    head: &Map<String, Value>,
    renamed: &BTreeMap<String, String>,
    changes: &mut Vec<String>,
) {
    let empty = Map::new();
    let of = |flag: &Map<String, Value>| flag.get("variants").and_then(Value::as_object).cloned();
    let (before, after) = (of(base), of(head));
    let (before, after) = (before.as_ref().unwrap_or(&empty), after.as_ref().unwrap_or(&empty));
    for (name, old) in before {
        match (after.get(name), renamed.get(name)) {
            (Some(new), _) if new == old => {}
            (Some(new), _) => {
                let (old, new) = (value(old), value(new));
                changes.push(format!("variant {} has another value: {old} → {new}", quoted(name)));
            }
            (None, Some(new)) => {
                let new = quoted(new);
                changes.push(format!("variant {} is now called {new}, same value", quoted(name)));
            }
            (None, None) => changes.push(format!("variant {} removed", quoted(name))),
        }
    }
    for (name, new) in after {
        if !before.contains_key(name) && !renamed.values().any(|new| new == name) {
            changes.push(format!("variant {} added: {}", quoted(name), value(new)));
        }
    }
}

/// Who is listed under what.
fn listed(flag: &Map<String, Value>) -> BTreeMap<&str, &str> {
    let mut users = BTreeMap::new();
    match flag.get("users") {
        Some(Value::Array(items)) => {
            users.extend(items.iter().filter_map(Value::as_str).map(|user| (user, "enabled")));
        }
        Some(Value::Object(by_variant)) => {
            for (variant, items) in by_variant {
                let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
                let names = items.iter().filter_map(Value::as_str);
                users.extend(names.map(|user| (user, &**variant)));
            }
        }
        _ => {}
    }
    users
}

fn users(base: &Map<String, Value>, head: &Map<String, Value>, changes: &mut Vec<String>) {
    let (before, after) = (listed(base), listed(head));
    let mut counts: BTreeMap<(u8, String), usize> = BTreeMap::new();
    let mut count = |order, text| *counts.entry((order, text)).or_insert(0) += 1;
    for (user, variant) in &after {
        match before.get(user) {
            None => count(0, format!("added for {}", quoted(variant))),
            Some(old) if old != variant => {
                count(1, format!("moved from {} to {}", quoted(old), quoted(variant)));
            }
            Some(_) => {}
        }
    }
    for (user, variant) in &before {
        if !after.contains_key(user) {
            count(2, format!("removed from {}", quoted(variant)));
        }
    }
    for ((_, text), count) in counts {
        let noun = if count == 1 { "listed user" } else { "listed users" };
        changes.push(format!("{count} {noun} {text}"));
    }
}

fn rules(base: &Map<String, Value>, head: &Map<String, Value>, changes: &mut Vec<String>) {
    let named = |flag: &Map<String, Value>| -> Vec<(String, Value)> {
        let rules = list(flag.get("rules"));
        (1..)
            .zip(rules)
            .map(|(number, rule)| {
                let name = rule.get("name").and_then(Value::as_str);
                (name.map_or_else(|| format!("#{number}"), str::to_owned), rule)
            })
            .collect()
    };
    let (before, after) = (named(base), named(head));
    let find =
        |rules: &[(String, Value)], name: &str| rules.iter().position(|(other, _)| other == name);
    for (name, rule) in &after {
        let Some(old) = find(&before, name).and_then(|index| before.get(index)) else {
            changes.push(format!("rule {} added: {}", quoted(name), rule_words(rule)));
            continue;
        };
        rule_changes(name, &old.1, rule, changes);
    }
    for (name, _) in &before {
        if find(&after, name).is_none() {
            changes.push(format!("rule {} removed", quoted(name)));
        }
    }
    let common = |rules: &[(String, Value)], others: &[(String, Value)]| -> Vec<String> {
        let kept = rules.iter().filter(|(name, _)| find(others, name).is_some());
        kept.map(|(name, _)| name.clone()).collect()
    };
    let (order, new_order) = (common(&before, &after), common(&after, &before));
    if order != new_order {
        let names: Vec<String> = new_order.iter().map(|name| quoted(name)).collect();
        changes.push(format!("rules are now in the order {}", names.join(", ")));
    }
}

/// What changed in one rule.
fn rule_changes(name: &str, base: &Value, head: &Value, changes: &mut Vec<String>) {
    let empty = Map::new();
    let (base, head) = (base.as_object().unwrap_or(&empty), head.as_object().unwrap_or(&empty));
    let name = quoted(name);
    for change in condition_changes(&list(base.get("if")), &list(head.get("if"))) {
        changes.push(format!("rule {name} {change}"));
    }
    rollout(&format!("rule {name}: "), base, head, changes);
    let outcome = |rule: &Map<String, Value>| {
        rule.get("serve").or_else(|| rule.get("split")).map_or(String::new(), served)
    };
    let (before, after) = (outcome(base), outcome(head));
    if before != after {
        changes.push(format!("rule {name} serves {before} → {after}"));
    }
}

/// What a rule does, shortly.
fn rule_words(rule: &Value) -> String {
    let outcome = rule.get("serve").or_else(|| rule.get("split")).map_or(String::new(), served);
    let ramp = rule.get("rollout_percentage").map_or(String::new(), |p| format!(" to {p} %"));
    let conditions = condition_changes(&[], &list(rule.get("if")));
    match conditions.len() {
        0 => format!("serves {outcome}{ramp}"),
        1 => format!("serves {outcome}{ramp} under one condition"),
        count => format!("serves {outcome}{ramp} under {count} conditions"),
    }
}

/// What is served: a variant, or a split as `a 50 / b 50`.
fn served(outcome: &Value) -> String {
    let entries = outcome.get("split").unwrap_or(outcome).as_array();
    let Some(entries) = entries else {
        return outcome.as_str().map_or_else(|| value(outcome), quoted);
    };
    let entry = |entry: &Value| {
        let name = entry.get("variant").and_then(Value::as_str).unwrap_or_default();
        let share = entry.get("percentage").map_or(String::new(), ToString::to_string);
        format!("{name} {share}")
    };
    let entries: Vec<String> = entries.iter().map(entry).collect();
    format!("split {}", entries.join(" / "))
}
