//! Room for connections: a bounded number, and who makes room when there is none.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::AbortHandle,
    time::timeout,
};

use crate::http::transport::Progress;

/// How often to look again for a connection that can be spared, in milliseconds.
const LOOK_AGAIN_MS: u64 = 100;
/// Up to so many connections are remembered without a look at which of them are closed.
const REMEMBERED_MIN: usize = 32;

/// Room for so many connections. Who asks when there is none gets that of the connection which was
/// opened first of those that are idle: an idle client opens another when it needs one.
#[derive(Debug)]
pub struct Slots {
    size: usize,
    free: Arc<Semaphore>,
    /// Oldest first, some of them perhaps closed already.
    open: Mutex<VecDeque<(AbortHandle, Progress)>>,
}

impl Slots {
    /// Room for `size` connections.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { size, free: Arc::new(Semaphore::new(size)), open: Mutex::default() }
    }

    /// Waits for a slot, which is free again when dropped.
    pub async fn take(&self) -> Option<OwnedSemaphorePermit> {
        loop {
            if self.free.available_permits() == 0 {
                self.close_idle();
            }
            let slot = Arc::clone(&self.free).acquire_owned();
            if let Ok(slot) = timeout(Duration::from_millis(LOOK_AGAIN_MS), slot).await {
                return slot.ok();
            }
        }
    }

    /// Remembers a connection that has taken a slot.
    pub fn remember(&self, connection: AbortHandle, progress: Progress) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // What is remembered of a closed connection keeps its memory, so there are no more of them
        // than open ones. A look at all of them comes once in as many connections.
        let taken = self.size.saturating_sub(self.free.available_permits());
        if taken.saturating_mul(2).max(REMEMBERED_MIN) <= open.len() {
            open.retain(|(connection, _)| !connection.is_finished());
        }
        open.push_back((connection, progress));
    }

    /// Closes the oldest idle connection, if any is idle.
    fn close_idle(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(connection, _)| !connection.is_finished());
        if let Some(index) = open.iter().position(|(_, progress)| progress.is_idle())
            && let Some((connection, _)) = open.remove(index)
        {
            connection.abort();
        }
    }
}
