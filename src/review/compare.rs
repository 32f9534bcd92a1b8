//! Computes whom a change of one flag moves: for each outcome of its conditions, the shares that go
//! from one variant to another, on the square of positions.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    engine::{
        context::{EvaluationContext, TARGETING_KEY, Unit},
        instant::Instant,
        value::Object,
    },
    review::{
        axis::Truth,
        boxes,
        compared::{Cell, Compared, Entries, Question},
        formula::Detail,
        movement::{Group, Movement},
        outcome::{Outcomes, Presence, Resolved, Side},
        sample::Sample,
        square, words,
    },
};

/// Computes the movement; `outcomes` says what another flag may resolve to before and after. Where
/// there are more than `OUTCOMES_MAX` outcomes of conditions, only whole rules are told apart;
/// none if there are too many even then.
pub fn movement(
    question: Question<'_>,
    mut outcomes: impl FnMut(&str) -> Vec<Outcomes>,
) -> Option<Movement> {
    let details = [Detail::Comparisons, Detail::Rules];
    let compared =
        details.into_iter().find_map(|detail| Compared::new(question, detail, &mut outcomes))?;
    Some(compared.movement())
}

impl Compared<'_> {
    fn movement(&self) -> Movement {
        let mut outcomes = BTreeSet::new();
        let mut usual = BTreeMap::new();
        let (mut groups, mut without_unit) = (Vec::new(), Vec::new());
        for presence in self.presences() {
            let mut found = self.cells(&presence, &mut outcomes);
            if usual.is_empty() {
                groups = self.groups(&presence, &found, &found);
                usual = found;
            } else {
                let all = found.clone();
                found.retain(|cell, moves| usual.get(cell) != Some(moves));
                without_unit.extend(self.groups(&presence, &found, &all));
            }
        }
        without_unit.retain(|group: &Group| 0 < group.moved());
        let name = |resolved: &Resolved| match resolved {
            Resolved::Variant(name, _) => Some(name.clone()),
            Resolved::Nothing | Resolved::Failed => None,
        };
        let renamed =
            |name: String| self.question.renamed_variants.get(&name).cloned().or(Some(name));
        let before = outcomes.iter().map(|one| name(&one.base).and_then(renamed)).collect();
        let after = outcomes.iter().map(|one| name(&one.head)).collect();
        let usual = self.presences().into_iter().next().unwrap_or_default();
        Movement {
            groups,
            without_unit,
            before,
            after,
            outcomes: outcomes.into_iter().collect(),
            reached_before: self.reached(Side::Base, &usual),
            reached_after: self.reached(Side::Head, &usual),
        }
    }

    /// Some of all outcomes, grouped by what moves.
    fn groups(
        &self,
        presence: &Presence,
        some: &BTreeMap<Cell, Entries>,
        all: &BTreeMap<Cell, Entries>,
    ) -> Vec<Group> {
        let mut by_moves: BTreeMap<&Entries, BTreeSet<Cell>> = BTreeMap::new();
        for (cell, entries) in some {
            by_moves.entry(entries).or_default().insert(cell.clone());
        }
        let all: BTreeSet<Cell> = all.keys().cloned().collect();
        let mut groups: Vec<Group> = by_moves
            .into_iter()
            .map(|(moves, cells)| Group {
                when: self.words(&cells, &all, presence),
                is_exact: self.is_exact,
                least: square::least(moves) + self.revalued_share(moves),
                moves: moves.clone(),
                revalued: self.question.revalued.clone(),
                witnesses: cells.iter().filter_map(|cell| self.witness(cell, presence)).collect(),
            })
            .collect();
        groups.sort_by(|a, b| b.moved().cmp(&a.moved()).then_with(|| a.when.cmp(&b.when)));
        groups
    }

    /// The share that keeps its variant and gets another value.
    fn revalued_share(&self, moves: &Entries) -> u128 {
        let keeps = |(from, to, _): &&(Option<String>, Option<String>, u128)| {
            from == to && to.as_ref().is_some_and(|name| self.question.revalued.contains(name))
        };
        moves.iter().filter(keeps).map(|(_, _, share)| share).sum()
    }

    /// Some of all outcomes in words; none if they are all.
    fn words(
        &self,
        cells: &BTreeSet<Cell>,
        all: &BTreeSet<Cell>,
        presence: &Presence,
    ) -> Option<String> {
        let lacking: Vec<String> = presence
            .iter()
            .filter(|(_, present)| !**present)
            .map(|(name, _)| {
                if name == TARGETING_KEY {
                    "there is no targeting key".to_owned()
                } else {
                    format!("there is no `{name}`")
                }
            })
            .collect();
        let lacking = (!lacking.is_empty()).then(|| lacking.join(" and "));
        if cells.len() == all.len() {
            return lacking;
        }
        let whom = self.segment(cells, all).unwrap_or_else(|| {
            let possible = self.possible(presence);
            let described = boxes::cover(cells, &possible).into_iter().map(|regions| {
                let parts: Vec<String> = (0..)
                    .zip(regions.iter().zip(&possible))
                    .filter(|(_, (region, possible))| region != possible)
                    .map(|(axis, (region, possible))| {
                        words::region(&self.space, axis, region, possible)
                    })
                    .collect();
                parts.join(" and ")
            });
            described.collect::<Vec<_>>().join("; or ")
        });
        Some(lacking.map_or(whom.clone(), |lacking| format!("{lacking} and {whom}")))
    }

    /// The segment, or what is not in it, that these outcomes are.
    fn segment(&self, cells: &BTreeSet<Cell>, all: &BTreeSet<Cell>) -> Option<String> {
        let axes = &self.space.axes;
        self.space.segments.iter().find_map(|(name, formula)| {
            let mut sides = [&formula.base, &formula.head].into_iter().flatten().map(|formula| {
                let is_in = |cell: &&Cell| formula.truth(axes, cell) == Truth::Yes;
                all.iter().filter(is_in).cloned().collect::<BTreeSet<Cell>>()
            });
            let members = sides.next()?;
            sides.all(|other| other == members).then_some(())?;
            words::in_segment(name, &members, cells, all)
        })
    }

    /// A context for which an outcome comes out, if one is known that is not about certain units.
    fn witness(
        &self,
        cell: &[usize],
        presence: &Presence,
    ) -> Option<(EvaluationContext<'static>, Option<Instant>)> {
        let is_about_some = |unit: &(Option<_>, Option<_>)| unit.0.is_some() || unit.1.is_some();
        if self.units(cell, presence).iter().any(is_about_some) {
            return None;
        }
        let (mut entries, mut context, mut now) = (Vec::new(), EvaluationContext::default(), None);
        for (axis, class) in self.space.axes.iter().zip(cell) {
            if !axis.is_of_attribute() {
                return None;
            }
            let present = presence.get(axis.name);
            let is_fit = |sample: &&Sample| match sample {
                Sample::SomeText => false,
                Sample::Value { value, .. } => {
                    present.is_none_or(|present| Unit::of(value).is_some() == *present)
                }
                Sample::Missing => present != Some(&true),
                Sample::Instant(_) => true,
            };
            match axis.classes.get(*class)?.samples.iter().find(is_fit)? {
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
