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
        mpsc::{Receiver, SendError, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle, Scope, ScopedJoinHandle},
};

use jiff::civil::Date;

use crate::{
    definition::compile::{Compilation, Merged, Root, compile},
    snapshot::current::Snapshot,
};

/// The thread on which a snapshot is made, and on which it is dropped.
#[derive(Debug, Default)]
pub struct SnapshotThread {
    thread: Option<JoinHandle<()>>,
    work: Option<SyncSender<Work>>,
}

/// What a keeper does.
type Work = Box<dyn FnOnce() + Send>;

/// Compiles as [`compile`] does. The snapshot that is made of it is to be made by the keeper, and
/// given back to it.
#[must_use]
pub fn compile_apart(roots: &[Root], today: Date) -> (Compilation, SnapshotThread) {
    let Ok(mut keeper) = SnapshotThread::start() else {
        return (compile(roots, today), SnapshotThread::default());
    };
    let (hand_over, handed_over) = sync_channel(1);
    let compilation = thread::scope(|scope| {
        let (end, ended) = sync_channel(1);
        let parser = parse(scope, roots, hand_over, ended);
        let compile = move || handed_over.recv().ok().map(|merged| merged.compile(today));
        let compilation = keeper.make(compile);
        drop(end);
        if let Ok(parser) = parser {
            parser.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
        compilation
    });
    (compilation.unwrap_or_else(|| compile(roots, today)), keeper)
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

impl SnapshotThread {
    fn start() -> io::Result<Self> {
        let (work, wanted) = sync_channel::<Work>(1);
        let keep = move || wanted.into_iter().for_each(|work| work());
        let thread = thread::Builder::new().name("keeper".to_owned()).spawn(keep)?;
        Ok(Self { thread: Some(thread), work: Some(work) })
    }

    /// Makes something on the keeper's thread, and here if it has none.
    pub fn make<T: Send + 'static>(&mut self, make: impl FnOnce() -> T + Send + 'static) -> T {
        let Some(work) = &self.work else { return make() };
        let (tell, told) = sync_channel(1);
        let wanted = Box::new(move || {
            let _ = tell.send(make());
        });
        if let Err(SendError(wanted)) = work.send(wanted) {
            wanted();
        }
        told.recv().unwrap_or_else(|ended| {
            // Only a panic keeps it from telling.
            resume_unwind(self.end().err().unwrap_or_else(|| Box::new(ended)))
        })
    }

    /// Takes back a snapshot that nobody else uses any more, and waits until it is dropped.
    pub fn take_back(&mut self, snapshot: Arc<Snapshot>) {
        self.make(move || drop(snapshot));
        let _ = self.end();
    }

    /// Waits until the thread has ended.
    fn end(&mut self) -> thread::Result<()> {
        self.work = None;
        mem::take(&mut self.thread).map_or(Ok(()), JoinHandle::join)
    }
}

impl Drop for SnapshotThread {
    fn drop(&mut self) {
        let _ = self.end();
    }
}
