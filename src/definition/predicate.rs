//! Conditions: from what is written to the engine's form.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    definition::{
        attribute::{DeclaredAttributes, described},
        attribute_uses::AttributeUses,
        comparison_slips,
        interner::Interner,
        problems::{advice, letters, meaning, operand},
        variants::Variants,
        written::clause::{Clause, FlagRequirement, Name, Test, Wanted},
    },
    diagnostics::{diagnostic::Diagnostic, place::Place, suggest::nearest_of_many},
    engine::{
        case_folding::folded,
        comparison::Comparison,
        condition::{AttributeTest, Condition, FlagIndex, Prerequisite, SegmentIndex},
        context::{Attribute, NOW},
        flag::ValueKind,
        operator::{MATCHES, OperandError, OperandErrorKind, Operator, Usage},
    },
    yaml::node::{Node, NodeValue},
};

/// What a condition can refer to.
#[derive(Debug)]
pub struct Referents<'t> {
    /// The declared attributes.
    pub attributes: &'t DeclaredAttributes,
    /// All segments.
    pub segments: BTreeMap<&'t str, SegmentIndex>,
    /// All flags.
    pub flags: BTreeMap<&'t str, FlagIndex>,
    /// What each flag can serve, by index.
    pub variants: &'t [Variants],
    /// How all conditions use attributes.
    pub uses: AttributeUses,
    /// What they have in common.
    pub interner: &'t Interner,
    /// The segments that something refers to.
    pub used_segments: RefCell<BTreeSet<SegmentIndex>>,
}

impl Referents<'_> {
    /// Conditions, all of which must hold. What is wrong is said and left out.
    pub fn conditions(
        &self,
        clauses: &[Clause<'_>],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Box<[Condition]> {
        clauses.iter().filter_map(|clause| self.condition(clause, diagnostics)).collect()
    }

    /// One condition, in whichever form.
    fn condition(
        &self,
        clause: &Clause<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Condition> {
        match clause {
            Clause::Test(test) => self.test(test, diagnostics).map(Condition::Attribute),
            Clause::Where(tests, place) => Some(self.all_of_where(tests, *place, diagnostics)),
            Clause::Segment(name) => self.segment(*name, diagnostics),
            Clause::Flag(requirement) => {
                self.other_flag(*requirement, diagnostics).map(Condition::Flag)
            }
            Clause::All(clauses, place) => {
                Some(Condition::All(self.conditions(clauses, diagnostics), *place))
            }
            Clause::Any { clauses, place, list, is_empty } => {
                let conditions = self.conditions(clauses, diagnostics);
                if *is_empty {
                    diagnostics.push(advice::empty_list(*list));
                }
                Some(Condition::Any(conditions, *place))
            }
            Clause::Not(clause, place) => {
                let condition = self.condition(clause, diagnostics)?;
                Some(Condition::Not(Box::new(condition), *place))
            }
        }
    }

    /// `{where: {NAME: VALUE}}`.
    fn all_of_where(
        &self,
        tests: &[Test<'_>],
        place: Place,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Condition {
        let tests = tests.iter().filter_map(|test| self.test(test, diagnostics));
        let mut conditions: Vec<_> = tests.map(Condition::Attribute).collect();
        match (conditions.pop(), conditions.is_empty()) {
            (Some(only), true) => only,
            (last, _) => {
                conditions.extend(last);
                Condition::All(conditions.into(), place)
            }
        }
    }

    /// One comparison.
    fn test(&self, test: &Test<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<AttributeTest> {
        let Test { attribute: Name { text: name, place }, operator, operand, ignore_case } = *test;
        self.attributes.note_use(name, place, diagnostics);
        self.uses.note(test);
        if name == NOW && operator.usage != Usage::Time {
            diagnostics.push(meaning::now_operator(operator.name, place));
            return None;
        }
        // The schema has refused a null already: one mistake, one message.
        if matches!(operand.value, NodeValue::Null) {
            return None;
        }
        let attribute = (name, place);
        let is_folded = ignore_case.is_some();
        self.attributes.check(attribute, operator, operand, is_folded, diagnostics);
        match self.compared(operator, operand, is_folded, diagnostics)? {
            Ok(comparison) => {
                unwise(&comparison, operand.place, diagnostics);
                comparison_slips::check(test, self.attributes, diagnostics);
                if is_folded {
                    note_same_texts(operand, diagnostics);
                }
                let attribute = Attribute::new(self.interner.text(name));
                Some(AttributeTest { attribute, comparison, place })
            }
            Err(error) => {
                match (&error.kind, ignore_case) {
                    // The schema has said so already.
                    (OperandErrorKind::CaseOfOperator, _) => return None,
                    (OperandErrorKind::CaseOfValue, Some(place)) => {
                        let written = described(operand);
                        diagnostics.push(letters::value(&written, place, operand.place));
                        return None;
                    }
                    _ => {}
                }
                let items = operand.as_list().unwrap_or_default();
                let item = error.index.and_then(|index| items.get(index)).unwrap_or(operand);
                let written = item.as_str().unwrap_or_default();
                // The schema has said so already, in better words.
                if error.kind == OperandErrorKind::Shape || item.as_str().is_some() {
                    diagnostics.push(operand::problem(operator, &error, written, item.place));
                }
                None
            }
        }
    }

    /// What an operator makes of its value; a pattern that is known is not compiled again. None for
    /// a pattern for which there is no room.
    fn compared(
        &self,
        operator: &Operator,
        operand: &Node,
        is_folded: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Result<Comparison, OperandError>> {
        let (value, patterns) = (operand.to_value(), &self.interner.patterns);
        if is_folded {
            return Some(operator.compare_ignoring_case(&value));
        }
        if let Some(written) = operand.as_str().filter(|_| operator.name == MATCHES) {
            if let Some(known) = patterns.find(written) {
                return Some(Ok(Comparison::Matches(known)));
            }
            if patterns.are_too_large() {
                return None;
            }
        }
        let compared = operator.compare_with(&value);
        if let Ok(Comparison::Matches(pattern)) = &compared {
            diagnostics.extend(patterns.keep(pattern, operand.place));
        }
        Some(compared)
    }

    fn segment(
        &self,
        Name { text: name, place }: Name<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Condition> {
        let Some(index) = self.segments.get(name) else {
            let near = nearest_of_many(diagnostics.len(), name, self.segments.keys().copied());
            // Probably meant, so not unused: one mistake, one message.
            let meant = near.and_then(|near| self.segments.get(near));
            self.used_segments.borrow_mut().extend(meant);
            diagnostics.push(meaning::unknown_segment(name, place, near));
            return None;
        };
        self.used_segments.borrow_mut().insert(*index);
        Some(Condition::Segment(*index, place))
    }

    /// `{flag: KEY, is: VARIANT}`, as a condition or an entry of `requires`.
    pub fn other_flag(
        &self,
        FlagRequirement { flag: Name { text: key, place }, is }: FlagRequirement<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Prerequisite> {
        let Some(index) = self.flags.get(key) else {
            let near = nearest_of_many(diagnostics.len(), key, self.flags.keys().copied());
            diagnostics.push(meaning::unknown_flag(key, place, near));
            return None;
        };
        let variants = self.variants.get(index.0 as usize)?;
        let is = match (is, variants.kind) {
            (Wanted::Misshapen, _) => return None,
            (Wanted::Variant(name), _) => Some(variants.resolve(key, name, diagnostics)?),
            (Wanted::True, Some(ValueKind::Boolean) | None) => None,
            (Wanted::True, Some(kind)) => {
                let problem = meaning::needs_is(key, kind.name(), place, variants.names());
                diagnostics.push(problem);
                return None;
            }
        };
        Some(Prerequisite { flag: *index, is, place })
    }
}

/// Says what is unwise about a comparison by itself.
fn unwise(comparison: &Comparison, place: Place, diagnostics: &mut Vec<Diagnostic>) {
    if let Comparison::Version(requirement) = comparison {
        let partials = requirement.partials();
        diagnostics.extend(partials.iter().map(|partial| advice::partial_version(partial, place)));
        if requirement.is_empty() {
            diagnostics.push(advice::no_version(&requirement.to_string(), place));
        }
    } else if comparison.never_holds() {
        diagnostics.push(advice::empty_list(place));
    }
}

/// Notes two texts of a list that are the same once folded; of several pairs the first.
fn note_same_texts(operand: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<String, (&str, Place)> = BTreeMap::new();
    for item in operand.as_list().unwrap_or_default() {
        let Some(text) = item.as_str() else { continue };
        if let Some((first, place)) = seen.insert(folded(text), (text, item.place)) {
            diagnostics.push(letters::same(first, text, item.place, place));
            return;
        }
    }
}
