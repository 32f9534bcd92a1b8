//! What is left of both sides of a flag while it is found out which conditions hold.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    movement::{
        square::{BandIndex, Moves, Served},
        stage::Stage,
    },
    space::residual::{DECIDED, Residual, Residuals},
};

/// That a side has not decided yet what it serves in a piece.
pub const FREE: BandIndex = BandIndex::MAX;
/// That a piece is none of a side's.
pub const FOREIGN: BandIndex = BandIndex::MAX - 1;

/// What is left.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RemainderState {
    /// For each side what it requires, and its rules by index.
    pub sides: [Left; 2],
    /// Pieces on which a side is free: which, and what each side serves.
    pub open: Vec<(usize, [BandIndex; 2])>,
    /// How much goes from one mark to another, so far.
    pub moves: Vec<((u32, u32), u128)>,
}

/// What is left of one side.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Left {
    /// What is required.
    pub requires: Residual,
    /// The rules that may still play a part, by their index.
    pub rules: Vec<(usize, Residual)>,
}

/// What was met on the way.
#[derive(Clone, Debug, Default)]
pub struct Met<'q> {
    /// What is served before and after to the same caller.
    pub pairs: BTreeSet<(Served<'q>, Served<'q>)>,
    /// For each side the rules that serve somebody, by index.
    pub rules: [BTreeSet<usize>; 2],
    /// For each side whether what it requires holds for somebody.
    pub is_on: [bool; 2],
}

/// All ways in which a square may move, each once.
#[derive(Debug, Default)]
pub struct Leaves<'q> {
    /// The moves.
    pub list: Vec<Moves<'q>>,
    by_moves: BTreeMap<Moves<'q>, u32>,
}

impl<'q> Leaves<'q> {
    /// The index of these moves.
    pub fn add(&mut self, moves: Moves<'q>) -> u32 {
        let next = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        *self.by_moves.entry(moves).or_insert_with_key(|moves| {
            self.list.push(moves.clone());
            next
        })
    }
}

impl RemainderState {
    /// Where nothing is decided: what each side requires, and its rules in order.
    #[must_use]
    pub fn new(requires: [Residual; 2], rules: [Vec<Residual>; 2], stage: &Stage) -> Self {
        let [before, after] = rules.map(|rules| rules.into_iter().enumerate().collect());
        let open = stage.pieces.iter().enumerate().map(|(index, piece)| {
            let bands = [0, 1].map(|side| match piece.sides.get(side) {
                Some(Some(_)) => FREE,
                _ => FOREIGN,
            });
            (index, bands)
        });
        Self {
            sides: [
                Left { requires: requires[0], rules: before },
                Left { requires: requires[1], rules: after },
            ],
            open: open.collect(),
            moves: Vec::new(),
        }
    }

    /// The conditions that still matter.
    pub fn live(&self) -> impl Iterator<Item = Residual> {
        self.sides.iter().flat_map(|side| {
            std::iter::once(side.requires).chain(side.rules.iter().map(|(_, rule)| *rule))
        })
    }

    /// The same with other conditions, in the order of [`RemainderState::live`].
    #[must_use]
    pub fn with(&self, rest: &[Residual]) -> Self {
        let mut state = self.clone();
        let mut rest = rest.iter().copied();
        for side in &mut state.sides {
            side.requires = rest.next().unwrap_or(side.requires);
            for (rule, rest) in side.rules.iter_mut().zip(&mut rest) {
                rule.1 = rest;
            }
        }
        state
    }

    /// When the first condition is asked that still matters; none if none does.
    #[must_use]
    pub fn level(&self, residuals: &Residuals<'_, '_>) -> Option<usize> {
        if self.open.is_empty() {
            return None;
        }
        let levels = self.live().map(|condition| residuals.level(condition));
        levels.min().filter(|level| *level != DECIDED)
    }

    /// How many rules and free pieces are left.
    #[must_use]
    pub fn size(&self) -> usize {
        let rules: usize = self.sides.iter().map(|side| side.rules.len()).sum();
        let bands = self.open.iter().flat_map(|(_, bands)| bands);
        rules + self.open.len() + bands.filter(|band| **band == FREE).count()
    }

    /// Whether a side is free anywhere.
    #[must_use]
    pub fn is_free(&self, side: usize) -> bool {
        self.open.iter().any(|(_, bands)| bands[side] == FREE)
    }
}
