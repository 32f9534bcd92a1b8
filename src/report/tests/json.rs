//! Test results as JSON, for programs. The form is stable: fields may be added, none goes away.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    diagnostics::place::Paths,
    engine::flag::{Flag, FlagSet},
    flag_test::{
        coverage::{FlagPart, Unreached},
        run::{FlagAnswer, Run},
        suite::Tested,
        test::Case,
    },
    report::{
        findings::json::FindingEntry,
        tests::view::{TestReport, context_text, message},
        text::escape_json,
        trace::human::render as render_trace,
    },
};

#[derive(Serialize)]
struct Document<'a> {
    tests: Vec<Test<'a>>,
    diagnostics: Vec<FindingEntry<'a>>,
    unreached: Option<Missing<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Test<'a> {
    flag: &'a str,
    name: Option<&'a str>,
    path: &'a str,
    line: u32,
    column: u32,
    status: &'static str,
    combinations: usize,
    failures: Vec<Failure>,
}

#[derive(Serialize)]
struct Failure {
    message: String,
    context: Value,
    expected: Value,
    got: Value,
    /// For people; only the first failure of a test has one.
    trace: Option<String>,
}

#[derive(Serialize)]
struct Missing<'a> {
    rules: Vec<MissingPart<'a>>,
    variants: Vec<MissingPart<'a>>,
    flags: Vec<&'a str>,
}

#[derive(Serialize)]
struct MissingPart<'a> {
    flag: &'a str,
    name: &'a str,
    path: &'a str,
    line: u32,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    tests: usize,
    passed: usize,
    failed: usize,
    invalid: usize,
    errors: usize,
    warnings: usize,
}

/// One JSON object, indented, with a line feed at the end.
#[must_use]
pub fn render(report: &TestReport<'_>) -> String {
    let paths = report.findings.paths;
    let (tally, problems) = (report.tally(), report.findings.tally());
    let document = Document {
        tests: report.tests.iter().map(|test| entry(test, paths)).collect(),
        diagnostics: report
            .findings
            .diagnostics
            .iter()
            .map(|d| FindingEntry::new(d, paths))
            .collect(),
        unreached: report.unreached.map(|unreached| missing(unreached, paths)),
        summary: Summary {
            files: report.file_count.unwrap_or(0),
            tests: report.tests.len(),
            passed: tally.passed,
            failed: tally.failed,
            invalid: tally.invalid,
            errors: problems.errors,
            warnings: problems.warnings,
        },
    };
    // Strings and numbers in structs: there is nothing that serializing could refuse.
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    escape_json(format!("{text}\n"))
}

fn entry<'a>(test: &'a Tested<'_>, paths: &'a Paths) -> Test<'a> {
    let Tested { case, is_run, failures, .. } = test;
    Test {
        flag: &case.flag,
        name: case.name.as_deref(),
        path: paths.path(case.place.file),
        line: case.place.line,
        column: case.place.column,
        status: match (is_run, failures.is_empty()) {
            (false, _) => "invalid",
            (true, false) => "failed",
            (true, true) => "passed",
        },
        combinations: case.combination_count(),
        failures: failures.iter().map(|(it, run)| failure(case, *it, run, test.flags)).collect(),
    }
}

fn failure(case: &Case, combination: usize, run: &Run<'_>, flags: &FlagSet) -> Failure {
    let trace = run.trace.as_ref();
    Failure {
        message: message(&run.mismatches),
        context: json(&context_text(case, combination)),
        expected: expected(case),
        got: got(&FlagAnswer::of(&run.result)),
        trace: trace.map(|steps| render_trace(flags, &run.result, steps, false)),
    }
}

fn expected(case: &Case) -> Value {
    let expected = &case.expected;
    let text = |text: &str| Value::from(text);
    let fields = [
        ("value", expected.value.as_ref().map(|value| json(&value.to_string()))),
        ("variant", expected.variant.as_ref().map(|it| it.value.as_deref().into())),
        ("reason", expected.reason.as_deref().map(text)),
        ("rule", expected.rule.as_ref().map(|stated| text(&stated.value))),
        ("error", expected.error.as_deref().map(text)),
    ];
    let stated = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(stated.collect::<Map<_, _>>())
}

fn got(answer: &FlagAnswer<'_>) -> Value {
    serde_json::json!({
        "value": answer.value.map(json),
        "variant": answer.variant,
        "reason": answer.reason,
        "rule": answer.rule,
        "error": answer.error,
    })
}

/// Text that is known to be JSON, as a value.
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

fn missing<'a>(unreached: &'a Unreached<'_>, paths: &'a Paths) -> Missing<'a> {
    let mut missing = Missing {
        rules: Vec::new(),
        variants: Vec::new(),
        flags: unreached.flags.iter().map(|flag: &&Flag| &*flag.key).collect(),
    };
    for (flag, part) in &unreached.parts {
        let (list, name, place) = match part {
            FlagPart::Rule(rule) => (&mut missing.rules, &*rule.name, rule.place),
            FlagPart::Variant(variant) => (&mut missing.variants, &*variant.name, flag.place),
        };
        let (path, line) = (paths.path(place.file), place.line);
        list.push(MissingPart { flag: &flag.key, name, path, line });
    }
    missing
}
