//! Where the two sides of a flag are compared: the pieces of the square, or units that are known.
//!
//! Some hash schemes have one line for ramps and splits: of the square only the diagonal is there,
//! and a piece is a stretch of it. Some know a part of the positions only, so that what ends
//! between two of them ends at the next one.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    engine::{
        bucket::{Percentage, Positions},
        context::Unit,
        flag::Serve,
        scheme::POSITIONS,
        value::Value,
    },
    movement::{
        side::{Hashing, SideForm},
        square::{BandIndex, Bands, Fate, Mark, Piece, SQUARE, Served},
    },
};

/// What is told apart of what is served: variants that have another name or value after a change.
#[derive(Clone, Copy, Debug)]
pub struct VariantChanges<'q> {
    /// Variants that only changed their name: from old to new.
    pub renamed: &'q BTreeMap<String, String>,
    /// Variants that kept their name and have another value.
    pub revalued: &'q BTreeSet<String>,
}

impl<'q> VariantChanges<'q> {
    /// What somebody gets who is served something on a side.
    #[must_use]
    pub fn mark(self, side: usize, served: Served<'q>) -> Mark<'q> {
        match served {
            Served::Nothing | Served::Failed => Mark::Nothing,
            Served::Variant(name) if side == 1 => Mark::Variant(name),
            Served::Variant(name) if self.revalued.contains(name) => Mark::Former(name),
            Served::Variant(name) => {
                Mark::Variant(self.renamed.get(name).map_or(name, String::as_str))
            }
        }
    }
}

/// Which units are looked at on one side.
#[derive(Clone, Copy, Debug)]
pub enum Units<'u> {
    /// None: there is nothing to be hashed.
    None,
    /// So many that every position is as likely as any other.
    All,
    /// These.
    Some(&'u [Value<'static>]),
}

/// The pieces that both sides are compared on.
#[derive(Debug)]
pub struct Stage {
    /// The pieces.
    pub pieces: Vec<Piece>,
    /// What the weights of all pieces of each side add up to, in split positions.
    pub totals: [u128; 2],
    /// Whether a unit's positions on one side say where it stands on the other.
    pub is_joint: bool,
}

/// Both sides of a flag.
#[derive(Debug)]
pub struct Forms<'f, 'q> {
    /// Before and after.
    pub sides: [&'f SideForm<'q>; 2],
    /// What is told apart.
    pub names: VariantChanges<'q>,
}

impl<'q> Forms<'_, 'q> {
    /// The stage for such units of each side.
    #[must_use]
    pub fn stage(&self, units: [Units<'_>; 2], bands: &mut Bands<'q>) -> Stage {
        let [base, head] = self.sides.map(|form| form.hashing);
        let is_same_attribute =
            |a: Hashing<'q>, b: Hashing<'q>| a.bucket_by.name() == b.bucket_by.name();
        let is_joint = match (base, head, units) {
            (Some(base), Some(head), [Units::Some(_), Units::Some(_)]) => {
                is_same_attribute(base, head)
            }
            (Some(base), Some(head), _) => base == head,
            // What is not there serves everybody the same.
            (None, _, _) | (_, None, _) => true,
        };
        let mut stage = Stage { pieces: Vec::new(), totals: [0; 2], is_joint };
        if is_joint {
            let units = match (base.is_some(), units) {
                (true, [units, _]) | (false, [_, units]) => units,
            };
            let own = self.pieces([true, true], units, bands);
            stage.totals = [total(&own); 2];
            stage.pieces = own;
        } else {
            let before = self.pieces([true, false], units[0], bands);
            let after = self.pieces([false, true], units[1], bands);
            stage.totals = [total(&before), total(&after)];
            stage.pieces = before;
            stage.pieces.extend(after);
        }
        stage
    }

    /// The pieces of some sides, which have the same units.
    fn pieces(&self, sides: [bool; 2], units: Units<'_>, bands: &mut Bands<'q>) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut add = |weight: u64, fates: [Option<Fate>; 2]| match pieces
            .iter_mut()
            .find(|piece| piece.sides == fates)
        {
            Some(piece) => piece.weight += weight,
            None => pieces.push(Piece { weight, sides: fates }),
        };
        let mut fates = |at: &mut dyn FnMut(&SideForm<'q>) -> Stand| {
            [0, 1].map(|side| {
                let form = self.sides.get(side).filter(|_| sides[side])?;
                Some(self.fate(side, form, at(form), bands))
            })
        };
        match units {
            Units::None => add(1, fates(&mut |_| Stand::Nowhere)),
            Units::Some(values) => {
                for value in values {
                    add(1, fates(&mut |form| stand(form, value)));
                }
            }
            Units::All => {
                let mut start = 0;
                for end in self.cuts(sides) {
                    add(u64::from(end - start), fates(&mut |form| strip(form, start)));
                    start = end;
                }
            }
        }
        pieces
    }

    /// Where ramps of some sides end, and the end of the line; where ramps and splits have one line,
    /// where entries of splits end, too.
    fn cuts(&self, sides: [bool; 2]) -> BTreeSet<u32> {
        let forms = self.sides.iter().zip(sides).filter(|(_, is_wanted)| *is_wanted);
        let of_form = |form: &SideForm<'q>| {
            let step = form.hashing.map_or(1, |hashing| hashing.hash.steps()[0]);
            let ramps = form.rules.iter().map(|rule| rule.ramp).filter(|ramp| ramp.is_partial());
            let mut ends: Vec<u32> = ramps.map(Percentage::thousandths).collect();
            if form.has_one_line() {
                let serves = form.rules.iter().map(|rule| &rule.serve).chain(&form.default);
                ends.extend(serves.flat_map(Serve::entries).map(|(end, _)| *end));
            }
            ends.into_iter().map(move |end| end.next_multiple_of(step)).collect::<Vec<_>>()
        };
        forms.flat_map(|(form, _)| of_form(form)).chain([POSITIONS]).collect()
    }

    fn fate(&self, side: usize, form: &SideForm<'q>, at: Stand, bands: &mut Bands<'q>) -> Fate {
        let name = |index| {
            let variant = form.flag.and_then(|flag| flag.variant(index));
            variant.map_or(Served::Nothing, |variant| Served::Variant(&variant.name))
        };
        let mut constant =
            |served| bands.add(vec![(POSITIONS, served)], |one| self.names.mark(side, one));
        let failed = constant(Served::Failed);
        let nothing = constant(Served::Nothing);
        let off = form
            .flag
            .and_then(|flag| flag.off_variant)
            .map_or(nothing, |index| constant(name(index)));
        let mut band = |serve: &Serve| -> BandIndex {
            let served = match (serve, at) {
                (Serve::Variant(index), _) => vec![(POSITIONS, name(*index))],
                (Serve::Split(_), Stand::Nowhere) => return failed,
                (Serve::Split(entries), Stand::Strip(_)) => {
                    let step = form.hashing.map_or(1, |hashing| hashing.hash.steps()[1]);
                    let mut served: Vec<(u32, Served<'q>)> = Vec::new();
                    for (end, index) in entries {
                        let end = end.next_multiple_of(step);
                        if served.last().is_none_or(|(last, _)| *last < end) {
                            served.push((end, name(*index)));
                        }
                    }
                    served
                }
                (Serve::Split(entries), Stand::At(positions)) => {
                    let entry = entries.iter().find(|(end, _)| positions.split < *end);
                    let served = entry.map_or(Served::Nothing, |(_, index)| name(*index));
                    vec![(POSITIONS, served)]
                }
            };
            bands.add(served, |one| self.names.mark(side, one))
        };
        let includes = |ramp: Percentage| match at {
            _ if ramp == Percentage::FULL => true,
            // Without a unit no ramp strictly between 0 and 100 includes the caller.
            Stand::Nowhere => false,
            Stand::Strip(start) => ramp.includes(start),
            Stand::At(positions) => ramp.includes(positions.ramp),
        };
        let rules = form.rules.iter();
        let rules = rules.map(|rule| includes(rule.ramp).then(|| band(&rule.serve))).collect();
        let default = form.default.as_ref().map_or(nothing, band);
        Fate { rules, default, off, failed }
    }
}

/// Where a piece stands on one side.
#[derive(Clone, Copy)]
enum Stand {
    /// There is nothing to be hashed.
    Nowhere,
    /// On a strip that begins at this ramp position, at every split position.
    Strip(u32),
    /// At one place.
    At(Positions),
}

/// The strip that begins at a ramp position: a place, where ramps and splits have one line.
fn strip(form: &SideForm<'_>, start: u32) -> Stand {
    if form.has_one_line() {
        Stand::At(Positions { ramp: start, split: start })
    } else {
        Stand::Strip(start)
    }
}

/// Where a unit stands on a side.
fn stand(form: &SideForm<'_>, value: &Value<'_>) -> Stand {
    match (form.hashing, Unit::of(value)) {
        (Some(Hashing { salt, hash, .. }), Some(unit)) => {
            Stand::At(hash.positions(unit.bytes(), salt.as_bytes()))
        }
        _ => Stand::Nowhere,
    }
}

fn total(pieces: &[Piece]) -> u128 {
    pieces.iter().map(|piece| u128::from(piece.weight) * u128::from(POSITIONS)).sum()
}

/// Shares of a total in parts of `whole`; what cannot be divided is spread so that they add up.
pub fn parts(shares: impl Iterator<Item = u128>, total: u128, whole: u128) -> Vec<u128> {
    // `whole` is far below the square root of what fits.
    let part = |share: u128| {
        let (quotient, rest) = (whole / total.max(1), whole % total.max(1));
        share * quotient + share * rest / total.max(1)
    };
    let (mut sum, mut done) = (0, 0);
    shares
        .map(|share| {
            sum += share;
            let own = part(sum) - done;
            done += own;
            own
        })
        .collect()
}

/// The square that a side's shares are counted in where the two sides are independent.
pub const SIDE: u128 = SQUARE;

impl Stage {
    /// Each of the pieces by itself; where the sides are independent, each of one with each of the
    /// other.
    #[must_use]
    pub fn apart(&self) -> Vec<Self> {
        let alone = |piece: Piece| Self { pieces: vec![piece], ..*self };
        if self.is_joint {
            return self.pieces.iter().cloned().map(alone).collect();
        }
        let of_side = |side: usize| {
            let own = self.pieces.iter();
            own.filter_map(move |piece| piece.sides.get(side).cloned().flatten())
        };
        let pairs = of_side(0).flat_map(|before| {
            let before = Some(before);
            of_side(1).map(move |after| Piece { weight: 1, sides: [before.clone(), Some(after)] })
        });
        pairs.map(alone).collect()
    }
}
