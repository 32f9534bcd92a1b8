//! Which flags of two sets of definitions belong together, and which of them a change affects.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    definition::{
        compile::{Merged, Unpacked},
        definitions::{Definition, Definitions},
        written::{
            field::{Field, FieldPurpose, FieldRow},
            flag::WrittenFlag,
        },
    },
    diagnostics::{
        diagnostic::Diagnostic,
        place::{Paths, Place},
    },
    engine::{
        bucket::Percentage,
        flag::{Flag, FlagSet},
    },
    movement::moved::FlagSide,
    space::shared::SharedClasses,
    words::condition::{are_reordered, condition_changes},
};

/// One side of a difference: definitions that have passed the gate.
#[derive(Clone, Copy, Debug)]
pub struct DiffInput<'t> {
    /// What is written.
    pub written: &'t Merged,
    /// What it was compiled to.
    pub definitions: &'t Definitions,
    /// What was said about them.
    pub diagnostics: &'t [Diagnostic],
    /// The files that their places point into.
    pub paths: &'t Paths,
}

/// What became of one segment.
#[derive(Clone, Debug)]
pub struct SegmentDiff {
    /// The name.
    pub name: String,
    /// What changed, each to follow the name.
    pub changes: Vec<String>,
    /// Whether it is there on both sides.
    pub is_on_both_sides: bool,
    /// Whether what changed is the order of its conditions alone.
    pub is_order: bool,
    /// Where it is defined now, or was.
    pub place: Place,
    /// Whether that is in the files before the change.
    pub in_base: bool,
}

/// A flag before and after.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'t> {
    /// Before; none if it is new.
    pub base: Option<Definition<'t>>,
    /// After; none if it is gone.
    pub head: Option<Definition<'t>>,
}

/// Two sides and what they have in common.
#[derive(Debug)]
pub struct Pairing<'t> {
    /// Before.
    pub base: DiffInput<'t>,
    /// After.
    pub head: DiffInput<'t>,
    base_flags: BTreeMap<&'t str, Definition<'t>>,
    head_flags: BTreeMap<&'t str, Definition<'t>>,
    /// The segments that changed, by name.
    pub segments: BTreeMap<&'t str, SegmentDiff>,
    /// The flags that have another key now: from old to new.
    pub renamed: BTreeMap<&'t str, &'t str>,
    /// What is found out once for all flags.
    pub shared: SharedClasses,
    /// Whether something that a flag refers to has changed, once asked for.
    affected: RefCell<BTreeMap<&'t str, bool>>,
}

impl SegmentDiff {
    /// Whether others are in it than before.
    #[must_use]
    pub fn is_edited(&self) -> bool {
        self.is_on_both_sides && !self.is_order
    }
}

impl<'t> DiffInput<'t> {
    /// One of its flags, as far as it is there.
    #[must_use]
    pub fn side(self, definition: Option<Definition<'_>>) -> FlagSide<'t> {
        let flags = &self.definitions.flag_set;
        FlagSide { flags, flag: definition.and_then(|definition| flags.find(definition.key)) }
    }

    /// One of its flags as it is written, if it is there.
    #[must_use]
    pub fn flag(self, definition: Option<Definition<'_>>) -> Option<Unpacked<'t>> {
        self.written.flag(definition?.key)
    }
}

impl<'t> Pairing<'t> {
    /// Finds out what has changed and what belongs together.
    #[must_use]
    pub fn new(base: DiffInput<'t>, head: DiffInput<'t>) -> Self {
        let base_flags = by_key(base.definitions.flags());
        let head_flags = by_key(head.definitions.flags());
        let renamed = renamed((base, &base_flags), (head, &head_flags));
        let segments = segments(base, head);
        let (shared, affected) = (SharedClasses::default(), RefCell::default());
        Self { base, head, base_flags, head_flags, segments, renamed, shared, affected }
    }

    /// The flag that has this key now, or had it if it is gone, before and after.
    #[must_use]
    pub fn pair(&self, key: &str) -> Pair<'t> {
        let head = self.head_flags.get(key).copied();
        let old = self.renamed.iter().find(|(_, new)| **new == key).map(|(old, _)| *old);
        Pair { base: self.base_flags.get(old.unwrap_or(key)).copied(), head }
    }

    /// All flags that are new, gone, written differently, or affected by a change of something that
    /// they refer to.
    #[must_use]
    pub fn pairs(&self) -> Vec<Pair<'t>> {
        let head = self.head_flags.keys().map(|key| self.pair(key));
        let gone = self.base_flags.iter().filter(|(key, _)| {
            !self.head_flags.contains_key(*key) && !self.renamed.contains_key(*key)
        });
        let gone = gone.map(|(_, base)| Pair { base: Some(*base), head: None });
        head.chain(gone).filter(|pair| self.is_concerned(pair)).collect()
    }

    fn is_concerned(&self, pair: &Pair<'t>) -> bool {
        match (pair.base, pair.head) {
            (Some(base), Some(head)) => {
                base.key != head.key || base.json != head.json || self.is_affected(head.key)
            }
            _ => true,
        }
    }

    /// Whether a segment or a flag that a flag refers to, directly or not, has changed.
    fn is_affected(&self, key: &'t str) -> bool {
        if let Some(known) = self.affected.borrow().get(key) {
            return *known;
        }
        let is_affected = !self.changed_segments(key).is_empty()
            || self.referred_flags(key).into_iter().any(|other| self.has_changed(other));
        self.affected.borrow_mut().insert(key, is_affected);
        is_affected
    }

    /// Whether a flag resolves differently, as far as its definition and what it refers to tell.
    fn has_changed(&self, key: &'t str) -> bool {
        let Pair { base, head } = self.pair(key);
        let (Some(base), Some(head)) = (base, head) else { return true };
        let meaning = |tree: DiffInput<'t>, definition| {
            let flag = tree.flag(Some(definition));
            flag.map(|flag| flag.flag().canonical_json(|row| row.purpose.is_evaluated()))
        };
        (base.json != head.json && meaning(self.base, base) != meaning(self.head, head))
            || self.is_affected(head.key)
    }

    /// The flag of that key on both sides, as far as it is there.
    fn both(&self, key: &str) -> impl Iterator<Item = (&'t Flag, &'t FlagSet)> {
        let Pair { base, head } = self.pair(key);
        let sides = [self.base.side(base), self.head.side(head)];
        sides.into_iter().filter_map(|side| Some((side.flag?, side.flags)))
    }

    fn changed_segments(&self, key: &str) -> Vec<&SegmentDiff> {
        let refers = |name: &str| {
            self.both(key).any(|(flag, flags)| {
                flag.rules.iter().any(|rule| flags.refers_to_segment(&rule.conditions, name))
            })
        };
        self.segments.values().filter(|segment| refers(&segment.name)).collect()
    }

    /// The keys of the flags that a flag refers to on either side, as they are now.
    fn referred_flags(&self, key: &str) -> BTreeSet<&'t str> {
        let referred = self.both(key).flat_map(|(flag, flags)| {
            let others = flag.referred_flags(flags).into_iter();
            others.filter_map(|index| flags.flag(index)).map(|other| &*other.key)
        });
        referred.map(|key| self.renamed.get(key).copied().unwrap_or(key)).collect()
    }

    /// What a flag refers to and has changed, in words; the order of conditions only where it is
    /// asked for.
    #[must_use]
    pub fn causes(&self, key: &str, with_order: bool) -> Vec<String> {
        let mut causes = Vec::new();
        let is_said = |segment: &&SegmentDiff| with_order || !segment.is_order;
        for segment in self.changed_segments(key).into_iter().filter(is_said) {
            let paths = if segment.in_base { self.base.paths } else { self.head.paths };
            let (name, what) = (&segment.name, segment.changes.join(" and "));
            causes.push(format!("segment `{name}` {what} ({})", paths.link(segment.place)));
        }
        for other in self.referred_flags(key) {
            if self.has_changed(other) {
                causes.push(format!("flag `{other}`, which it depends on, has changed"));
            }
        }
        causes
    }
}

fn by_key<'d>(list: impl Iterator<Item = Definition<'d>>) -> BTreeMap<&'d str, Definition<'d>> {
    list.map(|one| (one.key, one)).collect()
}

fn segments<'t>(
    base_tree: DiffInput<'t>,
    head_tree: DiffInput<'t>,
) -> BTreeMap<&'t str, SegmentDiff> {
    let base = by_key(base_tree.definitions.segments());
    let head = by_key(head_tree.definitions.segments());
    let names: BTreeSet<&str> = base.keys().chain(head.keys()).copied().collect();
    let mut segments = BTreeMap::new();
    for name in names {
        let (old, new) = (base.get(name).copied(), head.get(name).copied());
        let mut is_order = false;
        let changes = match (old, new) {
            (Some(old), Some(new)) if old.json == new.json => continue,
            (Some(_), Some(_)) => {
                let before = base_tree.written.segment(name);
                let before = before.as_ref().map(Unpacked::segment).unwrap_or_default();
                let after = head_tree.written.segment(name);
                let after = after.as_ref().map(Unpacked::segment).unwrap_or_default();
                is_order = are_reordered(&before, &after);
                let order = is_order.then(|| "has its conditions in another order".to_owned());
                order.map_or_else(
                    || {
                        let changes = condition_changes(&before, &after);
                        changes.iter().map(ToString::to_string).collect()
                    },
                    |one| vec![one],
                )
            }
            (None, _) => vec!["is new".to_owned()],
            (_, None) => vec!["is gone".to_owned()],
        };
        // Other ways to write the same conditions are no change.
        if !changes.is_empty() {
            let place = new.or(old).map_or_else(Place::default, |definition| definition.place);
            let is_on_both_sides = old.is_some() && new.is_some();
            let (in_base, own) = (new.is_none(), name.to_owned());
            segments.insert(
                name,
                SegmentDiff { name: own, changes, is_on_both_sides, is_order, place, in_base },
            );
        }
    }
    segments
}

/// The flags that are gone and have come back under another key, from old to new.
///
/// A new flag is a gone one if it names the old key as its salt, or if both have the same telling
/// fields and no other new or gone flag has them. Where several new flags name the same old key,
/// it is the one that is otherwise equal.
fn renamed<'t>(base: Flags<'_, 't>, head: Flags<'_, 't>) -> BTreeMap<&'t str, &'t str> {
    let gone = Candidate::all(base, head);
    if gone.is_empty() {
        return BTreeMap::new();
    }
    let new = Candidate::all(head, base);
    let mut renamed = BTreeMap::new();
    for old in &gone {
        let heirs: Vec<&Candidate<'_>> =
            new.iter().filter(|new| new.salt.as_deref() == Some(old.key)).collect();
        let equal = heirs.iter().find(|new| new.essence == old.essence);
        if let Some(heir) = equal.or(heirs.first().filter(|_| heirs.len() == 1)) {
            renamed.insert(old.key, heir.key);
        }
    }
    let taken: BTreeSet<&str> = renamed.values().copied().collect();
    let mut alike: BTreeMap<&str, (Vec<&'t str>, Vec<&'t str>)> = BTreeMap::new();
    for old in gone.iter().filter(|old| old.is_telling && !renamed.contains_key(old.key)) {
        alike.entry(&old.essence).or_default().0.push(old.key);
    }
    for new in new.iter().filter(|new| new.is_telling && !taken.contains(new.key)) {
        alike.entry(&new.essence).or_default().1.push(new.key);
    }
    for (old, new) in alike.into_values() {
        if let ([old], [new]) = (&*old, &*new) {
            renamed.insert(*old, *new);
        }
    }
    renamed
}

/// A flag that may be one under another key.
struct Candidate<'t> {
    key: &'t str,
    /// Its definition without what a rename may change.
    essence: String,
    /// Its own salt.
    salt: Option<String>,
    /// Whether it has a field by which it can be recognized.
    is_telling: bool,
}

/// The flags of one side, by key, and the side.
type Flags<'f, 't> = (DiffInput<'t>, &'f BTreeMap<&'t str, Definition<'t>>);

impl<'t> Candidate<'t> {
    /// The flags of one side that the other side lacks.
    fn all((tree, flags): Flags<'_, 't>, (_, others): Flags<'_, 't>) -> Vec<Self> {
        let only = flags.iter().filter(|(key, _)| !others.contains_key(*key));
        only.filter_map(|(key, definition)| {
            let flag = tree.flag(Some(*definition))?;
            let flag = flag.flag();
            let is_essential = |row: &FieldRow| match row.purpose {
                FieldPurpose::Targeting => row.field != Field::Salt,
                FieldPurpose::Switch => row.field != Field::Enabled,
                FieldPurpose::Serving => true,
                FieldPurpose::Answer | FieldPurpose::Check | FieldPurpose::People => false,
            };
            let essence = flag.canonical_json(is_essential);
            let (salt, is_telling) = (flag.salt.map(str::to_owned), is_telling(&flag));
            Some(Self { key, essence, salt, is_telling })
        })
        .collect()
    }
}

/// Whether a flag has something by which it can be recognized: without it, it is like many others.
fn is_telling(flag: &WrittenFlag<'_>) -> bool {
    let conditions = flag.targeting_rules.as_ref().and_then(|stated| stated.value.as_ref());
    let ramp = flag.ramp.as_ref().and_then(|stated| stated.value);
    conditions.is_some_and(|conditions| !conditions.is_empty())
        || !flag.rules.is_empty()
        || ramp.is_some_and(|ramp| ramp != Percentage::FULL)
        || flag.variants().is_some_and(|variants| !variants.is_empty())
}
