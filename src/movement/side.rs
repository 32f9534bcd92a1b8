//! One side of a flag as it is compared: as its definition says, or as it would be after an edit.

use std::collections::BTreeMap;

use crate::{
    engine::{
        bucket::Percentage,
        condition::VariantIndex,
        context::Attribute,
        flag::{Flag, Serve},
        scheme::Hash,
    },
    movement::moved::FlagSide,
    space::{
        formula::{Axes, Formula},
        other_flag::Side,
    },
};

/// One side of a flag.
#[derive(Clone, Debug)]
pub struct SideForm<'q> {
    /// The flag, if there is one on this side: its variants, and what is served while it is off.
    pub flag: Option<&'q Flag>,
    /// What it requires; never holds for a flag that is switched off or not there.
    pub requires: Formula,
    /// The rules, in order.
    pub rules: Vec<FormRule>,
    /// What is served when no rule matches.
    pub default: Option<Serve>,
    /// What is hashed, and how; none if there is no flag.
    pub hashing: Option<Hashing<'q>>,
}

/// A rule over axes.
#[derive(Clone, Debug)]
pub struct FormRule {
    /// Which rule of the flag it comes from.
    pub index: usize,
    /// Its conditions.
    pub formula: Formula,
    /// Of those for whom the conditions hold, how many it takes.
    pub ramp: Percentage,
    /// What those are served.
    pub serve: Serve,
}

/// Where units stand: those for which this is equal have the same positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashing<'q> {
    /// What units are hashed with.
    pub salt: &'q str,
    /// How.
    pub hash: Hash,
    /// The attribute that is hashed.
    pub bucket_by: &'q Attribute,
}

impl<'q> Hashing<'q> {
    /// Whether where units stand by one says something of where they stand by the other, although
    /// they do not stand at the same positions.
    #[must_use]
    pub fn is_entangled(self, other: Self) -> bool {
        self != other
            && self.salt == other.salt
            && self.bucket_by == other.bucket_by
            && self.hash.shares_numbers(other.hash)
    }

    /// That of a flag.
    #[must_use]
    pub fn of(flag: &'q Flag) -> Self {
        Self { salt: flag.salt(), hash: flag.hash, bucket_by: &flag.bucket_by }
    }
}

impl<'q> SideForm<'q> {
    /// A side as it is; the axes of its conditions are added.
    pub fn new(axes: &mut Axes<'q>, side: Side, of: FlagSide<'q>) -> Self {
        let hashing = of.flag.map(Hashing::of);
        let default = of.flag.and_then(|flag| flag.default.clone());
        let (never, rules) = (Formula::Any(Vec::new()), Vec::new());
        let Some(flag) = of.flag.filter(|flag| flag.enabled) else {
            return Self { flag: of.flag, requires: never, rules, default, hashing };
        };
        let requires = axes.requires(of.flags, side, flag);
        let rules = flag.rules.iter().enumerate().map(|(index, rule)| FormRule {
            index,
            formula: axes.rule(of.flags, side, rule),
            ramp: rule.ramp,
            serve: rule.serve.clone(),
        });
        Self { flag: of.flag, requires, rules: rules.collect(), default, hashing }
    }

    /// A side for whom it serves one variant wherever it is on: users who are listed for it.
    pub fn serving(
        axes: &mut Axes<'q>,
        side: Side,
        of: FlagSide<'q>,
        variant: VariantIndex,
    ) -> Self {
        let on = of.flag.filter(|flag| flag.enabled);
        let never = Formula::Any(Vec::new());
        Self {
            flag: of.flag,
            requires: on.map_or(never, |flag| axes.requires(of.flags, side, flag)),
            rules: Vec::new(),
            default: Some(Serve::Variant(variant)),
            hashing: of.flag.map(Hashing::of),
        }
    }

    /// Whether ramps and splits have one line, so that a position on it decides both.
    #[must_use]
    pub fn has_one_line(&self) -> bool {
        self.hashing.is_some_and(|hashing| hashing.hash.has_one_line())
    }

    /// The attribute that is hashed, by name; none if there is no flag.
    #[must_use]
    pub fn unit_name(&self) -> Option<&'q str> {
        self.hashing.map(|hashing| hashing.bucket_by.name())
    }
}

/// Whether the positions of a flag, before and after, and those of all that it depends on are
/// independent, of each other too. Flags in which no positions play a part are independent of all;
/// `renamed` has the new keys of flags, by their old ones.
#[must_use]
pub fn is_independent(
    base: FlagSide<'_>,
    head: FlagSide<'_>,
    renamed: &BTreeMap<&str, &str>,
) -> bool {
    let hashed = [base, head].into_iter().flat_map(|side| {
        let others = side.flag.map(|flag| depends_on(side, flag)).unwrap_or_default();
        // Each flag is the same one before and after.
        let others = others.into_iter().map(|flag| {
            let key: &str = &flag.key;
            (Some(renamed.get(key).copied().unwrap_or(key)), flag)
        });
        side.flag.map(|flag| (None, flag)).into_iter().chain(others).collect::<Vec<_>>()
    });
    let hashed: Vec<_> = hashed.filter(|(_, flag)| flag.is_hashed()).collect();
    hashed.iter().all(|(which, flag)| {
        let mut others = hashed.iter().filter(|(other, _)| other != which);
        others.all(|(_, other)| {
            let (own, other) = (Hashing::of(flag), Hashing::of(other));
            own != other && !own.is_entangled(other)
        })
    })
}

/// All flags that a flag depends on, directly or not.
#[must_use]
pub fn depends_on<'s>(side: FlagSide<'s>, flag: &'s Flag) -> Vec<&'s Flag> {
    let (mut found, mut waiting): (Vec<&Flag>, Vec<&Flag>) = (Vec::new(), vec![flag]);
    while let Some(next) = waiting.pop() {
        for key in next.referred_flags(side.flags) {
            let Some(other) = side.flags.flag(key) else { continue };
            if !found.iter().any(|known| known.key == other.key) {
                found.push(other);
                waiting.push(other);
            }
        }
    }
    found
}
