//! Conditions: from what is written to the engine's form.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    definition::{
        attribute::{Attributes, described},
        interner::Shared,
        problems::{advice, letters, meaning, operand},
        variants::Outline,
    },
    diagnostics::{diagnostic::Diagnostic, place::Place, suggest::nearest_of_many},
    engine::{
        case_folding::folded,
        comparison::Comparison,
        condition::{AttributeTest, Condition, FlagIndex, Prerequisite, SegmentIndex},
        context::{Attribute, NOW},
        flag::ValueKind,
        operator::{MisfitKind, Operator},
    },
    yaml::document::{Node, Value},
};

/// What a condition can refer to.
#[derive(Debug)]
pub struct Names<'t> {
    /// The declared attributes.
    pub attributes: &'t Attributes,
    /// All segments.
    pub segments: BTreeMap<&'t str, SegmentIndex>,
    /// All flags.
    pub flags: BTreeMap<&'t str, FlagIndex>,
    /// What each flag can serve, by index.
    pub outlines: &'t [Outline],
    /// What they have in common.
    pub shared: &'t Shared,
    /// The segments that something refers to.
    pub used_segments: RefCell<BTreeSet<SegmentIndex>>,
}

impl Names<'_> {
    /// A list of conditions, all of which must hold. What is wrong is said and left out.
    pub fn conditions(&self, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Box<[Condition]> {
        let Some(items) = node.as_list() else {
            diagnostics.push(meaning::wrong_shape("a list", node.kind(), node.place));
            return Box::default();
        };
        items.iter().filter_map(|item| self.condition(item, diagnostics)).collect()
    }

    /// One condition, in whichever form.
    fn condition(&self, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Condition> {
        for entry in node.as_map().unwrap_or_default() {
            let (written, place) = (&entry.node, node.place);
            return match &*entry.key {
                "attribute" | "operator" | "value" => self.comparison(node, diagnostics),
                "where" => self.all_of_where(written, place, diagnostics),
                "segment" => self.segment(written, diagnostics),
                "flag" | "is" => self.other_flag(node, diagnostics).map(Condition::Flag),
                "all" => Some(Condition::All(self.conditions(written, diagnostics), place)),
                "any" => {
                    let conditions = self.conditions(written, diagnostics);
                    if written.as_list().is_some_and(<[_]>::is_empty) {
                        diagnostics.push(advice::empty_list(written.place));
                    }
                    Some(Condition::Any(conditions, place))
                }
                "not" => {
                    let condition = self.condition(written, diagnostics)?;
                    Some(Condition::Not(Box::new(condition), place))
                }
                _ => continue,
            };
        }
        diagnostics.push(meaning::wrong_shape("a condition", node.kind(), node.place));
        None
    }

    /// `{attribute, operator, value}`.
    fn comparison(&self, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Condition> {
        let text = |key| node.entry(key).and_then(|entry| Some((entry, entry.node.as_str()?)));
        let parts = text("attribute").zip(text("operator")).zip(node.entry("value"));
        let Some((((attribute, name), (operator, operator_name)), value)) = parts else {
            let expected = "`attribute`, `operator` and `value`";
            diagnostics.push(meaning::wrong_shape(expected, node.kind(), node.place));
            return None;
        };
        let Some(operator) = Operator::find(operator_name) else {
            let place = operator.node.place;
            diagnostics.push(meaning::wrong_shape("an operator", operator_name, place));
            return None;
        };
        let place = attribute.node.place;
        let case = node.entry("ignore_case");
        let ignore_case = case.filter(|entry| matches!(entry.node.value, Value::Bool(true)));
        let ignore_case = ignore_case.map(|entry| entry.key_place);
        self.test((name, place), operator, &value.node, ignore_case, diagnostics)
            .map(Condition::Attribute)
    }

    /// `{where: {NAME: VALUE}}`.
    fn all_of_where(
        &self,
        node: &Node,
        place: Place,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Condition> {
        let Some(entries) = node.as_map() else {
            diagnostics.push(meaning::wrong_shape("a mapping", node.kind(), node.place));
            return None;
        };
        let mut tests = Vec::with_capacity(entries.len());
        for entry in entries {
            let name = if matches!(entry.node.value, Value::List(_)) { "in" } else { "eq" };
            let operator = Operator::find(name)?;
            let attribute = (&*entry.key, entry.key_place);
            tests.extend(self.test(attribute, operator, &entry.node, None, diagnostics));
        }
        let mut conditions: Vec<_> = tests.into_iter().map(Condition::Attribute).collect();
        match (conditions.pop(), conditions.is_empty()) {
            (Some(only), true) => Some(only),
            (last, _) => {
                conditions.extend(last);
                Some(Condition::All(conditions.into(), place))
            }
        }
    }

    /// One comparison; `ignore_case` is where it says that case is to be ignored.
    fn test(
        &self,
        (name, place): (&str, Place),
        operator: &'static Operator,
        operand: &Node,
        ignore_case: Option<Place>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<AttributeTest> {
        self.attributes.note_use(name, place, diagnostics);
        if name == NOW && !matches!(operator.name, "before" | "after") {
            diagnostics.push(meaning::now_operator(operator.name, place));
            return None;
        }
        // The schema has refused a null already: one mistake, one message.
        if matches!(operand.value, Value::Null) {
            return None;
        }
        let attribute = (name, place);
        let is_folded = ignore_case.is_some();
        self.attributes.check(attribute, operator.name, operand, is_folded, diagnostics);
        let value = operand.to_value();
        let compared = if is_folded {
            operator.compare_ignoring_case(&value)
        } else {
            operator.compare_with(&value)
        };
        match compared {
            Ok(comparison) => {
                unwise(&comparison, operand.place, diagnostics);
                if is_folded {
                    note_same_texts(operand, diagnostics);
                }
                let attribute = Attribute::new(self.shared.text(name));
                Some(AttributeTest { attribute, comparison, place })
            }
            Err(misfit) => {
                match (&misfit.kind, ignore_case) {
                    // The schema has said so already.
                    (MisfitKind::CaseOfOperator, _) => return None,
                    (MisfitKind::CaseOfValue, Some(place)) => {
                        let written = described(operand);
                        diagnostics.push(letters::value(&written, place, operand.place));
                        return None;
                    }
                    _ => {}
                }
                let items = operand.as_list().unwrap_or_default();
                let item = misfit.index.and_then(|index| items.get(index)).unwrap_or(operand);
                let written = item.as_str().unwrap_or_default();
                // The schema has said so already, in better words.
                if misfit.kind == MisfitKind::Shape || item.as_str().is_some() {
                    diagnostics.push(operand::problem(operator, &misfit, written, item.place));
                }
                None
            }
        }
    }

    fn segment(&self, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Condition> {
        let Some(name) = node.as_str() else {
            diagnostics.push(meaning::wrong_shape("a segment", node.kind(), node.place));
            return None;
        };
        let Some(index) = self.segments.get(name) else {
            let near = nearest_of_many(diagnostics.len(), name, self.segments.keys().copied());
            // Probably meant, so not unused: one mistake, one message.
            let meant = near.and_then(|near| self.segments.get(near));
            self.used_segments.borrow_mut().extend(meant);
            diagnostics.push(meaning::unknown_segment(name, node.place, near));
            return None;
        };
        self.used_segments.borrow_mut().insert(*index);
        Some(Condition::Segment(*index, node.place))
    }

    /// `{flag: KEY, is: VARIANT}`, as a condition or an entry of `requires`.
    pub fn other_flag(
        &self,
        node: &Node,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Prerequisite> {
        let Some((flag, key)) =
            node.entry("flag").and_then(|entry| Some((&entry.node, entry.node.as_str()?)))
        else {
            diagnostics.push(meaning::wrong_shape("a flag", node.kind(), node.place));
            return None;
        };
        let Some(index) = self.flags.get(key) else {
            let near = nearest_of_many(diagnostics.len(), key, self.flags.keys().copied());
            diagnostics.push(meaning::unknown_flag(key, flag.place, near));
            return None;
        };
        let outline = self.outlines.get(index.0 as usize)?;
        let is = match (node.entry("is"), outline.kind) {
            (Some(entry), _) => Some(outline.resolve(key, &entry.node, diagnostics)?),
            (None, Some(ValueKind::Boolean) | None) => None,
            (None, Some(kind)) => {
                let problem = meaning::needs_is(key, kind.name(), flag.place, outline.names());
                diagnostics.push(problem);
                return None;
            }
        };
        Some(Prerequisite { flag: *index, is, place: flag.place })
    }
}

/// Says what is unwise about a comparison by itself.
fn unwise(comparison: &Comparison, place: Place, diagnostics: &mut Vec<Diagnostic>) {
    match comparison {
        Comparison::Version(requirement) => {
            let partials = requirement.partials();
            let notes = partials.iter().map(|partial| advice::partial_version(partial, place));
            diagnostics.extend(notes);
            if requirement.is_empty() {
                diagnostics.push(advice::no_version(&requirement.to_string(), place));
            }
        }
        comparison if comparison.never_holds() => diagnostics.push(advice::empty_list(place)),
        _ => {}
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

/// All comparisons of a condition and those below it, segments and other flags not followed.
pub fn comparisons<'c>(conditions: &'c [Condition], each: &mut dyn FnMut(&'c AttributeTest)) {
    for condition in conditions {
        match condition {
            Condition::Attribute(test) => each(test),
            Condition::All(inner, _) | Condition::Any(inner, _) => comparisons(inner, each),
            Condition::Not(inner, _) => comparisons(std::slice::from_ref(inner), each),
            Condition::Segment(..) | Condition::Flag(_) => {}
        }
    }
}

/// Whether a comparison can only hold for a present attribute.
#[must_use]
pub fn needs_presence(comparison: &Comparison) -> bool {
    !matches!(comparison, Comparison::Exists(false))
}
