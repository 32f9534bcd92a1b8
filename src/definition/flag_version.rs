//! The version of one flag: a digest of what it means, and of what it depends on.

use twox_hash::XxHash64;

use crate::engine::{
    condition::{Condition, FlagIndex, SegmentIndex, every},
    flag::FlagSet,
};

/// The versions of all flags, in the order of the set; `flags` and `segments` are the digests of
/// what each of them says by itself. A flag's version changes with its definition and with the
/// version of everything that it refers to, and with nothing else.
#[must_use]
pub fn versions(flag_set: &FlagSet, flags: &[u64], segments: &[u64]) -> Vec<u64> {
    let (known_flags, known_segments) = (vec![None; flags.len()], vec![None; segments.len()]);
    let mut versions = Versions { flag_set, flags, segments, known_flags, known_segments };
    let all = (0..).map(FlagIndex).take(flags.len());
    all.map(|index| versions.of_flag(index)).collect()
}

/// What is known of versions so far.
struct Versions<'s> {
    flag_set: &'s FlagSet,
    flags: &'s [u64],
    segments: &'s [u64],
    known_flags: Vec<Option<u64>>,
    known_segments: Vec<Option<u64>>,
}

impl Versions<'_> {
    /// Goes as deep as flags depend on each other, which the compiler bounds.
    fn of_flag(&mut self, index: FlagIndex) -> u64 {
        let at = index.0 as usize;
        if let Some(known) = self.known_flags.get(at).copied().flatten() {
            return known;
        }
        let mut parts = vec![self.flags.get(at).copied().unwrap_or_default()];
        if let Some(flag) = self.flag_set.flag(index) {
            for other in &flag.requires {
                parts.push(self.of_flag(other.flag));
            }
            for rule in &flag.rules {
                self.add_referred(&rule.conditions, &mut parts);
            }
        }
        let version = combined(&parts);
        if let Some(known) = self.known_flags.get_mut(at) {
            *known = Some(version);
        }
        version
    }

    fn of_segment(&mut self, index: SegmentIndex) -> u64 {
        let at = index.0 as usize;
        if let Some(known) = self.known_segments.get(at).copied().flatten() {
            return known;
        }
        let mut parts = vec![self.segments.get(at).copied().unwrap_or_default()];
        if let Some(segment) = self.flag_set.segment(index) {
            self.add_referred(&segment.conditions, &mut parts);
        }
        let version = combined(&parts);
        if let Some(known) = self.known_segments.get_mut(at) {
            *known = Some(version);
        }
        version
    }

    /// Adds the versions of everything that conditions refer to.
    fn add_referred(&mut self, conditions: &[Condition], parts: &mut Vec<u64>) {
        for condition in every(conditions) {
            match condition {
                Condition::Segment(index, _) => parts.push(self.of_segment(*index)),
                Condition::Flag(other) => parts.push(self.of_flag(other.flag)),
                Condition::Attribute(_)
                | Condition::All(..)
                | Condition::Any(..)
                | Condition::Not(..) => {}
            }
        }
    }
}

fn combined(parts: &[u64]) -> u64 {
    let bytes: Vec<u8> = parts.iter().flat_map(|part| part.to_be_bytes()).collect();
    XxHash64::oneshot(0, &bytes)
}
