//! A value in a document, which knows its place; and the same value as JSON.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _};

use crate::{
    diagnostics::place::Place,
    engine::{
        json_text::write_quoted,
        value::{self as engine, Object},
    },
};

/// A value in a document, and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub value: NodeValue,
    /// Where it is written. A value that is left out (`key:`) stands where its key does.
    pub place: Place,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum NodeValue {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as JSON text that keeps what was written: `10` stays `10`, `10.0` stays `10.0`.
    Number(Box<str>),
    /// A string.
    String(Box<str>),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in written order; no key twice.
    Map(Vec<Entry>),
}

/// One entry of a mapping.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key; a scalar of any type, as text.
    pub key: Box<str>,
    /// Where the key is written.
    pub key_place: Place,
    /// The value.
    pub node: Node,
}

impl Node {
    /// What it is, as a noun with its article: "a mapping".
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.value {
            NodeValue::Null => "null",
            NodeValue::Bool(_) => "a boolean",
            NodeValue::Number(_) => "a number",
            NodeValue::String(_) => "a string",
            NodeValue::List(_) => "a list",
            NodeValue::Map(_) => "a mapping",
        }
    }

    /// The entry under `key`, if it is a mapping that has one.
    ///
    /// Looks at one entry after the other: for many look-ups in one large mapping, build an index.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_map()?.iter().find(|entry| *entry.key == *key)
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            NodeValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// The entries, if it is a mapping.
    #[must_use]
    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.value {
            NodeValue::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, if it is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.value {
            NodeValue::List(items) => Some(items),
            _ => None,
        }
    }

    /// The same value without its places.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            NodeValue::Null => serde_json::Value::Null,
            NodeValue::Bool(value) => serde_json::Value::Bool(*value),
            NodeValue::Number(text) => match read_number(text) {
                engine::Number::Integer(whole) => serde_json::Value::from(whole),
                engine::Number::Float(float) => serde_json::Value::from(float),
            },
            NodeValue::String(text) => serde_json::Value::String((**text).to_owned()),
            NodeValue::List(items) => items.iter().map(Self::to_json).collect(),
            NodeValue::Map(entries) => {
                let mut object = serde_json::Map::new();
                for Entry { key, node, .. } in entries {
                    object.insert((**key).to_owned(), node.to_json());
                }
                serde_json::Value::Object(object)
            }
        }
    }

    /// The same value as the engine compares it.
    #[must_use]
    pub fn to_value(&self) -> engine::Value<'static> {
        match &self.value {
            NodeValue::Null => engine::Value::Null,
            NodeValue::Bool(value) => engine::Value::Bool(*value),
            NodeValue::Number(text) => engine::Value::Number(read_number(text)),
            NodeValue::String(text) => engine::Value::String(Cow::Owned((**text).to_owned())),
            NodeValue::List(items) => {
                engine::Value::Array(items.iter().map(Self::to_value).collect())
            }
            NodeValue::Map(entries) => engine::Value::Object(Object::from_entries(
                entries
                    .iter()
                    .map(|it| (Cow::Owned((*it.key).to_owned()), it.node.to_value()))
                    .collect(),
            )),
        }
    }

    /// Appends the value as compact JSON: keys in written order, numbers as their text.
    pub fn write_json(&self, out: &mut String) {
        self.write(out, Order::Written);
    }

    /// Appends the value as compact JSON with sorted keys, numbers as their text: the same for all
    /// documents that say the same.
    pub fn write_canonical_json(&self, out: &mut String) {
        self.write(out, Order::Sorted);
    }

    /// Appends the value as compact JSON with sorted keys, equal numbers alike: `1`, `1.0` and
    /// `1e0` are `1`.
    pub fn write_plain_json(&self, out: &mut String) {
        self.write(out, Order::Plain);
    }

    fn write(&self, out: &mut String, order: Order) {
        match &self.value {
            NodeValue::Null => out.push_str("null"),
            NodeValue::Bool(true) => out.push_str("true"),
            NodeValue::Bool(false) => out.push_str("false"),
            NodeValue::Number(text) if order == Order::Plain => {
                let number = read_number(text);
                let _ = match number.as_exact_integer() {
                    Some(whole) => write!(out, "{whole}"),
                    None => write!(out, "{number}"),
                };
            }
            NodeValue::Number(text) => out.push_str(text),
            NodeValue::String(text) => _ = write_quoted(out, text),
            NodeValue::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    item.write(out, order);
                }
                out.push(']');
            }
            NodeValue::Map(entries) => {
                let is_in_order = order == Order::Written || entries.is_sorted_by_key(|it| &it.key);
                if is_in_order {
                    write_entries(out, entries.iter(), order);
                } else {
                    write_entries_in(out, entries.iter().collect(), order);
                }
            }
        }
    }
}

/// Appends entries of a mapping as compact JSON with sorted keys.
pub fn write_sorted_entries(out: &mut String, entries: Vec<&Entry>) {
    write_entries_in(out, entries, Order::Sorted);
}

fn write_entries_in(out: &mut String, mut entries: Vec<&Entry>, order: Order) {
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    write_entries(out, entries.into_iter(), order);
}

fn write_entries<'n>(out: &mut String, entries: impl Iterator<Item = &'n Entry>, order: Order) {
    out.push('{');
    for (index, entry) in entries.enumerate() {
        out.push_str(if index == 0 { "" } else { "," });
        // Writing to a string cannot fail.
        let _ = write_quoted(out, &entry.key);
        out.push(':');
        entry.node.write(out, order);
    }
    out.push('}');
}

/// In which order the keys of a mapping are written, and numbers how.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    Written,
    Sorted,
    /// Sorted, and equal numbers alike.
    Plain,
}

/// The value of a number's text. A document has only numbers that are finite and fit.
fn read_number(text: &str) -> engine::Number {
    match text.parse() {
        Ok(whole) => engine::Number::Integer(whole),
        Err(_) => engine::Number::Float(text.parse().unwrap_or_default()),
    }
}

/// Up to this many entries, a mapping is searched for duplicates one by one.
const SMALL_MAP_LENGTH_MAX: usize = 8;

/// Takes out the entries whose key an earlier one has, each with the place of the first such key.
pub fn take_duplicates(entries: &mut Vec<Entry>) -> Vec<(Entry, Place)> {
    let is_among =
        |index: usize, key: &str| entries.iter().take(index).any(|before| *before.key == *key);
    if entries.len() <= SMALL_MAP_LENGTH_MAX
        && !entries.iter().enumerate().any(|(index, entry)| is_among(index, &entry.key))
    {
        return Vec::new();
    }
    let mut sorted: Vec<(usize, &Entry)> = entries.iter().enumerate().collect();
    sorted.sort_by(|a, b| a.1.key.cmp(&b.1.key));
    let mut firsts = BTreeMap::new();
    for same in sorted.chunk_by(|a, b| a.1.key == b.1.key) {
        let Some(((_, first), later)) = same.split_first() else { continue };
        firsts.extend(later.iter().map(|(index, _)| (*index, first.key_place)));
    }
    if firsts.is_empty() {
        return Vec::new();
    }
    let (mut kept, mut taken) = (Vec::with_capacity(entries.len()), Vec::new());
    for (index, entry) in entries.drain(..).enumerate() {
        match firsts.get(&index) {
            Some(first) => taken.push((entry, *first)),
            None => kept.push(entry),
        }
    }
    *entries = kept;
    taken
}
