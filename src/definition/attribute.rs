//! Declared attributes, and whether what they are compared with fits.

use std::{
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    definition::{
        layer::Section,
        problems::{
            advice,
            meaning::{self, SectionKind},
        },
    },
    diagnostics::{diagnostic::Diagnostic, place::Place, suggest::nearest_of_many},
    engine::{
        context::{IS_STAFF, NOW, TARGETING_KEY},
        operator::{Operand, Operator, Usage},
        value::Value,
        value_set::Set,
    },
    yaml::node::{Node, NodeValue},
};

/// The type of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text.
    String,
    /// Any number.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A list.
    Array,
}

/// One declaration.
#[derive(Debug)]
struct Declaration {
    /// None if it is declared without one.
    kind: Option<Type>,
    /// The only values that it has, if they are declared.
    values: Option<DeclaredValues>,
    /// Where it is declared; none for what is built in.
    place: Option<Place>,
}

/// The values of an `enum`: there may be tens of thousands.
#[derive(Debug)]
struct DeclaredValues {
    set: Set,
    /// The same with every text folded, made when first asked for.
    folded: OnceCell<Set>,
    /// Each one's text, in written order.
    texts: Vec<Box<str>>,
}

/// All declared attributes, and which of them were used.
#[derive(Debug)]
pub struct DeclaredAttributes {
    declared: BTreeMap<Box<str>, Declaration>,
    /// Whether any file declares one, so that others are probably typos.
    any: bool,
    used: RefCell<BTreeSet<Box<str>>>,
}

impl DeclaredValues {
    fn contain(&self, value: &Value<'_>, is_folded: bool) -> bool {
        if is_folded {
            self.folded.get_or_init(|| self.set.folded()).contains_folded(value)
        } else {
            self.set.contains(value)
        }
    }
}

impl Type {
    const NAMES: [(&'static str, Self); 5] = [
        ("string", Self::String),
        ("number", Self::Number),
        ("integer", Self::Integer),
        ("boolean", Self::Boolean),
        ("array", Self::Array),
    ];

    fn described(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Number => "a number",
            Self::Integer => "an integer",
            Self::Boolean => "a boolean",
            Self::Array => "a list",
        }
    }

    fn allows(self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Self::Integer, Value::Number(number)) => number.as_float().fract() == 0.0,
            (Self::String, Value::String(_))
            | (Self::Number, Value::Number(_))
            | (Self::Boolean, Value::Bool(_))
            | (Self::Array, Value::Array(_)) => true,
            _ => false,
        }
    }
}

impl DeclaredAttributes {
    /// Reads the declarations; the three built-in attributes need none.
    #[must_use]
    pub fn read(section: &Section, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let built_in = |kind| Declaration { kind, values: None, place: None };
        let mut declared = BTreeMap::from([
            (TARGETING_KEY.into(), built_in(Some(Type::String))),
            (IS_STAFF.into(), built_in(Some(Type::Boolean))),
            (NOW.into(), built_in(None)),
        ]);
        for (name, item) in section {
            let node = item.node.unpack();
            let declaration = Declaration {
                kind: declared_type(&node, diagnostics),
                values: None,
                place: Some(item.place),
            };
            let values = declared_values(name, &declaration, &node, diagnostics);
            let declaration = Declaration { values, ..declaration };
            match declared.get_mut(name) {
                Some(built_in) if built_in.kind.is_none() || built_in.kind != declaration.kind => {
                    let is = built_in.kind.map_or("the time of the evaluation", Type::described);
                    diagnostics.push(meaning::built_in_attribute(name, is, item.place));
                }
                // Declaring a built-in attribute as what it is does no harm.
                Some(built_in) => built_in.values = declaration.values,
                None => {
                    declared.insert(name.clone(), declaration);
                }
            }
        }
        Self { declared, any: !section.is_empty(), used: RefCell::default() }
    }

    /// Whether an attribute is declared or built in.
    #[must_use]
    pub fn is_declared(&self, name: &str) -> bool {
        self.declared.contains_key(name)
    }

    /// Whether any file declares an attribute.
    #[must_use]
    pub fn are_declared(&self) -> bool {
        self.any
    }

    /// Whether an attribute is declared with all values that it can have.
    #[must_use]
    pub fn has_values(&self, name: &str) -> bool {
        self.declared.get(name).is_some_and(|declaration| declaration.values.is_some())
    }

    /// Notes that an attribute is used, and says so if it is not declared while others are.
    pub fn note_use(&self, name: &str, place: Place, diagnostics: &mut Vec<Diagnostic>) {
        if self.declared.contains_key(name) {
            self.mark_used(name);
        } else if self.any {
            let declared = self.declared.keys().map(|name| &**name);
            let near = nearest_of_many(diagnostics.len(), name, declared);
            // Probably meant, so not unused: one mistake, one message.
            if let Some(near) = near {
                self.mark_used(near);
            }
            diagnostics.push(advice::undeclared_attribute(name, place, near));
        }
    }

    fn mark_used(&self, name: &str) {
        if !self.used.borrow().contains(name) {
            self.used.borrow_mut().insert(name.into());
        }
    }

    /// Checks what an attribute is compared with, under that operator; folded texts
    /// are those whose case does not matter.
    pub fn check(
        &self,
        (name, name_place): (&str, Place),
        operator: &Operator,
        operand: &Node,
        is_folded: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let Some(declaration) = self.declared.get(name) else { return };
        let Some(kind) = declaration.kind else { return };
        let usage = operator.usage;
        let fits = match usage {
            Usage::Presence | Usage::Equality => true,
            Usage::Order => matches!(kind, Type::String | Type::Number | Type::Integer),
            Usage::Containment => matches!(kind, Type::String | Type::Array),
            Usage::Time => matches!(kind, Type::String | Type::Number | Type::Integer),
            Usage::Text => kind == Type::String,
        };
        if !fits {
            let is = format!("which is {}", kind.described());
            let declared = declaration.place;
            let problem = meaning::operator_misfit(name, &is, operator.name, name_place, declared);
            diagnostics.push(problem);
            return;
        }
        let is_listed = operator.operand == Operand::List
            || (usage == Usage::Containment && matches!(operand.value, NodeValue::List(_)));
        match &operand.value {
            NodeValue::List(items) if is_listed => {
                for item in items {
                    check_value(name, declaration, (usage, is_folded), item, diagnostics);
                }
            }
            _ => check_value(name, declaration, (usage, is_folded), operand, diagnostics),
        }
    }

    /// Whether a unit for bucketing can come from that attribute, and what it is if not.
    #[must_use]
    pub fn unit_misfit(&self, name: &str) -> Option<&'static str> {
        let kind = self.declared.get(name)?.kind;
        match kind {
            None if name == NOW => Some("the time of the evaluation"),
            Some(kind @ (Type::Boolean | Type::Array)) => Some(kind.described()),
            _ => None,
        }
    }

    /// Warns of declarations that nothing uses.
    pub fn note_unused(&self, diagnostics: &mut Vec<Diagnostic>) {
        let used = self.used.borrow();
        for (name, declaration) in &self.declared {
            let built_in = matches!(&**name, TARGETING_KEY | IS_STAFF | NOW);
            if let (Some(place), false) = (declaration.place, built_in || used.contains(name)) {
                diagnostics.push(advice::unused(SectionKind::Attribute, name, place));
            }
        }
    }
}

/// Checks one value against a declaration.
fn check_value(
    name: &str,
    declaration: &Declaration,
    (usage, is_folded): (Usage, bool),
    node: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(kind) = declaration.kind else { return };
    let value = node.to_value();
    let fits = match usage {
        Usage::Equality => kind.allows(&value),
        // `age > 17.5` is a fair question about an integer.
        Usage::Order => match kind {
            Type::String => matches!(value, Value::String(_)),
            _ => matches!(value, Value::Number(_)),
        },
        Usage::Containment => kind == Type::Array || matches!(value, Value::String(_)),
        Usage::Text | Usage::Time | Usage::Presence => true,
    };
    if !fits {
        let (is, found) = (kind.described(), described(node));
        let declared = declaration.place;
        diagnostics.push(meaning::attribute_misfit(name, is, &found, node.place, declared));
        return;
    }
    if let (Usage::Equality, Some(values), Some(place)) =
        (usage, &declaration.values, declaration.place)
        && !values.contain(&value, is_folded)
    {
        let known = || values.texts.iter().map(|text| &**text);
        let near =
            value.as_str().and_then(|text| nearest_of_many(diagnostics.len(), text, known()));
        let written = described(node);
        diagnostics.push(meaning::not_in_enum(name, &written, node.place, place, near, known()));
    }
}

fn declared_type(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Type> {
    let entry = node.entry("type")?;
    let found = entry.node.as_str().and_then(|written| {
        Type::NAMES.iter().find(|(name, _)| *name == written).map(|(_, kind)| *kind)
    });
    if found.is_none() {
        let expected = "`string`, `number`, `integer`, `boolean` or `array`";
        diagnostics.push(meaning::wrong_shape(expected, entry.node.kind(), entry.node.place));
    }
    found
}

/// The declared `enum`, each value with its text.
fn declared_values(
    name: &str,
    declaration: &Declaration,
    node: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<DeclaredValues> {
    let items = node.entry("enum")?.node.as_list()?;
    let values: Vec<Value<'_>> = items.iter().map(Node::to_value).collect();
    for (item, value) in items.iter().zip(&values) {
        // The values of a list are what it may contain.
        if let Some(kind) = declaration.kind
            && kind != Type::Array
            && !kind.allows(value)
        {
            let (is, found) = (kind.described(), described(item));
            diagnostics.push(meaning::enum_misfit(name, is, &found, item.place));
        }
    }
    let text = |value: &Value<'_>| match value {
        Value::String(text) => (**text).into(),
        other => other.to_string().into(),
    };
    let (set, texts) = (Set::of(&values), values.iter().map(text).collect());
    Some(DeclaredValues { set, folded: OnceCell::new(), texts })
}

/// A value and its type, for a message: "the string `18`".
#[must_use]
pub fn described(node: &Node) -> String {
    const SHOWN_CHARACTERS_MAX: usize = 60;
    let text = match &node.value {
        NodeValue::String(text) => text.to_string(),
        _ => node.to_value().to_string(),
    };
    let shown: String = text.chars().take(SHOWN_CHARACTERS_MAX).collect();
    let ellipsis = if shown.len() < text.len() { "…" } else { "" };
    let noun = node.kind().trim_start_matches("a ");
    format!("the {noun} `{}{ellipsis}`", shown.escape_debug())
}
