//! Conditions in words, and what changed between two lists of them.

use std::{collections::BTreeSet, fmt, slice};

use crate::{
    definition::written::clause::{Clause, FlagRequirement, Single, Test, Wanted, one_by_one},
    engine::{case_folding, context::NOW},
    words::{comparison, moment, value},
    yaml::node::{Node, NodeValue},
};

/// How many values of a list are named.
const SHOWN_VALUES_MAX: usize = 6;

/// One change between two lists of conditions, to follow a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConditionChange {
    /// What they are for begins or ends at another time: "starts 17 December 2026, 09:00 +01:00
    /// instead of …".
    Moved(String),
    /// Anything else: "now also matches LU".
    Other(String),
}

impl fmt::Display for ConditionChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Moved(words) | Self::Other(words)) = self;
        f.write_str(words)
    }
}

/// What changed between two lists of conditions.
#[must_use]
pub fn condition_changes(base: &[Clause<'_>], head: &[Clause<'_>]) -> Vec<ConditionChange> {
    let (before, after) = (Keyed::all(base), Keyed::all(head));
    let mut gone: Vec<&Keyed<'_, '_>> = before.iter().filter(|old| !old.is_among(&after)).collect();
    let mut changes = Vec::new();
    for new in after.iter().filter(|new| !new.is_among(&before)) {
        let subject = new.subject();
        let pair = gone.iter().position(|old| subject.is_some() && old.subject() == subject);
        match pair.map(|index| gone.remove(index)) {
            Some(old) => changes.extend(membership(old, new)),
            None => {
                let words = format!("now also requires that {}", condition(new.single));
                changes.push(ConditionChange::Other(words));
            }
        }
    }
    let lost = gone.into_iter().map(|old| condition(old.single));
    changes.extend(
        lost.map(|words| ConditionChange::Other(format!("no longer requires that {words}"))),
    );
    changes
}

/// Whether two lists have the same conditions in another order.
#[must_use]
pub fn are_reordered(base: &[Clause<'_>], head: &[Clause<'_>]) -> bool {
    let (before, after) = (Keyed::all(base), Keyed::all(head));
    let is_in_order = before.iter().map(|it| &it.key).eq(after.iter().map(|it| &it.key));
    !is_in_order && condition_changes(base, head).is_empty()
}

/// The conditions of a list in words, a sentence each.
#[must_use]
pub fn conditions(clauses: &[Clause<'_>]) -> Vec<String> {
    Keyed::all(clauses).into_iter().map(|it| condition(it.single)).collect()
}

/// The conditions of a list as one text, the same for lists that say the same in the same order.
#[must_use]
pub fn key(clauses: &[Clause<'_>]) -> String {
    Keyed::all(clauses).into_iter().map(|it| it.key + "\n").collect()
}

/// A condition, and the text by which it is told whether another one is the same.
struct Keyed<'c, 't> {
    single: Single<'c, 't>,
    key: String,
}

impl<'c, 't> Keyed<'c, 't> {
    fn all(clauses: &'c [Clause<'t>]) -> Vec<Self> {
        let singles = one_by_one(clauses).into_iter();
        singles.map(|single| Self { single, key: single.to_string() }).collect()
    }

    fn is_among(&self, others: &[Self]) -> bool {
        others.iter().any(|other| other.key == self.key)
    }

    fn test(&self) -> Option<&'c Test<'t>> {
        match self.single {
            Single::Test(test) => Some(test),
            Single::Segment(_) | Single::Flag(_) | Single::Any(_) | Single::Not(_) => None,
        }
    }

    /// What a comparison is about: the attribute, and what it asks of it.
    fn subject(&self) -> Option<(&str, Asked)> {
        let test = self.test()?;
        Some((test.attribute.text, Asked::by(test.operator.name)))
    }
}

/// What a comparison asks of an attribute.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
    /// To be one of some values.
    Among,
    /// To be none of some values.
    NotAmong,
    /// Something else: the operator.
    Otherwise(&'static str),
}

impl Asked {
    fn by(operator: &'static str) -> Self {
        match operator {
            "eq" | "in" => Self::Among,
            "neq" | "not_in" => Self::NotAmong,
            operator => Self::Otherwise(operator),
        }
    }
}

/// The values of which a comparison wants one, or none.
fn values<'t>(test: &Test<'t>) -> Vec<&'t Node> {
    match (&test.operand.value, test.operator.name) {
        // To equal a list is not to be in it.
        (NodeValue::List(items), "in" | "not_in") => items.iter().collect(),
        _ => vec![test.operand],
    }
}

/// What changed between two comparisons of one subject.
fn membership(old: &Keyed<'_, '_>, new: &Keyed<'_, '_>) -> Vec<ConditionChange> {
    let (Some(before), Some(after)) = (old.test(), new.test()) else { return Vec::new() };
    if let Some(words) = moved(before, after) {
        return vec![ConditionChange::Moved(words)];
    }
    let is_folded = after.ignore_case.is_some();
    let asked = Asked::by(after.operator.name);
    if matches!(asked, Asked::Otherwise(_)) || is_folded != before.ignore_case.is_some() {
        let (new, old) = (condition(new.single), condition(old.single));
        let words = format!("requires that {new}, no longer that {old}");
        return vec![ConditionChange::Other(words)];
    }
    let text = |node: &Node| {
        let mut json = String::new();
        node.write_plain_json(&mut json);
        if is_folded { case_folding::folded(&json) } else { json }
    };
    let missing_in = |these: &[&'_ Node], others: &[&Node]| -> Vec<String> {
        let known: BTreeSet<String> = others.iter().map(|node| text(node)).collect();
        let missing = these.iter().filter(|node| !known.contains(&text(node)));
        missing.map(|node| value::in_words(node)).collect()
    };
    let (before, after) = (values(before), values(after));
    let (added, removed) = (missing_in(&after, &before), missing_in(&before, &after));
    let (wider, narrower) =
        if asked == Asked::NotAmong { (removed, added) } else { (added, removed) };
    let mut changes = Vec::new();
    if !wider.is_empty() {
        changes.push(ConditionChange::Other(format!("now also matches {}", named(&wider))));
    }
    if !narrower.is_empty() {
        changes.push(ConditionChange::Other(format!("no longer matches {}", named(&narrower))));
    }
    changes
}

/// That something starts or ends at another time, in the offsets that were written.
fn moved(before: &Test<'_>, after: &Test<'_>) -> Option<String> {
    let verb = match after.operator.name {
        "after" => "starts",
        "before" => "ends",
        _ => return None,
    };
    if after.attribute.text != NOW || before.operator.name != after.operator.name {
        return None;
    }
    let (old, new) = (moment::read(before.operand)?, moment::read(after.operand)?);
    Some(format!("{verb} {}", moment::instead(&new, &old)))
}

/// A few values: "LU, DE and 3 more".
fn named(values: &[String]) -> String {
    let shown: Vec<&str> = values.iter().take(SHOWN_VALUES_MAX).map(|value| &**value).collect();
    let more = values.len().saturating_sub(SHOWN_VALUES_MAX);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// A condition in words.
fn condition(single: Single<'_, '_>) -> String {
    match single {
        Single::Test(test) => test_in_words(test),
        Single::Segment(name) => format!("segment {} holds", value::quoted(name.text)),
        Single::Flag(FlagRequirement { flag, is }) => {
            let wanted = match is {
                Wanted::Variant(name) => name.text,
                Wanted::True | Wanted::Misshapen => "true",
            };
            format!("flag {} is {}", value::quoted(flag.text), value::on_one_line(wanted))
        }
        Single::Any(clauses) => {
            let alternatives: Vec<String> = clauses.iter().map(together).collect();
            match &*alternatives {
                [] => "nothing at all".to_owned(),
                [only] => only.clone(),
                several => format!("({})", several.join(" or ")),
            }
        }
        Single::Not(clause) => format!("it is not so that {}", together(clause)),
    }
}

/// A condition in words; if it is several, all of them, in parentheses.
fn together(clause: &Clause<'_>) -> String {
    let all = one_by_one(slice::from_ref(clause));
    let words: Vec<String> = all.into_iter().map(condition).collect();
    match &*words {
        [only] => only.clone(),
        several => format!("({})", several.join(" and ")),
    }
}

/// `{attribute, operator, value}` in the words of the engine.
fn test_in_words(test: &Test<'_>) -> String {
    let operand = test.operand.to_value();
    let compared = if test.ignore_case.is_some() {
        test.operator.compare_ignoring_case(&operand)
    } else {
        test.operator.compare_with(&operand)
    };
    let attribute = value::quoted(test.attribute.text);
    match compared {
        Ok(comparison) => format!("{attribute} {}", comparison::holding(&comparison)),
        // What is compared has passed the gate, so this is not met.
        Err(_) => {
            format!("{attribute} {} {}", test.operator.name, value::in_words(test.operand))
        }
    }
}
