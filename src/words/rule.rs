//! Rules in words, and what changed between two lists of them.

use crate::{
    definition::written::{clause::Clause, flag::WrittenOutcome},
    engine::bucket::Percentage,
    words::{
        condition::{are_reordered, condition_changes, conditions, key},
        value::{on_one_line, quoted},
    },
};

/// A rule as far as words depend on it.
#[derive(Clone, Debug)]
pub struct ToldRule<'t> {
    /// What it is called: `#1`, `#2`, … without a name of its own.
    pub name: String,
    /// Whether it has a name of its own.
    pub is_named: bool,
    /// When it holds.
    pub conditions: Vec<Clause<'t>>,
    /// Whom it includes.
    pub ramp: Percentage,
    /// What it serves.
    pub outcome: String,
}

impl ToldRule<'_> {
    /// Whether another rule is just like it, whatever both are called.
    fn is_like(&self, other: &ToldRule<'_>) -> bool {
        (self.is_named, self.ramp, &self.outcome) == (other.is_named, other.ramp, &other.outcome)
            && (!self.is_named || self.name == other.name)
            && key(&self.conditions) == key(&other.conditions)
    }

    /// What it does, shortly.
    fn in_words(&self) -> String {
        let ramp = if self.ramp == Percentage::FULL {
            String::new()
        } else {
            format!(" to {} %", self.ramp)
        };
        let outcome = &self.outcome;
        match &*conditions(&self.conditions) {
            [] => format!("serves {outcome}{ramp}"),
            [only] => format!("serves {outcome}{ramp} if {only}"),
            several => format!("serves {outcome}{ramp} under {} conditions", several.len()),
        }
    }
}

/// What changed between two lists of rules, a sentence each.
#[must_use]
pub fn changes(before: &[ToldRule<'_>], after: &[ToldRule<'_>]) -> Vec<String> {
    let partners = partners(before, after);
    let mut changes = Vec::new();
    for (new, partner) in after.iter().zip(&partners) {
        match partner.and_then(|index| before.get(index)) {
            Some(old) => rule_changes(old, new, &mut changes),
            None => {
                changes.push(format!("rule {} added: {}", quoted(&new.name), new.in_words()));
            }
        }
    }
    for (index, old) in before.iter().enumerate() {
        if !partners.contains(&Some(index)) {
            changes.push(format!("rule {} removed: it {}", quoted(&old.name), old.in_words()));
        }
    }
    let kept: Vec<usize> = partners.into_iter().flatten().collect();
    if !kept.is_sorted() {
        let names = kept.iter().filter_map(|index| before.get(*index));
        let names: Vec<String> = names.map(|old| quoted(&old.name)).collect();
        changes.push(format!("rules are now in the order {}", names.join(", ")));
    }
    changes
}

/// The rules that have the same conditions in another order, a sentence each.
#[must_use]
pub fn reordered(before: &[ToldRule<'_>], after: &[ToldRule<'_>]) -> Vec<String> {
    let pairs = after.iter().zip(partners(before, after));
    let pairs = pairs.filter_map(|(new, index)| Some((before.get(index?)?, new)));
    let reordered = pairs.filter(|(old, new)| are_reordered(&old.conditions, &new.conditions));
    let words = |name: &str| {
        format!("the conditions of rule {} are now looked at in another order", quoted(name))
    };
    reordered.map(|(_, new)| words(&new.name)).collect()
}

/// What changed in the share of users whom a rule or a flag takes.
#[must_use]
pub fn rollout(prefix: &str, before: Percentage, after: Percentage) -> Option<String> {
    (before != after).then(|| format!("{prefix}rollout {before} % → {after} %"))
}

/// What is served: a variant, or a split as `split a 50 / b 50`.
#[must_use]
pub fn served(outcome: &WrittenOutcome<'_>) -> String {
    match outcome {
        WrittenOutcome::Variant(name) => quoted(name.text),
        WrittenOutcome::Split { parts, .. } => {
            let parts = parts.iter().map(|part| {
                let name = on_one_line(part.variant.map_or("", |name| name.text));
                format!("{name} {}", part.share.unwrap_or(Percentage::ZERO))
            });
            format!("split {}", parts.collect::<Vec<_>>().join(" / "))
        }
    }
}

/// For each rule which one it was before: the one of that name; without a name, one that is just
/// like it, or else the one of that number.
#[must_use]
pub fn partners(before: &[ToldRule<'_>], after: &[ToldRule<'_>]) -> Vec<Option<usize>> {
    let mut partners: Vec<Option<usize>> = vec![None; after.len()];
    let is_equal: [fn(&ToldRule<'_>, &ToldRule<'_>) -> bool; 3] = [
        |old, new| old.is_named && new.is_named && old.name == new.name,
        |old, new| old.is_like(new),
        |old, new| old.name == new.name,
    ];
    for is_equal in is_equal {
        for (index, new) in after.iter().enumerate() {
            if partners.get(index) != Some(&None) {
                continue;
            }
            let partner = before
                .iter()
                .enumerate()
                .find(|(old, rule)| !partners.contains(&Some(*old)) && is_equal(rule, new));
            if let Some(slot) = partners.get_mut(index) {
                *slot = partner.map(|(old, _)| old);
            }
        }
    }
    partners
}

/// What changed in one rule.
fn rule_changes(old: &ToldRule<'_>, new: &ToldRule<'_>, changes: &mut Vec<String>) {
    let name = quoted(&new.name);
    for change in condition_changes(&old.conditions, &new.conditions) {
        changes.push(format!("rule {name} {change}"));
    }
    changes.extend(rollout(&format!("rule {name}: "), old.ramp, new.ramp));
    if old.outcome != new.outcome {
        changes.push(format!("rule {name} serves {} → {}", old.outcome, new.outcome));
    }
}
