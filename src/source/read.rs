//! Reads all definitions as they stood at one moment.

use std::{
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use crate::{
    definition::compile::{Content, FILE_SIZE_BYTES_MAX, Root, SourceFile},
    source::{
        directories::Directories,
        file_kind::{FileKind, shown},
        glob::Glob,
        tree::FileTree,
        unreadable::Unreadable,
        walk::{Target, Walk, walk_tree},
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
    let mut limits = ReadLimits::default();
    let roots = options.roots.iter().zip(&walks);
    let roots = roots.map(|(root, walk)| limits.read(&Directories, root, walk));
    let roots = roots.collect::<Result<_, _>>()?;
    let is_same = walk_all(options, purpose)? == walks;
    Ok(is_same.then_some(Reading { roots, walks }))
}

/// Looks at what there is below all roots, without reading it.
///
/// # Errors
///
/// As [`read`], as far as they come to light without reading.
pub fn walk_all(options: &SourceOptions, purpose: FileKind) -> Result<Vec<Walk>, Unreadable> {
    let mut limits = ReadLimits::default();
    let roots = options.roots.iter();
    roots.map(|root| limits.walk(&Directories, (root, root), purpose, &options.exclude)).collect()
}

/// How much may still be read: all roots together have limits.
#[derive(Debug)]
pub struct ReadLimits {
    files: usize,
    size_bytes: u64,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self { files: FILES_MAX, size_bytes: TOTAL_SIZE_BYTES_MAX }
    }
}

impl ReadLimits {
    /// Walks below one root: as people know it, and its path in the tree.
    ///
    /// # Errors
    ///
    /// As [`walk_tree`]; and when there are too many files.
    pub fn walk<T: FileTree>(
        &mut self,
        tree: &T,
        (root, path): (&Path, &Path),
        purpose: FileKind,
        exclude: &[Glob],
    ) -> Result<Walk<T::Stamp>, Unreadable> {
        let walk = walk_tree(tree, root, path, purpose, exclude)?;
        self.files = self.files.checked_sub(walk.files.len()).ok_or_else(|| {
            let problem = format!("brings the number of files above {FILES_MAX}");
            Unreadable::new(shown(root, ""), problem)
        })?;
        Ok(walk)
    }

    /// Reads what a walk has found below a root.
    ///
    /// # Errors
    ///
    /// When something cannot be read, or there is too much of it.
    pub fn read<T: FileTree>(
        &mut self,
        tree: &T,
        root: &Path,
        walk: &Walk<T::Stamp>,
    ) -> Result<Root, Unreadable> {
        let mut files = Vec::with_capacity(walk.files.len());
        for found in &walk.files {
            let path = shown(root, &found.inside);
            let content = self.content(tree, &path, &found.target)?;
            files.push(SourceFile { path, content });
        }
        Ok(Root { name: shown(root, ""), files })
    }

    fn content<T: FileTree>(
        &mut self,
        tree: &T,
        shown: &str,
        target: &Target<T::Stamp>,
    ) -> Result<Content, Unreadable> {
        let file = match target {
            Target::File(file) => file,
            Target::Outside(target) => return Ok(Content::LinkOutsideRoot(target.clone())),
            Target::Loop => return Ok(Content::LinkLoop),
        };
        let size = tree.size(shown, file)?;
        if size > FILE_SIZE_BYTES_MAX {
            return Ok(Content::TooLarge(size));
        }
        let bytes = tree.read(shown, file, FILE_SIZE_BYTES_MAX + 1)?;
        // A file may have grown since it was looked at.
        let size = bytes.len() as u64;
        if size > FILE_SIZE_BYTES_MAX {
            return Ok(Content::TooLarge(size));
        }
        self.size_bytes = self.size_bytes.checked_sub(size).ok_or_else(|| {
            let limit = TOTAL_SIZE_BYTES_MAX >> 20;
            Unreadable::new(shown, format!("brings the size of all files above {limit} MiB"))
        })?;
        Ok(Content::Bytes(bytes.into()))
    }
}

/// Whether what is missing is a root itself.
fn is_absent(options: &SourceOptions, unreadable: &Unreadable) -> bool {
    unreadable.is_missing && options.roots.iter().any(|root| shown(root, "") == unreadable.path)
}
