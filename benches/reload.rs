//! From a rename to the first answer with the new value, and what reloads cost those who ask.
//!
//! `cargo bench --bench reload`: takes about two minutes. Prints milliseconds.
#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "a measurement: what it borrows from the tests it does not use up"
)]

#[path = "../tests/it/support/client.rs"]
mod client;
#[path = "../tests/it/support/harness.rs"]
mod harness;
#[path = "../tests/it/support/load.rs"]
mod load;

use std::{
    thread,
    time::{Duration, Instant},
};

use harness::{Daemon, Flags};
use load::{BODY, paced};

const FLAGS: usize = 1_000;
const FILES: usize = 100;
const CHANGES: usize = 200;
const REQUESTS_PER_SECOND: u32 = 2_000;
const RUNS: usize = 5;

fn main() {
    let flags = Flags::new();
    (0..FILES).for_each(|file| write(&flags, file, 0));
    let daemon = Daemon::serving(flags.root());
    let mut number = 0;

    let mut times: Vec<_> = (0..CHANGES).map(|_| change(&flags, &daemon, &mut number)).collect();
    println!("rename to first answer, {CHANGES} changes of {FLAGS} flags: {}", summary(&mut times));

    let mut ratios = Vec::new();
    for run in 1..=RUNS {
        let calm = || thread::sleep(Duration::from_secs(10));
        let mut without = paced(&daemon, "f1", REQUESTS_PER_SECOND, calm);
        let reload = || {
            for _ in 0..CHANGES {
                change(&flags, &daemon, &mut number);
            }
        };
        let mut with = paced(&daemon, "f1", REQUESTS_PER_SECOND, reload);
        println!("run {run}: an answer takes {} without reloads", summary(&mut without));
        println!("run {run}: an answer takes {} with {CHANGES} of them", summary(&mut with));
        ratios.push(at(&with, 99).as_secs_f64() / at(&without, 99).as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    println!("p99 with to p99 without, median of {RUNS} runs: {:.2}", ratios[RUNS / 2]);
    daemon.stop();
}

fn write(flags: &Flags, file: usize, number: usize) {
    let lines = (0..FLAGS / FILES).map(|flag| {
        let key = flag * FILES + file;
        format!("  f{key}: {{ enabled: true, variants: [v{number}], default: v{number} }}\n")
    });
    flags.replace(&format!("{file}.yaml"), format!("flags:\n{}", lines.collect::<String>()));
}

/// Renames a file into place, and measures how long it takes until that is what is answered.
fn change(flags: &Flags, daemon: &Daemon, number: &mut usize) -> Duration {
    *number += 1;
    let mut client = daemon.client();
    let line = "POST /ofrep/v1/evaluate/flags/f0";
    let wanted = format!(r#""v{number}""#);
    write(flags, 0, *number);
    let start = Instant::now();
    while !client.ask(line, BODY).unwrap().body.contains(&wanted) {
        thread::sleep(Duration::from_micros(200));
    }
    start.elapsed()
}

/// Of sorted times, the one below which so many percent are.
fn at(times: &[Duration], percent: usize) -> Duration {
    times[(times.len() - 1) * percent / 100]
}

fn summary(times: &mut [Duration]) -> String {
    times.sort();
    let shown = [("p50", 50), ("p95", 95), ("p99", 99), ("max", 100)].map(|(name, percent)| {
        format!("{name} {:.2} ms", at(times, percent).as_secs_f64() * 1_000.0)
    });
    shown.join(", ")
}
