//! The JSON schema of a definition file, and everything in a document that violates it.

use std::sync::LazyLock;

use crate::{
    diagnostics::diagnostic::Diagnostic,
    schema::{key, node_path::NodePath, problems as problem, validator::Judge},
    yaml::{
        findings::FileFindings,
        node::{Entry, Node, NodeValue},
    },
};

/// The schema, draft 2020-12: the one judge of shape, here and in editors.
pub const SCHEMA: &str = include_str!("../../schema/flags.schema.json");

/// The highest `format` of a file that this program knows; the schema's `maximum` is the same.
pub const FORMAT_MAX: u32 = 1;

/// The section of a file whose names are flag keys.
const FLAGS: &str = "flags";

/// The mappings of definitions that a file has, and whether one of each is valid.
const SECTIONS: [(&str, IsValid); 3] =
    [("attributes", Attribute::is_valid), ("segments", Segment::is_valid), (FLAGS, Flag::is_valid)];

/// Says whether a definition is valid.
type IsValid = fn(&serde_json::Value) -> bool;

/// Stands for the name of a flag, segment or attribute that is judged by itself.
const NAME: &str = "x";

static JUDGE: Judge = Judge {
    is_valid: |json| File::validate(json).is_ok(),
    validate: File::validate,
    iter_errors: |json| Box::new(File::iter_errors(json)),
    fields: LazyLock::new(|| serde_json::from_str(SCHEMA).unwrap_or_default()),
};

/// The validator of a file, made of the schema when the program is compiled.
#[jsonschema::validator(
    path = "schema/flags.schema.json",
    draft = Draft202012,
    pattern_options = { engine = regex },
    methods = { is_valid = false, validate = true, iter_errors = true }
)]
struct File;

/// Makes the validator of one definition of the part of the schema that is about it.
macro_rules! validator_of {
    ($name:ident, $schema:literal) => {
        #[jsonschema::validator(
                    schema = $schema,
                    resources = { "json-schema:///flags" => { path = "schema/flags.schema.json" } },
                    draft = Draft202012,
                    pattern_options = { engine = regex },
                    methods = { is_valid = true, validate = false, iter_errors = false }
                )]
        struct $name;
    };
}

validator_of!(Attribute, r##"{ "$ref": "json-schema:///flags#/$defs/attribute" }"##);
validator_of!(Segment, r##"{ "$ref": "json-schema:///flags#/$defs/segment" }"##);
validator_of!(Flag, r##"{ "$ref": "json-schema:///flags#/$defs/flag" }"##);

/// Everything in a document that the schema does not allow, sorted by place.
///
/// At most [`PROBLEMS_MAX`](crate::yaml::findings::PROBLEMS_MAX), and one more that says how
/// many were left out. Of a very large flag, segment or attribute, only the first; see [`Judge`].
#[must_use]
pub fn validate(document: &Node) -> Vec<Diagnostic> {
    if let Some(newer) = newer_format(document) {
        // Whatever else is wrong is most probably what is new.
        return vec![newer];
    }
    let mut findings = FileFindings::default();
    JUDGE.judge(&without_definitions(document), 0, &NodePath::of_file(document), &mut findings);
    for (section, is_valid) in SECTIONS {
        let entries = document.entry(section).and_then(|entry| entry.node.as_map());
        for entry in entries.unwrap_or_default() {
            let json = entry.node.to_json();
            if !is_valid(&json) {
                let json = object(section, object(NAME, json));
                JUDGE.explain(&json, 2, &NodePath::of_entry(section, entry), &mut findings);
            }
        }
    }
    findings.finish(document.place.file)
}

/// A mapping with one entry. (`json!` would copy the value.)
fn object(key: &str, value: serde_json::Value) -> serde_json::Value {
    let mut object = serde_json::Map::new();
    object.insert(key.to_owned(), value);
    serde_json::Value::Object(object)
}

/// The error of a file in a format that this program does not know yet.
#[must_use]
pub fn newer_format(document: &Node) -> Option<Diagnostic> {
    let node = &document.entry("format")?.node;
    let NodeValue::Number(written) = &node.value else { return None };
    let is_newer = |format: f64| format > f64::from(FORMAT_MAX) && format.fract() == 0.0;
    let is_newer = written.parse().is_ok_and(is_newer);
    is_newer.then(|| problem::needs_newer_flagstaff(node.place, written, FORMAT_MAX))
}

/// The document with null for every flag, segment and attribute: what is left to judge is the file
/// itself and the names. So a file of many flags is judged flag by flag, each in time and memory in
/// proportion to itself. Keys that are known to be good are left out, since the pattern that they
/// have to match takes longer to make than everything else in a small file.
fn without_definitions(document: &Node) -> serde_json::Value {
    let NodeValue::Map(entries) = &document.value else { return document.to_json() };
    let is_section = |name: &str| SECTIONS.iter().any(|(section, _)| *section == name);
    let outline = |entry: &Entry| match &entry.node.value {
        NodeValue::Map(definitions) if is_section(&entry.key) => {
            let is_judged = |name: &str| *entry.key != *FLAGS || key::problem(name).is_some();
            let names = definitions.iter().map(|definition| &*definition.key);
            let names = names.filter(|name| is_judged(name));
            names.map(|name| (name.to_owned(), serde_json::Value::Null)).collect()
        }
        _ => entry.node.to_json(),
    };
    entries.iter().map(|entry| ((*entry.key).to_owned(), outline(entry))).collect()
}
