//! A node as JSON: for the schema's validator, for the engine, and as text.

use std::{borrow::Cow, fmt::Write as _};

use crate::{
    definition::document::{Entry, Node, Value},
    engine::value::{self as engine, Object},
};

impl Node {
    /// The same value without its places.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => serde_json::Value::Bool(*value),
            Value::Number(text) => match read_number(text) {
                engine::Number::Integer(whole) => serde_json::Value::from(whole),
                engine::Number::Float(float) => serde_json::Value::from(float),
            },
            Value::String(text) => serde_json::Value::String(text.to_string()),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(entries) => serde_json::Value::Object(
                entries.iter().map(|it| (it.key.to_string(), it.node.to_json())).collect(),
            ),
        }
    }

    /// The same value as the engine compares it.
    #[must_use]
    pub fn to_value(&self) -> engine::Value<'static> {
        match &self.value {
            Value::Null => engine::Value::Null,
            Value::Bool(value) => engine::Value::Bool(*value),
            Value::Number(text) => engine::Value::Number(read_number(text)),
            Value::String(text) => engine::Value::String(Cow::Owned(text.to_string())),
            Value::List(items) => engine::Value::Array(items.iter().map(Self::to_value).collect()),
            Value::Map(entries) => engine::Value::Object(Object::from_entries(
                entries
                    .iter()
                    .map(|it| (Cow::Owned(it.key.to_string()), it.node.to_value()))
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

    fn write(&self, out: &mut String, order: Order) {
        match &self.value {
            Value::Null => out.push_str("null"),
            Value::Bool(true) => out.push_str("true"),
            Value::Bool(false) => out.push_str("false"),
            Value::Number(text) => out.push_str(text),
            Value::String(text) => write_string(out, text),
            Value::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    item.write(out, order);
                }
                out.push(']');
            }
            Value::Map(entries) => {
                let mut entries: Vec<&Entry> = entries.iter().collect();
                if order == Order::Sorted {
                    entries.sort_by(|a, b| a.key.cmp(&b.key));
                }
                out.push('{');
                for (index, entry) in entries.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    write_string(out, &entry.key);
                    out.push(':');
                    entry.node.write(out, order);
                }
                out.push('}');
            }
        }
    }
}

/// In which order the keys of a mapping are written.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    Written,
    Sorted,
}

/// Appends a string as JSON.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|letter: char| letter < ' ' || letter == '"' || letter == '\\') {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut letters = special.chars();
        match letters.next() {
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(letter @ ('"' | '\\')) => out.extend(['\\', letter]),
            // Writing to a string cannot fail.
            Some(letter) => _ = write!(out, "\\u{:04x}", u32::from(letter)),
            None => {}
        }
        rest = letters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// The value of a number's text. A document has only numbers that are finite and fit.
fn read_number(text: &str) -> engine::Number {
    match text.parse() {
        Ok(whole) => engine::Number::Integer(whole),
        Err(_) => engine::Number::Float(text.parse().unwrap_or_default()),
    }
}
