//! Every format of a change: one table, one row each.

use crate::report::{
    diff::{human, json, markdown, view::View},
    format::Format,
};

/// A form in which a change is shown.
pub type DiffFormat = Format<fn(&View<'_>, colour: bool) -> String>;

/// All formats; the first is the default.
pub const FORMATS: [DiffFormat; 3] = [
    Format { name: "human", description: "for people at a terminal", render: human::render },
    Format {
        name: "markdown",
        description: "a comment for a pull request",
        render: |view, _| markdown::render(view),
    },
    Format {
        name: "json",
        description: "one JSON object, stable, for programs",
        render: |view, _| json::render(view),
    },
];
