//! What a flag resolves to, step by step as the specification says it.

use crate::model::{
    caller::Caller,
    condition,
    json::{Json, map, text},
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
        let staff = map([
            ("attribute", text("is_staff")),
            ("operator", text("eq")),
            ("value", Json::Bool(true)),
        ]);
        rule.set("if", Json::List(vec![staff]));
    } else {
        rule.set("if", conditions);
        if let Some(ramp) = ramp {
            rule.set("rollout_percentage", ramp);
        }
        if let Some(users) = users.filter(|users| !users.items().is_empty()) {
            full.set("users", map([("enabled", users)]));
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

/// What a flag is for one caller, wherever the caller stands: steps, one of which decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Surface {
    stages: Vec<Stage>,
    is_static: bool,
    variants: Vec<(String, Json)>,
}

/// One step that is reached: it decides for those below its ramp.
#[derive(Clone, Debug, PartialEq)]
struct Stage {
    step: Step,
    /// In thousandths.
    ramp: u32,
    /// What is served, as entries of a split; none is the default in the code.
    serve: Option<Vec<(String, u32)>>,
    /// Whether to look at its conditions is to fail.
    fails: bool,
}

impl Stage {
    fn whole(step: Step, serve: Option<&Json>) -> Self {
        Self { step, ramp: 100_000, serve: serve.map(entries), fails: false }
    }
}

impl World<'_> {
    /// What a flag that is there resolves to.
    pub fn resolve(&self, key: &str) -> Result<Resolution, KeyMissing> {
        let flag = self.file.field("flags").and_then(|flags| flags.field(key)).unwrap();
        let line = Line::of(flag, key);
        let unit = self.caller.unit(&line.bucket_by);
        let place = unit.map(|unit| self.places.place(&line, &unit));
        self.surface(key).at(place)
    }

    /// What a flag that is there is for this caller.
    pub fn surface(&self, key: &str) -> Surface {
        let flag = full(self.file.field("flags").and_then(|flags| flags.field(key)).unwrap());
        let (is_static, variants) = (is_static(&flag), variants(&flag));
        Surface { stages: self.stages(&flag), is_static, variants }
    }

    fn stages(&self, flag: &Json) -> Vec<Stage> {
        let failed = |step| Stage { step, ramp: 100_000, serve: None, fails: true };
        match self.is_on(flag) {
            Ok(true) => {}
            Ok(false) => {
                return vec![Stage::whole(Step::Off, fallback(flag, "off_variant").as_ref())];
            }
            Err(KeyMissing) => return vec![failed(Step::Off)],
        }
        let caller = self.caller.key.as_deref();
        let users = flag.field("users").map_or(&[][..], Json::fields);
        let is_listed = |key: &Json| caller.is_some() && key.as_text() == caller;
        let listed = users.iter().find(|(_, keys)| keys.items().iter().any(is_listed));
        if let Some((name, _)) = listed {
            return vec![Stage::whole(Step::Users, Some(&Json::Text(name.clone())))];
        }
        let mut stages = Vec::new();
        let rules = flag.field("rules").map_or(&[][..], Json::items);
        for (index, rule) in rules.iter().enumerate() {
            let step = Step::Rule(index);
            match self.all(rule.field("if")) {
                Ok(true) => stages
                    .push(Stage { ramp: ramp(rule), ..Stage::whole(step, Some(served(rule))) }),
                Ok(false) => {}
                Err(KeyMissing) => {
                    stages.push(failed(step));
                    return stages;
                }
            }
        }
        stages.push(Stage::whole(Step::Default, fallback(flag, "default").as_ref()));
        stages
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
}

impl Surface {
    /// What comes out at a place, or without one.
    pub fn at(&self, place: Option<Place>) -> Result<Resolution, KeyMissing> {
        let (mut is_hashed, mut is_left_out) = (false, false);
        for stage in &self.stages {
            if stage.fails {
                return Err(KeyMissing);
            }
            is_hashed |= is_partial(stage.ramp);
            let is_in = match place {
                _ if stage.ramp == 0 || stage.ramp == 100_000 => stage.ramp == 100_000,
                Some(place) => place.ramp < stage.ramp,
                None => false,
            };
            if !is_in {
                is_left_out = true;
                continue;
            }
            is_hashed |= stage.serve.as_ref().is_some_and(|serve| is_split(serve));
            let variant = stage.serve.as_ref().map(|serve| drawn(serve, place)).transpose()?;
            let named = self.variants.iter().find(|(name, _)| Some(name) == variant.as_ref());
            let reason = match stage.step {
                Step::Off => "DISABLED",
                _ if self.is_static => "STATIC",
                _ if is_hashed => "SPLIT",
                Step::Default => "DEFAULT",
                Step::Users | Step::Rule(_) => "TARGETING_MATCH",
            };
            let value = named.map(|(_, value)| value.clone());
            return Ok(Resolution {
                variant,
                value,
                reason,
                step: stage.step.clone(),
                is_left_out,
            });
        }
        unreachable!("the default has no ramp")
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
