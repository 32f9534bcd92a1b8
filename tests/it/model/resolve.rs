//! What a flag resolves to, step by step as the specification says it.

use crate::model::{
    caller::Caller,
    condition,
    json::{Json, text},
    position::{Line, Place, Places},
};

/// Definitions, and what else an answer depends on.
#[derive(Clone, Copy)]
pub struct World<'w> {
    pub file: &'w Json,
    pub caller: &'w Caller,
    pub places: &'w dyn Places,
}

/// Which step decided.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Off,
    Users,
    /// The rule of that index.
    Rule(usize),
    Default,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolution {
    pub variant: Option<String>,
    pub value: Option<Json>,
    pub reason: &'static str,
    pub step: Step,
    /// Whether a rule's conditions held and its ramp did not include the caller.
    pub is_left_out: bool,
}

/// The one way to fail: a split needs something to hash, and there is nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyMissing;

/// Whether the `true` of a value.
fn is_on(value: Option<&Json>) -> bool {
    value.is_some_and(Json::is_true)
}

/// A toggle in the full form; anything else as it is.
pub fn full(flag: &Json) -> Json {
    let own = ["variants", "rules", "default", "off_variant"];
    let is_full = own.iter().any(|field| flag.field(field).is_some())
        || matches!(flag.field("users"), Some(Json::Map(_)));
    if is_full {
        return flag.clone();
    }
    let mut full = flag.clone();
    let conditions = full.remove("targeting_rules").unwrap_or(Json::List(Vec::new()));
    let ramp = full.remove("rollout_percentage");
    let users = full.remove("users");
    let mut rule = Json::Map(Vec::new());
    if is_on(full.remove("staff_only").as_ref()) {
        full.set("enabled", Json::Bool(true));
        let staff = [("attribute", text("is_staff")), ("operator", text("eq"))];
        let [attribute, operator] = staff;
        let value = ("value", Json::Bool(true));
        let staff = crate::model::json::map([attribute, operator, value]);
        rule.set("if", Json::List(vec![staff]));
    } else {
        rule.set("if", conditions);
        if let Some(ramp) = ramp {
            rule.set("rollout_percentage", ramp);
        }
        if let Some(users) = users.filter(|users| !users.items().is_empty()) {
            full.set("users", crate::model::json::map([("enabled", users)]));
        }
    }
    rule.set("serve", text("enabled"));
    full.set("rules", Json::List(vec![rule]));
    full
}

/// Thousandths of a percentage, from its decimal text.
pub fn thousandths(percentage: &Json) -> u32 {
    let Json::Number(text) = percentage else { panic!("{percentage:?} is no percentage") };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    whole.parse::<u32>().unwrap() * 1000 + format!("{fraction:0<3}")[..3].parse::<u32>().unwrap()
}

/// The ramp of a rule in thousandths.
pub fn ramp(rule: &Json) -> u32 {
    rule.field("rollout_percentage").map_or(100_000, thousandths)
}

fn is_partial(ramp: u32) -> bool {
    0 < ramp && ramp < 100_000
}

/// What is served: entries of a split that have a share, or one variant that has all.
pub fn entries(serve: &Json) -> Vec<(String, u32)> {
    let Some(split) = serve.field("split") else {
        return vec![(serve.as_text().unwrap().to_owned(), 100_000)];
    };
    let entry = |entry: &Json| {
        let name = entry.field("variant").and_then(Json::as_text).unwrap();
        (name.to_owned(), thousandths(entry.field("percentage").unwrap()))
    };
    split.items().iter().map(entry).filter(|(_, share)| 0 < *share).collect()
}

/// What a rule serves, in the form of `default`.
pub fn served(rule: &Json) -> &Json {
    rule.field("serve").unwrap_or(rule)
}

fn is_split(entries: &[(String, u32)]) -> bool {
    entries.iter().any(|(name, _)| *name != entries[0].0)
}

/// All variants with their values.
pub fn variants(flag: &Json) -> Vec<(String, Json)> {
    match flag.field("variants") {
        None => vec![
            ("enabled".to_owned(), Json::Bool(true)),
            ("disabled".to_owned(), Json::Bool(false)),
        ],
        Some(Json::Map(variants)) => variants.clone(),
        Some(names) => {
            let names = names.items().iter();
            names.map(|name| (name.as_text().unwrap().to_owned(), name.clone())).collect()
        }
    }
}

/// What is served where no rule matches, or while it is off; none is the default in the code.
fn fallback(flag: &Json, field: &str) -> Option<Json> {
    let is_implicit = flag.field("variants").is_none();
    flag.field(field).cloned().or(is_implicit.then(|| text("disabled")))
}

/// Whether everybody gets the same, by what is written.
fn is_static(flag: &Json) -> bool {
    let has = |object: &Json, field: &str| {
        object.field(field).is_some_and(|list| !list.items().is_empty())
    };
    let is_listing = |users: &Json| users.fields().iter().any(|(_, keys)| !keys.items().is_empty());
    let is_plain = |rule: &Json| {
        !has(rule, "if") && !is_partial(ramp(rule)) && !is_split(&entries(served(rule)))
    };
    !has(flag, "requires")
        && !flag.field("users").is_some_and(is_listing)
        && flag.field("rules").is_none_or(|rules| rules.items().iter().all(is_plain))
        && fallback(flag, "default").is_none_or(|default| !is_split(&entries(&default)))
}

impl World<'_> {
    /// What a flag that is there resolves to.
    pub fn resolve(&self, key: &str) -> Result<Resolution, KeyMissing> {
        let flag = full(self.file.field("flags").and_then(|flags| flags.field(key)).unwrap());
        let answer = |variant: Option<String>, reason, step| {
            let variants = variants(&flag);
            let named = variants.into_iter().find(|(name, _)| Some(name) == variant.as_ref());
            let value = named.map(|(_, value)| value);
            Resolution { variant, value, reason, step, is_left_out: false }
        };
        if !self.is_on(&flag)? {
            let off = fallback(&flag, "off_variant");
            return Ok(answer(
                off.map(|name| name.as_text().unwrap().into()),
                "DISABLED",
                Step::Off,
            ));
        }
        let caller = self.caller.key.as_deref();
        let users = flag.field("users").map_or(&[][..], Json::fields);
        let is_listed = |key: &Json| caller.is_some() && key.as_text() == caller;
        let listed = users.iter().find(|(_, keys)| keys.items().iter().any(is_listed));
        if let Some((name, _)) = listed {
            return Ok(answer(Some(name.clone()), "TARGETING_MATCH", Step::Users));
        }
        let place = self.place(&flag, key);
        let (mut is_hashed, mut is_left_out) = (false, false);
        let rules = flag.field("rules").map_or(&[][..], Json::items);
        let mut decided = None;
        for (index, rule) in rules.iter().enumerate() {
            let ramp = ramp(rule);
            if !self.all(rule.field("if"))? {
                continue;
            }
            is_hashed |= is_partial(ramp);
            let is_in = match place {
                _ if ramp == 0 || ramp == 100_000 => ramp == 100_000,
                Some(place) => place.ramp < ramp,
                None => false,
            };
            if is_in {
                decided = Some((served(rule).clone(), Step::Rule(index)));
                break;
            }
            is_left_out = true;
        }
        let default = || fallback(&flag, "default").map(|default| (default, Step::Default));
        let (variant, step) = match decided.or_else(default) {
            Some((serve, step)) => {
                let entries = entries(&serve);
                is_hashed |= is_split(&entries);
                (Some(drawn(&entries, place)?), step)
            }
            None => (None, Step::Default),
        };
        let reason = match step {
            _ if is_static(&flag) => "STATIC",
            _ if is_hashed => "SPLIT",
            Step::Default => "DEFAULT",
            _ => "TARGETING_MATCH",
        };
        Ok(Resolution { is_left_out, ..answer(variant, reason, step) })
    }

    /// Whether it is enabled, and all that it requires holds.
    fn is_on(&self, flag: &Json) -> Result<bool, KeyMissing> {
        Ok(is_on(flag.field("enabled")) && self.all(flag.field("requires"))?)
    }

    fn all(&self, conditions: Option<&Json>) -> Result<bool, KeyMissing> {
        let Some(conditions) = conditions else { return Ok(true) };
        let none = Json::Map(Vec::new());
        let segments = self.file.field("segments").unwrap_or(&none);
        condition::all(conditions, self.caller, segments, &mut |key, is| {
            let other = self.resolve(key)?;
            Ok(match is {
                Some(name) => other.variant.as_deref() == Some(name),
                None => is_on(other.value.as_ref()),
            })
        })
    }

    fn place(&self, flag: &Json, key: &str) -> Option<Place> {
        let line = Line::of(flag, key);
        let unit = self.caller.unit(&line.bucket_by)?;
        Some(self.places.place(&line, &unit))
    }
}

/// Which entry of a split the place is in.
fn drawn(entries: &[(String, u32)], place: Option<Place>) -> Result<String, KeyMissing> {
    if !is_split(entries) {
        return Ok(entries[0].0.clone());
    }
    let split = place.ok_or(KeyMissing)?.split;
    let mut end = 0;
    let found = entries.iter().find(|(_, share)| {
        end += share;
        split < end
    });
    Ok(found.unwrap().0.clone())
}
