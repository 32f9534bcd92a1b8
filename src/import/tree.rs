//! A YAML document that a person likes to read: in the order in which it was put together, on one
//! line where that is short.

use std::fmt::Write as _;

use crate::{
    movement::yaml_text::yaml,
    yaml::node::{Node, NodeValue},
};

/// Up to this many characters, a list or mapping goes on one line.
const LINE_LENGTH_MAX: usize = 76;

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportTree {
    /// A scalar, as it is written.
    Scalar(String),
    /// A list.
    List(Vec<ImportTree>),
    /// A list with a line for each item, at least.
    Rows(Vec<ImportTree>),
    /// A mapping.
    Map(Vec<(String, ImportTree)>),
}

impl ImportTree {
    /// A string.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Scalar(string(text))
    }

    /// A value of a source.
    #[must_use]
    pub fn of(node: &Node) -> Self {
        match &node.value {
            NodeValue::String(text) => Self::text(text),
            NodeValue::List(items) => Self::List(items.iter().map(Self::of).collect()),
            NodeValue::Map(entries) => Self::Map(
                entries
                    .iter()
                    .map(|entry| (entry.key.to_string(), Self::of(&entry.node)))
                    .collect(),
            ),
            NodeValue::Null | NodeValue::Bool(_) | NodeValue::Number(_) => {
                let mut json = String::new();
                node.write_json(&mut json);
                Self::Scalar(json)
            }
        }
    }

    /// On one line.
    fn line(&self) -> String {
        match self {
            Self::Scalar(text) => text.clone(),
            Self::List(items) | Self::Rows(items) => {
                let items: Vec<String> = items.iter().map(Self::line).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Map(entries) if entries.is_empty() => "{}".to_owned(),
            Self::Map(entries) => {
                let entry =
                    |(key, value): &(String, Self)| format!("{}: {}", string(key), value.line());
                let entries: Vec<String> = entries.iter().map(entry).collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }

    /// On one line, if that is short and no row is cut.
    fn short(&self, indent: usize) -> Option<String> {
        let line = self.line();
        let is_short = indent + line.chars().count() <= LINE_LENGTH_MAX;
        (!self.has_rows() && (is_short || matches!(self, Self::Scalar(_)))).then_some(line)
    }

    fn has_rows(&self) -> bool {
        match self {
            Self::Scalar(_) => false,
            Self::Rows(items) => !items.is_empty(),
            Self::List(items) => items.iter().any(Self::has_rows),
            Self::Map(entries) => entries.iter().any(|(_, value)| value.has_rows()),
        }
    }

    /// Appends the lines of a list or mapping.
    pub fn write(&self, out: &mut String, indent: usize) {
        match self {
            Self::Scalar(text) => {
                let _ = writeln!(out, "{:indent$}{text}", "");
            }
            Self::List(items) | Self::Rows(items) => {
                for item in items {
                    let mut own = String::new();
                    match item.short(indent + 2) {
                        Some(line) => {
                            let _ = writeln!(own, "{:indent$}  {line}", "");
                        }
                        None => item.write(&mut own, indent + 2),
                    }
                    // The mark takes the place of the indentation of the first line.
                    let _ = write!(out, "{:indent$}- {}", "", own.trim_start());
                }
            }
            Self::Map(entries) => {
                for (key, value) in entries {
                    let _ = write!(out, "{:indent$}{}:", "", string(key));
                    match value.short(indent + key.chars().count() + 2) {
                        Some(line) => {
                            let _ = writeln!(out, " {line}");
                        }
                        None => {
                            out.push('\n');
                            value.write(out, indent + 2);
                        }
                    }
                }
            }
        }
    }
}

/// A string as YAML, quoted where some reader could take it for something else.
#[must_use]
pub fn string(text: &str) -> String {
    let words = ["yes", "no", "on", "off", "y", "n"];
    let is_word = words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_word { format!("\"{text}\"") } else { yaml(text) }
}
