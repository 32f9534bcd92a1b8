//! One thread that serves: it accepts connections and sees all of them to their end.

use std::{
    fmt, io,
    net::IpAddr,
    os::unix::net::UnixStream as StdUnixStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::UnixStream,
    sync::{
        Notify, Semaphore,
        mpsc::{UnboundedReceiver, UnboundedSender},
        watch,
    },
    task::{JoinError, JoinSet},
    time::{sleep, timeout},
};

use crate::{
    server::{
        account::{Account, Claim},
        answer::Answer,
        connection::{self, Common, Draining},
        door::{Door, Incoming, prepare},
        guests::Guests,
        limits::Limits,
        listen::Socket,
        observer::{Event, Observers, RequestObserver},
        progress::Progress,
        relief::Relief,
        slots::{Slot, Slots},
    },
    system::memory::give_back_own,
};

/// How often to look at all connections at least, in milliseconds.
const ROUND_MS_MAX: u64 = 1000;
/// Into how many rounds the shortest time is divided that they keep.
const ROUNDS: u32 = 4;
/// After how much has come and gone on the account a thread gives back what it has freed, in bytes.
const GIVE_BACK_SIZE_BYTES: usize = 256 << 10;
/// How many of those that found no room are told so at once; others are only closed.
const REFUSALS_MAX: usize = 64;

/// A connection that one thread has accepted for another, and what answers there.
pub type Handed = (io::Result<StdUnixStream>, Arc<dyn Answer>);

/// One thread of an entrance.
pub struct Worker {
    /// What its entrance is called.
    pub entrance: &'static str,
    /// Which of the entrance's threads it is.
    pub number: usize,
    /// What a client may take.
    pub limits: Limits,
    /// For what a small request asks in memory.
    pub small: Claim,
    /// The sockets, each with what answers there.
    pub sockets: Vec<(Socket, Arc<dyn Answer>)>,
    /// The connections of all of the entrance's threads.
    pub slots: Arc<Slots>,
    /// Its own connections.
    pub guests: Arc<Guests>,
    /// The room in memory.
    pub relief: Arc<Relief>,
    /// Who hears what happens.
    pub observers: Observers,
    /// Whether the server is about to stop.
    pub draining: Draining,
    /// The connections that the entrance's first thread hands to this one.
    pub intake: Option<UnboundedReceiver<Handed>>,
    /// All threads to which this one hands connections in turn, if it does.
    pub hands: Vec<UnboundedSender<Handed>>,
}

/// Hands connections to all threads in turn.
struct Hands {
    threads: Vec<UnboundedSender<Handed>>,
    turn: AtomicUsize,
}

/// What all tasks of a worker need.
struct Post {
    entrance: &'static str,
    number: usize,
    slots: Arc<Slots>,
    guests: Arc<Guests>,
    common: Arc<Common>,
    /// Rings when there is a first connection.
    first: Notify,
}

impl fmt::Debug for Worker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Worker").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Worker {
    /// Serves until `stop` turns true; then stops listening, lets what is in flight end within its
    /// limit, and returns. Whatever is not finished then is cut off.
    ///
    /// # Errors
    ///
    /// When the sockets cannot be registered with the runtime, on which this has to be called.
    pub async fn run(self, mut stop: watch::Receiver<bool>) -> io::Result<()> {
        // Its own, so that its connections share no lock with those of other threads.
        let (close, closing) = watch::channel(false);
        let (limits, small, relief) = (self.limits, self.small, self.relief);
        let http = connection::http(&limits);
        let (entrance, observers, draining) = (self.entrance, self.observers, self.draining);
        let turns = Semaphore::new(1);
        let closed = closing.clone();
        let common =
            Common { limits, relief, small, turns, observers, http, draining, closing: closed };
        let post = Arc::new(Post {
            entrance,
            number: self.number,
            slots: self.slots,
            guests: self.guests,
            common: Arc::new(common),
            first: Notify::new(),
        });
        let mut acceptors = JoinSet::new();
        let hands = Arc::new(Hands { threads: self.hands, turn: AtomicUsize::new(0) });
        for (socket, answer) in self.sockets {
            let (door, hands) = (Door::open(socket)?, Arc::clone(&hands));
            let post = Arc::clone(&post);
            acceptors.spawn(accept_all((door, answer), post, hands, closing.clone()));
        }
        // The other threads are done once nobody is left who could hand them anything.
        drop(hands);
        if let Some(intake) = self.intake {
            acceptors.spawn(take_all(intake, Arc::clone(&post)));
        }
        let rounds = go_rounds(post);
        let stopped = async {
            // An error is a server that is gone, which stops too.
            let _ = stop.wait_for(|stop| *stop).await;
            let _ = close.send(true);
            let finished = async { while acceptors.join_next().await.is_some() {} };
            if timeout(limits.shutdown, finished).await.is_err() {
                tracing::warn!("cut off the requests that did not finish in time");
                acceptors.shutdown().await;
            }
        };
        tokio::select! {
            () = stopped => {}
            () = rounds => {}
        }
        Ok(())
    }
}

/// Accepts connections at one door until the server closes, and sees all of them to their end.
async fn accept_all(
    (door, answer): (Door, Arc<dyn Answer>),
    post: Arc<Post>,
    hands: Arc<Hands>,
    mut closing: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    let let_in = |accepted: Incoming, connections: &mut JoinSet<()>| {
        if let Some(accepted) = hands.pass(accepted, &answer) {
            post.admit(accepted, &answer, connections);
        }
    };
    loop {
        tokio::select! {
            _ = closing.wait_for(|closing| *closing) => break,
            Some(ended) = connections.join_next() => report(ended),
            accepted = door.accept(|error| post.fails(error)) => {
                let_in(accepted, &mut connections);
            }
        }
    }
    // Who is in the queue came before the end, and will be answered.
    for accepted in door.close() {
        let_in(accepted, &mut connections);
    }
    drop(hands);
    while let Some(ended) = connections.join_next().await {
        report(ended);
    }
}

/// Takes the connections that another thread has accepted, until there will be no more, and sees
/// all of them to their end.
async fn take_all(mut intake: UnboundedReceiver<Handed>, post: Arc<Post>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(ended) = connections.join_next() => report(ended),
            handed = intake.recv() => {
                let Some((stream, answer)) = handed else { break };
                match stream.and_then(UnixStream::from_std) {
                    Ok(stream) => post.admit(Incoming::Unix(stream), &answer, &mut connections),
                    Err(error) => post.fails(&error),
                }
            }
        }
    }
    while let Some(ended) = connections.join_next().await {
        report(ended);
    }
}

/// Looks at all connections now and then, as long as there are any, and gives back the memory that
/// they held.
async fn go_rounds(post: Arc<Post>) {
    let limits = &post.common.limits;
    let mut moves = Moves::default();
    let period =
        (limits.idle / ROUNDS).clamp(Duration::from_millis(1), Duration::from_millis(ROUND_MS_MAX));
    loop {
        sleep(period).await;
        let is_any_left = post.guests.go_round(period, limits.idle);
        post.tell(&Event::RoundMade(post.slots.size()));
        let has_moved = moves.have_been(&post.common.relief.account);
        if has_moved {
            give_back_own();
        }
        // What goes with the last connections goes back in one more round.
        if !is_any_left && !has_moved {
            post.first.notified().await;
        }
    }
}

/// What has come to an account, and gone from it, since it was last looked at.
#[derive(Debug, Default)]
struct Moves {
    turnover_bytes: usize,
    taken_bytes: usize,
}

impl Moves {
    /// Whether it is so much that there may be memory to give back; then it counts anew.
    fn have_been(&mut self, account: &Account) -> bool {
        let (turnover_bytes, taken_bytes) = (account.turnover_bytes(), account.taken_bytes());
        let come_bytes = turnover_bytes.wrapping_sub(self.turnover_bytes);
        let gone_bytes = self.taken_bytes.saturating_sub(taken_bytes);
        let is_much = GIVE_BACK_SIZE_BYTES <= come_bytes.max(gone_bytes);
        if is_much {
            *self = Self { turnover_bytes, taken_bytes };
        } else {
            self.taken_bytes = self.taken_bytes.max(taken_bytes);
        }
        is_much
    }
}

impl Hands {
    /// Hands a connection to the thread whose turn it is; gives it back if it is not to be handed
    /// on. The kernel shares out those of TCP.
    fn pass(&self, accepted: Incoming, answer: &Arc<dyn Answer>) -> Option<Incoming> {
        match accepted {
            Incoming::Unix(stream) if !self.threads.is_empty() => {
                let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.threads.len();
                if let Some(thread) = self.threads.get(turn) {
                    let _ = thread.send((stream.into_std(), Arc::clone(answer)));
                }
                None
            }
            accepted => Some(accepted),
        }
    }
}

impl Post {
    fn tell(&self, event: &Event<'_>) {
        self.common.observers.noticed(event);
    }

    /// Serves a connection as one of `connections`, if there is room for it.
    fn admit(&self, accepted: Incoming, answer: &Arc<dyn Answer>, connections: &mut JoinSet<()>) {
        let progress = Progress::default();
        let address: Option<IpAddr> = match &accepted {
            Incoming::Tcp(_, address) => Some(*address),
            Incoming::Unix(_) => None,
        };
        let Some((slot, has_displaced)) = self.slots.take(self.number, address, &progress) else {
            self.refuse(accepted, connections);
            return;
        };
        self.tell(&Event::Opened(self.entrance));
        if has_displaced {
            self.tell(&Event::Spared(self.slots.size()));
        }
        self.first.notify_one();
        let (answer, common) = (Arc::clone(answer), Arc::clone(&self.common));
        let visit = Visit { entrance: self.entrance, common: Arc::clone(&common), _slot: slot };
        connections.spawn(async move {
            match accepted {
                Incoming::Tcp(stream, _) => {
                    prepare(&stream, &common.limits);
                    connection::serve(stream, progress, answer, common).await;
                }
                Incoming::Unix(stream) => {
                    connection::serve(stream, progress, answer, common).await;
                }
            }
            drop(visit);
        });
    }

    /// Tells a connection that there is no room for it.
    fn refuse(&self, accepted: Incoming, connections: &mut JoinSet<()>) {
        self.tell(&Event::Refused(self.slots.size()));
        if self.slots.size().saturating_add(REFUSALS_MAX) <= connections.len() {
            return;
        }
        connections.spawn(async move {
            match accepted {
                Incoming::Tcp(stream, _) => connection::refuse(stream).await,
                Incoming::Unix(stream) => connection::refuse(stream).await,
            }
        });
    }

    /// A connection could not be accepted. Most often the process has no descriptor left; then one
    /// that can be spared makes room.
    fn fails(&self, error: &io::Error) {
        let _ = self.slots.spare_one();
        self.tell(&Event::Failed(error));
    }
}

/// A connection that was opened; when this is dropped, it has ended, however that came.
struct Visit {
    entrance: &'static str,
    common: Arc<Common>,
    _slot: Slot,
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.common.observers.noticed(&Event::Closed(self.entrance));
    }
}

/// A connection has ended; one that panicked is a defect of ours, and cost nobody else anything.
fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!("serving a connection has panicked: {error}");
    }
}
