//! Notices that the clock was set, forward or back.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// How far the clock may be from where it should be, in milliseconds: less is the difference
/// between reading one clock and the other, or a clock that is being drawn near to the right time.
pub const STEP_MS: i128 = 250;

/// How often to look at the clock where something waits for an instant.
pub const LOOK: Duration = Duration::from_secs(1);

/// Where the clock was when it was last looked at.
#[derive(Clone, Copy, Debug)]
pub struct ClockWatch {
    wall: Timestamp,
    steady: Instant,
}

impl ClockWatch {
    /// Looks at both clocks: at the one that tells the time, and at the one that nobody sets.
    #[must_use]
    pub fn new(wall: Timestamp, steady: Instant) -> Self {
        Self { wall, steady }
    }

    /// Whether the clock has been set since it was last looked at. A machine that was asleep looks
    /// the same.
    pub fn was_set(&mut self, wall: Timestamp, steady: Instant) -> bool {
        let went = wall.duration_since(self.wall).as_millis();
        let passed = steady.saturating_duration_since(self.steady).as_millis();
        *self = Self { wall, steady };
        i128::try_from(passed).is_ok_and(|passed| STEP_MS < (went - passed).abs())
    }
}
