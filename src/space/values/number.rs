//! Numbers: the points that comparisons name, and what lies between two of them.

use std::cmp::Ordering;

use crate::engine::{
    comparison::Comparison,
    context::Unit,
    value::{Number, Value},
};

/// From this size on, a number that is compared with a time counts milliseconds.
const MILLISECONDS_FROM: f64 = 1e11;
/// The largest whole number that is a unit.
const UNIT_MAX: i128 = (1 << 53) - 1;

/// A number for each way in which numbers can come out; whether a definition names just this one.
///
/// Every comparison is constant on the points where one of them may change, and between each two
/// of those that are next to each other. Of what lies between, a number that can be hashed and one
/// that cannot are taken, where there are such.
#[must_use]
pub fn numbers(comparisons: &[&Comparison]) -> Vec<(Value<'static>, bool)> {
    let mentioned = mentioned(comparisons);
    let mut points: Vec<(Number, bool)> =
        mentioned.into_iter().map(|number| (number, true)).collect();
    points.extend(turning_points(comparisons).into_iter().map(|number| (number, false)));
    points.sort_by(|(a, a_named), (b, b_named)| a.compare(*b).then(b_named.cmp(a_named)));
    points.dedup_by(|(a, _), (b, _)| a.compare(*b).is_eq());

    let mut found = Vec::new();
    let mut low = None;
    for (point, is_named) in &points {
        let inside = between(low, Some(*point)).into_iter();
        found.extend(inside.map(|number| (Value::Number(number), false)));
        found.push((Value::Number(*point), *is_named));
        low = Some(*point);
    }
    let rest = between(low, None).into_iter();
    found.extend(rest.map(|number| (Value::Number(number), false)));
    found
}

/// The numbers that comparisons name.
#[must_use]
pub fn mentioned(comparisons: &[&Comparison]) -> Vec<Number> {
    let named = |comparison: &&Comparison| {
        let bound = match comparison {
            Comparison::Ordered(_, bound) => Some(bound.clone()),
            Comparison::Equal(..)
            | Comparison::Member(..)
            | Comparison::Contains(_)
            | Comparison::StartsWith(_)
            | Comparison::EndsWith(_)
            | Comparison::Matches(_)
            | Comparison::Exists(_)
            | Comparison::Version(_)
            | Comparison::Before(_)
            | Comparison::After(_)
            | Comparison::InNetwork(_)
            | Comparison::IgnoringCase(_) => None,
        };
        comparison.whole_values().into_iter().chain(bound)
    };
    let number = |value: Value<'_>| match value {
        Value::Number(number) => Some(number),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    };
    comparisons.iter().flat_map(named).filter_map(number).collect()
}

/// The first number of each range on which comparisons with times are constant.
fn turning_points(comparisons: &[&Comparison]) -> Vec<Number> {
    let mut found = Vec::new();
    for comparison in comparisons {
        let (Comparison::Before(bound) | Comparison::After(bound)) = comparison else { continue };
        let (before, after) = (Comparison::Before(*bound), Comparison::After(*bound));
        let holds = |comparison: &Comparison, number: f64| {
            comparison.holds(Some(&Value::Number(Number::Float(number))))
        };
        let is_time = |number: f64| holds(&before, number) || holds(&after, number);
        let (low, high) = (-MILLISECONDS_FROM, MILLISECONDS_FROM);
        // Seconds between two ranges of milliseconds; in each, time grows with the number, and what
        // is no time lies outside of what is one.
        let ranges =
            [(f64::MIN, low, low), (low.next_up(), high.next_down(), 0.0), (high, f64::MAX, high)];
        for (start, end, time) in ranges {
            let earliest = first(start, time, is_time);
            let beyond = first(time, end, |number| !is_time(number));
            let (from, until) = (earliest.unwrap_or(start), beyond.unwrap_or(end));
            let turn = first(from, until, |number| !holds(&before, number));
            found.push(start);
            found.extend([earliest, beyond, turn].into_iter().flatten());
        }
    }
    found.into_iter().map(Number::Float).collect()
}

/// The first float from `low` to `high` for which the predicate holds, if from there on it holds
/// for all of them.
fn first(low: f64, high: f64, holds: impl Fn(f64) -> bool) -> Option<f64> {
    if !holds(high) {
        return None;
    }
    // Floats and their bits are ordered alike, but for the sign.
    let key = |float: f64| {
        let bits = float.to_bits().cast_signed();
        if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits }
    };
    let float = |key: i64| {
        let bits = if key < 0 { i64::MIN.wrapping_sub(key) } else { key };
        f64::from_bits(bits.cast_unsigned())
    };
    let (mut low, mut high) = (key(low), key(high));
    while low < high {
        // The midpoint of negative numbers is rounded up.
        let middle = i64::midpoint(low, high).min(high - 1);
        if holds(float(middle)) {
            high = middle;
        } else {
            low = middle.saturating_add(1);
        }
    }
    Some(float(high))
}

/// Numbers strictly between two, or beyond one: a unit and one that is none, where there are such.
#[must_use]
pub fn between(low: Option<Number>, high: Option<Number>) -> Vec<Number> {
    let is_inside = |number: &Number| {
        low.is_none_or(|low| low.compare(*number) == Ordering::Less)
            && high.is_none_or(|high| number.compare(high) == Ordering::Less)
    };
    let is_unit = |number: &Number| Unit::of(&Value::Number(*number)).is_some();
    let whole = match (low, high) {
        (Some(low), _) => floor(low) + 1,
        (None, Some(high)) => -floor(negated(high)) - 1,
        (None, None) => 0,
    };
    let unit = i64::try_from(whole.clamp(-UNIT_MAX, UNIT_MAX)).ok().map(Number::Integer);
    let unit = unit.filter(is_inside);
    let other = others(low, high, whole).into_iter().find(|one| is_inside(one) && !is_unit(one));
    unit.into_iter().chain(other).collect()
}

/// Numbers of which one lies inside and is no unit, if there is such a number.
fn others(low: Option<Number>, high: Option<Number>, whole: i128) -> Vec<Number> {
    let mut floats = Vec::new();
    match (low.map(Number::as_float), high.map(Number::as_float)) {
        (Some(low), Some(high)) => {
            floats.push(f64::midpoint(low, high));
            floats.extend(following(low, f64::next_up));
            floats.extend(following(high, f64::next_down));
        }
        (Some(low), None) => {
            floats.extend([low.floor() + 1.5, 1e300]);
            floats.extend(following(low, f64::next_up));
            floats.push(f64::INFINITY);
        }
        (None, Some(high)) => {
            floats.extend([high.ceil() - 1.5, -1e300]);
            floats.extend(following(high, f64::next_down));
            floats.push(f64::NEG_INFINITY);
        }
        (None, None) => floats.push(0.5),
    }
    let floats = floats.into_iter().map(Number::Float);
    // Beyond 2⁵³ there are whole numbers that no float is.
    floats.chain(i64::try_from(whole).ok().map(Number::Integer)).collect()
}

/// A float and the next few of them.
fn following(float: f64, next: fn(f64) -> f64) -> impl Iterator<Item = f64> {
    std::iter::successors(Some(float), move |float| Some(next(*float))).take(5)
}

/// The largest whole number that is not above.
fn floor(number: Number) -> i128 {
    match number {
        Number::Integer(whole) => i128::from(whole),
        #[expect(clippy::cast_possible_truncation, reason = "saturates, which is far enough")]
        Number::Float(float) => (float.floor() as i128).clamp(-(1 << 100), 1 << 100),
    }
}

fn negated(number: Number) -> Number {
    match number {
        Number::Integer(whole) => {
            whole.checked_neg().map_or(Number::Float(-number.as_float()), Number::Integer)
        }
        Number::Float(float) => Number::Float(-float),
    }
}
