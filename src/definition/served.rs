//! What flags can serve at all, by their definitions: conditions that ask for something else.

use std::collections::BTreeSet;

use crate::{
    definition::problems::slip,
    diagnostics::diagnostic::Diagnostic,
    engine::{
        bucket::Percentage,
        condition::{Condition, Prerequisite, Segment, VariantIndex},
        flag::{Flag, Rule, Serve, Variant},
    },
};

/// Notes conditions on other flags that nobody can satisfy, and flags that serve everyone the same.
///
/// Only flags that are on are looked at: what a flag that is off requires matters to nobody yet.
pub fn check(flags: &[Flag], segments: &[Segment], found: &mut Vec<Diagnostic>) {
    for flag in flags.iter().filter(|flag| flag.enabled) {
        let before = found.len();
        flag.requires.iter().for_each(|wanted| requirement(wanted, flags, found));
        for rule in &flag.rules {
            conditions(&rule.conditions, flags, found);
        }
        alike(flag, found);
        for found in found.iter_mut().skip(before) {
            found.flag.get_or_insert_with(|| flag.key.to_string());
        }
    }
    for segment in segments {
        conditions(&segment.conditions, flags, found);
    }
}

/// Below `not`, what never holds always does, which may be meant.
fn conditions(list: &[Condition], flags: &[Flag], found: &mut Vec<Diagnostic>) {
    for condition in list {
        match condition {
            Condition::Flag(wanted) => requirement(wanted, flags, found),
            Condition::All(inner, _) | Condition::Any(inner, _) => conditions(inner, flags, found),
            Condition::Not(..) | Condition::Attribute(_) | Condition::Segment(..) => {}
        }
    }
}

fn requirement(wanted: &Prerequisite, flags: &[Flag], found: &mut Vec<Diagnostic>) {
    let Some(other) = flags.get(wanted.flag.0 as usize) else { return };
    let fits = |index: &VariantIndex| match wanted.is {
        Some(variant) => *index == variant,
        None => other.variant(*index).is_some_and(Variant::is_true),
    };
    if !other.enabled {
        if !other.off_variant.as_ref().is_some_and(fits) {
            found.push(slip::requires_off_flag(&other.key, wanted.place, other.place));
        }
        return;
    }
    if !outcomes(other).iter().flatten().any(fits) {
        let name = wanted.is.and_then(|index| other.variant(index)).map(|it| &*it.name);
        let wanted_name = name.unwrap_or("true");
        let problem =
            slip::variant_never_served(&other.key, wanted_name, wanted.place, other.place);
        found.push(problem);
    }
}

/// The variants that a flag which is on can serve, whatever conditions say; none among them is the
/// caller's own default.
fn outcomes(flag: &Flag) -> BTreeSet<Option<VariantIndex>> {
    let mut outcomes: BTreeSet<Option<VariantIndex>> = flag.users.variants().map(Some).collect();
    if !flag.requires.is_empty() {
        outcomes.insert(flag.off_variant);
    }
    for rule in flag.rules.iter().filter(|rule| rule.ramp != Percentage::ZERO) {
        outcomes.extend(rule.serve.variants().map(Some));
        if takes_everyone(rule) {
            return outcomes;
        }
    }
    match &flag.default {
        Some(serve) => outcomes.extend(serve.variants().map(Some)),
        None => _ = outcomes.insert(None),
    }
    outcomes
}

fn takes_everyone(rule: &Rule) -> bool {
    rule.conditions.is_empty() && rule.ramp == Percentage::FULL
}

/// A flag that says who gets what, and serves everyone the same all the same.
fn alike(flag: &Flag, found: &mut Vec<Diagnostic>) {
    let is_partial = |rule: &Rule| {
        !rule.conditions.is_empty()
            || rule.ramp.is_partial()
            || matches!(rule.serve, Serve::Split(_))
    };
    let says_who = 1 < flag.rules.len() || flag.rules.iter().any(is_partial);
    let outcomes = outcomes(flag);
    if let (true, 1, Some(Some(only))) = (says_who, outcomes.len(), outcomes.first())
        && let Some(variant) = flag.variant(*only)
    {
        found.push(slip::answers_everyone_alike(&flag.key, &variant.name, flag.place));
    }
}
