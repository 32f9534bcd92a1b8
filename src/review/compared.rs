//! Two sides of a flag over common axes: what moves in each outcome of their conditions.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    engine::{
        context::Unit,
        flag::{Flag, Variant},
        value::Value,
    },
    review::{
        axis::Truth,
        boxes::{self, Region},
        formula::{Axes, Detail, Formula, Space},
        movement::{FlagSide, is_hashed_alike},
        outcome::{Outcomes, Presence, Resolved, Side},
        square::{Moves, Served, Surface, WHOLE},
    },
};

/// Up to how many outcomes of conditions a movement is computed.
pub const OUTCOMES_MAX: usize = 256;

/// How two sides of a flag are compared.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// Before.
    pub base: FlagSide<'q>,
    /// After.
    pub head: FlagSide<'q>,
    /// Variants that only changed their name: from old to new.
    pub renamed_variants: &'q BTreeMap<String, String>,
    /// Variants that kept their name and have another value.
    pub revalued: &'q BTreeSet<String>,
    /// Flags that only changed their key: from old to new.
    pub renamed_flags: &'q BTreeMap<&'q str, &'q str>,
}

/// Two sides over common axes.
#[derive(Debug)]
pub struct Compared<'q> {
    /// What is compared.
    pub question: Question<'q>,
    /// The axes.
    pub space: Space<'q>,
    base: Conditions,
    head: Conditions,
    /// Whether every unit keeps its positions.
    keeps_positions: bool,
    /// Whether the shares are exact.
    pub is_exact: bool,
}

/// The conditions of one side.
#[derive(Debug)]
struct Conditions {
    requires: Formula,
    rules: Vec<Formula>,
}

/// A class for each axis.
pub type Cell = Vec<usize>;

/// Who goes where in parts of [`WHOLE`], names alone.
pub type Entries = Vec<(Option<String>, Option<String>, u128)>;

impl<'q> Compared<'q> {
    /// Finds the axes; `outcomes` says what another flag may resolve to before and after. None if
    /// there are more than [`OUTCOMES_MAX`] outcomes of conditions in this detail.
    pub fn new(
        question: Question<'q>,
        detail: Detail,
        outcomes: impl FnMut(&str) -> Vec<Outcomes>,
    ) -> Option<Self> {
        let mut axes = Axes::new(detail, question.renamed_flags);
        let base = conditions(&mut axes, Side::Base, question.base);
        let head = conditions(&mut axes, Side::Head, question.head);
        let space = axes.finish(outcomes)?;
        let count = space.axes.iter().try_fold(1_usize, |count, axis| {
            count.checked_mul(axis.classes.len().max(1)).filter(|count| *count <= OUTCOMES_MAX)
        });
        count?;
        let keeps_positions = match (question.base.flag, question.head.flag) {
            (Some(base), Some(head)) => is_hashed_alike(base, head),
            _ => true,
        };
        let is_exact = is_independent(question.base, question.head);
        Some(Self { question, space, base, head, keeps_positions, is_exact })
    }

    /// For which callers shares are computed: first those who have all that is hashed.
    #[must_use]
    pub fn presences(&self) -> Vec<Presence> {
        let [base, head] = [self.question.base, self.question.head]
            .map(|side| side.flag.map(|flag| flag.bucket_by.name()));
        let mut names: Vec<&str> = base.into_iter().chain(head).collect();
        names.dedup();
        let mut presences = vec![Presence::new()];
        for name in names {
            let with = |present: bool| {
                move |presence: &Presence| {
                    let mut presence = presence.clone();
                    presence.insert(name.to_owned(), present);
                    presence
                }
            };
            let absent: Vec<Presence> = presences.iter().map(with(false)).collect();
            presences = presences.iter().map(with(true)).collect();
            presences.extend(absent);
        }
        presences
    }

    /// What moves in each outcome that is possible for such callers.
    pub fn cells(
        &self,
        presence: &Presence,
        seen: &mut BTreeSet<Outcomes>,
    ) -> BTreeMap<Cell, Entries> {
        let cells = boxes::members(&self.possible(presence));
        let entries = cells.into_iter().map(|cell| {
            let moves = self.moves(&cell, presence);
            for (base, head) in moves.keys() {
                let base = resolved(self.question.base, *base);
                let head = resolved(self.question.head, *head);
                seen.insert(Outcomes { presence: presence.clone(), base, head });
            }
            let entries = self.entries(&moves);
            (cell, entries)
        });
        entries.collect()
    }

    /// The classes of each axis that are possible for such callers.
    #[must_use]
    pub fn possible(&self, presence: &Presence) -> Vec<Region> {
        let axes = self.space.axes.iter();
        axes.map(|axis| axis.possible(presence).into_iter().collect()).collect()
    }

    /// What moves in one outcome.
    fn moves(&self, cell: &[usize], presence: &Presence) -> Moves<'q> {
        let base = self.surface(self.question.base, &self.base, cell, presence);
        let head = self.surface(self.question.head, &self.head, cell, presence);
        let moves = self.units(cell, presence).into_iter().map(|(unit, new_unit)| {
            let base = at(self.question.base, &base, unit);
            let head = at(self.question.head, &head, new_unit);
            if self.keeps_positions {
                base.moves_to(&head)
            } else {
                base.moves_independently_to(&head)
            }
        });
        average(moves.collect())
    }

    /// The rules of a side that serve somebody, by name; none if the side is switched off
    /// altogether.
    #[must_use]
    pub fn reached(&self, side: Side, presence: &Presence) -> Option<BTreeSet<String>> {
        let (of, conditions) = match side {
            Side::Base => (self.question.base, &self.base),
            Side::Head => (self.question.head, &self.head),
        };
        let flag = of.flag.filter(|flag| flag.enabled)?;
        let cells = boxes::members(&self.possible(presence)).into_iter();
        let on: Vec<Cell> = cells
            .filter(|cell| conditions.requires.truth(&self.space.axes, cell) == Truth::Yes)
            .collect();
        let surfaces = on.iter().map(|cell| self.surface(of, conditions, cell, presence));
        let reached = surfaces.flat_map(|surface| surface.rules);
        let names = reached.filter_map(|index| flag.rules.get(index));
        (!on.is_empty()).then(|| names.map(|rule| rule.name.to_string()).collect())
    }

    fn surface(
        &self,
        side: FlagSide<'q>,
        conditions: &Conditions,
        cell: &[usize],
        presence: &Presence,
    ) -> Surface<'q> {
        let Some(flag) = side.flag else { return Surface::constant(Served::Nothing) };
        let truth = |formula: &Formula| formula.truth(&self.space.axes, cell);
        let is_enabled = if flag.enabled { truth(&conditions.requires) } else { Truth::No };
        let has_unit = presence.get(flag.bucket_by.name()).copied().unwrap_or(false);
        Surface::of(flag, is_enabled, has_unit, |index| {
            conditions.rules.get(index).map_or(Truth::No, truth)
        })
    }

    /// The units before and after, where the outcome leaves only some, each known by its value.
    #[must_use]
    pub fn units(
        &self,
        cell: &[usize],
        presence: &Presence,
    ) -> Vec<(Option<&Value<'static>>, Option<&Value<'static>>)> {
        let name = |side: FlagSide<'q>| side.flag.map(|flag| flag.bucket_by.name());
        let values = |name: Option<&str>| -> Vec<Option<&Value<'static>>> {
            let present = name.and_then(|name| presence.get(name)).copied().unwrap_or(false);
            let axes = self.space.axes.iter().zip(cell);
            let own = axes
                .filter(|(axis, _)| present && axis.is_of_attribute() && Some(axis.name) == name)
                .find_map(|(axis, class)| axis.classes.get(*class)?.finite_values());
            let units = own.map(|values| {
                let units = values.filter(|value| Unit::of(value).is_some());
                units.map(Some).collect::<Vec<_>>()
            });
            units.filter(|units| !units.is_empty()).unwrap_or_else(|| vec![None])
        };
        let (base, head) = (name(self.question.base), name(self.question.head));
        if base == head {
            return values(base).into_iter().map(|unit| (unit, unit)).collect();
        }
        let new_units = values(head);
        let pairs = values(base).into_iter();
        pairs.flat_map(|unit| new_units.iter().map(move |new_unit| (unit, *new_unit))).collect()
    }

    /// Moves by names alone; a variant that only changed its name is the same one.
    fn entries(&self, moves: &Moves<'q>) -> Entries {
        let mut named: BTreeMap<(Option<String>, Option<String>), u128> = BTreeMap::new();
        for ((from, to), share) in moves {
            let from = from.name().map(|name| {
                self.question.renamed_variants.get(name).map_or(name, String::as_str).to_owned()
            });
            *named.entry((from, to.name().map(str::to_owned))).or_insert(0) += share;
        }
        named.into_iter().map(|((from, to), share)| (from, to, share)).collect()
    }
}

fn conditions<'q>(axes: &mut Axes<'q>, side: Side, of: FlagSide<'q>) -> Conditions {
    let Some(flag) = of.flag.filter(|flag| flag.enabled) else {
        return Conditions { requires: Formula::All(Vec::new()), rules: Vec::new() };
    };
    let requires = axes.requires(of.flags, side, flag);
    let rules = flag.rules.iter().map(|rule| axes.rule(of.flags, side, rule)).collect();
    Conditions { requires, rules }
}

/// What a surface serves to one unit, if it is about one.
fn at<'q>(side: FlagSide<'q>, surface: &Surface<'q>, unit: Option<&Value<'_>>) -> Surface<'q> {
    let Some((flag, unit)) = side.flag.zip(unit.and_then(Unit::of)) else {
        return surface.clone();
    };
    let positions = flag.hash.positions(unit.bytes(), flag.salt().as_bytes());
    Surface::constant(surface.at(positions))
}

/// The moves of all units together, each counting as much as any other; what cannot be divided goes
/// to the first.
fn average(mut moves: Vec<Moves<'_>>) -> Moves<'_> {
    let count = moves.len() as u128;
    if count <= 1 {
        return moves.pop().unwrap_or_default();
    }
    let mut sums = Moves::new();
    for (served, share) in moves.into_iter().flatten() {
        *sums.entry(served).or_insert(0) += share / count;
    }
    let lost = WHOLE - sums.values().sum::<u128>().min(WHOLE);
    if let Some(first) = sums.values_mut().next() {
        *first += lost;
    }
    sums.retain(|_, share| 0 < *share);
    sums
}

/// What is served, with what conditions on it want to know.
fn resolved(side: FlagSide<'_>, served: Served<'_>) -> Resolved {
    match served {
        Served::Nothing => Resolved::Nothing,
        Served::Failed => Resolved::Failed,
        Served::Variant(name) => {
            let variants = side.flag.into_iter().flat_map(|flag| &*flag.variants);
            let mut variants = variants.filter(|variant| *variant.name == *name);
            let is_true = variants.next().is_some_and(Variant::is_true);
            Resolved::Variant(name.to_owned(), is_true)
        }
    }
}

/// Whether the positions of a flag, before and after, and those of all that it depends on are
/// independent.
fn is_independent(base: FlagSide<'_>, head: FlagSide<'_>) -> bool {
    let own: Vec<&Flag> = base.flag.into_iter().chain(head.flag).collect();
    let others = [base, head]
        .into_iter()
        .flat_map(|side| side.flag.map(|flag| depends_on(side, flag)).unwrap_or_default());
    others.into_iter().all(|other| own.iter().all(|flag| !is_hashed_alike(flag, other)))
}

/// All flags that a flag depends on, directly or not.
fn depends_on<'s>(side: FlagSide<'s>, flag: &'s Flag) -> Vec<&'s Flag> {
    let (mut found, mut waiting): (Vec<&Flag>, Vec<&Flag>) = (Vec::new(), vec![flag]);
    while let Some(next) = waiting.pop() {
        for key in next.referred_flags(side.flags) {
            let Some(other) = side.flags.flag(key) else { continue };
            if !found.iter().any(|known| known.key == other.key) {
                found.push(other);
                waiting.push(other);
            }
        }
    }
    found
}
