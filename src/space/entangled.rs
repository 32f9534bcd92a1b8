//! Other flags whose outcome is not independent of what else a flag looks at: both look at the same
//! attribute, or at the same third flag, or one hashes what the other looks at.
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
        condition::{AttributeTest, Condition, every},
        context::{Attribute, TARGETING_KEY},
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

/// Something that a flag's answer depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Atom {
    /// An attribute that conditions look at.
    Attribute(String),
    /// Another flag, by its key.
    Flag(String),
    /// An attribute that is hashed or, of the targeting key, of which values are listed.
    Unit(String),
}

/// All that a flag's answer depends on.
type Atoms = BTreeSet<Atom>;

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
        let own = flags
            .iter()
            .flat_map(|(side, flag)| all.direct(*side, flag).into_iter().chain(units(flag)));
        direct.extend(own.collect::<Vec<_>>());
        let by_conditions = |flag: &Flag| flag.users.is_empty() && !flag.is_hashed();
        let is_plain = flags.iter().all(|(_, flag)| by_conditions(flag));
        let set = if is_plain { &mut entangled.inlined } else { &mut entangled.guarded };
        set.insert(key);
    }
    entangled
}

fn flag_key(atom: &Atom) -> Option<&String> {
    match atom {
        Atom::Flag(key) => Some(key),
        Atom::Attribute(_) | Atom::Unit(_) => None,
    }
}

/// What a flag looks at of who somebody is.
fn units(flag: &Flag) -> impl Iterator<Item = Atom> + use<> {
    let hashed = flag.is_hashed().then(|| flag.bucket_by.name().to_owned());
    let listed = (!flag.users.is_empty()).then(|| TARGETING_KEY.to_owned());
    hashed.into_iter().chain(listed).map(Atom::Unit)
}

/// Whether something tells about one of these. That two flags hash the same attribute tells nothing,
/// as long as they do so with other salts.
fn is_in_common(own: &Atoms, atom: &Atom) -> bool {
    match atom {
        Atom::Flag(_) => own.contains(atom),
        Atom::Attribute(name) => own.contains(atom) || own.contains(&Atom::Unit(name.clone())),
        Atom::Unit(name) => own.contains(&Atom::Attribute(name.clone())),
    }
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

    fn flag(&self, side: usize, flag: &Flag) -> Atom {
        let new = self.renamed.get(&*flag.key).filter(|_| side == 0);
        Atom::Flag(new.map_or_else(|| flag.key.to_string(), |new| (*new).to_owned()))
    }

    fn conditions(&self, side: usize, conditions: &[Condition], atoms: &mut Atoms) {
        let (flags, _) = self.before_and_after[side];
        for condition in every(conditions) {
            match condition {
                Condition::Attribute(test) => {
                    atoms.insert(Atom::Attribute(test.attribute.name().to_owned()));
                }
                Condition::Flag(wanted) => {
                    atoms.extend(flags.flag(wanted.flag).map(|other| self.flag(side, other)));
                }
                Condition::Segment(index, _) => {
                    let segment = flags.segment(*index);
                    let inner = segment.map(|segment| &*segment.conditions).unwrap_or_default();
                    self.conditions(side, inner, atoms);
                }
                Condition::All(..) | Condition::Any(..) | Condition::Not(..) => {}
            }
        }
    }

    /// All that a flag looks at, directly or not.
    fn all(&mut self, key: &str) -> Atoms {
        if let Some(known) = self.known.get(key) {
            return known.clone();
        }
        let flags: Vec<(usize, &Flag)> = self.both(key).collect();
        let own = |(side, flag)| self.direct(side, flag).into_iter().chain(units(flag));
        let mut atoms: Atoms = flags.into_iter().flat_map(own).collect();
        let others: Vec<String> = atoms.iter().filter_map(flag_key).cloned().collect();
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
        let keys = direct.iter().filter_map(flag_key).filter(|key| !is_known(key));
        let keys: Vec<&String> = keys.collect();
        let all: Vec<Atoms> = keys.iter().map(|key| self.all(key)).collect();
        let found = keys.iter().zip(&all).enumerate().find(|(index, (_, own))| {
            let others = all.iter().enumerate().filter(|(other, _)| other != index);
            let mut rest = others.flat_map(|(_, atoms)| atoms).chain(direct);
            rest.any(|atom| is_in_common(own, atom))
        });
        found.map(|(_, (key, _))| (*key).clone())
    }
}
