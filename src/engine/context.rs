//! Who is asking: targeting key, attributes, time.

use std::sync::Arc;

use crate::engine::value::{Number, Object, Value};

/// The evaluation context of one question.
#[derive(Clone, Debug, Default)]
pub struct EvaluationContext<'a> {
    /// What stands for the user, tenant or device; the unit of ramps and splits. An empty string is
    /// a key like any other: a protocol that takes it for absent drops it before.
    pub targeting_key: Option<std::borrow::Cow<'a, str>>,
    /// Everything else that a rule may look at.
    pub attributes: Object<'a>,
}

/// The name under which a condition sees the targeting key.
pub const TARGETING_KEY: &str = "targetingKey";
/// The longest text that is hashed, in bytes: what one request asks is hashed for each flag.
pub const UNIT_BYTES_MAX: usize = 8 << 10;
/// The built-in attribute of staff; a boolean.
pub const IS_STAFF: &str = "is_staff";
/// The time of the evaluation; callers cannot send it.
pub const NOW: &str = "now";

/// Which attribute a condition looks at, resolved once, when the file is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// The targeting key.
    TargetingKey,
    /// The time of the evaluation.
    Now,
    /// An attribute of the context, by its name.
    Named(Arc<str>),
    /// One whose name has dots, and is looked up by the whole name first, then by the parts between
    /// the dots, each inside the one before.
    Dotted(Arc<str>),
}

impl Attribute {
    /// The attribute that `name` stands for. A part of the targeting key or of the time is none:
    /// whatever a caller sends in their place is not looked into.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>> + AsRef<str>) -> Self {
        match name.as_ref() {
            TARGETING_KEY => Self::TargetingKey,
            NOW => Self::Now,
            dotted if dotted.split_once('.').is_some_and(|(first, _)| !is_built_in(first)) => {
                Self::Dotted(name.into())
            }
            _ => Self::Named(name.into()),
        }
    }

    /// The name as written.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::TargetingKey => TARGETING_KEY,
            Self::Now => NOW,
            Self::Named(name) | Self::Dotted(name) => name,
        }
    }

    /// The value in `context`, unless it is missing or null. The targeting key and the time are not
    /// among the attributes and are not found here.
    #[must_use]
    pub fn find<'c, 'a>(&self, context: &'c EvaluationContext<'a>) -> Option<&'c Value<'a>> {
        let present = |value: &&Value<'_>| !matches!(value, Value::Null);
        let attributes = &context.attributes;
        match self {
            Self::TargetingKey | Self::Now => None,
            Self::Named(name) => attributes.value(name).filter(present),
            Self::Dotted(name) => attributes.value(name).filter(present).or_else(|| {
                let mut parts = name.split('.');
                let mut value = attributes.value(parts.next()?)?;
                for part in parts {
                    let Value::Object(object) = value else { return None };
                    value = object.value(part)?;
                }
                Some(value).filter(present)
            }),
        }
    }
}

/// Whether something else than an attribute of that name stands under it.
fn is_built_in(name: &str) -> bool {
    matches!(name, TARGETING_KEY | NOW)
}

/// What is hashed, as text: a string as it is, a whole number within ±(2⁵³−1) in decimal.
///
/// Holds the digits of a number in place, so that nothing is allocated.
#[derive(Clone, Debug)]
pub enum Unit<'c> {
    /// A string, possibly empty.
    Text(&'c str),
    /// The decimal digits of a number, at the end of the buffer from the index on.
    Digits([u8; 20], usize),
}

impl<'c> Unit<'c> {
    /// The unit that an attribute's value makes; none for what is neither a string of up to
    /// [`UNIT_BYTES_MAX`] nor a whole number.
    #[must_use]
    pub fn of(value: &'c Value<'_>) -> Option<Self> {
        match value {
            Value::String(text) => Self::of_text(text),
            Value::Number(number) => Self::of_number(*number),
            _ => None,
        }
    }

    /// The unit that a text makes, unless it is too long.
    #[must_use]
    pub fn of_text(text: &'c str) -> Option<Self> {
        (text.len() <= UNIT_BYTES_MAX).then_some(Self::Text(text))
    }

    /// The digits of a whole number, if it is one.
    fn of_number(number: Number) -> Option<Self> {
        let whole = number.as_exact_integer()?;
        let (mut rest, mut digits, mut start) = (whole.unsigned_abs(), [0; 20], 20);
        loop {
            start -= 1;
            digits[start] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if whole < 0 {
            start -= 1;
            digits[start] = b'-';
        }
        Some(Self::Digits(digits, start))
    }

    /// The bytes that are hashed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Digits(digits, start) => digits.get(*start..).unwrap_or_default(),
        }
    }
}
