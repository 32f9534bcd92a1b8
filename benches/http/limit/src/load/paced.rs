//! Requests at a fixed rate, on connections that are kept.

use std::{
    collections::VecDeque,
    io::{self, Read, Write},
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token, net::TcpStream};
use serde_json::{Value, json};

use crate::reply;

/// How long answers are waited for after the last request, in seconds.
const LAST_CALL_SECONDS: u64 = 60;
const READ_BYTES: usize = 64 << 10;

/// How much is asked.
pub struct Load {
    pub rate: f64,
    pub seconds: f64,
    pub connections: usize,
}

/// One connection: when its request was due, if it has one, and what has come of the answer.
struct Connection {
    stream: TcpStream,
    due: Option<Instant>,
    received: Vec<u8>,
}

/// Asks, and says how long answers took and how many were not the right one.
pub fn run(address: SocketAddr, request: &[u8], answer: &[u8], load: &Load) -> io::Result<Value> {
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1024));
    let mut connections =
        (0..load.connections).map(|_| open(address)).collect::<io::Result<Vec<Connection>>>()?;
    for (number, connection) in connections.iter_mut().enumerate() {
        poll.registry().register(&mut connection.stream, Token(number), Interest::READABLE)?;
    }
    let count = (load.rate * load.seconds) as usize;
    let mut idle: VecDeque<usize> = (0..connections.len()).collect();
    let (mut times, mut wrong, mut sent) = (Vec::with_capacity(count), 0_u64, 0);
    let start = Instant::now() + Duration::from_millis(1);
    let end = start + Duration::from_secs_f64(load.seconds);
    while times.len() < count {
        let now = Instant::now();
        if end + Duration::from_secs(LAST_CALL_SECONDS) < now {
            wrong += (count - times.len()) as u64;
            break;
        }
        // What is due is sent as soon as a connection is free, and is late from when it was due.
        while sent < count {
            let due = start + Duration::from_secs_f64(sent as f64 / load.rate);
            if now < due {
                break;
            }
            let Some(number) = idle.pop_front() else { break };
            let connection = &mut connections[number];
            connection.stream.write_all(request)?;
            connection.due = Some(due);
            sent += 1;
        }
        // It has a core of its own and never sleeps, so that it is not itself late.
        poll.poll(&mut events, Some(Duration::ZERO))?;
        for event in &events {
            let Token(number) = event.token();
            let connection = &mut connections[number];
            if let Some((time, is_right)) = connection.receive(answer)? {
                times.push(time);
                wrong += u64::from(!is_right);
                idle.push_back(number);
            }
        }
    }
    Ok(summary(times, wrong))
}

fn open(address: SocketAddr) -> io::Result<Connection> {
    let stream = std::net::TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_nonblocking(true)?;
    Ok(Connection { stream: TcpStream::from_std(stream), due: None, received: Vec::new() })
}

impl Connection {
    /// Takes in what has come: once the answer is whole, how long it took and whether it is right.
    fn receive(&mut self, answer: &[u8]) -> io::Result<Option<(Duration, bool)>> {
        let mut buffer = [0; READ_BYTES];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.received.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        let now = Instant::now();
        let (Some(reply), Some(due)) = (reply::parse(&self.received), self.due) else {
            return Ok(None);
        };
        self.received.drain(..reply.length);
        self.due = None;
        let is_right =
            reply.status == 200 && is_same(&reply.body, answer) && self.received.is_empty();
        Ok(Some((now.saturating_duration_since(due), is_right)))
    }
}

/// Whether both are made of the same bytes: some list the flags in another order each time.
fn is_same(body: &[u8], answer: &[u8]) -> bool {
    let counts = |bytes: &[u8]| {
        let mut counts = [0_usize; 256];
        bytes.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
        counts
    };
    body == answer || (body.len() == answer.len() && counts(body) == counts(answer))
}

fn summary(mut times: Vec<Duration>, wrong: u64) -> Value {
    times.sort_unstable();
    let at = |share: f64| {
        let index = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
        times.get(index).map(|time| time.as_secs_f64() * 1e3)
    };
    json!({
        "count": times.len(), "wrong": wrong,
        "p50": at(0.5), "p99": at(0.99), "p99.9": at(0.999), "max": at(1.0),
    })
}
