//! Which rules and variants the tests of a flag set reach, and which they could and do not.

use std::collections::BTreeSet;

use crate::engine::{
    condition::VariantIndex,
    flag::{Flag, FlagSet, Rule, Serve, Variant},
    resolution::{Resolution, Step},
};

/// What the tests have reached so far, by the keys and names of flags, rules and variants: so what
/// is tested in a lower layer counts for the layers above it.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    flags: BTreeSet<Box<str>>,
    rules: BTreeSet<(Box<str>, Box<str>)>,
    variants: BTreeSet<(Box<str>, Box<str>)>,
}

/// What no test reaches.
#[derive(Debug, Default)]
pub struct Unreached<'s> {
    /// Parts of flags that some test asks for, sorted by flag; its rules, then its variants.
    pub parts: Vec<(&'s Flag, FlagPart<'s>)>,
    /// The flags that no test asks for, sorted by key.
    pub flags: Vec<&'s Flag>,
}

/// A part of a flag that an answer can come from.
#[derive(Clone, Copy, Debug)]
pub enum FlagPart<'s> {
    /// A rule.
    Rule(&'s Rule),
    /// A variant.
    Variant(&'s Variant),
}

impl Coverage {
    /// A test asks for this flag.
    pub fn add_flag(&mut self, key: &str) {
        self.flags.insert(key.into());
    }

    /// A test has got this answer.
    pub fn add(&mut self, resolution: &Resolution<'_>) {
        let key = &resolution.flag.key;
        if let Step::Rule(rule) = resolution.step {
            self.rules.insert((key.clone(), (*rule.name).into()));
        }
        if let Some(variant) = resolution.variant {
            self.variants.insert((key.clone(), variant.name.clone()));
        }
    }

    /// What of a flag set no test has reached, although one could.
    #[must_use]
    pub fn unreached<'s>(&self, flags: &'s FlagSet) -> Unreached<'s> {
        let (asked, flags) = flags.flags().iter().partition(|flag| self.flags.contains(&flag.key));
        let asked: Vec<&Flag> = asked;
        let parts = asked.into_iter().flat_map(|flag| {
            let reachable = Reachable::of(flag);
            let is_new = |known: &BTreeSet<_>, name: &str| {
                !known.contains(&(flag.key.clone(), Box::<str>::from(name)))
            };
            let rules = reachable.rules.into_iter().filter(|rule| is_new(&self.rules, &rule.name));
            let variants = reachable.variants.into_iter().filter_map(|index| flag.variant(index));
            let variants = variants.filter(|variant| is_new(&self.variants, &variant.name));
            let parts: Vec<_> =
                rules.map(FlagPart::Rule).chain(variants.map(FlagPart::Variant)).collect();
            parts.into_iter().map(move |part| (flag, part))
        });
        Unreached { parts: parts.collect(), flags }
    }
}

/// What of a flag can be an answer at all, whatever its conditions say.
struct Reachable<'s> {
    rules: Vec<&'s Rule>,
    variants: BTreeSet<VariantIndex>,
}

impl<'s> Reachable<'s> {
    fn of(flag: &'s Flag) -> Self {
        let mut variants = BTreeSet::new();
        if !flag.enabled || !flag.requires.is_empty() {
            variants.extend(flag.off_variant);
        }
        if !flag.enabled {
            return Self { rules: Vec::new(), variants };
        }
        // Only collected: the set is sorted, so the order here does not matter.
        variants.extend(flag.users.variants());
        let takes_all = |rule: &&Rule| rule.conditions.is_empty() && !is_below_full(rule);
        let end = flag.rules.iter().position(|rule| takes_all(&rule));
        let count = end.map_or(flag.rules.len(), |index| index + 1);
        let rules = flag.rules.iter().take(count).filter(|rule| 0 < rule.ramp.thousandths());
        let rules: Vec<&Rule> = rules.collect();
        variants.extend(rules.iter().flat_map(|rule| rule.serve.variants()));
        if end.is_none() {
            variants.extend(flag.default.iter().flat_map(Serve::variants));
        }
        Self { rules, variants }
    }
}

/// Whether the ramp leaves somebody out.
fn is_below_full(rule: &Rule) -> bool {
    rule.ramp.is_partial() || rule.ramp.thousandths() == 0
}
