//! The compiled patterns of all conditions: each is kept once, and together they have a bound.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    sync::Arc,
};

use crate::{
    definition::problems::operand,
    diagnostics::{diagnostic::Diagnostic, place::Place},
    engine::pattern::Pattern,
};

/// How much memory all patterns may take together, in bytes.
pub const PATTERNS_SIZE_BYTES_MAX: usize = 16 << 20;
/// How many of the largest are named if they take more.
const NAMED_MAX: usize = 5;

/// All patterns, by what is written.
#[derive(Debug, Default)]
pub struct Patterns {
    known: RefCell<BTreeMap<Box<str>, Kept>>,
    size_bytes: Cell<usize>,
}

/// One of them, and where it is written first.
#[derive(Debug)]
struct Kept {
    pattern: Arc<Pattern>,
    place: Place,
}

impl Patterns {
    /// The compiled form of what is written, if it has been kept.
    #[must_use]
    pub fn find(&self, written: &str) -> Option<Arc<Pattern>> {
        self.known.borrow().get(written).map(|kept| Arc::clone(&kept.pattern))
    }

    /// Whether they take more than they may, so that there is no use in compiling another one.
    #[must_use]
    pub fn are_too_large(&self) -> bool {
        PATTERNS_SIZE_BYTES_MAX < self.size_bytes.get()
    }

    /// Keeps one that was not known; says so if they take more with it than they may.
    #[must_use]
    pub fn keep(&self, pattern: &Arc<Pattern>, place: Place) -> Option<Diagnostic> {
        let mut known = self.known.borrow_mut();
        known.insert(pattern.as_str().into(), Kept { pattern: Arc::clone(pattern), place });
        self.size_bytes.set(self.size_bytes.get().saturating_add(pattern.size_bytes()));
        if !self.are_too_large() {
            return None;
        }
        let mut largest: Vec<(&Pattern, Place)> =
            known.values().map(|kept| (&*kept.pattern, kept.place)).collect();
        largest.sort_by_key(|(pattern, place)| (usize::MAX - pattern.size_bytes(), *place));
        largest.truncate(NAMED_MAX);
        Some(operand::patterns_too_large(known.len(), &largest, PATTERNS_SIZE_BYTES_MAX, place))
    }
}
