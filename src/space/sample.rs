//! Values for every way in which the comparisons of an attribute can come out.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
};

use crate::{
    engine::{
        comparison::Comparison,
        condition::AttributeTest,
        context::Attribute,
        instant::Instant,
        value::{Object, Value},
    },
    space::values::{list::lists, number::numbers, spelling::spellings, text::texts},
};

/// How many spellings of a list or a mapping are tried where the case of its letters is ignored.
const SPELLINGS_MAX: usize = 64;

/// A value that an attribute may have, as far as its comparisons tell.
#[derive(Clone, Debug)]
pub enum Sample {
    /// This value; a mentioned one is written in a definition, others stand for many.
    Value {
        /// The value.
        value: Value<'static>,
        /// Whether a definition mentions it, or all that come out alike with it are among the
        /// samples.
        is_mentioned: bool,
    },
    /// The attribute is missing or null.
    Missing,
    /// For `now`: this instant.
    Instant(Instant),
    /// Texts of which it is not known whether there are any.
    SomeText,
}

/// What there is of an attribute's values.
#[derive(Debug, Default)]
pub struct Values {
    /// A sample for each way in which comparisons come out, and more.
    pub samples: Vec<Sample>,
    /// How comparisons may come out on texts, of which it is not known.
    pub unproved: Vec<Vec<bool>>,
    /// Why not, as a clause.
    pub doubt: Option<String>,
}

/// The instants that comparisons on `now` tell apart: each bound, and one before all of them.
#[must_use]
pub fn instants(tests: &[&AttributeTest]) -> Vec<Sample> {
    let bounds = instant_bounds(tests);
    let before = bounds.first().and_then(|first| first.before());
    before.into_iter().chain(bounds).map(Sample::Instant).collect()
}

/// The instants that comparisons compare with, ascending.
#[must_use]
pub fn instant_bounds(tests: &[&AttributeTest]) -> Vec<Instant> {
    let bounds: BTreeSet<Instant> = tests
        .iter()
        .filter_map(|test| match &test.comparison {
            Comparison::Before(instant) | Comparison::After(instant) => Some(*instant),
            Comparison::Equal(..)
            | Comparison::Member(..)
            | Comparison::Ordered(..)
            | Comparison::Contains(_)
            | Comparison::StartsWith(_)
            | Comparison::EndsWith(_)
            | Comparison::Matches(_)
            | Comparison::Exists(_)
            | Comparison::Version(_)
            | Comparison::InNetwork(_)
            | Comparison::IgnoringCase(_) => None,
        })
        .collect();
    bounds.into_iter().collect()
}

/// Values for every way in which comparisons can come out: the mentioned ones first, then others of
/// each type, and a missing one. None if there are too many ways.
///
/// An attribute is of any type, whatever its declaration says: callers send what they like. The
/// targeting key is always a string.
#[must_use]
pub fn values(tests: &[&AttributeTest]) -> Option<Values> {
    let comparisons: Vec<&Comparison> = tests.iter().map(|test| &test.comparison).collect();
    let mentioned = mentioned(&comparisons);
    let is_key = tests.iter().any(|test| test.attribute == Attribute::TargetingKey);
    let mut named: BTreeSet<&str> = mentioned.iter().filter_map(Value::as_str).collect();
    if is_key {
        // An empty key is an absent one.
        named.insert("");
    }
    let texts = texts(&comparisons, &named)?;
    let mut samples = Samples::default();
    if is_key {
        let is_text = |value: &&Value<'static>| value.as_str().is_some_and(|text| !text.is_empty());
        mentioned.iter().filter(is_text).for_each(|value| samples.add(value.clone(), true));
    } else {
        for value in &mentioned {
            samples.add(value.clone(), true);
        }
        for (value, is_named) in numbers(&comparisons) {
            samples.add(value, is_named);
        }
        let lists = lists(&comparisons, &mentioned)?;
        for list in lists {
            samples.add(list, false);
        }
        samples.add(other_object(&mentioned), false);
        samples.add(Value::Bool(true), false);
        samples.add(Value::Bool(false), false);
    }
    for (content, is_listed) in &texts.found {
        samples.add(text(content), *is_listed);
    }
    samples.list.push(Sample::Missing);
    Some(Values { samples: samples.list, unproved: texts.unproved, doubt: texts.doubt })
}

/// Samples on the way, none twice.
#[derive(Default)]
struct Samples {
    list: Vec<Sample>,
    seen: HashSet<String>,
}

impl Samples {
    fn add(&mut self, value: Value<'static>, is_mentioned: bool) {
        let whole = match &value {
            Value::Number(number) => number.as_exact_integer(),
            _ => None,
        };
        // 1 and 1.0 are the same.
        let identity = whole.map_or_else(|| value.to_string(), |whole| whole.to_string());
        if self.seen.insert(identity) {
            self.list.push(Sample::Value { value, is_mentioned });
        }
    }
}

/// The values that definitions name as a whole.
fn mentioned(comparisons: &[&Comparison]) -> Vec<Value<'static>> {
    let mut found = Vec::new();
    for comparison in comparisons {
        let values = comparison.whole_values().into_iter();
        if matches!(comparison, Comparison::IgnoringCase(_)) {
            // Texts have automata.
            let others = values.filter(|value| value.as_str().is_none());
            found.extend(others.flat_map(|value| spellings(&value, SPELLINGS_MAX)));
        } else {
            found.extend(values);
        }
    }
    found
}

/// A mapping that is none of those mentioned.
fn other_object(mentioned: &[Value<'static>]) -> Value<'static> {
    let mut entries = Vec::new();
    loop {
        let object = Value::Object(Object::from_entries(entries.clone()));
        if !mentioned.iter().any(|value| value.equals(&object)) {
            return object;
        }
        entries.push((Cow::Owned(entries.len().to_string()), Value::Bool(true)));
    }
}

/// A text as a value.
#[must_use]
pub fn text(content: &str) -> Value<'static> {
    Value::String(Cow::Owned(content.to_owned()))
}
