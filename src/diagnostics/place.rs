//! Where something stands: file, line, column.

use std::sync::Arc;

/// A file among those of one load, as an index into its [`Paths`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A stretch of text in a file.
///
/// Lines and columns count from 1; columns count Unicode scalar values, not bytes. The end is
/// exclusive: the column after the last character. Ordered by file, then position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The first line.
    pub line: u32,
    /// The first column.
    pub column: u32,
    /// The line of the end.
    pub end_line: u32,
    /// The column after the last character.
    pub end_column: u32,
}

impl Place {
    /// The beginning of a file: for what concerns a file as a whole.
    #[must_use]
    pub fn start_of(file: FileId) -> Self {
        Self { file, line: 1, column: 1, end_line: 1, end_column: 1 }
    }
}

/// The paths of all files of one load, in the order in which they were read.
///
/// A path is the root as it was given and the path inside it, with `/` between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths(Arc<[Box<str>]>);

impl Paths {
    /// The path of `file`; empty for a file that is none of these.
    #[must_use]
    pub fn path(&self, file: FileId) -> &str {
        self.0.get(file.0 as usize).map_or("", |path| path)
    }

    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same paths in memory of their own.
    #[must_use]
    pub fn copied(&self) -> Self {
        self.0.iter().cloned().collect()
    }

    /// `path:line:column`, the form that editors and terminals make a link of.
    #[must_use]
    pub fn link(&self, place: Place) -> String {
        format!("{}:{}:{}", self.path(place.file), place.line, place.column)
    }
}

impl FromIterator<Box<str>> for Paths {
    fn from_iter<I: IntoIterator<Item = Box<str>>>(paths: I) -> Self {
        Self(paths.into_iter().collect())
    }
}
