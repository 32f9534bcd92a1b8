//! OFREP: the protocol's words and the engine's.
//!
//! The source is the OpenFeature Remote Evaluation Protocol, version 0.3. All texts are written by
//! hand, field by field in one order, because some clients compare them as text.

use std::borrow::Cow;

use hyper::StatusCode;

use crate::{
    api::error::{ErrorCode, push_error},
    diagnostics::quote::quote,
    engine::{
        context::Attribute,
        resolution::{EvaluationError, Resolution},
    },
};

/// What one evaluation came to.
pub type Evaluation<'s> = Result<Resolution<'s>, EvaluationError<'s>>;

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
