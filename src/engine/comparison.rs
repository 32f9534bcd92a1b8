//! A compiled comparison, as data, and whether it holds.

use std::{cmp::Ordering, net::IpAddr, sync::Arc};

use ipnet::IpNet;
use semver::Version;

use crate::engine::{
    case_folding,
    instant::Instant,
    pattern::Pattern,
    value::Value,
    value_set::{Alternatives, Set},
    version::{self, VersionRequirement},
};

/// The longest text that a pattern looks at, in bytes: a pattern takes time for each of them.
pub const MATCHED_BYTES_MAX: usize = 8 << 10;
/// The longest text that is read as a version, a time or an address, in bytes.
pub const READ_BYTES_MAX: usize = 1 << 10;

/// A compiled comparison: data, ready to be asked.
#[derive(Debug)]
pub enum Comparison {
    /// The value equals this one, or does not.
    Equal(Value<'static>, bool),
    /// The value is one of these, or is not.
    Member(Box<Set>, bool),
    /// The value stands in this order to the bound.
    Ordered(Order, Value<'static>),
    /// A string contains one of these texts, a list one of these values.
    Contains(Box<Alternatives>),
    /// A string begins with one of these.
    StartsWith(Box<[Box<str>]>),
    /// A string ends with one of these.
    EndsWith(Box<[Box<str>]>),
    /// A string matches.
    Matches(Arc<Pattern>),
    /// The attribute is present and not null, or is not.
    Exists(bool),
    /// A version satisfies the requirement.
    Version(Box<VersionRequirement>),
    /// An instant before this one.
    Before(Instant),
    /// This instant or a later one.
    After(Instant),
    /// An address in one of these networks.
    InNetwork(Box<[IpNet]>),
    /// One of texts, for which the case of letters does not matter.
    IgnoringCase(Box<IgnoringCase>),
}

/// A comparison of texts for which the case of letters does not matter.
#[derive(Debug)]
pub struct IgnoringCase {
    /// The comparison as it is written.
    written: Comparison,
    /// The same with every text in it folded.
    folded: Comparison,
}

/// Which side of a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Above it.
    Greater,
    /// Above it or equal.
    GreaterOrEqual,
    /// Below it.
    Less,
    /// Below it or equal.
    LessOrEqual,
}

impl Comparison {
    /// Whether it holds for an attribute's value: none is a missing one, which never matches but
    /// for [`Comparison::Exists`].
    #[must_use]
    pub fn holds(&self, found: Option<&Value<'_>>) -> bool {
        let Some(value) = found else { return !self.needs_presence() };
        let text = value.as_str();
        match self {
            Self::Equal(wanted, positive) => value.equals(wanted) == *positive,
            Self::Member(set, positive) => set.contains(value) == *positive,
            Self::Ordered(order, bound) => compare(value, bound).is_some_and(|o| order.allows(o)),
            Self::Contains(wanted) => wanted.are_in(value),
            Self::StartsWith(parts) => {
                text.is_some_and(|text| parts.iter().any(|part| text.starts_with(&**part)))
            }
            Self::EndsWith(parts) => {
                text.is_some_and(|text| parts.iter().any(|part| text.ends_with(&**part)))
            }
            Self::Matches(pattern) => {
                text.is_some_and(|text| text.len() <= MATCHED_BYTES_MAX && pattern.is_match(text))
            }
            Self::Exists(wanted) => *wanted,
            Self::Version(requirement) => {
                version(text).is_some_and(|version| requirement.allows(&version))
            }
            Self::Before(_) | Self::After(_) => {
                instant(value).is_some_and(|instant| self.holds_at(instant))
            }
            Self::InNetwork(networks) => {
                address(text).is_some_and(|address| within(networks, address))
            }
            Self::IgnoringCase(comparison) => comparison.holds(value),
        }
    }

    /// Whether it holds for an instant; only [`Comparison::Before`], [`Comparison::After`] and
    /// [`Comparison::Exists`] ever do.
    #[must_use]
    pub fn holds_at(&self, instant: Instant) -> bool {
        match self {
            Self::Before(bound) => instant < *bound,
            Self::After(bound) => *bound <= instant,
            Self::Exists(wanted) => *wanted,
            Self::Equal(..)
            | Self::Member(..)
            | Self::Ordered(..)
            | Self::Contains(_)
            | Self::StartsWith(_)
            | Self::EndsWith(_)
            | Self::Matches(_)
            | Self::Version(_)
            | Self::InNetwork(_)
            | Self::IgnoringCase(_) => false,
        }
    }

    /// Whether no value can satisfy it, such as one of an empty list.
    #[must_use]
    pub fn never_holds(&self) -> bool {
        match self {
            Self::Member(set, true) => set.is_empty(),
            Self::Contains(wanted) => wanted.is_empty(),
            Self::StartsWith(parts) | Self::EndsWith(parts) => parts.is_empty(),
            Self::InNetwork(networks) => networks.is_empty(),
            Self::Version(requirement) => requirement.is_empty(),
            Self::IgnoringCase(comparison) => comparison.written.never_holds(),
            Self::Equal(..)
            | Self::Member(_, false)
            | Self::Ordered(..)
            | Self::Matches(_)
            | Self::Exists(_)
            | Self::Before(_)
            | Self::After(_) => false,
        }
    }

    /// The comparison as it is written, in which case matters.
    #[must_use]
    pub fn written(&self) -> &Self {
        match self {
            Self::IgnoringCase(comparison) => &comparison.written,
            Self::Equal(..)
            | Self::Member(..)
            | Self::Ordered(..)
            | Self::Contains(_)
            | Self::StartsWith(_)
            | Self::EndsWith(_)
            | Self::Matches(_)
            | Self::Exists(_)
            | Self::Version(_)
            | Self::Before(_)
            | Self::After(_)
            | Self::InNetwork(_) => self,
        }
    }

    /// The values that it names as a whole: it asks whether a value is one of them, or is not.
    #[must_use]
    pub fn whole_values(&self) -> Vec<Value<'static>> {
        match self.written() {
            Self::Equal(value, _) => vec![value.clone()],
            Self::Member(set, _) => set.values(),
            Self::Ordered(..)
            | Self::Contains(_)
            | Self::StartsWith(_)
            | Self::EndsWith(_)
            | Self::Matches(_)
            | Self::Exists(_)
            | Self::Version(_)
            | Self::Before(_)
            | Self::After(_)
            | Self::InNetwork(_)
            | Self::IgnoringCase(_) => Vec::new(),
        }
    }

    /// Whether it can only hold for an attribute that is there.
    #[must_use]
    pub fn needs_presence(&self) -> bool {
        !matches!(self, Self::Exists(false))
    }

    /// The same comparison, for which the case of letters does not matter; none for one that
    /// compares no texts.
    #[must_use]
    pub fn ignoring_case(self) -> Option<Self> {
        let all_folded = |parts: &[Box<str>]| {
            parts.iter().map(|part| case_folding::folded(part).into()).collect::<Box<[Box<str>]>>()
        };
        let folded = match &self {
            Self::Equal(value, positive) => {
                Self::Equal(case_folding::folded_value(value), *positive)
            }
            Self::Member(set, positive) => Self::Member(Box::new(set.folded()), *positive),
            Self::Contains(values) => Self::Contains(Box::new(values.folded())),
            Self::StartsWith(parts) => Self::StartsWith(all_folded(parts)),
            Self::EndsWith(parts) => Self::EndsWith(all_folded(parts)),
            Self::Ordered(..)
            | Self::Matches(_)
            | Self::Exists(_)
            | Self::Version(_)
            | Self::Before(_)
            | Self::After(_)
            | Self::InNetwork(_)
            | Self::IgnoringCase(_) => return None,
        };
        Some(Self::IgnoringCase(Box::new(IgnoringCase { written: self, folded })))
    }

    /// What a value would have to be, and is not, for the comparison to look at it at all: "not a
    /// time".
    #[must_use]
    pub fn misfit(&self, value: &Value<'_>) -> Option<&'static str> {
        let text = value.as_str();
        let is_longer = |bytes| text.is_some_and(|text| bytes < text.len());
        let (fits, problem) = match self {
            Self::Equal(..) | Self::Member(..) | Self::Exists(_) => return None,
            Self::Ordered(_, Value::Number(_)) => {
                (matches!(value, Value::Number(_)), "not a number")
            }
            Self::Contains(_) => {
                let fits = matches!(value, Value::String(_) | Value::Array(_));
                (fits, "neither a text nor a list")
            }
            Self::Matches(_) if is_longer(MATCHED_BYTES_MAX) => {
                (false, "longer than the 8 KiB that a pattern looks at")
            }
            Self::Ordered(..) | Self::StartsWith(_) | Self::EndsWith(_) | Self::Matches(_) => {
                (text.is_some(), "not a text")
            }
            Self::IgnoringCase(comparison) => return comparison.written.misfit(value),
            Self::Version(_) | Self::Before(_) | Self::After(_) | Self::InNetwork(_)
                if is_longer(READ_BYTES_MAX) =>
            {
                (false, "longer than the 1 KiB that a version, a time or an address can have")
            }
            Self::Version(_) => (version(text).is_some(), "not a version"),
            Self::Before(_) | Self::After(_) => (instant(value).is_some(), "not a time"),
            Self::InNetwork(_) => (address(text).is_some(), "not an IP address"),
        };
        (!fits).then_some(problem)
    }
}

impl IgnoringCase {
    /// The comparison as it is written, in which case would matter.
    #[must_use]
    pub fn written(&self) -> &Comparison {
        &self.written
    }

    /// The same with every text in it folded: it holds for folded values alone.
    #[must_use]
    pub fn folded(&self) -> &Comparison {
        &self.folded
    }

    /// Whether it holds for a value, which is folded on the way.
    fn holds(&self, value: &Value<'_>) -> bool {
        let text = value.as_str();
        match &self.folded {
            Comparison::Equal(wanted, positive) => case_folding::equals(value, wanted) == *positive,
            Comparison::Member(set, positive) => set.contains_folded(value) == *positive,
            Comparison::Contains(wanted) => wanted.are_in_folded(value),
            Comparison::StartsWith(parts) => text
                .is_some_and(|text| parts.iter().any(|part| case_folding::starts_with(text, part))),
            Comparison::EndsWith(parts) => text
                .is_some_and(|text| parts.iter().any(|part| case_folding::ends_with(text, part))),
            Comparison::Ordered(..)
            | Comparison::Matches(_)
            | Comparison::Exists(_)
            | Comparison::Version(_)
            | Comparison::Before(_)
            | Comparison::After(_)
            | Comparison::InNetwork(_)
            | Comparison::IgnoringCase(_) => false,
        }
    }
}

impl Order {
    fn allows(self, ordering: Ordering) -> bool {
        match self {
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
        }
    }
}

/// How two values stand to each other: numbers by value, strings by code point, else not at all.
fn compare(a: &Value<'_>, b: &Value<'_>) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => Some(a.compare(*b)),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// The version that a text is.
fn version(text: Option<&str>) -> Option<Version> {
    text.filter(|text| text.len() <= READ_BYTES_MAX).and_then(version::parse)
}

/// The address that a text is.
fn address(text: Option<&str>) -> Option<IpAddr> {
    text.filter(|text| text.len() <= READ_BYTES_MAX)?.parse().ok()
}

/// The instant that an attribute's value stands for.
fn instant(value: &Value<'_>) -> Option<Instant> {
    match value {
        Value::String(text) if text.len() <= READ_BYTES_MAX => Instant::parse_lenient(text),
        Value::Number(number) => Instant::of_number(*number),
        _ => None,
    }
}

/// Whether the address lies in one of the networks, also as the IPv4 address that it maps.
fn within(networks: &[IpNet], address: IpAddr) -> bool {
    let canonical = address.to_canonical();
    networks.iter().any(|network| network.contains(&address) || network.contains(&canonical))
}
