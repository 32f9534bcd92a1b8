//! `flagstaff eval`.

use flagstaff::{api::call::Options, server::answer::Payload};
use insta::assert_snapshot;

use crate::{
    harness::Flags,
    program::{command, run, run_with_input},
    served::{ask, route},
};

/// A file with some of everything.
const FLAGS: &str = "\
segments:
  benelux:
    - where: { country: [NL, BE, LU] }
flags:
  new-checkout:
    enabled: true
    metadata: { team: payments }
    targeting_rules:
      - segment: benelux
      - where: { plan: [pro, enterprise] }
      - { attribute: age, operator: gte, value: 18 }
    rollout_percentage: 25
  theme:
    enabled: true
    requires: [ { flag: holidays, is: disabled } ]
    variants: { light: { background: white }, dark: { background: black } }
    off_variant: light
    users: { dark: [u-17] }
    rules:
      - name: staff see dark
        if: [ where: { is_staff: true } ]
        serve: dark
      - name: any of several
        if:
          - any:
              - not: { attribute: beta, operator: exists, value: true }
              - all: [ segment: benelux, { flag: holidays } ]
              - where: { plan: free }
        rollout_percentage: 50
        split: [ { variant: light, percentage: 20 }, { variant: dark, percentage: 80 } ]
    default: light
  holidays:
    enabled: true
    targeting_rules:
      - { attribute: now, operator: after, value: 2026-12-20T00:00:00Z }
  gift:
    enabled: true
    requires: [ { flag: holidays }, { flag: new-checkout } ]
  by-company:
    enabled: true
    bucket_by: company
    variants: [red, blue]
    default: { split: [ { variant: red, percentage: 50 }, { variant: blue, percentage: 50 } ] }
  no-default:
    enabled: true
    variants: { many: 100, few: 10 }
    rules: [ { if: [ where: { plan: pro } ], serve: many } ]
";

/// When everything takes place.
const AT: [&str; 2] = ["--at", "2026-11-22T12:00:00Z"];

/// Evaluates a flag of that file.
pub fn eval(key: &str, context: &str, more: &[&str]) -> String {
    let flags = Flags::with([("flags/a.yaml", FLAGS)]);
    run(&flags, &[&["eval", key, "--context", context], &AT[..], more].concat())
}

/// Somebody with everything.
pub const PRO: &str = r#"{"targetingKey": "u-1", "country": "NL", "plan": "pro", "age": 30}"#;

#[test]
fn what_the_endpoint_answers() {
    assert_snapshot!(eval("new-checkout", PRO, &[]), @r#"
    {"key":"new-checkout","reason":"SPLIT","variant":"disabled","value":false,"metadata":{"team":"payments"}}⏎ none
    --- exit 0
    "#);
    assert_snapshot!(eval("new-checkout", "{}", &[]), @r#"
    {"key":"new-checkout","reason":"DEFAULT","variant":"disabled","value":false,"metadata":{"team":"payments"}}⏎ none
    --- exit 0
    "#);
    assert_snapshot!(eval("no-default", "{}", &[]), @r#"
    {"key":"no-default","reason":"DEFAULT","variant":""}⏎ none
    --- exit 0
    "#);
}

#[test]
fn byte_for_byte_what_the_endpoint_answers() {
    let flags = Flags::with([("flags/a.yaml", FLAGS)]);
    let endpoint = route(FLAGS, Options::default());
    let keys = ["new-checkout", "theme", "holidays", "by-company", "no-default", "gone", "a/b \"é"];
    let contexts =
        [PRO, "{}", "null", "[1]", "7", r#"{"targetingKey": 1}"#, r#"{"company": "é\u0000"}"#];
    for key in keys {
        let encoded: String = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let line = format!("POST /ofrep/v1/evaluate/flags/{encoded}");
        for context in contexts {
            let response = ask(&endpoint, &line, &[], format!(r#"{{"context": {context}}}"#));
            let Payload::Whole(expected) = response.body() else { panic!("a stream") };
            let arguments = ["eval", key, "--context", context, AT[0], AT[1]];
            let output = command(&flags, &arguments).output().unwrap();
            assert_eq!(output.stdout, &expected[..], "{key} for {context}");
            assert_eq!(output.status.success(), response.status().is_success());
        }
    }
}

#[test]
fn error_codes_end_with_1() {
    assert_snapshot!(eval("new-chekout", "{}", &[]), @r#"
    {"key":"new-chekout","errorCode":"FLAG_NOT_FOUND","errorDetails":"there is no flag `new-chekout`"}⏎ none
    --- stderr
    help: did you mean `new-checkout`?
    --- exit 1
    "#);
    assert_snapshot!(eval("new-chekout", "{}", &["--explain"]), @r"
    --- stderr
    error: there is no flag `new-chekout`
    help: did you mean `new-checkout`?
    --- exit 1
    ");
    assert_snapshot!(eval("nothing-like-it", "{}", &[]), @r#"
    {"key":"nothing-like-it","errorCode":"FLAG_NOT_FOUND","errorDetails":"there is no flag `nothing-like-it`"}⏎ none
    --- exit 1
    "#);
    assert_snapshot!(eval("by-company", "{}", &[]), @r#"
    {"key":"by-company","errorCode":"TARGETING_KEY_MISSING","errorDetails":"the flag `by-company` is split, and the context has no `company` that is a string or a whole number"}⏎ none
    --- exit 1
    "#);
    assert_snapshot!(eval("by-company", "[1]", &[]), @r#"
    {"key":"by-company","errorCode":"INVALID_CONTEXT","errorDetails":"`context` must be an object, this is a list"}⏎ none
    --- exit 1
    "#);
    assert_snapshot!(eval("by-company", r#"{"targetingKey": 1}"#, &["--explain"]), @r#"
    {"key":"by-company","errorCode":"INVALID_CONTEXT","errorDetails":"`targetingKey` must be a string, this is a number"}⏎ none
    --- exit 1
    "#);
}

#[test]
fn where_a_context_comes_from() {
    let flags = Flags::with([("flags/a.yaml", FLAGS), ("user.json", PRO)]);
    let expected = eval("new-checkout", PRO, &[]);
    assert_eq!(run(&flags, &["eval", "new-checkout", "--context", "@user.json"]), expected);
    let stdin = ["eval", "new-checkout", "--context", "-"];
    assert_eq!(run_with_input(&flags, &stdin, PRO), expected);
    assert_snapshot!(run(&flags, &["eval", "new-checkout", "--context", "@missing.json"]), @r"
    --- stderr
    error: cannot read `missing.json`: No such file or directory (os error 2)
    --- exit 2
    ");
    assert_snapshot!(run(&flags, &["eval", "new-checkout", "--context", "u-1"]), @r#"
    --- stderr
    error: `--context` is not JSON: expected value at line 1 column 1; expected an object such as '{"targetingKey": "u-1"}'
    --- exit 2
    "#);
    assert_snapshot!(run(&flags, &["eval", "new-checkout", "--at", "noon"]), @r"
    --- stderr
    error: invalid value 'noon' for '--at <TIME>': expected a time with an offset, such as 2026-12-01T09:00:00Z

    For more information, try '--help'.
    --- exit 2
    ");
    let large = format!(r#"{{"a": "{}"}}"#, "a".repeat(256 << 10));
    assert_snapshot!(run_with_input(&flags, &stdin, &large), @r"
    --- stderr
    error: stdin has more than 262144 bytes, which no daemon takes
    --- exit 2
    ");
}

#[test]
fn definitions_with_errors_are_not_evaluated() {
    let flags = Flags::with([("flags/a.yaml", "flags:\n  one: { enabled: true, salt: [] }\n")]);
    let said = run(&flags, &["eval", "one"]);
    assert!(said.starts_with("--- stderr\nerror["), "{said}");
    let end = said.lines().rev().take(3).collect::<Vec<_>>();
    assert_snapshot!(end.into_iter().rev().collect::<Vec<_>>().join("\n"), @r"
    1 flag in 1 file: 1 error
    error: definitions with errors are never evaluated
    --- exit 2
    ");
}

#[test]
fn what_is_misspelt_in_a_context_is_said() {
    let flags = Flags::with([("flags/flags.yaml", FLAGS)]);
    let said = |context: &str| run(&flags, &["eval", "new-checkout", "--context", context]);
    assert_snapshot!(said(r#"{"targeting_key": "u-1", "Plan": "pro", "country": "NL"}"#), @r#"
    {"key":"new-checkout","reason":"DEFAULT","variant":"disabled","value":false,"metadata":{"team":"payments"}}⏎ none
    --- stderr
    help: no flag looks at `Plan`: did you mean `plan`?
    help: no flag looks at `targeting_key`: did you mean `targetingKey`?
    --- exit 0
    "#);
    assert_snapshot!(said(r#"{"user_id": "u-1", "age": 20}"#), @r#"
    {"key":"new-checkout","reason":"DEFAULT","variant":"disabled","value":false,"metadata":{"team":"payments"}}⏎ none
    --- stderr
    help: no flag looks at `user_id`: the user's key is `targetingKey`
    --- exit 0
    "#);
    let twice = r#"{"targetingKey": "u-1", "user_id": "u-1", "plan": "pro", "Plan": "pro"}"#;
    assert_snapshot!(said(twice), @r#"
    {"key":"new-checkout","reason":"DEFAULT","variant":"disabled","value":false,"metadata":{"team":"payments"}}⏎ none
    --- exit 0
    "#);
}
