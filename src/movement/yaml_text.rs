//! What to write so that a flag serves something: values and fields as YAML.

use std::fmt::Write as _;

use crate::engine::{
    bucket::{Percentage, thousandths},
    flag::{Flag, Serve},
    scheme::POSITIONS,
};

/// A string as YAML: plain where that is surely a string, else quoted.
#[must_use]
pub fn yaml(text: &str) -> String {
    let mut letters = text.chars();
    let is_plain = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || "._/-".contains(letter))
        && !["true", "false", "null"].iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

/// A percentage as it is written.
#[must_use]
pub fn percent(percentage: Percentage) -> String {
    thousandths(u64::from(percentage.thousandths()))
}

/// The fields of a rule that takes so many and serves this.
#[must_use]
pub fn rule(ramp: Percentage, entries: &[(u32, &str)]) -> Vec<String> {
    let is_partial = ramp != Percentage::FULL;
    let ramp = is_partial.then(|| format!("rollout_percentage: {}", percent(ramp)));
    ramp.into_iter().chain([written(entries)]).collect()
}

/// The fields of a rule that is there already, so that it takes so many and serves this: also the
/// one that a new rule would not need, and which of its fields has to go.
#[must_use]
pub fn edited_rule(
    flag: &Flag,
    index: usize,
    ramp: Percentage,
    entries: &[(u32, &str)],
) -> Vec<String> {
    let mut fields = rule(ramp, entries);
    let Some(old) = flag.rules.get(index) else { return fields };
    if ramp == Percentage::FULL && old.ramp != Percentage::FULL {
        fields.insert(0, format!("rollout_percentage: {}", percent(ramp)));
    }
    let gone = match (&old.serve, entries.len()) {
        (Serve::Variant(_), 2..) => "serve",
        (Serve::Split(_), 1) => "split",
        _ => return fields,
    };
    if let Some(last) = fields.last_mut() {
        let _ = write!(last, "  # instead of `{gone}`");
    }
    fields
}

/// What serves these entries, as a field.
#[must_use]
pub fn written(entries: &[(u32, &str)]) -> String {
    if let [(_, name)] = entries {
        return format!("serve: {}", yaml(name));
    }
    let entry = |(length, name): &(u32, &str)| {
        format!("{{ variant: {}, percentage: {} }}", yaml(name), thousandths(u64::from(*length)))
    };
    let entries: Vec<String> = entries.iter().map(entry).collect();
    format!("split: [{}]", entries.join(", "))
}

/// The entries of what is served, each with its length on the line of splits.
#[must_use]
pub fn lengths<'f>(flag: &'f Flag, serve: &Serve) -> Vec<(u32, &'f str)> {
    let name = |index| flag.variant(index).map_or("", |variant| &*variant.name);
    match serve {
        Serve::Variant(index) => vec![(POSITIONS, name(*index))],
        Serve::Split(entries) => {
            let starts = std::iter::once(0).chain(entries.iter().map(|(end, _)| *end));
            let lengths = entries.iter().zip(starts);
            lengths.map(|((end, index), start)| (end - start, name(*index))).collect()
        }
    }
}
