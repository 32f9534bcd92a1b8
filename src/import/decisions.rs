//! Decisions that another system made, made again: each a line of JSON.

use std::{borrow::Cow, collections::BTreeSet};

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::{
    definition::definitions::Definitions,
    engine::{
        context::{EvaluationContext, TARGETING_KEY},
        resolution::Resolution,
        resolve::resolve,
        value::{Number, Object, Value},
    },
};

/// How many characters of a unit are shown: it is personal data.
const UNIT_CHARACTERS_SHOWN: usize = 3;

/// What comes of replaying decisions.
#[derive(Debug, Default)]
pub struct Replay {
    /// How many decisions there are.
    pub count: usize,
    /// How many are of flags that are not imported.
    pub left_out: usize,
    /// Of which flags there are decisions, those that are not imported left out.
    pub flags: BTreeSet<String>,
    /// Those that differ, in order.
    pub differences: Vec<Difference>,
}

/// A decision that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line, from 1.
    pub line: usize,
    /// The flag.
    pub flag: String,
    /// The beginning of the targeting key.
    pub unit: String,
    /// What the other system decided.
    pub theirs: String,
    /// What comes of it here.
    pub ours: String,
    /// Why it does here.
    pub reason: String,
}

/// Makes each decision of a text again; `now` is the time of those that state none.
///
/// # Errors
///
/// The first line that is no decision, and why.
pub fn replay(
    definitions: &Definitions,
    text: &str,
    now: Timestamp,
) -> Result<Replay, (usize, String)> {
    let mut replay = Replay::default();
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let decision: Json =
            serde_json::from_str(text).map_err(|error| (line, error.to_string()))?;
        let flag = decision.get("flag").and_then(Json::as_str);
        let flag = flag.ok_or_else(|| (line, "`flag` is missing".to_owned()))?;
        let is_decided = decision.get("variant").or(decision.get("value")).is_some();
        if !is_decided {
            return Err((line, "`variant` or `value` is missing".to_owned()));
        }
        replay.count += 1;
        if definitions.flag_set.find(flag).is_none() {
            replay.left_out += 1;
            continue;
        }
        replay.flags.insert(flag.to_owned());
        replay.differences.extend(again(definitions, &decision, flag, now, line));
    }
    Ok(replay)
}

/// Makes one decision again, and says how it differs.
fn again(
    definitions: &Definitions,
    decision: &Json,
    flag: &str,
    now: Timestamp,
    line: usize,
) -> Option<Difference> {
    let sent = decision.get("context").unwrap_or(&Json::Null);
    let context = context(sent);
    let time = decision.get("time").or_else(|| sent.pointer("/gofeatureflag/currentDateTime"));
    let time = time.and_then(Json::as_str).and_then(|time| time.parse::<Timestamp>().ok());
    let found = resolve(&definitions.flag_set, flag, &context, time.unwrap_or(now));
    let variant = found.as_ref().ok().and_then(|found| found.variant);
    let is_same = match (decision.get("variant").filter(|it| !it.is_null()), variant) {
        (Some(theirs), Some(ours)) => theirs.as_str() == Some(&*ours.name),
        // The caller's own default has no name that all systems share.
        (Some(theirs), None) => matches!(theirs.as_str(), Some("" | "SdkDefault" | "default")),
        (None, Some(ours)) => {
            let ours: Option<Json> = serde_json::from_str(&ours.value).ok();
            decision.get("value").is_some_and(|theirs| ours.as_ref() == Some(theirs))
        }
        (None, None) => decision.get("value").is_none_or(Json::is_null),
    };
    if is_same {
        return None;
    }
    let theirs = decision.get("variant").filter(|it| !it.is_null()).or(decision.get("value"));
    let key = context.targeting_key.as_deref().unwrap_or_default();
    Some(Difference {
        line,
        flag: flag.to_owned(),
        unit: shortened(key),
        theirs: theirs.map_or_else(String::new, shown),
        ours: variant.map_or("the caller's own default", |variant| &*variant.name).to_owned(),
        reason: found.map_or_else(
            |_| "an error: there is nothing to be hashed".to_owned(),
            |found: Resolution<'_>| found.reason.name().to_owned(),
        ),
    })
}

fn shown(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn shortened(key: &str) -> String {
    let shown: String = key.chars().take(UNIT_CHARACTERS_SHOWN).collect();
    if shown == key { shown } else { format!("{shown}…") }
}

/// The evaluation context that was sent: `targetingKey`, or else `userId` or `key`, beside the
/// attributes.
fn context(sent: &Json) -> EvaluationContext<'static> {
    let fields = sent.as_object().into_iter().flatten();
    let mut attributes = Vec::new();
    let mut targeting_key = None;
    for (name, value) in fields {
        if name == TARGETING_KEY {
            // An empty one is none, as over OFREP.
            let key = value.as_str().filter(|key| !key.is_empty());
            targeting_key = key.map(|key| Cow::Owned(key.to_owned()));
        } else {
            attributes.push((Cow::Owned(name.clone()), engine_value(value)));
        }
    }
    EvaluationContext { targeting_key, attributes: Object::from_entries(attributes) }
}

fn engine_value(value: &Json) -> Value<'static> {
    match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Number(match number.as_i64() {
            Some(whole) => Number::Integer(whole),
            None => Number::Float(number.as_f64().unwrap_or_default()),
        }),
        Json::String(text) => Value::String(Cow::Owned(text.clone())),
        Json::Array(items) => Value::Array(items.iter().map(engine_value).collect()),
        Json::Object(fields) => Value::Object(Object::from_entries(
            fields.iter().map(|(name, it)| (Cow::Owned(name.clone()), engine_value(it))).collect(),
        )),
    }
}
