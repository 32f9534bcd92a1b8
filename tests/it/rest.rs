//! The `/flags` words, through the route.

use flagstaff::api::call::Options;

use crate::served::{ask, route, shown};

const FLAGS: &str = r#"
flags:
  on: { enabled: true }
  off: { enabled: false }
  inverted: { enabled: true, default: disabled, off_variant: enabled }
  inverted-off: { enabled: false, off_variant: enabled, rules: [ { serve: disabled } ] }
  ramp: { enabled: true, rollout_percentage: 0 }
  rule:
    enabled: true
    targeting_rules: [ { attribute: country, operator: eq, value: NL } ]
  text:
    enabled: true
    variants: [red, blue]
    default: { split: [ { variant: red, percentage: 50 }, { variant: blue, percentage: 50 } ] }
  text-off:
    enabled: false
    variants: [red, blue]
    off_variant: blue
    default: red
  blank:
    enabled: true
    variants: { yes: true, no: false }
    rules: [ { if: [ { where: { country: NL } } ], serve: yes } ]
"#;

fn check(key: &str, body: &str, expected: &str) {
    let route = route(FLAGS, Options::default());
    let line = format!("POST /flags/evaluate/{key}");
    let expected = match expected.strip_prefix('{') {
        Some(rest) => format!("200\n{{\"flag_key\":\"{key}\",{rest}"),
        None => expected.to_owned(),
    };
    assert_eq!(shown(&ask(&route, &line, &[], body)), expected, "{key} {body}");
}

#[test]
fn the_first_reason_that_holds() {
    check("on", "", r#"{"enabled":true,"reason":"enabled","variant":"enabled","value":true}"#);
    check(
        "off",
        "",
        r#"{"enabled":false,"reason":"flag_disabled","variant":"disabled","value":false}"#,
    );
    check(
        "inverted",
        "",
        r#"{"enabled":false,"reason":"targeting_rule_mismatch","variant":"disabled","value":false}"#,
    );
    check(
        "inverted-off",
        "",
        r#"{"enabled":true,"reason":"enabled","variant":"enabled","value":true}"#,
    );
    check(
        "ramp",
        "",
        r#"{"enabled":false,"reason":"rollout_excluded","variant":"disabled","value":false}"#,
    );
    check(
        "rule",
        "",
        r#"{"enabled":false,"reason":"targeting_rule_mismatch","variant":"disabled","value":false}"#,
    );
    check(
        "rule",
        r#"{"user_id":"u-1","attributes":{"country":"NL"}}"#,
        r#"{"enabled":true,"reason":"enabled","variant":"enabled","value":true}"#,
    );
    check(
        "text",
        r#"{"user_id":""}"#,
        r#"{"enabled":true,"reason":"enabled","variant":"blue","value":"blue"}"#,
    );
    check(
        "text",
        "{}",
        r#"{"enabled":false,"reason":"targeting_key_missing","variant":null,"value":null}"#,
    );
    check(
        "text-off",
        "",
        r#"{"enabled":false,"reason":"flag_disabled","variant":"blue","value":"blue"}"#,
    );
}

#[test]
fn what_is_not_there_answers_with_the_default() {
    let unknown = |body: &str, enabled: bool| {
        for key in ["nope", "blank"] {
            let expected = format!(
                r#"{{"enabled":{enabled},"reason":"flag_not_found","variant":null,"value":null}}"#
            );
            check(key, body, &expected);
        }
    };
    unknown("", false);
    unknown(r#"{"default":true}"#, true);
    unknown(r#"{"default":null}"#, false);
    let route = route(FLAGS, Options { rest_default: true, ..Options::default() });
    let ask = |body| shown(&ask(&route, "POST /flags/evaluate/nope", &[], body));
    let answer = |enabled: bool| {
        format!(
            "200\n{{\"flag_key\":\"nope\",\"enabled\":{enabled},\"reason\":\"flag_not_found\",\
             \"variant\":null,\"value\":null}}"
        )
    };
    assert_eq!(ask(""), answer(true));
    assert_eq!(ask(r#"{"default":false}"#), answer(false));
}

#[test]
fn bodies() {
    let wrong = |body: &str, code: &str, details: &str| {
        check(
            "on",
            body,
            &format!(
                "400\n{{\"key\":\"on\",\"errorCode\":\"{code}\",\"errorDetails\":\"{details}\"}}"
            ),
        );
    };
    wrong("[]", "PARSE_ERROR", "the body must be a JSON object");
    wrong(
        "{",
        "PARSE_ERROR",
        "the body cannot be read as JSON: EOF while parsing an object at line 1 column 1",
    );
    wrong(r#"{"default":1}"#, "PARSE_ERROR", "`default` must be a boolean, this is a number");
    wrong(r#"{"user_id":1}"#, "INVALID_CONTEXT", "`user_id` must be a string, this is a number");
    wrong(
        r#"{"attributes":[]}"#,
        "INVALID_CONTEXT",
        "`attributes` must be an object, this is a list",
    );
    let on = r#"{"enabled":true,"reason":"enabled","variant":"enabled","value":true}"#;
    check("on", r#"{"user_id":null,"attributes":null,"more":1}"#, on);
}

#[test]
fn all_flags_and_the_trace() {
    let route = route(FLAGS, Options::default());
    let all = shown(&ask(&route, "POST /flags/evaluate", &[], r#"{"user_id":"u-1"}"#));
    insta::assert_snapshot!(all.replace("},{\"flag_key\"", "},\n{\"flag_key\""), @r#"
    200
    [{"flag_key":"blank","enabled":false,"reason":"flag_not_found","variant":null,"value":null},
    {"flag_key":"inverted","enabled":false,"reason":"targeting_rule_mismatch","variant":"disabled","value":false},
    {"flag_key":"inverted-off","enabled":true,"reason":"enabled","variant":"enabled","value":true},
    {"flag_key":"off","enabled":false,"reason":"flag_disabled","variant":"disabled","value":false},
    {"flag_key":"on","enabled":true,"reason":"enabled","variant":"enabled","value":true},
    {"flag_key":"ramp","enabled":false,"reason":"rollout_excluded","variant":"disabled","value":false},
    {"flag_key":"rule","enabled":false,"reason":"targeting_rule_mismatch","variant":"disabled","value":false},
    {"flag_key":"text","enabled":true,"reason":"enabled","variant":"blue","value":"blue"},
    {"flag_key":"text-off","enabled":false,"reason":"flag_disabled","variant":"blue","value":"blue"}]
    "#);
    let body = r#"{"user_id":"u-1","attributes":{"country":"BE"}}"#;
    let explained = shown(&ask(&route, "POST /flags/evaluate/rule?explain=true", &[], body));
    insta::assert_snapshot!(explained.replace("{\"what\"", "\n{\"what\""), @r##"
    200
    {"flag_key":"rule","enabled":false,"reason":"targeting_rule_mismatch","variant":"disabled","value":false,"trace":
    {"what":"flag","key":"rule","path":"flags/a.yaml","line":8,"column":3,"outcome":"served","variant":"disabled","steps":[
    {"what":"enabled","enabled":true,"outcome":"yes"},
    {"what":"rule","name":"#1","path":"flags/a.yaml","line":10,"column":5,"outcome":"no","steps":[
    {"what":"attribute","attribute":"country","test":"is NL","found":"BE","path":"flags/a.yaml","line":10,"column":37,"outcome":"no"}]},
    {"what":"default","outcome":"served","variant":"disabled"}]}}
    "##);
}
