//! `JsonLogic` as flagd evaluates it, as conditions: what says the same of every caller.

use std::collections::BTreeSet;

use crate::{
    import::{draft::DraftCondition, tree::ImportTree, verdict::ImportRefusal},
    yaml::node::{Entry, Node, NodeValue},
};

/// What holds if numbers are compared.
const NUMBERS: &str = "attributes that are compared with numbers are sent as numbers";
/// What holds if texts that look like numbers are compared.
const TEXTS: &str = "attributes that are compared with texts are sent as texts";
/// What holds if an attribute is looked at for being true.
const SCALARS: &str = "attributes that are looked at for being true are no lists and no objects";

/// What a condition looks at.
enum Operand<'n> {
    /// An attribute.
    Attribute(&'n str),
    /// The time, in whole seconds.
    Time,
    /// A value.
    Literal(&'n Node),
    /// The flag's own key.
    Key,
}

/// The logic of one flag.
#[derive(Debug)]
pub struct Logic<'t> {
    /// The flag's key.
    pub flag_key: &'t str,
    /// What has to hold of callers.
    pub conditions: BTreeSet<String>,
}

/// An operator and what it is applied to; none if the node is a value.
#[must_use]
pub fn application(node: &Node) -> Option<(&str, &Node)> {
    match node.as_map()? {
        [Entry { key, node, .. }] => Some((key, node)),
        _ => None,
    }
}

/// The arguments: those of a list, or the only one.
#[must_use]
pub fn arguments(node: &Node) -> &[Node] {
    node.as_list().unwrap_or(std::slice::from_ref(node))
}

fn unsayable(node: &Node, what: &str) -> ImportRefusal {
    let why = format!("{what} cannot be said as a condition");
    ImportRefusal::new(
        node.place,
        why,
        "say it by comparing attributes with values, then import again",
    )
}

impl Logic<'_> {
    /// The condition that holds where the node is true, as JavaScript understands that.
    ///
    /// # Errors
    ///
    /// What cannot be said, with its place.
    pub fn condition(&mut self, node: &Node) -> Result<DraftCondition, ImportRefusal> {
        let Some((operator, inner)) = application(node) else {
            return Ok(DraftCondition::constant(is_true(node)));
        };
        let items = arguments(inner);
        match (operator, items) {
            ("and", items) => Ok(DraftCondition::all(self.conditions(items)?)),
            ("or", items) => Ok(DraftCondition::any(self.conditions(items)?)),
            ("!", [item]) => Ok(self.condition(item)?.negated()),
            ("!!", [item]) => self.condition(item),
            ("if" | "?:", items) => self.choice(items),
            ("==" | "===", [a, b]) => self.equal(node, a, b),
            ("!=" | "!==", [a, b]) => Ok(self.equal(node, a, b)?.negated()),
            ("<" | "<=" | ">" | ">=", [a, b]) => self.order(node, operator, a, b),
            ("<" | "<=", [a, b, c]) => {
                let both =
                    vec![self.order(node, operator, a, b)?, self.order(node, operator, b, c)?];
                Ok(DraftCondition::all(both))
            }
            ("in", [a, b]) => self.one_of(node, a, b),
            ("starts_with" | "ends_with", [a, b]) => self.affix(node, operator, a, b),
            ("sem_ver", [a, operator, b]) => self.version(node, a, operator, b),
            ("var", _) => match operand(node)? {
                Operand::Attribute(name) => Ok(self.truth(name)),
                Operand::Key => Ok(DraftCondition::constant(!self.flag_key.is_empty())),
                Operand::Time | Operand::Literal(_) => Ok(DraftCondition::constant(true)),
            },
            _ => Err(unsayable(node, &format!("`{operator}`"))),
        }
    }

    fn conditions(&mut self, items: &[Node]) -> Result<Vec<DraftCondition>, ImportRefusal> {
        items.iter().map(|item| self.condition(item)).collect()
    }

    /// The first branch whose condition holds.
    fn choice(&mut self, items: &[Node]) -> Result<DraftCondition, ImportRefusal> {
        match items {
            [] => Ok(DraftCondition::constant(false)),
            [last] => self.condition(last),
            [condition, then, rest @ ..] => {
                let condition = self.condition(condition)?;
                let then = self.condition(then)?;
                let rest = self.choice(rest)?;
                let taken = DraftCondition::all(vec![condition.clone(), then]);
                let left = DraftCondition::all(vec![condition.negated(), rest]);
                Ok(DraftCondition::any(vec![taken, left]))
            }
        }
    }

    /// That an attribute is neither missing nor false, 0 or empty.
    fn truth(&mut self, name: &str) -> DraftCondition {
        self.conditions.insert(SCALARS.to_owned());
        let falsy = ["false", "0", "\"\""].map(|text| ImportTree::Scalar(text.to_owned()));
        let is_falsy = DraftCondition::test(name, "in", ImportTree::List(falsy.to_vec()));
        DraftCondition::all(vec![DraftCondition::exists(name, true), is_falsy.negated()])
    }

    fn equal(&mut self, node: &Node, a: &Node, b: &Node) -> Result<DraftCondition, ImportRefusal> {
        let (name, literal) = match (operand(a)?, operand(b)?) {
            (Operand::Attribute(name), Operand::Literal(literal))
            | (Operand::Literal(literal), Operand::Attribute(name)) => (name, literal),
            (Operand::Key, Operand::Literal(literal))
            | (Operand::Literal(literal), Operand::Key) => {
                let is_equal = literal.as_str() == Some(self.flag_key);
                return Ok(DraftCondition::constant(is_equal));
            }
            _ => return Err(unsayable(node, "a comparison of two attributes")),
        };
        match &literal.value {
            NodeValue::Null => return Ok(DraftCondition::exists(name, false)),
            NodeValue::List(_) | NodeValue::Map(_) => {
                return Err(unsayable(node, "equality with a list or mapping"));
            }
            NodeValue::Number(_) | NodeValue::Bool(_) => {
                self.conditions.insert(NUMBERS.to_owned());
            }
            NodeValue::String(text) => self.note_text(text),
        }
        Ok(DraftCondition::test(name, "eq", ImportTree::of(literal)))
    }

    /// A text that reads as a number equals that number there.
    fn note_text(&mut self, text: &str) {
        if text.trim().is_empty() || text.trim().parse::<f64>().is_ok() {
            self.conditions.insert(TEXTS.to_owned());
        }
    }

    /// A comparison with a number. What is missing counts as 0.
    fn order(
        &mut self,
        node: &Node,
        operator: &str,
        a: &Node,
        b: &Node,
    ) -> Result<DraftCondition, ImportRefusal> {
        let (left, literal, is_turned) = match (operand(a)?, operand(b)?) {
            (left, Operand::Literal(literal)) => (left, literal, false),
            (Operand::Literal(literal), right) => (right, literal, true),
            _ => return Err(unsayable(node, "a comparison of two attributes")),
        };
        let NodeValue::Number(text) = &literal.value else {
            return Err(unsayable(node, "an order of anything but numbers"));
        };
        let number: f64 = text.parse().unwrap_or(f64::NAN);
        let (name, holds_at_zero) = match (operator, is_turned) {
            ("<", false) | (">", true) => ("lt", 0.0 < number),
            ("<=", false) | (">=", true) => ("lte", 0.0 <= number),
            (">", false) | ("<", true) => ("gt", 0.0 > number),
            _ => ("gte", 0.0 >= number),
        };
        match left {
            Operand::Attribute(attribute) => {
                self.conditions.insert(NUMBERS.to_owned());
                let test = DraftCondition::test(attribute, name, ImportTree::of(literal));
                let missing = DraftCondition::exists(attribute, false);
                Ok(if holds_at_zero { DraftCondition::any(vec![test, missing]) } else { test })
            }
            Operand::Time => since(node, name, number),
            Operand::Literal(_) | Operand::Key => {
                Err(unsayable(node, "a comparison of two values"))
            }
        }
    }

    fn one_of(&mut self, node: &Node, a: &Node, b: &Node) -> Result<DraftCondition, ImportRefusal> {
        match (operand(a)?, operand(b)?) {
            (Operand::Attribute(name), Operand::Literal(list)) => {
                let Some(items) = list.as_list() else {
                    return Err(unsayable(node, "a part of a text that the flag states"));
                };
                for item in items {
                    match &item.value {
                        NodeValue::String(_) | NodeValue::Number(_) => {}
                        _ => return Err(unsayable(item, "this item of a list")),
                    }
                }
                if items.is_empty() {
                    return Ok(DraftCondition::constant(false));
                }
                Ok(DraftCondition::test(name, "in", ImportTree::of(list)))
            }
            (Operand::Literal(part), Operand::Attribute(name)) if part.as_str().is_some() => {
                Ok(DraftCondition::test(name, "contains", ImportTree::of(part)))
            }
            (Operand::Key, Operand::Literal(list)) => {
                let mut items = list.as_list().unwrap_or_default().iter();
                let is_in = items.any(|item| item.as_str() == Some(self.flag_key));
                Ok(DraftCondition::constant(is_in))
            }
            _ => Err(unsayable(node, "this use of `in`")),
        }
    }

    fn affix(
        &self,
        node: &Node,
        operator: &str,
        a: &Node,
        b: &Node,
    ) -> Result<DraftCondition, ImportRefusal> {
        let operator = if operator == "starts_with" { "starts_with" } else { "ends_with" };
        match (operand(a)?, operand(b)?) {
            (Operand::Attribute(name), Operand::Literal(text)) if text.as_str().is_some() => {
                Ok(DraftCondition::test(name, operator, ImportTree::of(text)))
            }
            (Operand::Key, Operand::Literal(text)) => {
                let text = text.as_str().unwrap_or_default();
                let key = self.flag_key;
                let is_start = operator == "starts_with";
                let holds = if is_start { key.starts_with(text) } else { key.ends_with(text) };
                Ok(DraftCondition::constant(holds))
            }
            _ => Err(unsayable(node, "this use of a text's beginning or end")),
        }
    }

    /// A comparison of versions. What is none compares with nothing.
    fn version(
        &mut self,
        node: &Node,
        a: &Node,
        operator: &Node,
        b: &Node,
    ) -> Result<DraftCondition, ImportRefusal> {
        let (Operand::Attribute(name), Operand::Literal(literal)) = (operand(a)?, operand(b)?)
        else {
            return Err(unsayable(node, "this use of `sem_ver`"));
        };
        let text = literal.as_str().unwrap_or_default().trim_start_matches(['v', 'V']);
        let Ok(version) = semver::Version::parse(text) else {
            return Err(unsayable(literal, "a version without three numbers"));
        };
        self.conditions.insert("versions have three numbers, as SemVer 2.0 wants".to_owned());
        let semver::Version { major, minor, .. } = version;
        let required = |requirement: String| {
            DraftCondition::test(name, "semver", ImportTree::text(&requirement))
        };
        Ok(match operator.as_str().unwrap_or_default() {
            operator @ ("=" | "<" | "<=" | ">" | ">=") => required(format!("{operator}{version}")),
            "!=" => DraftCondition::all(vec![
                required(">=0.0.0-0".to_owned()),
                required(format!("={version}")).negated(),
            ]),
            "^" => required(format!(">={major}.0.0-0, <{}.0.0-0", major + 1)),
            "~" => required(format!(">={major}.{minor}.0-0, <{major}.{}.0-0", minor + 1)),
            _ => return Err(unsayable(operator, "this comparison of versions")),
        })
    }
}

fn operand(node: &Node) -> Result<Operand<'_>, ImportRefusal> {
    match application(node) {
        None if node.as_map().is_some_and(|map| !map.is_empty()) => {
            Err(unsayable(node, "a mapping"))
        }
        None => Ok(Operand::Literal(node)),
        Some(("var", path)) => match arguments(path) {
            [path] => match path.as_str() {
                Some("$flagd.flagKey") => Ok(Operand::Key),
                Some("$flagd.timestamp") => Ok(Operand::Time),
                Some(name) if !name.is_empty() && !name.starts_with('$') => {
                    Ok(Operand::Attribute(name))
                }
                _ => Err(unsayable(node, "this variable")),
            },
            _ => Err(unsayable(node, "a variable with a default")),
        },
        Some((operator, _)) => Err(unsayable(node, &format!("`{operator}` as a value"))),
    }
}

/// A comparison of the time in whole seconds: of all that counts is a whole second that has begun.
fn since(node: &Node, operator: &str, seconds: f64) -> Result<DraftCondition, ImportRefusal> {
    #[expect(clippy::cast_possible_truncation, reason = "what is cut off is no whole second")]
    let whole = seconds as i64;
    let (start, is_before) = match operator {
        "lt" => (whole, true),
        "lte" => (whole + 1, true),
        "gt" => (whole + 1, false),
        _ => (whole, false),
    };
    let time = jiff::Timestamp::from_second(start).ok().filter(|_| seconds.fract() == 0.0);
    let time = time.ok_or_else(|| unsayable(node, "this time"))?;
    let operator = if is_before { "before" } else { "after" };
    Ok(DraftCondition::test("now", operator, ImportTree::text(&time.to_string())))
}

/// Whether a value is true, as JavaScript understands that.
fn is_true(node: &Node) -> bool {
    match &node.value {
        NodeValue::Null => false,
        NodeValue::Bool(value) => *value,
        NodeValue::Number(text) => text.parse::<f64>().is_ok_and(|number| number != 0.0),
        NodeValue::String(text) => !text.is_empty(),
        NodeValue::List(items) => !items.is_empty(),
        NodeValue::Map(_) => true,
    }
}
