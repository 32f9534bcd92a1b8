//! A compiled condition, as data.

use std::{iter, slice};

use crate::{
    diagnostics::place::Place,
    engine::{comparison::Comparison, context::Attribute},
};

/// A segment, as an index into the flag set's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentIndex(pub u32);

/// A flag, as an index into the flag set's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlagIndex(pub u32);

/// A variant, as an index into its flag's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariantIndex(pub u32);

/// What has to hold. Nesting is bounded by the compiler, through segments and flags too, so walking
/// one needs a bounded stack.
#[derive(Debug)]
pub enum Condition {
    /// An attribute compares as wanted.
    Attribute(AttributeTest),
    /// All conditions of a segment hold.
    Segment(SegmentIndex, Place),
    /// Another flag resolves as wanted for the same context.
    Flag(Prerequisite),
    /// All of these hold.
    All(Box<[Condition]>, Place),
    /// At least one of these holds.
    Any(Box<[Condition]>, Place),
    /// This one does not hold.
    Not(Box<Condition>, Place),
}

/// One comparison of one attribute.
#[derive(Debug)]
pub struct AttributeTest {
    /// What is looked at.
    pub attribute: Attribute,
    /// What it is compared with, and how.
    pub comparison: Comparison,
    /// Where it is written.
    pub place: Place,
}

/// What another flag has to resolve to.
#[derive(Debug)]
pub struct Prerequisite {
    /// The other flag.
    pub flag: FlagIndex,
    /// The variant that it has to resolve to; without one, its value has to be `true`.
    pub is: Option<VariantIndex>,
    /// Where it is written.
    pub place: Place,
}

/// A named list of conditions, all of which have to hold.
#[derive(Debug)]
pub struct Segment {
    /// The name.
    pub name: Box<str>,
    /// The conditions, in written order.
    pub conditions: Box<[Condition]>,
    /// Where it is defined.
    pub place: Place,
}

impl Condition {
    /// Where it is written.
    #[must_use]
    pub fn place(&self) -> Place {
        match self {
            Self::Attribute(test) => test.place,
            Self::Flag(prerequisite) => prerequisite.place,
            Self::Segment(_, place)
            | Self::All(_, place)
            | Self::Any(_, place)
            | Self::Not(_, place) => *place,
        }
    }

    /// The conditions that it is made of. Those of a segment or of another flag are not among them.
    #[must_use]
    pub fn children(&self) -> &[Self] {
        match self {
            Self::Attribute(_) | Self::Segment(..) | Self::Flag(_) => &[],
            Self::All(inner, _) | Self::Any(inner, _) => inner,
            Self::Not(inner, _) => slice::from_ref(inner),
        }
    }
}

/// All conditions of a list and those that they are made of, each before its own. Segments and
/// other flags are not followed.
pub fn every(conditions: &[Condition]) -> impl Iterator<Item = &Condition> {
    let mut waiting = vec![conditions.iter()];
    iter::from_fn(move || {
        while let Some(list) = waiting.last_mut() {
            if let Some(condition) = list.next() {
                waiting.push(condition.children().iter());
                return Some(condition);
            }
            waiting.pop();
        }
        None
    })
}
