//! The `/flags` endpoints' words and the engine's.

use jiff::Timestamp;

use crate::{
    api::{
        error::RequestError,
        ofrep::Evaluation,
        ofrep_request::{hashable, parse},
    },
    engine::{
        context::EvaluationContext,
        flag::{Flag, FlagSet, ValueKind, Variant},
        json_text::push_quoted,
        memo::Memo,
        resolution::{EvaluationError, FixedPositions, Resolution, Step},
        resolve::{explain_within, resolve_flag_at},
        trace::{Trace, TraceOutcome},
        value::{Object, Value},
    },
    report::trace::json::push_trace,
    snapshot::answer_text::push_variant,
};

/// What a request for an evaluation says.
#[derive(Debug, Default)]
pub struct EvaluationRequest<'a> {
    /// Who is asking.
    pub context: EvaluationContext<'a>,
    /// What `enabled` is to be for a flag that is not there.
    pub default: Option<bool>,
}

/// Which of the two answers is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The answer alone.
    Answer,
    /// Also the trace: every rule looked at, why it held or not, file and line.
    Trace,
}

/// Reads the body of a request: `{"user_id": "…", "attributes": {…}, "default": false}`, where
/// everything may be left out. An empty user id is a targeting key like any other.
///
/// # Errors
///
/// `PARSE_ERROR` for what is not a JSON object or a default that is not a boolean, and
/// `INVALID_CONTEXT` for a user id or attributes of another type, or a user id that is too long.
pub fn read_body(body: &[u8]) -> Result<EvaluationRequest<'_>, RequestError> {
    let mut object: Object<'_> = parse(body)?.unwrap_or_default();
    let targeting_key = match object.remove("user_id") {
        None | Some(Value::Null) => None,
        Some(Value::String(user_id)) => Some(hashable("user_id", user_id)?),
        Some(other) => return Err(misfit("user_id", "a string", &other)),
    };
    let attributes = match object.remove("attributes") {
        None | Some(Value::Null) => Object::default(),
        Some(Value::Object(attributes)) => attributes,
        Some(other) => return Err(misfit("attributes", "an object", &other)),
    };
    let default = match object.remove("default") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(default)) => Some(default),
        Some(other) => {
            let kind = other.kind();
            let details = format!("`default` must be a boolean, this is {kind}");
            return Err(RequestError::parse(details));
        }
    };
    Ok(EvaluationRequest { context: EvaluationContext { targeting_key, attributes }, default })
}

/// What one request asks of every flag that it is about.
#[derive(Clone, Copy, Debug)]
pub struct FlagsRequest<'r> {
    /// The flags.
    pub flag_set: &'r FlagSet,
    /// Who is asking.
    pub context: &'r EvaluationContext<'r>,
    /// What `enabled` is for a flag that is not there.
    pub default: bool,
    /// The time.
    pub now: Timestamp,
    /// How much of an answer is wanted.
    pub detail: Detail,
}

/// Writes the answer for the flag of that key; none is a flag that is not there.
/// `room` is how many steps the traces of the whole answer may still have, and `memo` what is known
/// of the flags of the whole answer, if there are several.
///
/// # Errors
///
/// What the evaluation came to, where that is no answer: that has been written, too.
pub fn push_evaluation<'r>(
    out: &mut Vec<u8>,
    asked: &FlagsRequest<'r>,
    key: &str,
    flag: Option<&'r Flag>,
    room: &mut usize,
    memo: Option<&mut Memo<'r>>,
) -> Evaluation<'r> {
    let FlagsRequest { flag_set, context, default, now, detail } = *asked;
    let evaluation = match (flag, detail) {
        (None, _) => {
            let missing = Err(EvaluationError::FlagNotFound);
            push_words(out, key, &missing, default);
            missing
        }
        (Some(flag), Detail::Answer) => {
            let fixed = FixedPositions::default();
            let evaluation = resolve_flag_at(flag_set, flag, context, now, fixed, memo);
            push_words(out, key, &evaluation, default);
            evaluation
        }
        (Some(flag), Detail::Trace) => {
            let fixed = FixedPositions::default();
            let (evaluation, trace) = if *room == 0 {
                let found = resolve_flag_at(flag_set, flag, context, now, fixed, memo);
                let outcome =
                    found.map_or(TraceOutcome::Failed, |found| TraceOutcome::Served(found.variant));
                (found, Some(Trace::without_steps(flag, outcome)))
            } else {
                explain_within(flag_set, flag, context, now, fixed, room)
            };
            push_words(out, key, &evaluation, default);
            if let Some(trace) = trace {
                out.extend_from_slice(b",\"trace\":");
                push_trace(out, &trace, flag_set.paths());
            }
            evaluation
        }
    };
    out.push(b'}');
    evaluation
}

/// Writes the five fields of an answer, the object left open.
fn push_words(out: &mut Vec<u8>, key: &str, evaluation: &Evaluation<'_>, default: bool) {
    let (enabled, reason) = words(evaluation, default);
    let variant = evaluation.as_ref().ok().and_then(|resolution| resolution.variant);
    out.extend_from_slice(b"{\"flag_key\":");
    push_quoted(out, key);
    out.extend_from_slice(if enabled { b",\"enabled\":true" } else { b",\"enabled\":false" });
    out.extend_from_slice(b",\"reason\":\"");
    out.extend_from_slice(reason.as_bytes());
    out.extend_from_slice(b"\",\"variant\":");
    match variant {
        Some(variant) => push_variant(out, variant),
        None => out.extend_from_slice(b"null,\"value\":null"),
    }
}

/// `enabled` and `reason`.
fn words(evaluation: &Evaluation<'_>, default: bool) -> (bool, &'static str) {
    let resolution = match evaluation {
        Ok(resolution) => resolution,
        Err(EvaluationError::FlagNotFound) => return (default, "flag_not_found"),
        Err(EvaluationError::TargetingKeyMissing(_)) => return (false, "targeting_key_missing"),
    };
    let Some(enabled) = is_enabled(resolution) else { return (default, "flag_not_found") };
    let reason = match resolution.step {
        _ if enabled => "enabled",
        Step::Off => "flag_disabled",
        _ if resolution.ramp_excluded => "rollout_excluded",
        _ => "targeting_rule_mismatch",
    };
    (enabled, reason)
}

/// The value of a boolean flag, and for other types whether the flag counts as enabled; none for a
/// boolean flag without a value.
fn is_enabled(resolution: &Resolution<'_>) -> Option<bool> {
    match resolution.flag.kind {
        ValueKind::Boolean => resolution.variant.map(Variant::is_true),
        _ => Some(!matches!(resolution.step, Step::Off)),
    }
}

fn misfit(name: &str, wanted: &str, found: &Value<'_>) -> RequestError {
    let kind = found.kind();
    RequestError::invalid_context(format!("`{name}` must be {wanted}, this is {kind}"))
}
