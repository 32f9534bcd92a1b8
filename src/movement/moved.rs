//! Whom a change of one flag moves.

use std::collections::BTreeSet;

use crate::{
    diagnostics::place::Place,
    engine::{
        context::EvaluationContext,
        flag::{Flag, FlagSet},
        instant::Instant,
    },
    movement::square::WHOLE,
    words::whom::Audience,
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
    /// How many move; none if that depends on too much to be computed.
    pub shares: Option<Shares>,
    /// Who goes where at all: from which variant to which, by name. Those who stay are not among
    /// them.
    pub moves: BTreeSet<(Option<String>, Option<String>)>,
    /// All that was served to anybody; none is no value.
    pub before: BTreeSet<Option<String>>,
    /// All that is served to anybody now.
    pub after: BTreeSet<Option<String>>,
    /// What to write so that fewer move for the same shares, if more move than have to and an edit
    /// is known that is better in some outcome and in none worse.
    pub edits: Edits,
    /// The rules that served somebody, by index; none if the flag was switched off altogether.
    pub reached_before: Option<BTreeSet<usize>>,
    /// The rules that serve somebody now.
    pub reached_after: Option<BTreeSet<usize>>,
    /// Those of the others whose conditions hold for nobody for whom the flag is on, by index.
    pub impossible: BTreeSet<usize>,
    /// Why some of what is said here may be said of nobody, as a sentence; none if it is exact.
    pub doubt: Option<String>,
}

/// What to write instead, each with its place: lines of the flag or of the rule that stands there.
/// All of it together is one edit.
pub type Edits = Vec<(Place, String)>;

/// How many a change of one flag moves.
#[derive(Debug)]
pub struct Shares {
    /// For each group of outcomes of conditions in which the same moves: the moves. Together all
    /// outcomes, those included in which nobody moves, but for those that are left out.
    pub groups: Vec<Group>,
    /// Of callers without a unit (a targeting key, or what `bucket_by` names), where they fare
    /// differently from all others; only those who move.
    pub without_unit: Vec<Group>,
    /// How many groups are left out, since there are too many to describe. Those in which most
    /// move, most gain something, and most move in vain, are not among them.
    pub left_out: usize,
}

/// What becomes of the users who are listed by name on either side.
#[derive(Debug, Default)]
pub struct Listed {
    /// Those who move, or may: first those of whom that is certain, then by their number.
    pub moves: Vec<ListedMove>,
    /// How many keep what they have.
    pub stays: usize,
    /// All that some of them got, or may have got.
    pub before: BTreeSet<Option<String>>,
    /// All that some of them get now, or may get.
    pub after: BTreeSet<Option<String>>,
}

/// Listed users who fare alike.
#[derive(Debug)]
pub struct ListedMove {
    /// What they got, by name; several where that depends on more than the targeting key.
    pub from: Vec<Option<String>>,
    /// What they get now, in the same way.
    pub to: Vec<Option<String>>,
    /// Whether all of them get something else, whatever the rest of their contexts is.
    pub is_certain: bool,
    /// How many they are.
    pub count: usize,
    /// A few of them.
    pub examples: Vec<String>,
}

impl Listed {
    /// How many move, or may.
    #[must_use]
    pub fn moved(&self) -> usize {
        self.moves.iter().map(|one| one.count).sum()
    }
}

/// Outcomes of conditions in which the same moves.
#[derive(Debug)]
pub struct Group {
    /// For whom.
    pub whom: Audience,
    /// Whether the shares are exact. Where the flag depends on another one that is hashed alike,
    /// the two positions are not independent, and they are not.
    pub is_exact: bool,
    /// Why they are not, as a sentence; none if they are.
    pub doubt: Option<String>,
    /// Who goes where, in parts of [`WHOLE`]. Those who keep what they have are not among them; who
    /// keeps a variant whose value is another now goes from it to itself.
    pub moves: Vec<(Option<String>, Option<String>, u128)>,
    /// The least that had to move for the same shares, in parts of [`WHOLE`].
    pub least: u128,
    /// Whether some of them are single values that conditions name: then the shares are what comes
    /// out for each, and no edit has to serve the same.
    pub has_known_units: bool,
    /// A context and a time for some of the outcomes, as far as they are known.
    pub witnesses: Vec<(EvaluationContext<'static>, Option<Instant>)>,
}

impl Group {
    /// That of everybody where nobody moves.
    #[must_use]
    pub fn nobody() -> Self {
        Self {
            whom: Audience::default(),
            is_exact: true,
            doubt: None,
            moves: Vec::new(),
            least: 0,
            has_known_units: false,
            witnesses: Vec::new(),
        }
    }

    /// The share that moves, in parts of [`WHOLE`].
    #[must_use]
    pub fn moved(&self) -> u128 {
        self.moves.iter().map(|(_, _, share)| share).sum()
    }

    /// Whether more move than the change of shares asks for.
    #[must_use]
    pub fn is_rebucketed(&self) -> bool {
        self.least < self.moved()
    }
}

impl Movement {
    /// All groups in which somebody moves, the largest share first; none if how many move was not
    /// computed.
    pub fn moving(&self) -> impl Iterator<Item = &Group> {
        let groups =
            self.shares.iter().flat_map(|shares| shares.groups.iter().chain(&shares.without_unit));
        groups.filter(|group| 0 < group.moved())
    }
}

/// A share as a number from 0 to 1.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "for people and JSON")]
pub fn fraction(parts: u128) -> f64 {
    parts as f64 / WHOLE as f64
}
