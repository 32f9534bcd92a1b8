//! What the program claims of a change, read from its JSON.

use serde_json::Value;

use crate::model::{
    json::Json,
    remedy::{Edit, Spot, spots},
    shift::Moves,
};

/// What is claimed of one flag.
#[derive(Debug)]
pub struct Claim {
    key: String,
    change: String,
    renamed_from: Option<String>,
    /// Who moves, and whether the shares are exact; none if it was not computed.
    pub groups: Option<Vec<(bool, Moves)>>,
    /// How many more groups there are, in none of which more move than in the first.
    pub left_out: u64,
    /// What listed users go from and to, several where more decides; none if none is listed.
    pub listed: Option<Vec<[Vec<Option<String>>; 2]>>,
    hazards: Vec<Hazard>,
}

#[derive(Debug)]
struct Hazard {
    rule: String,
    message: String,
    /// Where in the head it is, if it is there.
    spot: Option<Spot>,
    suggestion: Option<String>,
}

/// All claims.
pub struct Claims(Vec<Claim>);

fn name(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn group(group: &Value) -> (bool, Moves) {
    let moves = group["moves"].as_array().unwrap().iter();
    let entry = |entry: &Value| {
        ((name(&entry["from"]), name(&entry["to"])), entry["share"].as_f64().unwrap())
    };
    (group["exact"].as_bool().unwrap(), moves.map(entry).collect())
}

/// What some listed users had, and what they have.
fn listed(entry: &Value) -> [Vec<Option<String>>; 2] {
    ["from", "to"].map(|side| entry[side].as_array().unwrap().iter().map(name).collect())
}

impl Claims {
    pub fn read(document: &Value, head: &Json) -> Self {
        let spots = spots(&head.yaml());
        let hazard = |hazard: &Value| Hazard {
            rule: name(&hazard["rule"]).unwrap(),
            message: name(&hazard["message"]).unwrap(),
            spot: hazard["line"].as_u64().and_then(|line| spots.get(&line).cloned()),
            suggestion: name(&hazard["suggestion"]),
        };
        let claim = |flag: &Value| Claim {
            key: name(&flag["key"]).unwrap(),
            change: name(&flag["change"]).unwrap(),
            renamed_from: name(&flag["renamed_from"]),
            groups: flag["movement"].as_array().map(|groups| groups.iter().map(group).collect()),
            left_out: flag["left_out"].as_u64().unwrap(),
            listed: flag["listed_users"]["moves"]
                .as_array()
                .map(|moves| moves.iter().map(listed).collect()),
            hazards: flag["hazards"].as_array().unwrap().iter().map(hazard).collect(),
        };
        Self(document["flags"].as_array().unwrap().iter().map(claim).collect())
    }

    /// Each flag by its key before and after, with what is claimed of it.
    pub fn pairs<'p>(
        &'p self,
        base: &'p Json,
        head: &'p Json,
    ) -> Vec<(Option<&'p str>, Option<&'p str>, Option<&'p Claim>)> {
        let mut pairs: Vec<_> = self.0.iter().map(Claim::pair).collect();
        let flags = |file: &'p Json| file.field("flags").map_or(&[][..], Json::fields);
        for (key, _) in flags(base).iter().chain(flags(head)) {
            let is_in =
                |pair: &(Option<&str>, Option<&str>, _)| pair.0 == Some(key) || pair.1 == Some(key);
            if !pairs.iter().any(is_in) {
                let there = |file: &'p Json| {
                    flags(file).iter().find(|(other, _)| other == key).map(|(key, _)| &**key)
                };
                pairs.push((there(base), there(head), None));
            }
        }
        pairs
    }
}

impl Claim {
    fn pair(&self) -> (Option<&str>, Option<&str>, Option<&Self>) {
        let key = Some(&*self.key);
        match &*self.change {
            "added" => (None, key, Some(self)),
            "removed" => (key, None, Some(self)),
            "renamed" => (self.renamed_from.as_deref(), key, Some(self)),
            _ => (key, key, Some(self)),
        }
    }

    pub fn has(&self, rule: &str) -> bool {
        self.hazards.iter().any(|hazard| hazard.rule == rule)
    }

    /// The rules that are said to serve nobody, by index.
    pub fn unreachable(&self) -> Vec<usize> {
        let own = self.hazards.iter().filter(|hazard| hazard.rule == "unreachable");
        own.filter_map(|hazard| hazard.spot.as_ref()?.rule).collect()
    }

    /// The edits that are proposed, which belong together.
    pub fn remedy(&self) -> Vec<Edit> {
        let own = self.hazards.iter().filter_map(|hazard| {
            Some(Edit { spot: hazard.spot.clone()?, lines: hazard.suggestion.clone()? })
        });
        own.collect()
    }

    /// Whether it is said that a variant that somebody got is gone.
    pub fn is_gone(&self, variant: &str) -> bool {
        let begins = format!("variant `{variant}` is gone");
        let own = self.hazards.iter().filter(|hazard| hazard.rule == "variant-removed");
        own.map(|hazard| &hazard.message).any(|message| message.starts_with(&begins))
    }
}
