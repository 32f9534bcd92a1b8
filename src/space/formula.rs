//! Conditions of both sides over common axes.

use std::collections::BTreeMap;

use crate::{
    engine::{
        bucket::Percentage,
        condition::{AttributeTest, Condition, Prerequisite, VariantIndex},
        flag::{Flag, FlagSet, Rule, Serve, Variant},
        value::Value,
    },
    space::{
        axes::{Axis, AxisKind},
        axis::{Class, Truth},
        entangled::{Entangled, HAS_KEY},
        other_flag::{Outcomes, Side, WantedOutcome, flag_classes},
        sample::Sample,
        shared::SharedClasses,
    },
};

/// Why the outcomes of comparisons are taken to be independent.
const TOO_MANY: &str = "its comparisons come out together in too many ways";

/// How deep flags that serve by position or name are looked into: each time it takes twice as much.
const GUARDS_MAX: usize = 3;

/// A condition over axes: data, to be asked cell by cell.
#[derive(Clone, Debug)]
pub enum Formula {
    /// How a comparison comes out in the class of an axis.
    Truth {
        /// The axis.
        axis: usize,
        /// The comparison.
        test: usize,
    },
    /// All hold; looked at one after the other.
    All(Vec<Formula>),
    /// At least one holds; looked at one after the other.
    Any(Vec<Formula>),
    /// It does not hold.
    Not(Box<Formula>),
}

/// A segment's conditions on each side on which something refers to it.
#[derive(Debug, Default)]
pub struct NamedFormula {
    /// Before.
    pub base: Option<Formula>,
    /// After.
    pub head: Option<Formula>,
    /// Whether the change edits it.
    pub is_edited: bool,
}

impl NamedFormula {
    /// The name in words; where something refers to it on one side alone, and it is another on the
    /// other, which of the two it is.
    #[must_use]
    pub fn called(&self, name: &str) -> String {
        let which = match (self.is_edited, &self.base, &self.head) {
            (true, Some(_), None) => " as it was",
            (true, None, Some(_)) => " as it is now",
            _ => "",
        };
        format!("`{name}`{which}")
    }
}

/// Axes, and the segments over them.
#[derive(Debug)]
pub struct Space<'s> {
    /// The axes.
    pub axes: Vec<Axis<'s>>,
    /// The segments that were met, by name.
    pub segments: BTreeMap<&'s str, NamedFormula>,
    /// For each comparison that has an axis of its own, by its axis and index: which.
    pub moved: BTreeMap<(usize, usize), usize>,
    /// Whether flags inside of one another were not looked into, since they are too many.
    has_given_up: bool,
}

/// Collects axes while conditions are turned into formulas.
#[derive(Debug)]
pub struct Axes<'s> {
    /// New keys of flags that were renamed, by their old ones.
    renamed: &'s BTreeMap<&'s str, &'s str>,
    /// The other flags that are looked into.
    entangled: Entangled,
    /// How many of them are being looked into, one inside the other.
    guards: usize,
    has_given_up: bool,
    by_name: BTreeMap<(u8, String), usize>,
    found: Vec<Axis<'s>>,
    segments: BTreeMap<&'s str, NamedFormula>,
}

impl Formula {
    /// How it comes out in a cell: a class for each axis.
    #[must_use]
    pub fn truth(&self, axes: &[Axis<'_>], cell: &[usize]) -> Truth {
        match self {
            Self::Truth { axis, test } => {
                let class = axes.get(*axis).zip(cell.get(*axis));
                class
                    .and_then(|(axis, index)| axis.classes.get(*index))
                    .and_then(|class| class.truth.get(*test).copied())
                    .unwrap_or(Truth::No)
            }
            Self::All(parts) => {
                let mut truths = parts.iter().map(|part| part.truth(axes, cell));
                truths.find(|truth| *truth != Truth::Yes).unwrap_or(Truth::Yes)
            }
            Self::Any(parts) => {
                let mut truths = parts.iter().map(|part| part.truth(axes, cell));
                truths.find(|truth| *truth != Truth::No).unwrap_or(Truth::No)
            }
            Self::Not(part) => match part.truth(axes, cell) {
                Truth::No => Truth::Yes,
                Truth::Yes => Truth::No,
                Truth::Fails => Truth::Fails,
            },
        }
    }
}

impl Formula {
    /// Whether it depends on this axis and on no other.
    #[must_use]
    pub fn is_about_only(&self, wanted: usize) -> bool {
        match self {
            Self::Truth { axis, .. } => *axis == wanted,
            Self::All(parts) | Self::Any(parts) => {
                !parts.is_empty() && parts.iter().all(|part| part.is_about_only(wanted))
            }
            Self::Not(part) => part.is_about_only(wanted),
        }
    }
}

impl<'s> Axes<'s> {
    /// None yet; `entangled` are the other flags that are looked into.
    #[must_use]
    pub fn new(renamed: &'s BTreeMap<&'s str, &'s str>, entangled: Entangled) -> Self {
        let (by_name, segments) = (BTreeMap::new(), BTreeMap::new());
        let (guards, has_given_up, found) = (0, false, Vec::new());
        Self { renamed, entangled, guards, has_given_up, by_name, found, segments }
    }

    /// Whether everything that a flag of one side requires holds.
    pub fn requires(&mut self, flags: &'s FlagSet, side: Side, flag: &'s Flag) -> Formula {
        let requires = flag.requires.iter();
        Formula::All(requires.map(|wanted| self.prerequisite(flags, side, wanted)).collect())
    }

    /// The conditions of a rule of one side, all of which must hold.
    pub fn rule(&mut self, flags: &'s FlagSet, side: Side, rule: &'s Rule) -> Formula {
        self.all(flags, side, &rule.conditions)
    }

    fn all(&mut self, flags: &'s FlagSet, side: Side, list: &'s [Condition]) -> Formula {
        Formula::All(list.iter().map(|condition| self.condition(flags, side, condition)).collect())
    }

    fn condition(&mut self, flags: &'s FlagSet, side: Side, condition: &'s Condition) -> Formula {
        match condition {
            Condition::Attribute(test) => self.attribute(test),
            Condition::Segment(index, _) => {
                let Some(segment) = flags.segment(*index) else { return Formula::Any(Vec::new()) };
                let formula = self.all(flags, side, &segment.conditions);
                let named = self.segments.entry(&segment.name).or_default();
                let slot = if side == Side::Base { &mut named.base } else { &mut named.head };
                slot.get_or_insert_with(|| formula.clone());
                formula
            }
            Condition::Flag(prerequisite) => self.prerequisite(flags, side, prerequisite),
            Condition::All(inner, _) => self.all(flags, side, inner),
            Condition::Any(inner, _) => Formula::Any(
                inner.iter().map(|condition| self.condition(flags, side, condition)).collect(),
            ),
            Condition::Not(inner, _) => Formula::Not(Box::new(self.condition(flags, side, inner))),
        }
    }

    /// Whether a comparison holds.
    pub fn attribute(&mut self, test: &'s AttributeTest) -> Formula {
        let name = test.attribute.name();
        let axis = self.axis(0, name.to_owned(), name, || AxisKind::Attribute(Vec::new()));
        let Some(AxisKind::Attribute(tests)) = self.found.get_mut(axis).map(|axis| &mut axis.kind)
        else {
            return Formula::Any(Vec::new());
        };
        tests.push(test);
        Formula::Truth { axis, test: tests.len() - 1 }
    }

    fn prerequisite(
        &mut self,
        flags: &'s FlagSet,
        side: Side,
        prerequisite: &'s Prerequisite,
    ) -> Formula {
        let Some(other) = flags.flag(prerequisite.flag) else { return Formula::Any(Vec::new()) };
        let variant = prerequisite.is.and_then(|index| other.variant(index));
        let wanted = WantedOutcome { side, variant: variant.map(|variant| &*variant.name) };
        let new_key = self.renamed.get(&*other.key).filter(|_| side == Side::Base);
        let key: &'s str = new_key.copied().unwrap_or(&other.key);
        let is_wanted = |index: Option<VariantIndex>| match (index, prerequisite.is) {
            (Some(index), Some(wanted)) => wanted == index,
            (Some(index), None) => other.variant(index).is_some_and(Variant::is_true),
            (None, _) => false,
        };
        if self.entangled.inlined.contains(key) {
            return self.may(flags, side, other, &is_wanted);
        }
        let free = self.outcome(key, wanted);
        if !self.entangled.guarded.contains(key) {
            return free;
        }
        if GUARDS_MAX <= self.guards {
            self.has_given_up = true;
            return free;
        }
        self.guards += 1;
        let may = self.may(flags, side, other, &is_wanted);
        let may_not = self.may(flags, side, other, &|index| !is_wanted(index));
        self.guards -= 1;
        Formula::Any(vec![Formula::Not(Box::new(may_not)), Formula::All(vec![may, free])])
    }

    /// Whether another flag resolves as wanted, as an axis of its own.
    fn outcome(&mut self, key: &'s str, wanted: WantedOutcome<'s>) -> Formula {
        let axis = self.axis(1, key.to_owned(), key, || AxisKind::Flag(Vec::new(), Vec::new()));
        let Some(AxisKind::Flag(tests, _)) = self.found.get_mut(axis).map(|axis| &mut axis.kind)
        else {
            return Formula::Any(Vec::new());
        };
        let test = tests.iter().position(|known| *known == wanted).unwrap_or_else(|| {
            tests.push(wanted);
            tests.len() - 1
        });
        Formula::Truth { axis, test }
    }

    /// For whom a flag may serve what is wanted, whatever their positions are, and whoever is
    /// listed; none is no value. Of a flag that looks at neither: for whom it does.
    fn may(
        &mut self,
        flags: &'s FlagSet,
        side: Side,
        flag: &'s Flag,
        wants: &dyn Fn(Option<VariantIndex>) -> bool,
    ) -> Formula {
        let may_serve = |serve: &Serve| match serve {
            Serve::Variant(index) => wants(Some(*index)),
            // It may fail, too, which is neither.
            Serve::Split(_) => true,
        };
        let always =
            |holds| if holds { Formula::All(Vec::new()) } else { Formula::Any(Vec::new()) };
        let off = wants(flag.off_variant);
        if !flag.enabled {
            return always(off);
        }
        let on = self.requires(flags, side, flag);
        let mut rest = always(flag.default.as_ref().map_or(wants(None), may_serve));
        for rule in flag.rules.iter().rev() {
            let holds = self.rule(flags, side, rule);
            rest = if rule.ramp != Percentage::ZERO && may_serve(&rule.serve) {
                Formula::Any(vec![holds, rest])
            } else if rule.ramp == Percentage::FULL {
                Formula::All(vec![Formula::Not(Box::new(holds)), rest])
            } else {
                // Whom it does not take goes on; its conditions may fail all the same.
                Formula::Any(vec![Formula::All(vec![holds, always(false)]), rest])
            };
        }
        if flag.users.variants().any(|index| wants(Some(index))) {
            rest = Formula::Any(vec![self.attribute(&HAS_KEY), rest]);
        }
        if off {
            Formula::Any(vec![Formula::Not(Box::new(on)), rest])
        } else {
            Formula::All(vec![on, rest])
        }
    }

    fn axis(
        &mut self,
        family: u8,
        identity: String,
        name: &'s str,
        kind: impl FnOnce() -> AxisKind<'s>,
    ) -> usize {
        let next = self.found.len();
        let index = *self.by_name.entry((family, identity)).or_insert(next);
        if index == next {
            self.found.push(Axis::new(name, kind()));
        }
        index
    }

    /// The axes with their classes; `outcomes` says what another flag may resolve to before and
    /// after.
    pub fn finish(
        self,
        shared: &SharedClasses,
        mut outcomes: impl FnMut(&str) -> Vec<Outcomes>,
    ) -> Space<'s> {
        let Self { found: mut axes, segments, has_given_up, .. } = self;
        let (mut apart, mut moved) = (Vec::new(), BTreeMap::new());
        let next = axes.len();
        for (index, axis) in axes.iter_mut().enumerate() {
            let classes = match &mut axis.kind {
                AxisKind::Attribute(tests) => match shared.partition(tests) {
                    Some(partition) => {
                        axis.doubt = partition.doubt;
                        partition.classes
                    }
                    None => {
                        for (test, one) in tests.iter().enumerate() {
                            moved.insert((index, test), next + apart.len());
                            let mut own = Axis::of_comparison(axis.name, one);
                            own.doubt = Some(TOO_MANY.to_owned());
                            apart.push(own);
                        }
                        // One class, so that nothing depends on it.
                        let truth = vec![Truth::No; tests.len()];
                        vec![Class { truth, samples: [].into(), is_finite: false }]
                    }
                },
                AxisKind::Flag(wanted, ways) => {
                    let (classes, all) = flag_classes(wanted, outcomes(axis.name));
                    *ways = all;
                    classes
                }
                AxisKind::Comparison(_) => continue,
            };
            axis.set(classes);
        }
        axes.extend(apart);
        Space { axes, segments, moved, has_given_up }
    }
}

impl Space<'_> {
    /// Why there may be fewer outcomes, as a sentence; none if somebody can have each.
    #[must_use]
    pub fn doubt(&self) -> Option<String> {
        let doubtful = self.axes.iter().find_map(|axis| axis.doubt.as_ref().zip(Some(axis.name)));
        let of_axis = doubtful.map(|(doubt, name)| {
            format!("no value of `{name}` may have some of these outcomes: {doubt}")
        });
        let inside = self.looked_up_inside().map(|(outer, inner)| {
            format!(
                "no caller may have some of these outcomes: `{inner}` is looked up inside \
                 `{outer}`, which is compared with mappings"
            )
        });
        let deep = self.has_given_up.then(|| {
            format!(
                "no caller may have some of these outcomes: flags that depend on one another are \
                 looked into up to {GUARDS_MAX} deep"
            )
        });
        of_axis.or(inside).or(deep)
    }

    /// Two attributes of which the second is a part of the first, which is compared with mappings
    /// that have it.
    fn looked_up_inside(&self) -> Option<(&str, &str)> {
        let attributes = || self.axes.iter().filter(|axis| axis.is_of_attribute());
        let mut pairs =
            attributes().flat_map(|outer| attributes().map(move |inner| (outer, inner)));
        pairs.find_map(|(outer, inner)| {
            let path = inner.name.strip_prefix(outer.name)?.strip_prefix('.')?;
            let has_path = |sample: &Sample| match sample {
                Sample::Value { value, .. } => is_inside(value, path),
                _ => false,
            };
            let mut samples = outer.classes.iter().flat_map(|class| &*class.samples);
            samples.any(has_path).then_some((outer.name, inner.name))
        })
    }
}

/// Whether something is found in a value by the first of these names, one inside the other.
fn is_inside(value: &Value<'_>, path: &str) -> bool {
    let Value::Object(object) = value else { return false };
    let (first, rest) =
        path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    object.value(first).is_some_and(|inner| rest.is_none_or(|rest| is_inside(inner, rest)))
}
