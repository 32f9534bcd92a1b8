//! Findings as GitHub workflow commands: each becomes an annotation at its line.
//!
//! See GitHub's "Workflow commands": `::error file=…,line=…,endLine=…,col=…,endColumn=…::message`.

use std::fmt::Write as _;

use crate::{
    definition::diagnostic::{Diagnostic, Severity},
    report::{
        findings::{Findings, help},
        text::printable,
    },
};

/// One workflow command a diagnostic, and the summary as the last line.
#[must_use]
pub fn render(findings: &Findings<'_>) -> String {
    let mut text = String::new();
    for diagnostic in findings.diagnostics {
        command(&mut text, findings, diagnostic);
    }
    text.push_str(&findings.summary());
    text.push('\n');
    text
}

fn command(text: &mut String, findings: &Findings<'_>, diagnostic: &Diagnostic) {
    let Diagnostic { rule, severity, message, place, related, .. } = diagnostic;
    let command = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let path = findings.paths.path(place.file);
    // A path has to be as the repository knows it.
    let path = property(path.strip_prefix("./").unwrap_or(path));
    let mut command = format!(
        "::{command} title={},file={path},line={},endLine={}",
        property(rule),
        place.line,
        place.end_line
    );
    // Columns of a stretch over several lines are refused.
    if place.line == place.end_line {
        let _ = write!(command, ",col={},endColumn={}", place.column, place.end_column);
    }
    let mut lines = message.clone();
    if let Some(help) = help(diagnostic) {
        let _ = write!(lines, "\n{help}");
    }
    for other in related {
        let _ = write!(lines, "\n{}: {}", findings.paths.link(other.place), other.message);
    }
    let _ = writeln!(text, "{command}::{}", data(&lines));
}

/// Escapes what follows the second `::`.
fn data(text: &str) -> String {
    printable(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
