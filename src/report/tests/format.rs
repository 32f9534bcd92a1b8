//! Every format of test results: one table, one row each.

use crate::report::tests::{github, human, json, junit, view::TestReport};

/// A form in which test results are shown.
#[derive(Clone, Copy, Debug)]
pub struct TestFormat {
    /// Its name on the command line.
    pub name: &'static str,
    /// Who it is for.
    pub summary: &'static str,
    /// Shows results; whether in colour, where the format knows that.
    pub render: fn(&TestReport<'_>, colour: bool) -> String,
}

/// All formats; the first is the default.
pub const TEST_FORMATS: [TestFormat; 4] = [
    TestFormat {
        name: "human",
        summary: "what failed and how it came to that, for people",
        render: human::render,
    },
    TestFormat {
        name: "json",
        summary: "one JSON object, stable, for programs",
        render: |report, _| json::render(report),
    },
    TestFormat {
        name: "github",
        summary: "GitHub workflow commands: annotations in a pull request",
        render: |report, _| github::render(report),
    },
    TestFormat {
        name: "junit",
        summary: "JUnit XML, for whatever collects test results",
        render: |report, _| junit::render(report),
    },
];

impl TestFormat {
    /// The format of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        TEST_FORMATS.into_iter().find(|format| format.name == name)
    }
}
