//! Mounts that never show a change: single files, and what Kubernetes mounts with `subPath`.

use std::path::{Path, PathBuf};

/// Says of each root, one line each, why its changes will not be seen, if the system's list of
/// mounts (`/proc/self/mountinfo`) shows that. Roots are without links.
#[must_use]
pub fn frozen(mountinfo: &str, roots: &[PathBuf], is_file: impl Fn(&Path) -> bool) -> Vec<String> {
    let mounts: Vec<_> = mountinfo.lines().filter_map(mount).collect();
    let about = |root: &PathBuf| {
        // What is mounted last at a place covers what was there before.
        let nearest = mounts.iter().filter(|mount| root.starts_with(&mount.point));
        let nearest = nearest.max_by_key(|mount| mount.point.components().count());
        let above = nearest.and_then(|mount| mount.problem(is_file(&mount.point)));
        let is_inside = |point: &Path| point != root && point.starts_with(root);
        let below = mounts.iter().filter(|mount| is_inside(&mount.point));
        let below = below.filter_map(|mount| mount.problem(is_file(&mount.point)));
        above.into_iter().chain(below).collect::<Vec<_>>()
    };
    let mut problems: Vec<_> = roots.iter().flat_map(about).collect();
    problems.sort();
    problems.dedup();
    problems
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
                "`{point}` is mounted as a single file (with `subPath`, perhaps): a file that \
                 takes its place will not be seen; mount the directory that holds it"
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
