//! A JSON value, and how two of them compare.

use std::{borrow::Cow, cmp::Ordering, fmt};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::engine::json_text::write_quoted;

/// A JSON value that borrows its strings from the text it was read from, where it can.
///
/// Values of two types are never equal, and nothing is coerced; see [`Value::equals`].
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// `null`, which counts as missing wherever an attribute is looked up.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Cow<'a, str>),
    /// A list.
    Array(Vec<Value<'a>>),
    /// A mapping.
    Object(Object<'a>),
}

/// A JSON number: what an integer says exactly is kept exactly.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// A whole number that was written as one and fits.
    Integer(i64),
    /// Any other. Finite in every definition; what a caller sends beyond every float is infinite,
    /// and so larger or smaller than all numbers and equal to none of them.
    Float(f64),
}

/// A JSON object, sorted by key. Of a key that occurs twice, the last is kept.
#[derive(Clone, Debug, Default)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

/// Up to this many entries, an object is scanned and not searched.
const SCANNED_MAX: usize = 16;
/// Two to the power of 53: up to here every whole number has a float of its own.
const EXACT_MAX: i64 = 1 << 53;

impl Value<'_> {
    /// Deep equality: numbers by value (`1` equals `1.0`), objects whatever the order of keys.
    #[must_use]
    pub fn equals(&self, other: &Value<'_>) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a.compare(*b) == Ordering::Equal,
            (Value::String(a), Value::String(b)) => is_same(a.as_bytes(), b.as_bytes()),
            (Value::Array(a), Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals(b))
            }
            (Value::Object(a), Value::Object(b)) => {
                a.0.len() == b.0.len()
                    && a.0.iter().zip(&b.0).all(|(a, b)| a.0 == b.0 && a.1.equals(&b.1))
            }
            _ => false,
        }
    }

    /// The JSON type, as a noun with its article: "a string".
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "a mapping",
        }
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The same value, owning its strings.
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Null => Value::Null,
            Value::Bool(value) => Value::Bool(value),
            Value::Number(number) => Value::Number(number),
            Value::String(text) => Value::String(Cow::Owned(text.into_owned())),
            Value::Array(items) => Value::Array(items.into_iter().map(Value::into_owned).collect()),
            Value::Object(object) => Value::Object(Object(
                object
                    .0
                    .into_iter()
                    .map(|(key, value)| (Cow::Owned(key.into_owned()), value.into_owned()))
                    .collect(),
            )),
        }
    }
}

impl Number {
    /// Compares by value, exactly, also between integers and floats.
    #[must_use]
    pub fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a.cmp(&b),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (Self::Integer(a), Self::Float(b)) => compare_mixed(a, b),
            (Self::Float(a), Self::Integer(b)) => compare_mixed(b, a).reverse(),
        }
    }

    /// The number as an integer, if its value is one within ±(2⁵³−1).
    #[must_use]
    pub fn as_exact_integer(self) -> Option<i64> {
        let whole = match self {
            Self::Integer(whole) => whole,
            #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
            Self::Float(float) if float.fract() == 0.0 && float.abs() < 9.1e15 => float as i64,
            Self::Float(_) => return None,
        };
        (-EXACT_MAX < whole && whole < EXACT_MAX).then_some(whole)
    }

    /// The nearest float.
    #[must_use]
    pub fn as_float(self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked")]
            Self::Integer(whole) => whole as f64,
            Self::Float(float) => float,
        }
    }
}

/// Compares a whole number with a float.
fn compare_mixed(whole: i64, float: f64) -> Ordering {
    // Any float of this size is beyond every integer here.
    if float.abs() >= 1e19 {
        return if float > 0.0 { Ordering::Less } else { Ordering::Greater };
    }
    let whole = i128::from(whole);
    #[expect(clippy::cast_possible_truncation, reason = "below 1e19, so it fits")]
    let floor = float.floor() as i128;
    let fraction = float - float.floor();
    whole.cmp(&floor).then(if fraction > 0.0 { Ordering::Less } else { Ordering::Equal })
}

/// Whether two names are the same. They are short: two comparisons of words say so in less time
/// than it takes to call for a comparison of any length.
pub(crate) fn is_same(a: &[u8], b: &[u8]) -> bool {
    fn ends<const SIZE: usize>(text: &[u8]) -> Option<(&[u8; SIZE], &[u8; SIZE])> {
        text.first_chunk().zip(text.last_chunk())
    }
    a.len() == b.len()
        && match a.len() {
            0..4 => a.iter().eq(b),
            4..8 => ends::<4>(a) == ends(b),
            8..=16 => ends::<8>(a) == ends(b),
            _ => a == b,
        }
}

impl<'a> Object<'a> {
    /// Sorts the entries; of equal keys the last one stays.
    #[must_use]
    pub fn from_entries(mut entries: Vec<(Cow<'a, str>, Value<'a>)>) -> Self {
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            entries.reverse();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.dedup_by(|later, earlier| later.0 == earlier.0);
        }
        Self(entries)
    }

    /// The value under `key`.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&Value<'a>> {
        // Most names differ in length already, which an ordering cannot make use of.
        if self.0.len() <= SCANNED_MAX {
            let entry = self.0.iter().find(|(name, _)| is_same(name.as_bytes(), key.as_bytes()));
            return entry.map(|(_, value)| value);
        }
        let index = self.0.binary_search_by(|(name, _)| (**name).cmp(key)).ok()?;
        self.0.get(index).map(|(_, value)| value)
    }

    /// All entries, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    /// Takes out the value under `key`.
    pub fn remove(&mut self, key: &str) -> Option<Value<'a>> {
        let index = self.0.binary_search_by(|(name, _)| (**name).cmp(key)).ok()?;
        Some(self.0.remove(index).1)
    }

    /// Adds `value` under `key`, unless a value other than null is there already.
    pub fn insert_if_missing(&mut self, key: &str, value: Value<'a>) {
        match self.0.binary_search_by(|(name, _)| (**name).cmp(key)) {
            Ok(index) => {
                if let Some((_, entry @ Value::Null)) = self.0.get_mut(index) {
                    *entry = value;
                }
            }
            Err(index) => self.0.insert(index, (Cow::Owned(key.to_owned()), value)),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(whole) => write!(formatter, "{whole}"),
            Self::Float(f64::INFINITY) => formatter.write_str("Infinity"),
            Self::Float(f64::NEG_INFINITY) => formatter.write_str("-Infinity"),
            Self::Float(float) => write!(formatter, "{float:?}"),
        }
    }
}

/// Compact JSON, but for numbers beyond every float.
impl fmt::Display for Value<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => formatter.write_str("null"),
            Value::Bool(value) => write!(formatter, "{value}"),
            Value::Number(number) => write!(formatter, "{number}"),
            Value::String(text) => write_quoted(formatter, text),
            Value::Array(items) => {
                formatter.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(formatter, "{comma}{item}")?;
                }
                formatter.write_str("]")
            }
            Value::Object(object) => {
                formatter.write_str("{")?;
                for (index, (key, value)) in object.iter().enumerate() {
                    formatter.write_str(if index == 0 { "" } else { ", " })?;
                    write_quoted(formatter, key)?;
                    write!(formatter, ": {value}")?;
                }
                formatter.write_str("}")
            }
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;
        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = Object<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
                read_entries(access)
            }
        }
        deserializer.deserialize_map(ObjectVisitor)
    }
}

/// Reads a whole map.
fn read_entries<'de, A: MapAccess<'de>>(mut access: A) -> Result<Object<'de>, A::Error> {
    let mut entries = Vec::new();
    while let Some(Text(key)) = access.next_key()? {
        entries.push((key, access.next_value()?));
    }
    Ok(Object::from_entries(entries))
}

/// A string that borrows if it can; `Cow` on its own never does.
#[derive(serde::Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// Builds a [`Value`] from whatever comes.
struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Value::Number(Number::Integer(value)))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "no definition holds so large an integer")]
        let number = i64::try_from(value).map_or(Number::Float(value as f64), Number::Integer);
        Ok(Value::Number(number))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Value::Number(Number::Float(value)))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Value::String(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::String(Cow::Owned(text.to_owned())))
    }
    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Value::String(Cow::Owned(text)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        read_entries(access).map(Value::Object)
    }
}
