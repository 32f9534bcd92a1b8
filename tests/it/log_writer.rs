//! The log: nobody waits for who reads it, and what is dropped is told.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    process::Stdio,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};

use flagstaff::cli::log_writer::{BYTES_MAX, LINES_MAX, LogFormat, Queue};
use rustix::process::{Pid, Signal, kill_process};

use crate::{
    client::Client,
    harness::{Flags, flag, flagstaff},
};

/// Writes a line for each word that it may.
struct Gate(Receiver<()>, Arc<Mutex<String>>);

impl Write for Gate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !bytes.is_empty() {
            let _ = self.0.recv();
            self.1.lock().unwrap().push_str(std::str::from_utf8(bytes).unwrap());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn gate() -> (Gate, Sender<()>, Arc<Mutex<String>>) {
    let (open, opened) = channel();
    let written: Arc<Mutex<String>> = Arc::default();
    (Gate(opened, written.clone()), open, written)
}

#[test]
fn lines_beyond_the_bounds_are_dropped_and_counted() {
    for (line, fit) in
        [("x\n".to_owned(), LINES_MAX), ("x".repeat(99_999) + "\n", BYTES_MAX / 100_000)]
    {
        for format in [LogFormat::Json, LogFormat::Text] {
            let (gate, open, written) = gate();
            let (mut queue, guard) = Queue::new(gate, format);
            for _ in 0..fit + 3 {
                queue.write_all(line.as_bytes()).unwrap();
            }
            drop(open);
            drop(guard);
            let written = written.lock().unwrap();
            let (lines, notices): (Vec<_>, Vec<_>) =
                written.lines().partition(|line| line.starts_with('x'));
            assert_eq!((lines.len(), notices.len()), (fit, 1));
            let notice = notices[0];
            assert!(notice.contains("3 lines were dropped here: the log was not read"), "{notice}");
            match format {
                LogFormat::Text => assert!(notice.contains("  WARN 3 lines"), "{notice}"),
                LogFormat::Json => {
                    let notice: serde_json::Value = serde_json::from_str(notice).unwrap();
                    assert_eq!((&notice["dropped"], &notice["level"]), (&3.into(), &"WARN".into()));
                }
            }
        }
    }
}

#[test]
fn nobody_waits_for_who_does_not_read_at_the_end() {
    let (gate, open, _) = gate();
    let (mut queue, guard) = Queue::new(gate, LogFormat::Text);
    for _ in 0..2 * LINES_MAX {
        queue.write_all(b"x\n").unwrap();
    }
    let start = Instant::now();
    drop(guard);
    assert!(start.elapsed() < Duration::from_secs(60));
    drop(open);
}

/// A pipe holds 64 KiB, and each of these lines is read by nobody.
#[test]
fn a_log_that_nobody_reads_stops_nothing() {
    let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
    let mut command = flagstaff();
    command.arg("serve").arg(flags.root()).args(["--listen", "127.0.0.1:0"]);
    command.args(["--log-level", "trace"]);
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let address = loop {
        let mut line = String::new();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "it has ended");
        if line.contains("\"addresses\":") {
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            break line["addresses"].as_str().unwrap().parse().unwrap();
        }
    };
    for number in 0..3000 {
        let mut client = Client::connect(address).unwrap();
        assert_eq!(client.ask("GET /livez", "").unwrap().status, 200, "{number}");
        // Each one that breaks off is a line of the log.
        client.send("GET").unwrap();
    }
    flags.write("a.yaml", flag("a", "two"));
    let start = Instant::now();
    let body = r#"{"context":{"targetingKey":"u"}}"#;
    loop {
        let mut client = Client::connect(address).unwrap();
        let answer = client.ask("POST /ofrep/v1/evaluate/flags/a", body).unwrap();
        if answer.json()["value"] == "two" {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "it does not load any more");
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    // It ends, and nobody has read a line meanwhile.
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "it does not end");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(0));
    let mut rest = Vec::new();
    log.read_to_end(&mut rest).unwrap();
    assert!(32 << 10 < rest.len(), "the pipe was not full: {}", rest.len());
}
