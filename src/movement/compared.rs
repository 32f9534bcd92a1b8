//! Two sides of a flag over common axes.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    engine::{context::Unit, value::Value},
    movement::{
        asked::{AskedFlags, may_disagree, unit_names},
        gain::Gains,
        moved::FlagSide,
        partner::{Pairs, Renamed},
        side::{SideForm, is_independent},
        stage::{Units, VariantChanges},
    },
    space::{
        diagram::BRANCHES_MAX,
        entangled::{Entangled, entangled},
        formula::{Axes, Space},
        other_flag::{Outcomes, Presence, Side},
        regions::Region,
        shared::SharedClasses,
    },
};

/// Why shares are estimates where positions are not independent.
const SAME_SALT: &str = "these shares are estimates and may be far off: the flag and one that it \
                         depends on are hashed with the same salt; `--population FILE` counts";

/// Why shares are estimates where both sides make their positions of the same numbers.
const SAME_NUMBERS: &str = "these shares are estimates: the schemes before and after make \
                            different positions of the same numbers; `--population FILE` counts";

/// Why callers whose units are known may not have what is said of them.
const KNOWN_UNITS: &str = "no caller may have some of these outcomes: conditions name values of \
                           what a flag is hashed by or lists, on which this one depends; \
                           `--population FILE` counts";

/// Why two flags may not come out as is said of them.
const BY_NAME: &str = "no caller may have some of these outcomes: a flag that this one depends on \
                       serves something to users listed by name only, and others go by the same \
                       keys; `--population FILE` counts";

/// How many branches diagrams may have for one flag, all together.
const BRANCHES_OF_A_FLAG_MAX: usize = 10 * BRANCHES_MAX;

/// How two sides of a flag are compared.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// Before.
    pub base: FlagSide<'q>,
    /// After.
    pub head: FlagSide<'q>,
    /// What is told apart of what is served.
    pub names: VariantChanges<'q>,
    /// Flags that only changed their key: from old to new.
    pub renamed_flags: &'q BTreeMap<&'q str, &'q str>,
    /// The segments that the change edits, by name.
    pub edited_segments: &'q BTreeSet<String>,
    /// What the flags of the change share.
    pub shared: &'q SharedClasses,
}

/// What another flag may resolve to.
#[derive(Clone, Debug)]
pub struct Known {
    /// Before and after.
    pub outcomes: Vec<Outcomes>,
    /// Whether some of it only users get whom the flag lists by name.
    pub is_by_name: bool,
}

impl Question<'_> {
    /// Which rules belong together.
    #[must_use]
    pub fn rules(&self) -> Pairs {
        let (Some(old), Some(new)) = (self.base.flag, self.head.flag) else {
            return Pairs::default();
        };
        let renamed = Renamed { flags: self.renamed_flags, variants: self.names.renamed };
        Pairs::new([(self.base.flags, old), (self.head.flags, new)], renamed)
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
    pub forms: [SideForm<'q>; 2],
    /// When each axis is asked.
    pub levels: Vec<usize>,
    /// The axis of each level.
    pub order: Vec<usize>,
    /// How many levels are asked before all others, since they say which units there are: for each
    /// the units of each of its classes, where they are known.
    pub known_units: Vec<Vec<Vec<Value<'static>>>>,
    /// Why the shares are not exact, as a sentence; none if they are.
    pub doubt: Option<String>,
    /// The attributes of which it matters whether callers have something to be hashed.
    unit_names: Vec<&'q str>,
    /// How many branches there may still be.
    left: Cell<usize>,
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
    pub fn new(question: Question<'q>, outcomes: impl FnMut(&str) -> Known) -> Self {
        let mut axes = Axes::new(question.renamed_flags, question.entangled());
        let base = SideForm::new(&mut axes, Side::Base, question.base);
        let head = SideForm::new(&mut axes, Side::Head, question.head);
        Self::over(question, axes, [base, head], outcomes)
    }

    /// The same for forms of both sides that are over these axes.
    pub fn over(
        question: Question<'q>,
        axes: Axes<'q>,
        forms: [SideForm<'q>; 2],
        mut outcomes: impl FnMut(&str) -> Known,
    ) -> Self {
        let mut by_name = Vec::new();
        let mut space = axes.finish(question.shared, |key| {
            let known = outcomes(key);
            by_name.extend(known.is_by_name.then(|| key.to_owned()));
            known.outcomes
        });
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
        let sides = [question.base, question.head];
        let asked = AskedFlags::of(sides);
        let is_dependent = !is_independent(question.base, question.head, question.renamed_flags);
        let disagree = || may_disagree(sides, question.renamed_flags, &space, &by_name);
        let is_entangled = match (forms[0].hashing, forms[1].hashing) {
            (Some(base), Some(head)) => base.is_entangled(head),
            _ => false,
        };
        let doubt = is_dependent.then(|| SAME_SALT.to_owned()).or_else(|| space.doubt());
        let doubt = doubt.or_else(|| is_entangled.then(|| SAME_NUMBERS.to_owned()));
        let doubt = doubt.or_else(|| asked.names_units(&space).then(|| KNOWN_UNITS.to_owned()));
        let doubt = doubt.or_else(|| disagree().then(|| BY_NAME.to_owned()));
        let unit_names = unit_names(&forms, &asked, &space);
        let left = Cell::new(BRANCHES_OF_A_FLAG_MAX);
        Self { question, space, forms, levels, order, known_units, doubt, unit_names, left }
    }

    /// How many branches a diagram may have.
    #[must_use]
    pub fn allowance(&self) -> usize {
        BRANCHES_MAX.min(self.left.get()).min(self.question.shared.left())
    }

    /// Takes off what is gone of an allowance.
    pub fn spend(&self, allowance: usize, left: usize) {
        let spent = allowance.saturating_sub(left);
        self.left.set(self.left.get().saturating_sub(spent));
        self.question.shared.spend(spent);
    }

    /// For which callers shares are computed: first those who have all that is hashed.
    #[must_use]
    pub fn situations(&self) -> Vec<Situation> {
        let mut presences = vec![Presence::new()];
        for name in &self.unit_names {
            let with = |present: bool| {
                move |presence: &Presence| {
                    let mut presence = presence.clone();
                    presence.insert((*name).to_owned(), present);
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
    pub fn units(&self, side: usize, classes: &[usize], presence: &Presence) -> Units<'_> {
        let name = self.forms.get(side).and_then(SideForm::unit_name);
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
