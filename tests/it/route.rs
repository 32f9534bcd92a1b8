//! Every endpoint, without a socket.

use std::sync::Arc;

use flagstaff::{
    api::{
        call::{ListenerRole, Options},
        route::Route,
    },
    diagnostics::{
        code::Code,
        place::{FileId, Place},
    },
    snapshot::current::{Rejection, SnapshotCell, Watcher},
};
use proptest::prelude::*;

use crate::{
    cases::cases,
    served::{ask, cell, noon, route, shown},
};

const FLAGS: &str = "flags:
  beta: { enabled: true, owner: team-a, description: For the brave }
  teams/blue: { enabled: true, rollout_percentage: 10 }
";

fn check(line: &str, body: &str, expected: &str) {
    let route = route(FLAGS, Options::default());
    assert_eq!(shown(&ask(&route, line, &[], body)), expected, "{line}");
}

#[test]
fn definitions_have_a_file_and_a_line() {
    check(
        "GET /flags/beta",
        "",
        r#"200
{"key":"beta","path":"flags/a.yaml","line":2,"definition":{"description":"For the brave","enabled":true,"owner":"team-a"}}"#,
    );
    check(
        "GET /flags/",
        "",
        r#"200
[{"key":"beta","path":"flags/a.yaml","line":2,"definition":{"description":"For the brave","enabled":true,"owner":"team-a"}},{"key":"teams/blue","path":"flags/a.yaml","line":3,"definition":{"enabled":true,"rollout_percentage":10}}]"#,
    );
    check(
        "GET /flags/nope",
        "",
        r#"404
{"key":"nope","errorCode":"FLAG_NOT_FOUND","errorDetails":"there is no flag `nope`"}"#,
    );
}

#[test]
fn changes_are_refused_and_the_file_is_named() {
    check(
        "PATCH /flags/teams/blue",
        "{}",
        r#"405 allow: GET, HEAD;
{"key":"teams/blue","errorCode":"GENERAL","errorDetails":"flags change by pull request: edit `flags/a.yaml:3`"}"#,
    );
    check(
        "DELETE /flags/beta",
        "",
        r#"405 allow: GET, HEAD;
{"key":"beta","errorCode":"GENERAL","errorDetails":"flags change by pull request: remove it from `flags/a.yaml:2`"}"#,
    );
    check(
        "PUT /flags/nope",
        "",
        r#"405 allow: GET, HEAD;
{"key":"nope","errorCode":"GENERAL","errorDetails":"flags change by pull request, and there is no flag `nope`: `flagstaff new nope` writes its file"}"#,
    );
    check(
        "POST /flags",
        "{}",
        r#"405 allow: GET, HEAD;
{"errorCode":"GENERAL","errorDetails":"flags are made by pull request: `flagstaff new KEY --root flags` writes the file of a new flag below `flags`"}"#,
    );
}

#[test]
fn what_a_message_quotes_is_short_and_on_one_line() {
    let long = "k".repeat(200);
    let shown = format!("{}…", "k".repeat(150));
    for (key, shown) in [("a%0Ab", "a\\\\nb"), (&*long, &*shown)] {
        for line in ["POST /ofrep/v1/evaluate/flags", "GET /flags", "DELETE /flags"] {
            let route = route(FLAGS, Options::default());
            let answer = self::shown(&ask(&route, &format!("{line}/{key}"), &[], ""));
            assert!(answer.contains(&format!("there is no flag `{shown}`")), "{answer}");
        }
    }
    let answer = ask(&route(FLAGS, Options::default()), &format!("{long} /flags/beta"), &[], "");
    assert!(self::shown(&answer).ends_with(&format!("not {shown}\"}}")));
}

#[test]
fn other_paths_and_methods() {
    let nothing = r#"404
{"errorCode":"GENERAL","errorDetails":"there is no such path; `/openapi.json` lists all"}"#;
    for line in
        ["GET /", "POST /ofrep/v1/configuration", "GET /livez/x", "GET //flags", "GET /FLAGS"]
    {
        check(line, "", nothing);
    }
    check(
        "GET /ofrep/v1/evaluate/flags/beta",
        "",
        r#"405 allow: POST;
{"errorCode":"GENERAL","errorDetails":"this path takes POST, not GET"}"#,
    );
    check(
        "POST /flags/beta",
        "",
        r#"405 allow: GET, HEAD;
{"errorCode":"GENERAL","errorDetails":"this path takes GET, HEAD, not POST"}"#,
    );
    check("OPTIONS /flags/evaluate/beta", "", "204 allow: POST;");
    check(
        "GET /flags/evaluate/beta",
        "",
        r#"405 allow: POST;
{"errorCode":"GENERAL","errorDetails":"this path takes POST, not GET"}"#,
    );
    check("OPTIONS /livez", "", "204 allow: GET, HEAD;");
    check("HEAD /livez", "", "200\n{\"status\":\"alive\"}");
    check("GET /livez/", "", "200\n{\"status\":\"alive\"}");
}

#[test]
fn before_there_is_a_snapshot() {
    let cell = Arc::new(SnapshotCell::default());
    let route = Route::new(Arc::clone(&cell), Options::default(), noon);
    let check = |line: &str, expected: &str| {
        assert_eq!(shown(&ask(&route, line, &[], "")), expected, "{line}");
    };
    check(
        "POST /ofrep/v1/evaluate/flags/beta",
        r#"503 retry-after: 1;
{"key":"beta","errorCode":"PROVIDER_NOT_READY","errorDetails":"no definitions are served yet; `/readyz` says why"}"#,
    );
    check(
        "POST /ofrep/v1/evaluate/flags",
        r#"503 retry-after: 1;
{"errorCode":"PROVIDER_NOT_READY","errorDetails":"no definitions are served yet; `/readyz` says why"}"#,
    );
    check("GET /livez", "200\n{\"status\":\"alive\"}");
    check(
        "GET /readyz",
        r#"503 retry-after: 1;
{"errorCode":"PROVIDER_NOT_READY","errorDetails":"the definitions have not been read yet","diagnostics":[],"diagnosticsTotal":0}"#,
    );
    check(
        "DELETE /flags/beta",
        r#"405 allow: GET, HEAD;
{"key":"beta","errorCode":"GENERAL","errorDetails":"flags change by pull request, in the file that defines them"}"#,
    );
    cell.update_health(|health| health.rejected = Some(rejection()));
    check(
        "GET /readyz",
        r#"503 retry-after: 1;
{"errorCode":"PROVIDER_NOT_READY","errorDetails":"1 error","diagnostics":[{"rule":"unknown-field","severity":"error","message":"unknown field `x`","path":"flags/b.yaml","line":3,"column":5,"end_line":3,"end_column":6,"flag":"beta","suggestion":null,"related":[]}],"diagnosticsTotal":1}"#,
    );
}

#[test]
fn status() {
    let cell = cell(FLAGS);
    let route = Route::new(Arc::clone(&cell), Options::default(), noon);
    let status = || shown(&ask(&route, "GET /status", &[], "")).replace(",\"", ",\n\"");
    cell.update_health(|health| health.watcher = Watcher::Events);
    insta::assert_snapshot!(status(), @r#"
    200
    {"status":"ready",
    "version":"ff97160c0f6a5116",
    "commit":"0123abc",
    "loaded_at":"2026-11-22T11:00:00Z",
    "git":null,
    "flags":2,
    "sources":["flags"],
    "watcher":{"mode":"events",
    "reason":null},
    "loader":{"state":"waiting",
    "looked_seconds_ago":null},
    "rejected":null,
    "program":"flagstaff 0.1.0"}
    "#);
    cell.update_health(|health| {
        health.rejected = Some(rejection());
        health.watcher = Watcher::Polling("no inotify instance left".into());
    });
    insta::assert_snapshot!(status(), @r#"
    200
    {"status":"stale",
    "version":"ff97160c0f6a5116",
    "commit":"0123abc",
    "loaded_at":"2026-11-22T11:00:00Z",
    "git":null,
    "flags":2,
    "sources":["flags"],
    "watcher":{"mode":"polling",
    "reason":"no inotify instance left"},
    "loader":{"state":"waiting",
    "looked_seconds_ago":null},
    "rejected":{"since":"2026-11-22T12:00:00Z",
    "commit":"4567def",
    "message":"1 error",
    "diagnostics":[{"rule":"unknown-field",
    "severity":"error",
    "message":"unknown field `x`",
    "path":"flags/b.yaml",
    "line":3,
    "column":5,
    "end_line":3,
    "end_column":6,
    "flag":"beta",
    "suggestion":null,
    "related":[]}],
    "diagnostics_total":1},
    "program":"flagstaff 0.1.0"}
    "#);
    assert_eq!(
        shown(&ask(&route, "GET /readyz", &[], "")),
        "200\n{\"status\":\"ready\",\"stale\":true}"
    );
    cell.update_health(|health| health.draining = true);
    assert_eq!(
        shown(&ask(&route, "GET /readyz", &[], "")),
        r#"503 retry-after: 1;
{"errorCode":"PROVIDER_NOT_READY","errorDetails":"the daemon is about to stop","diagnostics":[],"diagnosticsTotal":0}"#
    );
    assert_eq!(ask(&route, "POST /ofrep/v1/evaluate/flags/beta", &[], "").status(), 200);
}

fn rejection() -> Rejection {
    let place = Place { file: FileId(0), line: 3, column: 5, end_line: 3, end_column: 6 };
    Rejection {
        since: noon(),
        commit: Some("4567def".into()),
        message: "1 error".to_owned(),
        diagnostics: vec![Code::UnknownField.at(place, "unknown field `x`").of_flag("beta")],
        diagnostics_total: 1,
        paths: [Box::from("flags/b.yaml")].into_iter().collect(),
    }
}

#[test]
fn version_and_commit_are_on_every_answer() {
    let route = route(FLAGS, Options::default());
    for line in ["GET /livez", "GET /nope", "PATCH /flags/beta", "POST /ofrep/v1/evaluate/flags"] {
        let response = ask(&route, line, &[], "");
        let version = response.headers()["flags-version"].to_str().unwrap();
        assert!(version.len() == 16 && version.bytes().all(|b| b.is_ascii_hexdigit()), "{version}");
        assert_eq!(response.headers()["flags-commit"], "0123abc");
    }
}

#[test]
fn management_apart() {
    let side = |side| route(FLAGS, Options { side, ..Options::default() });
    let (evaluations, management) =
        (side(ListenerRole::Evaluations), side(ListenerRole::Management));
    let both = [
        ("POST /ofrep/v1/evaluate/flags", 200, 404),
        ("POST /ofrep/v1/evaluate/flags/beta", 200, 404),
        ("POST /flags/evaluate/beta", 200, 404),
        ("POST /flags/evaluate/beta?explain=true", 404, 200),
        ("POST /flags/evaluate?explain=1", 404, 200),
        ("GET /flags", 404, 200),
        ("GET /flags/beta", 404, 200),
        ("PATCH /flags/beta", 404, 405),
        ("GET /livez", 404, 200),
        ("GET /readyz", 404, 200),
        ("GET /status", 404, 200),
    ];
    for (line, here, there) in both {
        assert_eq!(ask(&evaluations, line, &[], "").status(), here, "{line}");
        assert_eq!(ask(&management, line, &[], "").status(), there, "{line}");
    }
}

#[test]
fn what_is_answered_elsewhere_names_the_address() {
    let side = |side, elsewhere: &str| Options {
        side,
        elsewhere: elsewhere.to_owned(),
        ..Options::default()
    };
    let evaluations = side(ListenerRole::Evaluations, "`127.0.0.1:8017` or `unix:/run/m.sock`");
    let management = side(ListenerRole::Management, "`127.0.0.1:8016`");
    let said = |route: &Route, line| {
        let text = shown(&ask(route, line, &[], ""));
        text.split_once("errorDetails\":\"").unwrap().1.trim_end_matches("\"}").to_owned()
    };
    let there = "this is answered at `127.0.0.1:8017` or `unix:/run/m.sock`";
    let serving = route(FLAGS, evaluations.clone());
    for line in ["GET /readyz", "GET /flags/beta", "POST /flags/evaluate/beta?explain=true"] {
        assert_eq!(said(&serving, line), there, "{line}");
    }
    let here = "evaluations are answered at `127.0.0.1:8016`";
    assert_eq!(said(&route(FLAGS, management), "POST /ofrep/v1/evaluate/flags"), here);
    let starting = Route::new(Arc::default(), evaluations, noon);
    let not_yet = "no definitions are served yet; `/readyz` at `127.0.0.1:8017` or \
                   `unix:/run/m.sock` says why";
    for line in ["POST /ofrep/v1/evaluate/flags/beta", "POST /flags/evaluate"] {
        assert_eq!(said(&starting, line), not_yet, "{line}");
    }
}

#[test]
fn a_body_with_an_encoding_is_not_read() {
    let route = route(FLAGS, Options::default());
    let status = |line: &str, codings: &[&str]| {
        let headers: Vec<_> = codings.iter().map(|coding| ("content-encoding", *coding)).collect();
        ask(&route, line, &headers, "{}").status().as_u16()
    };
    let line = "POST /ofrep/v1/evaluate/flags/beta";
    let headers = [("content-encoding", "GZip")];
    assert_eq!(
        shown(&ask(&route, line, &headers, "{}")),
        r#"415 accept-encoding: identity;
{"key":"beta","errorCode":"PARSE_ERROR","errorDetails":"the body has the encoding `GZip`, and only plain bodies are read: send it without `Content-Encoding`"}"#
    );
    for line in
        [line, "POST /ofrep/v1/evaluate/flags", "POST /flags/evaluate/beta", "POST /flags/evaluate"]
    {
        for encoded in
            [&["gzip"][..], &["br"], &["identity, gzip"], &["identity", "deflate"], &["x"]]
        {
            assert_eq!(status(line, encoded), 415, "{line} {encoded:?}");
        }
        for plain in [&["identity"][..], &["Identity"], &[""], &["identity,"], &[]] {
            assert_eq!(status(line, plain), 200, "{line} {plain:?}");
        }
    }
    assert_eq!(status("GET /livez", &["gzip"]), 200, "where no body is read");
    assert_eq!(status("GET /nowhere", &["gzip"]), 404);
}

proptest! {
    #![proptest_config(cases(256))]

    /// Whatever comes, there is an answer, and one that says what is wrong in JSON.
    #[test]
    fn anything_is_answered(
        method in "[A-Z]{1,8}|GET|POST|OPTIONS",
        path in "(/ofrep/v1/evaluate/flags|/flags|/flags/evaluate|/status|)(/[!-~]{0,20}){0,3}",
        body in proptest::collection::vec(any::<u8>(), 0..200),
        context in "\\{\"(context|user_id|attributes)\":[ -~]{0,60}\\}",
    ) {
        let route = route(FLAGS, Options::default());
        let path = format!("/{}", path.trim_start_matches('/').replace(['"', '<', '>', '\\', '^', '`', '{', '|', '}', '#'], ""));
        let line = format!("{method} {path}");
        prop_assume!(line.split_once(' ').unwrap().1.parse::<hyper::Uri>().is_ok());
        for body in [&body, context.as_bytes()] {
            let response = ask(&route, &line, &[], body);
            let status = response.status().as_u16();
            prop_assert!([200, 204, 400, 404, 405].contains(&status), "{status}");
            use flagstaff::server::answer::Payload;
            if let Payload::Whole(body) = response.body() && status != 204 {
                let value: serde_json::Value = serde_json::from_slice(body).unwrap();
                prop_assert_eq!(value.get("errorCode").is_some(), 400 <= status);
            }
        }
    }
}
