//! Other flags whose outcome is not independent of what else a flag looks at: both look at the same
//! attribute, or at the same third flag.
//!
//! What another flag resolves to is an outcome like any other, as long as nothing else tells about
//! it. Where something does, such a flag is looked into, so that no outcome is told of that nobody
//! can have. If it serves by conditions alone, they take the place of its outcome; if positions or
//! names play a part, they say where its outcome is open.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diagnostics::place::{FileId, Place},
    engine::{
        comparison::Comparison,
        condition::{AttributeTest, Condition},
        context::Attribute,
        flag::{Flag, FlagSet},
    },
};

/// Whether there is a targeting key: without one nobody is listed.
pub static HAS_KEY: AttributeTest = AttributeTest {
    attribute: Attribute::TargetingKey,
    comparison: Comparison::Exists(true),
    place: Place { file: FileId(0), line: 0, column: 0, end_line: 0, end_column: 0 },
};

/// Which flags are looked into.
#[derive(Clone, Debug, Default)]
pub struct Entangled {
    /// The keys, as they are after the change, of flags that serve by conditions alone.
    pub inlined: BTreeSet<String>,
    /// Those of others.
    pub guarded: BTreeSet<String>,
}

/// What is looked at: attributes, and other flags by their keys.
type Atoms = BTreeSet<(bool, String)>;

/// Both sides of a change.
struct Change<'s> {
    before_and_after: [(&'s FlagSet, Option<&'s Flag>); 2],
    renamed: &'s BTreeMap<&'s str, &'s str>,
    /// For each flag all that it looks at, directly or not, once asked for.
    known: BTreeMap<String, Atoms>,
}

/// Finds the other flags that a flag has to look into, before or after a change; `renamed` has the
/// new keys of flags, by their old ones.
#[must_use]
pub fn entangled<'s>(
    sides: [(&'s FlagSet, Option<&'s Flag>); 2],
    renamed: &'s BTreeMap<&'s str, &'s str>,
) -> Entangled {
    let mut all = Change { before_and_after: sides, renamed, known: BTreeMap::new() };
    let mut entangled = Entangled::default();
    let mut direct = Atoms::new();
    for side in [0, 1] {
        direct.extend(sides[side].1.map(|flag| all.direct(side, flag)).unwrap_or_default());
    }
    while let Some(key) = all.common(&direct, &entangled) {
        let flags: Vec<(usize, &Flag)> = all.both(&key).collect();
        let own = flags.iter().flat_map(|(side, flag)| all.direct(*side, flag));
        direct.extend(own.collect::<Vec<_>>());
        let by_conditions = |flag: &Flag| flag.users.is_empty() && !flag.is_hashed();
        let is_plain = flags.iter().all(|(_, flag)| by_conditions(flag));
        let set = if is_plain { &mut entangled.inlined } else { &mut entangled.guarded };
        set.insert(key);
    }
    entangled
}

impl<'s> Change<'s> {
    /// A flag before and after, as far as it is there.
    fn both(&self, key: &str) -> impl Iterator<Item = (usize, &'s Flag)> {
        let old = self.renamed.iter().find(|(_, new)| **new == key).map_or(key, |(old, _)| *old);
        let [(base, _), (head, _)] = self.before_and_after;
        let sides = [(0, base.find(old)), (1, head.find(key))];
        sides.into_iter().filter_map(|(side, flag)| Some((side, flag?)))
    }

    /// What a flag itself looks at, segments included.
    fn direct(&self, side: usize, flag: &Flag) -> Atoms {
        let (mut atoms, (flags, _)) = (Atoms::new(), self.before_and_after[side]);
        if !flag.enabled {
            return atoms;
        }
        for wanted in &flag.requires {
            atoms.extend(flags.flag(wanted.flag).map(|other| self.flag(side, other)));
        }
        for rule in &flag.rules {
            self.conditions(side, &rule.conditions, &mut atoms);
        }
        atoms
    }

    fn flag(&self, side: usize, flag: &Flag) -> (bool, String) {
        let new = self.renamed.get(&*flag.key).filter(|_| side == 0);
        (true, new.map_or_else(|| flag.key.to_string(), |new| (*new).to_owned()))
    }

    fn conditions(&self, side: usize, conditions: &[Condition], atoms: &mut Atoms) {
        let (flags, _) = self.before_and_after[side];
        for condition in conditions {
            match condition {
                Condition::Attribute(test) => {
                    atoms.insert((false, test.attribute.name().to_owned()));
                }
                Condition::Flag(wanted) => {
                    atoms.extend(flags.flag(wanted.flag).map(|other| self.flag(side, other)));
                }
                Condition::Segment(index, _) => {
                    let segment = flags.segment(*index);
                    let inner = segment.map(|segment| &*segment.conditions).unwrap_or_default();
                    self.conditions(side, inner, atoms);
                }
                Condition::All(inner, _) | Condition::Any(inner, _) => {
                    self.conditions(side, inner, atoms);
                }
                Condition::Not(inner, _) => {
                    self.conditions(side, std::slice::from_ref(inner), atoms);
                }
            }
        }
    }

    /// All that a flag looks at, directly or not.
    fn all(&mut self, key: &str) -> Atoms {
        if let Some(known) = self.known.get(key) {
            return known.clone();
        }
        let flags: Vec<(usize, &Flag)> = self.both(key).collect();
        let mut atoms: Atoms =
            flags.into_iter().flat_map(|(side, flag)| self.direct(side, flag)).collect();
        let others: Vec<String> =
            atoms.iter().filter(|(is_flag, _)| *is_flag).map(|(_, key)| key.clone()).collect();
        for other in others {
            atoms.extend(self.all(&other));
        }
        self.known.insert(key.to_owned(), atoms.clone());
        atoms
    }

    /// The first other flag among these that is not looked into yet and has something in common
    /// with the rest of them.
    fn common(&mut self, direct: &Atoms, entangled: &Entangled) -> Option<String> {
        let is_known =
            |key: &String| entangled.inlined.contains(key) || entangled.guarded.contains(key);
        let keys = direct.iter().filter(|(is_flag, key)| *is_flag && !is_known(key));
        let keys: Vec<&String> = keys.map(|(_, key)| key).collect();
        let all: Vec<Atoms> = keys.iter().map(|key| self.all(key)).collect();
        let found = keys.iter().zip(&all).enumerate().find(|(index, (_, own))| {
            let others = all.iter().enumerate().filter(|(other, _)| other != index);
            let mut rest = others.flat_map(|(_, atoms)| atoms).chain(direct);
            rest.any(|atom| own.contains(atom))
        });
        found.map(|(_, (key, _))| (*key).clone())
    }
}
