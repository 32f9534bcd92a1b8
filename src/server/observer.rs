//! Who hears what becomes of requests and connections: the log, and whoever counts.

use std::{fmt, io, sync::Arc, time::Duration};

use bytes::Bytes;
use hyper::{Request, StatusCode};

use crate::server::answer::Refusal;

/// Hears what becomes of requests and connections, on the thread that serves them and while it
/// does: so it takes no longer than noting it down takes, and waits for nobody.
pub trait RequestObserver: Send + Sync {
    /// A request has its answer, which is about to be sent.
    fn answered(&self, answered: &Answered<'_>);

    /// Something has happened to a connection.
    fn noticed(&self, event: &Event<'_>);
}

/// A request and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The request. Its body is empty if it was not read.
    pub request: &'a Request<Bytes>,
    /// The status of its answer.
    pub status: StatusCode,
    /// Why it was not taken, if it was not.
    pub refusal: Option<Refusal>,
    /// How long it took from when the request had arrived whole until its answer was made.
    pub took: Duration,
}

/// What happens to connections.
#[derive(Clone, Copy, Debug)]
pub enum Event<'e> {
    /// One was opened at the entrance of this name.
    Opened(&'static str),
    /// One has ended that was opened at the entrance of this name.
    Closed(&'static str),
    /// One found no room: so many are open, and none can be spared.
    Refused(usize),
    /// One was closed for another: so many are open.
    Spared(usize),
    /// The system could not give one.
    Failed(&'e io::Error),
    /// There was no room in memory for the head of its request.
    MemoryFull,
    /// All of a thread's connections have been looked at, which is done every second at least
    /// while there are any; so many may be open.
    RoundMade(usize),
}

/// All who hear the same.
#[derive(Clone, Default)]
pub struct Observers(Vec<Arc<dyn RequestObserver>>);

impl Observers {
    /// One more.
    pub fn add(&mut self, observer: Arc<dyn RequestObserver>) {
        self.0.push(observer);
    }
}

impl RequestObserver for Observers {
    fn answered(&self, answered: &Answered<'_>) {
        for observer in &self.0 {
            observer.answered(answered);
        }
    }

    fn noticed(&self, event: &Event<'_>) {
        for observer in &self.0 {
            observer.noticed(event);
        }
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} observers", self.0.len())
    }
}
