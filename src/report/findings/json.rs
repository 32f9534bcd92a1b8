//! Findings as JSON, for programs. The form is stable: fields may be added, none goes away.

use serde::Serialize;

use crate::{
    diagnostics::{
        diagnostic::{Diagnostic, Related},
        place::Paths,
        prose::Prose,
    },
    report::{findings::view::Findings, text::escape_json},
};

#[derive(Serialize)]
struct Document<'a> {
    diagnostics: Vec<FindingEntry<'a>>,
    summary: Summary,
}

/// One diagnostic, as it stands in every JSON that flagstaff prints. Lines and columns count from
/// 1, columns in Unicode scalar values; the end is exclusive.
#[derive(Debug, Serialize)]
pub struct FindingEntry<'a> {
    rule: &'a str,
    severity: &'a str,
    message: &'a Prose,
    path: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    flag: Option<&'a str>,
    suggestion: Option<&'a str>,
    related: Vec<RelatedEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct RelatedEntry<'a> {
    message: &'a Prose,
    path: &'a str,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Summary {
    flags: usize,
    files: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
}

impl<'a> FindingEntry<'a> {
    /// The entry of one diagnostic, whose places point into `paths`.
    #[must_use]
    pub fn new(diagnostic: &'a Diagnostic, paths: &'a Paths) -> Self {
        let Diagnostic { code, message, place, flag, suggestion, related } = diagnostic;
        Self {
            rule: code.id(),
            severity: code.severity().name(),
            message,
            path: paths.path(place.file),
            line: place.line,
            column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
            flag: flag.as_deref(),
            suggestion: suggestion.as_deref(),
            related: related.iter().map(|other| RelatedEntry::new(other, paths)).collect(),
        }
    }
}

impl<'a> RelatedEntry<'a> {
    fn new(related: &'a Related, paths: &'a Paths) -> Self {
        let Related { message, place } = related;
        Self { message, path: paths.path(place.file), line: place.line, column: place.column }
    }
}

/// One JSON object, indented, with a line feed at the end.
#[must_use]
pub fn render(findings: &Findings<'_>) -> String {
    let tally = findings.tally();
    let entries = findings.diagnostics.iter().map(|d| FindingEntry::new(d, findings.paths));
    let document = Document {
        diagnostics: entries.collect(),
        summary: Summary {
            flags: findings.flag_count,
            files: findings.paths.len(),
            errors: tally.errors,
            warnings: tally.warnings,
            notes: tally.notes,
        },
    };
    // Strings and numbers in structs: there is nothing that serializing could refuse.
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    escape_json(format!("{text}\n"))
}
