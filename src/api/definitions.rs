//! The endpoints that show definitions, and those that say how to change them.

use hyper::{Method, Response, StatusCode};

use crate::{
    api::{
        call::Scope,
        error::ErrorCode,
        reply::{self, CacheControl},
    },
    definition::definitions::Definition,
    diagnostics::{place::Paths, quote::quote},
    engine::json_text::{push_list, push_quoted},
    server::answer::Payload,
    snapshot::current::Snapshot,
};

/// `GET /flags`.
#[must_use]
pub fn list(scope: &Scope<'_>, snapshot: &Snapshot) -> Response<Payload> {
    let list = scope.shelf.list(snapshot.digest, || {
        let mut body = Vec::new();
        push_list(&mut body, scope.definitions(snapshot), |body, definition| {
            push_definition(body, definition, &snapshot.paths);
        });
        body
    });
    let mut response = reply::json(StatusCode::OK, CacheControl::Never, list.bytes());
    response.extensions_mut().insert(list);
    response
}

/// `GET /flags/{key}`.
#[must_use]
pub fn show(scope: &Scope<'_>, snapshot: &Snapshot) -> Response<Payload> {
    let Some(definition) = scope.definition(snapshot) else {
        let code = ErrorCode::FlagNotFound;
        let details = format!("there is no flag `{}`", quote(scope.key));
        return reply::error(code.status(), Some(scope.key), code, &details);
    };
    let mut body = Vec::new();
    push_definition(&mut body, definition, &snapshot.paths);
    reply::json(StatusCode::OK, CacheControl::Never, body)
}

/// `POST /flags`: says how a flag is made.
#[must_use]
pub fn refuse_new(scope: &Scope<'_>) -> Response<Payload> {
    let sources = scope.cell.health().sources;
    let root = sources.names().first().map_or("flags", |root| root);
    refuse(
        scope,
        &format!(
            "flags are made by pull request: `flagstaff new KEY --root {root}` writes the file of \
             a new flag below `{root}`"
        ),
    )
}

/// `PUT`, `PATCH` and `DELETE /flags/{key}`: say which file to edit.
#[must_use]
pub fn refuse_change(scope: &Scope<'_>) -> Response<Payload> {
    let Some(snapshot) = scope.snapshot else {
        return refuse(scope, "flags change by pull request, in the file that defines them");
    };
    let Some(definition) = scope.definition(snapshot) else {
        let key = quote(scope.key);
        return refuse(
            scope,
            &format!(
                "flags change by pull request, and there is no flag `{key}`: `flagstaff new {key}` \
                 writes its file"
            ),
        );
    };
    let path = snapshot.paths.path(definition.place.file);
    let (path, line) = (scope.cell.health().sources.text(path), definition.place.line);
    let verb = if scope.request.method() == Method::DELETE { "remove it from" } else { "edit" };
    refuse(scope, &format!("flags change by pull request: {verb} `{path}:{line}`"))
}

fn refuse(scope: &Scope<'_>, details: &str) -> Response<Payload> {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    reply::error(status, scope.named_key(), ErrorCode::General, details)
}

/// Writes a definition with its file and line.
fn push_definition(out: &mut Vec<u8>, definition: Definition<'_>, paths: &Paths) {
    out.extend_from_slice(b"{\"key\":");
    push_quoted(out, definition.key);
    out.extend_from_slice(b",\"path\":");
    push_quoted(out, paths.path(definition.place.file));
    out.extend_from_slice(format!(",\"line\":{}", definition.place.line).as_bytes());
    out.extend_from_slice(b",\"definition\":");
    out.extend_from_slice(definition.json.as_bytes());
    out.push(b'}');
}
