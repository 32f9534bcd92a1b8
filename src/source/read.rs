//! Reads all definitions as they stood at one moment.

use std::{path::PathBuf, thread, time::Duration};

use crate::{
    definition::compile::{Content, FILE_SIZE_BYTES_MAX, Root, SourceFile},
    source::{
        door,
        file_kind::{FileKind, shown},
        glob::Glob,
        unreadable::Unreadable,
        walk::{Found, Target, Walk, walk},
    },
};

/// How many files all roots together may have.
pub const FILES_MAX: usize = 10_000;

/// How large all files together may be, in bytes.
pub const TOTAL_SIZE_BYTES_MAX: u64 = 64 << 20;

/// How often reading is begun anew because something changed meanwhile.
const TRIES_MAX: u32 = 5;

/// How long to wait before reading anew; each time twice as long.
const PAUSE: Duration = Duration::from_millis(10);

/// Where definitions are.
#[derive(Clone, Debug, Default)]
pub struct SourceOptions {
    /// Files and directories; layers, lowest first.
    pub roots: Vec<PathBuf>,
    /// What is passed over, by its path inside its root.
    pub exclude: Vec<Glob>,
}

/// What was read, and where that was.
#[derive(Debug)]
pub struct Reading {
    /// What the compiler takes, a layer for each root.
    pub roots: Vec<Root>,
    /// What was found on the way, in the same order: the files of a walk are those of its root.
    pub walks: Vec<Walk>,
}

/// Reads the definitions below all roots, consistently: had one file been changed, added, removed
/// or replaced while the others were being read, all would have been read anew.
///
/// # Errors
///
/// When a root is not there, something in it cannot be read, there is too much of it, or it does
/// not stop changing.
pub fn read(options: &SourceOptions) -> Result<Vec<Root>, Unreadable> {
    read_files(options, FileKind::Definition).map(|reading| reading.roots)
}

/// The same for files of another purpose, and with what there is to know about the places.
///
/// # Errors
///
/// As [`read`].
pub fn read_files(options: &SourceOptions, purpose: FileKind) -> Result<Reading, Unreadable> {
    let mut last = None;
    for attempt in 0..TRIES_MAX {
        if 0 < attempt {
            thread::sleep(PAUSE * (1 << attempt));
        }
        match read_once(options, purpose) {
            Ok(Some(reading)) => return Ok(reading),
            // What changes can be half there; what is plainly missing is not waited for.
            Err(unreadable) if is_absent(options, &unreadable) => return Err(unreadable),
            Err(unreadable) => last = Some(unreadable),
            Ok(None) => last = None,
        }
    }
    Err(last.unwrap_or_else(|| {
        let roots: Vec<_> = options.roots.iter().map(|root| shown(root, "")).collect();
        Unreadable::new(roots.join("`, `"), "kept changing while it was being read")
    }))
}

/// One try; none if something changed meanwhile.
fn read_once(options: &SourceOptions, purpose: FileKind) -> Result<Option<Reading>, Unreadable> {
    let walks = walk_all(options, purpose)?;
    let mut left = TOTAL_SIZE_BYTES_MAX;
    let mut roots = Vec::with_capacity(walks.len());
    for (root, walk) in options.roots.iter().zip(&walks) {
        let mut files = Vec::with_capacity(walk.files.len());
        for found in &walk.files {
            let path = shown(root, &found.inside);
            let content = content(&path, found, &mut left)?;
            files.push(SourceFile { path, content });
        }
        roots.push(Root { name: shown(root, ""), files });
    }
    let is_same = walk_all(options, purpose)? == walks;
    Ok(is_same.then_some(Reading { roots, walks }))
}

/// Looks at what there is below all roots, without reading it.
///
/// # Errors
///
/// As [`read`], as far as they come to light without reading.
pub fn walk_all(options: &SourceOptions, purpose: FileKind) -> Result<Vec<Walk>, Unreadable> {
    let mut count = 0;
    let mut walks = Vec::with_capacity(options.roots.len());
    for root in &options.roots {
        let walk = walk(root, purpose, &options.exclude)?;
        count += walk.files.len();
        if count > FILES_MAX {
            let problem = format!("brings the number of files above {FILES_MAX}");
            return Err(Unreadable::new(shown(root, ""), problem));
        }
        walks.push(walk);
    }
    Ok(walks)
}

/// What is in a file. Takes its size from what is `left`.
fn content(shown: &str, found: &Found, left: &mut u64) -> Result<Content, Unreadable> {
    let (path, stamp) = match &found.target {
        Target::File(path, stamp) => (path, stamp),
        Target::Outside(target) => return Ok(Content::LinkOutsideRoot(target.clone())),
        Target::Loop => return Ok(Content::LinkLoop),
    };
    if stamp.size() > FILE_SIZE_BYTES_MAX {
        return Ok(Content::TooLarge(stamp.size()));
    }
    let bytes = door::read(path, FILE_SIZE_BYTES_MAX + 1);
    let bytes = bytes.map_err(|error| Unreadable::at(shown, path, &error))?;
    let size = bytes.len() as u64;
    if size > FILE_SIZE_BYTES_MAX {
        return Ok(Content::TooLarge(size));
    }
    *left = left.checked_sub(size).ok_or_else(|| {
        let limit = TOTAL_SIZE_BYTES_MAX >> 20;
        Unreadable::new(shown, format!("brings the size of all files above {limit} MiB"))
    })?;
    Ok(Content::Bytes(bytes.into()))
}

/// Whether what is missing is a root itself.
fn is_absent(options: &SourceOptions, unreadable: &Unreadable) -> bool {
    unreadable.is_missing && options.roots.iter().any(|root| shown(root, "") == unreadable.path)
}
