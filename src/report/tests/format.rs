//! Every format of test results: one table, one row each.

use crate::report::{
    format::Format,
    tests::{github, human, json, junit, view::TestReport},
};

/// A form in which test results are shown.
pub type TestFormat = Format<fn(&TestReport<'_>, colour: bool) -> String>;

/// All formats; the first is the default.
pub const FORMATS: [TestFormat; 4] = [
    Format {
        name: "human",
        description: "what failed and how it came about, for people",
        render: human::render,
    },
    Format {
        name: "json",
        description: "one JSON object, stable, for programs",
        render: |report, _| json::render(report),
    },
    Format {
        name: "github",
        description: "GitHub workflow commands: annotations in a pull request",
        render: |report, _| github::render(report),
    },
    Format {
        name: "junit",
        description: "JUnit XML, for programs that collect test results",
        render: |report, _| junit::render(report),
    },
];
