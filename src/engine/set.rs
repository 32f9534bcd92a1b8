//! A list of values to be one of, or to contain one of.

use std::borrow::Cow;

use aho_corasick::{Anchored, automaton::Automaton, nfa::contiguous::NFA};
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
    /// Of the other numbers what each is known by, so that they are looked up by hash too.
    numbers: HashSet<(bool, i64)>,
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
                    None => {
                        set.numbers.insert(key(*number));
                        set.others.push(value.clone().into_owned());
                    }
                },
                // Thousands of the same would be looked at one by one.
                Value::Bool(_) | Value::Null if set.others.iter().any(|one| one.equals(value)) => {}
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
                None => self.numbers.contains(&key(*number)),
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

/// What a number is known by: equal ones have one key, others another.
fn key(number: Number) -> (bool, i64) {
    match number {
        Number::Integer(whole) => (true, whole),
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole, and to fit")]
        Number::Float(float) if float.fract() == 0.0 && float.abs() < 9.2e18 => {
            (true, float as i64)
        }
        Number::Float(float) => (false, float.to_bits().cast_signed()),
    }
}

/// The alternatives of `contains`: texts in a text, values in a list.
#[derive(Debug)]
pub struct Alternatives {
    values: Box<[Value<'static>]>,
    /// Found in one pass, if they are many or folded.
    many: Option<Box<Many>>,
}

/// Many values, ready to be looked for all at once.
#[derive(Debug)]
struct Many {
    set: Set,
    texts: NFA,
    is_folded: bool,
}

impl Alternatives {
    /// Those values.
    #[must_use]
    pub fn new(values: Box<[Value<'static>]>) -> Self {
        let many = (HASHED_FROM <= values.len()).then(|| Many::of(&values, false)).flatten();
        Self { values, many }
    }

    /// The same with every text folded, to be asked by [`Alternatives::are_in_folded`].
    #[must_use]
    pub fn folded(&self) -> Self {
        let values: Box<[_]> = self.values.iter().map(folding::folded_value).collect();
        let many = Many::of(&values, true);
        Self { values, many }
    }

    /// Whether a text or a list contains one of them.
    #[must_use]
    pub fn are_in(&self, value: &Value<'_>) -> bool {
        match (value, &self.many) {
            (Value::String(text), Some(many)) => many.is_in(text.bytes()),
            (Value::Array(items), Some(many)) => items.iter().any(|item| many.set.contains(item)),
            (Value::String(text), None) => {
                self.values.iter().filter_map(Value::as_str).any(|part| text.contains(part))
            }
            (Value::Array(items), None) => {
                self.values.iter().any(|value| items.iter().any(|item| item.equals(value)))
            }
            _ => false,
        }
    }

    /// Whether a text or a list, once folded, contains one of them, which are folded already.
    #[must_use]
    pub fn are_in_folded(&self, value: &Value<'_>) -> bool {
        let Some(many) = self.many.as_ref().filter(|many| many.is_folded) else { return false };
        match value {
            Value::String(text) => {
                let bytes = folding::letters(text).flat_map(|letter| {
                    let mut bytes = [0; 4];
                    let length = letter.encode_utf8(&mut bytes).len();
                    bytes.into_iter().take(length)
                });
                many.is_in(bytes)
            }
            Value::Array(items) => items.iter().any(|item| many.set.contains_folded(item)),
            _ => false,
        }
    }
}

impl std::ops::Deref for Alternatives {
    type Target = [Value<'static>];

    fn deref(&self) -> &Self::Target {
        &self.values
    }
}

impl Many {
    fn of(values: &[Value<'static>], is_folded: bool) -> Option<Box<Self>> {
        let set = if is_folded { Set::of(values).folded() } else { Set::of(values) };
        // Fails only for more bytes than a file can have.
        let texts = NFA::new(values.iter().filter_map(Value::as_str)).ok()?;
        Some(Box::new(Self { set, texts, is_folded }))
    }

    /// Whether one of the texts is among these bytes: one step for each of them.
    fn is_in(&self, mut bytes: impl Iterator<Item = u8>) -> bool {
        let Ok(mut state) = self.texts.start_state(Anchored::No) else { return false };
        self.texts.is_match(state)
            || bytes.any(|byte| {
                state = self.texts.next_state(Anchored::No, state, byte);
                self.texts.is_match(state)
            })
    }
}
