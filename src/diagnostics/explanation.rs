//! What a rule id means: for people who have met it.

use std::fmt::Write as _;

use crate::diagnostics::diagnostic::Severity;

/// One rule: all that there is to say about the diagnostics that carry its id.
///
/// The texts are as they are written in the tables: indented, with line feeds around them.
#[derive(Debug)]
pub struct Rule {
    /// The stable kebab-case id.
    pub id: &'static str,
    /// How bad it is; none for a hazard, which no diagnostic carries, but the report of a change.
    pub severity: Option<Severity>,
    /// What is wrong, in one line without a full stop.
    pub summary: &'static str,
    explanation: &'static str,
    bad: &'static str,
    good: &'static str,
}

/// How something looks that has a problem, or no longer has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Example {
    /// Definition files, each with its path, the first part of which is its root.
    Files(Vec<(String, String)>),
    /// In words, where a text cannot hold it.
    Words(String),
}

/// The path of an example that names none.
const PATH_DEFAULT: &str = "flags/checkout.yaml";
/// What an example begins with that is none to copy.
const IN_WORDS: &str = "//";

impl Rule {
    /// A rule that is an error. An example is YAML; a comment with `/` in it is a path and begins a
    /// file of that path; `//` begins an example in words.
    #[must_use]
    pub const fn error(
        id: &'static str,
        summary: &'static str,
        explanation: &'static str,
        bad: &'static str,
        good: &'static str,
    ) -> Self {
        Self { id, severity: Some(Severity::Error), summary, explanation, bad, good }
    }

    /// The same for a warning.
    #[must_use]
    pub const fn warning(
        id: &'static str,
        summary: &'static str,
        explanation: &'static str,
        bad: &'static str,
        good: &'static str,
    ) -> Self {
        Self { id, severity: Some(Severity::Warning), summary, explanation, bad, good }
    }

    /// The same for a note.
    #[must_use]
    pub const fn note(
        id: &'static str,
        summary: &'static str,
        explanation: &'static str,
        bad: &'static str,
        good: &'static str,
    ) -> Self {
        Self { id, severity: Some(Severity::Note), summary, explanation, bad, good }
    }

    /// The same for a hazard of a change.
    #[must_use]
    pub const fn hazard(
        id: &'static str,
        summary: &'static str,
        explanation: &'static str,
        bad: &'static str,
        good: &'static str,
    ) -> Self {
        Self { id, severity: None, summary, explanation, bad, good }
    }

    /// The word for how bad it is: `error`, `warning`, `note` or `hazard`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.severity.map_or("hazard", Severity::name)
    }

    /// Why that is wrong or unwise, and what to do: one paragraph in Markdown, on one line.
    #[must_use]
    pub fn explanation(&self) -> String {
        self.explanation.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Definitions that it is about.
    #[must_use]
    pub fn bad(&self) -> Example {
        Example::read(self.bad)
    }

    /// The same, mended.
    #[must_use]
    pub fn good(&self) -> Example {
        Example::read(self.good)
    }

    /// All of it as plain text, in lines that fit a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let indented = |example: &str| {
            let text = dedent(example);
            let lines =
                text.strip_prefix(IN_WORDS).map_or(text.clone(), |words| wrap(words.trim()));
            lines.lines().fold(String::new(), |mut all, line| {
                let _ = writeln!(all, "{}", format!("    {line}").trim_end());
                all
            })
        };
        let (id, kind, summary) = (self.id, self.kind(), self.summary);
        let explanation = wrap(&self.explanation());
        let (bad, good) = (indented(self.bad), indented(self.good));
        format!("{kind}[{id}]: {summary}\n\n{explanation}\n\nBad:\n\n{bad}\nGood:\n\n{good}")
    }

    /// All of it as Markdown, without a heading.
    #[must_use]
    pub fn markdown(&self) -> String {
        let shown = |example: &str| {
            let text = dedent(example);
            match text.strip_prefix(IN_WORDS) {
                Some(words) => wrap(words.trim()),
                None => format!("```yaml\n{text}\n```"),
            }
        };
        let (kind, summary) = (self.kind(), self.summary);
        let explanation = wrap(&self.explanation());
        let (bad, good) = (shown(self.bad), shown(self.good));
        format!("*{kind}*: {summary}\n\n{explanation}\n\nBad:\n\n{bad}\n\nGood:\n\n{good}\n")
    }
}

impl Example {
    fn read(written: &str) -> Self {
        let text = dedent(written);
        if let Some(words) = text.strip_prefix(IN_WORDS) {
            return Self::Words(words.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        let mut files: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            let path = line.strip_prefix("# ").filter(|comment| comment.contains('/'));
            match (path, files.last_mut()) {
                (Some(path), _) => files.push((path.to_owned(), String::new())),
                (None, Some((_, text))) => {
                    let _ = writeln!(text, "{line}");
                }
                (None, None) => files.push((PATH_DEFAULT.to_owned(), format!("{line}\n"))),
            }
        }
        Self::Files(files)
    }
}

/// Without the indentation of the first line, and without blank lines around.
fn dedent(text: &str) -> String {
    let text = text.trim_matches('\n').trim_end();
    let indent = text.len() - text.trim_start_matches(' ').len();
    let lines = text.lines().map(|line| line.get(indent..).unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// Words in lines of at most 80 characters.
fn wrap(text: &str) -> String {
    const LINE_CHARACTERS_MAX: usize = 80;
    let mut lines = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if 0 < length && LINE_CHARACTERS_MAX < length + 1 + width {
            lines.push('\n');
            length = 0;
        }
        if 0 < length {
            lines.push(' ');
            length += 1;
        }
        lines.push_str(word);
        length += width;
    }
    lines
}
