//! What a flag's answer depends on: for each attribute the classes of values that it tells apart.
//!
//! All comparisons of one attribute, on both sides of a change, are tried on a value for each way
//! in which they can come out. Values on which all of them agree form a class, so classes are never
//! impossible, and a condition is a matter of which class the context falls into.

use std::{borrow::Cow, collections::BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::engine::{
    comparison::Comparison,
    condition::AttributeTest,
    context::{Attribute, EvaluationContext},
    value::{Number, Value},
};

/// How many patterns of one attribute are told apart freely.
const PATTERNS_MAX: usize = 6;
/// How many texts are combined with each other in search of values.
const COMBINED_TEXTS_MAX: usize = 24;
/// A text that no definition is likely to mention.
pub const ANYTHING_ELSE: &str = "\u{2047}";

/// A value that an attribute may have, as far as its comparisons tell.
#[derive(Clone, Debug)]
pub enum Sample {
    /// This value; a mentioned one is written in a definition, others stand for many.
    Value {
        /// The value.
        value: Value<'static>,
        /// Whether a definition mentions it.
        is_mentioned: bool,
    },
    /// The attribute is missing or null.
    Missing,
    /// For `now`: this instant.
    Instant(Timestamp),
    /// Some text on which patterns come out in a way for which no text is known.
    SomeText,
}

/// All samples on which the comparisons of an attribute come out alike.
#[derive(Clone, Debug)]
pub struct Class {
    /// How each comparison comes out.
    pub truth: Vec<bool>,
    /// The samples, never empty.
    pub samples: Vec<Sample>,
}

/// The classes of one attribute under these comparisons, in a stable order; none if there are too
/// many patterns to tell apart.
#[must_use]
pub fn classes(tests: &[&AttributeTest]) -> Option<Vec<Class>> {
    let is_now = tests.iter().any(|test| test.attribute == Attribute::Now);
    let samples = if is_now { instants(tests) } else { values(tests) };
    let mut classes: Vec<Class> = Vec::new();
    let mut add = |truth: Vec<bool>, sample: Sample| match classes
        .iter_mut()
        .find(|class| class.truth == truth)
    {
        Some(class) => class.samples.push(sample),
        None => classes.push(Class { truth, samples: vec![sample] }),
    };
    for sample in samples {
        let truth = tests.iter().map(|test| holds(&test.comparison, &sample)).collect();
        add(truth, sample);
    }
    for truth in free_patterns(tests)? {
        add(truth, Sample::SomeText);
    }
    Some(classes)
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

/// The class that a context falls into, by how the comparisons come out on it.
#[must_use]
pub fn classify(
    classes: &[Class],
    tests: &[&AttributeTest],
    context: &EvaluationContext<'_>,
    now: Timestamp,
) -> Option<usize> {
    let truth: Vec<bool> = tests
        .iter()
        .map(|test| match &test.attribute {
            Attribute::Now => test.comparison.holds_at(now),
            Attribute::TargetingKey => {
                let key = context.targeting_key.as_deref().map(Cow::Borrowed).map(Value::String);
                test.comparison.holds(key.as_ref())
            }
            named @ Attribute::Named { .. } => test.comparison.holds(named.find(context)),
        })
        .collect();
    classes.iter().position(|class| class.truth == truth)
}

/// Every way in which patterns can come out on a text that nothing else tells apart.
fn free_patterns(tests: &[&AttributeTest]) -> Option<Vec<Vec<bool>>> {
    let is_pattern = |test: &AttributeTest| matches!(test.comparison, Comparison::Matches(_));
    let patterns: Vec<usize> =
        (0..tests.len()).filter(|index| tests.get(*index).is_some_and(|t| is_pattern(t))).collect();
    if PATTERNS_MAX < patterns.len() {
        return None;
    }
    let plain: Vec<bool> =
        tests.iter().map(|test| holds(&test.comparison, &Sample::SomeText)).collect();
    let combinations = if patterns.is_empty() { 0..0 } else { 0..1_usize << patterns.len() };
    let truths = combinations.map(|combination| {
        let mut truth = plain.clone();
        for (bit, index) in patterns.iter().enumerate() {
            if let Some(slot) = truth.get_mut(*index) {
                *slot = combination >> bit & 1 == 1;
            }
        }
        truth
    });
    Some(truths.collect())
}

/// The instants that comparisons on `now` tell apart: each bound, and one before all of them.
fn instants(tests: &[&AttributeTest]) -> Vec<Sample> {
    let mut bounds: Vec<Timestamp> = tests
        .iter()
        .filter_map(|test| match &test.comparison {
            Comparison::Before(instant) | Comparison::After(instant) => Some(*instant),
            _ => None,
        })
        .collect();
    bounds.sort_unstable();
    bounds.dedup();
    let before =
        bounds.first().and_then(|first| first.checked_sub(SignedDuration::from_secs(1)).ok());
    before.into_iter().chain(bounds).map(Sample::Instant).collect()
}

/// Values that comparisons may tell apart, the mentioned ones first, then a missing one and one of
/// each kind that nothing mentions.
fn values(tests: &[&AttributeTest]) -> Vec<Sample> {
    let mut found = Found::default();
    for test in tests {
        found.mention(&test.comparison);
    }
    let mut samples: Vec<Sample> = Vec::new();
    let mut seen = BTreeSet::new();
    // A targeting key is always a string.
    let is_key = tests.iter().any(|test| test.attribute == Attribute::TargetingKey);
    let mut add = |value: Value<'static>, is_mentioned| {
        let possible = !is_key || value.as_str().is_some();
        if possible && seen.insert(value.to_string()) {
            samples.push(Sample::Value { value, is_mentioned });
        }
    };
    for value in std::mem::take(&mut found.mentioned) {
        add(value, true);
    }
    for value in found.numbers_between().into_iter().chain(found.texts_around()) {
        add(value, false);
    }
    for value in [Value::Bool(true), Value::Bool(false), text(ANYTHING_ELSE)] {
        add(value, false);
    }
    samples.push(Sample::Missing);
    samples
}

/// What the comparisons of one attribute mention.
#[derive(Default)]
struct Found {
    mentioned: Vec<Value<'static>>,
    bounds: Vec<f64>,
    texts: Vec<String>,
}

impl Found {
    fn mention(&mut self, comparison: &Comparison) {
        match comparison {
            Comparison::Equal(value, _) => self.mentioned.push(value.clone()),
            Comparison::Member(set, _) => {
                self.mentioned.extend(set.values());
            }
            Comparison::Ordered(_, Value::Number(number)) => self.bounds.push(number.as_float()),
            Comparison::Ordered(_, Value::String(bound)) => self.texts.push(bound.to_string()),
            Comparison::Ordered(..) | Comparison::Exists(_) | Comparison::Matches(_) => {}
            Comparison::Contains(values) => {
                for value in values {
                    self.texts.extend(value.as_str().map(str::to_owned));
                    self.mentioned.push(Value::Array(vec![value.clone()]));
                }
                self.mentioned.push(Value::Array(values.to_vec()));
            }
            Comparison::StartsWith(parts) | Comparison::EndsWith(parts) => {
                self.texts.extend(parts.iter().map(ToString::to_string));
            }
            Comparison::Version(requirement) => {
                self.texts.extend(versions_around(&requirement.to_string()));
            }
            Comparison::Before(instant) | Comparison::After(instant) => {
                let second = SignedDuration::from_secs(1);
                let earlier = instant.checked_sub(second).ok();
                self.texts
                    .extend([Some(*instant), earlier].into_iter().flatten().map(|i| i.to_string()));
            }
            Comparison::InNetwork(networks) => {
                let ends = networks.iter().flat_map(|net| [net.network(), net.broadcast()]);
                self.texts.extend(ends.map(|address| address.to_string()));
                self.texts.extend(["192.0.2.1".to_owned(), "2001:db8::1".to_owned()]);
            }
        }
    }

    /// Each numeric bound, and numbers below, between and above them.
    fn numbers_between(&mut self) -> Vec<Value<'static>> {
        self.bounds.sort_by(f64::total_cmp);
        self.bounds.dedup();
        let (Some(first), Some(last)) = (self.bounds.first(), self.bounds.last()) else {
            return Vec::new();
        };
        let ends = [first - 1.0, last + 1.0];
        let between = self.bounds.windows(2).filter_map(|pair| match pair {
            [low, high] => Some(f64::midpoint(*low, *high)),
            _ => None,
        });
        let all = self.bounds.iter().copied().chain(ends).chain(between);
        all.map(|number| Value::Number(Number::Float(number))).collect()
    }

    /// Each text, something after it and before it, and pairs of them.
    fn texts_around(&self) -> Vec<Value<'static>> {
        let mut texts: Vec<String> = self.texts.clone();
        let combined = self.texts.get(..COMBINED_TEXTS_MAX).unwrap_or(&self.texts);
        for first in combined {
            texts.push(format!("{first}{ANYTHING_ELSE}"));
            texts.push(format!("{ANYTHING_ELSE}{first}"));
            texts.push(format!("{ANYTHING_ELSE}{first}{ANYTHING_ELSE}"));
            for second in combined {
                texts.push(format!("{first}{second}"));
            }
        }
        if !texts.is_empty() {
            texts.push(String::new());
        }
        texts.iter().map(|found| text(found)).collect()
    }
}

/// Versions that a requirement may tell apart: those it mentions, and their neighbours.
fn versions_around(requirement: &str) -> Vec<String> {
    let mut versions = vec!["0.0.0".to_owned(), "999999.0.0".to_owned()];
    for part in requirement.split(',') {
        let number = part.trim_start_matches(|c: char| !c.is_ascii_digit());
        let Some(version) = crate::engine::version::parse(number.trim_end_matches(['.', '*', ' ']))
        else {
            continue;
        };
        let (major, minor, patch) = (version.major, version.minor, version.patch);
        versions.push(version.to_string());
        versions.push(format!("{major}.{minor}.{}", patch + 1));
        versions.push(format!("{major}.{}.0", minor + 1));
        versions.push(format!("{}.0.0", major + 1));
        versions.push(format!("{major}.{minor}.{patch}-0"));
        versions.push(format!("{}.0.0-0", major + 1));
        if patch > 0 {
            versions.push(format!("{major}.{minor}.{}", patch - 1));
        }
    }
    versions
}

fn text(content: &str) -> Value<'static> {
    Value::String(Cow::Owned(content.to_owned()))
}
