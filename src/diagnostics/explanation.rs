//! What a code means, read from its page under `docs/rules/`.

use std::fmt::Write as _;

use crate::diagnostics::severity::Severity;

/// What there is to say about one code.
///
/// Its page is Markdown of this form: a heading; `*error*: ` and a summary of one line; paragraphs
/// that explain; then `Bad:` and `Good:`, each followed by YAML in a fence, or by words where no
/// text can be an example.
#[derive(Debug)]
pub struct Explanation {
    /// The stable kebab-case id of the code.
    pub id: &'static str,
    /// How bad it is; none for a hazard, which a change has and no definition.
    pub severity: Option<Severity>,
    /// What is wrong, in one line without a full stop.
    pub summary: &'static str,
    /// Why that is wrong or unwise, and what to do: Markdown, wrapped.
    pub text: &'static str,
    /// The page without its heading.
    pub page: &'static str,
    bad: &'static str,
    good: &'static str,
}

/// How something looks that has a problem, or no longer has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Example {
    /// Definition files, each with its path, the first part of which is its root.
    Files(Vec<(String, String)>),
    /// In words, where a text cannot hold it.
    Words(&'static str),
}

/// The path of an example that names none.
const PATH_DEFAULT: &str = "flags/checkout.yaml";

impl Explanation {
    /// Reads a page. What a page lacks is empty; a test reads them all.
    pub(super) fn read(id: &'static str, severity: Option<Severity>, page: &'static str) -> Self {
        let after = |text: &'static str, mark| text.split_once(mark).unwrap_or((text, ""));
        let (_, page) = after(page, "\n\n");
        let (summary, rest) = after(page, "\n\n");
        let (_, summary) = after(summary, ": ");
        let (text, examples) = after(rest, "\n\nBad:\n\n");
        let (bad, good) = after(examples, "\n\nGood:\n\n");
        Self { id, severity, summary, text, page, bad: bad.trim_end(), good: good.trim_end() }
    }

    /// The word for how bad it is: `error`, `warning`, `note` or `hazard`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.severity.map_or("hazard", Severity::name)
    }

    /// Why that is wrong or unwise, without the line breaks of the page.
    #[must_use]
    pub fn on_one_line(&self) -> String {
        self.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Definitions that have the problem.
    #[must_use]
    pub fn bad(&self) -> Example {
        Example::read(self.bad)
    }

    /// The same without it.
    #[must_use]
    pub fn good(&self) -> Example {
        Example::read(self.good)
    }

    /// All of it as plain text, in lines that fit a terminal.
    #[must_use]
    pub fn plain(&self) -> String {
        let indented = |example: &'static str| {
            fenced(example).unwrap_or(example).lines().fold(String::new(), |mut all, line| {
                let _ = writeln!(all, "{}", format!("    {line}").trim_end());
                all
            })
        };
        let (kind, id, summary, text) = (self.kind(), self.id, self.summary, self.text);
        let (bad, good) = (indented(self.bad), indented(self.good));
        format!("{kind}[{id}]: {summary}\n\n{text}\n\nBad:\n\n{bad}\nGood:\n\n{good}")
    }
}

impl Example {
    /// A comment with `/` in it is a path, and begins a file of that path.
    fn read(written: &'static str) -> Self {
        let Some(yaml) = fenced(written) else { return Self::Words(written) };
        let mut files: Vec<(String, String)> = Vec::new();
        for line in yaml.lines() {
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

/// What is inside a fence of YAML.
fn fenced(text: &'static str) -> Option<&'static str> {
    text.strip_prefix("```yaml\n")?.strip_suffix("\n```")
}
