//! A loop around a socket: the least that HTTP allows.

use std::{
    collections::HashMap,
    io::{self, Read, Write},
    net::SocketAddr,
};

use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};

const LISTENER: Token = Token(usize::MAX);
const READ_BYTES: usize = 16 << 10;

/// One client, and what it has sent of a request that is not whole yet.
struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// Answers on one thread until it is ended.
pub fn serve(address: SocketAddr, answer: &[u8]) -> io::Result<()> {
    let length = answer.len();
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}");
    let response = [head.as_bytes(), b"\r\n\r\n", answer].concat();
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1024));
    let mut listener = TcpListener::bind(address)?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut connections = HashMap::new();
    let mut next = 0;
    loop {
        if let Err(error) = poll.poll(&mut events, None)
            && error.kind() != io::ErrorKind::Interrupted
        {
            return Err(error);
        }
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut stream, _)) = listener.accept() {
                    stream.set_nodelay(true)?;
                    poll.registry().register(&mut stream, Token(next), Interest::READABLE)?;
                    connections.insert(next, Connection { stream, received: Vec::new() });
                    next += 1;
                }
                continue;
            }
            let Token(number) = event.token();
            let Some(connection) = connections.get_mut(&number) else { continue };
            if connection.answer_all(&response).is_err() {
                connections.remove(&number);
            }
        }
    }
}

impl Connection {
    /// Answers what is there, until nothing is; fails when the client is gone, or does not read.
    fn answer_all(&mut self, response: &[u8]) -> io::Result<()> {
        let mut buffer = [0; READ_BYTES];
        loop {
            let count = match self.stream.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            self.received.extend_from_slice(&buffer[..count]);
            while let Some(length) = whole_request(&self.received) {
                self.received.drain(..length);
                self.write_all(response)?;
            }
            // A short read has emptied the socket.
            if count < buffer.len() {
                return Ok(());
            }
        }
    }

    /// Writes everything. A client of these measurements reads, so this waits only for an instant.
    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::hint::spin_loop(),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// How long the first request in `bytes` is, if it is whole.
fn whole_request(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let name = b"\ncontent-length:";
    let at = bytes[..head]
        .windows(name.len())
        .position(|window| window.eq_ignore_ascii_case(name))
        .map(|start| start + name.len());
    let digits = at.map_or(&[][..], |at| &bytes[at..head]);
    let digits = digits.iter().skip_while(|byte| **byte == b' ');
    let body = digits
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0, |length: usize, digit| length * 10 + usize::from(digit - b'0'));
    (head + body <= bytes.len()).then_some(head + body)
}
