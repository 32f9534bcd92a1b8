//! Values on which the comparisons of an attribute may come out differently.

use std::{borrow::Cow, collections::BTreeSet, net::IpAddr};

use ipnet::IpNet;

use crate::engine::{
    comparison::Comparison,
    condition::AttributeTest,
    context::Attribute,
    instant::Instant,
    value::{Number, Value},
    version,
};

/// How many texts are combined with each other, two at a time, in search of values.
const PAIRED_TEXTS_MAX: usize = 24;
/// How many texts are combined three at a time.
const TRIPLED_TEXTS_MAX: usize = 6;
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
    Instant(Instant),
    /// Some text on which patterns come out in a way for which no text is known.
    SomeText,
}

impl Sample {
    /// Whether it stands for texts without number.
    #[must_use]
    pub fn is_any_text(&self) -> bool {
        match self {
            Self::Value { value, is_mentioned } => !is_mentioned && value.as_str().is_some(),
            Self::SomeText => true,
            Self::Missing | Self::Instant(_) => false,
        }
    }
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
            _ => None,
        })
        .collect();
    bounds.into_iter().collect()
}

/// Values that comparisons may tell apart, the mentioned ones first, then one of each kind that
/// nothing mentions, and a missing one.
#[must_use]
pub fn values(tests: &[&AttributeTest]) -> Vec<Sample> {
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
    let around = found.numbers_between().into_iter().chain(found.texts_around());
    for value in around.chain(found.lists()) {
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
    texts: BTreeSet<String>,
    /// What lists are asked for.
    items: Vec<Value<'static>>,
}

impl Found {
    fn mention(&mut self, comparison: &Comparison) {
        match comparison {
            Comparison::Equal(value, _) => self.mentioned.push(value.clone()),
            Comparison::Member(set, _) => self.mentioned.extend(set.values()),
            Comparison::Ordered(_, Value::Number(number)) => self.bounds.push(number.as_float()),
            Comparison::Ordered(_, Value::String(bound)) => {
                self.texts.insert(bound.to_string());
            }
            Comparison::Ordered(..) | Comparison::Exists(_) | Comparison::Matches(_) => {}
            Comparison::Contains(values) => {
                self.texts.extend(values.iter().filter_map(Value::as_str).map(str::to_owned));
                self.items.extend(values.iter().cloned());
            }
            Comparison::StartsWith(parts) | Comparison::EndsWith(parts) => {
                self.texts.extend(parts.iter().map(ToString::to_string));
            }
            Comparison::Version(requirement) => {
                self.texts.extend(versions_around(&requirement.to_string()));
            }
            Comparison::Before(instant) | Comparison::After(instant) => {
                let both = [Some(*instant), instant.before()].into_iter().flatten();
                self.texts.extend(both.map(|instant| instant.to_string()));
            }
            Comparison::IgnoringCase(comparison) => {
                self.mention(comparison.written());
                self.mention(comparison.folded());
            }
            Comparison::InNetwork(networks) => {
                let addresses = networks.iter().flat_map(addresses_around);
                self.texts.extend(addresses.map(|address| address.to_string()));
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
        let ends = [below(*first), above(*last)];
        let between = self.bounds.windows(2).filter_map(|pair| match pair {
            [low, high] => Some(f64::midpoint(*low, *high)),
            _ => None,
        });
        let all = self.bounds.iter().copied().chain(ends).chain(between);
        all.filter(|number| number.is_finite())
            .map(|number| Value::Number(Number::Float(number)))
            .collect()
    }

    /// Each text, something after it and before it, and a few of them after one another.
    fn texts_around(&self) -> Vec<Value<'static>> {
        let given: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        let paired = given.get(..PAIRED_TEXTS_MAX).unwrap_or(&given);
        let tripled = given.get(..TRIPLED_TEXTS_MAX).unwrap_or(&given);
        let mut texts: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
        for first in paired {
            texts.push(format!("{first}{ANYTHING_ELSE}"));
            texts.push(format!("{ANYTHING_ELSE}{first}"));
            texts.push(format!("{ANYTHING_ELSE}{first}{ANYTHING_ELSE}"));
            texts.extend(paired.iter().map(|second| format!("{first}{second}")));
        }
        for first in tripled {
            for second in tripled {
                texts.push(format!("{ANYTHING_ELSE}{first}{second}"));
                texts.push(format!("{first}{second}{ANYTHING_ELSE}"));
                texts.extend(tripled.iter().map(|third| format!("{first}{second}{third}")));
            }
        }
        if !texts.is_empty() {
            texts.push(String::new());
        }
        texts.iter().map(|found| text(found)).collect()
    }

    /// Lists with none, one and two of what lists are asked for.
    fn lists(&self) -> Vec<Value<'static>> {
        let items = self.items.get(..PAIRED_TEXTS_MAX).unwrap_or(&self.items);
        let mut lists: Vec<Vec<Value<'static>>> = Vec::new();
        for (index, first) in items.iter().enumerate() {
            lists.push(vec![first.clone()]);
            let others = items.iter().skip(index + 1);
            lists.extend(others.map(|second| vec![first.clone(), second.clone()]));
        }
        if !items.is_empty() {
            lists.push(items.to_vec());
            lists.push(vec![text(ANYTHING_ELSE)]);
        }
        lists.into_iter().map(Value::Array).collect()
    }
}

/// The first and the last address of a network, and their neighbours outside.
fn addresses_around(network: &IpNet) -> Vec<IpAddr> {
    let (first, last) = (network.network(), network.broadcast());
    let neighbour = |address: IpAddr, is_next: bool| match address {
        IpAddr::V4(address) => {
            let bits = u32::from(address);
            let bits = if is_next { bits.checked_add(1) } else { bits.checked_sub(1) };
            bits.map(|bits| IpAddr::V4(bits.into()))
        }
        IpAddr::V6(address) => {
            let bits = u128::from(address);
            let bits = if is_next { bits.checked_add(1) } else { bits.checked_sub(1) };
            bits.map(|bits| IpAddr::V6(bits.into()))
        }
    };
    let outside = [neighbour(first, false), neighbour(last, true)];
    [first, last].into_iter().chain(outside.into_iter().flatten()).collect()
}

/// Versions that a requirement may tell apart: those it mentions, and their neighbours.
fn versions_around(requirement: &str) -> Vec<String> {
    let mut versions = vec!["0.0.0".to_owned(), "999999.0.0".to_owned()];
    for part in requirement.split(',') {
        let number = part.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        let number = number.trim_end_matches(['.', '*', 'x', 'X', ' ']);
        let Some(version) = version::parse(number) else { continue };
        let (major, minor, patch) = (version.major, version.minor, version.patch);
        let (next_major, next_minor) = (major.saturating_add(1), minor.saturating_add(1));
        let next_patch = patch.saturating_add(1);
        versions.push(version.to_string());
        versions.push(format!("{major}.{minor}.{next_patch}"));
        versions.push(format!("{major}.{next_minor}.0"));
        versions.push(format!("{next_major}.0.0"));
        versions.push(format!("{major}.{minor}.{patch}-0"));
        versions.push(format!("{major}.{next_minor}.0-0"));
        versions.push(format!("{next_major}.0.0-0"));
        versions.extend(patch.checked_sub(1).map(|patch| format!("{major}.{minor}.{patch}")));
        versions.extend(minor.checked_sub(1).map(|minor| format!("{major}.{minor}.999999")));
        versions.extend(major.checked_sub(1).map(|major| format!("{major}.999999.0")));
    }
    versions
}

/// A number well below this one, if there is one that is finite.
#[must_use]
pub fn below(number: f64) -> f64 {
    (number - 1.0).min(number.next_down())
}

/// A number well above this one, if there is one that is finite.
#[must_use]
pub fn above(number: f64) -> f64 {
    (number + 1.0).max(number.next_up())
}

/// A text as a value.
#[must_use]
pub fn text(content: &str) -> Value<'static> {
    Value::String(Cow::Owned(content.to_owned()))
}
