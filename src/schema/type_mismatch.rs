//! A value of the wrong type: what was expected, and what was probably meant.

use jsonschema::{JsonType, error::TypeKind};

use crate::{
    diagnostics::{diagnostic::Diagnostic, quote::quote},
    engine::{
        json_text::quoted,
        operator::{Operand, Operator},
    },
    schema::{
        node_path::{NodePath, Owner},
        other_words::with_space,
        problems as problem,
    },
    yaml::{
        node::{Entry, Node, NodeValue},
        scalar::{self, Scalar},
    },
};

/// How long a value may be to be shown again in a suggestion, in characters.
const SUGGESTION_LENGTH_MAX: usize = 100;

/// How many shares of a split may be shown in a suggestion.
const SHARES_MAX: usize = 3;

/// How long a value may be to be named in a message, in characters.
const NAME_LENGTH_MAX: usize = 40;

/// What a field that names a variant has.
const VARIANT: &str = "the name of a variant, a string";

/// The fields that name a variant.
const VARIANT_FIELDS: [&str; 5] = ["serve", "variant", "default", "off_variant", "is"];

/// What is expected of a value.
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    /// A list of conditions.
    Conditions,
    /// Something that is more than a type, in words.
    Noun(&'static str),
    /// The types that the schema names.
    Types,
}

/// What is expected in a field, where that is more than a type.
const EXPECTED: [(&str, Expected); 20] = [
    ("expires", Expected::Noun("a date such as `2027-03-31`")),
    ("flags", Expected::Noun("a mapping of key to flag")),
    ("segments", Expected::Noun("a mapping of name to segment")),
    ("attributes", Expected::Noun("a mapping of name to attribute")),
    ("targeting_rules", Expected::Conditions),
    ("if", Expected::Conditions),
    ("all", Expected::Conditions),
    ("any", Expected::Conditions),
    ("not", Expected::Noun("one condition")),
    ("where", Expected::Noun("a mapping of attribute to value")),
    ("rules", Expected::Noun("a list of rules")),
    ("requires", Expected::Noun("a list of prerequisites, such as `{ flag: new-cart }`")),
    ("split", Expected::Noun("a list of variants, each with its `percentage`")),
    ("variants", Expected::Noun("a mapping of name to value, or a list of names")),
    ("users", Expected::Noun("a list of targeting keys, or a mapping of variant to such a list")),
    ("tests", Expected::Noun("a list of tests")),
    ("context", Expected::Noun("a mapping of attribute to value")),
    ("matrix", Expected::Noun("a mapping of attribute to a list of values")),
    ("expect", Expected::Noun("a mapping such as `{ value: true }`")),
    ("rule", Expected::Noun("the name of a rule, in quotes if it begins with `#`")),
];

/// A value of the wrong type.
struct TypeMismatch<'v> {
    spot: &'v NodePath<'v>,
    /// The part of the schema that says so, such as `rule`; empty for the file itself.
    definition: &'v str,
    /// Whether it is the part itself that has the wrong type, and not one of its fields.
    is_whole: bool,
    /// The types that it may have.
    types: Vec<JsonType>,
}

/// The diagnostic for a value that is none of the types in `kind`. `definition` is the part of the
/// schema that says so, and `is_whole` whether that means the part itself and not a field of it.
#[must_use]
pub fn explain(
    spot: &NodePath<'_>,
    definition: &str,
    is_whole: bool,
    kind: &TypeKind,
) -> Diagnostic {
    let types: Vec<JsonType> = match kind {
        TypeKind::Single(one) => vec![*one],
        TypeKind::Multiple(several) => several.iter().collect(),
    };
    TypeMismatch { spot, definition, is_whole, types }.explain()
}

/// The value on one line as it could stand in a list, unless it is long.
#[must_use]
pub fn flow(node: &Node) -> Option<String> {
    let mut text = String::new();
    write_flow(node, &mut text);
    (text.chars().count() <= SUGGESTION_LENGTH_MAX).then_some(text)
}

/// The value as one would call it: "the number `1`", or just "a list".
#[must_use]
pub fn name(node: &Node) -> String {
    let kind = node.kind();
    let written = match &node.value {
        NodeValue::String(text) | NodeValue::Number(text) => Some(quote(text)),
        NodeValue::Bool(value) => Some(value.to_string()),
        _ => None,
    };
    match (written, kind.strip_prefix("a ")) {
        (Some(written), Some(noun)) if written.chars().count() <= NAME_LENGTH_MAX => {
            format!("the {noun} `{written}`")
        }
        _ => kind.to_owned(),
    }
}

impl TypeMismatch<'_> {
    fn explain(&self) -> Diagnostic {
        let spot = self.spot;
        match &spot.node().value {
            NodeValue::Null => {
                let note = match (self.definition, spot.owner) {
                    ("operand", _) => {
                        ", since no attribute equals a missing one; see the operator `exists`"
                    }
                    (_, Owner::File) => ", or take the key out",
                    _ => "",
                };
                problem::misplaced_null(spot.place(), &self.subject(), &self.expected(), note)
            }
            NodeValue::Bool(value) if self.names_variant() => self.explain_variant(*value),
            NodeValue::Bool(_) | NodeValue::Number(_) if self.definition == "targetingKey" => {
                let written = flow(spot.node()).unwrap_or_default();
                problem::unquoted_targeting_key(spot.place(), &written, spot.node().kind())
            }
            _ => {
                let (suggestion, note) = self.meant();
                // What stands on several lines is pointed at by its key, which is to stay.
                let suggestion = suggestion.filter(|_| spot.place() == spot.node().place);
                let (expected, found) = (self.expected(), name(spot.node()));
                problem::wrong_type(spot.place(), &self.subject(), &expected, &found, &note)
                    .suggest(suggestion)
            }
        }
    }

    /// `serve: true`.
    fn explain_variant(&self, value: bool) -> Diagnostic {
        let spot = self.spot;
        // `is` speaks of another flag, which most probably is a toggle.
        let has_variants =
            spot.field() != Some("is") && spot.owner_node().entry("variants").is_some();
        let (note, suggestion) = if has_variants {
            (format!(": quote it if a variant is called `{value}`"), format!("\"{value}\""))
        } else {
            let implicit = if value { "enabled" } else { "disabled" };
            let note = format!(": the variant whose value is {value} is called `{implicit}`");
            (note, implicit.to_owned())
        };
        let (subject, found) = (self.subject(), name(spot.node()));
        problem::wrong_type(spot.place(), &subject, VARIANT, &found, &note)
            .suggest(Some(suggestion))
    }

    fn names_variant(&self) -> bool {
        self.spot.field().is_some_and(|field| VARIANT_FIELDS.contains(&field))
    }

    fn subject(&self) -> String {
        let noun = match self.definition {
            "condition" if self.spot.field().is_none() => "a condition",
            "rule" => "a rule",
            "share" => "a part of a split",
            "prerequisite" => "a prerequisite",
            "variantName" => "the name of a variant",
            _ => "",
        };
        match self.operator() {
            _ if self.is_whole && !noun.is_empty() => noun.to_owned(),
            Some(operator) => format!("`value` of operator `{}`", operator.name),
            None => self.spot.subject(),
        }
    }

    fn expected(&self) -> String {
        match self.expectation() {
            Expected::Conditions => "a list of conditions".to_owned(),
            Expected::Noun(noun) => noun.to_owned(),
            Expected::Types => one_of(&self.types),
        }
    }

    fn expectation(&self) -> Expected {
        let field = self.spot.field();
        let operand = self.operator().map(|operator| operator.operand);
        match (self.definition, operand) {
            ("condition", _) if self.is_whole && field.is_none() => {
                Expected::Noun("a mapping such as `{ where: { country: NL } }`")
            }
            ("operand", _) => Expected::Noun("a value"),
            ("rule", _) if self.is_whole => Expected::Noun("a mapping such as `{ serve: dark }`"),
            ("share", _) if self.is_whole => {
                Expected::Noun("a mapping such as `{ variant: dark, percentage: 50 }`")
            }
            ("prerequisite", _) if self.is_whole => {
                Expected::Noun("a mapping such as `{ flag: new-cart }`")
            }
            ("condition", Some(operand)) => Expected::Noun(operand.expected()),
            ("segment", _) => Expected::Conditions,
            ("targetingKeys", _) => Expected::Noun("a list of targeting keys"),
            ("attribute", _) if self.is_whole => {
                Expected::Noun("a mapping such as `{ type: string }`")
            }
            ("test", _) if self.is_whole => {
                Expected::Noun("a mapping such as `{ flag: a, expect: { value: 1 } }`")
            }
            ("flag", _) if self.is_whole => Expected::Noun("a mapping with the flag's fields"),
            ("", _) if field.is_none() => {
                Expected::Noun("a mapping with `flags`, `segments` or `attributes`")
            }
            _ if self.names_variant() => Expected::Noun(VARIANT),
            _ => EXPECTED
                .iter()
                .find(|(name, _)| Some(*name) == field)
                .map_or(Expected::Types, |(_, expected)| *expected),
        }
    }

    /// What the value was probably meant to be, to be written in its place; and what may help.
    fn meant(&self) -> (Option<String>, String) {
        let node = self.spot.node();
        let takes = |kind| self.types.contains(&kind);
        let wrap = |before: &str, after: &str| {
            let text = format!("{before}{}{after}", flow(node)?);
            (text.chars().count() <= SUGGESTION_LENGTH_MAX).then_some(text)
        };
        let meant = match (&node.value, self.definition) {
            (NodeValue::List(_), "condition")
                if self.is_whole && self.spot.field() == Some("not") =>
            {
                let note = ": to negate several, write `not: { all: […] }`".to_owned();
                return (wrap("{ all: ", " }"), note);
            }
            (NodeValue::List(_), _) => None,
            (NodeValue::String(text), _) if self.is_whole && with_space(text).is_some() => {
                let meant = with_space(text).map(|(_, meant)| meant);
                return (meant, ": a space is missing after the `:`".to_owned());
            }
            (NodeValue::String(_), "condition") if self.is_whole => wrap("{ segment: ", " }"),
            (NodeValue::String(_), "prerequisite") if self.is_whole => wrap("{ flag: ", " }"),
            (NodeValue::String(_), "attribute") if self.is_whole => wrap("{ type: ", " }"),
            (NodeValue::String(_), _) if takes(JsonType::Array) && self.takes_conditions() => {
                wrap("[{ segment: ", " }]")
            }
            (NodeValue::String(_), _) if self.spot.field() == Some("requires") => {
                wrap("[{ flag: ", " }]")
            }
            (NodeValue::Bool(_), "flag") if self.is_whole => wrap("{ enabled: ", " }"),
            (NodeValue::Bool(_) | NodeValue::Number(_), _) if self.takes_targeting_keys() => {
                wrap("[\"", "\"]")
            }
            (NodeValue::String(text), _) if takes(JsonType::Number) => number_in(text),
            (NodeValue::String(text), _) if takes(JsonType::Boolean) => boolean_in(text),
            (NodeValue::Bool(_), _) if takes(JsonType::Number) => None,
            (NodeValue::Number(_), _) if self.is_time() => None,
            (NodeValue::Bool(_) | NodeValue::Number(_), _) if takes(JsonType::String) => {
                wrap("\"", "\"")
            }
            (NodeValue::Map(entries), _) if self.spot.field() == Some("split") => shares(entries),
            (NodeValue::Map(_), _) if takes(JsonType::Array) => {
                return (wrap("[", "]"), ": put `- ` before it".to_owned());
            }
            _ if takes(JsonType::Array) => wrap("[", "]"),
            _ => None,
        };
        let note = meant.as_ref().map(|text| format!(": write `{text}`")).unwrap_or_default();
        (meant, note)
    }

    fn takes_conditions(&self) -> bool {
        self.expectation() == Expected::Conditions
    }

    fn takes_targeting_keys(&self) -> bool {
        self.definition == "targetingKeys" || self.spot.field() == Some("users")
    }

    /// Whether a string with a date or time is expected, which a number cannot be made into.
    fn is_time(&self) -> bool {
        let takes_time = |operator: &Operator| operator.operand == Operand::Time;
        self.spot.field() == Some("expires") || self.operator().is_some_and(takes_time)
    }

    /// The operator, if the value is what one compares with.
    fn operator(&self) -> Option<&'static Operator> {
        let name = self.spot.parent()?.entry("operator")?.node.as_str()?;
        (self.spot.field() == Some("value")).then(|| Operator::find(name))?
    }
}

/// The split that `{ a: 50, b: 50 }` was meant to be.
fn shares(entries: &[Entry]) -> Option<String> {
    let share = |entry: &Entry| {
        let (variant, percentage) = (flow_name(&entry.key), flow(&entry.node)?);
        Some(format!("{{ variant: {variant}, percentage: {percentage} }}"))
    };
    let shares: Vec<String> = entries.iter().take(SHARES_MAX).map(share).collect::<Option<_>>()?;
    let text = format!("[{}]", shares.join(", "));
    (entries.len() == shares.len() && text.chars().count() <= SUGGESTION_LENGTH_MAX).then_some(text)
}

/// The types in words: "a string, a number or a boolean". Null is not offered: it only removes.
fn one_of(types: &[JsonType]) -> String {
    let nouns: Vec<&str> = [
        (JsonType::String, "a string"),
        (JsonType::Integer, "a whole number"),
        (JsonType::Number, "a number"),
        (JsonType::Boolean, "a boolean"),
        (JsonType::Array, "a list"),
        (JsonType::Object, "a mapping"),
    ]
    .into_iter()
    .filter(|(kind, _)| types.contains(kind))
    .map(|(_, noun)| noun)
    .collect();
    match nouns.split_last() {
        Some((&"a boolean", [])) => "`true` or `false`".to_owned(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
        None => "something else".to_owned(),
    }
}

/// Writes a value on one line, and gives up once it is too long to be shown.
fn write_flow(node: &Node, out: &mut String) {
    match &node.value {
        _ if out.len() > SUGGESTION_LENGTH_MAX * 4 => {}
        NodeValue::String(word) if is_plain(word) => out.push_str(word),
        NodeValue::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_flow(item, out);
            }
            out.push(']');
        }
        NodeValue::Map(entries) if !entries.is_empty() => {
            for (index, entry) in entries.iter().enumerate() {
                out.push_str(if index == 0 { "{ " } else { ", " });
                out.push_str(&flow_name(&entry.key));
                out.push_str(": ");
                write_flow(&entry.node, out);
            }
            out.push_str(" }");
        }
        _ => node.write_json(out),
    }
}

/// The number in `25`, `25%` or ` 25 `, written as a string.
fn number_in(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('%').trim_end();
    match scalar::read(text) {
        Scalar::Number(number) => Some(number.into_owned()),
        _ => None,
    }
}

/// The boolean that YAML 1.1 had many words for.
fn boolean_in(text: &str) -> Option<String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "enabled" => Some("true".to_owned()),
        "false" | "no" | "off" | "n" | "disabled" => Some("false".to_owned()),
        _ => None,
    }
}

/// A key or word, in quotes if it needs them.
fn flow_name(name: &str) -> String {
    if is_plain(name) { name.to_owned() } else { quoted(name) }
}

/// Whether a string needs no quotes, wherever it stands.
fn is_plain(text: &str) -> bool {
    let is_word =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.chars().all(is_word)
        && scalar::read(text) == Scalar::String
}
