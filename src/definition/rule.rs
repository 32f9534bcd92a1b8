//! Every rule: what its id means, with a bad and a good example.

use std::fmt::Write as _;

use crate::definition::diagnostic::Severity;

/// One rule: all that there is to say about the diagnostics that carry its id.
#[derive(Debug)]
pub struct Rule {
    /// The stable kebab-case id.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line without a full stop.
    pub summary: &'static str,
    /// Why that is wrong or unwise, and what to do: sentences in Markdown.
    pub explanation: &'static str,
    /// Definitions that it is about.
    pub bad: Example,
    /// The same, mended.
    pub good: Example,
}

/// Definition files, each with its path; more than one where files or layers play a part.
#[derive(Clone, Copy, Debug)]
pub struct Example(pub &'static [(&'static str, &'static str)]);

/// All rules, sorted by id.
const RULES: &[Rule] = &[];

/// All rules, sorted by id.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    RULES.iter()
}

/// The rule of that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

impl Rule {
    /// All of it as plain text.
    #[must_use]
    pub fn text(&self) -> String {
        self.markdown()
    }

    /// All of it as Markdown, without a heading.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "{}\n", self.explanation);
        text
    }
}
