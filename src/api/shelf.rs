//! The list of all definitions, for as long as it is being sent.

use std::sync::{Mutex, PoisonError};

use crate::server::account::{Shared, Weak};

/// The list of all definitions, for as long as anybody is being sent it. It is large, and its
/// readers may be many and slow, so they share it; nobody else keeps it, so that it takes no memory
/// once it has been read.
#[derive(Debug, Default)]
pub struct Shelf(Mutex<([u8; 32], Weak)>);

impl Shelf {
    /// The list for a snapshot with this digest: the one that is being sent, or a new one.
    #[must_use]
    pub fn list(&self, digest: [u8; 32], write: impl FnOnce() -> Vec<u8>) -> Shared {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if list.0 == digest
            && let Some(shared) = list.1.upgrade()
        {
            return shared;
        }
        let shared = Shared::new(write());
        *list = (digest, shared.downgrade());
        shared
    }
}
