//! Contexts for the comparisons of a file, made at random.

use crate::{
    model::{
        family::{is_left_out, is_on},
        json::{Json, map, number, text},
        kind::{ATTRIBUTES, TEXTS, near, value},
        make::USERS,
    },
    pairs::Dice,
};

/// Every comparison of an attribute in a file: operator and value.
pub fn comparisons<'j>(json: &'j Json, name: &str, found: &mut Vec<(&'j str, &'j Json)>) {
    if let (Some(other), Some(operator)) = (json.field("attribute"), json.field("operator"))
        && other.as_text() == Some(name)
    {
        found.push((operator.as_text().unwrap(), json.field("value").unwrap()));
    }
    if let Some(wanted) = json.field("where").and_then(|wanted| wanted.field(name)) {
        found.push(("eq", wanted));
    }
    json.fields().iter().for_each(|(_, value)| comparisons(value, name, found));
    json.items().iter().for_each(|value| comparisons(value, name, found));
}

/// Attributes for the comparisons of a file: close to what they are compared with, of another
/// type, null, missing, under their whole name or as a path.
pub fn context(file: &Json, dice: &mut Dice) -> Json {
    let mut context = Json::Map(Vec::new());
    for (name, kind) in ATTRIBUTES {
        if name == "targetingKey" {
            continue;
        }
        let mut found = Vec::new();
        comparisons(file, name, &mut found);
        let directed = |dice: &mut Dice| {
            let (operator, wanted) = *(!found.is_empty()).then(|| dice.pick(&found))?;
            near(operator, wanted, dice)
        };
        let sent = match dice.below(20) {
            0..=2 => continue,
            3 => Json::Null,
            4 => value(ATTRIBUTES[dice.below(ATTRIBUTES.len())].1, dice),
            5..=8 => value(kind, dice),
            _ => directed(dice).unwrap_or_else(|| value(kind, dice)),
        };
        if !is_left_out(&sent) {
            place(&mut context, name, sent, dice.one_in(3));
        }
    }
    if is_on("caller-now") && dice.one_in(6) {
        let ahead = text("9999-01-01T00:00:00Z");
        context.set("now", if dice.one_in(2) { ahead } else { map([("x", ahead)]) });
    }
    context
}

/// Puts an attribute into a context, as a path where its name is one.
pub fn place(context: &mut Json, name: &str, value: Json, as_name: bool) {
    match name.split_once('.') {
        Some((first, rest)) if !as_name => {
            let mut inner = context.remove(first).unwrap_or(Json::Map(Vec::new()));
            if !matches!(inner, Json::Map(_)) {
                inner = Json::Map(Vec::new());
            }
            inner.set(rest, value);
            context.set(first, inner);
        }
        _ => context.set(name, value),
    }
}

/// A targeting key, or something else in its place.
pub fn key(dice: &mut Dice) -> Option<Json> {
    match dice.below(12) {
        0 => None,
        1 => Some(Json::Null),
        2 => Some(text("")),
        3 if dice.one_in(4) => Some(number(7)),
        4..=6 => Some(text(*dice.pick(&USERS))).filter(|key| !is_left_out(key)),
        7 => Some(text(*dice.pick(&TEXTS))).filter(|key| !is_left_out(key)),
        _ => Some(text(format!("user-{}", dice.below(10_000)))),
    }
}
