//! Conditions as texts that are equal exactly where the conditions are.

use std::fmt::Write as _;

use crate::engine::{
    comparison::Comparison,
    condition::{Condition, Prerequisite},
    flag::FlagSet,
};

/// A list of conditions, segments written out.
#[must_use]
pub fn conditions(flags: &FlagSet, list: &[Condition]) -> String {
    let mut text = String::new();
    write_list(&mut text, flags, list);
    text
}

fn write_list(text: &mut String, flags: &FlagSet, list: &[Condition]) {
    text.push('[');
    for condition in list {
        write_condition(text, flags, condition);
        text.push(';');
    }
    text.push(']');
}

fn write_condition(text: &mut String, flags: &FlagSet, condition: &Condition) {
    match condition {
        Condition::Attribute(test) => {
            let _ = write!(text, "{:?} ", test.attribute.name());
            write_comparison(text, &test.comparison);
        }
        Condition::Segment(index, _) => {
            let conditions = flags.segment(*index).map(|segment| &*segment.conditions);
            write_list(text, flags, conditions.unwrap_or_default());
        }
        Condition::Flag(Prerequisite { flag, is, .. }) => {
            let other = flags.flag(*flag);
            let variant = is.and_then(|index| other?.variant(index));
            let (key, name) = (other.map(|flag| &flag.key), variant.map(|variant| &variant.name));
            let _ = write!(text, "flag {key:?} {name:?}");
        }
        Condition::All(inner, _) => write_list(text, flags, inner),
        Condition::Any(inner, _) => {
            text.push_str("any ");
            write_list(text, flags, inner);
        }
        Condition::Not(inner, _) => {
            text.push_str("not ");
            write_condition(text, flags, inner);
        }
    }
}

/// A comparison with all of its values, where its own words are cut short.
fn write_comparison(text: &mut String, comparison: &Comparison) {
    let _ = match comparison {
        Comparison::Member(set, positive) => {
            let values = set.values();
            write!(text, "in {positive} ")
                .and_then(|()| values.iter().try_for_each(|value| write!(text, "{value},")))
        }
        Comparison::Matches(regex) => write!(text, "matches {:?}", regex.as_str()),
        Comparison::IgnoringCase(comparison) => {
            text.push_str("ignoring case ");
            return write_comparison(text, comparison.folded());
        }
        // Nothing in the others is hashed, so this is the same every time.
        other => write!(text, "{other:?}"),
    };
}
