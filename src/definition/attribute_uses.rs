//! What all conditions together compare each attribute with: a value that fits none of the others.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    definition::{attribute::DeclaredAttributes, problems::slip, written::clause::Test},
    diagnostics::{diagnostic::Diagnostic, place::Place, suggest::is_slip},
    engine::{condition::FlagIndex, operator::Usage},
    yaml::{
        node::{Node, NodeValue},
        scalar::{self, Scalar},
    },
};

/// How many values of an attribute are kept: what is in use is in use often.
const TEXTS_MAX: usize = 64;
/// How many values of an attribute are kept that may be slips.
const SUSPECTS_MAX: usize = 20;
/// How often an attribute has to be used for one that is used once to be a slip of it.
const COMMON_USES_MIN: u32 = 3;
/// Of how many attributes the names are held against each other.
const NAMES_MAX: usize = 500;

/// The uses of all attributes, gathered while conditions are read and judged at the end.
#[derive(Debug, Default)]
pub struct AttributeUses {
    by_name: RefCell<BTreeMap<Box<str>, Uses>>,
    /// The flag whose conditions are being read; none for a segment.
    pub owner: Cell<Option<FlagIndex>>,
}

/// The uses of one attribute.
#[derive(Debug)]
struct Uses {
    count: u32,
    /// The first one.
    place: Place,
    owner: Option<FlagIndex>,
    /// Where it is first compared with a number, and with a boolean.
    number: Option<Place>,
    boolean: Option<Place>,
    /// The words that it is compared with.
    texts: BTreeSet<Box<str>>,
    suspects: Vec<Suspect>,
}

/// A value that may be a slip.
#[derive(Debug)]
struct Suspect {
    text: Box<str>,
    place: Place,
    owner: Option<FlagIndex>,
    is_item: bool,
}

impl AttributeUses {
    /// Takes a comparison into account.
    pub fn note(&self, test: &Test<'_>) {
        let mut by_name = self.by_name.borrow_mut();
        let (name, place) = (test.attribute.text, test.attribute.place);
        let owner = self.owner.get();
        if !by_name.contains_key(name) {
            let (number, boolean) = (None, None);
            let (texts, suspects) = (BTreeSet::new(), Vec::new());
            let uses = Uses { count: 0, place, owner, number, boolean, texts, suspects };
            by_name.insert(name.into(), uses);
        }
        let Some(uses) = by_name.get_mut(name) else { return };
        uses.count += 1;
        if !matches!(test.operator.usage, Usage::Equality | Usage::Order) {
            return;
        }
        match &test.operand.value {
            NodeValue::List(items) => items.iter().for_each(|item| uses.value(item, true, owner)),
            _ => uses.value(test.operand, false, owner),
        }
    }

    /// Says what fits none of the others; `key` is the key of a flag.
    pub fn judge<'k>(
        self,
        attributes: &DeclaredAttributes,
        key: impl Fn(FlagIndex) -> Option<&'k str>,
        found: &mut Vec<Diagnostic>,
    ) {
        let by_name = self.by_name.into_inner();
        let mut say = |problem: Diagnostic, owner: Option<FlagIndex>| {
            let flag = owner.and_then(&key).map(str::to_owned);
            found.push(Diagnostic { flag, ..problem });
        };
        for (name, uses) in &by_name {
            for suspect in &uses.suspects {
                if let Some(problem) = suspect.problem(name, uses, attributes) {
                    say(problem, suspect.owner);
                }
            }
        }
        if attributes.are_declared() || NAMES_MAX < by_name.len() {
            return;
        }
        let common = by_name.iter().filter(|(_, uses)| COMMON_USES_MIN <= uses.count);
        for (name, uses) in by_name.iter().filter(|(_, uses)| uses.count == 1) {
            if let Some((near, other)) = common.clone().find(|(near, _)| is_slip(name, near)) {
                say(slip::rare_attribute(name, near, other.count, uses.place), uses.owner);
            }
        }
    }
}

impl Uses {
    fn value(&mut self, node: &Node, is_item: bool, owner: Option<FlagIndex>) {
        match &node.value {
            NodeValue::Number(_) => _ = self.number.get_or_insert(node.place),
            NodeValue::Bool(_) => _ = self.boolean.get_or_insert(node.place),
            NodeValue::String(text) => {
                let is_suspect = is_item && text.contains(' ')
                    || text.starts_with(|first: char| first.is_ascii_digit() || first == '-')
                    || matches!(&**text, "true" | "false");
                if !is_suspect {
                    if self.texts.len() < TEXTS_MAX && !self.texts.contains(text) {
                        self.texts.insert(text.clone());
                    }
                } else if self.suspects.len() < SUSPECTS_MAX {
                    let (text, place) = (text.clone(), node.place);
                    self.suspects.push(Suspect { text, place, owner, is_item });
                }
            }
            _ => {}
        }
    }
}

impl Suspect {
    fn problem(
        &self,
        name: &str,
        uses: &Uses,
        attributes: &DeclaredAttributes,
    ) -> Option<Diagnostic> {
        // What is declared was held against its declaration.
        if attributes.is_declared(name) {
            return None;
        }
        let quoted = match scalar::read(&self.text) {
            Scalar::Number(_) => uses.number.map(|place| ("a number", place)),
            Scalar::Bool(_) => uses.boolean.map(|place| ("a boolean", place)),
            _ => None,
        };
        if let Some((kind, other)) = quoted {
            return Some(slip::quoted_value(name, &self.text, kind, self.place, other));
        }
        let width = self.place.end_column.saturating_sub(self.place.column) as usize;
        let is_plain = self.place.line == self.place.end_line && width == self.text.chars().count();
        let mut parts = self.text.split_whitespace();
        let are_values = self.is_item
            && is_plain
            && 1 < parts.clone().count()
            && parts.all(|part| uses.texts.contains(part));
        are_values.then(|| slip::missing_comma(&self.text, self.place))
    }
}
