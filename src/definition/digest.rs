//! The version: a digest of what definitions mean.

use std::{fmt::Write as _, iter};

use sha2::{Digest, Sha256};

use crate::{
    definition::layer::{Section, Tree},
    yaml::{
        document::{Entry, Node, Value},
        node::{write_sorted_entries, write_string},
    },
};

/// How many hex digits a version has.
const VERSION_DIGITS: usize = 16;
/// The fields that mean nothing to an evaluation.
const FIELDS_FOR_PEOPLE: [&str; 3] = ["name", "description", "owner"];

/// The first 16 hex digits of SHA-256 over the merged tree as written: sorted JSON, no defaults
/// filled in, numbers as their text; without what is for people only. The same definitions have the
/// same version, in whatever files and order they are written.
///
/// `flags` and `segments` are the definitions as JSON, sorted by key.
#[must_use]
pub fn version<'t>(
    tree: &Tree,
    flags: impl Iterator<Item = &'t str>,
    segments: impl Iterator<Item = &'t str>,
) -> Box<str> {
    let mut hasher = Sha256::new();
    let mut text = String::new();
    text.push_str("{\"attributes\":{");
    write_section(&tree.attributes, iter::repeat(None), &mut text, &mut hasher);
    text.push_str("},\"flags\":{");
    write_section(&tree.flags, flags.map(Some), &mut text, &mut hasher);
    text.push_str("},\"segments\":{");
    write_section(&tree.segments, segments.map(Some), &mut text, &mut hasher);
    text.push_str("}}");
    hasher.update(text.as_bytes());
    let mut version = String::with_capacity(VERSION_DIGITS);
    for byte in hasher.finalize().iter().take(VERSION_DIGITS / 2) {
        let _ = write!(version, "{byte:02x}");
    }
    version.into()
}

/// Writes a section and feeds it to the digest, one definition at a time; `written` is each of them
/// as JSON, where that is known.
fn write_section<'t>(
    section: &Section,
    written: impl Iterator<Item = Option<&'t str>>,
    text: &mut String,
    hasher: &mut Sha256,
) {
    for (index, ((key, item), written)) in section.iter().zip(written).enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        write_key(key, text);
        match written.filter(|_| !is_for_people(&item.node)) {
            Some(written) => text.push_str(written),
            None => write_without(&item.node, &FIELDS_FOR_PEOPLE, text),
        }
        hasher.update(text.as_bytes());
        text.clear();
    }
}

/// Whether a definition has a field that means nothing to an evaluation.
fn is_for_people(node: &Node) -> bool {
    let fields = node.as_map().unwrap_or_default();
    fields.iter().any(|field| FIELDS_FOR_PEOPLE.contains(&&*field.key))
}

/// Writes a definition as canonical JSON, without some of its fields.
fn write_without(node: &Node, without: &[&str], text: &mut String) {
    let Value::Map(fields) = &node.value else {
        node.write_canonical_json(text);
        return;
    };
    let is_meant = |field: &&Entry| !without.contains(&&*field.key);
    write_sorted_entries(text, fields.iter().filter(is_meant).collect());
}

fn write_key(key: &str, text: &mut String) {
    write_string(text, key);
    text.push(':');
}
