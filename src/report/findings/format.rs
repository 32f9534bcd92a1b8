//! Every format of findings: one table, one row each.

use crate::report::{
    findings::{github, human, json, sarif, view::Findings},
    format::Format,
};

/// A form in which findings are shown.
pub type FindingsFormat = Format<fn(&Findings<'_>, colour: bool) -> String>;

/// All formats; the first is the default.
pub const FORMATS: [FindingsFormat; 4] = [
    Format {
        name: "human",
        description: "excerpts of the files, for people",
        render: human::render,
    },
    Format {
        name: "json",
        description: "one JSON object, stable, for programs",
        render: |findings, _| json::render(findings),
    },
    Format {
        name: "github",
        description: "GitHub workflow commands: annotations in a pull request",
        render: |findings, _| github::render(findings),
    },
    Format {
        name: "sarif",
        description: "SARIF 2.1.0, for code scanning",
        render: |findings, _| sarif::render(findings),
    },
];
