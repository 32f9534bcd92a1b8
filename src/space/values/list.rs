//! Lists: which of the items that comparisons ask for they have.

use std::collections::BTreeMap;

use crate::{
    engine::{
        comparison::Comparison,
        value::{Number, Value},
    },
    space::values::spelling::spellings,
};

/// How many ways in which lists can come out are told apart.
const WAYS_MAX: usize = 4_096;

/// A list for each way in which lists can come out, but for those that `mentioned` has; none if
/// there are too many.
///
/// What matters of a list is which of the items it has that comparisons ask for, and any set of
/// them is possible. So the ways are the unions of what each item makes hold.
#[must_use]
pub fn lists(
    comparisons: &[&Comparison],
    mentioned: &[Value<'static>],
) -> Option<Vec<Value<'static>>> {
    let mut ways: BTreeMap<Vec<bool>, Vec<Value<'static>>> = BTreeMap::new();
    ways.insert(vec![false; comparisons.len()], Vec::new());
    let mut seen = Vec::new();
    let asked = items(comparisons);
    for item in &asked {
        let holds: Vec<bool> =
            comparisons.iter().map(|comparison| is_contained(comparison, item)).collect();
        if seen.contains(&holds) {
            continue;
        }
        let mut more = Vec::new();
        for (known, list) in &ways {
            let union: Vec<bool> = known.iter().zip(&holds).map(|(a, b)| *a || *b).collect();
            if !ways.contains_key(&union) {
                more.push((union, [list.as_slice(), std::slice::from_ref(item)].concat()));
            }
        }
        for (union, list) in more {
            ways.entry(union).or_insert(list);
        }
        if WAYS_MAX < ways.len() {
            return None;
        }
        seen.push(holds);
    }
    Some(ways.into_values().map(|list| unmentioned(list, &asked, mentioned)).collect())
}

/// Whether a list with this item contains what a comparison asks for.
fn is_contained(comparison: &Comparison, item: &Value<'static>) -> bool {
    let list = Value::Array(vec![item.clone()]);
    matches!(comparison.written(), Comparison::Contains(_)) && comparison.holds(Some(&list))
}

/// How many spellings of an item are tried, to find one that is not asked for as it is.
const SPELLINGS_MAX: usize = 64;

/// All items that lists are asked for; where case does not matter, in several spellings.
fn items(comparisons: &[&Comparison]) -> Vec<Value<'static>> {
    let mut items: Vec<Value<'static>> = Vec::new();
    for comparison in comparisons {
        let Comparison::Contains(wanted) = comparison.written() else { continue };
        if matches!(comparison, Comparison::IgnoringCase(_)) {
            items.extend(wanted.iter().flat_map(|one| spellings(one, SPELLINGS_MAX)));
        } else {
            items.extend(wanted.iter().cloned());
        }
    }
    items
}

/// A list that comes out alike and is not mentioned: an item that nothing asks for changes nothing.
fn unmentioned(
    mut list: Vec<Value<'static>>,
    asked: &[Value<'static>],
    mentioned: &[Value<'static>],
) -> Value<'static> {
    let length = mentioned.iter().map(|value| match value {
        Value::Array(items) => items.len(),
        _ => 0,
    });
    let length = length.max().unwrap_or(0);
    let is_mentioned = |list: &[Value<'static>]| {
        let list = Value::Array(list.to_vec());
        mentioned.iter().any(|value| value.equals(&list))
    };
    // To repeat the last item changes nothing; an empty list gets one that nothing asks for.
    let mut numbers = (0..).map(|whole| Value::Number(Number::Integer(whole)));
    let foreign = numbers.find(|number| !asked.iter().any(|item| item.equals(number)));
    let filler = list.last().cloned().or(foreign).unwrap_or(Value::Bool(true));
    while is_mentioned(&list) && list.len() <= length {
        list.push(filler.clone());
    }
    Value::Array(list)
}
