//! Why definitions could not be read, for people.
#![expect(clippy::disallowed_methods, reason = "tells whose file it is and who may read it")]

use std::{fmt, fs, io, os::unix::fs::MetadataExt, path::Path};

use rustix::io::Errno;

/// Why definitions could not be read: nothing is known of them, good or bad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What could not be read.
    pub path: String,
    /// What is wrong with it, to be read after the path: "does not exist".
    pub problem: String,
    /// What else helps whoever runs this, and is nobody else's business: who may read it.
    pub detail: Option<String>,
    /// Whether it is just not there.
    pub is_missing: bool,
    /// Whether git's own data is in the way, so that it may be otherwise the next time, although
    /// a commit never changes.
    pub is_of_git: bool,
}

impl Unreadable {
    /// Something is wrong with what people know as `shown`.
    #[must_use]
    pub fn new(shown: impl Into<String>, problem: impl Into<String>) -> Self {
        let (path, problem) = (shown.into(), problem.into());
        Self { path, problem, detail: None, is_missing: false, is_of_git: false }
    }

    /// There is nothing where people know something as `shown`.
    #[must_use]
    pub fn missing(shown: impl Into<String>) -> Self {
        Self { is_missing: true, ..Self::new(shown, "does not exist") }
    }

    /// Git's data cannot be read.
    #[must_use]
    pub fn of_git(shown: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { is_of_git: true, ..Self::new(shown, problem) }
    }

    /// The system refused something at a path, which people know as `shown`.
    #[must_use]
    pub fn at(shown: impl Into<String>, path: &Path, error: &io::Error) -> Self {
        let problem = match error.kind() {
            io::ErrorKind::NotFound => "does not exist".to_owned(),
            io::ErrorKind::PermissionDenied => "cannot be read: permission denied".to_owned(),
            _ if is_loop(error) => "is a symbolic link that leads back to itself".to_owned(),
            _ => format!("cannot be read: {error}"),
        };
        let is_missing = error.kind() == io::ErrorKind::NotFound;
        let detail = (error.kind() == io::ErrorKind::PermissionDenied).then(|| denied(path));
        Self { detail, is_missing, ..Self::new(shown, problem) }
    }

    /// The same without the detail.
    #[must_use]
    pub fn brief(&self) -> String {
        format!("`{}` {}", self.path, self.problem)
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.brief())?;
        self.detail.iter().try_for_each(|detail| write!(formatter, "; {detail}"))
    }
}

impl std::error::Error for Unreadable {}

/// Whether symbolic links went in a circle.
#[must_use]
pub fn is_loop(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::LOOP)
}

/// Who was refused, and by what: the path itself, or the nearest directory above that can be seen.
fn denied(path: &Path) -> String {
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    let who = format!("this process runs as {}:{}", user.as_raw(), group.as_raw());
    let seen = |above| fs::metadata(above).ok().map(|metadata| (above, metadata));
    let Some((above, metadata)) = path.ancestors().find_map(seen) else {
        return who;
    };
    let subject = if above == path { "it".to_owned() } else { format!("`{}`", above.display()) };
    let (mode, owner, group) = (metadata.mode() & 0o7777, metadata.uid(), metadata.gid());
    format!("{subject} has mode {mode:04o} and belongs to {owner}:{group}, {who}")
}
