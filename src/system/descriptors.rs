//! How many files, sockets among them, the process may have open at once.

use std::io;

use rustix::process::{Resource, getrlimit, setrlimit};

/// Raises the limit on open files as far as the process may by itself, and returns it: how many
/// there may be at once. None if there is no limit.
///
/// # Errors
///
/// When the system refuses; then the limit is as it was.
pub fn raise() -> io::Result<Option<u64>> {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        setrlimit(Resource::Nofile, limit)?;
    }
    Ok(limit.current)
}

/// How many there may be at once now; none if there is no limit.
#[must_use]
pub fn limit() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}
