//! The door to files: opens them without waiting, and reads only those that are regular.
//!
//! Whoever may write beside definitions can put anything in the place of a file. To open a named
//! pipe waits for somebody who writes to it, which may be never; a device may do something when it
//! is opened; and what the kernel makes up while it is read may have no end.
#![expect(clippy::disallowed_methods, reason = "reading files is this file's purpose")]

use std::{
    fs::{self, File, FileType, OpenOptions},
    io::{self, Read},
    os::unix::fs::{FileTypeExt, OpenOptionsExt},
    path::Path,
};

use rustix::fs::OFlags;

/// Reads a regular file: all of it, or its first `size_bytes_max` bytes.
///
/// # Errors
///
/// When it cannot be opened or read, or is something else; what it is, after "cannot be read: ".
pub fn read(path: &Path, size_bytes_max: u64) -> io::Result<Vec<u8>> {
    let (file, size) = open(path)?;
    let room = usize::try_from(size.min(size_bytes_max)).unwrap_or(0);
    // One more, so that the end is found without growing.
    let mut bytes = Vec::with_capacity(room + 1);
    file.take(size_bytes_max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a small text in a regular file. One that has more bytes, or is no UTF-8, is an error.
///
/// # Errors
///
/// As [`read`].
pub fn read_text(path: &Path, size_bytes_max: u64) -> io::Result<String> {
    let bytes = read(path, size_bytes_max.saturating_add(1))?;
    if size_bytes_max < bytes.len() as u64 {
        return Err(too_large(size_bytes_max));
    }
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Looks whether a file that somebody else is going to open is a regular one, and not too large.
/// That nothing is there is fine.
///
/// # Errors
///
/// What is wrong with it, after "cannot be read: ".
pub fn inspect(path: &Path, size_bytes_max: u64) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(metadata) => match regular(metadata.file_type()) {
            Ok(()) if metadata.len() > size_bytes_max => Err(too_large(size_bytes_max)),
            result => result,
        },
        Err(error) if is_nothing(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether there is no such file.
fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Opens a regular file, and says how large it is.
fn open(path: &Path) -> io::Result<(File, u64)> {
    // Looked at before, since opening a device can be an act of its own; and again when it is
    // open, since something else may have come in its place meanwhile.
    regular(fs::metadata(path)?.file_type())?;
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    regular(metadata.file_type())?;
    Ok((file, metadata.len()))
}

/// Refuses what is no regular file, by its name.
pub(crate) fn regular(kind: FileType) -> io::Result<()> {
    let name = match kind {
        _ if kind.is_file() => return Ok(()),
        _ if kind.is_dir() => "a directory",
        _ if kind.is_fifo() => "a named pipe",
        _ if kind.is_socket() => "a socket",
        _ => "a device",
    };
    Err(io::Error::other(format!("it is {name}, expected a regular file")))
}

fn too_large(size_bytes_max: u64) -> io::Error {
    io::Error::other(format!("it has more than {size_bytes_max} bytes"))
}
