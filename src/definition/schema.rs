//! The JSON schema of a definition file, and everything in a document that violates it.

use std::sync::LazyLock;

use jsonschema::ValidationError;

use crate::definition::{
    diagnostic::Diagnostic,
    document::PROBLEMS_MAX,
    node::{Entry, Node, Value},
    problems::{document, shape as problem},
    spot::Spot,
    violation,
};

/// The schema, draft 2020-12: the one judge of shape, here and in editors.
pub const SCHEMA: &str = include_str!("../../schema/flags.schema.json");

/// The highest `format` of a file that this program knows; the schema's `maximum` is the same.
pub const FORMAT_MAX: u32 = 1;

/// The mappings of definitions that a file has.
const SECTIONS: [&str; 3] = ["attributes", "segments", "flags"];

/// The schema as data, for the names of fields; only looked at when something is wrong.
static FIELDS: LazyLock<serde_json::Value> =
    LazyLock::new(|| serde_json::from_str(SCHEMA).unwrap_or_default());

/// The validator, made of the schema when the program is compiled.
#[jsonschema::validator(
    path = "schema/flags.schema.json",
    draft = Draft202012,
    pattern_options = { engine = regex },
    methods = { is_valid = true, validate = false, iter_errors = true }
)]
struct Validator;

/// The problems of one document.
#[derive(Debug, Default)]
pub struct Violations {
    problems: Vec<Diagnostic>,
    left_out: usize,
}

/// Everything in a document that the schema does not allow, sorted by place.
///
/// At most [`PROBLEMS_MAX`], and one more that says how many were left out.
#[must_use]
pub fn validate(document: &Node) -> Vec<Diagnostic> {
    if Validator::is_valid(&document.to_json()) {
        return Vec::new();
    }
    if let Some(newer) = newer_format(document) {
        // Whatever else is wrong is most probably what is new.
        return vec![newer];
    }
    let mut violations = Violations::default();
    violations.judge(&without_definitions(document), 0, || Spot::of_file(document));
    for section in SECTIONS {
        let entries = document.entry(section).and_then(|entry| entry.node.as_map());
        for entry in entries.unwrap_or_default() {
            let json = serde_json::json!({ section: { &*entry.key: entry.node.to_json() } });
            violations.judge(&json, 2, || Spot::of_entry(section, entry));
        }
    }
    violations.finish(document)
}

impl Violations {
    /// Validates a part of a definition file by itself.
    fn judge<'d>(&mut self, json: &serde_json::Value, depth: usize, root: impl Fn() -> Spot<'d>) {
        if !Validator::is_valid(json) {
            self.add(Validator::iter_errors(json), &FIELDS, depth, root);
        }
    }

    /// Adds what a validator has found by `schema`; `root` is the spot that the last of the first
    /// `depth` segments of every instance path leads to.
    pub fn add<'e, 'd>(
        &mut self,
        errors: impl Iterator<Item = ValidationError<'e>>,
        schema: &serde_json::Value,
        depth: usize,
        root: impl Fn() -> Spot<'d>,
    ) {
        for error in errors {
            let path = error.instance_path().as_str();
            // Above the root is only what the file as a whole is judged by.
            if path.matches('/').count() < depth {
                continue;
            }
            if self.problems.len() >= PROBLEMS_MAX {
                self.left_out += 1;
                continue;
            }
            let spot = root().follow(path.split('/').skip(1 + depth));
            self.problems.extend(violation::explain(&error, &spot, schema));
        }
    }

    /// All of them, sorted by place; at least one.
    #[must_use]
    pub fn finish(mut self, document: &Node) -> Vec<Diagnostic> {
        self.problems
            .sort_by(|a, b| (a.place, a.rule, &a.message).cmp(&(b.place, b.rule, &b.message)));
        // A condition with several keys too many is found once for each of them.
        self.problems.dedup();
        if self.problems.is_empty() {
            // What is invalid is never served, even if nobody finds words for it.
            let message = "the file does not fit the schema".to_owned();
            self.problems.push(problem::other(document.place, message));
        }
        if self.left_out > 0 {
            self.problems.push(document::too_many(document.place, self.left_out));
        }
        self.problems
    }
}

/// The error of a file in a format that this program does not know yet.
#[must_use]
pub fn newer_format(document: &Node) -> Option<Diagnostic> {
    let node = &document.entry("format")?.node;
    let Value::Number(written) = &node.value else { return None };
    let is_newer = |format: f64| format > f64::from(FORMAT_MAX) && format.fract() == 0.0;
    let is_newer = written.parse().is_ok_and(is_newer);
    is_newer.then(|| problem::needs_newer_flagstaff(node.place, written, FORMAT_MAX))
}

/// The document with null for every flag, segment and attribute: what is left to judge is the file
/// itself and the names. So a file of many flags is judged flag by flag, each in time and memory in
/// proportion to itself.
fn without_definitions(document: &Node) -> serde_json::Value {
    let Value::Map(entries) = &document.value else { return document.to_json() };
    let outline = |entry: &Entry| match &entry.node.value {
        Value::Map(definitions) if SECTIONS.contains(&&*entry.key) => {
            let names = definitions.iter().map(|it| (it.key.to_string(), serde_json::Value::Null));
            serde_json::Value::Object(names.collect())
        }
        _ => entry.node.to_json(),
    };
    entries.iter().map(|entry| (entry.key.to_string(), outline(entry))).collect()
}
