//! Definitions and contexts, made at random; the definitions always pass the gate.

use crate::{
    model::{
        family::{is_left_out, is_on},
        json::{Json, list, map, number, text},
        kind::{ATTRIBUTES, Kind, comparison, value},
        position::SCHEMES,
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
    /// The attributes that conditions are about.
    palette: Vec<(String, Kind)>,
    /// What units may be, beside the targeting key.
    units: &'d [&'d str],
    segments: usize,
    /// Each flag's key, and its variants; none of one that needs no `is`.
    flags: Vec<(String, Option<Vec<String>>)>,
}

/// A definition file.
pub fn file(dice: &mut Dice) -> Json {
    let palette = ATTRIBUTES.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
    let is_declared = dice.one_in(3);
    let mut maker = Maker::new(dice, palette, &["age", "user.name", "address", "country"]);
    let keys = ["a", "checkout/new", "ünïcode", "d.4", "e", "f:g", "h", "i", "j"];
    let (segments, flags) = (maker.dice.below(4), 2 + maker.dice.below(keys.len() - 2));
    let mut file = maker.file(segments, &keys[..flags]);
    if is_declared {
        file.set("attributes", declared());
    }
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

pub fn thousandths(dice: &mut Dice) -> usize {
    match dice.below(8) {
        0 => 0,
        1 => 100_000,
        2 => 1,
        3 => 99_999,
        4 | 5 => dice.below(100) * 1000,
        _ => dice.below(100_001),
    }
}

impl<'d> Maker<'d> {
    pub fn new(dice: &'d mut Dice, palette: Vec<(String, Kind)>, units: &'d [&'d str]) -> Self {
        Self { dice, palette, units, segments: 0, flags: Vec::new() }
    }

    /// A definition file with so many segments, and flags of these keys.
    pub fn file(&mut self, segments: usize, keys: &[&str]) -> Json {
        let mut file = Json::Map(Vec::new());
        let mut made = Json::Map(Vec::new());
        for index in 0..segments {
            made.set(&format!("s{index}"), self.conditions(3, 2));
            self.segments += 1;
        }
        file.set("segments", made);
        let mut flags = Json::Map(Vec::new());
        for key in keys {
            let (flag, variants) = self.flag();
            flags.set(key, flag);
            self.flags.push(((*key).to_owned(), variants));
        }
        file.set("flags", flags);
        file
    }

    fn flag(&mut self) -> (Json, Option<Vec<String>>) {
        let mut flag = Json::Map(Vec::new());
        flag.set("enabled", Json::Bool(!self.dice.one_in(8)));
        if self.dice.one_in(4) {
            flag.set("salt", text(*self.dice.pick(&["old", "", "a", "ü"])));
        }
        if self.dice.one_in(4) {
            let by = if self.dice.one_in(4) { "targetingKey" } else { *self.dice.pick(self.units) };
            flag.set("bucket_by", text(by));
        }
        if self.dice.one_in(2) {
            flag.set("hash", text(self.dice.pick(&SCHEMES).0));
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
        let rules = (0..count).map(|index| self.rule(&names, index)).collect();
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

    pub fn rule(&mut self, names: &[String], number: usize) -> Json {
        let mut rule = map([("name", text(format!("r{number}")))]);
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

    pub fn condition(&mut self, depth: usize) -> Json {
        match self.dice.below(12) {
            0 if 0 < depth => map([("all", self.conditions(3, depth - 1))]),
            1 if 0 < depth => map([("any", self.conditions(3, depth - 1))]),
            2 if 0 < depth => map([("not", self.condition(depth - 1))]),
            3 if 0 < self.segments => {
                map([("segment", text(format!("s{}", self.dice.below(self.segments))))])
            }
            4 if !self.flags.is_empty() => self.other_flag(),
            5 => self.equality(),
            6 if self.dice.one_in(2) => {
                let operator = text(*self.dice.pick(&["before", "after"]));
                let wanted = text(*self.dice.pick(&NOWS));
                map([("attribute", text("now")), ("operator", operator), ("value", wanted)])
            }
            _ => {
                let (name, kind) = self.dice.pick(&self.palette).clone();
                self.comparison(&name, kind)
            }
        }
    }

    /// The short form, of what it is for.
    fn equality(&mut self) -> Json {
        let (name, kind) = self.dice.pick(&self.palette).clone();
        let (one, other) = (value(kind, self.dice), value(kind, self.dice));
        let is_plain = |value: &Json| match value {
            Json::Number(_) => value.safe_integer().is_some(),
            other => !is_left_out(other),
        };
        if !matches!(kind, Kind::Text | Kind::Number | Kind::Bool)
            || !is_plain(&one)
            || !is_plain(&other)
        {
            return self.comparison(&name, kind);
        }
        let wanted = if self.dice.one_in(2) { one } else { list([one, other]) };
        map([("where", Json::Map(vec![(name, wanted)]))])
    }

    fn comparison(&mut self, name: &str, kind: Kind) -> Json {
        let (operator, wanted, is_case_ignored) = comparison(kind, self.dice);
        if is_left_out(&wanted) {
            return self.comparison(name, kind);
        }
        // Without a text there is no case to ignore.
        let has_text = wanted.as_text().is_some()
            || wanted.items().iter().any(|item| item.as_text().is_some());
        let mut condition =
            map([("attribute", text(name)), ("operator", text(operator)), ("value", wanted)]);
        if is_case_ignored && has_text && is_on("ignore-case") {
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

/// A file for a change: few flags, and conditions that meet on few attributes, or on many.
pub fn meeting_file<'d>(dice: &'d mut Dice) -> (Json, Maker<'d>) {
    let mut kinds = vec![
        Kind::Text,
        Kind::Text,
        Kind::Number,
        Kind::List,
        Kind::Version,
        Kind::Time,
        Kind::Network,
        Kind::Bool,
        Kind::Object,
    ];
    kinds.retain(|kind| is_on(kind.name()));
    let count = match dice.below(if is_on("many attributes") { 11 } else { 10 }) {
        0..=5 => 1,
        6..=9 => 2 + dice.below(2),
        _ => 4 + dice.below(17),
    };
    let palette: Vec<(String, Kind)> =
        (0..count).map(|index| (format!("a{index}"), *dice.pick(&kinds))).collect();
    let is_wide = 3 < count;
    let mut maker = Maker::new(dice, palette, &["unit"]);
    let keys: &[&str] = match maker.dice.below(5) {
        _ if is_wide || !is_on("other flags") => &["f"],
        0 | 1 => &["help", "f"],
        2 => &["also", "help", "f"],
        _ => &["f"],
    };
    let segments = maker.dice.below(2);
    let mut file = maker.file(segments, keys);
    if is_wide {
        let flag = maker.wide();
        file.field_mut("flags").unwrap().set("f", flag);
    }
    (file, maker)
}

impl Maker<'_> {
    /// A flag with a rule for each attribute.
    fn wide(&mut self) -> Json {
        let names = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let mut rules = Vec::new();
        for (index, (name, kind)) in self.palette.clone().into_iter().enumerate() {
            let mut rule = self.rule(&names, index);
            rule.set("if", list([self.comparison(&name, kind)]));
            rules.push(rule);
        }
        map([
            ("enabled", Json::Bool(true)),
            ("variants", list(names.iter().map(text))),
            ("rules", Json::List(rules)),
            ("default", text("a")),
            ("off_variant", text("b")),
        ])
    }

    pub fn below(&mut self, count: usize) -> usize {
        self.dice.below(count)
    }

    /// The attributes that conditions are about.
    pub fn palette(&self) -> &[(String, Kind)] {
        &self.palette
    }
}
