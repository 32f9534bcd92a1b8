//! The roots as whoever asks over HTTP may see them: where they are is nobody's business.
//!
//! What a root is called tells people which one is meant; the directories above it tell how a host
//! is laid out. The log has the whole paths.

use std::path::{Component, Path};

use crate::diagnostics::{
    code::Code,
    diagnostic::Diagnostic,
    place::{FileId, Paths, Place},
    prose::Prose,
};

/// How many diagnostics are shown.
pub const DIAGNOSTICS_MAX: usize = 50;

/// How long a text about them may be, in characters.
pub const TEXT_LENGTH_MAX: usize = 2000;

/// The roots, as they were given and as they are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// What each is called, in their order.
    names: Vec<String>,
    /// The absolute ones as they were given, and what each is called, longest first.
    absolute: Vec<(String, String)>,
}

impl Sources {
    /// Roots, as they were given.
    #[must_use]
    pub fn new(given: &[String]) -> Self {
        let names: Vec<String> = given.iter().map(|root| name(root, given)).collect();
        let pairs = given.iter().cloned().zip(names.iter().cloned());
        let is_absolute = |root: &str| root.starts_with('/') && root != "/";
        let mut absolute: Vec<_> = pairs.filter(|(root, _)| is_absolute(root)).collect();
        absolute.sort_by_key(|(root, _)| std::cmp::Reverse(root.len()));
        Self { names, absolute }
    }

    /// What each root is called: as it was given if that is relative, or else by so many of its
    /// last names that it is not mistaken for another.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// A text that may hold paths, with roots called by their names. Longer ones are cut.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (root, name) in &self.absolute {
            text = replace_path(&text, root, name);
        }
        if let Some((cut, _)) = text.char_indices().nth(TEXT_LENGTH_MAX) {
            text.truncate(cut);
            text.push('…');
        }
        text
    }

    /// The same for a text in which whatever begins with `/` in backticks is a path: of those that
    /// are outside the roots only the last name is left.
    #[must_use]
    pub fn text_of_paths(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        for (index, part) in self.text(text).split('`').enumerate() {
            let is_quoted = index % 2 == 1;
            if 0 < index {
                shown.push('`');
            }
            shown.push_str(match part.rsplit_once('/') {
                Some((_, leaf)) if is_quoted && part.starts_with('/') => leaf,
                _ => part,
            });
        }
        shown
    }

    /// The errors among some diagnostics and then the others, as many as are shown, and the files
    /// that they point into.
    #[must_use]
    pub fn diagnostics(&self, all: &[Diagnostic], paths: &Paths) -> (Vec<Diagnostic>, Paths) {
        let mut sorted: Vec<&Diagnostic> = all.iter().collect();
        sorted.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity()));
        sorted.truncate(DIAGNOSTICS_MAX);
        let mut kept: Vec<Box<str>> = Vec::new();
        let mut keep = |place: Place| {
            let path = self.text(paths.path(place.file)).into_boxed_str();
            let index = kept.iter().position(|known| *known == path).unwrap_or(kept.len());
            if index == kept.len() {
                kept.push(path);
            }
            Place { file: FileId(u32::try_from(index).unwrap_or(u32::MAX)), ..place }
        };
        let mut diagnostics = Vec::with_capacity(sorted.len());
        for diagnostic in sorted {
            let mut shown = diagnostic.clone();
            shown.place = keep(shown.place);
            shown.message = self.message(diagnostic);
            shown.suggestion = shown.suggestion.map(|text| self.text(&text));
            shown.related.truncate(DIAGNOSTICS_MAX);
            for related in &mut shown.related {
                related.place = keep(related.place);
                related.message = related.message.rewritten(|words| self.text(words));
            }
            diagnostics.push(shown);
        }
        (diagnostics, kept.into_iter().collect())
    }

    /// What a diagnostic says. Only that about a link is about a path outside the roots.
    #[must_use]
    pub fn message(&self, diagnostic: &Diagnostic) -> Prose {
        diagnostic.message.rewritten(|words| match diagnostic.code {
            Code::LinkOutsideRoot => self.text_of_paths(words),
            _ => self.text(words),
        })
    }
}

/// What a root is called.
fn name(root: &str, all: &[String]) -> String {
    if !root.starts_with('/') {
        return root.to_owned();
    }
    let parts = |root: &str| -> Vec<String> {
        let parts = Path::new(root).components().filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        });
        parts.collect()
    };
    let own = parts(root);
    let others: Vec<_> =
        all.iter().filter(|other| *other != root).map(|other| parts(other)).collect();
    let is_unique = |tail: &[String]| !others.iter().any(|other| other.ends_with(tail));
    let mut tails = (1..=own.len()).filter_map(|length| own.get(own.len() - length..));
    let tail = tails.find(|tail| is_unique(tail)).unwrap_or(&own);
    if tail.is_empty() { ".".to_owned() } else { tail.join("/") }
}

/// Puts `name` in the place of a path, where it does not go on with the same name.
fn replace_path(text: &str, path: &str, name: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(path) {
        let (before, after) = rest.split_at(at);
        let after = after.strip_prefix(path).unwrap_or_default();
        shown.push_str(before);
        let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
        let goes_on = after.starts_with(is_part);
        let goes_before = before.ends_with(is_part);
        shown.push_str(if goes_on || goes_before { path } else { name });
        rest = after;
    }
    shown.push_str(rest);
    shown
}
