//! A temporary directory of definitions and a running daemon, which read like sentences.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, Reply};

/// How long to wait for what must come to pass: much longer than it takes, but not so long that a
/// change could come to light only because everything is read again now and then.
pub const PATIENCE: Duration = Duration::from_secs(25);

/// How long a daemon may take to begin, to end, or to load very much on a busy machine.
pub const BEGIN_AND_END: Duration = Duration::from_secs(100);

/// How long to wait before looking again.
const GLANCE: Duration = Duration::from_millis(5);

/// A directory that is gone when the test is over.
pub struct Flags {
    directory: TempDir,
}

impl Flags {
    /// An empty one.
    pub fn new() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    /// One with files.
    pub fn with<const N: usize>(files: [(&str, &str); N]) -> Self {
        let flags = Self::new();
        for (name, text) in files {
            flags.write(name, text);
        }
        flags
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        self.directory.path()
    }

    /// The path of something in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Writes a file in place, with the directories that it needs.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    /// Writes beside, then renames: as most editors save.
    pub fn replace(&self, name: &str, text: impl AsRef<[u8]>) {
        let beside = format!("{name}.tmp");
        self.write(&beside, text);
        fs::rename(self.path(&beside), self.path(name)).unwrap();
    }

    /// Renames something.
    pub fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// Makes a symbolic link.
    pub fn link(&self, name: &str, target: impl AsRef<Path>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        symlink(target, self.path(name)).unwrap();
    }

    /// Puts a symbolic link in the place of another, in one step.
    pub fn relink(&self, name: &str, target: impl AsRef<Path>) {
        let beside = format!("{name}_tmp");
        self.link(&beside, target);
        self.rename(&beside, name);
    }

    /// Removes a file, a link, or a directory with everything in it.
    pub fn remove(&self, name: &str) {
        let path = self.path(name);
        if fs::symlink_metadata(&path).unwrap().is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
}

impl Flags {
    /// Runs git in it, as somebody in particular, and returns what it prints.
    pub fn git(&self, arguments: &[&str]) -> String {
        git(self.root(), arguments)
    }

    /// Makes it a repository, and commits what is in it.
    pub fn commit_all(&self, message: &str) -> String {
        if !self.path(".git").exists() {
            self.git(&["init", "--quiet", "--initial-branch=main"]);
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }
}

/// Runs git in a directory, with no settings but these.
pub fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Tester", "-c", "user.email=tester@example.com"])
        .args(["-c", "gc.auto=0", "-c", "core.fsync=none", "-c", "advice.detachedHead=false"])
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {problem}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A file that defines one string flag, and what it serves.
pub fn flag(key: &str, value: &str) -> String {
    format!("flags:\n  {key}:\n    enabled: true\n    variants: [{value}]\n    default: {value}\n")
}

/// A daemon: the real binary, on a port of its own.
pub struct Daemon {
    child: Child,
    address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Daemon {
    /// Serves a root, and waits until it listens.
    pub fn serving(root: impl AsRef<Path>) -> Self {
        Self::with(root, &[])
    }

    /// The same, with options.
    pub fn with(root: impl AsRef<Path>, options: &[&str]) -> Self {
        let mut command = flagstaff();
        command.arg("serve").arg(root.as_ref()).args(["--listen", "127.0.0.1:0"]).args(options);
        Self::start(command)
    }

    /// Starts a command that serves, and waits until it listens.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let (stderr, kept) = (child.stderr.take().unwrap(), log.clone());
        let reader = Some(thread::spawn(move || keep(stderr, &kept)));
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut daemon = Self { child, address: nowhere, log, reader };
        let begins = || daemon.find("\"addresses\":").is_some();
        daemon.wait_for("it to listen", BEGIN_AND_END, begins);
        let line = daemon.find("\"addresses\":").unwrap();
        let line: Value = serde_json::from_str(&line).unwrap();
        let addresses = line["addresses"].as_str().unwrap();
        daemon.address = addresses.split(", ").next().unwrap().parse().unwrap();
        daemon
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A new connection to it.
    pub fn client(&self) -> Client {
        Client::connect(self.address).unwrap()
    }

    /// Asks on a connection of its own.
    pub fn ask(&self, line: &str, body: &str) -> Reply {
        self.client().ask(line, body).unwrap()
    }

    /// What it serves for a flag; `Null` where there is no such flag.
    pub fn value(&self, key: &str) -> Value {
        let body = json!({ "context": { "targetingKey": "u-1" } }).to_string();
        self.ask(&format!("POST /ofrep/v1/evaluate/flags/{key}"), &body).json()["value"].clone()
    }

    /// Its status.
    pub fn status(&self) -> Value {
        self.ask("GET /status", "").json()
    }

    /// Waits until it serves that value for a flag.
    #[track_caller]
    pub fn expect(&self, key: &str, value: impl Into<Value>) {
        let value = value.into();
        self.wait(&format!("`{key}` to be {value}"), || self.value(key) == value);
    }

    /// Waits until something holds.
    #[track_caller]
    pub fn wait(&self, what: &str, holds: impl Fn() -> bool) {
        self.wait_for(what, PATIENCE, holds);
    }

    /// Waits, but no longer than that.
    #[track_caller]
    pub fn wait_for(&self, what: &str, patience: Duration, holds: impl Fn() -> bool) {
        let start = Instant::now();
        while !holds() {
            let log = self.log();
            assert!(start.elapsed() < patience, "waited for {what} in vain; the log:\n{log}");
            thread::sleep(GLANCE);
        }
    }

    /// Everything that it has logged.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// Waits for a line in the log with that text, and returns the first.
    #[track_caller]
    pub fn log_line(&self, text: &str) -> String {
        self.wait(&format!("`{text}` in the log"), || self.find(text).is_some());
        self.find(text).unwrap()
    }

    fn find(&self, text: &str) -> Option<String> {
        self.log.lock().unwrap().iter().find(|line| line.contains(text)).cloned()
    }

    /// How many lines of the log have that text.
    pub fn log_count(&self, text: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|line| line.contains(text)).count()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end, and returns how it ended and everything that it has logged.
    #[track_caller]
    pub fn ended(mut self) -> (ExitStatus, String) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < BEGIN_AND_END, "it does not end; the log:\n{}", self.log());
            thread::sleep(GLANCE);
        };
        self.reader.take().unwrap().join().unwrap();
        (status, self.log())
    }

    /// Tells it to stop, sees that it ends well, and returns everything that it has logged.
    #[track_caller]
    pub fn stop(self) -> String {
        self.signal(Signal::TERM);
        let (status, log) = self.ended();
        assert_eq!(status.code(), Some(0), "the log:\n{log}");
        assert!(!log.contains("panic"), "the log:\n{log}");
        log
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // A test that fails leaves nothing behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program, without anything from the environment that it would take for an option.
pub fn flagstaff() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagstaff"));
    let names = std::env::vars_os().map(|(name, _)| name);
    for name in names.filter(|name| name.to_string_lossy().starts_with("FLAGSTAFF_")) {
        command.env_remove(name);
    }
    command
}

fn keep(stderr: ChildStderr, log: &Mutex<Vec<String>>) {
    for line in BufReader::new(stderr).lines() {
        log.lock().unwrap().push(line.unwrap());
    }
}
