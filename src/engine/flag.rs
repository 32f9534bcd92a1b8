//! A compiled flag and a flag set, as data.

use std::{hash::BuildHasher, sync::Arc};

use foldhash::{HashMap, fast::FixedState};
use hashbrown::HashTable;

use crate::{
    diagnostics::place::{Paths, Place},
    engine::{
        bucket::Percentage,
        condition::{
            Condition, FlagIndex, Prerequisite, Segment, SegmentIndex, VariantIndex, every,
        },
        context::{Attribute, EvaluationContext, Unit},
        scheme::Hash,
    },
};

/// All flags of one load, checked as a whole: every reference in it is good.
#[derive(Debug, Default)]
pub struct FlagSet {
    /// The flags, sorted by key.
    flags: Box<[Flag]>,
    /// Where each stands among them, to be found by the hash of its key.
    by_key: HashTable<FlagIndex>,
    /// The segments, sorted by name.
    segments: Box<[Segment]>,
    /// The files that all places in here point into.
    paths: Paths,
}

/// One flag in the engine's only form; toggles have been lowered to it.
#[derive(Debug)]
pub struct Flag {
    /// The flag key.
    pub key: Box<str>,
    /// The JSON type of all its variants.
    pub kind: ValueKind,
    /// The variants, in written order; flags with the same ones have them in common.
    pub variants: Arc<[Variant]>,
    /// The switch.
    pub enabled: bool,
    /// Unless all hold, the flag counts as not enabled.
    pub requires: Box<[Prerequisite]>,
    /// Targeting keys and the variant that each is served, before all rules.
    pub users: Users,
    /// The rules, in written order; the first match wins.
    pub rules: Box<[Rule]>,
    /// What is served when no rule matches; none is the caller's own default.
    pub default: Option<Serve>,
    /// What is served while the flag counts as not enabled; none is the caller's own default.
    pub off_variant: Option<VariantIndex>,
    /// What units are hashed with, if that is not the key.
    pub own_salt: Option<Box<str>>,
    /// How units are hashed.
    pub hash: Hash,
    /// The attribute that is hashed.
    pub bucket_by: Attribute,
    /// Whether its answer, while enabled, depends on nothing: the reason `STATIC`.
    pub is_static: bool,
    /// Flag metadata as a JSON object; none when there is none.
    pub metadata: Option<Box<str>>,
    /// Where it is defined: its key, in the lowest root that has it.
    pub place: Place,
}

/// The JSON type of a flag's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// `true` and `false`.
    Boolean,
    /// Strings.
    String,
    /// Numbers, whole or not.
    Number,
    /// Objects.
    Object,
    /// Lists.
    Array,
}

/// Targeting keys with a variant each. Most flags list none, which takes hardly any room.
#[derive(Debug, Default)]
pub struct Users(Option<Box<HashMap<Box<str>, VariantIndex>>>);

/// One outcome of a flag.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Variant {
    /// The name.
    pub name: Box<str>,
    /// The value as compact JSON; numbers as they were written.
    pub value: Box<str>,
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// The name; `#1`, `#2`, … for rules without one.
    pub name: Arc<str>,
    /// All must hold.
    pub conditions: Box<[Condition]>,
    /// Of those for whom the conditions hold, how many the rule takes; the rest goes on.
    pub ramp: Percentage,
    /// What those are served.
    pub serve: Serve,
    /// Where it is written.
    pub place: Place,
}

/// What a rule or the default serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Serve {
    /// Everybody the same.
    Variant(VariantIndex),
    /// By split position: entries with the position at which each ends, ascending, the last one
    /// 100 000; at least two different variants, no empty entry.
    Split(Box<[(u32, VariantIndex)]>),
}

impl FlagSet {
    /// Puts a flag set together. Both lists are sorted, and all indices in them are into them.
    pub(crate) fn new(flags: Box<[Flag]>, segments: Box<[Segment]>, paths: Paths) -> Self {
        let hash_at =
            |index: &FlagIndex| flags.get(index.0 as usize).map_or(0, |flag| hash(&flag.key));
        let mut by_key = HashTable::with_capacity(flags.len());
        for index in (0..).map(FlagIndex).take(flags.len()) {
            by_key.insert_unique(hash_at(&index), index, hash_at);
        }
        Self { flags, by_key, segments, paths }
    }

    /// The flag of that key.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&Flag> {
        let is_meant = |index: &FlagIndex| self.flag(*index).is_some_and(|flag| *flag.key == *key);
        self.flag(*self.by_key.find(hash(key), is_meant)?)
    }

    /// The flag at an index; always there for an index from the same set.
    #[must_use]
    pub fn flag(&self, index: FlagIndex) -> Option<&Flag> {
        self.flags.get(index.0 as usize)
    }

    /// The segment at an index; always there for an index from the same set.
    #[must_use]
    pub fn segment(&self, index: SegmentIndex) -> Option<&Segment> {
        self.segments.get(index.0 as usize)
    }

    /// Whether conditions refer to the segment of that name, directly or through other segments.
    #[must_use]
    pub fn refers_to_segment(&self, conditions: &[Condition], name: &str) -> bool {
        every(conditions).any(|condition| match condition {
            Condition::Segment(index, _) => self.segment(*index).is_some_and(|segment| {
                *segment.name == *name || self.refers_to_segment(&segment.conditions, name)
            }),
            Condition::Attribute(_)
            | Condition::Flag(_)
            | Condition::All(..)
            | Condition::Any(..)
            | Condition::Not(..) => false,
        })
    }

    /// Whether conditions refer to a flag, directly or through segments.
    #[must_use]
    pub fn refers_to_flag(&self, conditions: &[Condition]) -> bool {
        let mut found = Vec::new();
        refer(conditions, self, &mut found);
        !found.is_empty()
    }

    /// All flags, sorted by key.
    #[must_use]
    pub fn flags(&self) -> &[Flag] {
        &self.flags
    }

    /// All segments, sorted by name.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The files that all places in here point into.
    #[must_use]
    pub fn paths(&self) -> &Paths {
        &self.paths
    }
}

impl Flag {
    /// The variant at an index; always there for an index from the same flag.
    #[must_use]
    pub fn variant(&self, index: VariantIndex) -> Option<&Variant> {
        self.variants.get(index.0 as usize)
    }

    /// What is hashed for the flag, if the context has it.
    #[must_use]
    pub fn unit<'c>(&self, context: &'c EvaluationContext<'_>) -> Option<Unit<'c>> {
        match &self.bucket_by {
            Attribute::TargetingKey => context.targeting_key.as_deref().and_then(Unit::of_text),
            attribute => attribute.find(context).and_then(Unit::of),
        }
    }

    /// The index of a variant; always there for one of this flag's.
    #[must_use]
    pub fn index_of(&self, variant: &Variant) -> Option<VariantIndex> {
        let index = self.variants.element_offset(variant)?;
        u32::try_from(index).ok().map(VariantIndex)
    }

    /// Whether positions play a part in what it serves: it has a partial ramp, or a split.
    #[must_use]
    pub fn is_hashed(&self) -> bool {
        let is_split = |serve: &Serve| matches!(serve, Serve::Split(_));
        self.rules.iter().any(|rule| rule.ramp.is_partial() || is_split(&rule.serve))
            || self.default.as_ref().is_some_and(is_split)
    }

    /// What units are hashed with.
    #[must_use]
    pub fn salt(&self) -> &str {
        self.own_salt.as_deref().unwrap_or(&self.key)
    }

    /// The flags that this one refers to, in its `requires` and its conditions, segments included;
    /// each as often as it occurs.
    #[must_use]
    pub fn referred_flags(&self, flags: &FlagSet) -> Vec<FlagIndex> {
        let mut found: Vec<FlagIndex> = self.requires.iter().map(|other| other.flag).collect();
        for rule in &self.rules {
            refer(&rule.conditions, flags, &mut found);
        }
        found
    }
}

/// What a key is looked up by. The keys that are held come from no caller.
fn hash(key: &str) -> u64 {
    FixedState::default().hash_one(key)
}

/// Adds the flags that conditions refer to.
fn refer(conditions: &[Condition], flags: &FlagSet, found: &mut Vec<FlagIndex>) {
    for condition in every(conditions) {
        match condition {
            Condition::Flag(prerequisite) => found.push(prerequisite.flag),
            Condition::Segment(index, _) => {
                if let Some(segment) = flags.segment(*index) {
                    refer(&segment.conditions, flags, found);
                }
            }
            Condition::Attribute(_)
            | Condition::All(..)
            | Condition::Any(..)
            | Condition::Not(..) => {}
        }
    }
}

impl Users {
    /// Whether none is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The variant for a targeting key, if that is listed.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<VariantIndex> {
        self.0.as_ref()?.get(key).copied()
    }

    /// The targeting keys, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|users| users.keys()).map(|key| &**key)
    }

    /// The variants, in no order, each as often as somebody is listed for it.
    pub fn variants(&self) -> impl Iterator<Item = VariantIndex> {
        self.0.iter().flat_map(|users| users.values()).copied()
    }
}

impl FromIterator<(Box<str>, VariantIndex)> for Users {
    fn from_iter<I: IntoIterator<Item = (Box<str>, VariantIndex)>>(users: I) -> Self {
        let users: HashMap<_, _> = users.into_iter().collect();
        Self((!users.is_empty()).then(|| Box::new(users)))
    }
}

impl Variant {
    /// Whether the value is `true`.
    #[must_use]
    pub fn is_true(&self) -> bool {
        &*self.value == "true"
    }
}

impl ValueKind {
    /// The type as a noun: "boolean".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::String => "string",
            Self::Number => "number",
            Self::Object => "object",
            Self::Array => "list",
        }
    }
}

impl Serve {
    /// The entries of a split: none where everybody gets the same.
    #[must_use]
    pub fn entries(&self) -> &[(u32, VariantIndex)] {
        match self {
            Self::Variant(_) => &[],
            Self::Split(entries) => entries,
        }
    }

    /// The variants that can come out, each as often as it is written.
    pub fn variants(&self) -> impl Iterator<Item = VariantIndex> {
        let single = match self {
            Self::Variant(index) => Some(*index),
            Self::Split(_) => None,
        };
        single.into_iter().chain(self.entries().iter().map(|(_, index)| *index))
    }
}
