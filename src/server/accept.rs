//! Sockets in, responses out: threads, limits, shutdown. Knows nothing about flags.

use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{
    runtime,
    sync::{
        mpsc::{UnboundedSender, unbounded_channel},
        watch,
    },
    time::timeout,
};

use crate::server::{
    account::{Account, Claim},
    answer::Answer,
    connection::Draining,
    guests::Guests,
    limits::Limits,
    listen::{Listener, Socket},
    observer::{Observers, RequestObserver},
    relief::Relief,
    slots::Slots,
    worker::Worker,
};

/// How much longer than the shutdown may take its threads are waited for, in seconds: one that
/// computes an answer notices no end.
const LAST_THREAD_SECONDS: u64 = 1;

/// Sockets that listen at one address, and what answers there.
pub type AnsweringListener = (Listener, Arc<dyn Answer>);

/// Sockets that listen, each with what answers there.
pub struct Server {
    limits: Limits,
    account: Arc<Account>,
    entrances: Vec<Entrance>,
    observers: Observers,
    draining: Draining,
}

/// Sockets that are opened together, with what holds for all of them and for no others.
pub struct Entrance {
    /// What it is called, and its threads with it.
    name: &'static str,
    limits: Limits,
    small: Claim,
    threads: usize,
    doors: Vec<AnsweringListener>,
}

impl Server {
    /// A server with these limits, which listens nowhere yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            account: Arc::new(Account::new(limits.request_memory_bytes)),
            entrances: Vec::new(),
            observers: Observers::default(),
            draining: Draining::default(),
        }
    }

    /// The account of the memory that all requests hold.
    #[must_use]
    pub fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// Also answers what comes in at an entrance.
    pub fn open(&mut self, entrance: Entrance) {
        if !entrance.doors.is_empty() {
            self.entrances.push(entrance);
        }
    }

    /// Also tells `observer` what becomes of requests and connections.
    pub fn observe(&mut self, observer: Arc<dyn RequestObserver>) {
        self.observers.add(observer);
    }

    /// What tells it that it will be stopped soon. Stopping tells it too.
    #[must_use]
    pub fn draining(&self) -> Draining {
        self.draining.clone()
    }

    /// Serves until `shutdown` completes; then stops listening, lets what is in flight end within
    /// its limit, and returns. Whatever is not finished then is cut off.
    ///
    /// The first thread of the entrance that was opened last is the one that this is called on.
    ///
    /// # Errors
    ///
    /// When the sockets cannot be registered with a runtime, on which this has to be called, when
    /// the system has no thread left, or when one has ended that should not have.
    pub async fn run(mut self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let (close, closing) = watch::channel(false);
        let mut workers = self.workers();
        let Some((_, own)) = workers.pop() else {
            shutdown.await;
            return Ok(());
        };
        let (ended, mut all_ended) = unbounded_channel();
        let threads: Vec<JoinHandle<()>> = workers
            .into_iter()
            .map(|(name, worker)| start(name, worker, closing.clone(), ended.clone()))
            .collect::<io::Result<_>>()?;
        drop(ended);
        let mut own = pin!(own.run(closing));
        let early = || io::Error::other("a serving thread has ended early");
        tokio::select! {
            () = shutdown => {}
            ended = &mut own => return ended.and_then(|()| Err(early())),
            Some(ended) = all_ended.recv() => return ended.and_then(|()| Err(early())),
        }
        self.draining.begin();
        let _ = close.send(true);
        let last = self.limits.shutdown + Duration::from_secs(LAST_THREAD_SECONDS);
        let others = async {
            // None once the last thread that could tell has ended.
            while let Some(ended) = all_ended.recv().await {
                ended?;
            }
            for thread in threads {
                let _ = thread.join();
            }
            Ok(())
        };
        let (own, others) = tokio::join!(own, timeout(last, others));
        // Threads that do not end in time end with the process.
        own.and(others.unwrap_or(Ok(())))
    }

    /// All threads of all entrances, each with its name; the one that is to run here is last.
    fn workers(&mut self) -> Vec<(String, Worker)> {
        let threads = |entrance: &Entrance| {
            let guests = || Arc::new(Guests::default());
            std::iter::repeat_with(guests).take(entrance.threads.max(1)).collect::<Vec<_>>()
        };
        let guests: Vec<Vec<Arc<Guests>>> = self.entrances.iter().map(threads).collect();
        let relief = Arc::new(Relief::new(Arc::clone(&self.account), guests.concat()));
        let common = (self.observers.clone(), self.draining.clone());
        let entrances = std::mem::take(&mut self.entrances);
        let entrances = entrances.into_iter().zip(guests);
        let mut all = Vec::new();
        for (entrance, guests) in entrances {
            let mut own = entrance.workers(&guests, &relief, &common);
            own.reverse();
            all.extend(own);
        }
        all
    }
}

impl Entrance {
    /// Answers what comes in at `doors`, on `threads` threads, for each of which they were bound.
    /// All of them together have room for as many connections as the limit says.
    #[must_use]
    pub fn for_evaluations(doors: Vec<AnsweringListener>, threads: usize, limits: Limits) -> Self {
        Self { name: "evaluations", limits, small: Claim::Small, threads, doors }
    }

    /// Answers what comes in at `doors` for management: on a thread of its own, and with the last
    /// part of the memory. So whoever fills the rest keeps nobody out here.
    #[must_use]
    pub fn for_management(doors: Vec<AnsweringListener>, limits: Limits) -> Self {
        Self { name: "management", limits, small: Claim::Management, threads: 1, doors }
    }

    /// Its threads.
    fn workers(
        self,
        guests: &[Arc<Guests>],
        relief: &Arc<Relief>,
        (observers, draining): &(Observers, Draining),
    ) -> Vec<(String, Worker)> {
        let slots = Slots::new(self.limits.connections, guests.to_vec());
        let mut workers: Vec<(String, Worker)> = (0..)
            .zip(guests)
            .map(|(number, guests)| {
                let worker = Worker {
                    entrance: self.name,
                    number,
                    limits: self.limits,
                    small: self.small,
                    sockets: Vec::new(),
                    slots: Arc::clone(&slots),
                    guests: Arc::clone(guests),
                    relief: Arc::clone(relief),
                    observers: observers.clone(),
                    draining: draining.clone(),
                    intake: None,
                    hands: Vec::new(),
                };
                (format!("{}-{number}", self.name), worker)
            })
            .collect();
        let mut has_unix = false;
        for (listener, answer) in self.doors {
            for (socket, (_, worker)) in listener.sockets.into_iter().zip(&mut workers) {
                has_unix |= matches!(socket, Socket::Unix(..));
                worker.sockets.push((socket, Arc::clone(&answer)));
            }
        }
        if has_unix && 1 < workers.len() {
            let mut hands = Vec::new();
            for (_, worker) in &mut workers {
                let (hand, intake) = unbounded_channel();
                worker.intake = Some(intake);
                hands.push(hand);
            }
            if let Some((_, first)) = workers.first_mut() {
                first.hands = hands;
            }
        }
        workers
    }
}

/// Starts a thread with a runtime of its own, which tells when it has ended.
fn start(
    name: String,
    worker: Worker,
    closing: watch::Receiver<bool>,
    tell: UnboundedSender<io::Result<()>>,
) -> io::Result<JoinHandle<()>> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let serve = move || {
        let served = catch_unwind(AssertUnwindSafe(|| runtime.block_on(worker.run(closing))));
        let panicked = |_| Err(io::Error::other("a serving thread has panicked"));
        let _ = tell.send(served.unwrap_or_else(panicked));
    };
    thread::Builder::new().name(name).spawn(serve)
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&self.entrances).finish()
    }
}

impl fmt::Debug for Entrance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addresses = self.doors.iter().map(|(listener, _)| &listener.address);
        formatter.debug_list().entries(addresses).finish()
    }
}
