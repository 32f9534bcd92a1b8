//! Everything a path leads through: what has to be watched to see it come, go or be swapped.

use std::{
    collections::{BTreeSet, VecDeque},
    ffi::OsString,
    fs, io,
    path::{Component, Path, PathBuf},
};

/// How many symbolic links a path may lead through; the system's own limit.
const LINKS_MAX: usize = 40;

/// Every name on the way to `path`, each in its directory without links: the names of directories
/// and of links, and then the path's own. Where the way ends early, so does the list, with the
/// first name that is missing.
#[must_use]
pub fn hops(path: &Path) -> BTreeSet<PathBuf> {
    let mut names = BTreeSet::new();
    walk(path, |name| {
        names.insert(name.to_owned());
    });
    names
}

/// The name of the directory that a link on the way to `path` leads to, if it is a git commit: how
/// git-sync publishes a work tree.
#[must_use]
pub fn published_commit(path: &Path) -> Option<String> {
    let mut commit = None;
    walk(path, |name| {
        let target = fs::read_link(name).ok();
        let leaf = target.as_deref().and_then(Path::file_name).and_then(|leaf| leaf.to_str());
        commit = leaf.filter(|leaf| is_commit(leaf)).map(str::to_owned).or(commit.take());
    });
    commit
}

/// Whether a text is the full name of a git commit.
#[must_use]
pub fn is_commit(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    matches!(text.len(), 40 | 64) && text.bytes().all(is_hex)
}

/// Shows every name on the way to `path`, links as themselves.
fn walk(path: &Path, mut see: impl FnMut(&Path)) {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut ahead: VecDeque<OsString> = names(&absolute).collect();
    let mut here = PathBuf::from("/");
    let mut links = 0;
    while let Some(name) = ahead.pop_front() {
        if name == ".." {
            here.pop();
            continue;
        }
        let next = here.join(&name);
        see(&next);
        match fs::read_link(&next) {
            Ok(target) if links < LINKS_MAX => {
                links += 1;
                if target.is_absolute() {
                    here = PathBuf::from("/");
                }
                for name in names(&target).collect::<Vec<_>>().into_iter().rev() {
                    ahead.push_front(name);
                }
            }
            // No link: a directory or a file.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => here = next,
            _ => return,
        }
    }
}

/// The names in a path; `..` is one, since what it means depends on where links have led.
fn names(path: &Path) -> impl Iterator<Item = OsString> {
    path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    })
}
