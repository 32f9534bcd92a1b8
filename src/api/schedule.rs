//! When the passing of time changes answers, and which state of the answers a client has seen.

use jiff::Timestamp;

use crate::{
    engine::{
        comparison::Comparison,
        condition::{Condition, SegmentIndex, every},
        context::Attribute,
        flag::FlagSet,
    },
    snapshot::current::Snapshot,
};

/// The instants at which a condition on `now` changes its outcome, of one version.
#[derive(Debug, Default)]
pub struct Schedule {
    version: Box<str>,
    loaded_at: Timestamp,
    /// Sorted, each once.
    instants: Vec<Timestamp>,
}

impl Schedule {
    /// The schedule of a snapshot; takes time in proportion to its conditions.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let version = snapshot.definitions.version.clone();
        let instants = instants(&snapshot.definitions.flag_set);
        Self { version, loaded_at: snapshot.loaded_at, instants }
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What stands for the answers at `now`: the version, and behind an `@` the last instant that
    /// has changed any. The same on every replica.
    #[must_use]
    pub fn id(&self, now: Timestamp) -> String {
        match self.last(now) {
            Some(instant) => format!("{}@{instant}", self.version),
            None => self.version.to_string(),
        }
    }

    /// Since when the answers have been what they are at `now`, as far as this process knows.
    #[must_use]
    pub fn since(&self, now: Timestamp) -> Timestamp {
        self.last(now).map_or(self.loaded_at, |instant| instant.max(self.loaded_at))
    }

    /// The next instant after `now`.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let index = self.instants.partition_point(|instant| *instant <= now);
        self.instants.get(index).copied()
    }

    fn last(&self, now: Timestamp) -> Option<Timestamp> {
        let index = self.instants.partition_point(|instant| *instant <= now);
        self.instants.get(index.checked_sub(1)?).copied()
    }
}

fn instants(flag_set: &FlagSet) -> Vec<Timestamp> {
    let segments = (0..).map_while(|index| flag_set.segment(SegmentIndex(index)));
    let in_segments = segments.map(|segment| &segment.conditions);
    let rules = flag_set.flags().iter().flat_map(|flag| &flag.rules);
    let in_rules = rules.map(|rule| &rule.conditions);
    let mut instants = Vec::new();
    for conditions in in_segments.chain(in_rules) {
        // Segments and flags are looked at by themselves.
        for condition in every(conditions) {
            if let Condition::Attribute(test) = condition
                && let (Attribute::Now, Comparison::Before(instant) | Comparison::After(instant)) =
                    (&test.attribute, &test.comparison)
            {
                // What no clock will show changes no answer.
                instants.extend(instant.timestamp());
            }
        }
    }
    instants.sort_unstable();
    instants.dedup();
    instants
}
