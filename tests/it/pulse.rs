//! Whether the loader shows signs of life.

use std::time::{Duration, Instant};

use flagstaff::snapshot::pulse::{Activity, Loading, Pulse, STUCK_AFTER};

#[test]
fn a_loader_that_says_nothing_for_long_is_stuck() {
    let pulse = Pulse::default();
    let start = Instant::now();
    let second = Duration::from_secs(1);
    let state = |seconds: u32| {
        let Loading { activity, looked_ago, .. } = pulse.loading_at(start + seconds * second);
        format!("{} {:?}", activity.name(), looked_ago.map(|ago| ago.as_secs()))
    };
    assert_eq!(state(1000), "waiting None", "it has not begun");
    pulse.begin_at(start);
    assert_eq!(state(59), "looking None");
    assert_eq!(state(61), "stuck None");
    pulse.end_at(start + 62 * second);
    assert_eq!(state(62), "waiting Some(0)");
    assert_eq!(state(122), "waiting Some(60)");
    assert_eq!(state(123), "stuck Some(61)", "its thread is gone, perhaps");
    pulse.begin_at(start + 130 * second);
    assert_eq!(state(131), "looking Some(69)");
    pulse.begin();
    assert_eq!(pulse.loading().activity, Activity::Looking);
    pulse.end();
    assert!(pulse.loading().silent < STUCK_AFTER);
}
