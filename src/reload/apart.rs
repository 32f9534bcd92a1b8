//! Compiling so that the memory which only compiling takes goes back to the system.
//!
//! The parsed files take several times the room of what is made of them, and for a while there is
//! what was served before, too. An allocator can give back nothing that stands between things in
//! use. The usual ones keep apart what different threads ask for, so the trees of the files belong
//! to a thread that ends when they have been compiled, and every snapshot to one that ends with it.

use std::{
    io, mem,
    panic::resume_unwind,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle, Scope, ScopedJoinHandle},
};

use jiff::civil::Date;

use crate::{
    definition::compile::{Compilation, Merged, Root, compile},
    snapshot::Snapshot,
};

/// The thread on which the definitions of a snapshot were made, and on which it is dropped.
#[derive(Debug, Default)]
pub struct Keeper {
    thread: Option<JoinHandle<()>>,
    give_back: Option<SyncSender<Arc<Snapshot>>>,
}

/// Compiles as [`compile`] does. Whoever serves the definitions gives them back to their keeper.
#[must_use]
pub fn compile_apart(roots: &[Root], today: Date) -> (Compilation, Keeper) {
    let (hand_over, handed_over) = sync_channel(1);
    let (tell, told) = sync_channel(1);
    let Ok(mut keeper) = Keeper::start(handed_over, tell, today) else {
        return (compile(roots, today), Keeper::default());
    };
    let compilation = thread::scope(|scope| {
        let (end, ended) = sync_channel(1);
        let parser = parse(scope, roots, hand_over, ended);
        let compilation = told.recv().ok();
        drop(end);
        if let Ok(parser) = parser {
            parser.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
        compilation
    });
    let compilation = compilation.unwrap_or_else(|| {
        keeper.end().unwrap_or_else(|panic| resume_unwind(panic));
        compile(roots, today)
    });
    (compilation, keeper)
}

/// Parses on a thread that drops the trees when all are done with them.
fn parse<'s>(
    scope: &'s Scope<'s, '_>,
    roots: &'s [Root],
    hand_over: SyncSender<Arc<Merged>>,
    ended: Receiver<()>,
) -> io::Result<ScopedJoinHandle<'s, ()>> {
    thread::Builder::new().name("parser".to_owned()).spawn_scoped(scope, move || {
        let merged = Arc::new(Merged::read(roots));
        let _ = hand_over.send(Arc::clone(&merged));
        drop(hand_over);
        // Completes when the other end is dropped; from then on this is the only owner.
        let _ = ended.recv();
    })
}

impl Keeper {
    fn start(
        merged: Receiver<Arc<Merged>>,
        tell: SyncSender<Compilation>,
        today: Date,
    ) -> io::Result<Self> {
        let (give_back, given_back) = sync_channel(1);
        let keep = move || {
            let Ok(merged) = merged.recv() else { return };
            let compilation = merged.compile(today);
            drop(merged);
            let _ = tell.send(compilation);
            drop(tell);
            drop(given_back.recv());
        };
        let thread = thread::Builder::new().name("keeper".to_owned()).spawn(keep)?;
        Ok(Self { thread: Some(thread), give_back: Some(give_back) })
    }

    /// Takes back a snapshot that nobody else uses any more, and waits until it is dropped.
    pub fn take_back(&mut self, snapshot: Arc<Snapshot>) {
        if let Some(give_back) = &self.give_back {
            let _ = give_back.send(snapshot);
        }
        let _ = self.end();
    }

    /// Waits until the thread has ended.
    fn end(&mut self) -> thread::Result<()> {
        self.give_back = None;
        mem::take(&mut self.thread).map_or(Ok(()), JoinHandle::join)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.end();
    }
}
