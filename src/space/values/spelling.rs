//! The same value with letters of the other case.

use std::borrow::Cow;

use crate::engine::{
    case_folding::same_letters,
    value::{Object, Value},
};

/// Values that differ from this one in the case of letters only, this one among them; up to so
/// many.
#[must_use]
pub fn spellings(value: &Value<'_>, count: usize) -> Vec<Value<'static>> {
    let spelled = (0..count).map_while(|index| {
        let mut rest = index;
        let spelled = spelled(value, &mut rest);
        (rest == 0).then_some(spelled)
    });
    spelled.collect()
}

/// Each letter is the digit of a number: which of those it is that differ in case only.
fn spelled(value: &Value<'_>, rest: &mut usize) -> Value<'static> {
    match value {
        Value::String(text) => {
            let letter = |letter: char| {
                let same = same_letters(letter);
                let chosen = same.get(*rest % same.len().max(1)).copied();
                *rest /= same.len().max(1);
                chosen.unwrap_or(letter)
            };
            Value::String(Cow::Owned(text.chars().map(letter).collect()))
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| spelled(item, rest)).collect()),
        Value::Object(object) => {
            let entries = object.iter();
            let entries =
                entries.map(|(key, value)| (Cow::Owned(key.to_owned()), spelled(value, rest)));
            Value::Object(Object::from_entries(entries.collect()))
        }
        other => other.clone().into_owned(),
    }
}
