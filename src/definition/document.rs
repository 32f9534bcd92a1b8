//! YAML text to values that know their place.

use crate::place::Place;

/// A value in a document, and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it is written.
    pub place: Place,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Value {
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
