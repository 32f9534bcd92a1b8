//! Every format of a change: one table, one row each.

use crate::report::diff::{human, json, markdown, view::View};

/// A form in which a change is shown.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// Who it is for.
    pub summary: &'static str,
    /// Shows a change; whether in colour, where the format knows that.
    pub render: fn(&View<'_>, colour: bool) -> String,
}

/// All formats; the first is the default.
pub const FORMATS: [Format; 3] = [
    Format { name: "human", summary: "for people at a terminal", render: human::render },
    Format {
        name: "markdown",
        summary: "a comment for a pull request",
        render: |view, _| markdown::render(view),
    },
    Format {
        name: "json",
        summary: "one JSON object, stable, for programs",
        render: |view, _| json::render(view),
    },
];

impl Format {
    /// The format of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        FORMATS.into_iter().find(|format| format.name == name)
    }
}
