//! The limit: servers that speak HTTP as flagstaff does, and know the answer before they are asked.
//!
//! `limit KIND ADDRESS FILE` answers every request with the bytes of the file. `collect` is hyper
//! set up as flagstaff sets it up, and takes in the body; `parse` also reads the body as JSON;
//! `bare` is a loop around a socket that looks for the end of a request and at nothing else.
//! `limit tag FILE` answers nobody: it prints how many nanoseconds it takes to copy the bytes and
//! to digest them as flagstaff does for an entity tag.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program for people who measure"
)]

mod bare;
mod hyper_server;

use std::{env, fs, hint::black_box, io, net::SocketAddr, time::Instant};

use twox_hash::XxHash64;

/// How often bytes are copied and digested, of which the median counts.
const TIMES: usize = 1001;

fn main() -> io::Result<()> {
    let usage = || io::Error::other("usage: limit collect|parse|bare ADDRESS FILE, limit tag FILE");
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["tag", file] => println!("{}", copy_and_digest_ns(&fs::read(file)?)),
        [kind, address, file] => {
            let address: SocketAddr = address.parse().map_err(io::Error::other)?;
            let answer = fs::read(file)?;
            return match kind {
                "collect" => hyper_server::serve(address, answer, false),
                "parse" => hyper_server::serve(address, answer, true),
                "bare" => bare::serve(address, &answer),
                _ => Err(usage()),
            };
        }
        _ => return Err(usage()),
    }
    Ok(())
}

fn copy_and_digest_ns(bytes: &[u8]) -> u128 {
    let mut times: Vec<u128> = (0..TIMES)
        .map(|_| {
            let start = Instant::now();
            let copy = black_box(bytes).to_vec();
            black_box(XxHash64::oneshot(0, black_box(&copy)));
            start.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    times[TIMES / 2]
}
