//! Where in a definition something is: the way there, and how to speak of it.

use std::fmt;

use crate::{
    diagnostics::{place::Place, quote::quote},
    yaml::node::{Entry, Node, NodeValue},
};

/// What a part of a file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner<'d> {
    /// The file as a whole.
    File,
    /// The attribute of that name.
    Attribute(&'d str),
    /// The segment of that name.
    Segment(&'d str),
    /// The flag with that key.
    Flag(&'d str),
}

/// A value in a definition, and the way to it.
#[derive(Clone, Debug)]
pub struct NodePath<'d> {
    /// What it belongs to.
    pub owner: Owner<'d>,
    /// The owner's own node.
    root: Step<'d>,
    /// From there to the value, which is the last.
    steps: Vec<Step<'d>>,
}

/// One node on the way to a value.
#[derive(Clone, Copy, Debug)]
struct Step<'d> {
    /// Its entry, if it stands in a mapping.
    entry: Option<&'d Entry>,
    node: &'d Node,
}

impl<'d> NodePath<'d> {
    /// The spot of a whole file.
    #[must_use]
    pub fn of_file(root: &'d Node) -> Self {
        Self { owner: Owner::File, root: Step { entry: None, node: root }, steps: Vec::new() }
    }

    /// The spot of an attribute, a segment or a flag: an entry of the section of that name.
    #[must_use]
    pub fn of_entry(section: &str, entry: &'d Entry) -> Self {
        let owner = match section {
            "attributes" => Owner::Attribute(&entry.key),
            "segments" => Owner::Segment(&entry.key),
            _ => Owner::Flag(&entry.key),
        };
        Self { owner, root: Step { entry: Some(entry), node: &entry.node }, steps: Vec::new() }
    }

    /// The spot to which the segments of a JSON pointer lead from here.
    #[must_use]
    pub fn follow<'p>(mut self, pointer: impl Iterator<Item = &'p str>) -> Self {
        for segment in pointer {
            let step = if let NodeValue::List(items) = &self.node().value {
                let item = segment.parse().ok().and_then(|index: usize| items.get(index));
                item.map(|node| Step { entry: None, node })
            } else {
                let key = segment.replace("~1", "/").replace("~0", "~");
                let entry = self.node().entry(&key);
                entry.map(|entry| Step { entry: Some(entry), node: &entry.node })
            };
            self.steps.extend(step);
        }
        self
    }

    /// The value.
    #[must_use]
    pub fn node(&self) -> &'d Node {
        self.last().node
    }

    /// The mapping or list that the value stands in, if that is part of the owner.
    #[must_use]
    pub fn parent(&self) -> Option<&'d Node> {
        let (_, before) = self.steps.split_last()?;
        Some(before.last().unwrap_or(&self.root).node)
    }

    /// The owner's own node.
    #[must_use]
    pub fn owner_node(&self) -> &'d Node {
        self.root.node
    }

    /// The key that the value stands under, below the owner; `None` for an item of a list.
    #[must_use]
    pub fn field(&self) -> Option<&'d str> {
        self.steps.last()?.entry.map(|entry| &*entry.key)
    }

    /// The nearest key on the way, from the value upwards.
    #[must_use]
    pub fn nearest_field(&self) -> Option<&'d str> {
        self.steps.iter().rev().find_map(|step| step.entry).map(|entry| &*entry.key)
    }

    fn last(&self) -> &Step<'d> {
        self.steps.last().unwrap_or(&self.root)
    }

    /// The value, to begin a sentence with.
    #[must_use]
    pub fn subject(&self) -> String {
        match (self.field(), self.nearest_field()) {
            (Some(field), _) => format!("`{}`", quote(field)),
            (None, Some(list)) => format!("an item of `{}`", quote(list)),
            (None, None) => self.owner.to_string(),
        }
    }

    /// Where to point: at the value if it is on one line, else at its key or what it begins with.
    #[must_use]
    pub fn place(&self) -> Place {
        let step = self.last();
        match step.entry {
            Some(entry) if spans_lines(step.node) => entry.key_place,
            _ => beginning(step.node),
        }
    }
}

impl fmt::Display for Owner<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => formatter.write_str("the file"),
            Self::Attribute(name) => write!(formatter, "attribute `{}`", quote(name)),
            Self::Segment(name) => write!(formatter, "segment `{}`", quote(name)),
            Self::Flag(key) => write!(formatter, "flag `{}`", quote(key)),
        }
    }
}

/// The value itself if it is on one line, else its first key or item.
#[must_use]
pub fn beginning(node: &Node) -> Place {
    let mut node = node;
    while spans_lines(node) {
        match &node.value {
            NodeValue::Map(entries) => match entries.first() {
                Some(entry) => return entry.key_place,
                None => break,
            },
            NodeValue::List(items) => match items.first() {
                Some(item) => node = item,
                None => break,
            },
            _ => break,
        }
    }
    node.place
}

fn spans_lines(node: &Node) -> bool {
    node.place.line != node.place.end_line
}
