//! Classes of values in words: for whom something changes.

use crate::{
    engine::{condition::AttributeTest, value::Value},
    review::axis::{ANYTHING_ELSE, Class, Sample},
};

/// How many values are spelled out.
const SHOWN_MAX: usize = 6;

/// Some classes of one attribute, in words: "`country` is LU".
#[must_use]
pub fn attribute(
    name: &str,
    classes: &[Class],
    chosen: &[usize],
    tests: &[&AttributeTest],
) -> String {
    let is_discrete = classes.iter().flat_map(|class| &class.samples).all(|sample| match sample {
        Sample::Value { is_mentioned, .. } => *is_mentioned || is_filler(sample),
        Sample::Missing => true,
        Sample::Instant(_) | Sample::SomeText => false,
    });
    if is_discrete {
        return discrete(name, classes, chosen);
    }
    let described: Vec<String> = chosen
        .iter()
        .filter_map(|index| classes.get(*index))
        .map(|class| by_comparisons(name, class, classes, tests))
        .collect();
    described.join(", or ")
}

/// Whether a sample stands for what nothing mentions.
fn is_filler(sample: &Sample) -> bool {
    let Sample::Value { value, is_mentioned: false } = sample else { return false };
    matches!(value, Value::Bool(_)) || value.as_str() == Some(ANYTHING_ELSE)
}

/// By the values that are mentioned: "is one of [BE, NL]", "is none of [BE, NL]".
fn discrete(name: &str, classes: &[Class], chosen: &[usize]) -> String {
    let mentioned = |is_chosen: bool| -> Vec<String> {
        classes
            .iter()
            .enumerate()
            .filter(|(index, _)| chosen.contains(index) == is_chosen)
            .flat_map(|(_, class)| &class.samples)
            .filter_map(|sample| match sample {
                Sample::Value { value, is_mentioned: true } => {
                    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                }
                _ => None,
            })
            .collect()
    };
    let has = |wanted: fn(&Sample) -> bool| {
        let chosen = chosen.iter().filter_map(|index| classes.get(*index));
        chosen.flat_map(|class| &class.samples).any(wanted)
    };
    let has_others = has(is_filler);
    let has_missing = has(|sample| matches!(sample, Sample::Missing));
    let list = |values: Vec<String>, one: &str, several: &str| match &*values {
        [] => String::new(),
        [value] => format!("`{name}` {one} {value}"),
        values => format!("`{name}` {several} {}", shown(values)),
    };
    match (has_others, has_missing) {
        (false, false) => list(mentioned(true), "is", "is one of"),
        (false, true) => match list(mentioned(true), "is", "is one of") {
            empty if empty.is_empty() => format!("`{name}` is missing"),
            values => format!("{values} or missing"),
        },
        (true, true) => match list(mentioned(false), "is not", "is none of") {
            empty if empty.is_empty() => format!("`{name}` is anything"),
            values => values,
        },
        (true, false) => {
            match list(mentioned(false), "is present and not", "is present and none of") {
                empty if empty.is_empty() => format!("`{name}` is present"),
                values => values,
            }
        }
    }
}

/// `[a, b]`, cut short.
fn shown(values: &[String]) -> String {
    let more = values.len().saturating_sub(SHOWN_MAX);
    let list = values.get(..SHOWN_MAX).unwrap_or(values).join(", ");
    if more == 0 { format!("[{list}]") } else { format!("[{list} and {more} more]") }
}

/// By how the comparisons come out: "`age` >= 18 and not `age` >= 65".
fn by_comparisons(
    name: &str,
    class: &Class,
    classes: &[Class],
    tests: &[&AttributeTest],
) -> String {
    if class.samples.iter().all(|sample| matches!(sample, Sample::Missing)) {
        return format!("`{name}` is missing");
    }
    let mut parts: Vec<(bool, String)> = Vec::new();
    for (index, (test, holds)) in tests.iter().zip(&class.truth).enumerate() {
        // What comes out alike in all classes tells nothing.
        let tells = classes.iter().any(|other| other.truth.get(index) != Some(holds));
        let part = (*holds, test.comparison.to_string());
        if tells && !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts.sort_by_key(|(holds, _)| !holds);
    let parts: Vec<String> = parts
        .into_iter()
        .map(
            |(holds, text)| {
                if holds { format!("`{name}` {text}") } else { format!("not `{name}` {text}") }
            },
        )
        .collect();
    if parts.is_empty() { format!("`{name}` is anything") } else { parts.join(" and ") }
}
