//! Requests without a pause, while something else happens.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use crate::{client::Reply, harness::Daemon};

/// A body that asks for one user.
pub const BODY: &str = r#"{"context":{"targetingKey":"u-1"}}"#;

/// Does something while two connections ask for all flags without a pause. Every answer has to be
/// one, and has to be `good`.
pub fn under_load(daemon: &Daemon, good: fn(&Reply) -> bool, work: impl FnOnce()) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let ask = || {
            let mut client = daemon.client();
            let mut answers = 0;
            while !is_over.load(Ordering::Relaxed) {
                let reply = client.ask("POST /ofrep/v1/evaluate/flags", BODY).unwrap();
                assert!(reply.status == 200 && good(&reply), "{reply:?}");
                answers += 1;
                // Half of a core is left for those who change things.
                thread::sleep(Duration::from_micros(200));
            }
            answers
        };
        let askers = [scope.spawn(ask), scope.spawn(ask)];
        let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        is_over.store(true, Ordering::Relaxed);
        for asker in askers {
            assert!(0 < asker.join().unwrap());
        }
        worked.unwrap();
    });
}

/// Whether all flags have the same value.
pub fn is_of_one_piece(reply: &Reply) -> bool {
    let body = reply.json();
    let flags = body["flags"].as_array().unwrap();
    !flags.is_empty() && flags.iter().all(|flag| flag["value"] == flags[0]["value"])
}
