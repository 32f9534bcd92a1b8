//! What changed in a definition, in words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::words::{
    condition::{are_reordered, condition_changes, list, plain, quoted, value},
    full_form,
    rule::{self, served},
};

/// The fields of a flag that are compared as they are, in the order in which they are named, with
/// what they are when left out.
const PLAIN_FIELDS: [(&str, &str); 10] = [
    ("staff_only", "false"),
    ("off_variant", ""),
    ("salt", ""),
    ("bucket_by", "\"targetingKey\""),
    ("hash", "\"user_flag_md5\""),
    ("metadata", "{}"),
    ("expires", ""),
    ("owner", ""),
    ("name", ""),
    ("description", "\"\""),
];

/// What changed in a flag, a sentence each; empty if nothing did.
#[must_use]
pub fn flag(base: &Value, head: &Value, renamed: &BTreeMap<String, String>) -> Vec<String> {
    let empty = Map::new();
    let [base, head] =
        &full_form::alike(base.as_object().unwrap_or(&empty), head.as_object().unwrap_or(&empty))
            .map(|flag| in_plain_numbers(&flag));
    let mut changes = Vec::new();
    let enabled = |flag: &Map<String, Value>| flag.get("enabled") == Some(&Value::Bool(true));
    match (enabled(base), enabled(head)) {
        (true, false) => changes.push(switched("enabled → disabled", base)),
        (false, true) => changes.push(switched("disabled → enabled", head)),
        _ => {}
    }
    changes.extend(rule::rollout("", base, head));
    let conditions = |flag: &Map<String, Value>| list(flag.get("targeting_rules"));
    for change in condition_changes(&conditions(base), &conditions(head)) {
        changes.push(format!("targeting {change}"));
    }
    variants(base, head, renamed, &mut changes);
    changes.extend(users(base, head));
    changes.extend(rule::changes(&list(base.get("rules")), &list(head.get("rules"))));
    changes.extend(condition_changes(&list(base.get("requires")), &list(head.get("requires"))));
    if base.get("default") != head.get("default") {
        let text = |flag: &Map<String, Value>| flag.get("default").map_or("nothing".into(), served);
        changes.push(format!("default {} → {}", text(base), text(head)));
    }
    for (field, default) in PLAIN_FIELDS {
        let default: Option<Value> = serde_json::from_str(default).ok();
        let given = |flag: &Map<String, Value>| {
            flag.get(field).cloned().filter(|v| Some(v) != default.as_ref())
        };
        match (&given(base), &given(head)) {
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

/// Whether a segment has the same conditions in another order.
#[must_use]
pub fn is_segment_reordered(base: &Value, head: &Value) -> bool {
    are_reordered(&list(Some(base)), &list(Some(head)))
}

/// Where a flag has the same conditions in another order, a sentence each. Who gets an answer does
/// not depend on it, but who gets an error does, and what another flag is asked for.
#[must_use]
pub fn reordered(base: &Value, head: &Value) -> Vec<String> {
    let empty = Map::new();
    let [base, head] =
        &full_form::alike(base.as_object().unwrap_or(&empty), head.as_object().unwrap_or(&empty));
    let mut changes = Vec::new();
    for (field, words) in
        [("requires", "the flags that it requires"), ("targeting_rules", "its conditions")]
    {
        if are_reordered(&list(base.get(field)), &list(head.get(field))) {
            changes.push(format!("{words} are now looked at in another order"));
        }
    }
    changes.extend(rule::reordered(&list(base.get("rules")), &list(head.get("rules"))));
    changes
}

/// A flag with equal numbers written alike, but for what is given to callers as it is written.
fn in_plain_numbers(flag: &Map<String, Value>) -> Map<String, Value> {
    let field = |(name, value): (&String, &Value)| {
        let is_as_written = ["variants", "metadata"].contains(&&**name);
        (name.clone(), if is_as_written { value.clone() } else { plain(value) })
    };
    flag.iter().map(field).collect()
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

/// The switch in words, and for how many listed users it is the switch too.
fn switched(words: &str, flag: &Map<String, Value>) -> String {
    match listed(flag).len() {
        0 => words.to_owned(),
        1 => format!("{words}, for its listed user as well"),
        several => format!("{words}, for its {several} listed users as well"),
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

/// What changed in who is listed for what, in words.
fn users(base: &Map<String, Value>, head: &Map<String, Value>) -> Vec<String> {
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
    let words = counts.into_iter().map(|((_, text), count)| {
        let noun = if count == 1 { "listed user" } else { "listed users" };
        format!("{count} {noun} {text}")
    });
    words.collect()
}

/// Who is listed for what in a new flag, in words.
#[must_use]
pub fn listed_users(flag: &Value) -> Vec<String> {
    flag.as_object().map_or(Vec::new(), |flag| users(&Map::new(), flag))
}

/// The variants that both have, with different values.
#[must_use]
pub fn revalued(base: &Value, head: &Value) -> BTreeSet<String> {
    let variants = |flag: &Value| flag.get("variants").and_then(Value::as_object).cloned();
    let (before, after) = (variants(base).unwrap_or_default(), variants(head).unwrap_or_default());
    let is_other =
        |(name, old): &(&String, &Value)| after.get(*name).is_some_and(|new| new != *old);
    before.iter().filter(is_other).map(|(name, _)| name.clone()).collect()
}
