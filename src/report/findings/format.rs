//! Every format of findings: one table, one row each.

use crate::report::findings::{github, human, json, sarif, view::Findings};

/// A form in which findings are shown.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// Who it is for.
    pub summary: &'static str,
    /// Shows findings; whether in colour, where the format knows that.
    pub render: fn(&Findings<'_>, colour: bool) -> String,
}

/// All formats; the first is the default.
pub const FORMATS: [Format; 4] = [
    Format { name: "human", summary: "excerpts of the files, for people", render: human::render },
    Format {
        name: "json",
        summary: "one JSON object, stable, for programs",
        render: |findings, _| json::render(findings),
    },
    Format {
        name: "github",
        summary: "GitHub workflow commands: annotations in a pull request",
        render: |findings, _| github::render(findings),
    },
    Format {
        name: "sarif",
        summary: "SARIF 2.1.0, for code scanning",
        render: |findings, _| sarif::render(findings),
    },
];

impl Format {
    /// The format of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        FORMATS.into_iter().find(|format| format.name == name)
    }
}
