//! A list of values to be one of, or to contain one of.

use std::{
    borrow::Cow,
    hash::{BuildHasher, Hash, Hasher},
};

use aho_corasick::{Anchored, automaton::Automaton, nfa::contiguous::NFA};
use foldhash::{HashSet, fast::RandomState};

use crate::engine::{
    case_folding,
    value::{Number, Value, is_same},
};

/// From this many strings on, a list is looked up by hash and no longer scanned.
const HASHED_FROM: usize = 9;
/// From this many values on, all are looked for in one pass and no longer one after the other.
const TOGETHER_FROM: usize = 8;

/// A list of values to be one of.
#[derive(Debug, Default)]
pub struct Set {
    few_strings: Vec<Box<str>>,
    strings: HashSet<Box<str>>,
    integers: HashSet<i64>,
    /// Of the other numbers what each is known by, so that they are looked up by hash too.
    numbers: HashSet<(bool, i64)>,
    others: Vec<Value<'static>>,
    /// The digests of these others, and of the texts if they are folded: what is none of the set is
    /// then looked at once, however many there are.
    digests: HashSet<u64>,
    state: RandomState,
    /// How long the longest of the texts is, in bytes, those inside of lists and mappings included.
    longest_bytes: usize,
}

impl Set {
    /// The set of these values.
    #[must_use]
    pub fn of(values: &[Value<'_>]) -> Self {
        let mut set = Self::default();
        for value in values {
            set.longest_bytes = set.longest_bytes.max(longest_bytes(value));
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
                other => {
                    let is_new = set.digests.insert(digest(&set.state, other, false));
                    if is_new || !set.is_among_others(other) {
                        set.others.push(other.clone().into_owned());
                    }
                }
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
            value => {
                self.digests.contains(&digest(&self.state, value, false))
                    && self.is_among_others(value)
            }
        }
    }

    fn is_among_others(&self, value: &Value<'_>) -> bool {
        self.others.iter().any(|other| other.equals(value))
    }

    /// How long the longest of the texts is, in bytes.
    #[must_use]
    pub fn longest_bytes(&self) -> usize {
        self.longest_bytes
    }

    fn contains_text(&self, text: &str) -> bool {
        self.few_strings.iter().any(|string| is_same(string.as_bytes(), text.as_bytes()))
            // What is longer than all of them need not be hashed.
            || text.len() <= self.longest_bytes && self.strings.contains(text)
    }

    /// The same set with every text in it folded, to be asked by [`Set::contains_folded`].
    #[must_use]
    pub fn folded(&self) -> Self {
        let values: Vec<_> = self.values().iter().map(case_folding::folded_value).collect();
        let mut set = Self::of(&values);
        set.few_strings.extend(set.strings.drain());
        set.few_strings.sort_unstable();
        set.few_strings.dedup();
        let texts = set.few_strings.iter().map(|text| Value::String(Cow::Borrowed(text)));
        let digests = texts.map(|text| digest(&set.state, &text, true));
        let others = set.others.iter().map(|other| digest(&set.state, other, true));
        set.digests = digests.chain(others).collect();
        set
    }

    /// Whether `value`, once folded, is one of a set that is folded already.
    #[must_use]
    pub fn contains_folded(&self, value: &Value<'_>) -> bool {
        if let Value::Number(_) = value {
            return self.contains(value);
        }
        // Folding makes a text shorter by two thirds at most: `K` (U+212A) has three bytes.
        let is_too_long = |text: &str| 3 * self.longest_bytes < text.len();
        if value.as_str().is_some_and(is_too_long)
            || !self.digests.contains(&digest(&self.state, value, true))
        {
            return false;
        }
        match value {
            Value::String(text) => {
                let found = self
                    .few_strings
                    .binary_search_by(|own| case_folding::compare(text, own).reverse());
                found.is_ok()
            }
            value => self.others.iter().any(|other| case_folding::equals(value, other)),
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

/// The digest of a value: equal ones have the same, folded or not as they are compared.
fn digest(state: &RandomState, value: &Value<'_>, is_folded: bool) -> u64 {
    let mut hasher = state.build_hasher();
    feed(&mut hasher, value, is_folded);
    hasher.finish()
}

fn feed(hasher: &mut impl Hasher, value: &Value<'_>, is_folded: bool) {
    match value {
        Value::Null => hasher.write_u8(0),
        Value::Bool(value) => hasher.write_u8(1 + u8::from(*value)),
        Value::Number(number) => key(*number).hash(hasher),
        Value::String(text) if is_folded => {
            for letter in case_folding::letters(text) {
                hasher.write_u32(letter.into());
            }
        }
        Value::String(text) => text.hash(hasher),
        Value::Array(items) => {
            hasher.write_usize(items.len());
            for item in items {
                feed(hasher, item, is_folded);
            }
        }
        Value::Object(object) => {
            for (key, value) in object.iter() {
                key.hash(hasher);
                feed(hasher, value, is_folded);
            }
        }
    }
}

/// How long the longest text of a value is, in bytes.
fn longest_bytes(value: &Value<'_>) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(longest_bytes).max().unwrap_or(0),
        Value::Object(object) => {
            let each = object.iter().map(|(key, value)| key.len().max(longest_bytes(value)));
            each.max().unwrap_or(0)
        }
        _ => 0,
    }
}

/// What a number is known by: equal ones have one key, others another.
fn key(number: Number) -> (bool, i64) {
    match number {
        Number::Integer(whole) => (true, whole),
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole, and to fit")]
        Number::Float(float)
            if float.fract() == 0.0 && float.abs() < 9_223_372_036_854_775_808.0 =>
        {
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
        let many = (TOGETHER_FROM <= values.len()).then(|| Many::of(&values, false)).flatten();
        Self { values, many }
    }

    /// Whether all are looked for in one pass, and not one after the other.
    #[must_use]
    pub fn are_found_together(&self) -> bool {
        self.many.is_some()
    }

    /// The same with every text folded, to be asked by [`Alternatives::are_in_folded`].
    #[must_use]
    pub fn folded(&self) -> Self {
        let values: Box<[_]> = self.values.iter().map(case_folding::folded_value).collect();
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
                let bytes = case_folding::letters(text).flat_map(|letter| {
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
