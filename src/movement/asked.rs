//! The flags that a flag depends on, as far as they look at who somebody is.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    engine::{
        context::{Attribute, TARGETING_KEY, Unit},
        flag::Flag,
    },
    movement::{
        moved::FlagSide,
        side::{SideForm, depends_on},
    },
    space::{
        axes::{Axis, AxisKind},
        formula::Space,
    },
};

/// For how many attributes it is told apart whether callers have something to be hashed.
const UNITS_MAX: usize = 4;

/// The flags that a flag depends on, as far as they look at who somebody is.
#[derive(Debug)]
pub struct AskedFlags<'q> {
    /// The attributes that they hash.
    pub hashed: BTreeSet<&'q str>,
    /// The attributes of which they know values: those that they hash, and the targeting key where
    /// they list users.
    known: BTreeSet<&'q str>,
}

impl<'q> AskedFlags<'q> {
    /// Those of a flag before and after a change.
    #[must_use]
    pub fn of(sides: [FlagSide<'q>; 2]) -> Self {
        let sides = sides.into_iter();
        let all =
            sides.flat_map(|side| side.flag.map(|flag| depends_on(side, flag)).unwrap_or_default());
        let (mut hashed, mut known) = (BTreeSet::new(), BTreeSet::new());
        for flag in all {
            if flag.is_hashed() {
                hashed.insert(flag.bucket_by.name());
            }
            if !flag.users.is_empty() {
                known.insert(TARGETING_KEY);
            }
        }
        known.extend(&hashed);
        Self { hashed, known }
    }

    /// Whether conditions tell values apart by which these flags decide, one by one.
    #[must_use]
    pub fn names_units(&self, space: &Space<'_>) -> bool {
        let axes = space.axes.iter().filter(|axis| axis.is_of_attribute());
        let mut classes =
            axes.filter(|axis| self.known.contains(axis.name)).flat_map(|axis| &axis.classes);
        classes.any(|class| {
            let mut values = class.finite_values().into_iter().flatten();
            values.any(|value| Unit::of(value).is_some())
        })
    }
}

/// The attributes of which it matters whether callers have something to be hashed: those that the
/// flag itself hashes, if it does, then those that conditions look at and other flags hash.
#[must_use]
pub fn unit_names<'q>(
    forms: &[SideForm<'q>; 2],
    asked: &AskedFlags<'q>,
    space: &Space<'_>,
) -> Vec<&'q str> {
    let is_looked_at =
        |name: &&str| space.axes.iter().any(|axis| axis.is_of_attribute() && axis.name == *name);
    let others = asked.hashed.iter().copied().filter(is_looked_at);
    let mut names: Vec<&str> = Vec::new();
    let is_hashed = forms.iter().any(|form| form.flag.is_some_and(Flag::is_hashed));
    let own = forms.iter().filter_map(SideForm::unit_name);
    let own = own.filter(|name| is_hashed || asked.hashed.contains(name));
    for name in own.chain(others) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.truncate(UNITS_MAX);
    names
}

/// Whether flags that are asked for come out together as nobody has it: what only users get whom
/// one of them lists by name, together with what another one serves by targeting keys. `by_name`
/// are the keys of the former, as they are after the change.
#[must_use]
pub fn may_disagree(
    sides: [FlagSide<'_>; 2],
    renamed: &BTreeMap<&str, &str>,
    space: &Space<'_>,
    by_name: &[String],
) -> bool {
    let knows_keys = |key: &str| {
        let old = renamed.iter().find(|(_, new)| **new == key).map_or(key, |(old, _)| *old);
        let [base, head] = sides;
        [(base, old), (head, key)].into_iter().any(|(side, key)| {
            let flag = side.flags.find(key).into_iter();
            let mut all = flag.flat_map(|flag| depends_on(side, flag).into_iter().chain([flag]));
            all.any(|flag| flag.is_hashed() && flag.bucket_by == Attribute::TargetingKey)
        })
    };
    let is_flag = |axis: &&Axis<'_>| matches!(axis.kind, AxisKind::Flag(..));
    let others = || space.axes.iter().filter(is_flag).map(|axis| axis.name);
    by_name.iter().any(|own| {
        others().any(|other| {
            other != own && (by_name.iter().any(|one| one == other) || knows_keys(other))
        })
    })
}
