//! What one request has found out already: segments, and flags that others depend on.

use foldhash::HashMap;

use crate::engine::{
    condition::{FlagIndex, SegmentIndex},
    flag::Variant,
    resolution::EvaluationError,
};

/// Which segments hold and what flags serve that others depend on, for one context and time: what
/// many flags share is looked at once. Holds as many as the flag set has, and takes no memory
/// before the first.
#[derive(Debug, Default)]
pub struct Memo<'s> {
    segments: HashMap<SegmentIndex, Result<bool, EvaluationError<'s>>>,
    flags: HashMap<FlagIndex, Result<Option<&'s Variant>, EvaluationError<'s>>>,
}

impl<'s> Memo<'s> {
    /// Whether a segment holds, if it has been looked at.
    #[must_use]
    pub fn segment(&self, index: SegmentIndex) -> Option<Result<bool, EvaluationError<'s>>> {
        self.segments.get(&index).copied()
    }

    /// Keeps what came of a segment.
    pub fn keep_segment(&mut self, index: SegmentIndex, held: Result<bool, EvaluationError<'s>>) {
        self.segments.insert(index, held);
    }

    /// What a flag serves, if another one depended on it before.
    #[must_use]
    pub fn flag(
        &self,
        index: FlagIndex,
    ) -> Option<Result<Option<&'s Variant>, EvaluationError<'s>>> {
        self.flags.get(&index).copied()
    }

    /// Keeps what a flag serves.
    pub fn keep_flag(
        &mut self,
        index: FlagIndex,
        served: Result<Option<&'s Variant>, EvaluationError<'s>>,
    ) {
        self.flags.insert(index, served);
    }
}
