//! The OpenAPI document against the table of endpoints, and against what is really answered.

use std::collections::BTreeSet;

use flagstaff::{
    api::{
        call::Options,
        openapi::DOCUMENT,
        route::{ENDPOINTS, Route},
    },
    server::answer::Payload,
};
use serde_json::{Value, json};

use crate::served::{ask, noon, route};

fn document() -> Value {
    serde_json::from_str(DOCUMENT).unwrap()
}

#[test]
fn it_has_every_endpoint_and_no_other() {
    let document = document();
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            described.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let table = ENDPOINTS.iter().filter(|endpoint| !endpoint.refuses);
    let table: BTreeSet<_> =
        table.map(|endpoint| format!("{} {}", endpoint.method, endpoint.path)).collect();
    assert_eq!(described, table);
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    let document = document();
    let mut used = BTreeSet::new();
    references(&document, &mut used);
    for reference in &used {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    for (kind, components) in document["components"].as_object().unwrap() {
        for name in components.as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(used.contains(&reference), "{reference} is not used");
        }
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                found.insert(reference.clone());
            }
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// Follows a reference, if it is one.
fn resolve<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value.get("$ref") {
        Some(Value::String(reference)) => document.pointer(&reference[1..]).unwrap(),
        _ => value,
    }
}

const FLAGS: &str = "
flags:
  on: { enabled: true, metadata: { team: a, weight: 1.5 } }
  split:
    enabled: true
    variants: { a: [1], b: [] }
    default: { split: [ { variant: a, percentage: 50 }, { variant: b, percentage: 50 } ] }
";

#[test]
fn answers_are_as_it_says() {
    let serving = route(FLAGS, Options::default());
    let starting = Route::new(Default::default(), Options::default(), noon);
    let both = [&serving, &starting];
    let document = document();
    let mut seen = BTreeSet::new();
    for (line, body) in [
        ("POST /ofrep/v1/evaluate/flags/on", "{}"),
        ("POST /ofrep/v1/evaluate/flags/nope", "{}"),
        ("POST /ofrep/v1/evaluate/flags/split", "{}"),
        ("POST /ofrep/v1/evaluate/flags/split", "["),
        ("GET /ofrep/v1/evaluate/flags/on", ""),
        ("POST /ofrep/v1/evaluate/flags", "{}"),
        ("POST /ofrep/v1/evaluate/flags", "{\"context\":[]}"),
        ("GET /ofrep/v1/events", ""),
        ("POST /flags/evaluate/on?explain=true", ""),
        ("POST /flags/evaluate/split", ""),
        ("POST /flags/evaluate/nope", ""),
        ("POST /flags/evaluate/on", "{\"user_id\":1}"),
        ("POST /flags/evaluate?explain=true", "{\"user_id\":\"u\"}"),
        ("POST /flags/evaluate", "1"),
        ("GET /flags", ""),
        ("PUT /flags", ""),
        ("POST /flags", ""),
        ("GET /flags/on", ""),
        ("GET /flags/nope", ""),
        ("GET /flags/%ff", ""),
        ("PATCH /flags/on", ""),
        ("GET /livez", ""),
        ("GET /readyz", ""),
        ("GET /status", ""),
        ("GET /openapi.json", ""),
        ("TRACE /status", ""),
    ] {
        for route in both {
            let response = ask(route, line, &[], body);
            let status = response.status().as_u16();
            let target = line.split_once(' ').unwrap().1.split('?').next().unwrap();
            let path = ENDPOINTS.iter().map(|endpoint| endpoint.path).find(|path| {
                let prefix = path.strip_suffix("{key}");
                *path == target || prefix.is_some_and(|prefix| target.starts_with(prefix))
            });
            let path = path.unwrap();
            let operation = document["paths"][path].as_object().unwrap().values().next().unwrap();
            let expected = resolve(&document, &operation["responses"][status.to_string()]);
            let schema = &expected["content"]["application/json"]["schema"];
            assert!(schema.is_object(), "{line}: {status} is not described");
            let schema = json!({ "allOf": [schema], "components": document["components"] });
            let Payload::Whole(body) = response.body() else { panic!("{line}") };
            let body: Value = serde_json::from_slice(body).unwrap();
            let wrong: Vec<_> = jsonschema::validator_for(&schema)
                .unwrap()
                .iter_errors(&body)
                .map(|error| error.to_string())
                .collect();
            assert!(wrong.is_empty(), "{line}: {status} {wrong:?} {body}");
            for name in response.headers().keys() {
                let headers = expected["headers"].as_object().unwrap();
                let described = headers.keys().any(|key| key.eq_ignore_ascii_case(name.as_str()));
                let is_usual = name == "content-type" || name == "cache-control";
                assert!(described || is_usual, "{line}: {status} {name}");
            }
            seen.insert(format!("{} {path} {status}", line.split(' ').next().unwrap()));
        }
    }
    assert!(30 <= seen.len(), "{}", seen.len());
}

#[test]
fn a_body_with_an_encoding_is_described_where_bodies_are_read() {
    let document = document();
    for endpoint in ENDPOINTS.iter().filter(|endpoint| !endpoint.refuses) {
        let operation = &document["paths"][endpoint.path][endpoint.method.as_str().to_lowercase()];
        let is_described = operation["responses"]["415"].is_object();
        assert_eq!(is_described, operation["requestBody"].is_object(), "{}", endpoint.path);
        let line = format!("{} {}", endpoint.method, endpoint.path.replace("{key}", "on"));
        let response =
            ask(&route(FLAGS, Options::default()), &line, &[("content-encoding", "br")], "");
        assert_eq!(response.status() == 415, is_described, "{line}");
    }
}
