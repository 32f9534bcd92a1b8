//! A listening socket on the runtime, and the connections that come in at it.

use std::{
    io,
    net::{IpAddr, TcpListener as StdTcpListener},
    os::unix::net::UnixListener as StdUnixListener,
    time::Duration,
};

use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    time::sleep,
};

use crate::server::{
    guests::origin,
    limits::Limits,
    listen::{Socket, SocketFile},
};

/// How long to wait after accepting has failed for want of something, in milliseconds.
const ACCEPT_PAUSE_MS: u64 = 50;
/// After how many seconds of silence the system asks whether the other end is still there.
const KEEPALIVE_SECONDS: u64 = 60;

/// A listening socket on a thread's runtime.
#[derive(Debug)]
pub enum Door {
    /// TCP.
    Tcp(TcpListener),
    /// A Unix socket. The file goes away when this is dropped.
    Unix(UnixListener, SocketFile),
}

/// A connection of either kind.
#[derive(Debug)]
pub enum Incoming {
    /// TCP, and where it comes from.
    Tcp(TcpStream, IpAddr),
    /// A Unix socket.
    Unix(UnixStream),
}

impl Door {
    /// Opens it on the runtime that this is called on.
    ///
    /// # Errors
    ///
    /// When the socket cannot be registered there.
    pub fn open(socket: Socket) -> io::Result<Self> {
        Ok(match socket {
            Socket::Tcp(listener) => Self::Tcp(TcpListener::from_std(listener)?),
            Socket::Unix(listener, file) => Self::Unix(UnixListener::from_std(listener)?, file),
        })
    }

    /// Whether its connections are handed on to all threads: the kernel shares out those of TCP.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Unix(..))
    }

    /// The next connection. `fails` hears why there is none for now.
    pub async fn accept(&self, fails: impl Fn(&io::Error)) -> Incoming {
        loop {
            let accepted = match self {
                Self::Tcp(listener) => listener
                    .accept()
                    .await
                    .map(|(stream, from)| Incoming::Tcp(stream, origin(from.ip()))),
                Self::Unix(listener, _) => {
                    listener.accept().await.map(|(stream, _)| Incoming::Unix(stream))
                }
            };
            match accepted {
                Ok(accepted) => return accepted,
                // The client has given up meanwhile.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                // Most often the process has no file descriptor left. Trying again at once would
                // only burn the time that others need to free one.
                Err(error) => {
                    fails(&error);
                    sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
                }
            }
        }
    }

    /// Closes it. Whoever is in the queue by then is let in.
    #[must_use]
    pub fn close(self) -> Vec<Incoming> {
        // By the system's word and not the runtime's, which may not have heard of them yet.
        let accepted = match self {
            Self::Tcp(listener) => listener.into_std().map(|listener| {
                let next = || accept_tcp(&listener);
                std::iter::from_fn(next).collect()
            }),
            Self::Unix(listener, _file) => listener.into_std().map(|listener| {
                let next = || accept_unix(&listener);
                std::iter::from_fn(next).collect()
            }),
        };
        accepted.unwrap_or_default()
    }
}

fn accept_tcp(listener: &StdTcpListener) -> Option<Incoming> {
    let (stream, from) = listener.accept().ok()?;
    stream.set_nonblocking(true).ok()?;
    Some(Incoming::Tcp(TcpStream::from_std(stream).ok()?, origin(from.ip())))
}

fn accept_unix(listener: &StdUnixListener) -> Option<Incoming> {
    let (stream, _) = listener.accept().ok()?;
    stream.set_nonblocking(true).ok()?;
    UnixStream::from_std(stream).ok().map(Incoming::Unix)
}

/// Sets what is to hold for every TCP connection. Where the system refuses, it works without. How
/// large its buffers are it has from the listening socket.
pub fn prepare(stream: &TcpStream, limits: &Limits) {
    let _ = stream.set_nodelay(true);
    let socket = SockRef::from(stream);
    let silence = Duration::from_secs(KEEPALIVE_SECONDS);
    let _ = socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(silence));
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_user_timeout(Some(limits.write_pause));
}
