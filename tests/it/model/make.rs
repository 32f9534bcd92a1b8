//! Definitions and contexts, made at random; the definitions always pass the gate.

use crate::{
    model::{
        family::{is_left_out, is_on},
        json::{Json, list, map, number, text},
        kind::{ATTRIBUTES, Kind, TEXTS, comparison, near, value},
    },
    pairs::Dice,
};

pub const USERS: [&str; 7] = ["u-1", "u-2", "42", "user:with:colons", "日本", "NL", "\u{FFFD}"];
/// What `now` is compared with; the clock of the tests strikes noon.
const NOWS: [&str; 3] =
    ["2026-11-22T12:00:00Z", "2026-11-22T12:00:00.000000001Z", "9999-01-01T00:00:00Z"];

/// A file, while it is made.
pub struct Maker<'d> {
    pub dice: &'d mut Dice,
    segments: usize,
    /// Each flag's key, and its variants; none of one that needs no `is`.
    flags: Vec<(String, Option<Vec<String>>)>,
}

/// A definition file.
pub fn file(dice: &mut Dice) -> Json {
    let mut maker = Maker { dice, segments: 0, flags: Vec::new() };
    let mut file = Json::Map(Vec::new());
    if maker.dice.one_in(3) {
        file.set("attributes", declared());
    }
    let mut segments = Json::Map(Vec::new());
    for index in 0..maker.dice.below(4) {
        segments.set(&format!("s{index}"), maker.conditions(3, 2));
        maker.segments += 1;
    }
    file.set("segments", segments);
    let mut flags = Json::Map(Vec::new());
    let keys = ["a", "checkout/new", "ünïcode", "d.4", "e", "f:g", "h", "i", "j"];
    let count = 2 + maker.dice.below(keys.len() - 2);
    for key in &keys[..count] {
        let (flag, variants) = maker.flag();
        flags.set(key, flag);
        maker.flags.push(((*key).to_owned(), variants));
    }
    file.set("flags", flags);
    file
}

fn declared() -> Json {
    let mut declared = Json::Map(Vec::new());
    for (name, kind) in ATTRIBUTES {
        let kind = match kind {
            Kind::Text | Kind::Version | Kind::Time | Kind::Network => "string",
            Kind::Number => "number",
            Kind::Bool => "boolean",
            Kind::List => "array",
            Kind::Object => continue,
        };
        if !matches!(name, "is_staff" | "targetingKey") {
            declared.set(name, map([("type", text(kind))]));
        }
    }
    declared
}

/// Thousandths as a percentage, with as few decimals as needed.
pub fn percentage(thousandths: usize) -> Json {
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    number(text.trim_end_matches('0').trim_end_matches('.'))
}

fn thousandths(dice: &mut Dice) -> usize {
    match dice.below(8) {
        0 => 0,
        1 => 100_000,
        2 => 1,
        3 => 99_999,
        4 | 5 => dice.below(100) * 1000,
        _ => dice.below(100_001),
    }
}

impl Maker<'_> {
    fn flag(&mut self) -> (Json, Option<Vec<String>>) {
        let mut flag = Json::Map(Vec::new());
        flag.set("enabled", Json::Bool(!self.dice.one_in(8)));
        if self.dice.one_in(4) {
            flag.set("salt", text(*self.dice.pick(&["old", "", "a", "ü"])));
        }
        if self.dice.one_in(4) {
            let by = ["age", "user.name", "targetingKey", "address", "country"];
            flag.set("bucket_by", text(*self.dice.pick(&by)));
        }
        if self.dice.one_in(2) {
            flag.set("hash", text(*self.dice.pick(&["user_flag_md5", "flag_user_md5"])));
        }
        if !self.flags.is_empty() && self.dice.one_in(5) {
            let required = self.other_flag();
            flag.set("requires", list([required]));
        }
        if self.dice.one_in(2) {
            self.toggle(&mut flag);
            return (flag, None);
        }
        let variants = self.variants(&mut flag);
        (flag, variants)
    }

    fn toggle(&mut self, flag: &mut Json) {
        if self.dice.one_in(10) {
            flag.set("staff_only", Json::Bool(true));
        }
        if self.dice.one_in(3) {
            flag.set("users", list([text(*self.dice.pick(&USERS))]));
        }
        if !self.dice.one_in(4) {
            flag.set("targeting_rules", self.conditions(3, 3));
        }
        if !self.dice.one_in(3) {
            flag.set("rollout_percentage", percentage(thousandths(self.dice)));
        }
    }

    fn variants(&mut self, flag: &mut Json) -> Option<Vec<String>> {
        let mut names = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let values: Option<[Json; 4]> = match self.dice.below(7) {
            0 => None,
            1 => Some(["a", "b", "c", "d"].map(text)),
            2 => Some(["1", "2", "3", "-4"].map(number)),
            3 => Some(["0.5", "1.5", "-2.5", "1e300"].map(number)),
            4 => Some([map([("k", Json::Null)]), map([]), map([("é", number(1))]), map([])]),
            5 => Some([list([]), list([number(1)]), list([text("\"")]), list([Json::Null])]),
            _ => Some([true, false, true, false].map(Json::Bool)),
        };
        let is_boolean = values.as_ref().is_none_or(|values| matches!(values[0], Json::Bool(_)));
        match values {
            Some(values) if values[0] == text("a") => flag.set("variants", list(values)),
            Some(values) => {
                flag.set("variants", Json::Map(names.iter().cloned().zip(values).collect()));
            }
            None => names = vec!["enabled".to_owned(), "disabled".to_owned()],
        }
        let count = self.dice.below(4);
        let rules = (0..count).map(|_| self.rule(&names)).collect();
        flag.set("rules", Json::List(rules));
        if self.dice.one_in(3) {
            let name = self.dice.pick(&names).clone();
            let users = list([text(*self.dice.pick(&USERS))]);
            flag.set("users", Json::Map(vec![(name, users)]));
        }
        if !self.dice.one_in(4) {
            flag.set("off_variant", text(self.dice.pick(&names)));
        }
        match self.dice.below(4) {
            0 => {}
            1 => {
                let split = self.split(&names);
                flag.set("default", map([("split", split)]));
            }
            _ => flag.set("default", text(self.dice.pick(&names))),
        }
        (!is_boolean).then_some(names)
    }

    fn rule(&mut self, names: &[String]) -> Json {
        let mut rule = Json::Map(Vec::new());
        if !self.dice.one_in(4) {
            rule.set("if", self.conditions(3, 3));
        }
        if self.dice.one_in(2) {
            rule.set("rollout_percentage", percentage(thousandths(self.dice)));
        }
        if self.dice.one_in(3) {
            rule.set("split", self.split(names));
        } else {
            rule.set("serve", text(self.dice.pick(names)));
        }
        rule
    }

    /// Entries that add up, some of them with nothing.
    pub fn split(&mut self, names: &[String]) -> Json {
        let count = 1 + self.dice.below(5);
        let mut cuts: Vec<usize> = (1..count).map(|_| thousandths(self.dice)).collect();
        cuts.push(100_000);
        cuts.sort_unstable();
        let mut start = 0;
        let mut entries = Vec::new();
        for end in cuts {
            let variant = text(self.dice.pick(names));
            entries.push(map([("variant", variant), ("percentage", percentage(end - start))]));
            start = end;
        }
        Json::List(entries)
    }

    fn conditions(&mut self, most: usize, depth: usize) -> Json {
        let count = self.dice.below(most + 1);
        list((0..count).map(|_| self.condition(depth)).collect::<Vec<_>>())
    }

    fn condition(&mut self, depth: usize) -> Json {
        match self.dice.below(12) {
            0 if 0 < depth => map([("all", self.conditions(3, depth - 1))]),
            1 if 0 < depth => map([("any", self.conditions(3, depth - 1))]),
            2 if 0 < depth => map([("not", self.condition(depth - 1))]),
            3 if 0 < self.segments => {
                map([("segment", text(format!("s{}", self.dice.below(self.segments))))])
            }
            4 if !self.flags.is_empty() => self.other_flag(),
            5 => {
                let (name, kind) = *self.dice.pick(&ATTRIBUTES[..6]);
                let (one, other) = (value(kind, self.dice), value(kind, self.dice));
                let is_safe = |value: &Json| {
                    !matches!(value, Json::Number(_)) || value.safe_integer().is_some()
                };
                if !is_safe(&one) || !is_safe(&other) || is_left_out(&one) || is_left_out(&other) {
                    return map([("where", map([("plan", text("pro"))]))]);
                }
                let wanted = if self.dice.one_in(2) { one } else { list([one, other]) };
                map([("where", map([(name, wanted)]))])
            }
            6 if self.dice.one_in(2) => {
                let operator = text(*self.dice.pick(&["before", "after"]));
                let wanted = text(*self.dice.pick(&NOWS));
                map([("attribute", text("now")), ("operator", operator), ("value", wanted)])
            }
            _ => {
                let (name, kind) = *self.dice.pick(&ATTRIBUTES);
                self.comparison(name, kind)
            }
        }
    }

    fn comparison(&mut self, name: &str, kind: Kind) -> Json {
        let (operator, wanted, is_case_ignored) = comparison(kind, self.dice);
        if is_left_out(&wanted) {
            return self.comparison(name, kind);
        }
        let mut condition =
            map([("attribute", text(name)), ("operator", text(operator)), ("value", wanted)]);
        if is_case_ignored && is_on("ignore-case") {
            condition.set("ignore_case", Json::Bool(true));
        }
        condition
    }

    /// A reference to one of the first half of the flags, so that chains stay short.
    fn other_flag(&mut self) -> Json {
        let index = self.dice.below(self.flags.len().div_ceil(2));
        let (key, variants) = self.flags[index].clone();
        match variants {
            Some(names) => map([("flag", text(key)), ("is", text(self.dice.pick(&names)))]),
            None => map([("flag", text(key))]),
        }
    }
}

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
