//! What a flag's answer depends on: for each attribute the classes of values that it tells apart.
//!
//! For all comparisons of one attribute, on both sides of a change, every way is found in which
//! they can come out together. The values on which they come out alike form a class, so a condition
//! is a matter of which class the context falls into.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    engine::{
        comparison::Comparison,
        condition::AttributeTest,
        context::{Attribute, EvaluationContext, Unit},
        instant::Instant,
        value::Value,
    },
    space::sample::{Sample, Values, instants, values},
};

/// How a condition comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// It does not hold.
    No,
    /// It holds.
    Yes,
    /// Another flag cannot be resolved, so neither can this one.
    Fails,
}

/// All samples on which the comparisons of an attribute come out alike.
#[derive(Clone, Debug)]
pub struct Class {
    /// How each comparison comes out.
    pub truth: Vec<Truth>,
    /// The samples, never empty.
    pub samples: Vec<Sample>,
    /// Whether all of its values that can be hashed are among the samples.
    pub is_finite: bool,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Class {
    /// Whether some of its values are, or none is, something to be hashed.
    #[must_use]
    pub fn allows_unit(&self, present: bool) -> bool {
        self.samples.iter().any(|sample| match sample {
            Sample::Value { value, .. } => Unit::of(value).is_some() == present,
            Sample::SomeText => present,
            Sample::Missing | Sample::Instant(_) => !present,
        })
    }

    /// The values that it consists of, if they are finitely many.
    #[must_use]
    pub fn finite_values(&self) -> Option<impl Iterator<Item = &Value<'static>>> {
        let value = |sample| match sample {
            &Sample::Value { ref value, is_mentioned: true } => Some(value),
            _ => None,
        };
        self.is_finite.then(|| self.samples.iter().filter_map(value))
    }
}

/// Every class of an attribute's values.
#[derive(Debug)]
pub struct Partition {
    /// The classes, in a stable order. No value falls into none of them.
    pub classes: Vec<Class>,
    /// Why there may be fewer, as a clause; none if every class has a value.
    pub doubt: Option<String>,
}

/// The classes of one attribute under these comparisons; none if there are too many to tell apart.
#[must_use]
pub fn partition(tests: &[&AttributeTest]) -> Option<Partition> {
    let is_now = tests.iter().any(|test| test.attribute == Attribute::Now);
    // Both sides of a change ask the same for the most part.
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut distinct: Vec<&AttributeTest> = Vec::new();
    let of_test = tests.iter().map(|test| {
        *known.entry(identity(&test.comparison)).or_insert_with(|| {
            distinct.push(*test);
            distinct.len() - 1
        })
    });
    let of_test: Vec<usize> = of_test.collect();
    let values = if is_now {
        Values { samples: instants(&distinct), ..Values::default() }
    } else {
        values(&distinct)?
    };
    let mut classes = Classes::default();
    for sample in values.samples {
        classes.add(truth(tests, &sample), sample);
    }
    for way in values.unproved {
        let holds = |index: &usize| way.get(*index) == Some(&true);
        let truth = of_test.iter().map(|index| holds(index).into()).collect();
        classes.add(truth, Sample::SomeText);
    }
    for class in &mut classes.list {
        class.is_finite = class.samples.iter().all(is_all_there_is);
    }
    Some(Partition { classes: classes.list, doubt: values.doubt })
}

/// A text that two comparisons share only if they are the same.
#[must_use]
pub fn identity(comparison: &Comparison) -> String {
    match comparison {
        // In what order a set has its values is not known.
        Comparison::Member(set, positive) => format!("in {positive} {:?}", set.values()),
        Comparison::IgnoringCase(own) => format!("ignoring case {}", identity(own.written())),
        Comparison::Matches(pattern) => format!("matches {:?}", pattern.as_str()),
        other => format!("{other:?}"),
    }
}

/// Whether a sample stands for no units but itself.
fn is_all_there_is(sample: &Sample) -> bool {
    match sample {
        Sample::Value { value, is_mentioned } => *is_mentioned || Unit::of(value).is_none(),
        Sample::Missing | Sample::Instant(_) => true,
        Sample::SomeText => false,
    }
}

/// Classes on the way.
#[derive(Default)]
struct Classes {
    list: Vec<Class>,
    by_truth: BTreeMap<Vec<Truth>, usize>,
}

impl Classes {
    fn add(&mut self, truth: Vec<Truth>, sample: Sample) {
        let next = self.list.len();
        let index = *self.by_truth.entry(truth.clone()).or_insert(next);
        match self.list.get_mut(index) {
            Some(class) => class.samples.push(sample),
            None => self.list.push(Class { truth, samples: vec![sample], is_finite: false }),
        }
    }
}

fn truth(tests: &[&AttributeTest], sample: &Sample) -> Vec<Truth> {
    let holds = |comparison: &Comparison| match sample {
        Sample::Value { value, .. } => comparison.holds(Some(value)),
        Sample::Missing => comparison.holds(None),
        Sample::Instant(instant) => comparison.holds_at(*instant),
        Sample::SomeText => false,
    };
    tests.iter().map(|test| holds(&test.comparison).into()).collect()
}

/// The class that a sample would fall into.
#[must_use]
pub fn class_of(classes: &[Class], tests: &[&AttributeTest], sample: &Sample) -> Option<usize> {
    let truth = truth(tests, sample);
    classes.iter().position(|class| class.truth == truth)
}

/// The class that a context falls into, by how the comparisons come out on it.
#[must_use]
pub fn classify(
    classes: &[Class],
    tests: &[&AttributeTest],
    context: &EvaluationContext<'_>,
    now: impl Into<Instant>,
) -> Option<usize> {
    let now = now.into();
    let holds = |test: &&AttributeTest| match &test.attribute {
        Attribute::Now => test.comparison.holds_at(now),
        Attribute::TargetingKey => {
            let key = context.targeting_key.as_deref().map(Cow::Borrowed).map(Value::String);
            test.comparison.holds(key.as_ref())
        }
        named @ (Attribute::Named(_) | Attribute::Dotted(_)) => {
            test.comparison.holds(named.find(context))
        }
    };
    let truth: Vec<Truth> = tests.iter().map(|test| holds(test).into()).collect();
    classes.iter().position(|class| class.truth == truth)
}
