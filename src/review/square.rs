//! The square of positions: what one flag serves where, and who moves between two of them.
//!
//! A unit stands at a ramp position and a split position, each uniform on 0 to 99 999 and
//! independent of the other. Once it is known which conditions hold, a flag is a partition of that
//! square into rectangles, so the share of units that goes from one variant to another is an area:
//! computed, not sampled.

use std::collections::BTreeMap;

use crate::{
    engine::{
        bucket::{POSITIONS, Percentage, Positions},
        flag::{Flag, Serve},
    },
    review::axis::Truth,
};

/// The parts that a share is counted in: two whole squares laid over each other.
pub const WHOLE: u128 = (POSITIONS as u128).pow(4);

/// What is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Served<'n> {
    /// The variant of this name.
    Variant(&'n str),
    /// Nothing: the caller's own default.
    Nothing,
    /// An error, and so the caller's own default too.
    Failed,
}

/// For each pair of what is served before and after, the share of units, in parts of [`WHOLE`].
pub type Moves<'n> = BTreeMap<(Served<'n>, Served<'n>), u128>;

/// What a flag serves where, while certain conditions hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surface<'n> {
    /// Bands of ramp positions, ascending, each with where it ends; the last ends at 100 000.
    bands: Vec<(u32, Band<'n>)>,
    /// Which rules serve somebody, by their index.
    pub rules: Vec<usize>,
}

/// Split positions, ascending, each with where it ends and what is served; ends at 100 000.
type Band<'n> = Vec<(u32, Served<'n>)>;

impl<'n> Served<'n> {
    /// The variant's name, if there is one.
    #[must_use]
    pub fn name(self) -> Option<&'n str> {
        match self {
            Self::Variant(name) => Some(name),
            Self::Nothing | Self::Failed => None,
        }
    }
}

impl<'n> Surface<'n> {
    /// The same for everybody.
    #[must_use]
    pub fn constant(served: Served<'n>) -> Self {
        Self { bands: vec![(POSITIONS, vec![(POSITIONS, served)])], rules: Vec::new() }
    }

    /// What `flag` serves if it counts as enabled or not, and the conditions of its rules come out
    /// as `holds` says, to those with or without a unit.
    #[must_use]
    pub fn of(
        flag: &'n Flag,
        is_enabled: Truth,
        has_unit: bool,
        mut holds: impl FnMut(usize) -> Truth,
    ) -> Self {
        let name = |index| {
            flag.variant(index).map_or(Served::Nothing, |variant| Served::Variant(&variant.name))
        };
        match is_enabled {
            Truth::Yes => {}
            Truth::No => return Self::constant(flag.off_variant.map_or(Served::Nothing, name)),
            Truth::Fails => return Self::constant(Served::Failed),
        }
        let band = |serve: &Serve| match serve {
            Serve::Variant(index) => vec![(POSITIONS, name(*index))],
            Serve::Split(_) if !has_unit => vec![(POSITIONS, Served::Failed)],
            Serve::Split(entries) => {
                entries.iter().map(|(end, index)| (*end, name(*index))).collect()
            }
        };
        let mut bands: Vec<(u32, Band<'n>)> = Vec::new();
        let (mut taken, mut rules) = (0, Vec::new());
        for (index, rule) in flag.rules.iter().enumerate() {
            if POSITIONS <= taken {
                break;
            }
            let end = match rule.ramp {
                Percentage::FULL => POSITIONS,
                // Without a unit no ramp strictly between 0 and 100 includes the caller.
                _ if !has_unit => 0,
                ramp => ramp.thousandths(),
            };
            match holds(index) {
                Truth::Yes if taken < end => {
                    bands.push((end, band(&rule.serve)));
                    rules.push(index);
                    taken = end;
                }
                Truth::Yes | Truth::No => {}
                Truth::Fails => {
                    bands.push((POSITIONS, vec![(POSITIONS, Served::Failed)]));
                    taken = POSITIONS;
                }
            }
        }
        if taken < POSITIONS {
            let default = flag.default.as_ref();
            bands.push((POSITIONS, default.map_or(vec![(POSITIONS, Served::Nothing)], band)));
        }
        Self { bands, rules }
    }

    /// What is served at one place.
    #[must_use]
    pub fn at(&self, positions: Positions) -> Served<'n> {
        let band = self.bands.iter().find(|(end, _)| positions.ramp < *end);
        let entries = band.map(|(_, band)| &**band).unwrap_or_default();
        let entry = entries.iter().find(|(end, _)| positions.split < *end);
        entry.map_or(Served::Nothing, |(_, served)| *served)
    }

    /// The share that each outcome has, in parts of [`WHOLE`].
    #[must_use]
    pub fn shares(&self) -> BTreeMap<Served<'n>, u128> {
        let mut shares = BTreeMap::new();
        let mut bottom = 0;
        for (top, band) in &self.bands {
            let mut left = 0;
            for (right, served) in band {
                *shares.entry(*served).or_insert(0) += area(*top - bottom, *right - left) * SQUARE;
                left = *right;
            }
            bottom = *top;
        }
        shares.retain(|_, share| *share > 0);
        shares
    }

    /// Who goes where when this becomes `after` and every unit keeps its positions.
    #[must_use]
    pub fn moves_to(&self, after: &Self) -> Moves<'n> {
        let mut moves = Moves::new();
        for (height, (before, after)) in overlaps(&self.bands, &after.bands) {
            for (width, (from, to)) in overlaps(before, after) {
                *moves.entry((*from, *to)).or_insert(0) += area(height, width) * SQUARE;
            }
        }
        moves
    }

    /// Who goes where when this becomes `after` and positions are drawn anew: another salt, hash or
    /// unit.
    #[must_use]
    pub fn moves_independently_to(&self, after: &Self) -> Moves<'n> {
        let after = after.shares();
        let mut moves = Moves::new();
        for (from, share) in self.shares() {
            for (to, other) in &after {
                // Both are multiples of one square, so nothing is lost.
                *moves.entry((from, *to)).or_insert(0) += (share / SQUARE) * (other / SQUARE);
            }
        }
        moves
    }
}

/// One whole square, in positions.
const SQUARE: u128 = (POSITIONS as u128).pow(2);

fn area(height: u32, width: u32) -> u128 {
    u128::from(height) * u128::from(width)
}

/// The stretches on which two partitions of one line are both constant, with their lengths.
fn overlaps<'p, T>(a: &'p [(u32, T)], b: &'p [(u32, T)]) -> Vec<(u32, (&'p T, &'p T))> {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let (mut stretches, mut start) = (Vec::new(), 0);
    while let (Some((a_end, a_value)), Some((b_end, b_value))) = (a.peek(), b.peek()) {
        let end = (*a_end).min(*b_end);
        if start < end {
            stretches.push((end - start, (a_value, b_value)));
        }
        start = end;
        a.next_if(|(a_end, _)| *a_end == end);
        b.next_if(|(b_end, _)| *b_end == end);
    }
    stretches
}

/// The least that has to move for the same change of shares: what the outcomes lose.
#[must_use]
pub fn least<V: Ord + Clone>(moves: &[(V, V, u128)]) -> u128 {
    let (mut before, mut after) = (BTreeMap::<&V, u128>::new(), BTreeMap::<&V, u128>::new());
    for (from, to, share) in moves {
        *before.entry(from).or_insert(0) += share;
        *after.entry(to).or_insert(0) += share;
    }
    let lost = |(served, share): (&&V, &u128)| {
        share.saturating_sub(after.get(*served).copied().unwrap_or(0))
    };
    before.iter().map(lost).sum()
}

/// Lays a split out anew so that it has the shares of `after` and moves as few as possible from
/// `before`: who keeps a variant keeps their positions, and what some variants lose at the end of
/// their stretches goes to those that gain. Entries are a length in thousandths and a variant.
#[must_use]
pub fn relaid<V: Copy + Ord>(before: &[(u32, V)], after: &[(u32, V)]) -> Vec<(u32, V)> {
    let total = |entries: &[(u32, V)], variant: V| -> u32 {
        entries.iter().filter(|(_, other)| *other == variant).map(|(length, _)| length).sum()
    };
    // How much of each variant's old stretches it keeps.
    let mut kept: BTreeMap<V, u32> = BTreeMap::new();
    for (_, variant) in before {
        kept.insert(*variant, total(before, *variant).min(total(after, *variant)));
    }
    // What each variant gains, in the order in which the new split names them.
    let mut gains: Vec<(u32, V)> = Vec::new();
    for (_, variant) in after {
        let gain = total(after, *variant) - kept.get(variant).copied().unwrap_or(0);
        if gain > 0 && gains.iter().all(|(_, gaining)| gaining != variant) {
            gains.push((gain, *variant));
        }
    }
    let mut gains = gains.into_iter();
    let mut gaining = gains.next();
    let mut laid: Vec<(u32, V)> = Vec::new();
    let mut push = |length: u32, variant: V| match laid.last_mut() {
        Some((last, other)) if *other == variant => *last += length,
        _ if length > 0 => laid.push((length, variant)),
        _ => {}
    };
    for (length, variant) in before {
        let left = kept.entry(*variant).or_insert(0);
        let keeps = (*left).min(*length);
        *left -= keeps;
        push(keeps, *variant);
        let mut free = length - keeps;
        while let (Some((gain, winner)), true) = (gaining, free > 0) {
            let given = gain.min(free);
            push(given, winner);
            free -= given;
            gaining = if given < gain { Some((gain - given, winner)) } else { gains.next() };
        }
    }
    laid
}
