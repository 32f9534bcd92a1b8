//! Room for connections.

use std::{net::IpAddr, sync::Arc, thread, time::Duration};

use flagstaff::server::{
    guests::{Guests, Waiting, origin},
    progress::{Ask, Phase, Progress},
    slots::{Slot, Slots},
};
use tokio::{runtime::Builder, task::yield_now};

/// How large a connection is here, in bytes.
const CONNECTION_SIZE_BYTES: usize = 4096;

#[test]
fn closed_connections_keep_no_memory() {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let slots = Slots::new(4096, vec![Arc::new(Guests::default())]);
    let connections = async {
        for _ in 0..1000 {
            let progress = Progress::default();
            let (slot, _) = slots.take(0, None, &progress).unwrap();
            let task = tokio::spawn(async move {
                let buffer = [0_u8; CONNECTION_SIZE_BYTES];
                yield_now().await;
                drop((buffer, slot));
            });
            task.await.unwrap();
        }
    };
    let served = || runtime.block_on(connections);
    let kept = allocation_counter::measure(served).bytes_current;
    assert!(usize::try_from(kept).unwrap_or(0) < 64 * CONNECTION_SIZE_BYTES, "{kept} bytes");
}

/// Connections by where they come from, and how far each of them is.
struct House {
    slots: Arc<Slots>,
    guests: Arc<Guests>,
    open: Vec<(&'static str, Progress, Slot)>,
}

impl House {
    fn new(size: usize) -> Self {
        let guests = Arc::new(Guests::default());
        Self { slots: Slots::new(size, vec![guests.clone()]), guests, open: Vec::new() }
    }

    /// Whether there was room.
    fn enter(&mut self, address: &'static str, phase: Phase) -> bool {
        let progress = Progress::default();
        let from = address.parse::<IpAddr>().ok().map(origin);
        let Some((slot, _)) = self.slots.take(0, from, &progress) else { return false };
        if phase != Phase::Fresh {
            progress.enter(phase);
        }
        self.open.push((address, progress, slot));
        true
    }

    /// A whole round, for all that have not moved since.
    fn pass_time(&self) {
        let second = Duration::from_secs(1);
        for _ in 0..2 {
            self.guests.go_round(second, second * 100);
        }
    }

    /// The connections that had to leave: their places in order of arrival.
    fn left(&self) -> Vec<usize> {
        let open = self.open.iter().enumerate();
        open.filter(|(_, (_, progress, _))| progress.is_asked(Ask::Leave))
            .map(|(index, _)| index)
            .collect()
    }
}

#[test]
fn who_has_most_idle_connections_loses_one_first() {
    let mut house = House::new(6);
    for address in ["10.0.0.1", "10.0.0.2", "10.0.0.2", "10.0.0.2", "10.0.0.3", "10.0.0.3"] {
        assert!(house.enter(address, Phase::Idle));
    }
    house.pass_time();
    // A connection that was used a moment ago is the last of its address to go.
    house.open[1].1.enter(Phase::Idle);
    for expected in [vec![2], vec![2, 4], vec![2, 3, 4]] {
        assert!(house.enter("10.0.0.4", Phase::Busy));
        assert_eq!(house.left(), expected);
    }
}

#[test]
fn who_has_asked_much_stays_before_a_crowd_that_has_just_come() {
    let mut house = House::new(3);
    assert!((0..3).all(|_| house.enter("10.0.0.1", Phase::Idle)));
    for phase in [Phase::Busy, Phase::Idle] {
        house.open[0].1.enter(phase);
    }
    assert!(house.enter("10.0.0.1", Phase::Idle) && house.enter("10.0.0.1", Phase::Idle));
    assert_eq!(house.left(), [1, 2]);
}

/// For whom the first idle connection would make room.
fn makes_room(open: &[(&'static str, Phase, usize)], newcomer: &str) -> bool {
    let (guests, mut waiting) = (Guests::default(), Waiting::default());
    for (address, phase, count) in open {
        for _ in 0..*count {
            let progress = Progress::default();
            progress.enter(*phase);
            guests.remember(progress, address.parse().ok(), 0);
        }
    }
    let mut idle = Vec::new();
    // None of them is late.
    guests.each(|guest| {
        idle.extend(guest.candidate(guest.opened));
        waiting.note(guest);
    });
    idle[0].makes_room_for(newcomer.parse().ok(), &waiting, 4)
}

/// Who has just come is no candidate yet, so that others would have to go for all that follow.
#[test]
fn a_crowd_from_one_address_does_not_drive_out_idle_ones_of_another() {
    let (idle, fresh, busy) = (Phase::Idle, Phase::Fresh, Phase::Busy);
    let (modest, crowd) = ("10.0.0.1", "10.0.0.2");
    for (open, newcomer, expected) in [
        (&[(modest, idle, 3), (crowd, fresh, 29)][..], crowd, false),
        (&[(modest, idle, 3), (crowd, fresh, 29)], "10.0.0.3", true),
        (&[(modest, idle, 3), (crowd, fresh, 4)], crowd, true),
        (&[(modest, idle, 6), (crowd, fresh, 6)], crowd, true),
        (&[(modest, idle, 6), (crowd, fresh, 7)], crowd, false),
        (&[(modest, idle, 6), (crowd, Phase::FirstHead, 7)], crowd, false),
        // Who answers much and waits little may take what is idle.
        (&[(modest, idle, 3), (crowd, busy, 29)], crowd, true),
        // A proxy's address has nobody else to think of.
        (&[(crowd, idle, 3), (crowd, fresh, 29)], crowd, true),
    ] {
        assert_eq!(makes_room(open, newcomer), expected, "{open:?} {newcomer}");
    }
}

#[test]
fn a_network_of_ipv6_is_one_address() {
    let mut house = House::new(3);
    for address in ["2001:db8::1", "10.0.0.1", "2001:db8::2"] {
        assert!(house.enter(address, Phase::Idle));
    }
    assert!(house.enter("::ffff:10.0.0.1", Phase::Busy));
    assert_eq!(house.left(), [0]);
    assert_eq!(origin("::ffff:10.0.0.1".parse().unwrap()), "10.0.0.1".parse::<IpAddr>().unwrap());
}

#[test]
fn who_asks_nothing_goes_before_who_is_idle_and_who_is_answered_stays() {
    let mut house = House::new(5);
    let phases = [Phase::Busy, Phase::Idle, Phase::FirstHead, Phase::Body, Phase::Fresh];
    assert!(phases.into_iter().all(|phase| house.enter("10.0.0.1", phase)));
    // Its head is usually here by then.
    thread::sleep(Duration::from_millis(30));
    house.pass_time();
    for expected in [vec![4], vec![2, 4], vec![1, 2, 4], vec![1, 2, 3, 4]] {
        assert!(house.enter("10.0.0.1", Phase::Busy));
        assert_eq!(house.left(), expected);
    }
    assert!(!house.enter("10.0.0.1", Phase::Busy), "all are being answered");
    // Who has left counts once, however it ends.
    drop(house.open.drain(..5));
    assert!(house.enter("10.0.0.1", Phase::Busy), "one of those that were answered has gone");
    assert!(!house.enter("10.0.0.1", Phase::Busy));
}

#[test]
fn idle_connections_give_back_their_buffers_and_leave_in_the_end() {
    let mut house = House::new(5);
    assert!(house.enter("10.0.0.1", Phase::Idle) && house.enter("10.0.0.1", Phase::Busy));
    house.open[0].1.set_held_bytes(8192);
    let (second, idle) = (Duration::from_secs(1), Duration::from_secs(3));
    let asked = |house: &House, ask| house.open[0].1.is_asked(ask);
    house.guests.go_round(second, idle);
    assert!(!asked(&house, Ask::Rest), "it may have become idle a moment ago");
    house.guests.go_round(second, idle);
    assert!(asked(&house, Ask::Rest) && !asked(&house, Ask::Leave));
    for _ in 0..3 {
        house.guests.go_round(second, idle);
    }
    assert!(asked(&house, Ask::Leave) && !house.open[1].1.is_asked(Ask::Rest));
}
