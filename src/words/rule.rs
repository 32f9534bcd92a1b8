//! Rules in words, and what changed between two lists of them.

use serde_json::{Map, Value};

use crate::words::condition::{are_reordered, condition_changes, list, quoted, value};

/// A rule and what it is called: `#1`, `#2`, … without a name of its own.
struct Named<'r> {
    name: String,
    rule: &'r Value,
}

/// What changed between two lists of rules, a sentence each.
#[must_use]
pub fn changes(base: &[Value], head: &[Value]) -> Vec<String> {
    let (before, after) = (named(base), named(head));
    let partners = partners(&before, &after);
    let mut changes = Vec::new();
    for (new, partner) in after.iter().zip(&partners) {
        match partner.and_then(|index| before.get(index)) {
            Some(old) => rule_changes(old, new, &mut changes),
            None => {
                let words = in_words(new.rule);
                changes.push(format!("rule {} added: {words}", quoted(&new.name)));
            }
        }
    }
    for (index, old) in before.iter().enumerate() {
        if !partners.contains(&Some(index)) {
            let words = in_words(old.rule);
            changes.push(format!("rule {} removed: it {words}", quoted(&old.name)));
        }
    }
    let kept: Vec<usize> = partners.into_iter().flatten().collect();
    if !kept.is_sorted() {
        let names = kept.iter().filter_map(|index| before.get(*index));
        let names: Vec<String> = names.map(|old| quoted(&old.name)).collect();
        changes.push(format!("rules are now in the order {}", names.join(", ")));
    }
    changes
}

/// The rules that have the same conditions in another order, a sentence each.
#[must_use]
pub fn reordered(base: &[Value], head: &[Value]) -> Vec<String> {
    let (before, after) = (named(base), named(head));
    let partners = partners(&before, &after);
    let pairs = after.iter().zip(partners);
    let pairs = pairs.filter_map(|(new, index)| Some((before.get(index?)?, new)));
    let is_reordered = |(old, new): &(&Named<'_>, &Named<'_>)| {
        are_reordered(&list(old.rule.get("if")), &list(new.rule.get("if")))
    };
    let words = |name: &str| {
        format!("the conditions of rule {} are now looked at in another order", quoted(name))
    };
    pairs.filter(is_reordered).map(|(_, new)| words(&new.name)).collect()
}

/// What changed in the share of users whom a rule or a flag takes.
#[must_use]
pub fn rollout(
    prefix: &str,
    base: &Map<String, Value>,
    head: &Map<String, Value>,
) -> Option<String> {
    let percentage = |object: &Map<String, Value>| {
        object.get("rollout_percentage").map_or("100".to_owned(), ToString::to_string)
    };
    let (before, after) = (percentage(base), percentage(head));
    let differ = match (before.parse::<f64>(), after.parse::<f64>()) {
        // Read from texts, so exactly equal or not.
        (Ok(before), Ok(after)) => before.total_cmp(&after).is_ne(),
        _ => before != after,
    };
    differ.then(|| format!("{prefix}rollout {before} % → {after} %"))
}

/// What is served: a variant, or a split as `a 50 / b 50`.
#[must_use]
pub fn served(outcome: &Value) -> String {
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

fn named(rules: &[Value]) -> Vec<Named<'_>> {
    let name = |number: usize, rule: &Value| {
        let name = rule.get("name").and_then(Value::as_str);
        name.map_or_else(|| format!("#{number}"), str::to_owned)
    };
    (1..).zip(rules).map(|(number, rule)| Named { name: name(number, rule), rule }).collect()
}

/// For each rule which one it was before: the one of that name; without a name, one that is just
/// like it, or else the one of that number.
fn partners(before: &[Named<'_>], after: &[Named<'_>]) -> Vec<Option<usize>> {
    let mut partners: Vec<Option<usize>> = vec![None; after.len()];
    let is_equal: [fn(&Named<'_>, &Named<'_>) -> bool; 3] = [
        |old, new| !old.name.starts_with('#') && old.name == new.name,
        |old, new| old.rule == new.rule,
        |old, new| old.name == new.name,
    ];
    for is_equal in is_equal {
        for (index, new) in after.iter().enumerate() {
            if partners.get(index) != Some(&None) {
                continue;
            }
            let partner = before
                .iter()
                .enumerate()
                .find(|(old, named)| !partners.contains(&Some(*old)) && is_equal(named, new));
            if let Some(slot) = partners.get_mut(index) {
                *slot = partner.map(|(old, _)| old);
            }
        }
    }
    partners
}

/// What changed in one rule.
fn rule_changes(old: &Named<'_>, new: &Named<'_>, changes: &mut Vec<String>) {
    let empty = Map::new();
    let base = old.rule.as_object().unwrap_or(&empty);
    let head = new.rule.as_object().unwrap_or(&empty);
    let name = quoted(&new.name);
    for change in condition_changes(&list(base.get("if")), &list(head.get("if"))) {
        changes.push(format!("rule {name} {change}"));
    }
    changes.extend(rollout(&format!("rule {name}: "), base, head));
    let outcome = |rule: &Map<String, Value>| {
        rule.get("serve").or_else(|| rule.get("split")).map_or(String::new(), served)
    };
    let (before, after) = (outcome(base), outcome(head));
    if before != after {
        changes.push(format!("rule {name} serves {before} → {after}"));
    }
}

/// What a rule does, shortly.
fn in_words(rule: &Value) -> String {
    let outcome = rule.get("serve").or_else(|| rule.get("split")).map_or(String::new(), served);
    let ramp = rule.get("rollout_percentage").map_or(String::new(), |p| format!(" to {p} %"));
    let conditions = condition_changes(&[], &list(rule.get("if")));
    match conditions.len() {
        0 => format!("serves {outcome}{ramp}"),
        1 => format!("serves {outcome}{ramp} under one condition"),
        count => format!("serves {outcome}{ramp} under {count} conditions"),
    }
}
