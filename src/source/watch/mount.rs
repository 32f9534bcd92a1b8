//! Mounts that never show a change: single files, and what Kubernetes mounts with `subPath`.
#![expect(clippy::disallowed_methods, reason = "looks at the files that are mounted")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::source::directories::FileStamp;

/// Says of each root, one line each, why its changes will not be seen, if the system's list of
/// mounts (`/proc/self/mountinfo`) shows that. Roots are without links.
#[must_use]
pub fn frozen(mountinfo: &str, roots: &[PathBuf], is_file: impl Fn(&Path) -> bool) -> Vec<String> {
    let mounts: Vec<_> = mountinfo.lines().filter_map(mount).collect();
    let problem = |mount: &Mount| mount.problem(is_file(&mount.point));
    let mut problems: Vec<_> =
        roots.iter().flat_map(|root| around(&mounts, root)).filter_map(problem).collect();
    problems.sort();
    problems.dedup();
    problems
}

/// The files among the roots, or below them, that are mounted by themselves, sorted. What is
/// written to one makes no event in its directory, which is on another file system. Roots are
/// without links.
#[must_use]
pub fn single_files(
    mountinfo: &str,
    roots: &[PathBuf],
    is_file: impl Fn(&Path) -> bool,
) -> Vec<PathBuf> {
    let mounts: Vec<_> = mountinfo.lines().filter_map(mount).collect();
    let points = roots.iter().flat_map(|root| around(&mounts, root)).map(|mount| &mount.point);
    let mut files: Vec<PathBuf> = points.filter(|point| is_file(point)).cloned().collect();
    files.sort();
    files.dedup();
    files
}

/// The mount that holds a root, and those below it.
fn around<'m>(mounts: &'m [Mount], root: &Path) -> Vec<&'m Mount> {
    // What is mounted last at a place covers what was there before.
    let above = mounts.iter().filter(|mount| root.starts_with(&mount.point));
    let nearest = above.max_by_key(|mount| mount.point.components().count());
    let is_inside = |point: &Path| point != root && point.starts_with(root);
    let below = mounts.iter().filter(|mount| is_inside(&mount.point));
    nearest.into_iter().chain(below).collect()
}

/// Files that are mounted by themselves, and how they stood when they were last looked at.
#[derive(Debug, Default)]
pub struct MountedFiles(Vec<(PathBuf, Option<FileStamp>)>);

impl MountedFiles {
    /// These, as they stand now.
    #[must_use]
    pub fn new(files: Vec<PathBuf>) -> Self {
        let mut mounted = Self(files.into_iter().map(|file| (file, None)).collect());
        mounted.have_changed();
        mounted
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first of them.
    #[must_use]
    pub fn first(&self) -> Option<&Path> {
        self.0.first().map(|(file, _)| file.as_path())
    }

    /// Whether one has been changed since they were last looked at.
    pub fn have_changed(&mut self) -> bool {
        let mut have_changed = false;
        for (file, known) in &mut self.0 {
            let now = fs::metadata(file).ok().as_ref().map(FileStamp::from);
            have_changed |= *known != now;
            *known = now;
        }
        have_changed
    }
}

/// One mount.
struct Mount {
    /// What is mounted: a path in the file system that it comes from.
    source: PathBuf,
    /// Where it is mounted.
    point: PathBuf,
}

impl Mount {
    fn problem(&self, is_file: bool) -> Option<String> {
        let point = self.point.display();
        if is_file {
            return Some(format!(
                "`{point}` is mounted as a single file (with `subPath`, perhaps): an edit in place \
                 is taken, but a file that takes its place, as most editors save and as git \
                 checks out, will not be seen; mount the directory that holds it"
            ));
        }
        // A volume's files are in a directory named after the time of their writing, and only the
        // link to the newest moves.
        let is_written_once = |name: &str| {
            name.strip_prefix("..").is_some_and(|rest| rest.starts_with(|at: char| at.is_numeric()))
        };
        let mut names = self.source.iter().filter_map(|name| name.to_str());
        names.any(is_written_once).then(|| {
            format!(
                "`{point}` is mounted with `subPath`: Kubernetes never changes what is in it; \
                 mount the whole volume"
            )
        })
    }
}

/// Reads a line: `36 35 98:0 /source /point options …`, as `man 5 proc` has it.
fn mount(line: &str) -> Option<Mount> {
    let mut fields = line.split(' ').skip(3);
    let source = PathBuf::from(unescape(fields.next()?));
    Some(Mount { source, point: PathBuf::from(unescape(fields.next()?)) })
}

/// A path as it is; spaces and the like are written as `\040`.
fn unescape(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut plain = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let code = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) => plain.push(char::from(code)),
            None => plain.push('\\'),
        }
        plain.push_str(if code.is_some() { part.get(3..).unwrap_or("") } else { part });
    }
    plain
}
