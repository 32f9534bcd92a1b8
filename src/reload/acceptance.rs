//! Whether what was compiled may be served.

use jiff::Timestamp;

use crate::{
    definition::{
        compile::{Compilation, Root},
        definitions::Definitions,
    },
    diagnostics::{diagnostic::Diagnostic, place::Paths, severity::Severity},
    reload::room::NoRoom,
    snapshot::{current::Rejection, shown_roots::Sources},
    source::unreadable::Unreadable,
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
#[derive(Clone, Debug)]
pub struct Refused {
    /// Why.
    pub reason: RefusalReason,
    /// What is wrong; empty if nothing is but that there are no flags.
    pub diagnostics: Box<[Diagnostic]>,
    /// The files that all places point into.
    pub paths: Paths,
    /// The commit that it is of, where that is known.
    pub commit: Option<Box<str>>,
    /// SHA-256 over the bytes of all files and their paths; zero where they have not been read.
    pub digest: [u8; 32],
    /// How many older commits were tried in its place, and refused too.
    pub older_refused: u32,
}

/// Why definitions may not be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    /// There are errors in them.
    Errors,
    /// A root holds no definition file: its name.
    EmptyRoot(String),
    /// There is no flag in them.
    NoFlags,
    /// There is no room for them in memory.
    NoRoom(Box<NoRoom>),
    /// They cannot be read from the commit, or are not in it.
    Unreadable(Box<Unreadable>),
    /// The commit does not descend from the one that is served, whose name this is.
    NoDescendant {
        /// The commit that is served.
        served: Box<str>,
        /// Whether that cannot be known, since the clone is shallow.
        is_unknown: bool,
    },
}

impl Refused {
    /// What there is no room for.
    #[must_use]
    pub fn for_want_of_room(no_room: NoRoom) -> Self {
        Self::for_reason(RefusalReason::NoRoom(Box::new(no_room)), None)
    }

    /// What was refused before anything was compiled.
    #[must_use]
    pub fn for_reason(reason: RefusalReason, commit: Option<Box<str>>) -> Self {
        let (diagnostics, paths) = (Box::default(), Paths::default());
        Self { reason, diagnostics, paths, commit, digest: [0; 32], older_refused: 0 }
    }

    /// Whether git's data was in the way.
    #[must_use]
    pub fn is_of_git(&self) -> bool {
        matches!(&self.reason, RefusalReason::Unreadable(unreadable) if unreadable.is_of_git)
    }

    /// Why, in one line.
    #[must_use]
    pub fn message(&self) -> String {
        self.message_with(|first| first.message.to_string())
    }

    /// The same for those who ask over HTTP: no more of it than is read, and nothing of where the
    /// roots are.
    #[must_use]
    pub fn shown(&self, sources: &Sources, since: Timestamp) -> Rejection {
        let (diagnostics, paths) = sources.diagnostics(&self.diagnostics, &self.paths);
        let message = self.message_with(|first| sources.message(first).to_string());
        Rejection {
            since,
            commit: self.commit.clone(),
            message: sources.text(&message),
            diagnostics,
            diagnostics_total: self.diagnostics.len(),
            paths,
        }
    }

    /// Why, in one line; `said` puts the first error into words.
    fn message_with(&self, said: impl FnOnce(&Diagnostic) -> String) -> String {
        let why = self.reason_with(said);
        match self.older_refused {
            0 => why,
            1 => format!("{why}; nor can the commit before it be served"),
            count => format!("{why}; nor can any of the {count} commits before it be served"),
        }
    }

    fn reason_with(&self, said: impl FnOnce(&Diagnostic) -> String) -> String {
        let hint = "`--allow-empty` serves that";
        match &self.reason {
            RefusalReason::EmptyRoot(root) => format!("`{root}` holds no definition file; {hint}"),
            RefusalReason::NoFlags => format!("the definitions hold no flag; {hint}"),
            RefusalReason::NoRoom(no_room) => no_room.to_string(),
            RefusalReason::Unreadable(unreadable) => unreadable.brief(),
            RefusalReason::NoDescendant { served, is_unknown: false } => format!(
                "it does not descend from {served}, which is served: history was rewritten, and \
                 `--fast-forward-only` refuses that"
            ),
            RefusalReason::NoDescendant { served, is_unknown: true } => format!(
                "the repository is shallow, so that nobody can tell whether it descends from \
                 {served}, which is served; `--fast-forward-only` refuses that"
            ),
            RefusalReason::Errors => {
                let is_error = |found: &&Diagnostic| found.severity() == Severity::Error;
                let Some(first) = self.diagnostics.iter().find(is_error) else {
                    return "the definitions cannot be served".to_owned();
                };
                let count = self.diagnostics.iter().filter(is_error).count();
                let plural = if count == 1 { "" } else { "s" };
                let before = if count == 1 { ":" } else { "; the first:" };
                let link = self.paths.link(first.place);
                format!("{count} error{plural}{before} {link}: {}", said(first))
            }
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
    let reason = match &definitions {
        _ if !allow_empty && let Some(root) = empty => {
            Some(RefusalReason::EmptyRoot(root.to_owned()))
        }
        None => Some(RefusalReason::Errors),
        Some(definitions) if !allow_empty && definitions.flag_set.flags().is_empty() => {
            Some(RefusalReason::NoFlags)
        }
        Some(_) => None,
    };
    match (definitions, reason) {
        (Some(definitions), None) => Ok(Accepted { definitions, diagnostics, paths }),
        (_, reason) => {
            let (commit, reason) = (commit.map(Box::from), reason.unwrap_or(RefusalReason::Errors));
            let diagnostics = diagnostics.into();
            Err(Refused { reason, diagnostics, paths, commit, digest, older_refused: 0 })
        }
    }
}
