//! The problems of one file, up to a number.

use crate::{
    diagnostics::{
        diagnostic::Diagnostic,
        place::{FileId, Place},
    },
    yaml::problems as problem,
};

/// How many problems of one file are reported; how many more there are is said in a last one.
pub const PROBLEMS_MAX: usize = 1_000;

/// The problems that were found in one file.
#[derive(Debug, Default)]
pub struct FileFindings {
    problems: Vec<Diagnostic>,
    /// How many were found beyond [`PROBLEMS_MAX`].
    left_out: usize,
}

impl FileFindings {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// Adds a problem, or counts it if there are enough.
    pub fn add(&mut self, problem: Diagnostic) {
        if self.has_room() {
            self.problems.push(problem);
        } else {
            self.left_out += 1;
        }
    }

    /// Whether one more problem will be reported; if not, there is no need to find words for it.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.problems.len() < PROBLEMS_MAX
    }

    /// Counts problems that are not reported.
    pub fn leave_out(&mut self, count: usize) {
        self.left_out += count;
    }

    /// All problems, sorted by place, each once; and how many more there are.
    #[must_use]
    pub fn finish(mut self, file: FileId) -> Vec<Diagnostic> {
        self.problems.sort_by(|a, b| a.place.cmp(&b.place).then_with(|| a.by_words(b)));
        self.problems.dedup_by(|a, b| a.is_same(b));
        if self.left_out > 0 {
            self.problems.push(problem::too_many(Place::start_of(file), self.left_out));
        }
        self.problems
    }
}
