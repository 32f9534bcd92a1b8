//! Classes of values in words: for whom something changes.

use std::collections::BTreeSet;

use crate::{
    engine::{comparison::Comparison, condition::AttributeTest, context::NOW, phrase::describe},
    space::{
        axes::{Axis, AxisKind},
        axis::{Class, Truth},
        formula::{NamedFormula, Space},
        other_flag::Outcomes,
        sample::Sample,
    },
    words::{comparison, ranges, whom::CallerFact},
};

/// How many values are spelled out.
const SHOWN_MAX: usize = 6;

/// A set of classes of one axis.
type Region = BTreeSet<usize>;

/// What is chosen of an axis: "`country` is LU", "in segment `benelux`".
#[must_use]
pub fn region(space: &Space<'_>, axis: usize, chosen: &Region, possible: &Region) -> CallerFact {
    let Some(own) = space.axes.get(axis) else { return CallerFact::Is(Vec::new()) };
    let named = space.segments.iter().find_map(|(name, formula)| {
        let holds = segment_region(space, axis, formula, possible)?;
        in_segment(&formula.called(name), &holds, chosen, possible)
    });
    named.unwrap_or_else(|| {
        CallerFact::Is(match &own.kind {
            AxisKind::Attribute(tests) => attribute(own, tests, chosen, possible),
            AxisKind::Flag(_, ways) => vec![other_flag(own.name, ways, chosen)],
            AxisKind::Comparison(test) => vec![comparison(test, chosen)],
        })
    })
}

/// That callers are in a segment, or that they are not, if what is chosen is just that.
fn in_segment(
    name: &str,
    members: &Region,
    chosen: &Region,
    possible: &Region,
) -> Option<CallerFact> {
    let others: Region = possible.difference(members).copied().collect();
    let is_in = chosen == members;
    (is_in || *chosen == others).then(|| CallerFact::Segment(name.to_owned(), is_in))
}

/// The classes of an axis that are in a segment, if nothing else decides that, on either side.
fn segment_region(
    space: &Space<'_>,
    axis: usize,
    formula: &NamedFormula,
    possible: &Region,
) -> Option<Region> {
    let sides: Vec<Region> = [&formula.base, &formula.head]
        .into_iter()
        .flatten()
        .map(|formula| {
            formula.is_about_only(axis).then(|| {
                let mut cell = vec![0; space.axes.len()];
                let mut holds = |class: &usize| {
                    if let Some(slot) = cell.get_mut(axis) {
                        *slot = *class;
                    }
                    formula.truth(&space.axes, &cell) == Truth::Yes
                };
                possible.iter().copied().filter(|class| holds(class)).collect()
            })
        })
        .collect::<Option<_>>()?;
    match &*sides {
        [one] => Some(one.clone()),
        [base, head] if base == head => Some(head.clone()),
        _ => None,
    }
}

/// Some classes of an attribute, each alternative a sentence.
fn attribute(
    axis: &Axis<'_>,
    tests: &[&AttributeTest],
    chosen: &Region,
    possible: &Region,
) -> Vec<String> {
    let (name, classes) = (axis.name, &*axis.classes);
    if name == NOW {
        return vec![ranges::instants(axis, tests, chosen)];
    }
    if ranges::is_numeric(tests) {
        return vec![format!("`{name}` {}", ranges::numbers(axis, tests, chosen))];
    }
    let is_discrete = |test: &&AttributeTest| {
        matches!(
            test.comparison,
            Comparison::Equal(..) | Comparison::Member(..) | Comparison::Exists(_)
        )
    };
    if tests.iter().all(is_discrete) {
        return vec![discrete(name, classes, chosen, possible)];
    }
    if let Some(words) = by_one_comparison(tests, classes, chosen, possible) {
        return vec![format!("`{name}` {words}")];
    }
    let one = |class: &usize| by_comparisons(name, *class, classes, possible, tests);
    chosen.iter().map(one).collect()
}

/// By the values that are mentioned: "is one of [BE, NL]", "is none of [BE, NL]".
fn discrete(name: &str, classes: &[Class], chosen: &Region, possible: &Region) -> String {
    let samples = |region: &Region| -> Vec<&Sample> {
        region
            .iter()
            .filter_map(|index| classes.get(*index))
            .flat_map(|one| &*one.samples)
            .collect()
    };
    let mentioned = |region: &Region| -> Vec<String> {
        let value = |sample: &Sample| match sample {
            Sample::Value { value, is_mentioned: true } => Some(describe(value)),
            _ => None,
        };
        samples(region).into_iter().filter_map(value).collect()
    };
    let is_other = |sample: &&Sample| match sample {
        Sample::Value { value, is_mentioned: false } => value.as_str().is_some(),
        _ => false,
    };
    let has_others = samples(chosen).iter().any(is_other);
    let has_missing = samples(chosen).iter().any(|sample| matches!(sample, Sample::Missing));
    let rest: Region = possible.difference(chosen).copied().collect();
    let is_ever_missing = samples(possible).iter().any(|sample| matches!(sample, Sample::Missing));
    let (values, others) = (mentioned(chosen), mentioned(&rest));
    let words = match (has_others, has_missing) {
        (false, false) => listed(&values, "is", "is one of"),
        (false, true) if values.is_empty() => "is missing".to_owned(),
        (false, true) => format!("{} or missing", listed(&values, "is", "is one of")),
        (true, true) if others.is_empty() => "is anything".to_owned(),
        (true, false) if others.is_empty() => "is present".to_owned(),
        (true, false) if is_ever_missing => {
            listed(&others, "is present and not", "is present and none of")
        }
        (true, _) => listed(&others, "is not", "is none of"),
    };
    format!("`{name}` {words}")
}

/// One value or several, after a verb for each.
fn listed(values: &[String], one: &str, several: &str) -> String {
    match values {
        [value] => format!("{one} {value}"),
        values => {
            let more = values.len().saturating_sub(SHOWN_MAX);
            let list = values.get(..SHOWN_MAX).unwrap_or(values).join(", ");
            let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
            format!("{several} [{list}{rest}]")
        }
    }
}

/// By a single comparison, if the classes are those on which it comes out one way.
fn by_one_comparison(
    tests: &[&AttributeTest],
    classes: &[Class],
    chosen: &Region,
    possible: &Region,
) -> Option<String> {
    tests.iter().enumerate().find_map(|(index, test)| {
        let holds = |class: &&usize| {
            classes.get(**class).and_then(|one| one.truth.get(index)) == Some(&Truth::Yes)
        };
        let holding: Region = possible.iter().filter(holds).copied().collect();
        let failing: Region = possible.difference(&holding).copied().collect();
        if *chosen == holding {
            Some(comparison::holding(&test.comparison))
        } else if *chosen == failing {
            Some(not_holding(&test.comparison, chosen, classes))
        } else {
            None
        }
    })
}

/// A comparison that does not hold of these classes; of a missing attribute only if one of them is
/// about it.
fn not_holding(comparison: &Comparison, chosen: &Region, classes: &[Class]) -> String {
    let mut samples = chosen.iter().filter_map(|i| classes.get(*i)).flat_map(|one| &*one.samples);
    if samples.any(|sample| matches!(sample, Sample::Missing)) {
        comparison::failing(comparison)
    } else {
        comparison::failing_though_present(comparison)
    }
}

/// By as few comparisons as tell one class from all others.
fn by_comparisons(
    name: &str,
    class: usize,
    classes: &[Class],
    possible: &Region,
    tests: &[&AttributeTest],
) -> String {
    let Some(own) = classes.get(class) else { return String::new() };
    if own.samples.iter().all(|sample| matches!(sample, Sample::Missing)) {
        return format!("`{name}` is missing");
    }
    let others =
        || possible.iter().filter(|other| **other != class).filter_map(|i| classes.get(*i));
    let tells_apart = |parts: &[usize]| {
        others()
            .all(|other| parts.iter().any(|part| other.truth.get(*part) != own.truth.get(*part)))
    };
    let mut parts: Vec<usize> = (0..tests.len()).collect();
    // What comes out as wanted says more, so it goes last.
    let holds = |part: &usize| own.truth.get(*part) == Some(&Truth::Yes);
    let (yes, no): (Vec<usize>, Vec<usize>) = parts.iter().partition(|part| holds(part));
    for part in no.iter().rev().chain(yes.iter().rev()) {
        let fewer: Vec<usize> = parts.iter().copied().filter(|other| other != part).collect();
        if tells_apart(&fewer) {
            parts = fewer;
        }
    }
    parts.sort_by_key(|part| !holds(part));
    let words: Vec<String> = parts
        .iter()
        .filter_map(|part| tests.get(*part).map(|test| (holds(part), &test.comparison)))
        .map(|(holds, comparison)| {
            let words = if holds {
                comparison::holding(comparison)
            } else {
                not_holding(comparison, &Region::from([class]), classes)
            };
            format!("`{name}` {words}")
        })
        .collect();
    if words.is_empty() { format!("`{name}` is anything") } else { words.join(" and ") }
}

/// What another flag resolves to.
fn other_flag(key: &str, ways: &[Vec<Outcomes>], chosen: &Region) -> String {
    let resolved = |outcomes: &Outcomes| {
        let (base, head) = (outcomes.base.in_words(), outcomes.head.in_words());
        if base == head { head } else { format!("{base} before and {head} now") }
    };
    let ways = chosen.iter().filter_map(|class| ways.get(*class)).flatten();
    let ways: BTreeSet<String> = ways.map(resolved).collect();
    let shown: Vec<&str> = ways.iter().map(String::as_str).take(SHOWN_MAX).collect();
    let rest = if SHOWN_MAX < ways.len() { " or another" } else { "" };
    format!("flag `{key}` is {}{rest}", shown.join(" or "))
}

/// Whether one comparison holds.
fn comparison(test: &AttributeTest, chosen: &Region) -> String {
    let words = if chosen.contains(&1) {
        comparison::holding(&test.comparison)
    } else {
        comparison::failing(&test.comparison)
    };
    format!("`{}` {words}", test.attribute.name())
}
