//! What came of the flag tests, as every format sees it.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::{
    diagnostics::severity::Severity,
    engine::json_text::quoted,
    flag_test::{
        coverage::{FlagPart, Unreached},
        run::Mismatch,
        suite::Tested,
        test::Case,
    },
    report::{
        findings::view::Findings,
        text::{count, quotable},
    },
};

/// The results of flag tests, and what is needed to show them.
#[derive(Debug)]
pub struct TestReport<'a> {
    /// What is wrong with the test files, or with the definitions: then no test was run.
    pub findings: Findings<'a>,
    /// The tests that were chosen, in the order of files and lines.
    pub tests: &'a [Tested<'a>],
    /// What no test reaches; none where only some of the tests were run, or none at all.
    pub unreached: Option<&'a Unreached<'a>>,
    /// How many files with tests there are; none where the definitions have errors.
    pub file_count: Option<usize>,
    /// When the tests were run.
    pub time: Timestamp,
}

/// How many tests there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TestTally {
    /// Everything was as expected.
    pub passed: usize,
    /// Something was not.
    pub failed: usize,
    /// Not run, since the test names something that is not there.
    pub invalid: usize,
}

impl TestReport<'_> {
    /// How many tests there are of each kind.
    #[must_use]
    pub fn tally(&self) -> TestTally {
        let mut tally = TestTally::default();
        for test in self.tests {
            match (test.is_run, test.has_passed()) {
                (false, _) => tally.invalid += 1,
                (true, false) => tally.failed += 1,
                (true, true) => tally.passed += 1,
            }
        }
        tally
    }

    /// Whether every test has passed and nothing is wrong with the files.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        self.tests.iter().all(Tested::has_passed)
            && self.findings.diagnostics.iter().all(|found| found.severity() < Severity::Error)
    }

    /// One line without a line feed: `5 tests in 2 files: 4 passed, 1 failed`.
    #[must_use]
    pub fn summary(&self) -> String {
        let Some(files) = self.file_count else { return self.findings.summary() };
        let TestTally { passed, failed, invalid } = self.tally();
        let mut text = format!(
            "{} in {}: {passed} passed, {failed} failed",
            count(self.tests.len(), "test"),
            count(files, "file")
        );
        if 0 < invalid {
            let _ = write!(text, ", {invalid} not run");
        }
        let problems = self.findings.tally();
        if 0 < problems.errors + problems.warnings {
            let _ = write!(text, "; {}", problems.in_words());
        }
        text
    }
}

/// What was not as expected, on one line: `expected value true, got false`.
#[must_use]
pub fn message(mismatches: &[Mismatch]) -> String {
    let parts: Vec<String> = mismatches.iter().map(sentence).collect();
    parts.join("; ")
}

/// One thing that was not as expected.
#[must_use]
pub fn sentence(mismatch: &Mismatch) -> String {
    let Mismatch { field, expected, got } = mismatch;
    format!("expected {field} {}, got {}", quotable(expected), quotable(got))
}

/// The attributes of a question as JSON: `{"plan": "pro", "targetingKey": "u-1"}`.
#[must_use]
pub fn context_text(case: &Case, combination: usize) -> String {
    let mut entries: Vec<_> = case.attributes(combination).collect();
    entries.sort_by_key(|(name, _)| *name);
    let entries = entries.iter().map(|(name, value)| format!("{}: {value}", quoted(name)));
    format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
}

/// What a question takes from the matrix: `country: "NL", targetingKey: "u-1"`.
#[must_use]
pub fn combination_text(case: &Case, combination: usize) -> String {
    let entries = case.combination(combination);
    let entries = entries.iter().map(|(name, value)| format!("{name}: {value}"));
    entries.collect::<Vec<_>>().join(", ")
}

/// A part of a flag: "rule `Benelux ramp`".
#[must_use]
pub fn part_text(part: FlagPart<'_>) -> String {
    match part {
        FlagPart::Rule(rule) => format!("rule `{}`", rule.name),
        FlagPart::Variant(variant) => format!("variant `{}`", variant.name),
    }
}
