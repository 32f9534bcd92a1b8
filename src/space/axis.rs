//! What a flag's answer depends on: for each attribute the classes of values that it tells apart.
//!
//! For all comparisons of one attribute, on both sides of a change, every way is found in which
//! they can come out together. The values on which they come out alike form a class, so a condition
//! is a matter of which class the context falls into.

use std::{borrow::Cow, collections::BTreeMap, rc::Rc};

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
    pub samples: Rc<[Sample]>,
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
#[derive(Clone, Debug)]
pub struct Partition {
    /// The classes, in a stable order. No value falls into none of them.
    pub classes: Vec<Class>,
    /// Why there may be fewer, as a clause; none if every class has a value.
    pub doubt: Option<String>,
}

/// The classes of one attribute under these comparisons; none if there are too many to tell apart.
#[must_use]
pub fn partition(tests: &[&AttributeTest]) -> Option<Partition> {
    Distinct::of(tests).partition()
}

/// Comparisons of one attribute, each once.
#[derive(Debug)]
pub struct Distinct<'t> {
    /// The comparisons.
    tests: Vec<&'t AttributeTest>,
    /// Which of them each comparison is that was given.
    of_test: Vec<usize>,
    /// The same for those that have the same classes, in the same order.
    pub identity: String,
}

impl<'t> Distinct<'t> {
    /// Leaves out what is there twice: both sides of a change ask the same for the most part.
    #[must_use]
    pub fn of(tests: &[&'t AttributeTest]) -> Self {
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let mut own = Self { tests: Vec::new(), of_test: Vec::new(), identity: String::new() };
        let built_in = tests.first().map(|test| &test.attribute);
        own.identity.push_str(match built_in {
            Some(Attribute::Now) => "now",
            Some(Attribute::TargetingKey) => "key",
            _ => "",
        });
        for test in tests {
            let index = *known.entry(identity(&test.comparison)).or_insert_with_key(|identity| {
                own.identity.push('\n');
                own.identity.push_str(identity);
                own.tests.push(*test);
                own.tests.len() - 1
            });
            own.of_test.push(index);
        }
        own
    }

    /// The classes under these comparisons, each once; none if there are too many to tell apart.
    #[must_use]
    pub fn decide(&self) -> Option<Partition> {
        let is_now = self.tests.iter().any(|test| test.attribute == Attribute::Now);
        let values = if is_now {
            Values { samples: instants(&self.tests), ..Values::default() }
        } else {
            values(&self.tests)?
        };
        let mut classes = Classes::default();
        for sample in values.samples {
            classes.add(truth(&self.tests, &sample), sample);
        }
        for way in values.unproved {
            classes.add(way.into_iter().map(Truth::from).collect(), Sample::SomeText);
        }
        let classes = classes.list.into_iter().map(|(truth, samples)| {
            let is_finite = samples.iter().all(is_all_there_is);
            Class { truth, samples: samples.into(), is_finite }
        });
        Some(Partition { classes: classes.collect(), doubt: values.doubt })
    }

    /// What was decided, for the comparisons that were given.
    #[must_use]
    pub fn spread(&self, decided: &Partition) -> Partition {
        let class = |class: &Class| {
            let truth = |index: &usize| class.truth.get(*index).copied().unwrap_or(Truth::No);
            Class { truth: self.of_test.iter().map(truth).collect(), ..class.clone() }
        };
        let classes = decided.classes.iter().map(class).collect();
        Partition { classes, doubt: decided.doubt.clone() }
    }

    fn partition(&self) -> Option<Partition> {
        Some(self.spread(&self.decide()?))
    }
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
    list: Vec<(Vec<Truth>, Vec<Sample>)>,
    by_truth: BTreeMap<Vec<Truth>, usize>,
}

impl Classes {
    fn add(&mut self, truth: Vec<Truth>, sample: Sample) {
        let next = self.list.len();
        let index = *self.by_truth.entry(truth.clone()).or_insert(next);
        match self.list.get_mut(index) {
            Some((_, samples)) => samples.push(sample),
            None => self.list.push((truth, vec![sample])),
        }
    }
}

/// How comparisons come out on a sample.
#[must_use]
pub fn truth(tests: &[&AttributeTest], sample: &Sample) -> Vec<Truth> {
    let holds = |comparison: &Comparison| match sample {
        Sample::Value { value, .. } => comparison.holds(Some(value)),
        Sample::Missing => comparison.holds(None),
        Sample::Instant(instant) => comparison.holds_at(*instant),
        Sample::SomeText => false,
    };
    tests.iter().map(|test| holds(&test.comparison).into()).collect()
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
