//! Sockets in, responses out: accepting, limits, shutdown. Knows nothing about flags.

use std::{fmt, future::pending, io, sync::Arc, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::{JoinError, JoinSet},
    time::{sleep, timeout},
};

use crate::http::{
    answer::Answer,
    body::Budget,
    connection::{self, Common},
    limits::Limits,
    listen::{Listener, ListenerSocket, SocketFile},
};

/// How long to wait after accepting has failed for want of something, in milliseconds.
const ACCEPT_PAUSE_MS: u64 = 50;
/// After how many seconds of silence the system asks whether the other end is still there.
const KEEPALIVE_SECONDS: u64 = 60;

/// Sockets that listen, each with what answers there.
#[derive(Default)]
pub struct Server {
    limits: Limits,
    doors: Vec<(Listener, Arc<dyn Answer>)>,
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
        Self { limits, doors: Vec::new() }
    }

    /// Also answers what comes in at `listeners`, with `answer`.
    pub fn listen(&mut self, listeners: Vec<Listener>, answer: &Arc<impl Answer + 'static>) {
        for listener in listeners {
            self.doors.push((listener, Arc::clone(answer) as Arc<dyn Answer>));
        }
    }

    /// Serves until `shutdown` completes; then stops listening, lets what is in flight finish within
    /// its limit, and returns. Whatever is not finished then is cut off.
    ///
    /// # Errors
    ///
    /// When the sockets cannot be registered with the runtime, on which this has to be called.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let (close, closing) = watch::channel(false);
        let slots = Arc::new(Semaphore::new(self.limits.connections));
        let common = Arc::new(Common {
            limits: self.limits,
            budget: Budget::new(self.limits.bodies_in_flight_bytes),
            http: connection::http(&self.limits),
            closing,
        });
        let mut acceptors = JoinSet::new();
        for (listener, answer) in self.doors {
            let door = Door::open(listener.socket)?;
            let (slots, common) = (Arc::clone(&slots), Arc::clone(&common));
            acceptors.spawn(accept_all(door, answer, slots, common));
        }
        shutdown.await;
        let _ = close.send(true);
        let finished = async { while acceptors.join_next().await.is_some() {} };
        if timeout(self.limits.shutdown, finished).await.is_err() {
            let open = self.limits.connections.saturating_sub(slots.available_permits());
            tracing::warn!("{open} connections did not finish in time and were cut off");
            acceptors.shutdown().await;
        }
        Ok(())
    }
}

/// Accepts connections at one door until the server closes, and sees all of them to their end.
async fn accept_all(
    door: Door,
    answer: Arc<dyn Answer>,
    slots: Arc<Semaphore>,
    common: Arc<Common>,
) {
    let mut connections = JoinSet::new();
    let mut closing = common.closing.clone();
    loop {
        tokio::select! {
            _ = closing.wait_for(|closing| *closing) => break,
            Some(ended) = connections.join_next() => report(ended),
            accepted = door.accept(&slots) => accepted.spawn(&mut connections, &answer, &common),
        }
    }
    // Who is in the queue came before the end, and will be answered.
    while let Ok(accepted) = timeout(Duration::ZERO, door.accept(&slots)).await {
        accepted.spawn(&mut connections, &answer, &common);
    }
    drop(door);
    while let Some(ended) = connections.join_next().await {
        report(ended);
    }
}

/// A connection and its slot.
struct Accepted {
    stream: Accept,
    slot: OwnedSemaphorePermit,
}

/// The two kinds of connection.
enum Accept {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Accepted {
    /// Serves it, as one of `connections`.
    fn spawn(self, connections: &mut JoinSet<()>, answer: &Arc<dyn Answer>, common: &Arc<Common>) {
        let (answer, common) = (Arc::clone(answer), Arc::clone(common));
        let Self { stream, slot } = self;
        connections.spawn(async move {
            match stream {
                Accept::Tcp(stream) => {
                    prepare(&stream, &common.limits);
                    connection::serve(stream, answer, common).await;
                }
                Accept::Unix(stream) => connection::serve(stream, answer, common).await,
            }
            drop(slot);
        });
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

    /// The next connection, once there is a slot for it: until then it waits in the system's queue.
    async fn accept(&self, slots: &Arc<Semaphore>) -> Accepted {
        loop {
            let Ok(slot) = Arc::clone(slots).acquire_owned().await else {
                // Nobody closes the semaphore.
                return pending().await;
            };
            let accepted = match self {
                Self::Tcp(listener) => {
                    listener.accept().await.map(|(stream, _)| Accept::Tcp(stream))
                }
                Self::Unix(listener, _) => {
                    listener.accept().await.map(|(stream, _)| Accept::Unix(stream))
                }
            };
            match accepted {
                Ok(stream) => return Accepted { stream, slot },
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
