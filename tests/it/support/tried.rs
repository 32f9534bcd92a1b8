//! What a flag serves, found by trying every place of the square at which the answer could turn.

use std::collections::{BTreeMap, BTreeSet};

use flagstaff::engine::{
    context::{Attribute, EvaluationContext, Unit},
    flag::{Flag, FlagSet, Serve},
    instant::Instant,
    resolution::FixedPositions,
    resolve::explain,
    scheme::POSITIONS,
};

/// Who goes where, in parts of 10²⁰.
pub type Moves = BTreeMap<(Option<String>, Option<String>), u128>;

const SQUARE: u128 = (POSITIONS as u128).pow(2);

/// Where a ramp or a split can turn.
fn cuts(flags: &[Option<&Flag>]) -> (Vec<u32>, Vec<u32>) {
    let (mut ramps, mut splits) = (BTreeSet::from([POSITIONS]), BTreeSet::from([POSITIONS]));
    for flag in flags.iter().flatten() {
        ramps.extend(flag.rules.iter().map(|rule| rule.ramp.thousandths()));
        let serves = flag.rules.iter().map(|rule| &rule.serve).chain(&flag.default);
        for serve in serves {
            if let Serve::Split(entries) = serve {
                splits.extend(entries.iter().map(|(end, _)| *end));
            }
        }
    }
    let sorted = |cuts: BTreeSet<u32>| cuts.into_iter().filter(|cut| 0 < *cut).collect();
    (sorted(ramps), sorted(splits))
}

/// Stretches of a line, each with its first position and its length.
fn stretches(cuts: &[u32]) -> impl Iterator<Item = (u32, u32)> + Clone {
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    starts.zip(cuts.iter().copied()).map(|(start, end)| (start, end - start))
}

/// One side of a flag, for one context and time.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub flags: &'a FlagSet,
    pub flag: Option<&'a Flag>,
    pub context: &'a EvaluationContext<'a>,
    pub now: Instant,
}

impl Asked<'_> {
    /// What is served at a place; at the context's own where none is given.
    pub fn served(&self, place: Option<(u32, u32)>) -> Option<String> {
        let fixed = FixedPositions {
            ramp: place.map(|(ramp, _)| ramp),
            split: place.map(|(_, split)| split),
        };
        let (result, _) = explain(self.flags, self.flag?, self.context, self.now, fixed);
        result.ok()?.variant.map(|variant| variant.name.to_string())
    }

    pub fn unit(&self) -> Option<Unit<'_>> {
        match &self.flag?.bucket_by {
            Attribute::TargetingKey => self.context.targeting_key.as_deref().map(Unit::Text),
            attribute => attribute.find(self.context).and_then(Unit::of),
        }
    }

    /// The share of the square that each outcome has.
    fn shares(&self) -> BTreeMap<Option<String>, u128> {
        if self.unit().is_none() {
            return BTreeMap::from([(self.served(None), SQUARE)]);
        }
        let (ramps, splits) = cuts(&[self.flag]);
        let mut shares = BTreeMap::new();
        for (ramp, height) in stretches(&ramps) {
            for (split, width) in stretches(&splits) {
                let area = u128::from(height) * u128::from(width);
                *shares.entry(self.served(Some((ramp, split)))).or_insert(0) += area;
            }
        }
        shares
    }
}

/// Everything that can happen to callers with such a context, by trying it.
pub fn tried(base: Asked<'_>, head: Asked<'_>) -> Moves {
    let mut moves = Moves::new();
    let is_hashed_alike = match (base.flag, head.flag) {
        (Some(a), Some(b)) => (a.salt(), a.hash, &a.bucket_by) == (b.salt(), b.hash, &b.bucket_by),
        _ => false,
    };
    if is_hashed_alike && base.unit().is_some() {
        let (ramps, splits) = cuts(&[base.flag, head.flag]);
        for (ramp, height) in stretches(&ramps) {
            for (split, width) in stretches(&splits) {
                let place = Some((ramp, split));
                let area = u128::from(height) * u128::from(width);
                *moves.entry((base.served(place), head.served(place))).or_insert(0) +=
                    area * SQUARE;
            }
        }
        return moves;
    }
    let after = head.shares();
    for (from, share) in base.shares() {
        for (to, other) in &after {
            *moves.entry((from.clone(), to.clone())).or_insert(0) += share * other;
        }
    }
    moves
}
