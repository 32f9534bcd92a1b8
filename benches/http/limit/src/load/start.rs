//! From the start of a server to its first answer.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::thread::{CpuSet, sched_setaffinity};
use serde_json::{Value, json};

use crate::reply;

/// How long a server may take, in seconds.
const START_SECONDS_MAX: u64 = 60;
/// How long to wait before asking again, in microseconds.
const PAUSE_US: u64 = 100;

/// Starts and ends the server so many times; the times from each start to the right answer.
pub fn run(
    address: SocketAddr,
    request: &[u8],
    answer: &[u8],
    times: usize,
    core: usize,
    command: &[String],
) -> io::Result<Value> {
    let mut taken = Vec::new();
    for _ in 0..times {
        let start = Instant::now();
        let mut child = thread::scope(|scope| {
            let spawned = scope.spawn(|| spawn(core, command));
            spawned.join().map_err(|_| io::Error::other("cannot start a thread"))?
        })?;
        let answered = until_answered(address, request, answer, start);
        child.kill()?;
        child.wait()?;
        taken.push(answered?.as_secs_f64() * 1e3);
    }
    Ok(json!(taken))
}

/// A child has the cores of the thread that started it.
fn spawn(core: usize, command: &[String]) -> io::Result<Child> {
    let (program, arguments) =
        command.split_first().ok_or_else(|| io::Error::other("no command"))?;
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores)?;
    Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

fn until_answered(
    address: SocketAddr,
    request: &[u8],
    answer: &[u8],
    start: Instant,
) -> io::Result<Duration> {
    let mut stream = None;
    while start.elapsed() < Duration::from_secs(START_SECONDS_MAX) {
        if ask(&mut stream, address, request).is_ok_and(|body| body == answer) {
            return Ok(start.elapsed());
        }
        thread::sleep(Duration::from_micros(PAUSE_US));
    }
    Err(io::Error::other("there is no answer"))
}

/// Asks on the connection that is there, or on a new one: the body of a success.
fn ask(kept: &mut Option<TcpStream>, address: SocketAddr, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = match kept.take() {
        Some(stream) => stream,
        None => TcpStream::connect(address)?,
    };
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(request)?;
    let (mut received, mut buffer) = (Vec::new(), [0; 4096]);
    let reply = loop {
        match stream.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => received.extend_from_slice(&buffer[..count]),
        }
        if let Some(reply) = reply::parse(&received) {
            break reply;
        }
    };
    *kept = Some(stream);
    if reply.status == 200 { Ok(reply.body) } else { Err(io::Error::other("not a success")) }
}
