//! What may happen a thousand times a second and is logged once a minute, with its count.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How often the same thing is logged at most.
const PERIOD: Duration = Duration::from_mins(1);

/// Counts what happens, and says how often once in a while: the first time at once.
#[derive(Debug)]
pub struct Tally {
    period: Duration,
    counted: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    count: u64,
    told: Option<Instant>,
}

impl Default for Tally {
    fn default() -> Self {
        Self::every(PERIOD)
    }
}

impl Tally {
    /// Says how often once in such a period at most.
    #[must_use]
    pub fn every(period: Duration) -> Self {
        Self { period, counted: Mutex::default() }
    }

    /// It has happened once more. If it is time to say so, how often since it was last said.
    #[must_use]
    pub fn note(&self) -> Option<u64> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).count += 1;
        self.due()
    }

    /// How often it has happened since it was last said, if it has, and if it is time to say so.
    #[must_use]
    pub fn due(&self) -> Option<u64> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_early = counted.told.is_some_and(|told| now < told + self.period);
        if counted.count == 0 || is_early {
            return None;
        }
        counted.told = Some(now);
        Some(std::mem::take(&mut counted.count))
    }
}
