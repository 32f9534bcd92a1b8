//! OFREP: the protocol's words and the engine's.
//!
//! The source is the OpenFeature Remote Evaluation Protocol, version 0.3. All texts are written by
//! hand, field by field in one order, because some clients compare them as text.

use std::borrow::Cow;

use hyper::StatusCode;

use crate::{
    definition::quote::quote,
    engine::{
        context::{Attribute, EvaluationContext, TARGETING_KEY},
        resolution::{EvaluationError, Resolution},
        value::{Object, Value},
    },
    http::error::{ErrorCode, RequestError, push_error},
};

/// What one evaluation came to.
pub type Evaluation<'s> = Result<Resolution<'s>, EvaluationError<'s>>;

/// Reads the body of a request: `{"context": {"targetingKey": "…", …}}`, where everything may be
/// left out. An empty or null targeting key is absent.
///
/// # Errors
///
/// `PARSE_ERROR` for what is not a JSON object, `INVALID_CONTEXT` for a context that is not one or
/// a targeting key that is not a string.
pub fn read_body(body: &[u8]) -> Result<EvaluationContext<'_>, RequestError> {
    match read_object(body)?.remove("context") {
        None | Some(Value::Null) => Ok(EvaluationContext::default()),
        Some(Value::Object(context)) => read_context(context),
        Some(other) => Err(RequestError::invalid_context(format!(
            "`context` must be an object, this is {}",
            other.kind()
        ))),
    }
}

/// Takes the targeting key out of a context's attributes.
///
/// # Errors
///
/// `INVALID_CONTEXT` for a targeting key that is not a string.
pub fn read_context(mut attributes: Object<'_>) -> Result<EvaluationContext<'_>, RequestError> {
    let targeting_key = match attributes.remove(TARGETING_KEY) {
        None | Some(Value::Null) => None,
        Some(Value::String(key)) => Some(key).filter(|key| !key.is_empty()),
        Some(other) => {
            return Err(RequestError::invalid_context(format!(
                "`targetingKey` must be a string, this is {}",
                other.kind()
            )));
        }
    };
    Ok(EvaluationContext { targeting_key, attributes })
}

/// Reads a body that is a JSON object, or nothing at all.
///
/// # Errors
///
/// `PARSE_ERROR` for anything else.
pub fn read_object(body: &[u8]) -> Result<Object<'_>, RequestError> {
    if body.trim_ascii().is_empty() {
        return Ok(Object::default());
    }
    // As text, so that it is checked once that it is one, and not again for each string in it.
    let object = match str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(body),
    };
    object.map_err(|error| {
        RequestError::parse(match error.classify() {
            serde_json::error::Category::Data => "the body must be a JSON object".into(),
            _ => format!("the body cannot be read as JSON: {error}"),
        })
    })
}

/// Writes the answer for one flag, and says with which status it goes. `push` writes what was
/// resolved.
///
/// The fields are `key`, `reason`, `variant`, `value`, `metadata`, in that order. The variant is
/// empty where there is none, and then there is no value: the caller's own default is meant.
pub fn push_evaluation(
    out: &mut Vec<u8>,
    key: &str,
    evaluation: &Evaluation<'_>,
    push: impl FnOnce(&mut Vec<u8>, &Resolution<'_>),
) -> StatusCode {
    match evaluation {
        Ok(resolution) => {
            push(out, resolution);
            StatusCode::OK
        }
        Err(error) => {
            let code = error_code(error);
            push_error(out, Some(key), code, &error_details(key, error));
            code.status()
        }
    }
}

/// The code of an evaluation that has no answer.
#[must_use]
pub fn error_code(error: &EvaluationError<'_>) -> ErrorCode {
    match error {
        EvaluationError::FlagNotFound => ErrorCode::FlagNotFound,
        EvaluationError::TargetingKeyMissing(_) => ErrorCode::TargetingKeyMissing,
    }
}

/// Why the flag of that key has no answer, for people.
#[must_use]
pub fn error_details(key: &str, error: &EvaluationError<'_>) -> String {
    match error {
        EvaluationError::FlagNotFound => format!("there is no flag `{}`", quote(key)),
        EvaluationError::TargetingKeyMissing(flag) => {
            let name = flag.bucket_by.name();
            let wanted = match flag.bucket_by {
                Attribute::TargetingKey => Cow::Borrowed("no `targetingKey`"),
                _ => Cow::Owned(format!("no `{name}` that is a string or a whole number")),
            };
            let on_the_way = if *flag.key == *key { "" } else { ", which this flag depends on," };
            format!("the flag `{}`{on_the_way} is split, and the context has {wanted}", flag.key)
        }
    }
}
