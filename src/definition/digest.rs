//! The version: a digest of what definitions mean.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::definition::{
    document::{Entry, Node, Value},
    layer::{Section, Tree},
};

/// How many hex digits a version has.
const VERSION_DIGITS: usize = 16;
/// The fields that mean nothing to an evaluation.
const FIELDS_FOR_PEOPLE: [&str; 3] = ["name", "description", "owner"];

/// The first 16 hex digits of SHA-256 over the merged tree as written: sorted JSON, no defaults
/// filled in, numbers as their text; without what is for people only. The same definitions have the
/// same version, in whatever files and order they are written.
#[must_use]
pub fn version(tree: &Tree) -> Box<str> {
    let mut hasher = Sha256::new();
    let mut text = String::new();
    let sections =
        [("attributes", &tree.attributes), ("flags", &tree.flags), ("segments", &tree.segments)];
    for (index, (name, section)) in sections.into_iter().enumerate() {
        let opening = if index == 0 { "{" } else { "," };
        let _ = write!(text, "{opening}\"{name}\":{{");
        write_section(section, &mut text, &mut hasher);
        text.push('}');
    }
    text.push('}');
    hasher.update(text.as_bytes());
    let mut version = String::with_capacity(VERSION_DIGITS);
    for byte in hasher.finalize().iter().take(VERSION_DIGITS / 2) {
        let _ = write!(version, "{byte:02x}");
    }
    version.into()
}

/// Writes a section and feeds it to the digest, one definition at a time.
fn write_section(section: &Section, text: &mut String, hasher: &mut Sha256) {
    for (index, (key, item)) in section.iter().enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        write_key(key, text);
        write_without(&item.node, &FIELDS_FOR_PEOPLE, text);
        hasher.update(text.as_bytes());
        text.clear();
    }
}

/// Writes a definition as canonical JSON, without some of its fields.
fn write_without(node: &Node, without: &[&str], text: &mut String) {
    let Value::Map(fields) = &node.value else {
        node.write_canonical_json(text);
        return;
    };
    let mut fields: Vec<&Entry> =
        fields.iter().filter(|field| !without.contains(&&*field.key)).collect();
    fields.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    text.push('{');
    for (index, field) in fields.into_iter().enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        write_key(&field.key, text);
        field.node.write_canonical_json(text);
    }
    text.push('}');
}

fn write_key(key: &str, text: &mut String) {
    // A string always serializes.
    text.push_str(&serde_json::to_string(key).unwrap_or_default());
    text.push(':');
}
