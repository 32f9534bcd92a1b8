//! Outcomes of conditions in words: for whom something comes out, and contexts for which it does.

use std::borrow::Cow;

use crate::{
    engine::{
        context::{EvaluationContext, TARGETING_KEY, Unit},
        instant::Instant,
        value::Object,
    },
    movement::compared::{Compared, Situation},
    space::{
        diagram::{BRANCHES_MAX, Diagram, Node},
        regions::{Region, Sets},
        residual::Residuals,
        sample::Sample,
    },
    words::audience,
};

/// How many boxes of outcomes are put into words.
const SHOWN_MAX: usize = 8;
/// How many contexts are named for one group of outcomes.
const WITNESSES_MAX: usize = 32;

/// A context and a time at which something comes out.
pub type Witness = (EvaluationContext<'static>, Option<Instant>);

/// Describes outcomes for some callers.
#[derive(Debug)]
pub struct Describe<'d, 'q> {
    compared: &'d Compared<'q>,
    situation: &'d Situation,
    sets: Sets<'d>,
    /// For each segment, by name, those in it and those not in it.
    segments: Vec<(String, Node, Node)>,
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
                let own: Vec<Node> = own.collect::<Option<_>>()?;
                let (first, rest) = own.split_first()?;
                rest.iter().all(|other| other == first).then_some(*first)
            };
            if let (Some(members), Some(others)) = (set(true), set(false)) {
                segments.push((formula.called(name), members, others));
            }
        }
        Self { compared, situation, sets, segments, budget }
    }

    /// Those outcomes of a diagram that lead to a leaf, in words, and contexts for some of them.
    /// No words if they are all.
    pub fn those(
        &mut self,
        diagram: &Diagram,
        root: Node,
        leaf: u32,
    ) -> (Option<String>, Vec<Witness>) {
        let is_own = |other| other == leaf;
        let set = self.sets.of_leaves(diagram, root, is_own, &mut self.budget);
        let Some(set) = set else {
            let words = "certain conditions hold, too many to be named".to_owned();
            return (
                Some(
                    self.lacking()
                        .map_or(words.clone(), |lacking| format!("{lacking} and {words}")),
                ),
                Vec::new(),
            );
        };
        let (boxes, is_whole) = self.sets.cover(set, &mut self.budget);
        let witnesses = self.witnesses(&boxes);
        if self.sets.is_all(set) {
            return (self.lacking(), witnesses);
        }
        let whom = self.segment(set).unwrap_or_else(|| self.boxes(&boxes, is_whole));
        let words = match self.lacking() {
            Some(lacking) => lacking_and(&lacking, &whom),
            None => whom,
        };
        (Some(words), witnesses)
    }

    /// What these callers lack, in words.
    fn lacking(&self) -> Option<String> {
        let lacking = self.situation.presence.iter().filter(|(_, present)| !**present);
        let words: Vec<String> = lacking
            .map(|(name, _)| {
                if name == TARGETING_KEY {
                    "there is no targeting key".to_owned()
                } else {
                    format!("there is no `{name}`")
                }
            })
            .collect();
        (!words.is_empty()).then(|| words.join(" and "))
    }

    /// The segment, or what is not in it, that these outcomes are.
    fn segment(&self, set: Node) -> Option<String> {
        self.segments.iter().find_map(|(name, members, others)| match set {
            _ if set == *members => Some(format!("in segment {name}")),
            _ if set == *others => Some(format!("not in segment {name}")),
            _ => None,
        })
    }

    /// Boxes in words; more than a few are counted.
    fn boxes(&self, boxes: &[Vec<Region>], is_whole: bool) -> String {
        let space = &self.compared.space;
        let in_words = |regions: &Vec<Region>| {
            let axes = self.compared.levels.iter().enumerate();
            let parts: Vec<String> = axes
                .filter_map(|(axis, level)| {
                    let (own, all) = (regions.get(*level)?, self.situation.regions.get(*level)?);
                    (own != all).then(|| audience::region(space, axis, own, all))
                })
                .collect();
            match &*parts {
                [one] => one.clone(),
                several => {
                    several.iter().map(|part| enclosed(part)).collect::<Vec<_>>().join(" and ")
                }
            }
        };
        let mut words: Vec<String> = boxes.iter().take(SHOWN_MAX).map(in_words).collect();
        let more = boxes.len().saturating_sub(SHOWN_MAX);
        let count = if is_whole { more.to_string() } else { format!("more than {more}") };
        match more {
            0 if is_whole => {}
            1 if is_whole => words.push("in one more case".to_owned()),
            _ => words.push(format!("in {count} more cases")),
        }
        words.join("; or ")
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

/// What stands between alternatives inside one part of a sentence, and between whole ones.
const OR: [&str; 2] = [", or ", "; or "];

/// A part of a sentence, in parentheses if it has alternatives.
fn enclosed(part: &str) -> String {
    if OR.iter().any(|or| part.contains(or)) { format!("({part})") } else { part.to_owned() }
}

/// What callers lack, and whom of those a sentence is about.
fn lacking_and(lacking: &str, whom: &str) -> String {
    let in_segment = |prefix: &str, verb: &str| {
        whom.strip_prefix(prefix).map(|segment| format!("segment {segment} {verb}"))
    };
    let whom = in_segment("in segment ", "holds")
        .or_else(|| in_segment("not in segment ", "does not hold"))
        .unwrap_or_else(|| whom.to_owned());
    if OR.iter().any(|or| whom.contains(or)) {
        format!("{lacking}, and either {whom}")
    } else {
        format!("{lacking} and {whom}")
    }
}
