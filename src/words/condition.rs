//! Conditions in words, and what changed between two lists of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    engine::{case_folding, operator::Operator, value::Value as EngineValue},
    words::comparison,
};

/// How many characters of a value are shown.
const SHOWN_CHARACTERS_MAX: usize = 60;
/// How many values of a list are named.
const SHOWN_VALUES_MAX: usize = 6;

/// What changed between two lists of conditions, each to follow a name: "now also matches LU".
#[must_use]
pub fn condition_changes(base: &[Value], head: &[Value]) -> Vec<String> {
    let [before, after] = [base, head].map(one_by_one);
    let mut gone: Vec<&Value> = before.iter().filter(|old| !after.contains(old)).collect();
    let mut changes = Vec::new();
    for new in after.iter().filter(|new| !before.contains(new)) {
        let pair =
            gone.iter().position(|old| subject(old).is_some() && subject(old) == subject(new));
        match pair {
            Some(index) => changes.extend(membership(gone.remove(index), new)),
            None => changes.push(format!("now also requires that {}", condition(new))),
        }
    }
    changes
        .extend(gone.into_iter().map(|old| format!("no longer requires that {}", condition(old))));
    changes
}

/// Whether two lists have the same conditions in another order.
#[must_use]
pub fn are_reordered(base: &[Value], head: &[Value]) -> bool {
    let [before, after] = [base, head].map(one_by_one);
    before != after && condition_changes(base, head).is_empty()
}

/// Conditions one by one, with their numbers as [`plain`] writes them.
fn one_by_one(list: &[Value]) -> Vec<Value> {
    flatten(list).iter().map(plain).collect()
}

/// A value in which equal numbers are written alike: `1`, `1.0` and `1e0` are `1`.
#[must_use]
pub fn plain(value: &Value) -> Value {
    match value {
        Value::Number(written) => {
            let read = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| value.clone());
            match serde_json::from_str(&written.to_string()) {
                Ok(EngineValue::Number(number)) => {
                    number.as_exact_integer().map_or_else(|| read(&number.to_string()), Value::from)
                }
                _ => value.clone(),
            }
        }
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, field)| (name.clone(), plain(field))).collect()
        }
        other => other.clone(),
    }
}

/// The items of a list; none for what is no list.
#[must_use]
pub fn list(list: Option<&Value>) -> Vec<Value> {
    list.and_then(Value::as_array).cloned().unwrap_or_default()
}

/// A name in backticks.
#[must_use]
pub fn quoted(name: &str) -> String {
    format!("`{name}`")
}

/// A value, cut short.
#[must_use]
pub fn value(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let shown: String = text.chars().take(SHOWN_CHARACTERS_MAX).collect();
    if shown.len() < text.len() { format!("{shown}…") } else { shown }
}

/// Conditions one by one: `where` with several names, and `all`, are several.
fn flatten(list: &[Value]) -> Vec<Value> {
    let mut flat = Vec::new();
    for item in list {
        if let Some(names) = item.get("where").and_then(Value::as_object) {
            for (name, wanted) in names {
                let operator = if wanted.is_array() { "in" } else { "eq" };
                flat.push(serde_json::json!({
                    "attribute": name, "operator": operator, "value": wanted
                }));
            }
        } else if let Some(inner) = item.get("all").and_then(Value::as_array) {
            flat.extend(flatten(inner));
        } else {
            flat.push(item.clone());
        }
    }
    flat
}

/// What a comparison is about: the attribute, and whether it is one of being among values.
fn subject(condition: &Value) -> Option<(&str, &str)> {
    let attribute = condition.get("attribute")?.as_str()?;
    let operator = match condition.get("operator")?.as_str()? {
        "eq" | "in" => "in",
        "neq" | "not_in" => "not_in",
        operator => operator,
    };
    Some((attribute, operator))
}

/// What changed between two comparisons of one subject.
fn membership(old: &Value, new: &Value) -> Vec<String> {
    let values = |condition: &Value| -> Vec<Value> {
        match condition.get("value") {
            Some(Value::Array(items)) => items.clone(),
            Some(single) => vec![single.clone()],
            None => Vec::new(),
        }
    };
    let (before, after) = (values(old), values(new));
    let is_folded = ignores_case(new);
    let text = |value: &Value| {
        let json = value.to_string();
        if is_folded { case_folding::folded(&json) } else { json }
    };
    let texts = |list: &[Value]| list.iter().map(text).collect::<BTreeSet<_>>();
    let (known_before, known_after) = (texts(&before), texts(&after));
    let added: Vec<&Value> = after.iter().filter(|it| !known_before.contains(&text(it))).collect();
    let removed: Vec<&Value> =
        before.iter().filter(|it| !known_after.contains(&text(it))).collect();
    let is_list =
        matches!(subject(new), Some((_, "in" | "not_in"))) && is_folded == ignores_case(old);
    let is_negative = matches!(subject(new), Some((_, "not_in")));
    if is_list && added.is_empty() && removed.is_empty() {
        return Vec::new();
    }
    if !is_list {
        return vec![format!(
            "requires that {}, no longer that {}",
            condition(new),
            condition(old)
        )];
    }
    let (wider, narrower) = if is_negative { (removed, added) } else { (added, removed) };
    let mut changes = Vec::new();
    if !wider.is_empty() {
        changes.push(format!("now also matches {}", named(&wider)));
    }
    if !narrower.is_empty() {
        changes.push(format!("no longer matches {}", named(&narrower)));
    }
    changes
}

/// Whether a comparison says that the case of letters does not matter.
fn ignores_case(condition: &Value) -> bool {
    condition.get("ignore_case") == Some(&Value::Bool(true))
}

/// A few values: "LU, DE and 3 more".
fn named(values: &[&Value]) -> String {
    let shown: Vec<String> = values.iter().take(SHOWN_VALUES_MAX).map(|item| value(item)).collect();
    let more = values.len().saturating_sub(SHOWN_VALUES_MAX);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// A condition in words.
fn condition(condition: &Value) -> String {
    if let Some(words) = comparison(condition) {
        return words;
    }
    let Some((form, inner)) = condition.as_object().and_then(|object| {
        ["segment", "flag", "any", "not", "where", "all"]
            .iter()
            .find_map(|form| Some((*form, object.get(*form)?)))
    }) else {
        return value(condition);
    };
    let joined = |word: &str| {
        let parts: Vec<String> = flatten(&list(Some(inner))).iter().map(self::condition).collect();
        parts.join(&format!(" {word} "))
    };
    match form {
        "segment" => format!("segment {} holds", quoted(inner.as_str().unwrap_or_default())),
        "flag" => {
            let wanted = condition.get("is").and_then(Value::as_str).unwrap_or("true");
            format!("flag {} is {wanted}", quoted(inner.as_str().unwrap_or_default()))
        }
        "any" => format!("({})", joined("or")),
        "not" => format!(
            "it is not so that {}",
            flatten(std::slice::from_ref(inner))
                .iter()
                .map(self::condition)
                .collect::<Vec<_>>()
                .join(" and ")
        ),
        _ => flatten(std::slice::from_ref(condition))
            .iter()
            .map(self::condition)
            .collect::<Vec<_>>()
            .join(" and "),
    }
}

/// `{attribute, operator, value}` in the words of the engine.
fn comparison(condition: &Value) -> Option<String> {
    let attribute = condition.get("attribute")?.as_str()?;
    let operator = Operator::find(condition.get("operator")?.as_str()?)?;
    let operand: EngineValue<'_> = serde_json::from_str(&condition.get("value")?.to_string())
        .map(EngineValue::into_owned)
        .ok()?;
    let comparison = if ignores_case(condition) {
        operator.compare_ignoring_case(&operand)
    } else {
        operator.compare_with(&operand)
    };
    let comparison = comparison.ok()?;
    Some(format!("{} {}", quoted(attribute), comparison::holding(&comparison)))
}

/// Which variants only changed their name: gone on one side, come on the other, of equal value.
#[must_use]
pub fn renamed_variants(base: &Value, head: &Value) -> BTreeMap<String, String> {
    let of =
        |flag: &Value| flag.get("variants").and_then(Value::as_object).cloned().unwrap_or_default();
    let (before, after) = (of(base), of(head));
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    for (name, old) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
        let new = after.iter().find(|(new_name, new)| {
            *new == old
                && !before.contains_key(*new_name)
                && !renamed.values().any(|taken| taken == *new_name)
        });
        if let Some((new_name, _)) = new {
            renamed.insert(name.clone(), new_name.clone());
        }
    }
    renamed
}
