//! How what moves unfolds, class by class, for the callers of one situation.

use crate::{
    movement::{
        compared::{Compared, Situation},
        remainder::{Leaves, Met, RemainderState},
        settle::Remainder,
        side::SideForm,
        square::Bands,
        stage::{Forms, Stage, Units},
    },
    space::{
        diagram::{Answers, Diagram, DiagramNode, Unfold},
        residual::{Residual, Residuals},
    },
};

/// How two sides unfold for some callers.
#[derive(Debug)]
pub struct Unfolding<'w, 'q> {
    compared: &'w Compared<'q>,
    situation: &'w Situation,
    forms: Forms<'w, 'q>,
    /// The conditions.
    pub residuals: Residuals<'w, 'q>,
    requires: [Residual; 2],
    rules: [Vec<Residual>; 2],
    bands: Bands<'q>,
    stages: Vec<Stage>,
    /// Whether units that are known are looked at one by one, not as if they could be any.
    pub are_units_known: bool,
    leaves: &'w mut Leaves<'q>,
}

/// What is left on the way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// Nothing is known but the classes of the first axes, so far.
    Begun(Vec<usize>),
    /// On which stage, and what is left of both sides.
    Left(usize, RemainderState),
}

impl<'w, 'q> Unfolding<'w, 'q> {
    /// From these forms of both sides on, which are over the axes that are compared.
    pub fn new(
        compared: &'w Compared<'q>,
        sides: [&'w SideForm<'q>; 2],
        situation: &'w Situation,
        leaves: &'w mut Leaves<'q>,
    ) -> Self {
        let forms = Forms { sides, names: compared.question.names };
        let mut residuals = Residuals::new(&compared.space, &compared.levels, &situation.possible);
        let requires = sides.map(|form| residuals.intern(&form.requires));
        let rules = sides.map(|form| {
            form.rules.iter().map(|rule| residuals.intern(&rule.formula)).collect::<Vec<_>>()
        });
        let (bands, stages) = (Bands::default(), Vec::new());
        Self {
            compared,
            situation,
            forms,
            residuals,
            requires,
            rules,
            bands,
            stages,
            are_units_known: true,
            leaves,
        }
    }

    /// Unfolds everything into a diagram; none if that is too much.
    pub fn unfold(&mut self, diagram: &mut Diagram) -> Option<DiagramNode> {
        let (levels, allowance) = (self.compared.order.len(), self.compared.allowance());
        let (first, mut left) = (self.begin(Vec::new()), allowance);
        let node = diagram.unfold(self, first, levels, &mut left);
        self.compared.spend(allowance, left);
        node
    }

    /// Finds out what is served to whom at all, piece by piece; none if that is too much.
    pub fn meet(&mut self, met: &mut Met<'q>) -> Option<()> {
        let allowance = self.compared.allowance();
        let mut left = allowance;
        let all = self.meet_within(met, &mut left);
        self.compared.spend(allowance, left);
        all
    }

    fn meet_within(&mut self, met: &mut Met<'q>, left: &mut usize) -> Option<()> {
        let levels = self.compared.order.len();
        for classes in self.first_classes() {
            for piece in self.stage(&classes).apart() {
                let state = RemainderState::new(self.requires, self.rules.clone(), &piece);
                let state = self.given(&state, &classes);
                let mut remainder = Remainder {
                    residuals: &mut self.residuals,
                    bands: &self.bands,
                    stage: &piece,
                    leaves: self.leaves,
                    met: Some(met),
                };
                let state = remainder.settle(state);
                // A piece takes something even where nothing is left to be asked.
                *left = left.checked_sub(1)?;
                Diagram::default().unfold(&mut remainder, state, levels, left)?;
            }
        }
        Some(())
    }

    /// All ways in which the axes can fall into classes that are asked first.
    fn first_classes(&self) -> Vec<Vec<usize>> {
        let mut ways = vec![Vec::new()];
        for region in self.situation.regions.iter().take(self.compared.known_units.len()) {
            let with = |way: &Vec<usize>| {
                let way = way.clone();
                region.iter().map(move |class| {
                    let mut way = way.clone();
                    way.push(*class);
                    way
                })
            };
            ways = ways.iter().flat_map(with).collect();
        }
        ways
    }

    fn stage(&mut self, classes: &[usize]) -> Stage {
        let units =
            [0, 1].map(|side| match self.compared.units(side, classes, &self.situation.presence) {
                Units::Some(_) if !self.are_units_known => Units::All,
                units => units,
            });
        self.forms.stage(units, &mut self.bands)
    }

    fn given(&mut self, state: &RemainderState, classes: &[usize]) -> RemainderState {
        let live: Vec<Residual> = state.live().collect();
        let rest = live.into_iter().map(|condition| {
            classes.iter().enumerate().fold(condition, |condition, (level, class)| {
                self.residuals.restrict(condition, level, *class)
            })
        });
        let rest: Vec<Residual> = rest.collect();
        state.with(&rest)
    }

    /// What is left once these classes of the first axes are known.
    fn begin(&mut self, classes: Vec<usize>) -> Way {
        if classes.len() < self.compared.known_units.len() {
            return Way::Begun(classes);
        }
        let stage = self.stage(&classes);
        let state = RemainderState::new(self.requires, self.rules.clone(), &stage);
        let state = self.given(&state, &classes);
        let index = self.stages.len();
        self.stages.push(stage);
        let settled = self.remainder(index, |remainder| remainder.settle(state));
        settled.map_or(Way::Begun(classes), |state| Way::Left(index, state))
    }

    fn remainder<T>(
        &mut self,
        stage: usize,
        what: impl FnOnce(&mut Remainder<'_, 'w, 'q>) -> T,
    ) -> Option<T> {
        let mut remainder = Remainder {
            residuals: &mut self.residuals,
            bands: &self.bands,
            stage: self.stages.get(stage)?,
            leaves: self.leaves,
            met: None,
        };
        Some(what(&mut remainder))
    }
}

impl Unfold for Unfolding<'_, '_> {
    type State = Way;

    fn level(&self, way: &Way) -> Option<usize> {
        match way {
            Way::Begun(classes) => Some(classes.len()),
            Way::Left(_, state) => state.level(&self.residuals),
        }
    }

    fn leaf(&mut self, way: &Way) -> u32 {
        match way {
            Way::Begun(_) => 0,
            Way::Left(stage, state) => {
                self.remainder(*stage, |remainder| remainder.leaf(state)).unwrap_or_default()
            }
        }
    }

    fn answer(&mut self, way: &Way, level: usize) -> Answers<Way> {
        match way {
            Way::Left(stage, state) => {
                let answers = self.remainder(*stage, |remainder| remainder.answer(state, level));
                let Some(Answers { states, of_class }) = answers else {
                    return Answers { states: Vec::new(), of_class: Vec::new() };
                };
                let states = states.into_iter().map(|state| Way::Left(*stage, state)).collect();
                Answers { states, of_class }
            }
            Way::Begun(classes) => {
                let all = self.residuals.classes(level);
                let (mut states, mut of_class) = (Vec::new(), Vec::new());
                for (class, is_possible) in all.into_iter().enumerate() {
                    of_class.push(is_possible.then_some(states.len()));
                    if is_possible {
                        let mut classes = classes.clone();
                        classes.push(class);
                        states.push(self.begin(classes));
                    }
                }
                Answers { states, of_class }
            }
        }
    }
}
