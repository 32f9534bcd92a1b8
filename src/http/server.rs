//! Sockets in, responses out: accepting, limits, shutdown. Knows nothing about flags.

use std::{fmt, io, sync::Arc, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    sync::{OwnedSemaphorePermit, watch},
    task::{JoinError, JoinSet},
    time::{sleep, timeout},
};

use crate::http::{
    answer::Answer,
    body::Budget,
    connection::{self, Common, Draining},
    limits::Limits,
    listen::{Listener, ListenerSocket, SocketFile},
    slots::Slots,
    transport::Progress,
};

/// How long to wait after accepting has failed for want of something, in milliseconds.
const ACCEPT_PAUSE_MS: u64 = 50;
/// After how many seconds of silence the system asks whether the other end is still there.
const KEEPALIVE_SECONDS: u64 = 60;

/// Sockets that listen, each with what answers there.
#[derive(Default)]
pub struct Server {
    limits: Limits,
    doors: Vec<(Listener, Entrance)>,
    draining: Draining,
}

/// What is the same for all doors that are opened together.
#[derive(Clone)]
struct Entrance {
    answer: Arc<dyn Answer>,
    slots: Arc<Slots>,
}

/// A listening socket on the runtime.
enum Door {
    Tcp(TcpListener),
    /// The file goes away when this is dropped.
    Unix(UnixListener, #[expect(dead_code, reason = "for its drop")] SocketFile),
}

impl Server {
    /// A server with these limits, which listens nowhere yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Also answers what comes in at `listeners`, with `answer`. They have room for as many
    /// connections as the limit says, for themselves: who fills it keeps nobody out elsewhere.
    pub fn listen(&mut self, listeners: Vec<Listener>, answer: &Arc<impl Answer + 'static>) {
        let slots = Arc::new(Slots::new(self.limits.connections));
        let entrance = Entrance { answer: Arc::clone(answer) as Arc<dyn Answer>, slots };
        let doors = listeners.into_iter().map(|listener| (listener, entrance.clone()));
        self.doors.extend(doors);
    }

    /// What tells it that it will be stopped soon. Stopping tells it too.
    #[must_use]
    pub fn draining(&self) -> Draining {
        self.draining.clone()
    }

    /// Serves until `shutdown` completes; then stops listening, lets what is in flight end within
    /// its limit, and returns. Whatever is not finished then is cut off.
    ///
    /// # Errors
    ///
    /// When the sockets cannot be registered with the runtime, on which this has to be called.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let (close, closing) = watch::channel(false);
        let common = Arc::new(Common {
            limits: self.limits,
            budget: Budget::new(self.limits.bodies_in_flight_bytes),
            http: connection::http(&self.limits),
            draining: self.draining.clone(),
            closing,
        });
        let mut acceptors = JoinSet::new();
        for (listener, entrance) in self.doors {
            let door = Door::open(listener.socket)?;
            acceptors.spawn(accept_all(door, entrance, Arc::clone(&common)));
        }
        shutdown.await;
        self.draining.begin();
        let _ = close.send(true);
        let finished = async { while acceptors.join_next().await.is_some() {} };
        if timeout(self.limits.shutdown, finished).await.is_err() {
            tracing::warn!("what did not finish in time was cut off");
            acceptors.shutdown().await;
        }
        Ok(())
    }
}

/// Accepts connections at one door until the server closes, and sees all of them to their end.
async fn accept_all(door: Door, entrance: Entrance, common: Arc<Common>) {
    let mut connections = JoinSet::new();
    let mut closing = common.closing.clone();
    let mut waiting = None;
    loop {
        tokio::select! {
            _ = closing.wait_for(|closing| *closing) => break,
            Some(ended) = connections.join_next() => report(ended),
            accepted = door.accept(), if waiting.is_none() => waiting = Some(accepted),
            Some(slot) = entrance.slots.take(), if waiting.is_some() => {
                if let Some(accepted) = waiting.take() {
                    accepted.spawn(slot, &mut connections, &entrance, &common);
                }
            }
        }
    }
    // Who is in the queue came before the end, and will be answered.
    let at_once = Duration::ZERO;
    while let Ok(accepted) = match waiting.take() {
        Some(accepted) => Ok(accepted),
        None => timeout(at_once, door.accept()).await,
    } {
        let Ok(Some(slot)) = timeout(at_once, entrance.slots.take()).await else { break };
        accepted.spawn(slot, &mut connections, &entrance, &common);
    }
    drop(door);
    while let Some(ended) = connections.join_next().await {
        report(ended);
    }
}

/// A connection of either kind.
enum Accepted {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Accepted {
    /// Serves it, as one of `connections`.
    fn spawn(
        self,
        slot: OwnedSemaphorePermit,
        connections: &mut JoinSet<()>,
        entrance: &Entrance,
        common: &Arc<Common>,
    ) {
        let (answer, common) = (Arc::clone(&entrance.answer), Arc::clone(common));
        let progress = Progress::default();
        let seen = progress.clone();
        let connection = connections.spawn(async move {
            match self {
                Self::Tcp(stream) => {
                    prepare(&stream, &common.limits);
                    connection::serve(stream, progress, answer, common).await;
                }
                Self::Unix(stream) => connection::serve(stream, progress, answer, common).await,
            }
            drop(slot);
        });
        entrance.slots.remember(connection, seen);
    }
}

impl Door {
    fn open(socket: ListenerSocket) -> io::Result<Self> {
        Ok(match socket {
            ListenerSocket::Tcp(listener) => Self::Tcp(TcpListener::from_std(listener)?),
            ListenerSocket::Unix(listener, file) => {
                Self::Unix(UnixListener::from_std(listener)?, file)
            }
        })
    }

    /// The next connection.
    async fn accept(&self) -> Accepted {
        loop {
            let accepted = match self {
                Self::Tcp(listener) => {
                    listener.accept().await.map(|(stream, _)| Accepted::Tcp(stream))
                }
                Self::Unix(listener, _) => {
                    listener.accept().await.map(|(stream, _)| Accepted::Unix(stream))
                }
            };
            match accepted {
                Ok(accepted) => return accepted,
                // The client has given up meanwhile.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                // Most often the process has no file descriptor left. Trying again at once would
                // only burn the time that others need to free one.
                Err(error) => {
                    tracing::warn!("cannot accept a connection: {error}");
                    sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
                }
            }
        }
    }
}

/// Sets what is to hold for every TCP connection. Where the system refuses, it works without.
fn prepare(stream: &TcpStream, limits: &Limits) {
    let _ = stream.set_nodelay(true);
    let socket = SockRef::from(stream);
    let silence = Duration::from_secs(KEEPALIVE_SECONDS);
    let _ = socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(silence));
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_user_timeout(Some(limits.write_stall));
}

/// A connection has ended; one that panicked is a defect of ours, and cost nobody else anything.
fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!("serving a connection has panicked: {error}");
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addresses = self.doors.iter().map(|(listener, _)| &listener.address);
        formatter.debug_list().entries(addresses).finish()
    }
}
