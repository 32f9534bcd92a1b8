//! The version: a digest of what definitions mean.

use std::{fmt::Write as _, iter};

use sha2::{Digest, Sha256};
use twox_hash::XxHash64;

use crate::{
    definition::{
        layer::{Section, Tree},
        written::field::{Field, FieldPurpose},
    },
    engine::json_text::write_quoted,
    yaml::{
        node::write_sorted_entries,
        node::{Entry, Node, NodeValue},
    },
};

/// How many hex digits a version has.
const VERSION_DIGITS: usize = 16;

/// What definitions mean, as digests.
#[derive(Debug)]
pub struct Digests {
    /// Of all of them, as hex digits.
    pub version: Box<str>,
    /// Of each flag by itself, sorted by key.
    pub flags: Box<[u64]>,
    /// Of each segment by itself, sorted by name.
    pub segments: Box<[u64]>,
}

/// The first 16 hex digits of SHA-256 over the merged tree as written: sorted JSON, no defaults
/// filled in, numbers as their text; without what is for people only. The same definitions have the
/// same version, in whatever files and order they are written.
///
/// `flags` and `segments` are the definitions as JSON, sorted by key. Each definition by itself has
/// a digest that is shorter and faster: XXH64 of the same text.
#[must_use]
pub fn digests<'t>(
    tree: &Tree,
    flags: impl Iterator<Item = &'t str>,
    segments: impl Iterator<Item = &'t str>,
) -> Digests {
    let mut hasher = Sha256::new();
    let mut text = String::new();
    text.push_str("{\"attributes\":{");
    write_section(&tree.attributes, iter::repeat(None), &mut text, &mut hasher);
    text.push_str("},\"flags\":{");
    let flags = write_section(&tree.flags, flags.map(Some), &mut text, &mut hasher);
    text.push_str("},\"segments\":{");
    let segments = write_section(&tree.segments, segments.map(Some), &mut text, &mut hasher);
    text.push_str("}}");
    hasher.update(text.as_bytes());
    let mut version = String::with_capacity(VERSION_DIGITS);
    for byte in hasher.finalize().iter().take(VERSION_DIGITS / 2) {
        let _ = write!(version, "{byte:02x}");
    }
    Digests { version: version.into(), flags, segments }
}

/// Writes a section and feeds it to the digest, one definition at a time, and returns the digest of
/// each; `written` is each of them
/// as JSON, where that is known.
fn write_section<'t>(
    section: &Section,
    written: impl Iterator<Item = Option<&'t str>>,
    text: &mut String,
    hasher: &mut Sha256,
) -> Box<[u64]> {
    let mut digests = Vec::with_capacity(section.len());
    for (index, ((key, item), written)) in section.iter().zip(written).enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        let start = text.len();
        write_key(key, text);
        let node = item.node.unpack();
        match written.filter(|_| !is_for_people(&node)) {
            Some(written) => text.push_str(written),
            None => write_meant(&node, text),
        }
        hasher.update(text.as_bytes());
        digests.push(XxHash64::oneshot(0, text.as_bytes().get(start..).unwrap_or_default()));
        text.clear();
    }
    digests.into()
}

/// Whether a definition has a field that is for people only.
fn is_for_people(node: &Node) -> bool {
    node.as_map().unwrap_or_default().iter().any(is_field_for_people)
}

fn is_field_for_people(entry: &Entry) -> bool {
    Field::find(&entry.key).is_some_and(|field| field.row().purpose == FieldPurpose::People)
}

/// Writes a definition as canonical JSON, without what is for people only.
fn write_meant(node: &Node, text: &mut String) {
    let NodeValue::Map(fields) = &node.value else {
        node.write_canonical_json(text);
        return;
    };
    write_sorted_entries(text, fields.iter().filter(|field| !is_field_for_people(field)).collect());
}

fn write_key(key: &str, text: &mut String) {
    // Writing to a string cannot fail.
    let _ = write_quoted(text, key);
    text.push(':');
}
