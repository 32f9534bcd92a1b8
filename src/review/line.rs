//! Ranges of numbers and of time, in words: "is at least 18 and below 21".

use std::collections::BTreeSet;

use crate::{
    engine::{
        comparison::Comparison,
        condition::AttributeTest,
        instant::Instant,
        value::{Number, Value},
    },
    review::{
        axis::{Class, class_of},
        sample::{Sample, above, below, instant_bounds, text},
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
            _ => false,
        })
}

/// Some classes of an attribute that is compared with numbers, to follow its name.
#[must_use]
pub fn numbers(tests: &[&AttributeTest], classes: &[Class], chosen: &BTreeSet<usize>) -> String {
    let is_chosen = |value: Value<'static>| {
        let sample = Sample::Value { value, is_mentioned: false };
        class_of(classes, tests, &sample).is_some_and(|class| chosen.contains(&class))
    };
    let number = |number: f64| is_chosen(Value::Number(Number::Float(number)));
    let points = points(tests);
    let (first, last) = (points.first().copied(), points.last().copied());
    let mut ranges: Vec<(End<f64>, End<f64>)> = Vec::new();
    let mut open: Option<End<f64>> = first.filter(|first| number(below(*first))).map(|_| None);
    for (index, point) in points.iter().enumerate() {
        match (number(*point), open.take()) {
            (true, start) => open = Some(start.unwrap_or(Some((*point, true)))),
            (false, Some(start)) => ranges.push((start, Some((*point, false)))),
            (false, None) => {}
        }
        let after =
            points.get(index + 1).map_or(above(*point), |next| f64::midpoint(*point, *next));
        match (number(after), open.take()) {
            (true, start) => open = Some(start.unwrap_or(Some((*point, false)))),
            (false, Some(start)) => ranges.push((start, Some((*point, true)))),
            (false, None) => {}
        }
    }
    ranges.extend(open.filter(|_| last.is_some()).map(|start| (start, None)));
    let has_missing = class_of(classes, tests, &Sample::Missing);
    let has_missing = has_missing.is_some_and(|class| chosen.contains(&class));
    if ranges == [(None, None)] && !has_missing && is_chosen(text("")) {
        return "is present".to_owned();
    }
    let mut parts: Vec<String> = ranges.iter().map(|(low, high)| range(*low, *high)).collect();
    if has_missing {
        parts.push("missing".to_owned());
    } else if is_chosen(text("")) {
        parts.push("no number".to_owned());
    }
    format!("is {}", parts.join(" or "))
}

/// All numbers that are compared with, ascending.
fn points(tests: &[&AttributeTest]) -> Vec<f64> {
    let mut points: Vec<f64> = Vec::new();
    let mut add = |value: &Value<'_>| {
        if let Value::Number(number) = value {
            points.push(number.as_float());
        }
    };
    for test in tests {
        match &test.comparison {
            Comparison::Ordered(_, value) | Comparison::Equal(value, _) => add(value),
            Comparison::Member(set, _) => set.values().iter().for_each(&mut add),
            _ => {}
        }
    }
    points.sort_by(f64::total_cmp);
    points.dedup();
    points
}

fn range(low: End<f64>, high: End<f64>) -> String {
    let above = |(number, is_in): (f64, bool)| {
        if is_in { format!("at least {number}") } else { format!("above {number}") }
    };
    let below = |(number, is_in): (f64, bool)| {
        if is_in { format!("at most {number}") } else { format!("below {number}") }
    };
    match (low, high) {
        (Some((low, true)), Some((high, true))) if low.total_cmp(&high).is_eq() => low.to_string(),
        (Some(low), Some(high)) => format!("{} and {}", above(low), below(high)),
        (Some(low), None) => above(low),
        (None, Some(high)) => below(high),
        (None, None) => "a number".to_owned(),
    }
}

/// Some classes of instants, as a sentence: "it is before 2026-12-01T00:00:00Z".
#[must_use]
pub fn instants(tests: &[&AttributeTest], classes: &[Class], chosen: &BTreeSet<usize>) -> String {
    let bounds = instant_bounds(tests);
    let is_chosen = |instant: Instant| {
        let class = class_of(classes, tests, &Sample::Instant(instant));
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
