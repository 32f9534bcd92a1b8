//! Findings as SARIF 2.1.0, the exchange format of static analysis.
//!
//! See <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::{
    diagnostics::{
        code::Code,
        diagnostic::Diagnostic,
        place::{Paths, Place},
        severity::Severity,
    },
    report::{
        findings::view::{Findings, help},
        text::escape_json,
    },
};

/// Where the schema of the format is published.
const SCHEMA_URI: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What is encoded in a path that is part of a URI (RFC 3986): all but unreserved characters and
/// the slashes between its segments.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
/// What relative paths are relative to: the directory that flagstaff ran in.
const BASE: &str = "%SRCROOT%";

/// One SARIF log with one run, indented, with a line feed at the end.
#[must_use]
pub fn render(findings: &Findings<'_>) -> String {
    let log = json!({
        "$schema": SCHEMA_URI,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": Code::ALL.iter().copied().map(descriptor).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": findings
                .diagnostics
                .iter()
                .map(|diagnostic| result(diagnostic, findings.paths))
                .collect::<Vec<_>>(),
        }],
    });
    escape_json(format!("{log:#}\n"))
}

fn descriptor(code: Code) -> Value {
    let explanation = code.explanation();
    json!({
        "id": code.id(),
        "shortDescription": { "text": explanation.summary },
        "fullDescription": { "text": explanation.on_one_line() },
        "help": { "text": explanation.plain(), "markdown": explanation.page },
        "defaultConfiguration": { "level": level(code.severity()) },
    })
}

fn result(diagnostic: &Diagnostic, paths: &Paths) -> Value {
    let message = match help(diagnostic) {
        Some(help) => format!("{}; {help}", diagnostic.message),
        None => diagnostic.message.to_string(),
    };
    let mut result = json!({
        "ruleId": diagnostic.code.id(),
        "level": level(diagnostic.severity()),
        "message": { "text": message },
        "locations": [{ "physicalLocation": location(diagnostic.place, paths) }],
    });
    if let Some(index) = Code::ALL.iter().position(|code| *code == diagnostic.code) {
        result["ruleIndex"] = json!(index);
    }
    if !diagnostic.related.is_empty() {
        let related = diagnostic.related.iter().enumerate().map(|(index, other)| {
            json!({
                "id": index + 1,
                "message": { "text": other.message },
                "physicalLocation": location(other.place, paths),
            })
        });
        result["relatedLocations"] = related.collect();
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn location(place: Place, paths: &Paths) -> Value {
    let path = paths.path(place.file);
    let path = path.strip_prefix("./").unwrap_or(path);
    let encoded = utf8_percent_encode(path, ENCODED);
    let artifact = if path.starts_with('/') {
        json!({ "uri": format!("file://{encoded}") })
    } else {
        json!({ "uri": encoded.to_string(), "uriBaseId": BASE })
    };
    json!({
        "artifactLocation": artifact,
        "region": {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        },
    })
}
