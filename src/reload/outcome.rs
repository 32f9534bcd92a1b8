//! What came of looking again.

use std::sync::Arc;

use crate::{
    reload::{acceptance::Refused, change::ChangedKeys},
    snapshot::current::Snapshot,
    source::unreadable::Unreadable,
};

/// What came of looking again.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A new snapshot is served.
    Swapped(Swap),
    /// What is there is what is served.
    Unchanged,
    /// What is there may not be served; the last good snapshot is.
    Rejected(Refused),
    /// What is there cannot be read; the last good snapshot is served.
    Unreadable(Unreadable),
    /// Looking has ended with a panic, a defect of ours. The previous version is still served.
    Panicked,
}

impl Outcome {
    /// What is the newest and may not be served, whatever else is.
    #[must_use]
    pub fn refused(&self) -> Option<&Refused> {
        match self {
            Self::Rejected(refused) => Some(refused),
            Self::Swapped(swap) => swap.newest.as_deref(),
            Self::Unchanged | Self::Unreadable(_) | Self::Panicked => None,
        }
    }
}

/// The change from one snapshot to the next.
#[derive(Clone, Debug)]
pub struct Swap {
    /// The snapshot that is served now.
    pub snapshot: Arc<Snapshot>,
    /// The one before; none if this is the first.
    pub previous: Option<Arc<Snapshot>>,
    /// What is newer and may not be served, where that is why this is served.
    pub newest: Option<Box<Refused>>,
}

impl Swap {
    /// What the change means to those who ask; none if the definitions mean what they meant before,
    /// or if this is the first.
    #[must_use]
    pub fn change(&self) -> Option<ChangedKeys> {
        let (old, new) = (&self.previous.as_ref()?.definitions, &self.snapshot.definitions);
        (old.version != new.version).then(|| ChangedKeys::between(old, new))
    }
}
