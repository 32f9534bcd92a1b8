//! Test results as GitHub workflow commands: each failure becomes an annotation at its test.

use std::fmt::Write as _;

use crate::{
    flag_test::suite::Tested,
    report::{
        findings::github::{Level, annotation, annotations},
        tests::{
            human,
            view::{TestReport, combination_text, message},
        },
        text::count,
    },
};

/// One workflow command a failed test and a problem; then, in a group that the log folds, what
/// people see; the summary as the last line.
#[must_use]
pub fn render(report: &TestReport<'_>) -> String {
    let mut text = annotations(&report.findings);
    for test in report.tests.iter().filter(|test| !test.failures.is_empty()) {
        text.push_str(&failure(report, test));
    }
    if report.file_count.is_some() {
        text.push_str("::group::flag tests\n");
        for line in human::render(report, false).lines() {
            // What a name of a test looks like must not be taken for a command.
            let mark = if line.trim_start().starts_with("::") { "| " } else { "" };
            let _ = writeln!(text, "{mark}{}", line.replace("##[", "## ["));
        }
        text.push_str("::endgroup::\n");
    }
    text.push_str(&report.summary());
    text.push('\n');
    text
}

fn failure(report: &TestReport<'_>, test: &Tested<'_>) -> String {
    let case = test.case;
    let Some(((combination, first), others)) = test.failures.split_first() else {
        return String::new();
    };
    let mut lines = format!("{}\n{}", case.title(), message(&first.mismatches));
    if !case.matrix.is_empty() {
        let _ = write!(lines, "\nwith {}", combination_text(case, *combination));
    }
    if !others.is_empty() {
        let _ = write!(lines, "\nand {}", count(others.len(), "more combination"));
    }
    let path = report.findings.paths.path(case.place.file);
    annotation(Level::Error, "flag test failed", path, case.place, &lines)
}
