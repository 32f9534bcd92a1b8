//! What changed in a definition, in words.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    definition::written::{
        field::{FIELDS, Told},
        flag::WrittenFlag,
    },
    words::{
        condition::{ConditionChange, are_reordered, condition_changes},
        rule,
        told::{ToldFlag, alike, listed, variants},
        value::{json_in_words, quoted},
    },
};

/// What changed in a flag, a sentence each; empty if nothing did.
#[must_use]
pub fn flag(
    base: &WrittenFlag<'_>,
    head: &WrittenFlag<'_>,
    renamed: &BTreeMap<String, String>,
) -> Vec<String> {
    let [base, head] = &alike(base, head);
    let mut changes = Vec::new();
    match (base.enabled, head.enabled) {
        (true, false) => changes.push(switched("switched off", base)),
        (false, true) => changes.push(switched("switched on", head)),
        _ => {}
    }
    changes.extend(rule::rollout("", base.ramp, head.ramp));
    for change in condition_changes(&base.conditions, &head.conditions) {
        // Of a flag that starts at another time, the flag is the subject.
        changes.push(match change {
            ConditionChange::Moved(words) => words,
            ConditionChange::Other(words) => format!("targeting {words}"),
        });
    }
    variant_changes(base, head, renamed, &mut changes);
    changes.extend(users(&base.users, &head.users));
    changes.extend(rule::changes(&base.rules, &head.rules));
    let requires = condition_changes(&base.requires, &head.requires);
    changes.extend(requires.iter().map(ToString::to_string));
    if base.default != head.default {
        let text = |flag: &ToldFlag<'_>| flag.default.clone().unwrap_or_else(|| "nothing".into());
        changes.push(format!("default {} → {}", text(base), text(head)));
    }
    if !changes.is_empty() && !base.is_on() && !head.is_on() {
        changes.push("the flag is off, so nobody notices this yet".to_owned());
    }
    for row in FIELDS.iter().filter(|row| row.told == Told::AsWritten) {
        let name = row.name;
        match (base.plain.get(&row.field), head.plain.get(&row.field)) {
            (Some((before, _)), Some((after, _))) if before == after => {}
            (Some((_, before)), Some((_, after))) => {
                changes.push(format!("{name} {before} → {after}"));
            }
            (None, Some((_, after))) => changes.push(format!("{name} added: {after}")),
            (Some((_, before)), None) => changes.push(format!("{name} removed: {before}")),
            (None, None) => {}
        }
    }
    changes
}

/// Where a flag has the same conditions in another order, a sentence each. Who gets an answer does
/// not depend on it, but who gets an error does, and what another flag is asked for.
#[must_use]
pub fn reordered(base: &WrittenFlag<'_>, head: &WrittenFlag<'_>) -> Vec<String> {
    let [base, head] = &alike(base, head);
    let mut changes = Vec::new();
    for (before, after, words) in [
        (&base.requires, &head.requires, "the flags that it requires"),
        (&base.conditions, &head.conditions, "its conditions"),
    ] {
        if are_reordered(before, after) {
            changes.push(format!("{words} are now looked at in another order"));
        }
    }
    changes.extend(rule::reordered(&base.rules, &head.rules));
    changes
}

fn variant_changes(
    base: &ToldFlag<'_>,
    head: &ToldFlag<'_>,
    renamed: &BTreeMap<String, String>,
    changes: &mut Vec<String>,
) {
    for (name, old) in &base.variants {
        match (head.variants.get(name), renamed.get(*name)) {
            (Some(new), _) if new == old => {}
            (Some(new), _) => {
                let (name, old, new) = (quoted(name), json_in_words(old), json_in_words(new));
                changes.push(format!("variant {name} has another value: {old} → {new}"));
            }
            (None, Some(new)) => {
                let (old, new) = (quoted(name), quoted(new));
                changes.push(format!("variant {old} is now called {new}, same value"));
            }
            (None, None) => changes.push(format!("variant {} removed", quoted(name))),
        }
    }
    for (name, new) in &head.variants {
        if !base.variants.contains_key(name) && !renamed.values().any(|new| new == name) {
            changes.push(format!("variant {} added: {}", quoted(name), json_in_words(new)));
        }
    }
}

/// The switch in words, and for how many listed users it is the switch too.
fn switched(words: &str, flag: &ToldFlag<'_>) -> String {
    match flag.users.len() {
        0 => words.to_owned(),
        1 => format!("{words}, for its listed user as well"),
        several => format!("{words}, for its {several} listed users as well"),
    }
}

/// What changed in who is listed for what, in words.
fn users(before: &BTreeMap<&str, &str>, after: &BTreeMap<&str, &str>) -> Vec<String> {
    let mut counts: BTreeMap<(u8, String), usize> = BTreeMap::new();
    let mut count = |order, text| *counts.entry((order, text)).or_insert(0) += 1;
    for (user, variant) in after {
        match before.get(user) {
            None => count(0, format!("added for {}", quoted(variant))),
            Some(old) if old != variant => {
                count(1, format!("moved from {} to {}", quoted(old), quoted(variant)));
            }
            Some(_) => {}
        }
    }
    for (user, variant) in before {
        if !after.contains_key(user) {
            count(2, format!("removed from {}", quoted(variant)));
        }
    }
    let words = counts.into_iter().map(|((_, text), count)| {
        let noun = if count == 1 { "listed user" } else { "listed users" };
        format!("{count} {noun} {text}")
    });
    words.collect()
}

/// Who is listed for what in a new flag, in words.
#[must_use]
pub fn listed_users(flag: &WrittenFlag<'_>) -> Vec<String> {
    users(&BTreeMap::new(), &listed(flag))
}

/// The variants that both have, with different values. Those that are implied count like those that
/// are written.
#[must_use]
pub fn revalued(base: &WrittenFlag<'_>, head: &WrittenFlag<'_>) -> BTreeSet<String> {
    let (before, after) = (variants(base), variants(head));
    let is_other = |(name, old): &(&&str, &String)| after.get(*name).is_some_and(|new| new != *old);
    before.iter().filter(is_other).map(|(name, _)| (*name).to_owned()).collect()
}

/// Which variants only changed their name: gone on one side, come on the other, of equal value.
#[must_use]
pub fn renamed_variants(
    base: &WrittenFlag<'_>,
    head: &WrittenFlag<'_>,
) -> BTreeMap<String, String> {
    let (before, after) = (variants(base), variants(head));
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    for (name, old) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
        let new = after.iter().find(|(new_name, new)| {
            *new == old
                && !before.contains_key(*new_name)
                && !renamed.values().any(|taken| taken == *new_name)
        });
        if let Some((new_name, _)) = new {
            renamed.insert((*name).to_owned(), (*new_name).to_owned());
        }
    }
    renamed
}
