//! One resolution: every step, every reason, every error, and which comes first.

use crate::evaluation::check;

// Positions of `u-1` under the salt `f`: ramp 82.036, split 3.649; of `9007199254740991`: ramp
// 6.774, split 97.556; of `42`: ramp 15.130, split 77.695; of `acme`: ramp 43.471, split 31.485;
// of the empty string: ramp 77.999, split 43.319.

#[test]
fn a_flag_that_is_off_or_unknown() {
    check(
        "
flags:
  off: { enabled: false, users: [u-1], rollout_percentage: 50 }
  off-with-variant: { enabled: false, variants: [red, blue], off_variant: blue, default: red }
  off-without-variant: { enabled: false, variants: [red, blue], default: red }
  unstated: {}
",
        r#"
off {"targetingKey": "u-1"} → disabled false DISABLED by off
off-with-variant {} → blue "blue" DISABLED by off
off-without-variant {} → nothing DISABLED by off
unstated {} → disabled false DISABLED by off
unknown {} → FLAG_NOT_FOUND
Off {} → FLAG_NOT_FOUND
"#,
    );
}

#[test]
fn an_answer_that_depends_on_nothing_is_static() {
    check(
        "
flags:
  plain: { enabled: true }
  everybody: { enabled: true, rollout_percentage: 100 }
  nobody: { enabled: true, rollout_percentage: 0 }
  no-rules: { enabled: true, variants: [red, blue], default: blue }
  nothing: { enabled: true, variants: [red, blue] }
  only-rule: { enabled: true, variants: [red, blue], rules: [{ serve: blue }], default: red }
  no-conditions: { enabled: true, variants: [red, blue], rules: [{ if: [], serve: blue }] }
  ramp-of-0: { enabled: true, rules: [{ rollout_percentage: 0, serve: enabled }] }
  split-of-one:
    enabled: true
    variants: [red, blue]
    default: { split: [{ variant: blue, percentage: 100 }] }
  split-with-0:
    enabled: true
    variants: [red, blue]
    default: { split: [{ variant: red, percentage: 0 }, { variant: blue, percentage: 100 }] }
  same-variant-twice:
    enabled: true
    variants: [red, blue]
    default: { split: [{ variant: red, percentage: 40 }, { variant: red, percentage: 60 }] }
",
        "
plain {} → enabled true STATIC by rule #1
everybody {} → enabled true STATIC by rule #1
nobody {} → disabled false STATIC by default, out of a ramp
no-rules {} → blue \"blue\" STATIC by default
nothing {} → nothing STATIC by default
only-rule {} → blue \"blue\" STATIC by rule #1
no-conditions {} → blue \"blue\" STATIC by rule #1
ramp-of-0 {} → disabled false STATIC by default, out of a ramp
split-of-one {} → blue \"blue\" STATIC by default
split-with-0 {} → blue \"blue\" STATIC by default
same-variant-twice {} → red \"red\" STATIC by default
",
    );
}

#[test]
fn users_come_before_rules_and_are_targeting_keys() {
    check(
        r#"
flags:
  toggle: { enabled: true, users: [u-1, "42", ""], targeting_rules: [where: { plan: pro }] }
  theme:
    enabled: true
    bucket_by: company
    variants: [light, dark, contrast]
    users: { dark: [u-1], contrast: [u-2, u-3] }
    rules:
      - { rollout_percentage: 0.001, serve: light }
    default: light
  only-users: { enabled: true, users: [u-1] }
  off: { enabled: false, users: [u-1] }
"#,
        r#"
toggle {"targetingKey": "u-1"} → enabled true TARGETING_MATCH by users
toggle {"targetingKey": "u-1", "plan": "free"} → enabled true TARGETING_MATCH by users
toggle {"targetingKey": "42"} → enabled true TARGETING_MATCH by users
toggle {"targetingKey": ""} → enabled true TARGETING_MATCH by users
toggle {"targetingKey": "U-1"} → disabled false DEFAULT by default
toggle {"targetingKey": "u-9", "plan": "pro"} → enabled true TARGETING_MATCH by rule #1
toggle {} → disabled false DEFAULT by default
theme {"targetingKey": "u-1"} → dark "dark" TARGETING_MATCH by users
theme {"targetingKey": "u-3", "company": "acme"} → contrast "contrast" TARGETING_MATCH by users
theme {"targetingKey": "acme", "company": "u-1"} → light "light" SPLIT by default, out of a ramp
theme {"company": "acme"} → light "light" SPLIT by default, out of a ramp
only-users {} → enabled true TARGETING_MATCH by rule #1
off {"targetingKey": "u-1"} → disabled false DISABLED by off
"#,
    );
}

#[test]
fn a_ramp_takes_the_positions_below_it_and_nobody_without_a_unit() {
    check(
        "
flags:
  f: { enabled: true, salt: f, rollout_percentage: 82.037 }
  just-below: { enabled: true, salt: f, rollout_percentage: 82.036 }
  full: { enabled: true, salt: f, targeting_rules: [where: { a: 1 }], rollout_percentage: 100 }
  none: { enabled: true, salt: f, targeting_rules: [where: { a: 1 }], rollout_percentage: 0 }
  ramped: { enabled: true, salt: f, targeting_rules: [where: { a: 1 }], rollout_percentage: 90 }
",
        r#"
f {"targetingKey": "u-1"} → enabled true SPLIT by rule #1
just-below {"targetingKey": "u-1"} → disabled false SPLIT by default, out of a ramp
f {"targetingKey": ""} → enabled true SPLIT by rule #1
f {} → disabled false SPLIT by default, out of a ramp
full {"a": 1} → enabled true TARGETING_MATCH by rule #1
full {"a": 2} → disabled false DEFAULT by default
none {"a": 1} → disabled false DEFAULT by default, out of a ramp
none {"a": 2} → disabled false DEFAULT by default
ramped {"targetingKey": "u-1", "a": 1} → enabled true SPLIT by rule #1
ramped {"targetingKey": "u-1", "a": 2} → disabled false DEFAULT by default
ramped {"a": 1} → disabled false SPLIT by default, out of a ramp
"#,
    );
}

#[test]
fn the_first_rule_that_matches_wins() {
    check(
        "
flags:
  f:
    enabled: true
    variants: { none: 0, few: 1, many: 2 }
    rules:
      - { name: minors, if: [{ attribute: age, operator: lt, value: 18 }], serve: none }
      - { if: [where: { plan: [pro, enterprise] }], rollout_percentage: 50, serve: many }
      - { name: pro, if: [where: { plan: pro }], serve: few }
    default: none
",
        r#"
f {"age": 17, "plan": "pro", "targetingKey": "42"} → none 0 TARGETING_MATCH by rule minors
f {"age": 18, "plan": "pro", "targetingKey": "42"} → many 2 SPLIT by rule #2
f {"age": 18, "plan": "pro", "targetingKey": "u-1"} → few 1 SPLIT by rule pro, out of a ramp
f {"plan": "pro"} → few 1 SPLIT by rule pro, out of a ramp
f {"plan": "enterprise"} → none 0 SPLIT by default, out of a ramp
f {"plan": "free", "targetingKey": "42"} → none 0 DEFAULT by default
f {} → none 0 DEFAULT by default
"#,
    );
}

#[test]
fn a_split_lays_its_entries_one_after_the_other() {
    check(
        "
flags:
  f:
    enabled: true
    variants: [a, b, c]
    default:
      split:
        - { variant: a, percentage: 3.649 }
        - { variant: b, percentage: 0 }
        - { variant: b, percentage: 0.001 }
        - { variant: c, percentage: 73.35 }
        - { variant: a, percentage: 23 }
  ruled:
    enabled: true
    salt: f
    variants: [a, b]
    rules:
      - if: [where: { plan: pro }]
        rollout_percentage: 50
        split: [{ variant: a, percentage: 50 }, { variant: b, percentage: 50 }]
    default: a
",
        r#"
f {"targetingKey": "u-1"} → b "b" SPLIT by default
f {"targetingKey": "acme"} → c "c" SPLIT by default
f {"targetingKey": "42"} → a "a" SPLIT by default
f {"targetingKey": "9007199254740991"} → a "a" SPLIT by default
f {"targetingKey": ""} → c "c" SPLIT by default
f {} → TARGETING_KEY_MISSING for f
f {"targetingKey": null, "user": "u-1"} → TARGETING_KEY_MISSING for f
ruled {"targetingKey": "42", "plan": "pro"} → b "b" SPLIT by rule #1
ruled {"targetingKey": "acme", "plan": "pro"} → a "a" SPLIT by rule #1
ruled {"targetingKey": "u-1", "plan": "pro"} → a "a" SPLIT by default, out of a ramp
ruled {"targetingKey": "u-1"} → a "a" DEFAULT by default
ruled {"plan": "pro"} → a "a" SPLIT by default, out of a ramp
"#,
    );
}

#[test]
fn what_is_hashed() {
    check(
        "
flags:
  user: { enabled: true, salt: f, rollout_percentage: 50 }
  renamed: { enabled: true, salt: user, rollout_percentage: 50 }
  company: { enabled: true, salt: f, bucket_by: company.id, rollout_percentage: 50 }
  other-hash: { enabled: true, salt: f, hash: flag_user_md5, rollout_percentage: 50 }
  split-by-company:
    enabled: true
    bucket_by: company.id
    variants: [a, b]
    default: { split: [{ variant: a, percentage: 50 }, { variant: b, percentage: 50 }] }
",
        r#"
user {"targetingKey": "acme"} → enabled true SPLIT by rule #1
user {"targetingKey": "u-1"} → disabled false SPLIT by default, out of a ramp
company {"targetingKey": "u-1", "company": {"id": "acme"}} → enabled true SPLIT by rule #1
company {"targetingKey": "u-1", "company.id": "acme"} → enabled true SPLIT by rule #1
company {"targetingKey": "me", "company.id": "u-1"} → disabled false SPLIT by default, out of a ramp
company {"targetingKey": "acme"} → disabled false SPLIT by default, out of a ramp
company {"company": {"id": 42}} → enabled true SPLIT by rule #1
company {"company": {"id": 42.0}} → enabled true SPLIT by rule #1
company {"company": {"id": 9007199254740991}} → enabled true SPLIT by rule #1
company {"company": {"id": 9007199254740992}} → disabled false SPLIT by default, out of a ramp
company {"company": {"id": true}} → disabled false SPLIT by default, out of a ramp
company {"company": {"id": null}} → disabled false SPLIT by default, out of a ramp
company {"company": "acme"} → disabled false SPLIT by default, out of a ramp
other-hash {"targetingKey": "u-1"} → enabled true SPLIT by rule #1
other-hash {"targetingKey": "acme"} → enabled true SPLIT by rule #1
split-by-company {"targetingKey": "u-1"} → TARGETING_KEY_MISSING for split-by-company
"#,
    );
}

#[test]
fn staff_only_is_for_staff_whatever_else_is_said() {
    check(
        "
flags:
  on: { enabled: true, staff_only: true }
  off: { enabled: false, staff_only: true, users: [u-1], rollout_percentage: 0 }
  not-staff: { enabled: true, staff_only: false }
  requiring: { enabled: true, staff_only: true, requires: [{ flag: never }] }
  never: { enabled: false }
",
        r#"
on {"is_staff": true} → enabled true TARGETING_MATCH by rule #1
on {"is_staff": false} → disabled false DEFAULT by default
on {"is_staff": "true"} → disabled false DEFAULT by default
on {"is_staff": 1} → disabled false DEFAULT by default
on {"targetingKey": "is_staff"} → disabled false DEFAULT by default
off {"is_staff": true} → enabled true TARGETING_MATCH by rule #1
off {"targetingKey": "u-1"} → disabled false DEFAULT by default
not-staff {} → enabled true STATIC by rule #1
requiring {"is_staff": true} → disabled false DISABLED by off
"#,
    );
}
