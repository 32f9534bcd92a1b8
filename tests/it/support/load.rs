//! Requests without a pause, while something else happens.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{client::Reply, harness::Daemon};

/// A body that asks for one user.
pub const BODY: &str = r#"{"context":{"targetingKey":"u-1"}}"#;

/// How many connections a pool has.
const POOL: u32 = 4;

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
                // Leaves something of a core to those who change things.
                thread::sleep(Duration::from_millis(1));
            }
            answers
        };
        let askers = [scope.spawn(ask), scope.spawn(ask)];
        let worked = catch_unwind(AssertUnwindSafe(work));
        is_over.store(true, Ordering::Relaxed);
        for asker in askers {
            assert!(0 < asker.join().unwrap());
        }
        worked.unwrap();
    });
}

/// Does something while a pool of connections asks for one flag, so many times a second in all.
/// Every answer has to be one, and all answers of one version the same. Returns how long each took,
/// counted from when it was due.
pub fn paced(daemon: &Daemon, key: &str, rate: u32, work: impl FnOnce()) -> Vec<Duration> {
    let is_over = AtomicBool::new(false);
    let (versions, times) = (Mutex::new(BTreeMap::new()), Mutex::new(Vec::new()));
    let line = format!("POST /ofrep/v1/evaluate/flags/{key}");
    let pause = Duration::from_secs(1) * POOL / rate;
    thread::scope(|scope| {
        let ask = || {
            let mut client = daemon.client();
            let (mut own, mut due) = (Vec::new(), Instant::now());
            let mut known: BTreeMap<String, Value> = BTreeMap::new();
            while !is_over.load(Ordering::Relaxed) {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                let reply = client.ask(&line, BODY).unwrap();
                own.push(due.elapsed());
                due += pause;
                assert_eq!(reply.status, 200, "{reply:?}");
                let version = reply.header("flags-version").unwrap().to_owned();
                let value = reply.json()["value"].clone();
                assert_eq!(*known.entry(version).or_insert(value.clone()), value);
            }
            times.lock().unwrap().extend(own);
            for (version, value) in known {
                let mut versions = versions.lock().unwrap();
                assert_eq!(*versions.entry(version).or_insert(value.clone()), value);
            }
        };
        let pool: Vec<_> = (0..POOL).map(|_| scope.spawn(ask)).collect();
        let worked = catch_unwind(AssertUnwindSafe(work));
        is_over.store(true, Ordering::Relaxed);
        pool.into_iter().for_each(|asker| asker.join().unwrap());
        worked.unwrap();
    });
    times.into_inner().unwrap()
}

/// Whether all flags have the same value. Looks at the text, since there are many of them.
pub fn is_of_one_piece(reply: &Reply) -> bool {
    let mut values = reply.body.split(r#""value":"#).skip(1);
    let mut next = || values.next().map(|text| text.split([',', '}']).next());
    let first = next();
    first.is_some() && std::iter::from_fn(next).all(|value| Some(value) == first)
}
