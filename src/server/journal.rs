//! What is logged of requests and connections: what may happen often, once a minute with its count.

use crate::server::{
    answer::Refusal,
    observer::{Answered, Event, RequestObserver},
    tally::Tally,
};

/// Keeps in mind what has happened since it was last logged.
#[derive(Debug, Default)]
pub struct ConnectionLog {
    /// Connections that found no room.
    refused: Tally,
    /// Connections that were closed for others.
    spared: Tally,
    /// Connections that the system could not give.
    failed: Tally,
    /// Requests that found no room in memory.
    memory: Tally,
}

impl RequestObserver for ConnectionLog {
    fn answered(&self, answered: &Answered<'_>) {
        if answered.refusal == Some(Refusal::MemoryFull) {
            self.tell_full();
        }
    }

    fn noticed(&self, event: &Event<'_>) {
        match *event {
            Event::Opened(_) | Event::Closed(_) => {}
            Event::MemoryFull => self.tell_full(),
            Event::Refused(size) => tell_refused(self.refused.note(), size),
            Event::Spared(size) => tell_spared(self.spared.note(), size),
            Event::Failed(error) => {
                if let Some(count) = self.failed.note() {
                    tracing::warn!(count, "cannot accept a connection: {error}");
                }
            }
            // What has been counted since it was last said.
            Event::RoundMade(size) => {
                tell_refused(self.refused.due(), size);
                tell_spared(self.spared.due(), size);
            }
        }
    }
}

impl ConnectionLog {
    fn tell_full(&self) {
        if let Some(count) = self.memory.note() {
            tracing::warn!(
                count,
                "refused a request: those under way hold as much memory as they may; see \
                 `--request-memory`"
            );
        }
    }
}

fn tell_refused(count: Option<u64>, size: usize) {
    if let Some(count) = count {
        tracing::warn!(
            count,
            "refused a new connection: {size} are open, which is the limit, and none can be spared"
        );
    }
}

fn tell_spared(count: Option<u64>, size: usize) {
    if let Some(count) = count {
        tracing::warn!(
            count,
            "closed a connection for a new one: {size} are open, which is the limit"
        );
    }
}
