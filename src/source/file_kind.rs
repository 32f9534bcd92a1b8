//! Names: what a file is for, and how people know it.

use std::path::Path;

use crate::source::glob::Glob;

/// What a file is for, which its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// It defines flags.
    Definition,
    /// It tests them: `*.test.yaml`.
    Test,
}

/// What a file of that name is for; none if it plays no part. Case makes no difference: a file that
/// some system has named `FLAGS.YAML` is meant to be read like any other.
#[must_use]
pub fn purpose(name: &str) -> Option<FileKind> {
    let (stem, extension) = name.rsplit_once('.')?;
    let is_any = |text: &str, of: &[&str]| of.iter().any(|it| text.eq_ignore_ascii_case(it));
    let is_kustomization = is_any(stem, &["kustomization"]) && is_any(extension, &["yaml", "yml"]);
    if name.starts_with('.') || is_kustomization || !is_any(extension, &["yaml", "yml", "json"]) {
        return None;
    }
    let inner = stem.rsplit_once('.').map(|(_, inner)| inner);
    let is_test = inner.is_some_and(|inner| is_any(inner, &["test"]));
    Some(if is_test { FileKind::Test } else { FileKind::Definition })
}

/// Whether a path inside a root is excluded by itself; what is below such a path is, too.
#[must_use]
pub fn is_excluded(inside: &str, exclude: &[Glob]) -> bool {
    exclude.iter().any(|glob| glob.matches_path(inside))
}

/// The path of a file as people see it: the root as given and the path inside it.
#[must_use]
pub fn shown(root: &Path, inside: &str) -> String {
    let given = root.to_string_lossy();
    let given = match given.trim_end_matches('/') {
        "" => "/",
        trimmed => trimmed,
    };
    match inside {
        "" => given.to_owned(),
        _ if given.ends_with('/') => format!("{given}{inside}"),
        _ => format!("{given}/{inside}"),
    }
}

/// Whether a path is none, but the address of something elsewhere: `https://host/path`,
/// `git@host:path`.
#[must_use]
pub fn is_url(text: &str) -> bool {
    let is_scheme = |scheme: &str| {
        let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(is_usual)
    };
    let has_scheme = text.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme));
    // As `ssh` and `git` write it; a `/` before the colon would make it a path.
    let is_remote_path = text.split_once(':').is_some_and(|(host, path)| {
        let parts = host.split_once('@');
        !path.is_empty()
            && parts.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
            && !host.contains('/')
    });
    has_scheme || is_remote_path
}

/// A path inside a root, one name longer.
#[must_use]
pub fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// A name without anything that could pass for a new line in a log.
#[must_use]
pub fn printable(name: &str) -> String {
    if !name.contains(char::is_control) {
        return name.to_owned();
    }
    let shown = |letter: char| {
        let escaped = letter.escape_default().to_string();
        if letter.is_control() { escaped } else { letter.to_string() }
    };
    name.chars().map(shown).collect()
}
