//! What follows from the conditions that are known, and what is left to be asked.
//!
//! Rules that do not hold drop out, and so do those whose ramps leave out every piece of the square
//! that is still free; nothing comes after a rule that takes all that is left. What both sides have
//! taken becomes moves, and pieces on which the rest of both sides is the same move nobody. So ways
//! that differ in what does not matter any more are one.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt as _};

use crate::{
    movement::{
        remainder::{FREE, Leaves, Left, Met, RemainderState},
        square::{BandIndex, Bands, Fate, Moves, WHOLE, overlaps},
        stage::{SIDE, Stage, parts},
    },
    space::{
        axis::Truth,
        diagram::{Answers, Unfold},
        residual::{Residual, Residuals},
    },
};

/// In place of a mark: that shares of the other side are counted.
const OTHER_SIDE: u32 = u32::MAX;

/// What is unfolded, on one stage.
#[derive(Debug)]
pub struct Remainder<'r, 'a, 'q> {
    /// The conditions.
    pub residuals: &'r mut Residuals<'a, 'q>,
    /// The bands.
    pub bands: &'r Bands<'q>,
    /// The pieces.
    pub stage: &'r Stage,
    /// The moves of each leaf.
    pub leaves: &'r mut Leaves<'q>,
    /// Where what is met is written down. Then nothing is left out for not moving anybody, and
    /// leaves mean nothing.
    pub met: Option<&'r mut Met<'q>>,
}

impl Remainder<'_, '_, '_> {
    fn fate(&self, piece: usize, side: usize) -> Option<&Fate> {
        self.stage.pieces.get(piece)?.sides.get(side)?.as_ref()
    }

    /// Works out all that follows from what is known.
    pub fn settle(&mut self, mut state: RemainderState) -> RemainderState {
        loop {
            let size = state.size();
            for side in [0, 1] {
                self.drop_rules(&mut state, side);
                self.decide(&mut state, side);
            }
            self.count(&mut state);
            if self.met.is_none() && self.stage.is_joint {
                self.drop_alike(&mut state);
            }
            if state.size() == size {
                return state;
            }
        }
    }

    /// Serves what is certain on a side.
    fn decide(&mut self, state: &mut RemainderState, side: usize) {
        if state.is_free(side) {
            match self.residuals.truth(state.sides[side].requires) {
                None => return,
                Some(Truth::No) => {
                    self.serve(state, side, |fate| Some(fate.off));
                }
                Some(Truth::Fails) => {
                    self.serve(state, side, |fate| Some(fate.failed));
                }
                Some(Truth::Yes) => {
                    if let Some(met) = &mut self.met {
                        met.is_on[side] = true;
                    }
                    self.decide_rules(state, side);
                }
            }
        }
        if !state.is_free(side) {
            let requires = self.residuals.known(Truth::Yes);
            state.sides[side] = Left { requires, rules: Vec::new() };
        }
    }

    fn decide_rules(&mut self, state: &mut RemainderState, side: usize) {
        while let Some((index, rule)) = state.sides[side].rules.first().copied() {
            match self.residuals.truth(rule) {
                None => return,
                Some(Truth::No) => {}
                Some(Truth::Fails) => {
                    self.serve(state, side, |fate| Some(fate.failed));
                    return;
                }
                Some(Truth::Yes) => {
                    let of_rule = |fate: &Fate| fate.rules.get(index).copied().flatten();
                    let serves = self.serve(state, side, of_rule);
                    if let Some(met) = self.met.as_mut().filter(|_| serves) {
                        met.rules[side].insert(index);
                    }
                }
            }
            state.sides[side].rules.remove(0);
        }
        self.serve(state, side, |fate| Some(fate.default));
    }

    /// Serves something on a side where it is free, and says whether it did anywhere.
    fn serve(
        &self,
        state: &mut RemainderState,
        side: usize,
        what: impl Fn(&Fate) -> Option<BandIndex>,
    ) -> bool {
        let mut serves = false;
        for (piece, bands) in &mut state.open {
            if bands[side] == FREE
                && let Some(band) = self.fate(*piece, side).and_then(&what)
            {
                bands[side] = band;
                serves = true;
            }
        }
        serves
    }

    /// Drops the rules of a side that cannot play a part any more.
    fn drop_rules(&mut self, state: &mut RemainderState, side: usize) {
        let mut free: Vec<&Fate> = Vec::new();
        for (piece, bands) in &state.open {
            free.extend(self.fate(*piece, side).filter(|_| bands[side] == FREE));
        }
        let mut kept: Vec<(usize, Residual)> = Vec::new();
        for (index, rule) in std::mem::take(&mut state.sides[side].rules) {
            let takes = |fate: &&Fate| fate.rules.get(index).is_some_and(Option::is_some);
            let truth = self.residuals.truth(rule);
            let matters = free.iter().any(takes) || self.residuals.can_fail(rule);
            if free.is_empty() || truth == Some(Truth::No) || !matters {
                continue;
            }
            kept.push((index, rule));
            match truth {
                Some(Truth::Yes) => free.retain(|fate| !takes(fate)),
                Some(Truth::Fails) => free.clear(),
                _ => {}
            }
        }
        if self.met.is_none() {
            // Rules at the end that serve what is served without them.
            while let Some((index, rule)) = kept.last()
                && !self.residuals.can_fail(*rule)
                && free.iter().all(|fate| {
                    let band = fate.rules.get(*index).copied().flatten();
                    band.is_none_or(|band| self.bands.are_alike(band, fate.default))
                })
                && !matches!(self.residuals.truth(*rule), Some(Truth::Yes))
            {
                kept.pop();
            }
        }
        state.sides[side].rules = kept;
    }

    /// Counts the pieces on which nothing is free any more.
    fn count(&mut self, state: &mut RemainderState) {
        let mut moves: BTreeMap<(u32, u32), u128> = state.moves.iter().copied().collect();
        for (piece, bands) in &state.open {
            if !bands.contains(&FREE) {
                self.count_piece(*piece, *bands, &mut moves);
            }
        }
        state.open.retain(|(_, bands)| bands.contains(&FREE));
        state.moves = moves.into_iter().collect();
    }

    fn count_piece(
        &mut self,
        piece: usize,
        [base, head]: [BandIndex; 2],
        moves: &mut BTreeMap<(u32, u32), u128>,
    ) {
        let weight = self.stage.pieces.get(piece).map_or(0, |piece| u128::from(piece.weight));
        let [base, head] = [base, head].map(|index| self.bands.get(index));
        if let Some(met) = &mut self.met {
            let (Some(base), Some(head)) = (base, head) else { return };
            if self.stage.is_joint {
                let pairs = overlaps(&base.served, &head.served).into_iter();
                met.pairs.extend(pairs.map(|(_, from, to)| (*from, *to)));
            } else {
                let pairs = base
                    .served
                    .iter()
                    .flat_map(|(_, from)| head.served.iter().map(move |(_, to)| (*from, *to)));
                met.pairs.extend(pairs);
            }
            return;
        }
        let mut add = |from, to, length: u32| {
            *moves.entry((from, to)).or_insert(0) += weight * u128::from(length);
        };
        match (base, head) {
            (Some(base), Some(head)) => {
                for (length, from, to) in overlaps(&base.marks, &head.marks) {
                    if from != to {
                        add(*from, *to, length);
                    }
                }
            }
            (one, other) => {
                let mut start = 0;
                for (end, mark) in one.or(other).into_iter().flat_map(|band| &band.marks) {
                    let (from, to) =
                        if one.is_some() { (*mark, OTHER_SIDE) } else { (OTHER_SIDE, *mark) };
                    add(from, to, end - start);
                    start = *end;
                }
            }
        }
    }

    /// Drops the pieces on which the rest of both sides is the same.
    fn drop_alike(&self, state: &mut RemainderState) {
        let [before, after] = &state.sides;
        if before.requires != after.requires {
            return;
        }
        let is_alike = |piece: usize| {
            let (Some(old), Some(new)) = (self.fate(piece, 0), self.fate(piece, 1)) else {
                return false;
            };
            let is_off_alike = self.residuals.truth(before.requires) == Some(Truth::Yes)
                || self.bands.are_alike(old.off, new.off);
            is_off_alike
                && self.bands.are_alike(old.default, new.default)
                && self.are_rules_alike((before, old), (after, new))
        };
        state.open.retain(|(piece, bands)| *bands != [FREE, FREE] || !is_alike(*piece));
    }
}

impl Remainder<'_, '_, '_> {
    /// Whether the rules that are left serve the same in a piece, one after the other.
    fn are_rules_alike(&self, before: (&Left, &Fate), after: (&Left, &Fate)) -> bool {
        let [mut old, mut new] = [before, after].map(|(side, fate)| {
            let rules = side.rules.iter();
            let rules =
                rules.map(|(index, rule)| (*rule, fate.rules.get(*index).copied().flatten()));
            rules.filter(|(rule, band)| band.is_some() || self.residuals.can_fail(*rule))
        });
        loop {
            match (old.next(), new.next()) {
                (None, None) => return true,
                (Some((a, old)), Some((b, new))) if a == b => match (old, new) {
                    (Some(old), Some(new)) if self.bands.are_alike(old, new) => {}
                    (None, None) => {}
                    _ => return false,
                },
                _ => return false,
            }
        }
    }
}

impl Unfold for Remainder<'_, '_, '_> {
    type State = RemainderState;

    fn level(&self, state: &RemainderState) -> Option<usize> {
        state.level(self.residuals)
    }

    fn leaf(&mut self, state: &RemainderState) -> u32 {
        if self.met.is_some() {
            return 0;
        }
        let mark = |index: &u32| self.bands.marks.get(*index as usize).copied();
        let mut moves = Moves::new();
        if self.stage.is_joint {
            let shares =
                parts(state.moves.iter().map(|(_, share)| *share), self.stage.totals[0], WHOLE);
            for (((from, to), _), share) in state.moves.iter().zip(shares) {
                moves.extend(mark(from).zip(mark(to)).map(|(from, to)| (from, to, share)));
            }
        } else {
            let of_side = |side: usize| {
                let own = state.moves.iter().filter(move |((from, to), _)| {
                    if side == 0 { *to == OTHER_SIDE } else { *from == OTHER_SIDE }
                });
                let shares: Vec<u128> = own.clone().map(|(_, share)| *share).collect();
                let shares = parts(shares.into_iter(), self.stage.totals[side], SIDE);
                let marks = own.map(move |((from, to), _)| if side == 0 { from } else { to });
                marks.zip(shares).collect::<Vec<_>>()
            };
            for (from, share) in of_side(0) {
                for (to, other) in of_side(1) {
                    if from != to {
                        let own = mark(from).zip(mark(to));
                        moves.extend(own.map(|(from, to)| (from, to, share * other)));
                    }
                }
            }
        }
        moves.retain(|(_, _, share)| 0 < *share);
        moves.sort_unstable();
        self.leaves.add(moves)
    }

    fn answer(&mut self, state: &RemainderState, level: usize) -> Answers<RemainderState> {
        let live: Vec<Residual> = state.live().collect();
        let mut known: HashMap<Vec<Residual>, usize> = HashMap::new();
        let mut states: Vec<RemainderState> = Vec::new();
        let classes = self.residuals.classes(level);
        let mut of_class = Vec::with_capacity(classes.len());
        for is_possible in classes.into_iter().enumerate() {
            let (class, true) = is_possible else {
                of_class.push(None);
                continue;
            };
            let rest: Vec<Residual> =
                live.iter().map(|rule| self.residuals.restrict(*rule, level, class)).collect();
            let index = match known.get(&rest) {
                Some(index) => *index,
                None => {
                    let next = self.settle(state.with(&rest));
                    let index = states.iter().position(|other| *other == next);
                    let index = index.unwrap_or_else(|| {
                        states.push(next);
                        states.len() - 1
                    });
                    known.insert(rest, index);
                    index
                }
            };
            of_class.push(Some(index));
        }
        Answers { states, of_class }
    }
}
