//! Who is asking: the body of an OFREP request, read in one pass.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

use crate::{
    api::error::RequestError,
    engine::{
        context::{EvaluationContext, TARGETING_KEY, UNIT_BYTES_MAX},
        json_reader,
        value::{Number, Object, Text, Value},
    },
};

/// Room for the attributes of a usual context, so that they are read without growing.
const ATTRIBUTES_USUAL: usize = 8;
/// Any number, for what it is called.
const NUMBER: Value<'static> = Value::Number(Number::Integer(0));

/// Reads the body of a request: `{"context": {"targetingKey": "…", …}}`, where everything may be
/// left out. An empty or null targeting key is absent.
///
/// # Errors
///
/// `PARSE_ERROR` for what is not a JSON object, `INVALID_CONTEXT` for a context that is not one or
/// a targeting key that is not a string, or is too long to be hashed.
pub fn read(body: &[u8]) -> Result<EvaluationContext<'_>, RequestError> {
    let Some(Body(context)) = parse(body)? else { return Ok(EvaluationContext::default()) };
    let Context { targeting_key, attributes } = context.map_err(|found| {
        RequestError::invalid_context(format!("`context` must be an object, this is {found}"))
    })?;
    let targeting_key = match targeting_key {
        None | Some(Value::Null) => None,
        Some(Value::String(key)) => {
            Some(hashable(TARGETING_KEY, key)?).filter(|key| !key.is_empty())
        }
        Some(found) => {
            let kind = found.kind();
            let details = format!("`targetingKey` must be a string, this is {kind}");
            return Err(RequestError::invalid_context(details));
        }
    };
    let attributes = Object::from_entries(attributes);
    Ok(EvaluationContext { targeting_key, attributes })
}

/// A targeting key that is short enough to be hashed for every flag; `name` is what it is sent as.
///
/// # Errors
///
/// `INVALID_CONTEXT` for a longer one.
pub fn hashable<'b>(name: &str, key: Cow<'b, str>) -> Result<Cow<'b, str>, RequestError> {
    if key.len() <= UNIT_BYTES_MAX {
        return Ok(key);
    }
    Err(RequestError::invalid_context(format!(
        "`{name}` must have {UNIT_BYTES_MAX} bytes at most, this one has {}",
        key.len()
    )))
}

/// Reads a body that is a JSON object; none if there is nothing at all.
///
/// # Errors
///
/// `PARSE_ERROR` for anything else.
pub fn parse<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<Option<T>, RequestError> {
    if body.trim_ascii().is_empty() {
        return Ok(None);
    }
    // As text, so that it is checked once that it is one, and not again for each string in it.
    let parsed = match str::from_utf8(body) {
        Ok(text) => json_reader::read(text),
        Err(_) => serde_json::from_slice(body),
    };
    parsed.map(Some).map_err(|error| {
        RequestError::parse(match error.classify() {
            serde_json::error::Category::Data => "the body must be a JSON object".into(),
            _ => format!("the body cannot be read as JSON: {error}"),
        })
    })
}

/// The `context` of a body, or what stands there instead, in words.
struct Body<'b>(Result<Context<'b>, &'static str>);

/// An evaluation context as it was sent.
#[derive(Default)]
struct Context<'b> {
    targeting_key: Option<Value<'b>>,
    attributes: Vec<(Cow<'b, str>, Value<'b>)>,
}

impl<'b> Deserialize<'b> for Body<'b> {
    fn deserialize<D: Deserializer<'b>>(deserializer: D) -> Result<Self, D::Error> {
        struct BodyVisitor;
        impl<'b> Visitor<'b> for BodyVisitor {
            type Value = Body<'b>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'b>>(self, mut access: A) -> Result<Body<'b>, A::Error> {
                let mut body = Body(Ok(Context::default()));
                while let Some(Text(name)) = access.next_key()? {
                    if name == "context" {
                        body.0 = access.next_value::<Given<'b>>()?.0;
                    } else {
                        access.next_value::<Value<'b>>()?;
                    }
                }
                Ok(body)
            }
        }
        deserializer.deserialize_map(BodyVisitor)
    }
}

/// What stands under `context`.
struct Given<'b>(Result<Context<'b>, &'static str>);

impl<'b> Deserialize<'b> for Given<'b> {
    fn deserialize<D: Deserializer<'b>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GivenVisitor).map(Self)
    }
}

struct GivenVisitor;

impl<'b> Visitor<'b> for GivenVisitor {
    type Value = Result<Context<'b>, &'static str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }
    fn visit_map<A: MapAccess<'b>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut context =
            Context { targeting_key: None, attributes: Vec::with_capacity(ATTRIBUTES_USUAL) };
        while let Some(Text(name)) = access.next_key()? {
            let value = access.next_value()?;
            if name == TARGETING_KEY {
                context.targeting_key = Some(value);
            } else {
                context.attributes.push((name, value));
            }
        }
        Ok(Ok(context))
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Ok(Context::default()))
    }
    fn visit_bool<E>(self, found: bool) -> Result<Self::Value, E> {
        Ok(Err(Value::Bool(found).kind()))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Err(NUMBER.kind()))
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Err(NUMBER.kind()))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Err(NUMBER.kind()))
    }
    fn visit_str<E>(self, found: &str) -> Result<Self::Value, E> {
        Ok(Err(Value::String(found.into()).kind()))
    }
    fn visit_seq<A: SeqAccess<'b>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        while access.next_element::<Value<'b>>()?.is_some() {}
        Ok(Err(Value::Array(Vec::new()).kind()))
    }
}
