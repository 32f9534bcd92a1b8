//! Every operator: one table, one row each. To add one: a row here, its name in the schema, a test.

use std::{net::IpAddr, sync::Arc};

use ipnet::IpNet;

use crate::engine::{
    case_folding,
    comparison::{Comparison, Order},
    instant::Instant,
    pattern::{Pattern, PatternError},
    value::Value,
    value_set::{Alternatives, Set},
    version::VersionRequirement,
};

/// One operator.
#[derive(Debug)]
pub struct Operator {
    /// The name in definitions.
    pub name: &'static str,
    /// What it asks of an attribute.
    pub usage: Usage,
    /// What stands under `value`.
    pub operand: Operand,
    /// When it holds, for people.
    pub summary: &'static str,
    /// Makes the test; the operand's shape has been checked by the schema.
    build: fn(&Value<'_>) -> Result<Comparison, OperandError>,
}

/// What an operator asks of an attribute, and so which types of attributes and values fit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Whether it equals a value.
    Equality,
    /// Whether it is above or below a value.
    Order,
    /// Whether it contains a value: as a list, or as a text.
    Containment,
    /// Whether its text fits a text, pattern, version or network.
    Text,
    /// Whether it is before or after an instant.
    Time,
    /// Whether it is there.
    Presence,
}

/// What an operator compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Any value but null.
    Any,
    /// A list of values.
    List,
    /// A number or a string.
    Ordered,
    /// A string.
    Text,
    /// A string, or a list of strings.
    Texts,
    /// A string that is a time with an offset.
    Time,
    /// `true` or `false`.
    Bool,
}

/// Why an operand cannot be used although its shape is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperandError {
    /// Which item, if the operand is a list.
    pub index: Option<usize>,
    /// What is wrong, to follow the value in a sentence.
    pub kind: OperandErrorKind,
}

/// What is wrong with an operand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperandErrorKind {
    /// The value has another type than the operator takes.
    Shape,
    /// Not a regular expression, or one that is too long or too large.
    Pattern(PatternError),
    /// Not a version requirement; the reason.
    Version(String),
    /// Not a time with an offset.
    Time,
    /// Neither a network nor an address.
    Network,
    /// Case is to be ignored, and the operator has no use for that.
    CaseOfOperator,
    /// Case is to be ignored, and there is no text in the value.
    CaseOfValue,
}

/// All operators, in the order in which the documentation lists them.
pub static OPERATORS: [Operator; 17] = [
    Operator {
        name: "eq",
        usage: Usage::Equality,
        operand: Operand::Any,
        summary: "the attribute equals the value; numbers by value, nothing is coerced",
        build: |value| Ok(Comparison::Equal(value.clone().into_owned(), true)),
    },
    Operator {
        name: "neq",
        usage: Usage::Equality,
        operand: Operand::Any,
        summary: "the attribute is present and does not equal the value",
        build: |value| Ok(Comparison::Equal(value.clone().into_owned(), false)),
    },
    Operator {
        name: "in",
        usage: Usage::Equality,
        operand: Operand::List,
        summary: "the attribute equals one value of the list",
        build: |value| Ok(Comparison::Member(Box::new(Set::of(list(value)?)), true)),
    },
    Operator {
        name: "not_in",
        usage: Usage::Equality,
        operand: Operand::List,
        summary: "the attribute is present and equals no value of the list",
        build: |value| Ok(Comparison::Member(Box::new(Set::of(list(value)?)), false)),
    },
    Operator {
        name: "gt",
        usage: Usage::Order,
        operand: Operand::Ordered,
        summary: "greater than: numbers by value, strings by code point",
        build: |value| Ok(Comparison::Ordered(Order::Greater, ordered(value)?)),
    },
    Operator {
        name: "gte",
        usage: Usage::Order,
        operand: Operand::Ordered,
        summary: "greater than or equal to: numbers by value, strings by code point",
        build: |value| Ok(Comparison::Ordered(Order::GreaterOrEqual, ordered(value)?)),
    },
    Operator {
        name: "lt",
        usage: Usage::Order,
        operand: Operand::Ordered,
        summary: "less than: numbers by value, strings by code point",
        build: |value| Ok(Comparison::Ordered(Order::Less, ordered(value)?)),
    },
    Operator {
        name: "lte",
        usage: Usage::Order,
        operand: Operand::Ordered,
        summary: "less than or equal to: numbers by value, strings by code point",
        build: |value| Ok(Comparison::Ordered(Order::LessOrEqual, ordered(value)?)),
    },
    Operator {
        name: "contains",
        usage: Usage::Containment,
        operand: Operand::Any,
        summary: "a string contains the text, a list the value; of several, one of them",
        build: |value| {
            let values = several(value).cloned().map(Value::into_owned).collect();
            Ok(Comparison::Contains(Box::new(Alternatives::new(values))))
        },
    },
    Operator {
        name: "starts_with",
        usage: Usage::Text,
        operand: Operand::Texts,
        summary: "a string begins with the text; of several, one of them",
        build: |value| Ok(Comparison::StartsWith(texts(value)?)),
    },
    Operator {
        name: "ends_with",
        usage: Usage::Text,
        operand: Operand::Texts,
        summary: "a string ends with the text; of several, one of them",
        build: |value| Ok(Comparison::EndsWith(texts(value)?)),
    },
    Operator {
        name: MATCHES,
        usage: Usage::Text,
        operand: Operand::Text,
        summary: "a string matches the regular expression, anywhere in it; linear time",
        build: |value| match Pattern::new(text(value)?) {
            Ok(pattern) => Ok(Comparison::Matches(Arc::new(pattern))),
            Err(refused) => Err(OperandErrorKind::Pattern(refused).into()),
        },
    },
    Operator {
        name: "exists",
        usage: Usage::Presence,
        operand: Operand::Bool,
        summary: "the attribute is present and not null (true), or is not (false)",
        build: |value| match value {
            Value::Bool(wanted) => Ok(Comparison::Exists(*wanted)),
            _ => Err(OperandErrorKind::Shape.into()),
        },
    },
    Operator {
        name: "semver",
        usage: Usage::Text,
        operand: Operand::Text,
        summary: "a version satisfies the requirement, such as `>=2.1, <3`",
        build: |value| {
            let requirement =
                VersionRequirement::parse(text(value)?).map_err(OperandErrorKind::Version)?;
            Ok(Comparison::Version(Box::new(requirement)))
        },
    },
    Operator {
        name: "before",
        usage: Usage::Time,
        operand: Operand::Time,
        summary: "an instant before this one; RFC 3339, or Unix time",
        build: |value| Ok(Comparison::Before(time(text(value)?)?)),
    },
    Operator {
        name: "after",
        usage: Usage::Time,
        operand: Operand::Time,
        summary: "this instant or a later one; RFC 3339, or Unix time",
        build: |value| Ok(Comparison::After(time(text(value)?)?)),
    },
    Operator {
        name: "in_network",
        usage: Usage::Text,
        operand: Operand::Texts,
        summary: "an IPv4 or IPv6 address in the network; of several, in one of them",
        build: |value| {
            let networks = several(value).enumerate().map(|(index, item)| {
                network(text(item)?).ok_or(OperandError {
                    index: matches!(value, Value::Array(_)).then_some(index),
                    kind: OperandErrorKind::Network,
                })
            });
            Ok(Comparison::InNetwork(networks.collect::<Result<_, _>>()?))
        },
    },
];

impl Operator {
    /// The operator of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        OPERATORS.iter().find(|operator| operator.name == name)
    }

    /// Compiles the comparison with `value`.
    ///
    /// # Errors
    ///
    /// What is wrong with the value: a pattern, version, time or network that is none, or a type
    /// that the operator does not take.
    pub fn compare_with(&self, value: &Value<'_>) -> Result<Comparison, OperandError> {
        (self.build)(value)
    }

    /// Compiles the comparison with `value` for which the case of letters does not matter.
    ///
    /// # Errors
    ///
    /// As of [`Operator::compare_with`]; and where there is no text whose case could matter: the
    /// operator compares none, or there is none in the value.
    pub fn compare_ignoring_case(&self, value: &Value<'_>) -> Result<Comparison, OperandError> {
        let compared = self.compare_with(value)?.ignoring_case();
        let comparison = compared.ok_or(OperandError::from(OperandErrorKind::CaseOfOperator))?;
        // That a list is empty is said in other words.
        let is_empty = matches!(value, Value::Array(items) if items.is_empty());
        if is_empty || case_folding::has_text(value) {
            Ok(comparison)
        } else {
            Err(OperandErrorKind::CaseOfValue.into())
        }
    }

    /// Whether the case of letters can be ignored.
    #[must_use]
    pub fn may_ignore_case(&self) -> bool {
        IGNORING_CASE.contains(&self.name)
    }
}

/// The name of the operator that compares with a pattern.
pub const MATCHES: &str = "matches";
/// The operators that compare texts letter by letter, so that case can be ignored.
pub const IGNORING_CASE: [&str; 7] =
    ["eq", "neq", "in", "not_in", "contains", "starts_with", "ends_with"];

impl Operand {
    /// What is expected, as a noun with its article.
    #[must_use]
    pub fn expected(self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::List => "a list",
            Self::Ordered => "a number or a string",
            Self::Text => "a string",
            Self::Texts => "a string or a list of strings",
            Self::Time => "a time such as `2027-03-31T12:00:00Z`",
            Self::Bool => "`true` or `false`",
        }
    }
}

impl From<OperandErrorKind> for OperandError {
    fn from(kind: OperandErrorKind) -> Self {
        Self { index: None, kind }
    }
}

/// The items of a list, or the one value.
fn several<'v>(value: &'v Value<'v>) -> impl Iterator<Item = &'v Value<'v>> {
    match value {
        Value::Array(items) => items.iter(),
        single => std::slice::from_ref(single).iter(),
    }
}

fn list<'v>(value: &'v Value<'v>) -> Result<&'v [Value<'v>], OperandError> {
    match value {
        Value::Array(items) => Ok(items),
        _ => Err(OperandErrorKind::Shape.into()),
    }
}

fn ordered(value: &Value<'_>) -> Result<Value<'static>, OperandError> {
    match value {
        Value::Number(_) | Value::String(_) => Ok(value.clone().into_owned()),
        _ => Err(OperandErrorKind::Shape.into()),
    }
}

fn text<'v>(value: &'v Value<'_>) -> Result<&'v str, OperandError> {
    value.as_str().ok_or_else(|| OperandErrorKind::Shape.into())
}

fn texts(value: &Value<'_>) -> Result<Box<[Box<str>]>, OperandError> {
    several(value).map(|item| text(item).map(Into::into)).collect()
}

fn time(text: &str) -> Result<Instant, OperandError> {
    Instant::parse(text).ok_or_else(|| OperandErrorKind::Time.into())
}

/// A network in CIDR notation, or a bare address as the network of itself alone. One of IPv4
/// addresses that are mapped into IPv6 is the network of those IPv4 addresses. Numbers that begin
/// with a zero are refused: some programs read `010` as ten and others as eight.
#[must_use]
pub fn network(text: &str) -> Option<IpNet> {
    let network = match text.split_once('/') {
        None => IpNet::from(text.parse::<IpAddr>().ok()?),
        Some((address, prefix)) => {
            let is_canonical = match prefix.as_bytes() {
                [b'0'] => true,
                [first, ..] => matches!(first, b'1'..=b'9'),
                [] => false,
            };
            let prefix = prefix.parse().ok().filter(|_| is_canonical)?;
            IpNet::new(address.parse().ok()?, prefix).ok()?
        }
    };
    let mapped = match network {
        IpNet::V6(network) => {
            network.addr().to_ipv4_mapped().zip(network.prefix_len().checked_sub(96))
        }
        IpNet::V4(_) => None,
    };
    match mapped {
        Some((address, prefix)) => IpNet::new(address.into(), prefix).ok(),
        None => Some(network),
    }
}
