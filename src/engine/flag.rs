//! A compiled flag and a flag set, as data.

use foldhash::HashMap;

use crate::{
    engine::{
        bucket::{Hash, Percentage},
        condition::{Condition, FlagIndex, Prerequisite, Segment, SegmentIndex, VariantIndex},
        context::{Attribute, EvaluationContext, Unit},
    },
    place::{Paths, Place},
};

/// All flags of one load, checked as a whole: every reference in it is good.
#[derive(Debug, Default)]
pub struct FlagSet {
    /// The flags, sorted by key.
    flags: Box<[Flag]>,
    /// Where each key stands among them.
    by_key: HashMap<Box<str>, FlagIndex>,
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
    /// The variants, in written order.
    pub variants: Box<[Variant]>,
    /// The switch.
    pub enabled: bool,
    /// Unless all hold, the flag counts as not enabled.
    pub requires: Box<[Prerequisite]>,
    /// Targeting keys and the variant that each is served, before all rules.
    pub users: HashMap<Box<str>, VariantIndex>,
    /// The rules, in written order; the first match wins.
    pub rules: Box<[Rule]>,
    /// What is served when no rule matches; none is the caller's own default.
    pub default: Option<Serve>,
    /// What is served while the flag counts as not enabled; none is the caller's own default.
    pub off_variant: Option<VariantIndex>,
    /// What units are hashed with.
    pub salt: Box<str>,
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

/// One outcome of a flag.
#[derive(Debug)]
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
    pub name: Box<str>,
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
        let indexes = (0..).map(FlagIndex);
        let by_key = flags.iter().map(|flag| flag.key.clone()).zip(indexes).collect();
        Self { flags, by_key, segments, paths }
    }

    /// The flag of that key.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&Flag> {
        self.flag(*self.by_key.get(key)?)
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
        conditions.iter().any(|condition| match condition {
            Condition::Attribute(_) | Condition::Flag(_) => false,
            Condition::Segment(index, _) => self.segment(*index).is_some_and(|segment| {
                *segment.name == *name || self.refers_to_segment(&segment.conditions, name)
            }),
            Condition::All(inner, _) | Condition::Any(inner, _) => {
                self.refers_to_segment(inner, name)
            }
            Condition::Not(inner, _) => self.refers_to_segment(std::slice::from_ref(inner), name),
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
            Attribute::TargetingKey => context.targeting_key.as_deref().map(Unit::Text),
            attribute => attribute.find(context).and_then(Unit::of),
        }
    }

    /// The index of a variant; always there for one of this flag's.
    #[must_use]
    pub fn index_of(&self, variant: &Variant) -> Option<VariantIndex> {
        let index = self.variants.element_offset(variant)?;
        u32::try_from(index).ok().map(VariantIndex)
    }
}

impl Flag {
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

/// Adds the flags that conditions refer to.
fn refer(conditions: &[Condition], flags: &FlagSet, found: &mut Vec<FlagIndex>) {
    for condition in conditions {
        match condition {
            Condition::Attribute(_) => {}
            Condition::Flag(prerequisite) => found.push(prerequisite.flag),
            Condition::All(inner, _) | Condition::Any(inner, _) => refer(inner, flags, found),
            Condition::Not(inner, _) => refer(std::slice::from_ref(inner), flags, found),
            Condition::Segment(index, _) => {
                if let Some(segment) = flags.segment(*index) {
                    refer(&segment.conditions, flags, found);
                }
            }
        }
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
    /// The variants that can come out, each as often as it is written.
    pub fn variants(&self) -> impl Iterator<Item = VariantIndex> {
        let (single, entries) = match self {
            Self::Variant(index) => (Some(*index), &[][..]),
            Self::Split(entries) => (None, &**entries),
        };
        single.into_iter().chain(entries.iter().map(|(_, index)| *index))
    }
}
