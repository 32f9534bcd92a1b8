//! The endpoints that evaluate.

use hyper::{Response, StatusCode, header::ETAG};

use crate::{
    api::{
        bulk::{Bulk, Only},
        call::Scope,
        etag,
        flags_api::{self, Asked, Detail},
        ofrep, ofrep_request,
        reply::{self, Keep},
    },
    engine::{
        flag::Flag, json_text::push_list, memo::Memo, resolution::EvaluationError,
        resolve::resolve_flag, trace::STEPS_MAX,
    },
    server::answer::Payload,
    snapshot::current::Snapshot,
};

/// What bulk answers say of event streams, where they are on.
const EVENT_STREAMS: &str = r#"[{"type":"sse","endpoint":{"requestUri":"/ofrep/v1/events"}}]"#;
/// Room for a usual answer, in bytes, so that it is written without growing.
const ANSWER_SIZE_BYTES: usize = 256;

/// `POST /ofrep/v1/evaluate/flags/{key}`.
#[must_use]
pub fn ofrep_flag(scope: &Scope<'_>, snapshot: &Snapshot) -> Response<Payload> {
    let mut context = match ofrep_request::read(scope.request.body()) {
        Ok(context) => context,
        Err(wrong) => return reply::bad_request(Some(scope.key), &wrong),
    };
    scope.options.context.apply(&mut context);
    let evaluation = match scope.flag(snapshot) {
        Some(flag) => resolve_flag(&snapshot.definitions.flag_set, flag, &context, scope.now),
        None => Err(EvaluationError::FlagNotFound),
    };
    let mut body = Vec::with_capacity(ANSWER_SIZE_BYTES);
    let flags = snapshot.definitions.flag_set.flags();
    let status = ofrep::push_evaluation(&mut body, scope.key, &evaluation, |body, resolution| {
        snapshot.wording().push(body, flags, resolution);
    });
    reply::json(status, Keep::Never, body)
}

/// `POST /ofrep/v1/evaluate/flags`.
#[must_use]
pub fn ofrep_flags(scope: &Scope<'_>, snapshot: &Snapshot) -> Response<Payload> {
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
    let streams = scope.streams.map(|_| EVENT_STREAMS);
    let body = bulk.answer(only, streams);
    let tag = etag::tag(&body);
    let mut response = if etag::is_known(scope.request.headers(), &tag) {
        reply::not_modified()
    } else {
        reply::json(StatusCode::OK, Keep::IfConfirmed, body)
    };
    response.headers_mut().insert(ETAG, tag);
    response
}

/// `POST /flags/evaluate/{key}`.
#[must_use]
pub fn rest_flag(scope: &Scope<'_>, snapshot: &Snapshot) -> Response<Payload> {
    rest(scope, snapshot, |body, asked| {
        let flag = scope.flag(snapshot);
        flags_api::push_evaluation(body, asked, scope.key, flag, &mut { STEPS_MAX }, None);
    })
}

/// `POST /flags/evaluate`.
#[must_use]
pub fn rest_flags(scope: &Scope<'_>, snapshot: &Snapshot) -> Response<Payload> {
    rest(scope, snapshot, |body, asked| {
        let (mut room, mut memo) = (STEPS_MAX, Memo::default());
        push_list(body, scope.flags(snapshot), |body, flag| {
            flags_api::push_evaluation(
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
    push: impl FnOnce(&mut Vec<u8>, &Asked<'_>),
) -> Response<Payload> {
    let mut question = match flags_api::read_body(scope.request.body()) {
        Ok(question) => question,
        Err(wrong) => return reply::bad_request(scope.named_key(), &wrong),
    };
    scope.options.context.apply(&mut question.context);
    let asked = Asked {
        flag_set: &snapshot.definitions.flag_set,
        context: &question.context,
        default: question.default.unwrap_or(scope.options.rest_default),
        now: scope.now,
        detail: if scope.asks_for("explain") { Detail::Trace } else { Detail::Answer },
    };
    let mut body = Vec::with_capacity(ANSWER_SIZE_BYTES);
    push(&mut body, &asked);
    reply::json(StatusCode::OK, Keep::Never, body)
}
