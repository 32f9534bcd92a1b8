//! The edit with the same shares that moves fewer.

use std::collections::BTreeMap;

use crate::{
    engine::{
        bucket::{POSITIONS, thousandths},
        flag::{Flag, Rule, Serve},
    },
    place::Place,
    review::{form::Hashing, square::relaid},
};

/// The edits after which a change moves fewer for the same shares, each with its place: lines to
/// write in the flag, a split to write in the rule, or an order to keep. Empty if none is known.
#[must_use]
pub fn edits(base: &Flag, head: &Flag, renamed: &BTreeMap<String, String>) -> Vec<(Place, String)> {
    if Hashing::of(base) != Hashing::of(head) {
        return vec![(head.place, hashing(base, head))];
    }
    let splits = splits(base, head, renamed);
    if !splits.is_empty() {
        return splits;
    }
    if let Some(edit) = ramp_kept(base, head) {
        return vec![edit];
    }
    let order = |flag: &Flag, other: &Flag| -> Vec<String> {
        let is_kept = |rule: &&Rule| other.rules.iter().any(|other| other.name == rule.name);
        flag.rules.iter().filter(is_kept).map(|rule| format!("`{}`", rule.name)).collect()
    };
    let (old, new) = (order(base, head), order(head, base));
    if old == new {
        return Vec::new();
    }
    let place = head.rules.first().map_or(head.place, |rule| rule.place);
    vec![(place, format!("keep the rules in the order {}", old.join(", ")))]
}

/// The fields that keep every unit where it was.
fn hashing(base: &Flag, head: &Flag) -> String {
    let mut lines = Vec::new();
    if base.salt() != head.salt() {
        lines.push(format!("salt: {}", yaml(base.salt())));
    }
    if base.hash != head.hash {
        lines.push(format!("hash: {}", base.hash.name()));
    }
    if base.bucket_by != head.bucket_by {
        lines.push(format!("bucket_by: {}", yaml(base.bucket_by.name())));
    }
    lines.join("\n")
}

/// A string as YAML: plain where that is surely a string, else quoted.
#[must_use]
pub fn yaml(text: &str) -> String {
    let mut letters = text.chars();
    let is_plain = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || "._/-".contains(letter))
        && !["true", "false", "null"].iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

/// Each split that moves more than it has to, laid out so that it does not.
fn splits(base: &Flag, head: &Flag, renamed: &BTreeMap<String, String>) -> Vec<(Place, String)> {
    let before = |name: &str| base.rules.iter().find(|rule| *rule.name == *name);
    let in_rules = head.rules.iter().filter_map(|rule| {
        let old = before(&rule.name)?;
        let edit = relaid_split((base, &old.serve), (head, &rule.serve), renamed)?;
        Some((rule.place, edit))
    });
    let mut edits: Vec<(Place, String)> = in_rules.collect();
    if let (Some(old), Some(new)) = (&base.default, &head.default)
        && let Some(edit) = relaid_split((base, old), (head, new), renamed)
    {
        edits.push((head.place, format!("default: {{ {edit} }}")));
    }
    edits
}

/// Where a ramp with one variant for the rest became a split of the two, which is measured on
/// another line: the ramp with the new share.
fn ramp_kept(base: &Flag, head: &Flag) -> Option<(Place, String)> {
    let name = |flag: &Flag, serve: &Serve| match serve {
        Serve::Variant(index) => flag.variant(*index).map(|variant| variant.name.clone()),
        Serve::Split(_) => None,
    };
    let old = base.rules.last().filter(|rule| rule.ramp.is_partial())?;
    let (ramped, rest) = (name(base, &old.serve)?, name(base, base.default.as_ref()?)?);
    let share = |split: &Serve| -> Option<String> {
        let entries = lengths(head, split);
        let is_of_both = entries.iter().all(|(_, name)| **name == *ramped || **name == *rest);
        let own = entries.iter().filter(|(_, name)| **name == *ramped);
        let share: u32 = own.map(|(length, _)| length).sum();
        is_of_both.then(|| thousandths(u64::from(share)))
    };
    let serve = yaml(&ramped);
    if let (Some(split @ Serve::Split(_)), [], 1) = (&head.default, &*head.rules, base.rules.len())
    {
        let rule = format!("rules: [{{ rollout_percentage: {}, serve: {serve} }}]", share(split)?);
        return Some((head.place, format!("{rule}\ndefault: {}", yaml(&rest))));
    }
    let new = head.rules.last().filter(|rule| rule.name == old.name && !rule.ramp.is_partial())?;
    let is_rest = name(head, head.default.as_ref()?)? == rest;
    let share = Some(&new.serve).filter(|serve| matches!(serve, Serve::Split(_))).map(share)??;
    is_rest.then(|| (new.place, format!("rollout_percentage: {share}\nserve: {serve}")))
}

/// The new split laid out over the old one, if that moves fewer than it does as written.
fn relaid_split(
    (base, old): (&Flag, &Serve),
    (head, new): (&Flag, &Serve),
    renamed: &BTreeMap<String, String>,
) -> Option<String> {
    let before: Vec<(u32, &str)> = lengths(base, old)
        .into_iter()
        .map(|(length, name)| (length, renamed.get(name).map_or(name, String::as_str)))
        .collect();
    let after = lengths(head, new);
    let better = relaid(&before, &after);
    if line_moved(&before, &after) <= line_moved(&before, &better) {
        return None;
    }
    let entry = |(length, name): &(u32, &str)| {
        format!("{{ variant: {}, percentage: {} }}", yaml(name), thousandths(u64::from(*length)))
    };
    let entries: Vec<String> = better.iter().map(entry).collect();
    Some(format!("split: [{}]", entries.join(", ")))
}

/// The entries of what is served, each with its length on the line of splits.
fn lengths<'f>(flag: &'f Flag, serve: &Serve) -> Vec<(u32, &'f str)> {
    let name = |index| flag.variant(index).map_or("", |variant| &*variant.name);
    match serve {
        Serve::Variant(index) => vec![(POSITIONS, name(*index))],
        Serve::Split(entries) => {
            let starts = std::iter::once(0).chain(entries.iter().map(|(end, _)| *end));
            let lengths = entries.iter().zip(starts);
            lengths.map(|((end, index), start)| (end - start, name(*index))).collect()
        }
    }
}

/// How many positions of a line get another variant.
fn line_moved(before: &[(u32, &str)], after: &[(u32, &str)]) -> u32 {
    let at = |entries: &[(u32, &str)], position: u32| -> Option<String> {
        let mut end = 0;
        entries.iter().find_map(|(length, name)| {
            end += length;
            (position < end).then(|| (*name).to_owned())
        })
    };
    let ends = |entries: &[(u32, &str)]| -> Vec<u32> {
        entries
            .iter()
            .scan(0, |end, (length, _)| {
                *end += length;
                Some(*end)
            })
            .collect()
    };
    let mut cuts: Vec<u32> = ends(before).into_iter().chain(ends(after)).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let (mut start, mut moved) = (0, 0);
    for end in cuts {
        if at(before, start) != at(after, start) {
            moved += end - start;
        }
        start = end;
    }
    moved
}
