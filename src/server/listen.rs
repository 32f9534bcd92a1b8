//! Sockets to listen on, and what to say when there are none to be had.
#![expect(clippy::disallowed_methods, reason = "a stale Unix socket is looked at and removed")]

use std::{
    fs, io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    os::unix::{
        fs::{FileTypeExt, MetadataExt, PermissionsExt},
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
};

use socket2::{Domain, Protocol, Socket as RawSocket, Type};

use crate::server::{address::Address, limits::SOCKET_BUFFER_SIZE_BYTES};

/// How many connections the system queues before they are accepted; it may cap this.
const BACKLOG: i32 = 1024;
/// Who may connect to a Unix socket: its owner and group.
const SOCKET_MODE: u32 = 0o660;

/// Sockets that listen at one address. A Unix socket's file goes away with it.
#[derive(Debug)]
pub struct Listener {
    /// One socket for each thread, among which the kernel shares out connections; only one of a
    /// Unix socket, whose thread hands them on.
    pub(crate) sockets: Vec<Socket>,
    /// Where it listens, with the port that it was given for port 0.
    pub address: Address,
}

/// A listening socket of either kind.
#[derive(Debug)]
pub enum Socket {
    /// TCP.
    Tcp(TcpListener),
    /// A Unix socket. The file goes away when this is dropped.
    Unix(UnixListener, SocketFile),
}

/// The file of a Unix socket of ours.
#[derive(Debug)]
pub struct SocketFile {
    path: PathBuf,
    inode: u64,
}

/// Listens on all of `addresses`, in order, for so many threads.
///
/// # Errors
///
/// A line that names the first address that cannot be had, what is wrong, and what to do.
pub fn bind(addresses: &[Address], threads: usize) -> Result<Vec<Listener>, String> {
    let mut listeners = Vec::new();
    for address in addresses {
        match address {
            Address::Tcp(address) => listeners.push(bind_tcp(*address, threads)?),
            Address::Unix(path) => listeners.push(bind_unix(path)?),
            Address::Localhost(port) => bind_localhost(*port, threads, &mut listeners)?,
        }
    }
    Ok(listeners)
}

/// Listens on the loopback addresses, on one port: the IPv6 one is optional.
fn bind_localhost(port: u16, threads: usize, listeners: &mut Vec<Listener>) -> Result<(), String> {
    let v4 = bind_tcp((Ipv4Addr::LOCALHOST, port).into(), threads)?;
    // For port 0 the system has chosen one, which is wanted here too.
    let port = match v4.address {
        Address::Tcp(address) => address.port(),
        _ => port,
    };
    listeners.push(v4);
    let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
    match listen_tcp(v6, threads) {
        Ok(listener) => listeners.push(listener),
        Err(error) if is_absent(&error) => {}
        Err(error) => return Err(explain_tcp(v6, &error)),
    }
    Ok(())
}

fn bind_tcp(address: SocketAddr, threads: usize) -> Result<Listener, String> {
    listen_tcp(address, threads).map_err(|error| explain_tcp(address, &error))
}

fn listen_tcp(address: SocketAddr, threads: usize) -> io::Result<Listener> {
    if threads <= 1 {
        let listener = open_tcp(address, false)?;
        let address = Address::Tcp(listener.local_addr()?);
        return Ok(Listener { sockets: vec![Socket::Tcp(listener)], address });
    }
    // Sockets that share a port share it with those of any other process of the same user, too. So
    // one that does not share finds out whether the port is free, and chooses one for port 0.
    let address = open_tcp(address, false)?.local_addr()?;
    let open = |_| open_tcp(address, true).map(Socket::Tcp);
    let sockets = (0..threads).map(open).collect::<io::Result<_>>()?;
    Ok(Listener { sockets, address: Address::Tcp(address) })
}

fn open_tcp(address: SocketAddr, is_shared: bool) -> io::Result<TcpListener> {
    let socket = RawSocket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A port whose last connections are still in TIME_WAIT is free.
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(is_shared)?;
    if address.is_ipv6() {
        // So that `0.0.0.0` and `[::]` can both be listened on.
        socket.set_only_v6(true)?;
    }
    // Its connections have the same. Otherwise the system lets each of them grow to some MiB.
    let _ = socket.set_recv_buffer_size(SOCKET_BUFFER_SIZE_BYTES);
    let _ = socket.set_send_buffer_size(SOCKET_BUFFER_SIZE_BYTES);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(TcpListener::from(socket))
}

/// Whether the machine has no such address at all.
fn is_absent(error: &io::Error) -> bool {
    const EAFNOSUPPORT: i32 = 97;
    error.kind() == io::ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(EAFNOSUPPORT)
}

fn explain_tcp(address: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "cannot listen on `{address}`: the port is taken by another process; stop that one, or \
             choose another port with `--listen {}:PORT`",
            address.ip()
        ),
        io::ErrorKind::PermissionDenied => format!(
            "cannot listen on `{address}`: permission denied; a port below 1024 takes a privilege \
             (CAP_NET_BIND_SERVICE), so choose a higher one"
        ),
        io::ErrorKind::AddrNotAvailable => format!(
            "cannot listen on `{address}`: this machine has no such address; `{}` stands for all \
             that it has",
            SocketAddr::from((Ipv4Addr::UNSPECIFIED, address.port()))
        ),
        _ => format!("cannot listen on `{address}`: {error}"),
    }
}

fn bind_unix(path: &Path) -> Result<Listener, String> {
    let shown = path.display();
    remove_stale(path)?;
    let file = UnixListener::bind(path).and_then(|listener| {
        listener.set_nonblocking(true)?;
        fs::set_permissions(path, fs::Permissions::from_mode(SOCKET_MODE))?;
        let file = SocketFile { path: path.to_owned(), inode: fs::metadata(path)?.ino() };
        Ok(Socket::Unix(listener, file))
    });
    let address = Address::Unix(path.to_owned());
    file.map(|socket| Listener { sockets: vec![socket], address }).map_err(|error| {
        match error.kind() {
            io::ErrorKind::NotFound => {
                format!("cannot listen on `unix:{shown}`: its directory does not exist")
            }
            io::ErrorKind::InvalidInput => {
                format!(
                    "cannot listen on `unix:{shown}`: the path is longer than a socket's may be"
                )
            }
            io::ErrorKind::PermissionDenied => format!(
                "cannot listen on `unix:{shown}`: permission denied; its directory must be writable"
            ),
            _ => format!("cannot listen on `unix:{shown}`: {error}"),
        }
    })
}

/// Removes the socket that a process which is no more has left; anything else stays.
fn remove_stale(path: &Path) -> Result<(), String> {
    let shown = path.display();
    let Ok(found) = fs::symlink_metadata(path) else { return Ok(()) };
    if !found.file_type().is_socket() {
        return Err(format!(
            "cannot listen on `unix:{shown}`: there is a file of that name which is not a socket"
        ));
    }
    if UnixStream::connect(path).is_ok() {
        return Err(format!(
            "cannot listen on `unix:{shown}`: another process listens there; stop that one, or \
             choose another path"
        ));
    }
    fs::remove_file(path).map_err(|error| {
        format!("cannot listen on `unix:{shown}`: the old socket cannot be removed: {error}")
    })
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Another process may have put its own in the place meanwhile.
        if fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}
