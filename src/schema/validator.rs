//! A JSON schema as the judge of a document's shape.

use std::sync::LazyLock;

use jsonschema::ValidationError;
use serde_json::Value;

use crate::{
    schema::{node_path::NodePath, problems as problem, violation},
    yaml::findings::FileFindings,
};

/// How long the JSON pointers to all values of a part of a document may be together, in bytes, for
/// all its violations to be reported; of a larger one it is the first. The validator holds all
/// errors at once, each with its pointer and much more.
pub const POINTERS_SIZE_BYTES_MAX: usize = 1 << 20;

/// A schema: its validator, made of it when the program is compiled, and the schema as data.
#[derive(Debug)]
pub struct Judge {
    /// Whether a value fits.
    pub is_valid: fn(&Value) -> bool,
    /// The first violation.
    pub validate: for<'v> fn(&'v Value) -> Result<(), ValidationError<'v>>,
    /// All violations.
    pub iter_errors: for<'v> fn(&'v Value) -> Box<dyn Iterator<Item = ValidationError<'v>> + 'v>,
    /// The schema as data, for the names of fields; only looked at when something is wrong.
    pub fields: LazyLock<Value>,
}

impl Judge {
    /// Validates a part of a document by itself: so a file of many parts takes time and memory in
    /// proportion to each. The first `depth` segments of every instance path lead to `root`.
    pub fn judge(
        &self,
        json: &Value,
        depth: usize,
        root: &NodePath<'_>,
        findings: &mut FileFindings,
    ) {
        if !(self.is_valid)(json) {
            self.explain(json, depth, root, findings);
        }
    }

    /// The same for a part that is known to be invalid.
    pub fn explain(
        &self,
        json: &Value,
        depth: usize,
        root: &NodePath<'_>,
        findings: &mut FileFindings,
    ) {
        let mut is_explained = false;
        let mut explain = |error: &ValidationError<'_>| {
            let path = error.instance_path().as_str();
            if path.matches('/').count() < depth {
                // A name, which is judged with the file as a whole.
                is_explained = true;
            } else if findings.has_room() {
                let spot = root.clone().follow(path.split('/').skip(1 + depth));
                is_explained |= violation::explain(error, &spot, &self.fields, findings);
            } else {
                findings.leave_out(1);
                is_explained = true;
            }
        };
        if pointers_size(json, 0) > POINTERS_SIZE_BYTES_MAX {
            if let Err(error) = (self.validate)(json) {
                explain(&error);
            }
        } else {
            for error in (self.iter_errors)(json) {
                explain(&error);
            }
        }
        if !is_explained {
            // What is invalid is never served, even if nothing else finds words for it.
            let message = format!("{} has the wrong shape", root.owner);
            findings.add(problem::other(root.place(), message));
        }
    }
}

/// How long the pointers to a value and to everything in it are, if that to itself has `length`.
fn pointers_size(json: &Value, length: usize) -> usize {
    // A number has few digits, and a pointer is never empty but for the root.
    let below: usize = match json {
        Value::Array(items) => items.iter().map(|item| pointers_size(item, length + 4)).sum(),
        Value::Object(fields) => {
            fields.iter().map(|(key, field)| pointers_size(field, length + 1 + key.len())).sum()
        }
        _ => 0,
    };
    length + below
}
