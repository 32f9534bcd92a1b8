//! What the container that the process runs in lets it take: the memory limit of its control group.
#![expect(clippy::disallowed_methods, reason = "looks at the kernel's own files")]

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

/// What version 1 says where there is no limit is no number of its own, but the largest multiple of
/// the page size; so a limit from here on is none.
const UNLIMITED_BYTES: u64 = 1 << 62;

/// How much memory the process and all others of its control group may take together, in bytes:
/// the lowest limit on the way from its group to the topmost that is to be seen. None if there is
/// no limit, or no control groups.
///
/// Read it once: a limit that is changed while the process runs is not noticed.
#[must_use]
pub fn memory_limit() -> Option<u64> {
    memory_limit_below(Path::new("/"))
}

/// The same, for the files below `root`, which stands for `/`.
#[must_use]
pub fn memory_limit_below(root: &Path) -> Option<u64> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
    let mounts = fs::read_to_string(root.join("proc/self/mountinfo")).ok()?;
    let mounts = mounts.lines().filter_map(Mount::parse);
    let limits = mounts.filter_map(|mount| {
        let group = groups.lines().find_map(|line| mount.version.group(line));
        group.and_then(|group| mount.lowest(root, group))
    });
    limits.min()
}

/// The two versions of control groups. Where both are there, only one has the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl Version {
    /// The group that a line of `/proc/self/cgroup` names, if it is about memory in this version:
    /// `4:memory:/group`, or `0::/group`.
    fn group(self, line: &str) -> Option<&str> {
        let mut fields = line.splitn(3, ':');
        let (hierarchy, controllers, group) = (fields.next()?, fields.next()?, fields.next()?);
        let is_it = match self {
            Self::One => controllers.split(',').any(|controller| controller == "memory"),
            Self::Two => hierarchy == "0" && controllers.is_empty(),
        };
        is_it.then_some(group)
    }

    fn file(self) -> &'static str {
        match self {
            Self::One => "memory.limit_in_bytes",
            Self::Two => "memory.max",
        }
    }
}

/// Where groups are to be seen.
#[derive(Debug)]
struct Mount {
    version: Version,
    /// The group that the mount shows as its topmost.
    group: PathBuf,
    path: PathBuf,
}

impl Mount {
    /// Reads a line of `/proc/self/mountinfo`, if it is about groups that may limit memory.
    fn parse(line: &str) -> Option<Self> {
        let (mount, kind) = line.split_once(" - ")?;
        let mut fields = mount.split(' ').skip(3);
        let (group, path) = (unescaped(fields.next()?), unescaped(fields.next()?));
        let mut fields = kind.split(' ');
        let version = match (fields.next()?, fields.nth(1)?) {
            ("cgroup2", _) => Version::Two,
            ("cgroup", options) if options.split(',').any(|option| option == "memory") => {
                Version::One
            }
            _ => return None,
        };
        Some(Self { version, group, path })
    }

    /// The lowest limit from `group` upwards.
    fn lowest(&self, root: &Path, group: &str) -> Option<u64> {
        // A group that the mount does not show, such as the host's name for ours, is its topmost.
        let below = Path::new(group).strip_prefix(&self.group).unwrap_or(Path::new(""));
        let is_plain = below.components().all(|part| matches!(part, Component::Normal(_)));
        let below = if is_plain { below } else { Path::new("") };
        let mount = root.join(self.path.strip_prefix("/").unwrap_or(&self.path));
        let limit = |group: &Path| {
            let text = fs::read_to_string(mount.join(group).join(self.version.file())).ok()?;
            // `max` is no limit, and no number.
            text.trim().parse().ok().filter(|limit| *limit < UNLIMITED_BYTES)
        };
        below.ancestors().filter_map(limit).min()
    }
}

/// A path as `mountinfo` writes it: a space is `\040`.
fn unescaped(text: &str) -> PathBuf {
    let escapes = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    let plain = escapes
        .iter()
        .fold(text.to_owned(), |text, (escape, character)| text.replace(escape, character));
    PathBuf::from(plain)
}
