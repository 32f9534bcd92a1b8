//! Connections that are a stream of bytes each way: git's own protocol, and the program `ssh`.
#![expect(
    clippy::disallowed_methods,
    reason = "starts `ssh`, and deadlines are about time that passes"
)]

use std::{
    ffi::OsString,
    io::{self, Read},
    net::{TcpStream, ToSocketAddrs},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use gix::protocol::transport::{
    Protocol,
    client::git::{ConnectMode, blocking_io::Connection},
};

use crate::source::git::remote::exchange::FetchLimits;

/// How much of what `ssh` says is kept, in bytes.
const SAID_BYTES_MAX: u64 = 4 << 10;

/// How long the last words of an `ssh` that has failed are waited for.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A repository behind a stream of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamAddress {
    /// The user, for `ssh`.
    pub user: Option<String>,
    /// The server.
    pub host: String,
    /// Its port, if it is not the usual one.
    pub port: Option<u16>,
    /// The path of the repository there.
    pub path: String,
}

/// How `ssh` proves who we are, and who the server is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SshOptions {
    /// The private key.
    pub key: Option<PathBuf>,
    /// The keys of servers that are known.
    pub known_hosts: Option<PathBuf>,
}

/// What can be read until the deadline, and no more than so many bytes.
#[derive(Debug)]
pub struct Bounded<R> {
    reader: R,
    watch: Watch,
}

/// What is known of a stream's end, shared by its two sides.
#[derive(Clone, Debug)]
pub struct Watch {
    deadline: Instant,
    limits: FetchLimits,
    state: Arc<Mutex<WatchState>>,
}

#[derive(Debug, Default)]
struct WatchState {
    bytes: u64,
    problem: Option<String>,
}

impl Watch {
    /// The time begins now.
    #[must_use]
    pub fn new(limits: FetchLimits) -> Self {
        Self { deadline: Instant::now() + limits.time, limits, state: Arc::default() }
    }

    /// What went wrong, for people; none if nothing did.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).problem.clone()
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(self.fail(self.too_long())) } else { Ok(left) }
    }

    fn too_long(&self) -> String {
        let seconds = self.limits.time.as_secs();
        format!("it took more than {seconds} s together, which is `--git-timeout`")
    }

    fn fail(&self, problem: String) -> io::Error {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let problem = state.problem.get_or_insert(problem).clone();
        io::Error::other(problem)
    }

    fn took(&self, count: usize) -> io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.bytes += count as u64;
        let is_too_much = self.limits.bytes < state.bytes;
        drop(state);
        if is_too_much {
            let limit = self.limits.bytes >> 20;
            let problem = format!("it sends more than {limit} MiB, which is `--git-bytes-max`");
            return Err(self.fail(problem));
        }
        Ok(())
    }
}

impl Read for Bounded<TcpStream> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.reader.set_read_timeout(Some(self.watch.left()?))?;
        let read = self.reader.read(into).map_err(|error| {
            let is_late =
                matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
            let problem =
                if is_late { self.watch.too_long() } else { format!("it broke off: {error}") };
            self.watch.fail(problem)
        })?;
        self.watch.took(read)?;
        Ok(read)
    }
}

impl Read for Bounded<ChildStdout> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(into)?;
        self.watch.left()?;
        self.watch.took(read)?;
        Ok(read)
    }
}

/// Connects to a server that speaks git's own protocol.
///
/// # Errors
///
/// Why that cannot be done, for people.
pub fn daemon(
    to: &StreamAddress,
    watch: &Watch,
) -> Result<Connection<Bounded<TcpStream>, TcpStream>, String> {
    let port = to.port.unwrap_or(9418);
    let explain = |error: io::Error| format!("cannot connect: {error}");
    let bare = to.host.trim_start_matches('[').trim_end_matches(']');
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in (bare, port).to_socket_addrs().map_err(explain)? {
        match TcpStream::connect_timeout(&address, watch.left().map_err(explain)?) {
            Ok(stream) => {
                let limit = Some(watch.left().map_err(explain)?);
                stream.set_write_timeout(limit).map_err(explain)?;
                let writer = stream.try_clone().map_err(explain)?;
                let reader = Bounded { reader: stream, watch: watch.clone() };
                let host = Some((to.host.clone(), to.port));
                let (version, mode) = (Protocol::V2, ConnectMode::Daemon);
                let path = to.path.as_str();
                return Ok(Connection::new(reader, writer, version, path, host, mode, false));
            }
            Err(error) => last = error,
        }
    }
    Err(explain(last))
}

/// An `ssh` that runs, and is ended when this is dropped or the time is over.
#[derive(Debug)]
pub struct Ssh {
    child: Arc<Mutex<Child>>,
    /// Dropped to have the watching thread end.
    over: Option<SyncSender<()>>,
    threads: Vec<JoinHandle<()>>,
    said: Arc<Mutex<String>>,
}

impl Ssh {
    /// Starts `ssh`, which asks nobody anything and knows servers by their keys.
    ///
    /// # Errors
    ///
    /// Why that cannot be done, for people.
    pub fn start(
        to: &StreamAddress,
        options: &SshOptions,
        watch: &Watch,
    ) -> Result<(Self, Connection<Bounded<ChildStdout>, ChildStdin>), String> {
        let mut command = Command::new("ssh");
        command.args(arguments(to, options)).env("GIT_PROTOCOL", "version=2");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                "there is no program `ssh` here, which this address needs: install it (Debian: \
                 `openssh-client`), or use `https://`"
                    .to_owned()
            }
            _ => format!("cannot start `ssh`: {error}"),
        })?;
        let gone = || "`ssh` has no pipes".to_owned();
        let stdin = child.stdin.take().ok_or_else(gone)?;
        let stdout = child.stdout.take().ok_or_else(gone)?;
        let stderr = child.stderr.take().ok_or_else(gone)?;
        let said: Arc<Mutex<String>> = Arc::default();
        let (child, (over, is_over)) = (Arc::new(Mutex::new(child)), sync_channel::<()>(1));
        let (watched, kept, until) = (child.clone(), said.clone(), watch.clone());
        let listen = move || {
            let mut text = Vec::new();
            let _ = stderr.take(SAID_BYTES_MAX).read_to_end(&mut text);
            *kept.lock().unwrap_or_else(PoisonError::into_inner) =
                String::from_utf8_lossy(&text).into_owned();
        };
        let end = move || {
            let left = until.deadline.saturating_duration_since(Instant::now());
            // Disconnected when it is over; what times out is ended.
            if is_over.recv_timeout(left) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                until.fail(until.too_long());
            }
            let mut child = watched.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = child.kill();
            let _ = child.wait();
        };
        let explain = |error: io::Error| format!("cannot start a thread: {error}");
        let listen = thread::Builder::new().name("ssh-listen".to_owned()).spawn(listen);
        let end = thread::Builder::new().name("ssh-end".to_owned()).spawn(end);
        let threads = vec![listen.map_err(explain)?, end.map_err(explain)?];
        let reader = Bounded { reader: stdout, watch: watch.clone() };
        let (version, mode) = (Protocol::V2, ConnectMode::Process);
        let host = None::<(String, Option<u16>)>;
        let path = to.path.as_str();
        let connection = Connection::new(reader, stdin, version, path, host, mode, false);
        Ok((Self { child, over: Some(over), threads, said }, connection))
    }

    /// What `ssh` said last, once it has ended; none if it said nothing.
    #[must_use]
    pub fn last_words(&self) -> Option<String> {
        let start = Instant::now();
        loop {
            let ended = self.child.lock().unwrap_or_else(PoisonError::into_inner).try_wait();
            let is_over = matches!(ended, Ok(Some(_))) && self.threads[0].is_finished();
            if is_over || LAST_WORDS < start.elapsed() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
        let last: Vec<&str> = lines.collect();
        let from = last.len().saturating_sub(2);
        let words = last.get(from..).unwrap_or_default().join(" ");
        (!words.is_empty()).then(|| words.replace(char::is_control, " "))
    }
}

impl Drop for Ssh {
    fn drop(&mut self) {
        self.over = None;
        for thread in self.threads.drain(..).rev() {
            let _ = thread.join();
        }
    }
}

/// What `ssh` is started with: no file of settings, no question to anybody, no unknown server.
fn arguments(to: &StreamAddress, options: &SshOptions) -> Vec<OsString> {
    let mut all: Vec<OsString> = Vec::new();
    let mut option = |text: OsString| all.extend(["-o".into(), text]);
    for fixed in [
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        "PasswordAuthentication=no",
        "ConnectTimeout=20",
        "ServerAliveInterval=15",
        "SendEnv=GIT_PROTOCOL",
    ] {
        option(fixed.into());
    }
    let named = |name: &str, path: &Path| {
        let mut text = OsString::from(format!("{name}="));
        text.push(path);
        text
    };
    if let Some(key) = &options.key {
        option("IdentitiesOnly=yes".into());
        option(named("IdentityFile", key));
    }
    if let Some(known) = &options.known_hosts {
        option(named("UserKnownHostsFile", known));
        option("GlobalKnownHostsFile=/dev/null".into());
    }
    let mut arguments: Vec<OsString> = ["-F", "none", "-T"].map(OsString::from).into();
    arguments.extend(all);
    if let Some(port) = to.port {
        arguments.extend(["-p".into(), port.to_string().into()]);
    }
    if let Some(user) = &to.user {
        arguments.extend(["-l".into(), user.into()]);
    }
    let quoted = to.path.replace('\'', "'\\''");
    let host = to.host.trim_start_matches('[').trim_end_matches(']');
    arguments.extend(["--".into(), host.into(), format!("git-upload-pack '{quoted}'").into()]);
    arguments
}
