//! `flagstaff health`: ask a running daemon whether it is ready.
#![expect(clippy::disallowed_methods, reason = "waiting for an answer has an end")]

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    os::unix::net::UnixStream,
    path::Path,
    time::{Duration, Instant},
};

use serde::Deserialize;

use crate::{
    cli::outcome::{CommandOutcome, Exit},
    report::text::quotable,
    server::address::Address,
};

/// How long an answer is waited for, all in all.
pub const ANSWER_SECONDS_MAX: u64 = 5;
/// How much of an answer is read, in bytes.
const ANSWER_SIZE_BYTES_MAX: u64 = 1 << 20;

/// The options of `health`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Where the daemon listens: `IP:PORT`, `localhost:PORT` or `unix:PATH`
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "FLAGSTAFF_ADDRESS", hide_env_values = true,
        default_value_t = Address::DEFAULT
    )]
    address: Address,
}

const EXAMPLES: &str = "\
Examples:
  flagstaff health
  flagstaff health --address unix:/run/flagstaff.sock

For containers without a shell: `HEALTHCHECK CMD [\"/flagstaff\", \"health\"]`. Exit codes: 0 if the
daemon serves a snapshot and is not about to stop, otherwise 1.";

/// What `/readyz` says when the daemon is not ready.
#[derive(Deserialize)]
struct NotReady {
    #[serde(rename = "errorDetails")]
    error_details: String,
}

/// Asks `/readyz`.
#[must_use]
pub fn run(arguments: &Arguments) -> CommandOutcome {
    let address = &arguments.address;
    match ask(address) {
        Ok(answer) => judge(&answer),
        Err(error) => {
            let reason = match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                    format!("no answer within {ANSWER_SECONDS_MAX} s")
                }
                _ => error.to_string(),
            };
            let outcome = CommandOutcome::new(Exit::Problem, String::new());
            outcome.error(format_args!("no daemon answers at {address}: {reason}"))
        }
    }
}

/// The whole response, head and body.
fn ask(address: &Address) -> io::Result<String> {
    let deadline = Instant::now() + Duration::from_secs(ANSWER_SECONDS_MAX);
    match address {
        Address::Tcp(address) => ask_tcp(*address, deadline),
        Address::Localhost(port) => {
            let [v4, v6] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]
                .map(|address| SocketAddr::new(address, *port));
            ask_tcp(v4, deadline).or_else(|error| ask_tcp(v6, deadline).map_err(|_| error))
        }
        Address::Unix(path) => ask_unix(path, deadline),
    }
}

fn ask_tcp(address: SocketAddr, deadline: Instant) -> io::Result<String> {
    let stream = TcpStream::connect_timeout(&address, left(deadline)?)?;
    exchange(&stream, deadline, |time| {
        stream.set_read_timeout(Some(time)).and_then(|()| stream.set_write_timeout(Some(time)))
    })
}

fn ask_unix(path: &Path, deadline: Instant) -> io::Result<String> {
    let stream = UnixStream::connect(path)?;
    exchange(&stream, deadline, |time| {
        stream.set_read_timeout(Some(time)).and_then(|()| stream.set_write_timeout(Some(time)))
    })
}

/// Sends the request and reads the response until the daemon closes the connection.
fn exchange<S>(
    mut stream: S,
    deadline: Instant,
    limit: impl Fn(Duration) -> io::Result<()>,
) -> io::Result<String>
where
    S: Read + Write,
{
    limit(left(deadline)?)?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    while (answer.len() as u64) < ANSWER_SIZE_BYTES_MAX {
        limit(left(deadline)?)?;
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(piece.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.checked_duration_since(Instant::now());
    left.filter(|left| !left.is_zero()).ok_or_else(|| io::ErrorKind::TimedOut.into())
}

fn judge(answer: &str) -> CommandOutcome {
    let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    let not_ready = |reason: &str| {
        let outcome = CommandOutcome::new(Exit::Problem, String::new());
        outcome.error(format_args!("the daemon is not ready: {}", quotable(reason)))
    };
    match status {
        Some("200") => CommandOutcome::new(Exit::Fine, "ready\n".to_owned()),
        Some(status) => {
            let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
            match serde_json::from_str::<NotReady>(body) {
                Ok(not) => not_ready(&not.error_details),
                Err(_) => not_ready(&format!("it answered with status {status}")),
            }
        }
        None => not_ready("what answers does not speak HTTP/1.1"),
    }
}
