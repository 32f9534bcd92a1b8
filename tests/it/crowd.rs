//! The real binary when more come than it has room for.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::Command,
};

use crate::harness::{Daemon, Flags, flag, flagstaff};

/// The daemon with so many open files at most.
fn limited(descriptors: usize, root: &Path) -> Command {
    let program = flagstaff();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -n {descriptors}; exec \"$@\""), "sh"]);
    command.arg(program.get_program()).arg("serve").arg(root).args(["--listen", "127.0.0.1:0"]);
    command
}

#[test]
fn too_few_open_files_are_a_message() {
    let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
    let output = limited(8, flags.root()).output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{log}");
    assert!(log.contains("this process may have 8 files open at once, and needs"), "{log}");
}

#[test]
fn idle_connections_beyond_the_open_files_keep_nobody_out() {
    let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
    let daemon = Daemon::start(limited(160, flags.root()));
    daemon.expect("a", "one");
    let idle: Vec<TcpStream> = (0..300)
        .map(|_| {
            let mut stream = TcpStream::connect(daemon.address()).unwrap();
            let request = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
            stream.write_all(request).unwrap();
            let mut status = [0; 12];
            stream.read_exact(&mut status).unwrap();
            assert_eq!(&status, b"HTTP/1.1 200");
            stream
        })
        .collect();
    flags.replace("a.yaml", flag("a", "two"));
    daemon.expect("a", "two");
    drop(idle);
    assert!(daemon.log_count("closed a connection for a new one") <= 2, "once a minute");
    daemon.log_line("closed a connection for a new one");
    daemon.stop();
}
