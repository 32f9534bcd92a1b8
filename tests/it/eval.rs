//! `flagstaff eval`, with and without `--explain`.

use insta::assert_snapshot;

use crate::{
    harness::Flags,
    program::{run, run_with_input},
};

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

const AT: [&str; 2] = ["--at", "2026-11-22T12:00:00Z"];

fn eval(key: &str, context: &str, more: &[&str]) -> String {
    let flags = Flags::with([("flags/a.yaml", FLAGS)]);
    run(&flags, &[&["eval", key, "--context", context], &AT[..], more].concat())
}

fn explain(key: &str, context: &str) -> String {
    eval(key, context, &["--explain"])
}

const PRO: &str = r#"{"targetingKey": "u-1", "country": "NL", "plan": "pro", "age": 30}"#;

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
fn explains_a_toggle() {
    assert_snapshot!(explain("new-checkout", PRO), @r#"
    new-checkout is false                               flags/a.yaml:5
    variant disabled, reason SPLIT: no rule matched

    ✓ enabled
    ✗ rule `#1`, all of:                                flags/a.yaml:8
      ✓ segment `benelux`                               flags/a.yaml:9
        ✓ country is one of [BE, LU, NL] · it is "NL"   flags/a.yaml:3
      ✓ plan is one of [enterprise, pro] · it is "pro"  flags/a.yaml:10
      ✓ age >= 18 · it is 30                            flags/a.yaml:11
      ✗ rollout: position 35.183 is not below 25 %
    → default: disabled
    --- exit 0
    "#);
    let minor = PRO.replace("30", "17");
    assert_snapshot!(explain("new-checkout", &minor), @r#"
    new-checkout is false                               flags/a.yaml:5
    variant disabled, reason DEFAULT: no rule matched

    ✓ enabled
    ✗ rule `#1`, all of:                                flags/a.yaml:8
      ✓ segment `benelux`                               flags/a.yaml:9
        ✓ country is one of [BE, LU, NL] · it is "NL"   flags/a.yaml:3
      ✓ plan is one of [enterprise, pro] · it is "pro"  flags/a.yaml:10
      ✗ age >= 18 · it is 17                            flags/a.yaml:11
    → default: disabled
    --- exit 0
    "#);
    let french = PRO.replace("NL", "FR");
    assert_snapshot!(explain("new-checkout", &french), @r#"
    new-checkout is false                              flags/a.yaml:5
    variant disabled, reason DEFAULT: no rule matched

    ✓ enabled
    ✗ rule `#1`, all of:                               flags/a.yaml:8
      ✗ segment `benelux`                              flags/a.yaml:9
        ✗ country is one of [BE, LU, NL] · it is "FR"  flags/a.yaml:3
      not reached: 2 more conditions
    → default: disabled
    --- exit 0
    "#);
}

#[test]
fn explains_rules_conditions_and_prerequisites() {
    assert_snapshot!(explain("theme", PRO), @r#"
    theme is {"background":"white"}                                          flags/a.yaml:13
    variant light, reason SPLIT: no rule matched

    ✓ enabled
    ✓ requires `holidays` to be disabled · it is disabled                    flags/a.yaml:15
      ✓ enabled
      ✗ rule `#1`                                                            flags/a.yaml:34
        ✗ now is 2026-12-20T00:00:00Z or later · it is 2026-11-22T12:00:00Z  flags/a.yaml:35
      → default: disabled
    ✗ users: `u-1` is not listed
    first of 2 rules:
      ✗ rule `staff see dark`                                                flags/a.yaml:20
        ✗ is_staff is true · it is missing                                   flags/a.yaml:21
      ✗ rule `any of several`                                                flags/a.yaml:23
        ✓ any of:                                                            flags/a.yaml:25
          ✓ not:                                                             flags/a.yaml:26
            ✗ beta is present · it is missing                                flags/a.yaml:26
          not reached: 2 more conditions
        ✗ rollout: position 70.49 is not below 50 %
    → default: light
    --- exit 0
    "#);
    assert_snapshot!(explain("theme", r#"{"targetingKey": "u-2", "beta": true}"#), @r#"
    theme is {"background":"white"}                                          flags/a.yaml:13
    variant light, reason DEFAULT: no rule matched

    ✓ enabled
    ✓ requires `holidays` to be disabled · it is disabled                    flags/a.yaml:15
      ✓ enabled
      ✗ rule `#1`                                                            flags/a.yaml:34
        ✗ now is 2026-12-20T00:00:00Z or later · it is 2026-11-22T12:00:00Z  flags/a.yaml:35
      → default: disabled
    ✗ users: `u-2` is not listed
    first of 2 rules:
      ✗ rule `staff see dark`                                                flags/a.yaml:20
        ✗ is_staff is true · it is missing                                   flags/a.yaml:21
      ✗ rule `any of several`                                                flags/a.yaml:23
        ✗ any of:                                                            flags/a.yaml:25
          ✗ not:                                                             flags/a.yaml:26
            ✓ beta is present · it is true                                   flags/a.yaml:26
          ✗ all of:                                                          flags/a.yaml:27
            ✗ segment `benelux`                                              flags/a.yaml:27
              ✗ country is one of [BE, LU, NL] · it is missing               flags/a.yaml:3
            not reached: 1 more condition
          ✗ plan is free · it is missing                                     flags/a.yaml:28
    → default: light
    --- exit 0
    "#);
}

#[test]
fn explains_what_was_not_reached() {
    assert_snapshot!(explain("theme", r#"{"targetingKey": "u-2", "is_staff": true}"#), @r#"
    theme is {"background":"black"}                                          flags/a.yaml:13
    variant dark, reason TARGETING_MATCH: decided by rule `staff see dark`

    ✓ enabled
    ✓ requires `holidays` to be disabled · it is disabled                    flags/a.yaml:15
      ✓ enabled
      ✗ rule `#1`                                                            flags/a.yaml:34
        ✗ now is 2026-12-20T00:00:00Z or later · it is 2026-11-22T12:00:00Z  flags/a.yaml:35
      → default: disabled
    ✗ users: `u-2` is not listed
    first of 2 rules:
      ✓ rule `staff see dark`                                                flags/a.yaml:20
        ✓ is_staff is true · it is true                                      flags/a.yaml:21
        → dark
      not reached: 1 more rule
    --- exit 0
    "#);
    assert_snapshot!(explain("gift", PRO), @r"
    gift is false                                                            flags/a.yaml:36
    variant disabled, reason DISABLED: a prerequisite does not hold

    ✓ enabled
    ✗ requires `holidays` to be true · it is disabled                        flags/a.yaml:38
      ✓ enabled
      ✗ rule `#1`                                                            flags/a.yaml:34
        ✗ now is 2026-12-20T00:00:00Z or later · it is 2026-11-22T12:00:00Z  flags/a.yaml:35
      → default: disabled
    not reached: 1 more prerequisite
    → off variant: disabled
    not reached: 1 rule
    --- exit 0
    ");
}

#[test]
fn explains_a_listed_user_and_what_was_not_reached() {
    let listed = PRO.replace("u-1", "u-17");
    assert_snapshot!(explain("theme", &listed), @r#"
    theme is {"background":"black"}                                          flags/a.yaml:13
    variant dark, reason TARGETING_MATCH: the user is listed

    ✓ enabled
    ✓ requires `holidays` to be disabled · it is disabled                    flags/a.yaml:15
      ✓ enabled
      ✗ rule `#1`                                                            flags/a.yaml:34
        ✗ now is 2026-12-20T00:00:00Z or later · it is 2026-11-22T12:00:00Z  flags/a.yaml:35
      → default: disabled
    ✓ users: `u-17` is listed
      → dark
    not reached: 2 rules
    --- exit 0
    "#);
}

#[test]
fn explains_time_splits_and_what_is_missing() {
    assert_snapshot!(explain("holidays", "{}"), @r"
    holidays is false                                                      flags/a.yaml:32
    variant disabled, reason DEFAULT: no rule matched

    ✓ enabled
    ✗ rule `#1`                                                            flags/a.yaml:34
      ✗ now is 2026-12-20T00:00:00Z or later · it is 2026-11-22T12:00:00Z  flags/a.yaml:35
    → default: disabled
    --- exit 0
    ");
    assert_snapshot!(explain("by-company", r#"{"company": "acme"}"#), @r#"
    by-company is "red"                               flags/a.yaml:39
    variant red, reason SPLIT: no rule matched

    ✓ enabled
    default:
      ✓ split: position 21.822 is from 0 to below 50
      → red
    --- exit 0
    "#);
    assert_snapshot!(explain("by-company", "{}"), @r"
    by-company has no answer  flags/a.yaml:39
    TARGETING_KEY_MISSING: a split of `by-company` needs a string or whole number as `company`

    ✓ enabled
    default:
      ! split: needs a string or whole number as `company`, and there is none
    --- exit 1
    ");
    assert_snapshot!(explain("no-default", "{}"), @r"
    no-default is the caller's own default  flags/a.yaml:44
    reason DEFAULT: no rule matched

    ✓ enabled
    ✗ rule `#1`                             flags/a.yaml:47
      ✗ plan is pro · it is missing         flags/a.yaml:47
    → default: the caller's own default
    --- exit 0
    ");
    assert_snapshot!(explain("new-checkout", &PRO.replace("targetingKey", "user")), @r#"
    new-checkout is false                                          flags/a.yaml:5
    variant disabled, reason SPLIT: no rule matched

    ✓ enabled
    ✗ rule `#1`, all of:                                           flags/a.yaml:8
      ✓ segment `benelux`                                          flags/a.yaml:9
        ✓ country is one of [BE, LU, NL] · it is "NL"              flags/a.yaml:3
      ✓ plan is one of [enterprise, pro] · it is "pro"             flags/a.yaml:10
      ✓ age >= 18 · it is 30                                       flags/a.yaml:11
      ✗ rollout of 25 %: needs a targeting key, and there is none
    → default: disabled
    --- exit 0
    "#);
}

#[test]
fn what_callers_send_cannot_command_the_terminal() {
    let key = PRO.replace("NL", "\\u001b[31m\\u009b1m\\nrule");
    assert_snapshot!(explain("new-checkout", &key), @r#"
    new-checkout is false                                               flags/a.yaml:5
    variant disabled, reason DEFAULT: no rule matched

    ✓ enabled
    ✗ rule `#1`, all of:                                                flags/a.yaml:8
      ✗ segment `benelux`                                               flags/a.yaml:9
        ✗ country is one of [BE, LU, NL] · it is "\u001b[31m�1m\nrule"  flags/a.yaml:3
      not reached: 2 more conditions
    → default: disabled
    --- exit 0
    "#);
}
