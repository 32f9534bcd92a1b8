//! What was found in the definitions, as every format sees it.

use std::str;

use crate::{
    definition::compile::{Compilation, Content, Root, SourceFile},
    diagnostics::{
        diagnostic::Diagnostic,
        place::{FileId, Paths},
        severity::Severity,
    },
    report::text::{count, quotable},
};

/// Diagnostics and what is needed to show them.
#[derive(Clone, Debug)]
pub struct Findings<'a> {
    /// What was found, sorted by place.
    pub diagnostics: &'a [Diagnostic],
    /// The files that all places point into.
    pub paths: &'a Paths,
    /// What is in each of these files; none where it was not read or is not text.
    texts: Vec<Option<&'a str>>,
    /// How many flags there are.
    pub flag_count: usize,
}

/// How many diagnostics there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeverityTally {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Notes.
    pub notes: usize,
}

impl<'a> Findings<'a> {
    /// What a compilation of these roots has found.
    #[must_use]
    pub fn of(roots: &'a [Root], compilation: &'a Compilation) -> Self {
        let files = roots.iter().flat_map(|root| &root.files);
        let Compilation { diagnostics, paths, flag_count, .. } = compilation;
        Self::new(diagnostics, paths, files, *flag_count)
    }

    /// What was found in these files, whose paths stand in the same order in `paths`.
    #[must_use]
    pub fn new(
        diagnostics: &'a [Diagnostic],
        paths: &'a Paths,
        files: impl Iterator<Item = &'a SourceFile>,
        flag_count: usize,
    ) -> Self {
        let texts = files.map(|file| match &file.content {
            Content::Bytes(bytes) => str::from_utf8(bytes).ok(),
            Content::TooLarge(_) | Content::LinkOutsideRoot(_) | Content::LinkLoop => None,
        });
        Self { diagnostics, paths, texts: texts.collect(), flag_count }
    }

    /// What is in a file, if it was read and is text.
    #[must_use]
    pub fn text(&self, file: FileId) -> Option<&'a str> {
        self.texts.get(file.0 as usize).copied().flatten()
    }

    /// How many there are of each severity.
    #[must_use]
    pub fn tally(&self) -> SeverityTally {
        let of = |severity| self.diagnostics.iter().filter(|d| d.severity() == severity).count();
        SeverityTally {
            errors: of(Severity::Error),
            warnings: of(Severity::Warning),
            notes: of(Severity::Note),
        }
    }

    /// One line without a line feed: `14 flags in 5 files: 2 errors, 1 warning`.
    #[must_use]
    pub fn summary(&self) -> String {
        let flags = count(self.flag_count, "flag");
        let files = count(self.paths.len(), "file");
        format!("{flags} in {files}: {}", self.tally().in_words())
    }
}

impl SeverityTally {
    /// `2 errors, 1 warning`, or `no problems`; notes are no problems, and follow.
    #[must_use]
    pub fn in_words(self) -> String {
        let nouns = [(self.errors, "error"), (self.warnings, "warning"), (self.notes, "note")];
        let mut parts: Vec<String> = nouns
            .into_iter()
            .filter(|(number, _)| 0 < *number)
            .map(|(number, noun)| count(number, noun))
            .collect();
        if self.errors + self.warnings == 0 {
            parts.insert(0, "no problems".to_owned());
        }
        parts.join(", ")
    }
}

/// What was probably meant, as a question, unless the message has said so already.
#[must_use]
pub fn help(diagnostic: &Diagnostic) -> Option<String> {
    let meant = diagnostic.unsaid_suggestion()?;
    Some(format!("did you mean `{}`?", quotable(meant)))
}
