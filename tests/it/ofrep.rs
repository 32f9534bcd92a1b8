//! OFREP's words, through the route.

use flagstaff::api::call::Options;
use hyper::header::ETAG;

use crate::served::{ask, route, shown};

const FLAGS: &str = r#"
flags:
  on:
    enabled: true
  off:
    enabled: false
    metadata: { team: payments, weight: 1.50, beta: true }
  ramp:
    enabled: true
    rollout_percentage: 50
  teams/blue/banner:
    enabled: true
    variants: { a: 10, b: 10.0 }
    rules:
      - if: [ { where: { plan: pro } } ]
        serve: b
    default: a
  silent:
    enabled: true
    variants: { x: { b: 1, a: [1.0, "ü\n"] } }
    rules: [ { if: [ { where: { plan: pro } } ], serve: x } ]
  split:
    enabled: true
    variants: [red, blue]
    default: { split: [ { variant: red, percentage: 50 }, { variant: blue, percentage: 50 } ] }
  tenant:
    enabled: true
    bucket_by: company
    variants: [red, blue]
    default: { split: [ { variant: red, percentage: 50 }, { variant: blue, percentage: 50 } ] }
  needy:
    enabled: true
    requires: [ { flag: split, is: red } ]
  100%:
    enabled: true
"#;

/// Asks for one flag.
fn check(key: &str, body: &str, expected: &str) {
    let route = route(FLAGS, Options::default());
    let line = format!("POST /ofrep/v1/evaluate/flags/{key}");
    assert_eq!(shown(&ask(&route, &line, &[], body)), expected, "{key} {body}");
}

#[test]
fn values_variants_and_reasons() {
    check(
        "on",
        "{}",
        "200\n{\"key\":\"on\",\"reason\":\"STATIC\",\"variant\":\"enabled\",\"value\":true}",
    );
    check(
        "off",
        "{}",
        "200\n{\"key\":\"off\",\"reason\":\"DISABLED\",\"variant\":\"disabled\",\"value\":false,\
         \"metadata\":{\"beta\":true,\"team\":\"payments\",\"weight\":1.50}}",
    );
    check(
        "ramp",
        r#"{"context":{"targetingKey":"u-1"}}"#,
        r#"200
{"key":"ramp","reason":"SPLIT","variant":"enabled","value":true}"#,
    );
    check(
        "ramp",
        "{}",
        "200\n{\"key\":\"ramp\",\"reason\":\"SPLIT\",\"variant\":\"disabled\",\"value\":false}",
    );
}

#[test]
fn numbers_keep_their_class_and_a_missing_value_is_left_out() {
    check(
        "teams/blue/banner",
        r#"{"context":{"plan":"pro"}}"#,
        r#"200
{"key":"teams/blue/banner","reason":"TARGETING_MATCH","variant":"b","value":10.0}"#,
    );
    check(
        "teams/blue/banner",
        r#"{"context":{"plan":"free"}}"#,
        r#"200
{"key":"teams/blue/banner","reason":"DEFAULT","variant":"a","value":10}"#,
    );
    check("silent", "{}", "200\n{\"key\":\"silent\",\"reason\":\"DEFAULT\",\"variant\":\"\"}");
    check(
        "silent",
        r#"{"context":{"plan":"pro"}}"#,
        r#"200
{"key":"silent","reason":"TARGETING_MATCH","variant":"x","value":{"b":1,"a":[1.0,"ü\n"]}}"#,
    );
}

#[test]
fn bodies() {
    let on = "200\n{\"key\":\"on\",\"reason\":\"STATIC\",\"variant\":\"enabled\",\"value\":true}";
    for body in [
        "",
        " \r\n",
        "{}",
        r#"{"context":null}"#,
        r#"{"context":{}}"#,
        r#"{"context":{"targetingKey":null}}"#,
        r#"{"context":{"targetingKey":""}}"#,
        r#"{"context":{"targetingKey":"u","now":3,"nested":{"a":[1]}},"more":[1]}"#,
        r#"{"context":{"targetingKey":"u","a":1e999,"b":[-1e999,{"\ud83c":"party \ud83c"}]},"\udc00":1e999}"#,
        r#"{"context":{"targetingKey":"\ud83c"}}"#,
    ] {
        check("on", body, on);
    }
    let parse = |body: &str, details: &str| {
        let details = details.replace('"', "\\\"");
        check(
            "on",
            body,
            &format!(
                "400\n{{\"key\":\"on\",\"errorCode\":\"PARSE_ERROR\",\"errorDetails\":\"{details}\"}}"
            ),
        );
    };
    parse("no", "the body cannot be read as JSON: expected ident at line 1 column 2");
    parse("{", "the body cannot be read as JSON: EOF while parsing an object at line 1 column 1");
    parse("{} {}", "the body cannot be read as JSON: trailing characters at line 1 column 4");
    parse("[]", "the body must be a JSON object");
    parse("null", "the body must be a JSON object");
    parse(
        r#"{"context":{"a":1e999,}}"#,
        "the body cannot be read as JSON: key must be a string at line 1 column 23",
    );
    parse(r#"["\ud83c"]"#, "the body must be a JSON object");
    parse(
        &format!("{{\"context\":{}", "[".repeat(200)),
        "the body cannot be read as JSON: recursion limit exceeded at line 1 column 138",
    );
    let context = |body: &str, details: &str| {
        check(
            "on",
            body,
            &format!(
                "400\n{{\"key\":\"on\",\"errorCode\":\"INVALID_CONTEXT\",\"errorDetails\":\"{details}\"}}"
            ),
        );
    };
    context(r#"{"context":[]}"#, "`context` must be an object, this is a list");
    context(r#"{"context":"u-1"}"#, "`context` must be an object, this is a string");
    context(
        r#"{"context":{"targetingKey":7}}"#,
        "`targetingKey` must be a string, this is a number",
    );
}

#[test]
fn an_unknown_flag_and_a_missing_targeting_key() {
    check(
        "nope",
        "{}",
        "404\n{\"key\":\"nope\",\"errorCode\":\"FLAG_NOT_FOUND\",\"errorDetails\":\"there is no flag `nope`\"}",
    );
    check(
        "split",
        "{}",
        "400\n{\"key\":\"split\",\"errorCode\":\"TARGETING_KEY_MISSING\",\"errorDetails\":\
         \"the flag `split` is split, and the context has no `targetingKey`\"}",
    );
    check(
        "needy",
        r#"{"context":{"targetingKey":""}}"#,
        "400\n{\"key\":\"needy\",\"errorCode\":\"TARGETING_KEY_MISSING\",\"errorDetails\":\
         \"the flag `split`, which this flag depends on, is split, and the context has no \
         `targetingKey`\"}",
    );
    check(
        "tenant",
        r#"{"context":{"targetingKey":"u","company":[]}}"#,
        "400\n{\"key\":\"tenant\",\"errorCode\":\"TARGETING_KEY_MISSING\",\"errorDetails\":\
         \"the flag `tenant` is split, and the context has no `company` that is a string or a \
         whole number\"}",
    );
}

#[test]
fn keys_in_paths() {
    let banner = "200\n{\"key\":\"teams/blue/banner\",\"reason\":\"DEFAULT\",\"variant\":\"a\",\"value\":10}";
    check("teams/blue/banner", "", banner);
    check("teams%2Fblue%2fbanner", "", banner);
    check("teams/blue/banner/", "", banner);
    check("teams/blue/banner?x=y", "", banner);
    let percent =
        "200\n{\"key\":\"100%\",\"reason\":\"STATIC\",\"variant\":\"enabled\",\"value\":true}";
    check("100%", "", percent);
    check("100%25", "", percent);
    let missing = |key: &str, shown: &str| {
        check(
            key,
            "",
            &format!(
                "404\n{{\"key\":\"{shown}\",\"errorCode\":\"FLAG_NOT_FOUND\",\"errorDetails\":\
                 \"there is no flag `{shown}`\"}}"
            ),
        );
    };
    missing("100%2525", "100%25");
    missing("on//", "on/");
    missing("%6fn%", "on%");
    missing("ON", "ON");
    check(
        "%00",
        "",
        "404\n{\"key\":\"\\u0000\",\"errorCode\":\"FLAG_NOT_FOUND\",\"errorDetails\":\
         \"there is no flag `\\\\u{0}`\"}",
    );
    check(
        "%ff%fe",
        "",
        "400\n{\"key\":\"\u{fffd}\u{fffd}\",\"errorCode\":\"PARSE_ERROR\",\"errorDetails\":\
         \"the flag key in the path is not UTF-8 once percent-decoded\"}",
    );
}

#[test]
fn all_flags_at_once() {
    let route = route(FLAGS, Options::default());
    let response = ask(&route, "POST /ofrep/v1/evaluate/flags", &[], "{}");
    insta::assert_snapshot!(shown(&response).replace("},{\"key\"", "},\n{\"key\""), @r#"
    200 cache-control: no-cache; etag: "28681c92bc7a6297";
    {"flags":[{"key":"100%","reason":"STATIC","variant":"enabled","value":true},
    {"key":"needy","errorCode":"TARGETING_KEY_MISSING","errorDetails":"the flag `split`, which this flag depends on, is split, and the context has no `targetingKey`"},
    {"key":"off","reason":"DISABLED","variant":"disabled","value":false,"metadata":{"beta":true,"team":"payments","weight":1.50}},
    {"key":"on","reason":"STATIC","variant":"enabled","value":true},
    {"key":"ramp","reason":"SPLIT","variant":"disabled","value":false},
    {"key":"silent","reason":"DEFAULT","variant":""},
    {"key":"split","errorCode":"TARGETING_KEY_MISSING","errorDetails":"the flag `split` is split, and the context has no `targetingKey`"},
    {"key":"teams/blue/banner","reason":"DEFAULT","variant":"a","value":10},
    {"key":"tenant","errorCode":"TARGETING_KEY_MISSING","errorDetails":"the flag `tenant` is split, and the context has no `company` that is a string or a whole number"}]}
    "#);
}

#[test]
fn the_tag_covers_what_was_evaluated() {
    let route = route(FLAGS, Options::default());
    let tag = |body: &str| {
        let response = ask(&route, "POST /ofrep/v1/evaluate/flags", &[], body);
        response.headers()[ETAG].to_str().unwrap().to_owned()
    };
    let (nobody, again) = (tag("{}"), tag(r#"{"context":{"unused":1}}"#));
    assert_eq!(nobody, again);
    assert_ne!(nobody, tag(r#"{"context":{"plan":"pro"}}"#));
    assert!(nobody.starts_with('"') && nobody.ends_with('"') && nobody.len() == 18, "{nobody}");
    let bare = nobody.trim_matches('"');
    for known in [
        nobody.clone(),
        bare.to_owned(),
        format!("W/{nobody}"),
        "*".to_owned(),
        format!("\"a\", W/\"b\" ,{nobody}"),
        format!("w/{nobody}"),
        // What proxies that compress make of it.
        format!("\"{bare}-gzip\""),
        format!("\"{bare}-br\""),
        format!("\"{bare}-zstd\""),
        format!("\"{bare};gzip\""),
        format!("\"{bare}--gzip\""),
        format!("\"{bare}:x-gzip\""),
        format!("W/\"{bare}-gzip\""),
        format!("{nobody}-gzip"),
        format!("{nobody};gzip"),
        format!("{bare}-gzip"),
        format!("\"{bare}-gzip-br\""),
        format!("\"a-gzip\", W/\"{bare}-gzip\", \"b\""),
    ] {
        let headers = [("if-none-match", &*known)];
        let response = ask(&route, "POST /ofrep/v1/evaluate/flags/", &headers, "{}");
        let expected = format!("304 cache-control: no-cache; etag: {nobody};");
        assert_eq!(shown(&response), expected, "{known}");
    }
    let others = [
        "\"\"".to_owned(),
        "W/".to_owned(),
        "\"0000000000000000\"".to_owned(),
        "\"0000000000000000-gzip\"".to_owned(),
        ",".to_owned(),
        "-gzip".to_owned(),
        format!("{bare}x"),
        format!("\"{bare}gzip\""),
        format!("\"{bare}-\""),
        format!("\"a-{bare}\""),
        format!("\"{bare} gzip\""),
    ];
    for other in &others {
        let headers = [("if-none-match", &**other)];
        let response = ask(&route, "POST /ofrep/v1/evaluate/flags", &headers, "{}");
        assert_eq!(response.status(), 200, "{other}");
    }
}
