//! How all flags are answered for at once, made once for each snapshot.
//!
//! Most flags need less than a resolution: of some the whole answer is known, of others it follows
//! from where the unit stands. What follows is found out by resolving, so nothing is decided here.

use std::ops::Range;

use jiff::Timestamp;

use crate::{
    engine::{
        bucket::Positions,
        condition::{FlagIndex, VariantIndex},
        context::EvaluationContext,
        flag::{Flag, FlagSet, Serve},
        resolution::{FixedPositions, Reason},
        resolve::resolve_flag_at,
        scheme::POSITIONS,
    },
    snapshot::answer_text::Wording,
};

/// Into how many stretches a line is divided beforehand; what has more is resolved.
const STRETCHES_MAX: usize = 16;

/// How all flags of one set are answered for.
#[derive(Debug)]
pub struct Plan {
    /// In the order of the flags.
    steps: Box<[PlanStep]>,
    /// Those of all flags, one after the other.
    stretches: Box<[Stretch]>,
}

/// How one flag is answered for, or several in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanStep {
    /// The whole answers are known for this many flags from this one on.
    Known(FlagIndex, u32),
    /// The flag is resolved, and nothing has to be hashed for it.
    Resolved(FlagIndex),
    /// The flag is resolved, and its unit may have to be hashed for it.
    Hashed(FlagIndex),
    /// The answer for the flag follows from where its unit stands, as long as there is a unit: the
    /// position on this line is in one of these stretches.
    Placed(FlagIndex, PositionKind, Range<u32>),
}

/// One of the two positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PositionKind {
    /// That of ramps.
    Ramp,
    /// That of splits.
    Split,
}

/// A part of a line on which everybody is answered the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The position at which it ends.
    pub end: u32,
    /// The index of the variant that is served, small because there are so many of these; a flag
    /// with more variants than it can tell apart is resolved.
    variant: Option<u8>,
    /// Why.
    pub reason: Reason,
}

impl Plan {
    /// Makes the plan of a set.
    #[must_use]
    pub fn of(flag_set: &FlagSet, wording: &Wording) -> Self {
        let (mut steps, mut stretches) = (Vec::new(), Vec::new());
        for (flag, index) in flag_set.flags().iter().zip((0..).map(FlagIndex)) {
            if wording.whole(index).is_some() {
                match steps.last_mut() {
                    Some(PlanStep::Known(_, count)) => *count += 1,
                    _ => steps.push(PlanStep::Known(index, 1)),
                }
                continue;
            }
            if lines(flag).next().is_none() {
                steps.push(PlanStep::Resolved(index));
                continue;
            }
            let placed = divided(flag_set, flag).and_then(|(line, own)| {
                let start = u32::try_from(stretches.len()).ok()?;
                stretches.extend(own);
                Some(PlanStep::Placed(index, line, start..u32::try_from(stretches.len()).ok()?))
            });
            steps.push(placed.unwrap_or(PlanStep::Hashed(index)));
        }
        Self { steps: steps.into(), stretches: stretches.into() }
    }

    /// The steps, in the order of the flags: all of these are in one of them.
    #[must_use]
    pub fn steps(&self) -> &[PlanStep] {
        &self.steps
    }

    /// These stretches, in order.
    #[must_use]
    pub fn stretches(&self, range: &Range<u32>) -> &[Stretch] {
        self.stretches.get(range.start as usize..range.end as usize).unwrap_or_default()
    }

    /// The one of these stretches that the position on a line is in.
    #[must_use]
    pub fn stretch(&self, of: &Range<u32>, line: PositionKind, at: Positions) -> Option<&Stretch> {
        let position = match line {
            PositionKind::Ramp => at.ramp,
            PositionKind::Split => at.split,
        };
        // They are few: a scan is faster than a search.
        self.stretches(of).iter().find(|stretch| position < stretch.end)
    }
}

impl PlanStep {
    /// The flag, if its unit may have to be hashed for it.
    #[must_use]
    pub fn hashed(&self) -> Option<FlagIndex> {
        match self {
            Self::Hashed(flag) | Self::Placed(flag, ..) => Some(*flag),
            Self::Known(..) | Self::Resolved(_) => None,
        }
    }
}

impl Stretch {
    /// The variant that is served; none is the caller's own default.
    #[must_use]
    pub fn variant(&self) -> Option<VariantIndex> {
        self.variant.map(|index| VariantIndex(index.into()))
    }
}

/// The lines that may be looked at for a flag, each with a position where something ends on it.
fn lines(flag: &Flag) -> impl Iterator<Item = (PositionKind, u32)> {
    let ramps = flag.rules.iter().map(|rule| rule.ramp).filter(|ramp| ramp.is_partial());
    let serves = flag.rules.iter().map(|rule| &rule.serve).chain(&flag.default);
    let entries = serves.flat_map(Serve::entries);
    let ramps = ramps.map(|ramp| (PositionKind::Ramp, ramp.thousandths()));
    let of_splits = if flag.hash.has_one_line() { PositionKind::Ramp } else { PositionKind::Split };
    ramps.chain(entries.map(move |(end, _)| (of_splits, *end)))
}

/// The stretches of a flag whose answer follows from one position alone, and which that is.
fn divided(flag_set: &FlagSet, flag: &Flag) -> Option<(PositionKind, Vec<Stretch>)> {
    let is_for_all = flag.enabled
        && flag.requires.is_empty()
        && flag.users.is_empty()
        && flag.rules.iter().all(|rule| rule.conditions.is_empty());
    let (line, _) = lines(flag).next().filter(|_| is_for_all)?;
    if lines(flag).any(|(other, _)| other != line) {
        return None;
    }
    let mut ends: Vec<u32> = lines(flag).map(|(_, end)| end).chain([POSITIONS]).collect();
    ends.sort_unstable();
    ends.dedup();
    let starts = [0].into_iter().chain(ends.iter().copied());
    let stretches = starts.zip(&ends).map(|(start, end)| {
        let at = FixedPositions::from(Positions { ramp: start, split: start });
        let anybody = EvaluationContext::default();
        let found =
            resolve_flag_at(flag_set, flag, &anybody, Timestamp::UNIX_EPOCH, at, None).ok()?;
        let index = found.variant.map(|variant| flag.index_of(variant));
        let variant = match index {
            Some(index) => Some(u8::try_from(index?.0).ok()?),
            None => None,
        };
        Some(Stretch { end: *end, variant, reason: found.reason })
    });
    let stretches: Option<Vec<_>> = stretches.collect();
    stretches.filter(|own| own.len() <= STRETCHES_MAX).map(|own| (line, own))
}
