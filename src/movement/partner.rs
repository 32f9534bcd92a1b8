//! Which rule was which before a change.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    engine::{
        condition::{Condition, VariantIndex},
        flag::{Flag, FlagSet, Rule, Serve},
    },
    space::axis::identity,
};

/// What only changed its name: from old to new.
#[derive(Clone, Copy, Debug)]
pub struct Renamed<'r> {
    /// Flags.
    pub flags: &'r BTreeMap<&'r str, &'r str>,
    /// Variants of the flag.
    pub variants: &'r BTreeMap<String, String>,
}

/// The rules of a flag before and after a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// For each rule after the change which one it was before, by their indices.
    pub partners: Vec<Option<usize>>,
    /// For each number that there is on a side whether both rules of that number have the same
    /// conditions.
    pub asks_the_same: Vec<bool>,
}

impl Pairs {
    /// Those of two sides of a flag.
    #[must_use]
    pub fn new(sides: [(&FlagSet, &Flag); 2], renamed: Renamed<'_>) -> Self {
        let [(_, old), (_, new)] = sides;
        let asked = |side: usize, index: usize| {
            let (flags, flag) = sides[side];
            let mut text = String::new();
            conditions(flags, &flag.rules.get(index)?.conditions, renamed, &mut text);
            Some(text)
        };
        let numbers = 0..old.rules.len().max(new.rules.len());
        let asks_the_same = numbers.map(|index| asked(0, index) == asked(1, index)).collect();
        Self { partners: partners(sides, renamed), asks_the_same }
    }
}

/// A rule, as far as it tells which one it is.
struct Known<'r> {
    /// Its own name; none if it is called by its number.
    name: Option<&'r str>,
    /// What it does, the same text for rules that do the same.
    what: String,
}

/// For each rule after a change which one it was before: the one of that name; else one that does
/// the same, first of those that have no name either; else, of rules without names, the one of that
/// number.
fn partners([base, head]: [(&FlagSet, &Flag); 2], renamed: Renamed<'_>) -> Vec<Option<usize>> {
    let none = BTreeMap::new();
    let kept = Renamed { flags: &BTreeMap::new(), variants: &none };
    let before: Vec<Known<'_>> = known(base, renamed).collect();
    let after: Vec<Known<'_>> = known(head, kept).collect();
    let mut partners: Vec<Option<usize>> = vec![None; after.len()];
    let ways: [fn(&Known<'_>, &Known<'_>, bool) -> bool; 4] = [
        |old, new, _| old.name.is_some() && old.name == new.name,
        |old, new, _| old.name.is_none() && new.name.is_none() && old.what == new.what,
        |old, new, _| old.what == new.what,
        |old, new, is_at_number| is_at_number && old.name.is_none() && new.name.is_none(),
    ];
    for is_partner in ways {
        for (index, new) in after.iter().enumerate() {
            if partners.get(index) != Some(&None) {
                continue;
            }
            let mut others = before.iter().enumerate();
            let partner = others.find(|(number, old)| {
                !partners.contains(&Some(*number)) && is_partner(old, new, *number == index)
            });
            if let Some(slot) = partners.get_mut(index) {
                *slot = partner.map(|(number, _)| number);
            }
        }
    }
    partners
}

fn known<'f>(
    (flags, flag): (&'f FlagSet, &'f Flag),
    renamed: Renamed<'f>,
) -> impl Iterator<Item = Known<'f>> {
    (1..).zip(&flag.rules).map(move |(number, rule)| Known {
        name: Some(&*rule.name).filter(|name| **name != *format!("#{number}")),
        what: what(flags, flag, rule, renamed),
    })
}

fn what(flags: &FlagSet, flag: &Flag, rule: &Rule, renamed: Renamed<'_>) -> String {
    let mut text = format!("{} ", rule.ramp.thousandths());
    let mut serve = |end: u32, index: VariantIndex| {
        let name = flag.variant(index).map_or("", |variant| &*variant.name);
        let name = renamed.variants.get(name).map_or(name, String::as_str);
        let _ = write!(text, "{end} {name:?} ");
    };
    match &rule.serve {
        Serve::Variant(index) => serve(0, *index),
        Serve::Split(entries) => entries.iter().for_each(|(end, index)| serve(*end, *index)),
    }
    conditions(flags, &rule.conditions, renamed, &mut text);
    text
}

/// Conditions as a text: the same for those that ask the same in the same order.
fn conditions(flags: &FlagSet, all: &[Condition], renamed: Renamed<'_>, text: &mut String) {
    text.push('(');
    for condition in all {
        match condition {
            Condition::Attribute(test) => {
                let (name, asked) = (test.attribute.name(), identity(&test.comparison));
                let _ = write!(text, "{name:?} {asked}");
            }
            Condition::Segment(index, _) => {
                let name = flags.segment(*index).map(|segment| &segment.name);
                let _ = write!(text, "segment {name:?}");
            }
            Condition::Flag(wanted) => {
                let other = flags.flag(wanted.flag);
                let key = other.map_or("", |flag| &*flag.key);
                let key = renamed.flags.get(key).copied().unwrap_or(key);
                let variant = wanted.is.and_then(|index| other?.variant(index));
                let _ = write!(text, "flag {key:?} {:?}", variant.map(|variant| &variant.name));
            }
            Condition::All(inner, _) => conditions(flags, inner, renamed, text),
            Condition::Any(inner, _) => {
                text.push_str("any");
                conditions(flags, inner, renamed, text);
            }
            Condition::Not(inner, _) => {
                text.push_str("not");
                conditions(flags, std::slice::from_ref(inner), renamed, text);
            }
        }
        text.push(',');
    }
    text.push(')');
}
