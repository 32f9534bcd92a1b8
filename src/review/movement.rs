//! Whom a change of one flag moves.

use std::collections::BTreeSet;

use crate::{
    engine::{
        context::EvaluationContext,
        flag::{Flag, FlagSet},
        instant::Instant,
    },
    review::{outcome::Outcomes, square::WHOLE},
};

/// One flag on one side of a change; a flag that is not there serves nobody anything.
#[derive(Clone, Copy, Debug)]
pub struct FlagSide<'s> {
    /// The whole set that it belongs to.
    pub flags: &'s FlagSet,
    /// The flag, if there is one.
    pub flag: Option<&'s Flag>,
}

/// Whom a change of one flag moves. Entries of `users` play no part.
#[derive(Debug)]
pub struct Movement {
    /// For each group of outcomes of conditions in which the same moves: the moves. Together all
    /// outcomes, those included in which nobody moves.
    pub groups: Vec<Group>,
    /// Of callers without a unit (a targeting key, or what `bucket_by` names), where they fare
    /// differently from all others; only those who move.
    pub without_unit: Vec<Group>,
    /// All that was served to anybody; none is no value.
    pub before: BTreeSet<Option<String>>,
    /// All that is served to anybody now.
    pub after: BTreeSet<Option<String>>,
    /// What the flag resolves to before and after, for whom: for flags that depend on it.
    pub outcomes: Vec<Outcomes>,
    /// The rules that served somebody, by name; none if the flag was switched off altogether.
    pub reached_before: Option<BTreeSet<String>>,
    /// The rules that serve somebody now.
    pub reached_after: Option<BTreeSet<String>>,
}

/// Outcomes of conditions in which the same moves.
#[derive(Debug)]
pub struct Group {
    /// For whom; none is everybody.
    pub when: Option<String>,
    /// Whether the shares are exact. Where the flag depends on another one that is hashed alike,
    /// the two positions are not independent, and they are not.
    pub is_exact: bool,
    /// Who goes where, the stays included, in parts of [`WHOLE`].
    pub moves: Vec<(Option<String>, Option<String>, u128)>,
    /// The least that had to move for the same shares, in parts of [`WHOLE`].
    pub least: u128,
    /// Variants that have another value now: who keeps one gets something else all the same.
    pub revalued: BTreeSet<String>,
    /// A context and a time for each outcome for which one is known.
    pub witnesses: Vec<(EvaluationContext<'static>, Option<Instant>)>,
}

impl Group {
    /// Whether who goes from one to the other gets something else.
    #[must_use]
    pub fn is_move(&self, from: Option<&str>, to: Option<&str>) -> bool {
        from != to || to.is_some_and(|name| self.revalued.contains(name))
    }

    /// Those entries of `moves` in which somebody gets something else.
    pub fn moving(&self) -> impl Iterator<Item = &(Option<String>, Option<String>, u128)> {
        self.moves.iter().filter(|(from, to, _)| self.is_move(from.as_deref(), to.as_deref()))
    }

    /// The share that moves, in parts of [`WHOLE`].
    #[must_use]
    pub fn moved(&self) -> u128 {
        self.moving().map(|(_, _, share)| share).sum()
    }

    /// Whether more move than the change of shares asks for.
    #[must_use]
    pub fn is_rebucketed(&self) -> bool {
        self.least < self.moved()
    }
}

impl Movement {
    /// All groups in which somebody moves, the largest share first.
    pub fn moving(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter().chain(&self.without_unit).filter(|group| 0 < group.moved())
    }
}

/// Whether a unit has the same positions for both.
#[must_use]
pub fn is_hashed_alike(a: &Flag, b: &Flag) -> bool {
    a.salt() == b.salt() && a.hash == b.hash && a.bucket_by == b.bucket_by
}

/// A share as a number from 0 to 1.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "for people and JSON")]
pub fn fraction(parts: u128) -> f64 {
    parts as f64 / WHOLE as f64
}
