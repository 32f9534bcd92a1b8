//! Edits of definitions, as somebody may make them between two commits.

use crate::model::{
    json::{Json, list, map, text},
    make::{Maker, USERS, percentage, thousandths},
    position::SCHEMES,
    resolve::variants,
};

fn flags(file: &Json) -> Vec<String> {
    let flags = file.field("flags").map_or(&[][..], Json::fields);
    flags.iter().map(|(key, _)| key.clone()).collect()
}

fn names(flag: &Json) -> Vec<String> {
    variants(flag).into_iter().map(|(name, _)| name).collect()
}

fn is_toggle(flag: &Json) -> bool {
    ["variants", "rules", "default", "off_variant"].iter().all(|name| flag.field(name).is_none())
}

impl Maker<'_> {
    /// Changes one thing, mostly of the last flag.
    pub fn alter(&mut self, file: &mut Json) {
        let keys = flags(file);
        if self.dice.one_in(10) {
            let names: Vec<String> = file
                .field("segments")
                .map_or(&[][..], Json::fields)
                .iter()
                .map(|(name, _)| name.clone())
                .collect();
            if let Some(name) = names.first() {
                let segments = file.field_mut("segments").unwrap();
                self.alter_conditions(segments.field_mut(name).unwrap());
                return;
            }
        }
        let last = keys.last().unwrap().clone();
        let key = if self.dice.one_in(4) { self.dice.pick(&keys).clone() } else { last };
        if self.dice.one_in(25) {
            self.rename(file, &key);
            return;
        }
        let flag = file.field_mut("flags").unwrap().field_mut(&key).unwrap();
        self.alter_flag(flag, &key);
    }

    /// Another key, in references too; with the old one as `salt` or without.
    fn rename(&mut self, file: &mut Json, key: &str) {
        let new = format!("{key}-new");
        let flags = file.field_mut("flags").unwrap();
        let Some(mut flag) = flags.remove(key) else { return };
        if flag.field("salt").is_none() && self.dice.one_in(2) {
            flag.set("salt", text(key));
        }
        flags.set(&new, flag);
        refer(file, key, &new);
    }

    fn alter_flag(&mut self, flag: &mut Json, key: &str) {
        let names = names(flag);
        match self.dice.below(18) {
            0 => flag.set("enabled", Json::Bool(!flag.field("enabled").unwrap().is_true())),
            1 => flag.set("salt", text(*self.dice.pick(&["old", "new", key]))),
            2 => flag.set("hash", text(self.dice.pick(&SCHEMES).0)),
            3 => {
                let by = ["unit", "targetingKey", "unit"];
                flag.set("bucket_by", text(*self.dice.pick(&by)));
            }
            4 if is_toggle(flag) => flag.set("users", list([text(*self.dice.pick(&USERS[..4]))])),
            4 => {
                let user = list([text(*self.dice.pick(&USERS[..4]))]);
                flag.set("users", Json::Map(vec![(self.dice.pick(&names).clone(), user)]));
            }
            5 => drop(flag.remove("requires")),
            6 => drop(flag.remove("users")),
            7 if !is_toggle(flag) => flag.set("off_variant", text(self.dice.pick(&names))),
            8 if !is_toggle(flag) => flag.set("default", text(self.dice.pick(&names))),
            9 if !is_toggle(flag) => {
                let split = self.split(&names);
                flag.set("default", map([("split", split)]));
            }
            10 if !is_toggle(flag) => self.drop_variant(flag, &names),
            11 | 12 if !is_toggle(flag) => self.alter_rules(flag, &names),
            _ if is_toggle(flag) => {
                let none = flag.field("targeting_rules").is_none();
                if none || self.dice.one_in(2) {
                    flag.set("rollout_percentage", percentage(thousandths(self.dice)));
                } else {
                    self.alter_conditions(flag.field_mut("targeting_rules").unwrap());
                }
            }
            _ => self.alter_rule(flag, &names),
        }
    }

    /// Gives what a variant served to another one, and takes it out.
    fn drop_variant(&mut self, flag: &mut Json, names: &[String]) {
        let Some(Json::Map(all)) = flag.field("variants").cloned() else { return };
        let gone = self.dice.pick(names).clone();
        let kept = names.iter().find(|name| **name != gone).unwrap();
        *flag = exchanged(flag, &gone, kept);
        flag.remove("users");
        let all = all.into_iter().filter(|(name, _)| *name != gone).collect();
        flag.set("variants", Json::Map(all));
    }

    fn alter_rules(&mut self, flag: &mut Json, names: &[String]) {
        let new = self.rule(names, 9);
        let Some(Json::List(rules)) = flag.field_mut("rules") else { return };
        match self.dice.below(4) {
            0 => rules.reverse(),
            1 if 1 < rules.len() => rules.rotate_left(1),
            2 if !rules.is_empty() => drop(rules.remove(self.dice.below(rules.len()))),
            _ => {
                let at = self.dice.below(rules.len() + 1);
                if rules.iter().all(|rule| rule.field("name") != new.field("name")) {
                    rules.insert(at, new);
                }
            }
        }
    }

    fn alter_rule(&mut self, flag: &mut Json, names: &[String]) {
        let Some(Json::List(rules)) = flag.field_mut("rules") else { return };
        if rules.is_empty() {
            return;
        }
        let at = self.dice.below(rules.len());
        let rule = &mut rules[at];
        match self.dice.below(5) {
            0 | 1 => rule.set("rollout_percentage", percentage(thousandths(self.dice))),
            2 if rule.field("if").is_some() => self.alter_conditions(rule.field_mut("if").unwrap()),
            3 => {
                rule.remove("split");
                rule.set("serve", text(self.dice.pick(names)));
            }
            _ => {
                rule.remove("serve");
                let split = match rule.field("split") {
                    Some(Json::List(entries)) if self.dice.one_in(2) => {
                        Json::List(entries.iter().rev().cloned().collect())
                    }
                    _ => self.split(names),
                };
                rule.set("split", split);
            }
        }
    }

    fn alter_conditions(&mut self, conditions: &mut Json) {
        let new = self.condition(1);
        let Json::List(items) = conditions else { return };
        match self.dice.below(5) {
            0 => items.reverse(),
            1 if !items.is_empty() => drop(items.remove(self.dice.below(items.len()))),
            2 | 3 if !items.is_empty() => {
                let at = self.dice.below(items.len());
                items[at] = new;
            }
            _ => items.push(new),
        }
    }
}

/// Names another flag wherever one is referred to.
fn refer(json: &mut Json, key: &str, new: &str) {
    if let Some(other) = json.field_mut("flag")
        && other.as_text() == Some(key)
    {
        *other = text(new);
    }
    match json {
        Json::Map(fields) => fields.iter_mut().for_each(|(_, value)| refer(value, key, new)),
        Json::List(items) => items.iter_mut().for_each(|value| refer(value, key, new)),
        _ => {}
    }
}

/// A flag that serves one variant where it served another.
fn exchanged(flag: &Json, from: &str, to: &str) -> Json {
    let mut copy = flag.clone();
    for name in ["default", "off_variant"] {
        if let Some(serve) = copy.field_mut(name) {
            exchange(serve, from, to);
        }
    }
    if let Some(Json::List(rules)) = copy.field_mut("rules") {
        for rule in rules {
            for name in ["serve", "split"] {
                if let Some(serve) = rule.field_mut(name) {
                    exchange(serve, from, to);
                }
            }
        }
    }
    copy
}

fn exchange(json: &mut Json, from: &str, to: &str) {
    match json {
        Json::Text(name) if name == from => *name = to.to_owned(),
        Json::Map(fields) => fields.iter_mut().for_each(|(_, value)| exchange(value, from, to)),
        Json::List(items) => items.iter_mut().for_each(|value| exchange(value, from, to)),
        _ => {}
    }
}
