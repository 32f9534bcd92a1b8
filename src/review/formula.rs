//! Conditions of both sides over common axes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    engine::{
        condition::{AttributeTest, Condition, Prerequisite},
        context::EvaluationContext,
        flag::{Flag, FlagSet},
        resolve::resolve,
    },
    review::axis::{self, Class},
};

/// Which side of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Before it.
    Base,
    /// After it.
    Head,
}

/// A condition over axes: data, to be asked cell by cell.
#[derive(Debug)]
pub enum Formula {
    /// How a comparison comes out in the class of an axis.
    Truth {
        /// The axis.
        axis: usize,
        /// The comparison.
        test: usize,
    },
    /// All hold.
    All(Vec<Formula>),
    /// At least one holds.
    Any(Vec<Formula>),
    /// It does not hold.
    Not(Box<Formula>),
}

/// What a flag's answer depends on.
#[derive(Debug)]
pub struct Axis<'s> {
    /// The attribute's name or the flag's key.
    pub name: &'s str,
    /// What is told apart.
    pub kind: AxisKind<'s>,
    /// The classes, once all comparisons are known.
    pub classes: Vec<Class>,
}

/// What an axis tells apart.
#[derive(Debug)]
pub enum AxisKind<'s> {
    /// An attribute, by comparisons.
    Attribute(Vec<&'s AttributeTest>),
    /// Another flag, by what it resolves to on each side; what each test wants.
    Flag(Vec<Wanted<'s>>, Vec<Outcomes>),
}

/// What a condition wants of another flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted<'s> {
    /// On which side it is asked.
    pub side: Side,
    /// The variant; without one, the value `true`.
    pub variant: Option<&'s str>,
}

/// What another flag resolves to before and after, as variant and whether its value is `true`.
pub type Outcomes = (Resolved, Resolved);

/// A variant and whether its value is `true`; none is no value.
pub type Resolved = Option<(String, bool)>;

/// Collects axes while conditions are turned into formulas.
#[derive(Debug, Default)]
pub struct Axes<'s> {
    by_name: BTreeMap<(bool, &'s str), usize>,
    axes: Vec<Axis<'s>>,
}

impl Formula {
    /// Whether it holds in a cell: a class for each axis.
    #[must_use]
    pub fn holds(&self, axes: &[Axis<'_>], cell: &[usize]) -> bool {
        match self {
            Self::Truth { axis, test } => {
                let class = axes.get(*axis).zip(cell.get(*axis));
                class
                    .and_then(|(axis, index)| axis.classes.get(*index))
                    .and_then(|class| class.truth.get(*test).copied())
                    .unwrap_or(false)
            }
            Self::All(parts) => parts.iter().all(|part| part.holds(axes, cell)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(axes, cell)),
            Self::Not(part) => !part.holds(axes, cell),
        }
    }
}

impl<'s> Axes<'s> {
    /// A list of conditions of one side, all of which must hold.
    pub fn all(&mut self, flags: &'s FlagSet, side: Side, list: &'s [Condition]) -> Formula {
        Formula::All(list.iter().map(|condition| self.condition(flags, side, condition)).collect())
    }

    /// Whether everything that a flag of one side requires holds.
    pub fn requires(&mut self, flags: &'s FlagSet, side: Side, flag: &'s Flag) -> Formula {
        let requires = flag.requires.iter();
        Formula::All(requires.map(|wanted| self.prerequisite(flags, side, wanted)).collect())
    }

    fn condition(&mut self, flags: &'s FlagSet, side: Side, condition: &'s Condition) -> Formula {
        match condition {
            Condition::Attribute(test) => self.attribute(test),
            Condition::Segment(index, _) => {
                let conditions = flags.segment(*index).map(|segment| &*segment.conditions);
                self.all(flags, side, conditions.unwrap_or_default())
            }
            Condition::Flag(prerequisite) => self.prerequisite(flags, side, prerequisite),
            Condition::All(inner, _) => self.all(flags, side, inner),
            Condition::Any(inner, _) => Formula::Any(
                inner.iter().map(|condition| self.condition(flags, side, condition)).collect(),
            ),
            Condition::Not(inner, _) => Formula::Not(Box::new(self.condition(flags, side, inner))),
        }
    }

    fn attribute(&mut self, test: &'s AttributeTest) -> Formula {
        let axis = self.axis(false, test.attribute.name());
        let Some(AxisKind::Attribute(tests)) = self.axes.get_mut(axis).map(|axis| &mut axis.kind)
        else {
            return Formula::Any(Vec::new());
        };
        tests.push(test);
        Formula::Truth { axis, test: tests.len() - 1 }
    }

    fn prerequisite(
        &mut self,
        flags: &'s FlagSet,
        side: Side,
        prerequisite: &'s Prerequisite,
    ) -> Formula {
        let Some(other) = flags.flag(prerequisite.flag) else { return Formula::Any(Vec::new()) };
        let variant = prerequisite.is.and_then(|index| other.variant(index));
        let wanted = Wanted { side, variant: variant.map(|variant| &*variant.name) };
        let axis = self.axis(true, &other.key);
        let Some(AxisKind::Flag(tests, _)) = self.axes.get_mut(axis).map(|axis| &mut axis.kind)
        else {
            return Formula::Any(Vec::new());
        };
        let test = tests.iter().position(|known| *known == wanted).unwrap_or_else(|| {
            tests.push(wanted);
            tests.len() - 1
        });
        Formula::Truth { axis, test }
    }

    fn axis(&mut self, is_flag: bool, name: &'s str) -> usize {
        let next = self.axes.len();
        let index = *self.by_name.entry((is_flag, name)).or_insert(next);
        if index == next {
            let kind = if is_flag {
                AxisKind::Flag(Vec::new(), Vec::new())
            } else {
                AxisKind::Attribute(Vec::new())
            };
            self.axes.push(Axis { name, kind, classes: Vec::new() });
        }
        index
    }

    /// The axes with their classes; `outcomes` says what another flag may resolve to before and
    /// after. None if an attribute has too many patterns to tell apart.
    pub fn finish(self, mut outcomes: impl FnMut(&str) -> Vec<Outcomes>) -> Option<Vec<Axis<'s>>> {
        let mut axes = self.axes;
        for axis in &mut axes {
            axis.classes = match &mut axis.kind {
                AxisKind::Attribute(tests) => axis::classes(tests)?,
                AxisKind::Flag(wanted, possible) => {
                    let (classes, representative) = flag_classes(wanted, outcomes(axis.name));
                    *possible = representative;
                    classes
                }
            };
        }
        Some(axes)
    }
}

impl Axis<'_> {
    /// The class that a context falls into.
    #[must_use]
    pub fn classify(
        &self,
        (base, head): (&FlagSet, &FlagSet),
        context: &EvaluationContext<'_>,
        now: Timestamp,
    ) -> Option<usize> {
        match &self.kind {
            AxisKind::Attribute(tests) => axis::classify(&self.classes, tests, context, now),
            AxisKind::Flag(wanted, _) => {
                let resolved = |flags| -> Resolved {
                    let variant = resolve(flags, self.name, context, now).ok()?.variant?;
                    Some((variant.name.to_string(), variant.is_true()))
                };
                let outcomes = (resolved(base), resolved(head));
                let truth = truth(wanted, &outcomes);
                self.classes.iter().position(|class| class.truth == truth)
            }
        }
    }
}

/// The classes of another flag's outcomes, and one outcome for each.
fn flag_classes(wanted: &[Wanted<'_>], possible: Vec<Outcomes>) -> (Vec<Class>, Vec<Outcomes>) {
    let (mut classes, mut representatives): (Vec<Class>, Vec<Outcomes>) = (Vec::new(), Vec::new());
    for outcomes in possible {
        let truth = truth(wanted, &outcomes);
        if classes.iter().all(|class| class.truth != truth) {
            classes.push(Class { truth, samples: vec![axis::Sample::Missing] });
            representatives.push(outcomes);
        }
    }
    (classes, representatives)
}

/// How each condition on another flag comes out.
fn truth(wanted: &[Wanted<'_>], (base, head): &Outcomes) -> Vec<bool> {
    wanted
        .iter()
        .map(|wanted| {
            let resolved = if wanted.side == Side::Base { base } else { head };
            resolved.as_ref().is_some_and(|(name, is_true)| match wanted.variant {
                Some(variant) => name == variant,
                None => *is_true,
            })
        })
        .collect()
}
