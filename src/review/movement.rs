//! Whom a change of one flag moves: for each outcome of its conditions, the shares that go from one
//! variant to another, computed on the square of positions.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use jiff::Timestamp;

use crate::{
    engine::{
        context::{EvaluationContext, TARGETING_KEY},
        flag::{Flag, FlagSet},
        value::Object,
    },
    review::{
        axis::Sample,
        boxes::{self, Region},
        formula::{Axes, Axis, AxisKind, Formula, Outcomes, Side},
        square::{self, Moves, Served, Surface, WHOLE},
        words,
    },
};

/// Up to how many outcomes of conditions a movement is computed.
pub const OUTCOMES_MAX: usize = 256;

/// One flag on one side of a change; a flag that is not there serves nobody anything.
#[derive(Clone, Copy, Debug)]
pub struct FlagSide<'s> {
    /// The whole set that it belongs to.
    pub flags: &'s FlagSet,
    /// The flag, if there is one.
    pub flag: Option<&'s Flag>,
}

/// Whom a change of one flag moves.
#[derive(Debug)]
pub struct Movement {
    /// For each group of outcomes in which the same moves: the moves. Together with those in which
    /// nobody moves, all outcomes.
    pub groups: Vec<Group>,
    /// Of callers without a unit (a targeting key, or what `bucket_by` names), where they fare
    /// differently from all others.
    pub without_unit: Vec<Group>,
    /// All that was served to anybody, listed users left aside; none is no value.
    pub before: BTreeSet<Option<String>>,
    /// All that is served to anybody now.
    pub after: BTreeSet<Option<String>>,
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
    /// A context and a time for each outcome for which one is known.
    pub witnesses: Vec<(EvaluationContext<'static>, Option<Timestamp>)>,
}

impl Group {
    /// The share that moves, in parts of [`WHOLE`].
    #[must_use]
    pub fn moved(&self) -> u128 {
        self.moves.iter().filter(|(from, to, _)| from != to).map(|(_, _, share)| share).sum()
    }

    /// Whether more move than the change of shares asks for.
    #[must_use]
    pub fn is_rebucketed(&self) -> bool {
        self.least < self.moved()
    }
}

/// How two sides of a flag are compared.
#[derive(Debug)]
pub struct Question<'q> {
    /// Before.
    pub base: FlagSide<'q>,
    /// After.
    pub head: FlagSide<'q>,
    /// Variants that only changed their name: from old to new.
    pub renamed: &'q BTreeMap<String, String>,
}

/// Computes the movement; `outcomes` says what another flag may resolve to before and after. None
/// if there are more outcomes than [`OUTCOMES_MAX`].
pub fn movement(
    question: &Question<'_>,
    outcomes: impl FnMut(&str) -> Vec<Outcomes>,
) -> Option<Movement> {
    let compared = Compared::new(question, outcomes)?;
    let groups = compared.groups(true);
    let alone = compared.groups(false);
    let same = |group: &Group| {
        groups.iter().any(|other| other.when == group.when && other.moves == group.moves)
    };
    let all = || groups.iter().chain(&alone).flat_map(|group| &group.moves);
    let before = all().map(|(from, _, _)| from.clone()).collect();
    let after = all().map(|(_, to, _)| to.clone()).collect();
    let without_unit =
        alone.into_iter().filter(|group| group.moved() > 0 && !same(group)).collect();
    Some(Movement { groups, without_unit, before, after })
}

/// Two sides over common axes.
struct Compared<'q> {
    question: &'q Question<'q>,
    axes: Vec<Axis<'q>>,
    base: Conditions,
    head: Conditions,
    /// Whether every unit keeps its positions.
    keeps_positions: bool,
    is_exact: bool,
}

/// The conditions of one side.
struct Conditions {
    requires: Formula,
    rules: Vec<Formula>,
}

impl<'q> Compared<'q> {
    fn new(
        question: &'q Question<'q>,
        outcomes: impl FnMut(&str) -> Vec<Outcomes>,
    ) -> Option<Self> {
        let mut axes = Axes::default();
        let base = conditions(&mut axes, Side::Base, question.base);
        let head = conditions(&mut axes, Side::Head, question.head);
        let axes = axes.finish(outcomes)?;
        let count = axes.iter().try_fold(1_usize, |count, axis| {
            count.checked_mul(axis.classes.len().max(1)).filter(|count| *count <= OUTCOMES_MAX)
        });
        count?;
        let keeps_positions = match (question.base.flag, question.head.flag) {
            (Some(base), Some(head)) => is_hashed_alike(base, head),
            _ => true,
        };
        let is_exact = [question.base, question.head].iter().all(|side| is_independent(*side));
        Some(Self { question, axes, base, head, keeps_positions, is_exact })
    }

    /// All outcomes, grouped by what moves.
    fn groups(&self, has_unit: bool) -> Vec<Group> {
        let mut by_moves: BTreeMap<Vec<Entry<'q>>, (Vec<Vec<usize>>, u128)> = BTreeMap::new();
        let mut seen = 0_usize;
        for cell in self.cells(has_unit) {
            seen += 1;
            let (moves, least) = self.moves(&cell, has_unit);
            let entries = moves.into_iter().filter(|(_, share)| *share > 0);
            let entries = entries.map(|((from, to), share)| (from, to, share)).collect();
            by_moves.entry(entries).or_insert_with(|| (Vec::new(), least)).0.push(cell);
        }
        let mut groups: Vec<Group> = by_moves
            .into_iter()
            .map(|(entries, (cells, least))| {
                let when =
                    if cells.len() == seen { None } else { Some(self.words(&cells, has_unit)) };
                let witnesses = cells.iter().filter_map(|cell| self.witness(cell)).collect();
                let own = |served: Served<'_>| served.map(str::to_owned);
                let moves = entries
                    .into_iter()
                    .map(|(from, to, share)| (own(from), own(to), share))
                    .collect();
                Group { when, is_exact: self.is_exact, moves, least, witnesses }
            })
            .collect();
        groups.sort_by(|a, b| b.moved().cmp(&a.moved()).then_with(|| a.when.cmp(&b.when)));
        groups
    }

    /// What moves in one outcome, and the least that had to.
    fn moves(&self, cell: &[usize], has_unit: bool) -> (Moves<'q>, u128) {
        let base = self.surface(self.question.base, &self.base, cell, has_unit);
        let head = self.surface(self.question.head, &self.head, cell, has_unit);
        let moves = if self.keeps_positions {
            base.moves_to(&head)
        } else {
            base.moves_independently_to(&head)
        };
        // A variant that only changed its name is the same one.
        let renamed = |served: Served<'q>| {
            let new = served.and_then(|name| self.question.renamed.get(name));
            new.map(String::as_str).or(served)
        };
        let mut named = Moves::new();
        for ((from, to), share) in moves {
            *named.entry((renamed(from), to)).or_insert(0) += share;
        }
        let mut before = BTreeMap::new();
        for (served, share) in base.shares() {
            *before.entry(renamed(served)).or_insert(0) += share;
        }
        let least = square::least(&before, &head.shares());
        (named, least)
    }

    fn surface(
        &self,
        side: FlagSide<'q>,
        conditions: &Conditions,
        cell: &[usize],
        has_unit: bool,
    ) -> Surface<'q> {
        let Some(flag) = side.flag else { return Surface::constant(None) };
        let is_enabled = flag.enabled && conditions.requires.holds(&self.axes, cell);
        Surface::of(flag, is_enabled, has_unit, |index| {
            conditions.rules.get(index).is_some_and(|rule| rule.holds(&self.axes, cell))
        })
    }

    /// Every combination of classes that callers with or without a unit can have.
    fn cells(&self, has_unit: bool) -> Vec<Vec<usize>> {
        let mut cells = vec![Vec::new()];
        for axis in &self.axes {
            let classes: Vec<usize> = self.classes(axis, has_unit);
            cells = cells
                .into_iter()
                .flat_map(|cell: Vec<usize>| {
                    classes.iter().map(move |class| {
                        let mut cell = cell.clone();
                        cell.push(*class);
                        cell
                    })
                })
                .collect();
        }
        cells
    }

    /// The classes of an axis that are possible with or without a unit.
    fn classes(&self, axis: &Axis<'_>, has_unit: bool) -> Vec<usize> {
        let is_unit = matches!(axis.kind, AxisKind::Attribute(_)) && self.unit() == Some(axis.name);
        let is_missing = |sample: &Sample| matches!(sample, Sample::Missing);
        (0..axis.classes.len())
            .filter(|index| {
                let samples = axis.classes.get(*index).map(|class| &*class.samples);
                let samples = samples.unwrap_or_default();
                !is_unit || samples.iter().any(|sample| is_missing(sample) != has_unit)
            })
            .collect()
    }

    /// The attribute that both sides hash, if it is the same one.
    fn unit(&self) -> Option<&'q str> {
        let name = |side: FlagSide<'q>| side.flag.map(|flag| flag.bucket_by.name());
        match (name(self.question.base), name(self.question.head)) {
            (Some(base), Some(head)) => Some(base).filter(|base| *base == head),
            (one, other) => one.or(other),
        }
    }

    /// Some outcomes in words.
    fn words(&self, cells: &[Vec<usize>], has_unit: bool) -> String {
        let possible: Vec<Region> = self
            .axes
            .iter()
            .map(|axis| self.classes(axis, has_unit).into_iter().collect())
            .collect();
        let described = boxes::cover(cells, &possible).into_iter().map(|regions| {
            let parts: Vec<String> = regions
                .iter()
                .zip(&possible)
                .zip(&self.axes)
                .filter(|((region, possible), _)| region != possible)
                .map(|((region, _), axis)| words(axis, region))
                .collect();
            parts.join(" and ")
        });
        described.collect::<Vec<_>>().join("; or ")
    }

    /// A context for which an outcome comes out, if one is known.
    fn witness(&self, cell: &[usize]) -> Option<(EvaluationContext<'static>, Option<Timestamp>)> {
        let (mut entries, mut context, mut now) = (Vec::new(), EvaluationContext::default(), None);
        for (axis, class) in self.axes.iter().zip(cell) {
            if matches!(axis.kind, AxisKind::Flag(..)) {
                return None;
            }
            let known = |sample: &&Sample| !matches!(sample, Sample::SomeText);
            match axis.classes.get(*class)?.samples.iter().find(known)? {
                Sample::Value { value, .. } if axis.name == TARGETING_KEY => {
                    context.targeting_key = value.as_str().map(|key| Cow::Owned(key.to_owned()));
                }
                Sample::Value { value, .. } => {
                    entries.push((Cow::Owned(axis.name.to_owned()), value.clone()));
                }
                Sample::Instant(instant) => now = Some(*instant),
                Sample::Missing | Sample::SomeText => {}
            }
        }
        context.attributes = Object::from_entries(entries);
        Some((context, now))
    }
}

/// What moves in an outcome, as a key to group by.
type Entry<'n> = (Served<'n>, Served<'n>, u128);

fn conditions<'q>(axes: &mut Axes<'q>, side: Side, of: FlagSide<'q>) -> Conditions {
    let Some(flag) = of.flag.filter(|flag| flag.enabled) else {
        return Conditions { requires: Formula::All(Vec::new()), rules: Vec::new() };
    };
    let requires = axes.requires(of.flags, side, flag);
    let rules = flag.rules.iter().map(|rule| axes.all(of.flags, side, &rule.conditions)).collect();
    Conditions { requires, rules }
}

/// Some classes of an axis in words.
fn words(axis: &Axis<'_>, region: &BTreeSet<usize>) -> String {
    let chosen: Vec<usize> = region.iter().copied().collect();
    match &axis.kind {
        AxisKind::Attribute(tests) => words::attribute(axis.name, &axis.classes, &chosen, tests),
        AxisKind::Flag(_, outcomes) => {
            let resolved = |(base, head): &Outcomes| {
                let name = |resolved: &Option<(String, bool)>| {
                    resolved.as_ref().map_or("no value".to_owned(), |(name, _)| format!("`{name}`"))
                };
                let (base, head) = (name(base), name(head));
                if base == head { head } else { format!("{base} before and {head} now") }
            };
            let listed: Vec<String> =
                chosen.iter().filter_map(|index| outcomes.get(*index)).map(resolved).collect();
            format!("flag `{}` is {}", axis.name, listed.join(" or "))
        }
    }
}

/// Whether a unit has the same positions for both.
#[must_use]
pub fn is_hashed_alike(a: &Flag, b: &Flag) -> bool {
    a.salt == b.salt && a.hash == b.hash && a.bucket_by == b.bucket_by
}

/// Whether the positions of a flag and of all that it depends on are independent.
fn is_independent(side: FlagSide<'_>) -> bool {
    let Some(flag) = side.flag else { return true };
    let others = depends_on(side.flags, flag);
    others.iter().all(|other| !is_hashed_alike(flag, other))
}

/// All flags that a flag depends on, directly or not.
fn depends_on<'s>(flags: &'s FlagSet, flag: &'s Flag) -> Vec<&'s Flag> {
    let (mut found, mut waiting): (Vec<&Flag>, Vec<&Flag>) = (Vec::new(), vec![flag]);
    while let Some(next) = waiting.pop() {
        for key in next.referred_flags(flags) {
            let Some(other) = flags.flag(key) else { continue };
            if !found.iter().any(|known| known.key == other.key) {
                found.push(other);
                waiting.push(other);
            }
        }
    }
    found
}

/// The bucketed share as a number from 0 to 1.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "for people and JSON")]
pub fn fraction(parts: u128) -> f64 {
    // Whole parts per 10¹⁰ are exact in a float; what is finer comes from independent positions.
    parts as f64 / WHOLE as f64
}
