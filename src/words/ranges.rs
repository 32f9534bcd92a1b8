//! Ranges of numbers and of time, in words: "is at least 18 and below 21".

use std::collections::BTreeSet;

use crate::{
    engine::{
        comparison::Comparison,
        condition::AttributeTest,
        instant::Instant,
        value::{Number, Value},
    },
    space::{
        axes::Axis,
        sample::{Sample, instant_bounds, text},
        values::number::{between, mentioned},
    },
};

/// One end of a range, and whether it belongs to it.
type End<T> = Option<(T, bool)>;

/// Whether all that comparisons tell apart are numbers, by their order among other things.
#[must_use]
pub fn is_numeric(tests: &[&AttributeTest]) -> bool {
    let is_number = |value: &Value<'_>| matches!(value, Value::Number(_));
    let is_order = |test: &AttributeTest| matches!(&test.comparison, Comparison::Ordered(..));
    tests.iter().any(|test| is_order(test))
        && tests.iter().all(|test| match &test.comparison {
            Comparison::Ordered(_, value) | Comparison::Equal(value, _) => is_number(value),
            Comparison::Member(set, _) => set.values().iter().all(is_number),
            Comparison::Exists(_) => true,
            Comparison::Contains(_)
            | Comparison::StartsWith(_)
            | Comparison::EndsWith(_)
            | Comparison::Matches(_)
            | Comparison::Version(_)
            | Comparison::Before(_)
            | Comparison::After(_)
            | Comparison::InNetwork(_)
            | Comparison::IgnoringCase(_) => false,
        })
}

/// Some classes of an attribute that is compared with numbers, to follow its name.
#[must_use]
pub fn numbers(axis: &Axis<'_>, tests: &[&AttributeTest], chosen: &BTreeSet<usize>) -> String {
    let is_in =
        |sample: &Sample| axis.class_of(tests, sample).is_some_and(|class| chosen.contains(&class));
    let is_chosen = |value| is_in(&Sample::Value { value, is_mentioned: false });
    let ranges = ranges(&points(tests), |number| is_chosen(Value::Number(number)));
    // Whatever is no number comes out like any other text, unless it is missing.
    let (has_missing, has_others) = (is_in(&Sample::Missing), is_chosen(text("")));
    let is_whole = matches!(*ranges, [(None, None)]);
    if is_whole && !has_missing && has_others {
        return "is present".to_owned();
    }
    let mut parts: Vec<String> = ranges.iter().map(|(low, high)| range(*low, *high)).collect();
    match (has_missing, has_others) {
        (true, true) => parts.push("not a number".to_owned()),
        (true, false) => parts.push("missing".to_owned()),
        (false, true) => parts.push("present and not a number".to_owned()),
        (false, false) => {}
    }
    format!("is {}", parts.join(" or "))
}

/// The ranges of numbers that are chosen; nothing changes but at these points, which ascend.
fn ranges(
    points: &[Number],
    is_chosen: impl Fn(Number) -> bool,
) -> Vec<(End<Number>, End<Number>)> {
    let mut ranges = Vec::new();
    let first = points.first().copied();
    let is_any = |numbers: Vec<Number>| numbers.first().map(|number| is_chosen(*number));
    let mut open: Option<End<Number>> =
        (is_any(between(None, first)) == Some(true)).then_some(None);
    for (index, point) in points.iter().enumerate() {
        match (is_chosen(*point), open.take()) {
            (true, start) => open = Some(start.unwrap_or(Some((*point, true)))),
            (false, Some(start)) => ranges.push((start, Some((*point, false)))),
            (false, None) => {}
        }
        // Between two numbers next to each other there is none.
        let after = is_any(between(Some(*point), points.get(index + 1).copied()));
        let Some(after) = after else { continue };
        match (after, open.take()) {
            (true, start) => open = Some(start.unwrap_or(Some((*point, false)))),
            (false, Some(start)) => ranges.push((start, Some((*point, true)))),
            (false, None) => {}
        }
    }
    ranges.extend(open.map(|start| (start, None)));
    ranges
}

/// All numbers that are compared with, ascending.
fn points(tests: &[&AttributeTest]) -> Vec<Number> {
    let comparisons: Vec<&Comparison> = tests.iter().map(|test| &test.comparison).collect();
    let mut points = mentioned(&comparisons);
    points.sort_by(|a, b| a.compare(*b));
    points.dedup_by(|a, b| a.compare(*b).is_eq());
    points
}

fn range(low: End<Number>, high: End<Number>) -> String {
    let shown = |number: Number| match number {
        Number::Integer(whole) => whole.to_string(),
        Number::Float(float) => float.to_string(),
    };
    let above = |(number, is_in): (Number, bool)| {
        let words = if is_in { "at least" } else { "above" };
        format!("{words} {}", shown(number))
    };
    let below = |(number, is_in): (Number, bool)| {
        let words = if is_in { "at most" } else { "below" };
        format!("{words} {}", shown(number))
    };
    match (low, high) {
        (Some((low, true)), Some((high, true))) if low.compare(high).is_eq() => shown(low),
        (Some(low), Some(high)) => format!("{} and {}", above(low), below(high)),
        (Some(low), None) => above(low),
        (None, Some(high)) => below(high),
        (None, None) => "a number".to_owned(),
    }
}

/// Some classes of instants, as a sentence: "it is before 2026-12-01T00:00:00Z".
#[must_use]
pub fn instants(axis: &Axis<'_>, tests: &[&AttributeTest], chosen: &BTreeSet<usize>) -> String {
    let bounds = instant_bounds(tests);
    let is_chosen = |instant: Instant| {
        let class = axis.class_of(tests, &Sample::Instant(instant));
        class.is_some_and(|class| chosen.contains(&class))
    };
    let first = bounds.first().and_then(|first| first.before());
    let mut parts: Vec<String> = Vec::new();
    let mut open: Option<Option<Instant>> = first.filter(|first| is_chosen(*first)).map(|_| None);
    for bound in &bounds {
        match (is_chosen(*bound), open.take()) {
            (true, start) => open = Some(start.unwrap_or(Some(*bound))),
            (false, Some(Some(start))) => parts.push(format!("from {start} until {bound}")),
            (false, Some(None)) => parts.push(format!("before {bound}")),
            (false, None) => {}
        }
    }
    match open {
        Some(Some(start)) => parts.push(format!("{start} or later")),
        Some(None) => parts.push("any time".to_owned()),
        None => {}
    }
    format!("it is {}", parts.join(" or "))
}
