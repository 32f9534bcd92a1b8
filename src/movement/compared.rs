//! Two sides of a flag over common axes, and how what moves unfolds over them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    engine::{context::Unit, value::Value},
    movement::{
        gain::Gains,
        moved::FlagSide,
        partner::{Renamed, partners},
        remainder::{Leaves, Met, State},
        settle::Remainder,
        side::{Form, is_independent},
        square::Bands,
        stage::{Forms, Names, Stage, Units},
    },
    space::{
        diagram::{Answers, BRANCHES_MAX, Diagram, Node, Unfold},
        entangled::{Entangled, entangled},
        formula::{Axes, Space},
        other_flag::{Outcomes, Presence, Side},
        regions::Region,
        residual::{Residual, Residuals},
    },
};

/// Why shares are estimates where positions are not independent.
const SAME_SALT: &str = "these shares are estimates and may be far off: the flag and one that it \
                         depends on are hashed with the same salt; `--population FILE` counts";

/// How two sides of a flag are compared.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// Before.
    pub base: FlagSide<'q>,
    /// After.
    pub head: FlagSide<'q>,
    /// What is told apart of what is served.
    pub names: Names<'q>,
    /// Flags that only changed their key: from old to new.
    pub renamed_flags: &'q BTreeMap<&'q str, &'q str>,
    /// The segments that the change edits, by name.
    pub edited_segments: &'q BTreeSet<String>,
}

impl Question<'_> {
    /// For each rule after the change which one it was before, by their indices.
    #[must_use]
    pub fn partners(&self) -> Vec<Option<usize>> {
        let (Some(old), Some(new)) = (self.base.flag, self.head.flag) else { return Vec::new() };
        let renamed = Renamed { flags: self.renamed_flags, variants: self.names.renamed };
        partners([(self.base.flags, old), (self.head.flags, new)], renamed)
    }

    /// Who gets something that they did not get before.
    #[must_use]
    pub fn gains(&self) -> Gains {
        Gains::new(self.base.flag, self.head.flag, self.names.renamed)
    }

    /// The other flags that are looked into.
    #[must_use]
    pub fn entangled(&self) -> Entangled {
        let sides = [self.base, self.head].map(|side| (side.flags, side.flag));
        entangled(sides, self.renamed_flags)
    }
}

/// Two sides over common axes.
#[derive(Debug)]
pub struct Compared<'q> {
    /// What is compared.
    pub question: Question<'q>,
    /// The axes.
    pub space: Space<'q>,
    /// Before and after, as the definitions say.
    pub forms: [Form<'q>; 2],
    /// When each axis is asked.
    pub levels: Vec<usize>,
    /// The axis of each level.
    pub order: Vec<usize>,
    /// How many levels are asked before all others, since they say which units there are: for each
    /// the units of each of its classes, where they are known.
    known_units: Vec<Vec<Vec<Value<'static>>>>,
    /// Why the shares are not exact, as a sentence; none if they are.
    pub doubt: Option<String>,
}

/// For which callers two sides are compared.
#[derive(Debug)]
pub struct Situation {
    /// Who has something to be hashed.
    pub presence: Presence,
    /// For each axis the classes that are possible.
    pub possible: Vec<Vec<usize>>,
    /// The same for each level.
    pub regions: Vec<Region>,
}

impl<'q> Compared<'q> {
    /// Finds the axes; `outcomes` says what another flag may resolve to before and after.
    pub fn new(question: Question<'q>, outcomes: impl FnMut(&str) -> Vec<Outcomes>) -> Self {
        let mut axes = Axes::new(question.renamed_flags, question.entangled());
        let base = Form::new(&mut axes, Side::Base, question.base);
        let head = Form::new(&mut axes, Side::Head, question.head);
        Self::over(question, axes, [base, head], outcomes)
    }

    /// The same for forms of both sides that are over these axes.
    pub fn over(
        question: Question<'q>,
        axes: Axes<'q>,
        forms: [Form<'q>; 2],
        outcomes: impl FnMut(&str) -> Vec<Outcomes>,
    ) -> Self {
        let mut space = axes.finish(outcomes);
        for (name, segment) in &mut space.segments {
            segment.is_edited = question.edited_segments.contains(*name);
        }
        let known_units = |axis: usize| -> Option<Vec<Vec<Value<'static>>>> {
            let axis = space.axes.get(axis).filter(|axis| axis.is_of_attribute())?;
            let is_hashed = forms.iter().any(|form| form.unit_name() == Some(axis.name));
            let units = axis.classes.iter().map(|class| {
                let values = class.finite_values().into_iter().flatten();
                values.filter(|value| Unit::of(value).is_some()).cloned().collect()
            });
            let units: Vec<Vec<Value<'static>>> = units.collect();
            (is_hashed && units.iter().any(|units| !units.is_empty())).then_some(units)
        };
        let all = || 0..space.axes.len();
        let first: Vec<usize> = all().filter(|axis| known_units(*axis).is_some()).collect();
        let others = all().filter(|axis| !first.contains(axis));
        let order: Vec<usize> = first.iter().copied().chain(others).collect();
        let mut levels = vec![0; order.len()];
        for (level, axis) in order.iter().enumerate() {
            levels[*axis] = level;
        }
        let known_units = first.iter().filter_map(|axis| known_units(*axis)).collect();
        let is_dependent = !is_independent(question.base, question.head, question.renamed_flags);
        let doubt = is_dependent.then(|| SAME_SALT.to_owned()).or_else(|| space.doubt());
        Self { question, space, forms, levels, order, known_units, doubt }
    }

    /// For which callers shares are computed: first those who have all that is hashed.
    #[must_use]
    pub fn situations(&self) -> Vec<Situation> {
        let mut names: Vec<&str> = self.forms.iter().filter_map(Form::unit_name).collect();
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
        presences.into_iter().map(|presence| self.situation(presence)).collect()
    }

    fn situation(&self, presence: Presence) -> Situation {
        let axes = self.space.axes.iter();
        let possible: Vec<Vec<usize>> = axes.map(|axis| axis.possible(&presence)).collect();
        let regions = self.order.iter().filter_map(|axis| possible.get(*axis));
        let regions = regions.map(|classes| classes.iter().copied().collect()).collect();
        Situation { presence, possible, regions }
    }

    /// Whether there are outcomes in which all units are known.
    #[must_use]
    pub fn has_units(&self) -> bool {
        !self.known_units.is_empty()
    }

    /// Whether the units of such callers are known where an axis falls into a class.
    #[must_use]
    pub fn has_known_units(&self, axis: usize, class: usize, presence: &Presence) -> bool {
        let level = self.levels.get(axis).copied().unwrap_or(usize::MAX);
        let units = self.known_units.get(level).and_then(|classes| classes.get(class));
        let name = self.space.axes.get(axis).map(|axis| axis.name);
        units.is_some_and(|units| !units.is_empty())
            && name.is_some_and(|name| presence.get(name) == Some(&true))
    }

    /// The units of a side's flag, once it is known into which classes the first axes fall.
    fn units(&self, side: usize, classes: &[usize], presence: &Presence) -> Units<'_> {
        let name = self.forms.get(side).and_then(Form::unit_name);
        let is_present = name.and_then(|name| presence.get(name)).copied().unwrap_or(false);
        if !is_present {
            return Units::None;
        }
        let own = self.order.iter().zip(classes).zip(&self.known_units).find(|((axis, _), _)| {
            self.space.axes.get(**axis).is_some_and(|axis| Some(axis.name) == name)
        });
        let units = own.and_then(|((_, class), units)| units.get(*class));
        units.filter(|units| !units.is_empty()).map_or(Units::All, |units| Units::Some(units))
    }
}

/// How two sides unfold for some callers.
#[derive(Debug)]
pub struct Walk<'w, 'q> {
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
    Left(usize, State),
}

impl<'w, 'q> Walk<'w, 'q> {
    /// From these forms of both sides on, which are over the axes that are compared.
    pub fn new(
        compared: &'w Compared<'q>,
        sides: [&'w Form<'q>; 2],
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
    pub fn unfold(&mut self, diagram: &mut Diagram) -> Option<Node> {
        let (levels, mut budget) = (self.compared.order.len(), BRANCHES_MAX);
        let first = self.begin(Vec::new());
        diagram.unfold(self, first, levels, &mut budget)
    }

    /// Finds out what is served to whom at all, piece by piece; none if that is too much.
    pub fn meet(&mut self, met: &mut Met<'q>) -> Option<()> {
        let (levels, mut budget) = (self.compared.order.len(), BRANCHES_MAX);
        for classes in self.first_classes() {
            for piece in self.stage(&classes).apart() {
                let state = State::new(self.requires, self.rules.clone(), &piece);
                let state = self.given(&state, &classes);
                let mut remainder = Remainder {
                    residuals: &mut self.residuals,
                    bands: &self.bands,
                    stage: &piece,
                    leaves: self.leaves,
                    met: Some(met),
                };
                let state = remainder.settle(state);
                Diagram::default().unfold(&mut remainder, state, levels, &mut budget)?;
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

    fn given(&mut self, state: &State, classes: &[usize]) -> State {
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
        let state = State::new(self.requires, self.rules.clone(), &stage);
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

impl Unfold for Walk<'_, '_> {
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
