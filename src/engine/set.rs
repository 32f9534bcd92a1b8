//! A list of values to be one of.

use std::borrow::Cow;

use foldhash::HashSet;

use crate::engine::{
    folding,
    value::{Number, Value, is_same},
};

/// From this many strings on, a list is looked up by hash and no longer scanned.
const HASHED_FROM: usize = 9;

/// A list of values to be one of.
#[derive(Debug, Default)]
pub struct Set {
    few_strings: Vec<Box<str>>,
    strings: HashSet<Box<str>>,
    integers: HashSet<i64>,
    others: Vec<Value<'static>>,
}

impl Set {
    /// The set of these values.
    #[must_use]
    pub fn of(values: &[Value<'_>]) -> Self {
        let mut set = Self::default();
        for value in values {
            match value {
                Value::String(text) => set.few_strings.push((**text).into()),
                Value::Number(number) => match number.as_exact_integer() {
                    Some(whole) => {
                        set.integers.insert(whole);
                    }
                    None => set.others.push(value.clone().into_owned()),
                },
                other => set.others.push(other.clone().into_owned()),
            }
        }
        if HASHED_FROM <= set.few_strings.len() {
            set.strings = set.few_strings.drain(..).collect();
        }
        set
    }

    /// Whether `value` equals one of them.
    #[must_use]
    pub fn contains(&self, value: &Value<'_>) -> bool {
        match value {
            Value::String(text) => self.contains_text(text),
            Value::Number(number) => match number.as_exact_integer() {
                Some(whole) => self.integers.contains(&whole),
                None => self.others.iter().any(|other| other.equals(value)),
            },
            value => self.others.iter().any(|other| other.equals(value)),
        }
    }

    fn contains_text(&self, text: &str) -> bool {
        self.few_strings.iter().any(|string| is_same(string.as_bytes(), text.as_bytes()))
            || self.strings.contains(text)
    }

    /// The same set with every text in it folded, to be asked by [`Set::contains_folded`].
    #[must_use]
    pub fn folded(&self) -> Self {
        let values: Vec<_> = self.values().iter().map(folding::folded_value).collect();
        let mut set = Self::of(&values);
        set.few_strings.extend(set.strings.drain());
        set.few_strings.sort_unstable();
        set.few_strings.dedup();
        set
    }

    /// Whether `value`, once folded, is one of a set that is folded already.
    #[must_use]
    pub fn contains_folded(&self, value: &Value<'_>) -> bool {
        match value {
            Value::String(text) => {
                let found =
                    self.few_strings.binary_search_by(|own| folding::compare(text, own).reverse());
                found.is_ok()
            }
            Value::Number(_) => self.contains(value),
            value => self.others.iter().any(|other| folding::equals(value, other)),
        }
    }

    /// Whether some of them fulfils the predicate.
    #[must_use]
    pub fn any(&self, mut predicate: impl FnMut(&Value<'_>) -> bool) -> bool {
        let strings = self.few_strings.iter().chain(&self.strings);
        let integers = self.integers.iter().map(|whole| Value::Number(Number::Integer(*whole)));
        strings.map(|text| Value::String(Cow::Borrowed(text))).any(|value| predicate(&value))
            || integers.into_iter().any(|value| predicate(&value))
            || self.others.iter().any(predicate)
    }

    /// All of them, strings and whole numbers sorted.
    #[must_use]
    pub fn values(&self) -> Vec<Value<'static>> {
        let mut strings: Vec<&str> =
            self.few_strings.iter().chain(&self.strings).map(|string| &**string).collect();
        strings.sort_unstable();
        let mut integers: Vec<i64> = self.integers.iter().copied().collect();
        integers.sort_unstable();
        let strings = strings.into_iter().map(|text| Value::String(Cow::Owned(text.to_owned())));
        let integers = integers.into_iter().map(|whole| Value::Number(Number::Integer(whole)));
        strings.chain(integers).chain(self.others.iter().cloned()).collect()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.few_strings.is_empty()
            && self.strings.is_empty()
            && self.integers.is_empty()
            && self.others.is_empty()
    }
}
