//! The endpoints that evaluate.

use hyper::{Response, StatusCode, header::ETAG};

use crate::{
    api::{
        bulk::{Bulk, Only},
        call::Scope,
        error::{ErrorCode, RequestError},
        etag,
        flags_api::{self, Detail, FlagsRequest},
        ofrep::{self, Evaluation},
        ofrep_request,
        reply::{self, CacheControl},
    },
    engine::{
        condition::FlagIndex, flag::Flag, json_text::push_list, memo::Memo,
        resolution::EvaluationError, resolve::resolve_flag, trace::STEPS_MAX,
    },
    metrics::record::Failure,
    server::{answer::Payload, limits::BODY_SIZE_BYTES_MAX},
    snapshot::current::Snapshot,
};

/// What bulk answers say of event streams, where they are on.
const EVENT_STREAMS: &str = r#"[{"type":"sse","endpoint":{"requestUri":"/ofrep/v1/events"}}]"#;
/// What the comparisons of all flags may weigh together for questions of any length, in conditions:
/// less than in one evaluation, since what all flags hold is not in the processor's caches.
pub const ANY_LENGTH_WEIGHT_MAX: u64 = 6_250;
/// Room for a usual answer, in bytes, so that it is written without growing.
const ANSWER_SIZE_BYTES: usize = 256;

/// `POST /ofrep/v1/evaluate/flags/{key}`.
#[must_use]
pub fn ofrep_flag(scope: &Scope<'_>, snapshot: &Snapshot) -> Response<Payload> {
    let mut context = match ofrep_request::read(scope.request.body()) {
        Ok(context) => context,
        Err(wrong) => return refuse(scope, &wrong),
    };
    scope.options.context.apply(&mut context);
    let evaluation = match scope.flag(snapshot) {
        Some(flag) => resolve_flag(&snapshot.definitions.flag_set, flag, &context, scope.now),
        None => Err(EvaluationError::FlagNotFound),
    };
    count(scope, snapshot, &evaluation);
    let mut body = Vec::with_capacity(ANSWER_SIZE_BYTES);
    let flags = snapshot.definitions.flag_set.flags();
    let status = ofrep::push_evaluation(&mut body, scope.key, &evaluation, |body, resolution| {
        snapshot.wording().push(body, flags, resolution);
    });
    reply::json(status, CacheControl::Never, body)
}

/// `POST /ofrep/v1/evaluate/flags`.
#[must_use]
pub fn ofrep_flags(scope: &Scope<'_>, snapshot: &Snapshot) -> Response<Payload> {
    if let Some(refusal) = too_long_for_all(scope, snapshot) {
        return refusal;
    }
    let mut context = match ofrep_request::read(scope.request.body()) {
        Ok(context) => context,
        Err(wrong) => return reply::bad_request(None, &wrong),
    };
    scope.options.context.apply(&mut context);
    let flag_set = &snapshot.definitions.flag_set;
    let (wording, plan) = (snapshot.wording(), snapshot.plan());
    let bulk = Bulk { flag_set, wording, plan, context: &context, now: scope.now };
    let select = &scope.options.select;
    let is_selected = |flag: &Flag| select.includes(&flag.key);
    let only: Only<'_> = if select.is_everything() { None } else { Some(&is_selected) };
    scope.options.metrics.bulk.increment();
    let streams = scope.streams.map(|_| EVENT_STREAMS);
    let body = bulk.answer(only, streams);
    let tag = etag::tag(&body);
    let mut response = if etag::is_known(scope.request.headers(), &tag) {
        reply::not_modified()
    } else {
        reply::json(StatusCode::OK, CacheControl::IfConfirmed, body)
    };
    response.headers_mut().insert(ETAG, tag);
    response
}

/// Says so if a question for all flags is too long for a set of flags whose comparisons search it
/// very often.
fn too_long_for_all(scope: &Scope<'_>, snapshot: &Snapshot) -> Option<Response<Payload>> {
    let bytes = scope.request.body().len();
    let most = all_flags_body_bytes_max(snapshot.definitions.searches_weight);
    let details = format!(
        "the body has {bytes} bytes, and a question for all of these flags may have {most}, since \
         their conditions search what is sent very often; ask for single flags, or send less"
    );
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    (most < bytes).then(|| reply::error(status, None, ErrorCode::General, &details))
}

/// How long a question for all flags may be, in bytes: any length, unless their comparisons weigh
/// more than this together. Then it is in proportion shorter, so that it does not take longer.
#[must_use]
pub fn all_flags_body_bytes_max(searches_weight: u64) -> usize {
    if searches_weight <= ANY_LENGTH_WEIGHT_MAX {
        return usize::MAX;
    }
    let usual = u64::try_from(BODY_SIZE_BYTES_MAX).unwrap_or(u64::MAX);
    let bytes = usual.saturating_mul(ANY_LENGTH_WEIGHT_MAX) / searches_weight;
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// `POST /flags/evaluate/{key}`.
#[must_use]
pub fn rest_flag(scope: &Scope<'_>, snapshot: &Snapshot) -> Response<Payload> {
    rest(scope, snapshot, |body, asked| {
        let flag = scope.flag(snapshot);
        let room = &mut { STEPS_MAX };
        let evaluation = flags_api::push_evaluation(body, asked, scope.key, flag, room, None);
        // Who asks why looks at an answer, and takes none.
        if asked.detail == Detail::Answer {
            count(scope, snapshot, &evaluation);
        }
    })
}

/// `POST /flags/evaluate`.
#[must_use]
pub fn rest_flags(scope: &Scope<'_>, snapshot: &Snapshot) -> Response<Payload> {
    if let Some(refusal) = too_long_for_all(scope, snapshot) {
        return refusal;
    }
    rest(scope, snapshot, |body, asked| {
        if asked.detail == Detail::Answer {
            scope.options.metrics.bulk.increment();
        }
        let (mut room, mut memo) = (STEPS_MAX, Memo::default());
        push_list(body, scope.flags(snapshot), |body, flag| {
            let _ = flags_api::push_evaluation(
                body,
                asked,
                &flag.key,
                Some(flag),
                &mut room,
                Some(&mut memo),
            );
        });
    })
}

/// Reads what is asked and lets `push` write the answer.
fn rest(
    scope: &Scope<'_>,
    snapshot: &Snapshot,
    push: impl FnOnce(&mut Vec<u8>, &FlagsRequest<'_>),
) -> Response<Payload> {
    let mut question = match flags_api::read_body(scope.request.body()) {
        Ok(question) => question,
        Err(wrong) => return refuse(scope, &wrong),
    };
    scope.options.context.apply(&mut question.context);
    let asked = FlagsRequest {
        flag_set: &snapshot.definitions.flag_set,
        context: &question.context,
        default: question.default.unwrap_or(scope.options.rest_default),
        now: scope.now,
        detail: if scope.asks_for("explain") { Detail::Trace } else { Detail::Answer },
    };
    let mut body = Vec::with_capacity(ANSWER_SIZE_BYTES);
    push(&mut body, &asked);
    reply::json(StatusCode::OK, CacheControl::Never, body)
}

/// Counts the evaluation of the flag that the path names.
fn count(scope: &Scope<'_>, snapshot: &Snapshot, evaluation: &Evaluation<'_>) {
    let metrics = &*scope.options.metrics;
    let flags = snapshot.definitions.flag_set.flags();
    let index = |flag: &Flag| {
        let index = flags.element_offset(flag)?;
        u32::try_from(index).ok().map(FlagIndex)
    };
    let (flag, variant) = match evaluation {
        Ok(resolution) => {
            metrics.count_reason(resolution.reason);
            let flag = resolution.flag;
            (Some(flag), resolution.variant.and_then(|variant| flag.index_of(variant)))
        }
        Err(EvaluationError::FlagNotFound) => {
            metrics.count_failure(Failure::FlagNotFound);
            snapshot.usage().count_unknown();
            return;
        }
        Err(EvaluationError::TargetingKeyMissing(_)) => {
            metrics.count_failure(Failure::TargetingKeyMissing);
            (scope.flag(snapshot), None)
        }
    };
    if let Some(flag) = flag.and_then(index) {
        snapshot.usage().count(flag, variant);
    }
}

/// Says what is wrong with the request, and counts it if it is about one flag.
fn refuse(scope: &Scope<'_>, wrong: &RequestError) -> Response<Payload> {
    let failure = match wrong.code {
        ErrorCode::InvalidContext => Failure::InvalidContext,
        _ => Failure::ParseError,
    };
    if scope.named_key().is_some() {
        scope.options.metrics.count_failure(failure);
    }
    reply::bad_request(scope.named_key(), wrong)
}
