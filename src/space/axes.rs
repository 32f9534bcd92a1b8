//! The axes of a space: what a flag's answer depends on, each with its classes.

use std::collections::HashMap;

use crate::{
    engine::condition::AttributeTest,
    space::{
        axis::{Class, Truth, truth},
        other_flag::{Outcomes, Presence, WantedOutcome},
        sample::Sample,
    },
};

/// What a flag's answer depends on.
#[derive(Debug)]
pub struct Axis<'s> {
    /// The attribute's name, the flag's key, or which conditions these are.
    pub name: &'s str,
    /// What is told apart.
    pub kind: AxisKind<'s>,
    /// The classes.
    pub classes: Vec<Class>,
    /// Why there may be fewer classes, as a clause.
    pub doubt: Option<String>,
    by_truth: HashMap<Vec<Truth>, usize>,
}

/// What an axis tells apart.
#[derive(Debug)]
pub enum AxisKind<'s> {
    /// An attribute, by comparisons.
    Attribute(Vec<&'s AttributeTest>),
    /// Another flag, by what it resolves to on each side; for each class all ways to get there.
    Flag(Vec<WantedOutcome<'s>>, Vec<Vec<Outcomes>>),
    /// One comparison of an attribute whose classes are too many to be told apart: whether it
    /// holds. Some outcomes of several such axes may be none that anybody can have.
    Comparison(&'s AttributeTest),
}

impl<'s> Axis<'s> {
    /// One whose classes are not known yet.
    #[must_use]
    pub fn new(name: &'s str, kind: AxisKind<'s>) -> Self {
        Self { name, kind, classes: Vec::new(), doubt: None, by_truth: HashMap::new() }
    }

    /// One of a single comparison.
    #[must_use]
    pub fn of_comparison(name: &'s str, test: &'s AttributeTest) -> Self {
        let mut own = Self::new(name, AxisKind::Comparison(test));
        own.set([Truth::No, Truth::Yes].map(unknown).into());
        own
    }

    /// Gives it its classes.
    pub fn set(&mut self, classes: Vec<Class>) {
        let truths = classes.iter().enumerate();
        self.by_truth = truths.map(|(index, class)| (class.truth.clone(), index)).collect();
        self.classes = classes;
    }

    /// The class of an attribute's values that a sample would fall into.
    #[must_use]
    pub fn class_of(&self, tests: &[&AttributeTest], sample: &Sample) -> Option<usize> {
        self.by_truth.get(&truth(tests, sample)).copied()
    }

    /// Whether it tells apart values of an attribute.
    #[must_use]
    pub fn is_of_attribute(&self) -> bool {
        matches!(self.kind, AxisKind::Attribute(_))
    }

    /// The classes into which callers can fall who have these things to be hashed and lack those.
    #[must_use]
    pub fn possible(&self, presence: &Presence) -> Vec<usize> {
        let is_possible = |index: &usize| match &self.kind {
            AxisKind::Attribute(_) => {
                let class = self.classes.get(*index);
                let present = presence.get(self.name);
                let allows = |present: &bool| {
                    class.is_some_and(|one| one.samples.is_empty() || one.allows_unit(*present))
                };
                present.is_none_or(allows)
            }
            AxisKind::Flag(_, ways) => {
                let ways = ways.get(*index).map(Vec::as_slice).unwrap_or_default();
                ways.iter().any(|outcomes| outcomes.agrees(presence))
            }
            AxisKind::Comparison(_) => true,
        };
        (0..self.classes.len()).filter(is_possible).collect()
    }
}

/// A class of which nothing is known but how a single condition comes out.
#[must_use]
pub fn unknown(truth: Truth) -> Class {
    Class { truth: vec![truth], samples: [].into(), is_finite: false }
}
