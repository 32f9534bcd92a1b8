//! The square of positions: what one flag serves where.
//!
//! A unit stands at a ramp position and a split position, each uniform on 0 to 99 999 and
//! independent of the other. Once it is known which conditions hold, a flag is a partition of that
//! square into rectangles, so the share of units that goes from one variant to another is an area:
//! computed, not sampled. The square is cut into pieces, each so small that every ramp includes all
//! of it or nothing; what a rule serves in a piece is a band of split positions.

use std::collections::BTreeMap;

use crate::engine::scheme::POSITIONS;

/// The parts that a share is counted in: two whole squares laid over each other.
pub const WHOLE: u128 = (POSITIONS as u128).pow(4);

/// What is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Served<'n> {
    /// The variant of this name.
    Variant(&'n str),
    /// Nothing: the caller's own default.
    Nothing,
    /// An error, and so the caller's own default too.
    Failed,
}

/// What somebody gets, as far as it is told apart from what they got before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark<'n> {
    /// No value of the flag.
    Nothing,
    /// The variant of this name; one that only changed its name has its new one.
    Variant(&'n str),
    /// The variant of this name with the value that it had before the change, and has no longer.
    Former(&'n str),
}

/// Who goes where in parts of [`WHOLE`]; those who keep what they have are not among them.
pub type Moves<'n> = Vec<(Mark<'n>, Mark<'n>, u128)>;

/// A band, as an index into [`Bands`].
pub type BandIndex = u32;

/// What is served at split positions, ascending, each with where it ends; ends at 100 000.
#[derive(Clone, Debug)]
pub struct Band<'n> {
    /// What is served.
    pub served: Vec<(u32, Served<'n>)>,
    /// The same as marks, by their indices.
    pub marks: Vec<(u32, u32)>,
    /// The same for all bands that have the same marks at the same positions.
    pub alike: u32,
}

/// All bands of both sides, each once.
#[derive(Debug, Default)]
pub struct Bands<'n> {
    list: Vec<Band<'n>>,
    /// The marks.
    pub marks: Vec<Mark<'n>>,
    by_marks: BTreeMap<Vec<(u32, u32)>, u32>,
}

/// A part of the square, or some units of which each is known, that no ramp divides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// How many ramp positions it has, or how many units.
    pub weight: u64,
    /// What befalls it on each side; none for a side that has positions of its own.
    pub sides: [Option<Fate>; 2],
}

/// What may befall a piece on one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// What each rule serves; none where its ramp leaves the piece out.
    pub rules: Vec<Option<BandIndex>>,
    /// What is served when no rule matches.
    pub default: BandIndex,
    /// What is served while the flag counts as off.
    pub off: BandIndex,
    /// What comes of it if something cannot be decided.
    pub failed: BandIndex,
}

impl<'n> Mark<'n> {
    /// The variant's name, if there is one.
    #[must_use]
    pub fn name(self) -> Option<&'n str> {
        match self {
            Self::Variant(name) | Self::Former(name) => Some(name),
            Self::Nothing => None,
        }
    }
}

impl<'n> Bands<'n> {
    /// The band of an index.
    #[must_use]
    pub fn get(&self, index: BandIndex) -> Option<&Band<'n>> {
        self.list.get(index as usize)
    }

    /// Whether the same comes of two bands.
    #[must_use]
    pub fn are_alike(&self, a: BandIndex, b: BandIndex) -> bool {
        a == b || self.get(a).map(|band| band.alike) == self.get(b).map(|band| band.alike)
    }

    /// The index of a band; `mark` says what something is that is served on its side.
    pub fn add(
        &mut self,
        served: Vec<(u32, Served<'n>)>,
        mark: impl Fn(Served<'n>) -> Mark<'n>,
    ) -> BandIndex {
        let mut marks: Vec<(u32, u32)> = Vec::new();
        for (end, served) in &served {
            let mark = self.mark(mark(*served));
            match marks.last_mut() {
                Some((last, same)) if *same == mark => *last = *end,
                _ => marks.push((*end, mark)),
            }
        }
        let next = u32::try_from(self.by_marks.len()).unwrap_or(u32::MAX);
        let alike = *self.by_marks.entry(marks.clone()).or_insert(next);
        let known = self.list.iter().position(|band| band.alike == alike && band.served == served);
        let index = known.unwrap_or_else(|| {
            self.list.push(Band { served, marks, alike });
            self.list.len() - 1
        });
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    fn mark(&mut self, mark: Mark<'n>) -> u32 {
        let index = self.marks.iter().position(|known| *known == mark).unwrap_or_else(|| {
            self.marks.push(mark);
            self.marks.len() - 1
        });
        u32::try_from(index).unwrap_or(u32::MAX)
    }
}

/// The stretches on which two partitions of one line are both constant, with their lengths.
pub fn overlaps<'p, T>(a: &'p [(u32, T)], b: &'p [(u32, T)]) -> Vec<(u32, &'p T, &'p T)> {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let (mut stretches, mut start) = (Vec::new(), 0);
    while let (Some((a_end, a_value)), Some((b_end, b_value))) = (a.peek(), b.peek()) {
        let end = (*a_end).min(*b_end);
        if start < end {
            stretches.push((end - start, a_value, b_value));
        }
        start = end;
        a.next_if(|(a_end, _)| *a_end == end);
        b.next_if(|(b_end, _)| *b_end == end);
    }
    stretches
}

/// One whole square, in positions.
pub const SQUARE: u128 = (POSITIONS as u128).pow(2);

/// The share that moves.
#[must_use]
pub fn moved(moves: &Moves<'_>) -> u128 {
    moves.iter().map(|(_, _, share)| share).sum()
}

/// The least that has to move for the same change of shares: what the outcomes lose.
#[must_use]
pub fn least(moves: &Moves<'_>) -> u128 {
    changes(moves).values().filter(|change| **change < 0).map(|change| change.unsigned_abs()).sum()
}

/// How much each outcome gains or loses.
#[must_use]
pub fn changes<'n>(moves: &Moves<'n>) -> BTreeMap<Mark<'n>, i128> {
    let mut changes = BTreeMap::new();
    for (from, to, share) in moves {
        let share = i128::try_from(*share).unwrap_or(i128::MAX);
        *changes.entry(*from).or_insert(0) -= share;
        *changes.entry(*to).or_insert(0) += share;
    }
    changes.retain(|_, change| *change != 0);
    changes
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
