//! A comparison in words, as what follows an attribute's name in a sentence.

use crate::engine::comparison::{Comparison, Order, describe};

/// A comparison that holds: "is one of [NL, BE]", "is at least 18".
#[must_use]
pub fn holding(comparison: &Comparison) -> String {
    match comparison {
        Comparison::Ordered(order, bound) => {
            let words = match order {
                Order::Greater => "is above",
                Order::GreaterOrEqual => "is at least",
                Order::Less => "is below",
                Order::LessOrEqual => "is at most",
            };
            format!("{words} {}", describe(bound))
        }
        // "Is not" and "is none of" are said of a missing attribute, too.
        Comparison::Equal(_, false) => comparison.to_string().replacen("is ", "is present and ", 1),
        Comparison::Member(_, false) => {
            comparison.to_string().replacen("is ", "is present and ", 1)
        }
        other => other.to_string(),
    }
}

/// One that does not hold, for whatever reason: "does not start with staff-".
#[must_use]
pub fn failing(comparison: &Comparison) -> String {
    let words = holding(comparison);
    match comparison {
        Comparison::IgnoringCase(comparison) => {
            return format!("{} (ignoring case)", failing(comparison.written()));
        }
        Comparison::Exists(true) => return "is missing".to_owned(),
        Comparison::Exists(false) => return "is present".to_owned(),
        Comparison::Equal(_, false) => {
            return words.replacen("is present and not ", "is missing or ", 1);
        }
        Comparison::Member(_, false) => {
            return words.replacen("is present and none of ", "is missing or one of ", 1);
        }
        Comparison::Member(_, true) => return words.replacen("is one of ", "is none of ", 1),
        _ => {}
    }
    let verbs = [("is ", "is not "), ("contains ", "does not contain ")].into_iter().chain([
        ("starts ", "does not start "),
        ("ends ", "does not end "),
        ("matches ", "does not match "),
        ("satisfies ", "does not satisfy "),
    ]);
    let negated = verbs.into_iter().find_map(|(positive, negative)| {
        words.strip_prefix(positive).map(|rest| format!("{negative}{rest}"))
    });
    negated.unwrap_or_else(|| format!("not {words}"))
}
