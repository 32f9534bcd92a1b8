//! Findings as GitHub workflow commands: each becomes an annotation at its line.
//!
//! See GitHub's "Workflow commands": `::error file=…,line=…,endLine=…,col=…,endColumn=…::message`.

use std::fmt::Write as _;

use crate::{
    diagnostics::{diagnostic::Diagnostic, place::Place, severity::Severity},
    report::{
        findings::view::{Findings, help},
        text::printable,
    },
};

/// What an annotation is: the name of the workflow command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Red.
    Error,
    /// Yellow.
    Warning,
    /// Grey.
    Notice,
}

/// One workflow command a diagnostic, and the summary as the last line.
#[must_use]
pub fn render(findings: &Findings<'_>) -> String {
    let mut text = annotations(findings);
    text.push_str(&findings.summary());
    text.push('\n');
    text
}

/// One workflow command a diagnostic.
#[must_use]
pub fn annotations(findings: &Findings<'_>) -> String {
    findings.diagnostics.iter().map(|diagnostic| of_diagnostic(findings, diagnostic)).collect()
}

/// The workflow command that shows `lines` under a title at a place.
#[must_use]
pub fn annotation(level: Level, title: &str, path: &str, place: Place, lines: &str) -> String {
    let command = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    };
    // A path has to be as the repository knows it.
    let path = property(path.strip_prefix("./").unwrap_or(path));
    let (title, line, end_line) = (property(title), place.line, place.end_line);
    let mut text = format!("::{command} title={title},file={path},line={line},endLine={end_line}");
    // Columns of a stretch over several lines are refused.
    if line == end_line {
        let _ = write!(text, ",col={},endColumn={}", place.column, place.end_column);
    }
    let _ = writeln!(text, "::{}", data(lines));
    text
}

fn of_diagnostic(findings: &Findings<'_>, diagnostic: &Diagnostic) -> String {
    let Diagnostic { code, message, place, related, .. } = diagnostic;
    let level = match code.severity() {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
        Severity::Note => Level::Notice,
    };
    let mut lines = message.to_string();
    if let Some(help) = help(diagnostic) {
        let _ = write!(lines, "\n{help}");
    }
    for other in related {
        let _ = write!(lines, "\n{}: {}", findings.paths.link(other.place), other.message);
    }
    annotation(level, code.id(), findings.paths.path(place.file), *place, &lines)
}

/// Escapes what follows the second `::`.
fn data(text: &str) -> String {
    printable(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
