//! A file of flag tests: from its text to the tests in it, with every problem.

use jiff::Timestamp;

use crate::{
    definition::{
        compile::{Content, FILE_SIZE_BYTES_MAX, SourceFile},
        diagnostic::Diagnostic,
        document::{self, Entry, Node, Value},
        number,
        problems::{meaning, shape},
    },
    engine::{context::NOW, resolution::FixedPositions, value::Value as EngineValue},
    place::{FileId, Place},
    review::{
        case::{COMBINATIONS_MAX, Case, Expectation, Stated},
        case_problem as problem,
    },
};

/// The schema of a file of flag tests, draft 2020-12: the one judge of its shape.
pub const SCHEMA: &str = include_str!("../../schema/tests.schema.json");

#[jsonschema::validator(
    path = "schema/tests.schema.json",
    draft = Draft202012,
    pattern_options = { engine = regex },
    methods = { is_valid = true, validate = false, iter_errors = true }
)]
struct Validator;

/// Reads a file. One whose shape is wrong anywhere contributes no test; every problem is said.
pub fn read(file: &SourceFile, id: FileId, diagnostics: &mut Vec<Diagnostic>) -> Vec<Case> {
    let place = Place::start_of(id);
    let bytes = match &file.content {
        Content::Bytes(bytes) => bytes,
        Content::TooLarge(bytes) => {
            diagnostics.push(meaning::file_too_large(place, *bytes, FILE_SIZE_BYTES_MAX));
            return Vec::new();
        }
        Content::LinkOutsideRoot(target) => {
            diagnostics.push(meaning::link_outside_root(place, target));
            return Vec::new();
        }
        Content::LinkLoop => {
            diagnostics.push(meaning::link_loop(place));
            return Vec::new();
        }
    };
    let problems = match document::parse(id, bytes) {
        Ok(node) => match validate(&node) {
            violations if violations.is_empty() => {
                let tests = node.entry("tests").and_then(|entry| entry.node.as_list());
                let mut reader = Reader { diagnostics };
                return tests
                    .unwrap_or_default()
                    .iter()
                    .filter_map(|test| reader.case(test))
                    .collect();
            }
            violations => violations,
        },
        Err(problems) => problems,
    };
    diagnostics.extend(problems);
    Vec::new()
}

/// Everything in a document that the schema does not allow.
fn validate(document: &Node) -> Vec<Diagnostic> {
    let json = document.to_json();
    if Validator::is_valid(&json) {
        return Vec::new();
    }
    Validator::iter_errors(&json)
        .map(|error| shape::other(document.place, format!("{error}")))
        .collect()
}

/// Takes tests out of a document whose shape is right.
struct Reader<'d> {
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn case(&mut self, node: &Node) -> Option<Case> {
        let flag = node.entry("flag")?;
        let before = self.diagnostics.len();
        let case = Case {
            flag: text(flag),
            flag_place: flag.node.place,
            name: node.entry("name").map(text),
            place: first_line(node),
            context: self.context(node),
            matrix: self.matrix(node),
            positions: FixedPositions {
                ramp: self.position(node, "position"),
                split: self.position(node, "split_position"),
            },
            at: self.at(node),
            expected: expectation(&node.entry("expect")?.node),
        };
        for found in self.diagnostics.iter_mut().skip(before) {
            found.flag.get_or_insert_with(|| case.flag.to_string());
        }
        (self.diagnostics.len() == before).then_some(case)
    }

    fn context(&mut self, node: &Node) -> Vec<(Box<str>, EngineValue<'static>)> {
        let mut context = Vec::new();
        for entry in entries(node, "context") {
            self.refuse_now(entry);
            context.push((entry.key.clone(), entry.node.to_value()));
        }
        context
    }

    fn matrix(&mut self, node: &Node) -> Vec<(Box<str>, Vec<EngineValue<'static>>)> {
        let (mut matrix, mut count) = (Vec::new(), 1_usize);
        for entry in entries(node, "matrix") {
            self.refuse_now(entry);
            let fixed = entries(node, "context").iter().find(|other| other.key == entry.key);
            if let Some(fixed) = fixed {
                let (place, first) = (entry.key_place, fixed.key_place);
                self.diagnostics.push(problem::set_twice(&entry.key, place, first));
            }
            let values = entry.node.as_list().unwrap_or_default();
            count = count.saturating_mul(values.len());
            matrix.push((entry.key.clone(), values.iter().map(Node::to_value).collect()));
        }
        if let Some(entry) = node.entry("matrix").filter(|_| COMBINATIONS_MAX < count) {
            let place = entry.key_place;
            self.diagnostics.push(problem::matrix_too_large(count, COMBINATIONS_MAX, place));
        }
        matrix
    }

    fn refuse_now(&mut self, entry: &Entry) {
        if *entry.key == *NOW {
            self.diagnostics.push(problem::now_in_context(entry.key_place));
        }
    }

    fn position(&mut self, node: &Node, field: &str) -> Option<u32> {
        let percentage = number::percentage(&node.entry(field)?.node, self.diagnostics)?;
        Some(percentage.thousandths())
    }

    fn at(&mut self, node: &Node) -> Option<Timestamp> {
        let entry = node.entry("at")?;
        let written = entry.node.as_str()?;
        let at = written.parse().ok();
        if at.is_none() {
            self.diagnostics.push(problem::bad_time(written, entry.node.place));
        }
        at
    }
}

fn expectation(node: &Node) -> Expectation {
    let stated = |field| node.entry(field).map(|entry| (text(entry), entry.node.place));
    let variant = node.entry("variant").map(|entry| Stated {
        value: entry.node.as_str().map(Into::into),
        place: entry.node.place,
    });
    Expectation {
        value: node.entry("value").map(|entry| entry.node.to_value()),
        variant,
        reason: stated("reason").map(|(reason, _)| reason),
        rule: stated("rule").map(|(value, place)| Stated { value, place }),
        error: stated("error").map(|(error, _)| error),
    }
}

fn entries<'n>(node: &'n Node, field: &str) -> &'n [Entry] {
    node.entry(field).and_then(|entry| entry.node.as_map()).unwrap_or_default()
}

fn text(entry: &Entry) -> Box<str> {
    entry.node.as_str().unwrap_or_default().into()
}

/// The first line of a mapping: its first key, and the value of that if it is there too.
fn first_line(node: &Node) -> Place {
    let Value::Map(entries) = &node.value else { return node.place };
    let Some(first) = entries.first() else { return node.place };
    let (key, value) = (first.key_place, first.node.place);
    let end = if value.end_line == key.line { value } else { key };
    Place { end_line: end.end_line, end_column: end.end_column, ..key }
}
