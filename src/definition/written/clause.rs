//! Conditions as they are written, each with its place.

use std::{fmt, slice};

use crate::{
    definition::problems::meaning,
    diagnostics::{diagnostic::Diagnostic, place::Place},
    engine::operator::Operator,
    yaml::node::{Entry, Node, NodeValue},
};

/// A text that is written somewhere.
#[derive(Clone, Copy, Debug)]
pub struct Name<'t> {
    /// The text.
    pub text: &'t str,
    /// Where.
    pub place: Place,
}

/// One condition.
#[derive(Clone, Debug)]
pub enum Clause<'t> {
    /// `{attribute, operator, value}`.
    Test(Test<'t>),
    /// `{where: {NAME: VALUE}}`: a test for each name.
    Where(Vec<Test<'t>>, Place),
    /// `{segment: NAME}`.
    Segment(Name<'t>),
    /// `{flag: KEY, is: VARIANT}`.
    Flag(FlagRequirement<'t>),
    /// `{all: […]}`.
    All(Vec<Self>, Place),
    /// `{any: […]}`.
    Any {
        /// Its conditions.
        clauses: Vec<Self>,
        /// Where the condition is.
        place: Place,
        /// Where its list is.
        list: Place,
        /// Whether the list is written empty.
        is_empty: bool,
    },
    /// `{not: …}`.
    Not(Box<Self>, Place),
}

/// What an attribute is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Test<'t> {
    /// The attribute.
    pub attribute: Name<'t>,
    /// How.
    pub operator: &'static Operator,
    /// With what.
    pub operand: &'t Node,
    /// Where it says that the case of letters is to be ignored.
    pub ignore_case: Option<Place>,
}

/// Another flag, and what it has to resolve to.
#[derive(Clone, Copy, Debug)]
pub struct FlagRequirement<'t> {
    /// The other flag's key.
    pub flag: Name<'t>,
    /// What it has to resolve to.
    pub is: Wanted<'t>,
}

/// What another flag has to resolve to.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'t> {
    /// A variant whose value is `true`: nothing is stated.
    True,
    /// A variant.
    Variant(Name<'t>),
    /// Something is stated that is no name.
    Misshapen,
}

/// A text; says so if the node is none. `what` it should have been, with its article.
pub fn name<'t>(node: &'t Node, what: &str, found: &mut Vec<Diagnostic>) -> Option<Name<'t>> {
    let Some(text) = node.as_str() else {
        found.push(meaning::wrong_shape(what, node.kind(), node.place));
        return None;
    };
    Some(Name { text, place: node.place })
}

/// A list of conditions. What has the wrong shape is said and left out.
pub fn clauses<'t>(node: &'t Node, found: &mut Vec<Diagnostic>) -> Vec<Clause<'t>> {
    let Some(items) = node.as_list() else {
        found.push(meaning::wrong_shape("a list", node.kind(), node.place));
        return Vec::new();
    };
    items.iter().filter_map(|item| clause(item, found)).collect()
}

/// One condition, in whichever form.
fn clause<'t>(node: &'t Node, found: &mut Vec<Diagnostic>) -> Option<Clause<'t>> {
    for entry in node.as_map().unwrap_or_default() {
        let (written, place) = (&entry.node, node.place);
        return match &*entry.key {
            "attribute" | "operator" | "value" => test(node, found).map(Clause::Test),
            "where" => tests(written, found).map(|tests| Clause::Where(tests, place)),
            "segment" => name(written, "a segment", found).map(Clause::Segment),
            "flag" | "is" => requirement(node, found).map(Clause::Flag),
            "all" => Some(Clause::All(clauses(written, found), place)),
            "any" => {
                let (list, is_empty) =
                    (written.place, written.as_list().is_some_and(<[_]>::is_empty));
                Some(Clause::Any { clauses: clauses(written, found), place, list, is_empty })
            }
            "not" => Some(Clause::Not(Box::new(clause(written, found)?), place)),
            _ => continue,
        };
    }
    found.push(meaning::wrong_shape("a condition", node.kind(), node.place));
    None
}

fn test<'t>(node: &'t Node, found: &mut Vec<Diagnostic>) -> Option<Test<'t>> {
    let text = |key| node.entry(key).and_then(|entry| Some((&entry.node, entry.node.as_str()?)));
    let parts = text("attribute").zip(text("operator")).zip(node.entry("value"));
    let Some((((attribute, text), (operator, operator_name)), value)) = parts else {
        let expected = "`attribute`, `operator` and `value`";
        found.push(meaning::wrong_shape(expected, node.kind(), node.place));
        return None;
    };
    let Some(known) = Operator::find(operator_name) else {
        found.push(meaning::wrong_shape("an operator", operator_name, operator.place));
        return None;
    };
    let case = node.entry("ignore_case");
    let ignore_case = case.filter(|entry| matches!(entry.node.value, NodeValue::Bool(true)));
    Some(Test {
        attribute: Name { text, place: attribute.place },
        operator: known,
        operand: &value.node,
        ignore_case: ignore_case.map(|entry| entry.key_place),
    })
}

/// The tests of `where`: to be one of a list, or to equal what is no list.
fn tests<'t>(node: &'t Node, found: &mut Vec<Diagnostic>) -> Option<Vec<Test<'t>>> {
    let Some(entries) = node.as_map() else {
        found.push(meaning::wrong_shape("a mapping", node.kind(), node.place));
        return None;
    };
    let (one, one_of) = (Operator::find("eq")?, Operator::find("in")?);
    let test = |entry: &'t Entry| Test {
        attribute: Name { text: &entry.key, place: entry.key_place },
        operator: if matches!(entry.node.value, NodeValue::List(_)) { one_of } else { one },
        operand: &entry.node,
        ignore_case: None,
    };
    Some(entries.iter().map(test).collect())
}

/// `{flag: KEY, is: VARIANT}`, as a condition or an entry of `requires`.
pub fn requirement<'t>(node: &'t Node, found: &mut Vec<Diagnostic>) -> Option<FlagRequirement<'t>> {
    let Some(flag) = node.entry("flag").filter(|entry| entry.node.as_str().is_some()) else {
        found.push(meaning::wrong_shape("a flag", node.kind(), node.place));
        return None;
    };
    let flag = name(&flag.node, "a flag", found)?;
    let is = match node.entry("is") {
        Some(entry) => {
            name(&entry.node, "a variant", found).map_or(Wanted::Misshapen, Wanted::Variant)
        }
        None => Wanted::True,
    };
    Some(FlagRequirement { flag, is })
}

/// Conditions one by one: a `where` with several names, and `all`, are several.
#[must_use]
pub fn one_by_one<'c, 't>(clauses: &'c [Clause<'t>]) -> Vec<Single<'c, 't>> {
    let mut all = Vec::new();
    for clause in clauses {
        match clause {
            Clause::Where(tests, _) => all.extend(tests.iter().map(Single::Test)),
            Clause::Test(test) => all.push(Single::Test(test)),
            Clause::All(clauses, _) => all.extend(one_by_one(clauses)),
            Clause::Segment(name) => all.push(Single::Segment(*name)),
            Clause::Flag(requirement) => all.push(Single::Flag(requirement)),
            Clause::Any { clauses, .. } => all.push(Single::Any(clauses)),
            Clause::Not(clause, _) => all.push(Single::Not(clause)),
        }
    }
    all
}

/// A condition that is none of several.
#[derive(Clone, Copy, Debug)]
pub enum Single<'c, 't> {
    /// An attribute is compared.
    Test(&'c Test<'t>),
    /// The caller is in a segment.
    Segment(Name<'t>),
    /// Another flag resolves to a variant.
    Flag(&'c FlagRequirement<'t>),
    /// One of several holds.
    Any(&'c [Clause<'t>]),
    /// One does not hold.
    Not(&'c Clause<'t>),
}

/// As one text that is the same for conditions that are written differently and say the same.
impl fmt::Display for Single<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Test(Test { attribute, operator, operand, ignore_case }) => {
                let mut text = String::new();
                operand.write_plain_json(&mut text);
                let case = if ignore_case.is_some() { " ignoring case" } else { "" };
                write!(f, "{:?} {}{case} {text}", attribute.text, operator.name)
            }
            Self::Segment(name) => write!(f, "segment {:?}", name.text),
            Self::Flag(FlagRequirement { flag, is }) => {
                write!(f, "flag {:?} is ", flag.text)?;
                match is {
                    Wanted::Variant(name) => write!(f, "{:?}", name.text),
                    Wanted::True | Wanted::Misshapen => f.write_str("true"),
                }
            }
            Self::Any(clauses) => {
                f.write_str("any [")?;
                clauses.iter().try_for_each(|clause| write!(f, "{} | ", Together(clause)))?;
                f.write_str("]")
            }
            Self::Not(clause) => write!(f, "not ({})", Together(clause)),
        }
    }
}

/// A condition, and if it is several all of them.
struct Together<'c, 't>(&'c Clause<'t>);

impl fmt::Display for Together<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = one_by_one(slice::from_ref(self.0));
        all.iter().try_for_each(|single| write!(f, "{single} & "))
    }
}
