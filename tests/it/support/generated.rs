//! Flag sets and contexts made of random bytes: always good, and with everything in them.
//!
//! The fuzz target `resolve` includes this file, so that it has no dependency but `serde_json`.

use serde_json::{Map, Value, json};

/// Random bytes, read one after the other; zeros when they are used up.
pub struct Entropy<'b>(pub &'b [u8]);

impl Entropy<'_> {
    pub fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    /// A number below `count`, which is at most 65,536.
    pub fn below(&mut self, count: usize) -> usize {
        (usize::from(self.byte()) << 8 | usize::from(self.byte())) % count
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }
}

/// What attributes there are: their name, their declared type, and values for both sides.
const ATTRIBUTES: [(&str, &str, &[&str]); 10] = [
    ("country", "string", &["NL", "BE", "DE", ""]),
    ("plan", "string", &["free", "pro", "enterprise"]),
    ("company.id", "string", &["acme", "globex", "42", ""]),
    ("version", "string", &["1.2.3", "2.0.0-rc.1", "v3", "latest"]),
    ("ip", "string", &["192.0.2.7", "::1", "2001:db8::1", "::ffff:192.0.2.7"]),
    ("at", "string", &["2026-01-01T00:00:00Z", "2027-06-01T12:00:00+02:00", "yesterday"]),
    ("age", "integer", &["17", "18", "0", "9007199254740991"]),
    ("score", "number", &["0.5", "18.0", "-1e300", "99"]),
    ("beta", "boolean", &["true", "false"]),
    ("groups", "array", &[r#"["a"]"#, "[]", r#"["b", 1, null]"#]),
];
const USERS: [&str; 5] = ["u-1", "u-2", "42", "", "user:with:colons"];

/// A good definition file as JSON.
pub fn flag_set(entropy: &mut Entropy<'_>) -> Value {
    let segment_count = entropy.below(4);
    let flag_count = 1 + entropy.below(8);
    let mut made = Made { entropy, segments: 0, flags: Vec::new() };
    let mut segments = Map::new();
    for index in 0..segment_count {
        segments.insert(format!("s{index}"), Value::Array(made.conditions(3, 2)));
        made.segments += 1;
    }
    let mut flags = Map::new();
    for index in 0..flag_count {
        let (flag, variants) = made.flag();
        flags.insert(format!("f{index}"), flag);
        made.flags.push(variants);
    }
    let mut file = Map::new();
    if made.entropy.one_in(2) {
        let declared = ATTRIBUTES.iter().map(|(name, kind, _)| {
            ((*name).to_owned(), json!({ "type": kind, "description": "one of those there are" }))
        });
        file.insert("attributes".to_owned(), declared.collect::<Map<_, _>>().into());
    }
    file.insert("segments".to_owned(), segments.into());
    file.insert("flags".to_owned(), flags.into());
    file.into()
}

/// An evaluation context as JSON: good or odd values under the names that flags ask for.
pub fn context(entropy: &mut Entropy<'_>) -> Value {
    let mut context = Map::new();
    for (name, kind, values) in ATTRIBUTES {
        let value = match entropy.below(8) {
            0..=4 => value_of(kind, entropy.pick(values)),
            5 => {
                entropy.pick(&[json!(null), json!([1, "a"]), json!({ "id": "acme" }), json!(-7.5)])
            }
            _ => continue,
        };
        context.insert(name.to_owned(), value);
    }
    if entropy.one_in(3) {
        context.insert("is_staff".to_owned(), entropy.one_in(2).into());
    }
    if !entropy.one_in(4) {
        context.insert("targetingKey".to_owned(), entropy.pick(&USERS).into());
    }
    context.into()
}

/// What has been made so far, and may be referred to.
struct Made<'e, 'b> {
    entropy: &'e mut Entropy<'b>,
    segments: usize,
    /// The names of each flag's variants; none for a boolean flag.
    flags: Vec<Option<Vec<String>>>,
}

impl Made<'_, '_> {
    fn flag(&mut self) -> (Value, Option<Vec<String>>) {
        let mut flag = Map::new();
        flag.insert("enabled".to_owned(), (!self.entropy.one_in(6)).into());
        if self.entropy.one_in(4) {
            flag.insert("salt".to_owned(), self.entropy.pick(&["old", "", "f0"]).into());
        }
        if self.entropy.one_in(4) {
            let by = self.entropy.pick(&["company.id", "age", "targetingKey"]);
            flag.insert("bucket_by".to_owned(), by.into());
        }
        if self.entropy.one_in(2) {
            let hash = self.entropy.pick(&["user_flag_md5", "flag_user_md5"]);
            flag.insert("hash".to_owned(), hash.into());
        }
        if self.entropy.one_in(5) {
            let metadata = json!({ "owner": "team", "weight": 1.0, "pager": true });
            flag.insert("metadata".to_owned(), metadata);
        }
        if !self.flags.is_empty() && self.entropy.one_in(4) {
            let other = self.other_flag();
            flag.insert("requires".to_owned(), json!([other]));
        }
        if self.entropy.one_in(2) {
            self.toggle(&mut flag);
            return (flag.into(), None);
        }
        let variants = self.variants(&mut flag);
        (flag.into(), variants)
    }

    fn toggle(&mut self, flag: &mut Map<String, Value>) {
        if self.entropy.one_in(8) {
            flag.insert("staff_only".to_owned(), true.into());
        }
        if self.entropy.one_in(3) {
            let users = [self.entropy.pick(&USERS)];
            flag.insert("users".to_owned(), users.to_vec().into());
        }
        if !self.entropy.one_in(3) {
            flag.insert("targeting_rules".to_owned(), self.conditions(3, 3).into());
        }
        if !self.entropy.one_in(3) {
            flag.insert("rollout_percentage".to_owned(), self.percentage());
        }
    }

    fn variants(&mut self, flag: &mut Map<String, Value>) -> Option<Vec<String>> {
        let names: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let values = match self.entropy.below(6) {
            0 => None,
            1 => Some(json!(names)),
            2 => Some(json!({ "a": 1, "b": 2, "c": 3, "d": -4 })),
            3 => Some(json!({ "a": 0.5, "b": 1.5, "c": -2.5, "d": 1e300 })),
            4 => Some(json!({ "a": { "k": null }, "b": {}, "c": { "k": [1] }, "d": { "l": "x" } })),
            _ => Some(json!({ "a": [], "b": [1, 2], "c": ["x"], "d": [null] })),
        };
        let implicit = ["enabled", "disabled"].map(str::to_owned).to_vec();
        let names = if values.is_some() { names } else { implicit };
        let is_boolean = values.is_none();
        if let Some(values) = values {
            flag.insert("variants".to_owned(), values);
        }
        let rule_count = self.entropy.below(4);
        let rules: Vec<Value> = (0..rule_count).map(|_| self.rule(&names)).collect();
        flag.insert("rules".to_owned(), rules.into());
        if self.entropy.one_in(3) {
            let (first, second) = (self.entropy.pick(&names), self.entropy.pick(&USERS));
            flag.insert("users".to_owned(), json!({ first: [second] }));
        }
        if !self.entropy.one_in(4) {
            flag.insert("off_variant".to_owned(), self.entropy.pick(&names).into());
        }
        match self.entropy.below(4) {
            0 => {}
            1 => {
                let split = self.split(&names);
                flag.insert("default".to_owned(), json!({ "split": split }));
            }
            _ => {
                flag.insert("default".to_owned(), self.entropy.pick(&names).into());
            }
        }
        (!is_boolean).then_some(names)
    }

    fn rule(&mut self, names: &[String]) -> Value {
        let mut rule = Map::new();
        if !self.entropy.one_in(4) {
            rule.insert("if".to_owned(), self.conditions(3, 3).into());
        }
        if self.entropy.one_in(2) {
            rule.insert("rollout_percentage".to_owned(), self.percentage());
        }
        if self.entropy.one_in(3) {
            rule.insert("split".to_owned(), self.split(names).into());
        } else {
            rule.insert("serve".to_owned(), self.entropy.pick(names).into());
        }
        rule.into()
    }

    /// Shares that add up to 100, zero among them.
    fn split(&mut self, names: &[String]) -> Vec<Value> {
        let count = 1 + self.entropy.below(5);
        let mut cuts: Vec<usize> = (1..count).map(|_| self.thousandths()).collect();
        cuts.push(100_000);
        cuts.sort_unstable();
        let mut start = 0;
        let mut entries = Vec::new();
        for end in cuts {
            let percentage = decimal(end - start);
            entries.push(json!({ "variant": self.entropy.pick(names), "percentage": percentage }));
            start = end;
        }
        entries
    }

    fn percentage(&mut self) -> Value {
        decimal(self.thousandths())
    }

    fn thousandths(&mut self) -> usize {
        match self.entropy.below(8) {
            0 => 0,
            1 => 100_000,
            2 => 1,
            3 => self.entropy.below(100) * 1000,
            _ => self.entropy.below(50_000) * 2 + self.entropy.below(2),
        }
    }

    fn conditions(&mut self, count_max: usize, depth: usize) -> Vec<Value> {
        (0..self.entropy.below(count_max + 1)).map(|_| self.condition(depth)).collect()
    }

    fn condition(&mut self, depth: usize) -> Value {
        match self.entropy.below(12) {
            0 if 0 < depth => json!({ "all": self.conditions(3, depth - 1) }),
            1 if 0 < depth => json!({ "any": self.conditions(3, depth - 1) }),
            2 if 0 < depth => json!({ "not": self.condition(depth - 1) }),
            3 if 0 < self.segments => {
                json!({ "segment": format!("s{}", self.entropy.below(self.segments)) })
            }
            4 if !self.flags.is_empty() => self.other_flag(),
            5 => {
                let (name, _, values) = self.entropy.pick(&ATTRIBUTES[..2]);
                let (one, other) = (self.entropy.pick(values), self.entropy.pick(values));
                let value = if self.entropy.one_in(2) { json!(one) } else { json!([one, other]) };
                json!({ "where": { name: value } })
            }
            6 => {
                let operator = self.entropy.pick(&["before", "after"]);
                let time =
                    self.entropy.pick(&["2026-01-01T00:00:00Z", "2026-11-22T12:00:00.5+01:00"]);
                json!({ "attribute": "now", "operator": operator, "value": time })
            }
            _ => self.comparison(),
        }
    }

    fn comparison(&mut self) -> Value {
        let (name, kind, values) = self.entropy.pick(&ATTRIBUTES);
        let operators: &[&str] = match name {
            "version" => &["semver", "eq", "exists"],
            "ip" => &["in_network", "exists"],
            "at" => &["before", "after", "gt"],
            "beta" => &["eq", "neq", "exists"],
            "groups" => &["contains", "exists"],
            _ if kind == "string" => &[
                "eq",
                "neq",
                "in",
                "not_in",
                "gt",
                "gte",
                "lt",
                "lte",
                "contains",
                "starts_with",
                "ends_with",
                "matches",
                "exists",
            ],
            _ => &["eq", "neq", "in", "not_in", "gt", "gte", "lt", "lte", "exists"],
        };
        let operator = self.entropy.pick(operators);
        let value = match operator {
            "in" | "not_in" => {
                let values: Vec<Value> = values.iter().map(|value| value_of(kind, value)).collect();
                values[self.entropy.below(values.len() + 1)..].into()
            }
            "exists" => self.entropy.one_in(2).into(),
            "semver" => self.entropy.pick(&[">=1.2", "^2", "~1.2.3, <3", "*"]).into(),
            "before" | "after" => self.entropy.pick(&values[..2]).into(),
            "in_network" => json!(["192.0.2.0/24", "2001:db8::/32"]),
            "matches" => self.entropy.pick(&["^N", "[a-z]+$", ""]).into(),
            "contains" => self.entropy.pick(&["a", "pro", ""]).into(),
            _ => value_of(kind, self.entropy.pick(values)),
        };
        json!({ "attribute": name, "operator": operator, "value": value })
    }

    /// A reference to one of the first half of the flags, so that chains stay short.
    fn other_flag(&mut self) -> Value {
        let index = self.entropy.below(self.flags.len().div_ceil(2));
        let key = format!("f{index}");
        match self.flags[index].clone() {
            Some(names) => json!({ "flag": key, "is": self.entropy.pick(&names) }),
            None if self.entropy.one_in(2) => json!({ "flag": key, "is": "disabled" }),
            None => json!({ "flag": key }),
        }
    }
}

/// Thousandths as a number with as few decimals as needed.
fn decimal(thousandths: usize) -> Value {
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    value_of("number", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A value of that declared type: a string as it is, anything else as JSON.
fn value_of(kind: &str, text: &str) -> Value {
    if kind == "string" { text.into() } else { serde_json::from_str(text).unwrap() }
}
