//! The JSON schema, and its violations as diagnostics.

use crate::definition::{
    diagnostic::Diagnostic,
    document::{Node, Value},
    problems::shape as problem,
};

/// The schema of a definition file, draft 2020-12: the one judge of shape, here and in editors.
pub const SCHEMA: &str = include_str!("../../schema/flags.schema.json");

#[jsonschema::validator(
    path = "schema/flags.schema.json",
    draft = Draft202012,
    methods = { is_valid = true, validate = false, iter_errors = true }
)]
struct Validator;

/// Everything in a document that the schema does not allow, sorted by place.
#[must_use]
pub fn validate(document: &Node) -> Vec<Diagnostic> {
    let json = document.to_json();
    if Validator::is_valid(&json) {
        return Vec::new();
    }
    let mut problems: Vec<Diagnostic> = Validator::iter_errors(&json)
        .map(|error| {
            let pointer = error.instance_path().to_string();
            let node = resolve(document, &pointer);
            problem::other(node.place, format!("{error} [{}]", error.schema_path()))
        })
        .collect();
    problems.sort_by_key(|problem| problem.place);
    problems
}

fn resolve<'n>(document: &'n Node, pointer: &str) -> &'n Node {
    let mut node = document;
    for segment in pointer.split('/').skip(1) {
        let name = segment.replace("~1", "/").replace("~0", "~");
        let next = match &node.value {
            Value::List(items) => name.parse().ok().and_then(|index: usize| items.get(index)),
            _ => node.entry(&name).map(|entry| &entry.node),
        };
        node = next.unwrap_or(node);
    }
    node
}
