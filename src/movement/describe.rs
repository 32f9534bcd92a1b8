//! Outcomes of conditions: for whom something comes out, and contexts for which it does.

use std::borrow::Cow;

use crate::{
    engine::{
        context::{EvaluationContext, TARGETING_KEY, Unit},
        instant::Instant,
        value::Object,
    },
    movement::compared::{Compared, Situation},
    space::{
        diagram::{BRANCHES_MAX, Diagram, DiagramNode},
        regions::{Region, Sets},
        residual::Residuals,
        sample::Sample,
    },
    words::{
        audience,
        whom::{Audience, CallerFact, Cases, Which},
    },
};

/// How many boxes of outcomes are named.
const SHOWN_MAX: usize = 8;
/// How many contexts are named for one group of outcomes.
const WITNESSES_MAX: usize = 32;

/// A context and a time at which something comes out.
pub type Witness = (EvaluationContext<'static>, Option<Instant>);

/// Some outcomes, described.
#[derive(Debug)]
pub struct Described {
    /// Whom they are about.
    pub whom: Audience,
    /// Contexts for some of them.
    pub witnesses: Vec<Witness>,
    /// Whether some of them are about units that are known.
    pub has_known_units: bool,
}

/// Describes outcomes for some callers.
#[derive(Debug)]
pub struct Describe<'d, 'q> {
    compared: &'d Compared<'q>,
    situation: &'d Situation,
    sets: Sets<'d>,
    /// For each segment, by name, those in it and those not in it.
    segments: Vec<(String, DiagramNode, DiagramNode)>,
    /// What may still be spent.
    budget: usize,
}

impl<'d, 'q> Describe<'d, 'q> {
    /// For the callers of a situation.
    #[must_use]
    pub fn new(compared: &'d Compared<'q>, situation: &'d Situation) -> Self {
        let (mut sets, mut budget) = (Sets::new(&situation.regions), BRANCHES_MAX);
        let space = &compared.space;
        let mut residuals = Residuals::new(space, &compared.levels, &situation.possible);
        let mut segments = Vec::new();
        for (name, formula) in &space.segments {
            let sides = [&formula.base, &formula.head].into_iter().flatten();
            let sides: Vec<_> = sides.map(|formula| residuals.intern(formula)).collect();
            let mut set = |holds| {
                let own = sides.iter().map(|condition| {
                    sets.of_condition(&mut residuals, *condition, holds, &mut budget)
                });
                let own: Vec<DiagramNode> = own.collect::<Option<_>>()?;
                let (first, rest) = own.split_first()?;
                rest.iter().all(|other| other == first).then_some(*first)
            };
            if let (Some(members), Some(others)) = (set(true), set(false)) {
                segments.push((formula.called(name), members, others));
            }
        }
        Self { compared, situation, sets, segments, budget }
    }

    /// Those outcomes of a diagram that lead to a leaf.
    pub fn those(&mut self, diagram: &Diagram, root: DiagramNode, leaf: u32) -> Described {
        let is_own = |other| other == leaf;
        let set = self.sets.of_leaves(diagram, root, is_own, &mut self.budget);
        let Some(set) = set else {
            let (whom, witnesses) = (self.audience(Which::Unnamed), Vec::new());
            return Described { whom, witnesses, has_known_units: self.compared.has_units() };
        };
        let (boxes, is_whole) = self.sets.cover(set, &mut self.budget);
        let witnesses = self.witnesses(&boxes);
        let which = if self.sets.is_all(set) {
            Which::All
        } else if let Some(segment) = self.segment(set) {
            Which::Cases(Cases { named: vec![vec![segment]], more: 0, is_open: false })
        } else {
            Which::Cases(self.cases(&boxes, is_whole))
        };
        let has_known_units = boxes.iter().any(|regions| self.has_known_units(regions));
        Described { whom: self.audience(which), witnesses, has_known_units }
    }

    /// Whether some of the units of a box are known.
    fn has_known_units(&self, regions: &[Region]) -> bool {
        let presence = &self.situation.presence;
        self.compared.levels.iter().enumerate().any(|(axis, level)| {
            let mut classes = regions.get(*level).into_iter().flatten();
            classes.any(|class| self.compared.has_known_units(axis, *class, presence))
        })
    }

    /// Some of the callers of the situation.
    fn audience(&self, which: Which) -> Audience {
        let names = |wanted: bool| {
            let presence = self.situation.presence.iter();
            let names = presence.filter(move |(_, present)| **present == wanted);
            names.map(|(name, _)| name.clone()).collect::<Vec<String>>()
        };
        let lacking = names(false);
        let having = if lacking.is_empty() { Vec::new() } else { names(true) };
        Audience { lacking, having, which }
    }

    /// The segment, or what is not in it, that these outcomes are.
    fn segment(&self, set: DiagramNode) -> Option<CallerFact> {
        self.segments.iter().find_map(|(name, members, others)| match set {
            _ if set == *members => Some(CallerFact::Segment(name.clone(), true)),
            _ if set == *others => Some(CallerFact::Segment(name.clone(), false)),
            _ => None,
        })
    }

    /// Boxes as cases; more than a few are counted.
    fn cases(&self, boxes: &[Vec<Region>], is_whole: bool) -> Cases {
        let space = &self.compared.space;
        let case = |regions: &Vec<Region>| -> Vec<CallerFact> {
            let axes = self.compared.levels.iter().enumerate();
            let clauses = axes.filter_map(|(axis, level)| {
                let (own, all) = (regions.get(*level)?, self.situation.regions.get(*level)?);
                (own != all).then(|| audience::region(space, axis, own, all))
            });
            clauses.collect()
        };
        let named = boxes.iter().take(SHOWN_MAX).map(case).collect();
        Cases { named, more: boxes.len().saturating_sub(SHOWN_MAX), is_open: !is_whole }
    }

    /// Contexts for some outcomes of boxes: of each box one, and others that differ from it in one
    /// axis.
    fn witnesses(&self, boxes: &[Vec<Region>]) -> Vec<Witness> {
        let mut witnesses = Vec::new();
        for regions in boxes {
            let first: Option<Vec<usize>> =
                regions.iter().map(|region| region.first().copied()).collect();
            let Some(first) = first else { continue };
            witnesses.extend(self.witness(&first));
            for (level, region) in regions.iter().enumerate() {
                for class in region.iter().skip(1) {
                    if WITNESSES_MAX <= witnesses.len() {
                        return witnesses;
                    }
                    let mut other = first.clone();
                    if let Some(slot) = other.get_mut(level) {
                        *slot = *class;
                    }
                    witnesses.extend(self.witness(&other));
                }
            }
        }
        witnesses
    }

    /// A context for which an outcome comes out, if one is known that is not about certain units.
    fn witness(&self, cell: &[usize]) -> Option<Witness> {
        let presence = &self.situation.presence;
        let (mut entries, mut context, mut now) = (Vec::new(), EvaluationContext::default(), None);
        for (index, (axis, level)) in
            self.compared.space.axes.iter().zip(&self.compared.levels).enumerate()
        {
            let class = *cell.get(*level)?;
            if !axis.is_of_attribute() || self.compared.has_known_units(index, class, presence) {
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
            match axis.classes.get(class)?.samples.iter().find(is_fit)? {
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
