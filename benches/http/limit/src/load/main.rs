//! What wrk does not do: a load of so many requests a second, and the time until a first answer.
//!
//! `load paced ADDRESS REQUEST ANSWER RATE SECONDS CONNECTIONS` asks so many times a second,
//! whether or not earlier answers have come; an answer's time counts from when its request is due.
//! `load start ADDRESS REQUEST ANSWER TIMES CORE COMMAND…` starts a server on a core, asks until it
//! answers, and ends it, so many times.
//!
//! REQUEST is a file with a request as it is sent, ANSWER one with the body that has to come back.
//! The result is a line of JSON, times in milliseconds.
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a program that measures")]

mod paced;
mod reply;
mod start;

use std::{env, fs, io, net::SocketAddr, str::FromStr};

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let kind = next(&mut arguments)?;
    let address: SocketAddr = number(&mut arguments)?;
    let request = fs::read(next(&mut arguments)?)?;
    let answer = fs::read(next(&mut arguments)?)?;
    let result = if kind == "paced" {
        let rate = number(&mut arguments)?;
        let seconds = number(&mut arguments)?;
        let connections = number(&mut arguments)?;
        paced::run(address, &request, &answer, &paced::Load { rate, seconds, connections })?
    } else {
        let times = number(&mut arguments)?;
        let core = number(&mut arguments)?;
        let command: Vec<String> = arguments.collect();
        start::run(address, &request, &answer, times, core, &command)?
    };
    println!("{result}");
    Ok(())
}

fn next(arguments: &mut impl Iterator<Item = String>) -> io::Result<String> {
    arguments.next().ok_or_else(|| io::Error::other("too few arguments"))
}

fn number<T: FromStr<Err: ToString>>(
    arguments: &mut impl Iterator<Item = String>,
) -> io::Result<T> {
    next(arguments)?.parse().map_err(|error: T::Err| io::Error::other(error.to_string()))
}
