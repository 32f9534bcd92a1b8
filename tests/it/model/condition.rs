//! Whether a condition holds.

use std::cmp::Ordering;

use crate::model::{
    caller::Caller,
    json::Json,
    network, text, time,
    version::{self, Version},
};

/// Whether another flag resolves to a variant, or to `true` where none is named.
pub type Asks<'a, E> = dyn FnMut(&str, Option<&str>) -> Result<bool, E> + 'a;

/// Whether a condition holds; other flags are asked for by the closure, which may fail.
pub fn holds<E>(
    condition: &Json,
    caller: &Caller,
    segments: &Json,
    flag: &mut Asks<'_, E>,
) -> Result<bool, E> {
    if let Some(conditions) = condition.field("all") {
        return all(conditions, caller, segments, flag);
    }
    if let Some(conditions) = condition.field("any") {
        for condition in conditions.items() {
            if holds(condition, caller, segments, flag)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if let Some(condition) = condition.field("not") {
        return Ok(!holds(condition, caller, segments, flag)?);
    }
    if let Some(name) = condition.field("segment") {
        let conditions = segments.field(name.as_text().unwrap()).unwrap();
        return all(conditions, caller, segments, flag);
    }
    if let Some(key) = condition.field("flag") {
        return flag(key.as_text().unwrap(), condition.field("is").and_then(Json::as_text));
    }
    if let Some(wanted) = condition.field("where") {
        return Ok(wanted.fields().iter().all(|(name, value)| {
            let operator = if matches!(value, Json::List(_)) { "in" } else { "eq" };
            compares(caller, name, operator, value, false)
        }));
    }
    let field = |name: &str| condition.field(name).unwrap();
    let (name, operator) = (field("attribute").as_text().unwrap(), field("operator"));
    let is_case_ignored = condition.field("ignore_case").is_some_and(Json::is_true);
    Ok(compares(caller, name, operator.as_text().unwrap(), field("value"), is_case_ignored))
}

/// Whether all conditions of a list hold, looked at one after the other.
pub fn all<E>(
    conditions: &Json,
    caller: &Caller,
    segments: &Json,
    flag: &mut Asks<'_, E>,
) -> Result<bool, E> {
    for condition in conditions.items() {
        if !holds(condition, caller, segments, flag)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn compares(
    caller: &Caller,
    name: &str,
    operator: &str,
    wanted: &Json,
    is_case_ignored: bool,
) -> bool {
    if name == "now" {
        let wanted = time::rfc3339(wanted.as_text().unwrap()).unwrap();
        return (operator == "after") == (wanted <= caller.now);
    }
    let found = caller.attribute(name);
    if operator == "exists" {
        return found.is_some() == wanted.is_true();
    }
    let Some(found) = found else { return false };
    if is_case_ignored {
        return operates(&folded(&found), operator, &folded(wanted));
    }
    operates(&found, operator, wanted)
}

/// A text folded, and the texts in a list or object.
fn folded(value: &Json) -> Json {
    match value {
        Json::Text(text) => Json::Text(text::folded(text)),
        Json::List(items) => Json::List(items.iter().map(folded).collect()),
        Json::Map(fields) => {
            Json::Map(fields.iter().map(|(name, value)| (name.clone(), folded(value))).collect())
        }
        other => other.clone(),
    }
}

/// A value, or those of a list.
fn alternatives(wanted: &Json) -> &[Json] {
    if let Json::List(items) = wanted { items } else { std::slice::from_ref(wanted) }
}

fn operates(found: &Json, operator: &str, wanted: &Json) -> bool {
    let is_any = |holds: &dyn Fn(&Json) -> bool| alternatives(wanted).iter().any(holds);
    let is_text = |holds: fn(&str, &str) -> bool| {
        let Some(found) = found.as_text() else { return false };
        is_any(&|wanted| wanted.as_text().is_some_and(|wanted| holds(found, wanted)))
    };
    let is_order = |holds: fn(Ordering) -> bool| found.compares(wanted).is_some_and(holds);
    let instant =
        || Some((time::of_attribute(found)?, time::rfc3339(wanted.as_text().unwrap()).unwrap()));
    match operator {
        "eq" => found.equals(wanted),
        "neq" => !found.equals(wanted),
        "in" => wanted.items().iter().any(|wanted| found.equals(wanted)),
        "not_in" => wanted.items().iter().all(|wanted| !found.equals(wanted)),
        "gt" => is_order(Ordering::is_gt),
        "gte" => is_order(Ordering::is_ge),
        "lt" => is_order(Ordering::is_lt),
        "lte" => is_order(Ordering::is_le),
        "contains" => match found {
            Json::List(items) => is_any(&|wanted| items.iter().any(|item| item.equals(wanted))),
            _ => is_text(|found, wanted| found.contains(wanted)),
        },
        "starts_with" => is_text(|found, wanted| found.starts_with(wanted)),
        "ends_with" => is_text(|found, wanted| found.ends_with(wanted)),
        "matches" => is_text(text::matches),
        "semver" => is_text(|found, wanted| {
            Version::parse(found).is_some_and(|found| version::satisfies(&found, wanted))
        }),
        "before" => instant().is_some_and(|(found, wanted)| found < wanted),
        "after" => instant().is_some_and(|(found, wanted)| wanted <= found),
        "in_network" => is_text(|found, wanted| {
            network::address(found).is_some_and(|found| network::is_in(found, wanted).unwrap())
        }),
        other => panic!("there is no operator `{other}`"),
    }
}
