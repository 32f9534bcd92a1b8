//! A file of flag tests: from its text to the tests in it, with every problem.

use std::sync::LazyLock;

use crate::{
    definition::{
        compile::{Content, FILE_SIZE_BYTES_MAX, SourceFile},
        number,
        problems::meaning,
    },
    diagnostics::{
        diagnostic::Diagnostic,
        place::{FileId, Place},
        quote::quote,
        severity::Severity,
    },
    engine::{context::NOW, instant::Instant, resolution::FixedPositions, value::Value},
    flag_test::{
        problems as problem,
        test::{COMBINATIONS_MAX, Case, Expectation, Given, Placed},
    },
    schema::{definition_file::newer_format, node_path::NodePath, validator::Judge},
    yaml::{
        document::{self, Document, Numbers},
        findings::FileFindings,
        node::{Entry, Node, NodeValue},
    },
};

/// The schema of a file of flag tests, draft 2020-12: the one judge of its shape.
pub const SCHEMA: &str = include_str!("../../schema/tests.schema.json");

static JUDGE: Judge = Judge {
    is_valid: Validator::is_valid,
    validate: Validator::validate,
    iter_errors: |json| Box::new(Validator::iter_errors(json)),
    fields: LazyLock::new(|| serde_json::from_str(SCHEMA).unwrap_or_default()),
};

/// The validator, made of the schema when the program is compiled.
#[jsonschema::validator(
    path = "schema/tests.schema.json",
    draft = Draft202012,
    pattern_options = { engine = regex },
    methods = { is_valid = true, validate = true, iter_errors = true }
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
    let is_advice = |problem: &Diagnostic| problem.severity() < Severity::Error;
    let problems = match document::read(id, bytes, Numbers::AsSent) {
        Ok(Document { root: node, mut problems }) => match validate(&node) {
            violations if violations.is_empty() && problems.iter().all(is_advice) => {
                diagnostics.extend(problems);
                let tests = node.entry("tests").and_then(|entry| entry.node.as_list());
                let mut reader = Reader { diagnostics };
                return tests
                    .unwrap_or_default()
                    .iter()
                    .filter_map(|test| reader.case(test))
                    .collect();
            }
            violations => {
                problems.retain(|problem| !is_advice(problem));
                problems.extend(violations);
                problems
            }
        },
        Err(problems) => problems,
    };
    diagnostics.extend(problems);
    Vec::new()
}

/// Everything in a document that the schema does not allow, sorted by place. Each test is judged by
/// itself, so that a large file takes no more than its largest test.
fn validate(document: &Node) -> Vec<Diagnostic> {
    if let Some(newer) = newer_format(document) {
        return vec![newer];
    }
    let mut findings = FileFindings::default();
    JUDGE.judge(&without_tests(document), 0, &NodePath::of_file(document), &mut findings);
    let tests = document.entry("tests").and_then(|entry| entry.node.as_list());
    for (index, test) in tests.unwrap_or_default().iter().enumerate() {
        let json = serde_json::json!({ "tests": [test.to_json()] });
        let spot = NodePath::of_file(document).follow(["tests", &index.to_string()].into_iter());
        JUDGE.judge(&json, 2, &spot, &mut findings);
    }
    findings.finish(document.place.file)
}

/// The document with one sound test in place of all: what is left to judge is the file itself.
fn without_tests(document: &Node) -> serde_json::Value {
    let NodeValue::Map(entries) = &document.value else { return document.to_json() };
    let outline = |entry: &Entry| match &entry.node.value {
        NodeValue::List(tests) if *entry.key == *"tests" && !tests.is_empty() => {
            serde_json::json!([{ "flag": "key", "expect": { "value": true } }])
        }
        _ => entry.node.to_json(),
    };
    entries.iter().map(|entry| ((*entry.key).to_owned(), outline(entry))).collect()
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
            found.flag.get_or_insert_with(|| quote(&case.flag));
        }
        (self.diagnostics.len() == before).then_some(case)
    }

    fn context(&mut self, node: &Node) -> Vec<Given<Value<'static>>> {
        let mut context = Vec::new();
        for entry in entries(node, "context") {
            self.refuse_now(entry);
            context.push(given(entry, entry.node.to_value()));
        }
        context
    }

    fn matrix(&mut self, node: &Node) -> Vec<Given<Vec<Value<'static>>>> {
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
            matrix.push(given(entry, values.iter().map(Node::to_value).collect()));
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

    fn at(&mut self, node: &Node) -> Option<Instant> {
        let entry = node.entry("at")?;
        let written = entry.node.as_str()?;
        let at = Instant::parse(written);
        if at.is_none() {
            self.diagnostics.push(problem::bad_time(written, entry.node.place));
        }
        at
    }
}

fn expectation(node: &Node) -> Expectation {
    let stated = |field| node.entry(field).map(|entry| (text(entry), entry.node.place));
    let variant = node.entry("variant").map(|entry| Placed {
        value: entry.node.as_str().map(Into::into),
        place: entry.node.place,
    });
    Expectation {
        value: node.entry("value").map(|entry| entry.node.to_value()),
        variant,
        reason: stated("reason").map(|(reason, _)| reason),
        rule: stated("rule").map(|(value, place)| Placed { value, place }),
        error: stated("error").map(|(error, _)| error),
    }
}

fn given<T>(entry: &Entry, value: T) -> Given<T> {
    Given { name: entry.key.clone(), place: entry.key_place, value }
}

fn entries<'n>(node: &'n Node, field: &str) -> &'n [Entry] {
    node.entry(field).and_then(|entry| entry.node.as_map()).unwrap_or_default()
}

fn text(entry: &Entry) -> Box<str> {
    entry.node.as_str().unwrap_or_default().into()
}

/// The first line of a mapping: its first key, and the value of that if it is there too.
fn first_line(node: &Node) -> Place {
    let NodeValue::Map(entries) = &node.value else { return node.place };
    let Some(first) = entries.first() else { return node.place };
    let (key, value) = (first.key_place, first.node.place);
    let end = if value.end_line == key.line { value } else { key };
    Place { end_line: end.end_line, end_column: end.end_column, ..key }
}
