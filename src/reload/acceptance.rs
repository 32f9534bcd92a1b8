//! Whether what was compiled may be served.

use jiff::Timestamp;

use crate::{
    definition::{
        compile::{Compilation, Root},
        definitions::Definitions,
    },
    diagnostics::{diagnostic::Diagnostic, place::Paths, severity::Severity},
    snapshot::{current::Rejection, shown_roots::Sources},
};

/// What may be served.
#[derive(Debug)]
pub struct Accepted {
    /// The definitions.
    pub definitions: Definitions,
    /// Warnings and notes about them.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that all places point into.
    pub paths: Paths,
}

/// What may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why, in one line.
    pub message: String,
    /// What is wrong; empty if nothing is but that there are no flags.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that all places point into.
    pub paths: Paths,
    /// The commit that it is of, where that is known.
    pub commit: Option<Box<str>>,
    /// SHA-256 over the bytes of all files and their paths; zero where they have not been read.
    pub digest: [u8; 32],
}

impl Refused {
    /// Something that is wrong with no definition in particular.
    #[must_use]
    pub fn of(message: String) -> Self {
        let (diagnostics, paths) = (Vec::new(), Paths::default());
        Self { message, diagnostics, paths, commit: None, digest: [0; 32] }
    }

    /// The same for those who ask over HTTP: no more of it than is read, and nothing of where the
    /// roots are.
    #[must_use]
    pub fn shown(&self, sources: &Sources, since: Timestamp) -> Rejection {
        let (diagnostics, paths) = sources.diagnostics(&self.diagnostics, &self.paths);
        let first = first_error(&self.diagnostics);
        // What the first error says is part of the message.
        let message = first.map_or_else(
            || self.message.clone(),
            |first| self.message.replace(&first.message, &sources.message(first)),
        );
        Rejection {
            since,
            commit: self.commit.clone(),
            message: sources.text(&message),
            diagnostics,
            diagnostics_total: self.diagnostics.len(),
            paths,
        }
    }
}

/// Judges what was compiled from `roots`, which are of a `commit` and have a `digest`. Errors are
/// never accepted; that there are no flags at all, or that one of the roots holds none of them,
/// only with `allow_empty`: a directory that was unmounted, emptied or mistyped looks like that.
///
/// # Errors
///
/// What may not be served, and why.
pub fn judge(
    compilation: Compilation,
    roots: &[Root],
    allow_empty: bool,
    commit: Option<&str>,
    digest: [u8; 32],
) -> Result<Accepted, Refused> {
    let Compilation { definitions, diagnostics, paths, .. } = compilation;
    let empty = roots.iter().find(|root| root.files.is_empty()).map(|root| root.name.as_str());
    let hint = "`--allow-empty` serves that";
    let message = match &definitions {
        _ if !allow_empty && let Some(root) = empty => {
            format!("`{root}` holds no definition file; {hint}")
        }
        None => summary(&diagnostics, &paths),
        Some(definitions) if !allow_empty && definitions.flag_set.flags().is_empty() => {
            format!("the definitions hold no flag; {hint}")
        }
        Some(_) => String::new(),
    };
    match definitions.filter(|_| message.is_empty()) {
        Some(definitions) => Ok(Accepted { definitions, diagnostics, paths }),
        None => {
            let commit = commit.map(Box::from);
            Err(Refused { message, diagnostics, paths, commit, digest })
        }
    }
}

/// The number of errors, and the first of them.
fn summary(diagnostics: &[Diagnostic], paths: &Paths) -> String {
    let count = diagnostics.iter().filter(|found| found.severity() == Severity::Error).count();
    let plural = if count == 1 { "" } else { "s" };
    let Some(first) = first_error(diagnostics) else {
        return "the definitions cannot be served".to_owned();
    };
    let before = if count == 1 { ":" } else { "; the first:" };
    format!("{count} error{plural}{before} {}: {}", paths.link(first.place), first.message)
}

fn first_error(diagnostics: &[Diagnostic]) -> Option<&Diagnostic> {
    diagnostics.iter().find(|found| found.severity() == Severity::Error)
}
