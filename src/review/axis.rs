//! What a flag's answer depends on: for each attribute the classes of values that it tells apart.
//!
//! All comparisons of one attribute, on both sides of a change, are tried on a value for each way
//! in which they can come out. Values on which all of them agree form a class, so a condition is a
//! matter of which class the context falls into.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    engine::{
        comparison::Comparison,
        condition::AttributeTest,
        context::{Attribute, EvaluationContext, Unit},
        instant::Instant,
        value::Value,
    },
    review::sample::{ANYTHING_ELSE, Sample, instants, text, values},
};

/// How many patterns of one attribute are told apart.
const PATTERNS_MAX: usize = 6;

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
    /// Whether its values are all among the samples.
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

/// The classes of one attribute under these comparisons, in a stable order; none if there are too
/// many patterns to tell apart.
#[must_use]
pub fn classes(tests: &[&AttributeTest]) -> Option<Vec<Class>> {
    let is_now = tests.iter().any(|test| test.attribute == Attribute::Now);
    let samples = if is_now { instants(tests) } else { values(tests) };
    let mut classes = Classes::default();
    for sample in samples {
        classes.add(tests, truth(tests, &sample), sample);
    }
    classes.add_patterns(tests)?;
    Some(classes.list)
}

/// Classes on the way.
#[derive(Default)]
struct Classes {
    list: Vec<Class>,
    by_truth: BTreeMap<Vec<Truth>, usize>,
}

impl Classes {
    fn add(&mut self, tests: &[&AttributeTest], truth: Vec<Truth>, sample: Sample) {
        let next = self.list.len();
        let index = *self.by_truth.entry(truth.clone()).or_insert(next);
        match self.list.get_mut(index) {
            Some(class) => class.samples.push(sample),
            None => {
                let is_finite = tests.iter().zip(&truth).any(|(test, truth)| {
                    let names_values = matches!(
                        test.comparison,
                        Comparison::Equal(_, true) | Comparison::Member(_, true)
                    );
                    names_values && *truth == Truth::Yes
                });
                self.list.push(Class { truth, samples: vec![sample], is_finite });
            }
        }
    }

    /// Adds every way in which patterns can come out on texts: what they have in common is not
    /// known, so none is ruled out. None if they are too many.
    fn add_patterns(&mut self, tests: &[&AttributeTest]) -> Option<()> {
        let is_pattern = |test: &AttributeTest| matches!(test.comparison, Comparison::Matches(_));
        let mut patterns: Vec<(usize, &str)> = Vec::new();
        for (index, test) in tests.iter().enumerate() {
            if let Comparison::Matches(regex) = &test.comparison {
                patterns.push((index, regex.as_str()));
            }
        }
        let mut distinct: Vec<&str> = patterns.iter().map(|(_, pattern)| *pattern).collect();
        distinct.sort_unstable();
        distinct.dedup();
        if PATTERNS_MAX < distinct.len() {
            return None;
        }
        let is_open = |class: &&Class| class.samples.iter().any(Sample::is_any_text);
        let open: Vec<Vec<Truth>> =
            self.list.iter().filter(is_open).map(|class| class.truth.clone()).collect();
        if tests.iter().any(|test| is_pattern(test)) {
            for truth in open {
                for combination in 0..1_usize << distinct.len() {
                    let mut truth = truth.clone();
                    for (index, pattern) in &patterns {
                        let bit = distinct.iter().position(|known| known == pattern);
                        let holds = bit.is_some_and(|bit| combination >> bit & 1 == 1);
                        if let Some(slot) = truth.get_mut(*index) {
                            *slot = holds.into();
                        }
                    }
                    if !self.by_truth.contains_key(&truth) {
                        self.add(tests, truth, Sample::SomeText);
                    }
                }
            }
        }
        Some(())
    }
}

fn truth(tests: &[&AttributeTest], sample: &Sample) -> Vec<Truth> {
    tests.iter().map(|test| holds(&test.comparison, sample).into()).collect()
}

/// How a comparison comes out on a sample; for what no sample is known, as on any other text.
fn holds(comparison: &Comparison, sample: &Sample) -> bool {
    match sample {
        Sample::Value { value, .. } => comparison.holds(Some(value)),
        Sample::Missing => comparison.holds(None),
        Sample::Instant(instant) => comparison.holds_at(*instant),
        Sample::SomeText => comparison.holds(Some(&text(ANYTHING_ELSE))),
    }
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
