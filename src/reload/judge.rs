//! Whether what was compiled may be served.

use crate::{
    definition::{
        compile::{Compilation, Root},
        definitions::Definitions,
        diagnostic::{Diagnostic, Severity},
    },
    place::Paths,
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
}

/// Judges what was compiled from `roots`. Errors are never accepted; that there are no flags at
/// all, or that one of the roots holds none of them, only with `allow_empty`: a directory that was
/// unmounted, emptied or mistyped looks like that.
///
/// # Errors
///
/// What may not be served, and why.
pub fn judge(
    compilation: Compilation,
    roots: &[Root],
    allow_empty: bool,
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
        None => Err(Refused { message, diagnostics, paths }),
    }
}

/// The number of errors, and the first of them.
fn summary(diagnostics: &[Diagnostic], paths: &Paths) -> String {
    let mut errors = diagnostics.iter().filter(|found| found.severity == Severity::Error);
    let count = errors.clone().count();
    let plural = if count == 1 { "" } else { "s" };
    let Some(first) = errors.next() else { return "the definitions cannot be served".to_owned() };
    let before = if count == 1 { ":" } else { "; the first:" };
    format!("{count} error{plural}{before} {}: {}", paths.link(first.place), first.message)
}
