//! Conditions: attributes, segments, other flags, and how they are put together.

use crate::evaluation::check;

#[test]
fn attributes_by_name_and_by_path() {
    check(
        "
flags:
  plain: { enabled: true, targeting_rules: [where: { plan: pro }] }
  dotted: { enabled: true, targeting_rules: [where: { os.name: linux }] }
  missing: { enabled: true, targeting_rules: [{ attribute: a.b, operator: exists, value: false }] }
  key:
    enabled: true
    targeting_rules: [{ attribute: targetingKey, operator: in, value: [u-1, u-2] }]
  no-key:
    enabled: true
    targeting_rules: [{ attribute: targetingKey, operator: exists, value: false }]
",
        r#"
plain {"plan": "pro"} → enabled true TARGETING_MATCH by rule #1
plain {"plan": null} → disabled false DEFAULT by default
plain {"Plan": "pro"} → disabled false DEFAULT by default
dotted {"os.name": "linux"} → enabled true TARGETING_MATCH by rule #1
dotted {"os": {"name": "linux"}} → enabled true TARGETING_MATCH by rule #1
dotted {"os.name": "bsd", "os": {"name": "linux"}} → disabled false DEFAULT by default
dotted {"os.name": null, "os": {"name": "linux"}} → enabled true TARGETING_MATCH by rule #1
dotted {"device": {"os.name": "linux"}} → disabled false DEFAULT by default
dotted {"os": "linux"} → disabled false DEFAULT by default
dotted {"os": [{"name": "linux"}]} → disabled false DEFAULT by default
missing {} → enabled true TARGETING_MATCH by rule #1
missing {"a": {"b": null}} → enabled true TARGETING_MATCH by rule #1
missing {"a": {"b": 0}} → disabled false DEFAULT by default
key {"targetingKey": "u-2"} → enabled true TARGETING_MATCH by rule #1
key {"targetingKey": "u-3"} → disabled false DEFAULT by default
key {} → disabled false DEFAULT by default
no-key {} → enabled true TARGETING_MATCH by rule #1
no-key {"targetingKey": ""} → disabled false DEFAULT by default
"#,
    );
}

#[test]
fn nothing_of_a_caller_stands_in_for_the_time_or_the_key() {
    check(
        "
flags:
  time:
    enabled: true
    targeting_rules: [{ attribute: now, operator: after, value: 2027-01-01T00:00:00Z }]
  part: { enabled: true, targeting_rules: [where: { now.hour: 9 }] }
  deep: { enabled: true, targeting_rules: [where: { now.a.b: 9 }] }
  of-key: { enabled: true, targeting_rules: [where: { targetingKey.id: 9 }] }
  bucket: { enabled: true, bucket_by: now.id, rollout_percentage: 99.999 }
  like: { enabled: true, targeting_rules: [where: { nower.hour: 9 }] }
",
        r#"
time {"now": "2028-01-01T00:00:00Z"} → disabled false DEFAULT by default
time {"now": {"hour": 9}} → disabled false DEFAULT by default
part {"now": {"hour": 9}} → disabled false DEFAULT by default
part {"now.hour": 9} → enabled true TARGETING_MATCH by rule #1
part {"now.hour": null, "now": {"hour": 9}} → disabled false DEFAULT by default
deep {"now": {"a": {"b": 9}, "a.b": 9}} → disabled false DEFAULT by default
bucket {"now": {"id": "u-1"}} → disabled false SPLIT by default, out of a ramp
like {"nower": {"hour": 9}} → enabled true TARGETING_MATCH by rule #1
"#,
    );
}

#[test]
fn numbers_beyond_every_float() {
    check(
        "
flags:
  gt: { enabled: true, targeting_rules: [{ attribute: n, operator: gt, value: 1.7976931348623157e308 }] }
  lt: { enabled: true, targeting_rules: [{ attribute: n, operator: lt, value: -1.7976931348623157e308 }] }
  lte: { enabled: true, targeting_rules: [{ attribute: n, operator: lte, value: 5 }] }
  eq: { enabled: true, targeting_rules: [where: { n: 1.7976931348623157e308 }] }
  neq: { enabled: true, targeting_rules: [{ attribute: n, operator: neq, value: 1 }] }
  in: { enabled: true, targeting_rules: [where: { n: [1, 1.5, [1], 9007199254740991] }] }
  not-in: { enabled: true, targeting_rules: [{ attribute: n, operator: not_in, value: [1, 1.5] }] }
  contains: { enabled: true, targeting_rules: [{ attribute: n, operator: contains, value: 7 }] }
  before: { enabled: true, targeting_rules: [{ attribute: n, operator: before, value: 2027-01-01T00:00:00Z }] }
  after: { enabled: true, targeting_rules: [{ attribute: n, operator: after, value: 2027-01-01T00:00:00Z }] }
  unit: { enabled: true, bucket_by: n, rollout_percentage: 99.999 }
",
        r#"
gt {"n": 1e400} → enabled true TARGETING_MATCH by rule #1
gt {"n": -1e400} → disabled false DEFAULT by default
lt {"n": -1e400} → enabled true TARGETING_MATCH by rule #1
lt {"n": 1e400} → disabled false DEFAULT by default
lte {"n": -1e400} → enabled true TARGETING_MATCH by rule #1
lte {"n": 1e400} → disabled false DEFAULT by default
eq {"n": 1e400} → disabled false DEFAULT by default
neq {"n": 1e400} → enabled true TARGETING_MATCH by rule #1
in {"n": 1e400} → disabled false DEFAULT by default
in {"n": [1e400]} → disabled false DEFAULT by default
not-in {"n": -1e400} → enabled true TARGETING_MATCH by rule #1
contains {"n": [1e400, 7]} → enabled true TARGETING_MATCH by rule #1
contains {"n": [1e400]} → disabled false DEFAULT by default
before {"n": -1e400} → disabled false DEFAULT by default
after {"n": 1e400} → disabled false DEFAULT by default
unit {"n": 1e400} → disabled false SPLIT by default, out of a ramp
unit {"n": 12} → enabled true SPLIT by rule #1
"#,
    );
}

#[test]
fn where_is_equality_or_membership() {
    check(
        "
flags:
  f: { enabled: true, targeting_rules: [where: { plan: [pro, team], seats: 5, beta: true }] }
  nobody: { enabled: true, targeting_rules: [where: { plan: [] }] }
",
        r#"
f {"plan": "pro", "seats": 5, "beta": true} → enabled true TARGETING_MATCH by rule #1
f {"plan": "team", "seats": 5.0, "beta": true} → enabled true TARGETING_MATCH by rule #1
f {"plan": "free", "seats": 5, "beta": true} → disabled false DEFAULT by default
f {"plan": "pro", "seats": "5", "beta": true} → disabled false DEFAULT by default
f {"plan": "pro", "seats": 5, "beta": 1} → disabled false DEFAULT by default
f {"plan": "pro", "seats": 5} → disabled false DEFAULT by default
nobody {"plan": "pro"} → disabled false DEFAULT by default
"#,
    );
}

#[test]
fn the_time_is_the_daemons_own() {
    check(
        "
flags:
  launch:
    enabled: true
    targeting_rules:
      - { attribute: now, operator: after, value: 2027-01-04T09:00:00+01:00 }
      - { attribute: now, operator: before, value: 2027-01-05T00:00:00Z }
",
        r#"
launch {} at 2027-01-04T07:59:59.999Z → disabled false DEFAULT by default
launch {} at 2027-01-04T08:00:00Z → enabled true TARGETING_MATCH by rule #1
launch {} at 2027-01-04T23:59:59.999999999Z → enabled true TARGETING_MATCH by rule #1
launch {} at 2027-01-05T00:00:00Z → disabled false DEFAULT by default
launch {"now": "2027-01-04T12:00:00Z"} at 2026-01-01T00:00:00Z → disabled false DEFAULT by default
"#,
    );
}

#[test]
fn all_any_not_and_segments() {
    check(
        "
segments:
  pro: [where: { plan: pro }]
  nobody-excluded: []
  adult-pro: [{ segment: pro }, { attribute: age, operator: gte, value: 18 }]
flags:
  all: { enabled: true, targeting_rules: [all: [{ segment: pro }, where: { a: 1 }]] }
  any: { enabled: true, targeting_rules: [any: [{ segment: pro }, where: { a: 1 }]] }
  not: { enabled: true, targeting_rules: [not: { segment: pro }] }
  none-of: { enabled: true, targeting_rules: [not: { any: [where: { a: 1 }, where: { b: 1 }] }] }
  all-of-nothing: { enabled: true, targeting_rules: [all: []] }
  any-of-nothing: { enabled: true, targeting_rules: [any: []] }
  empty-segment: { enabled: true, targeting_rules: [segment: nobody-excluded] }
  nested: { enabled: true, targeting_rules: [segment: adult-pro] }
",
        r#"
all {"plan": "pro", "a": 1} → enabled true TARGETING_MATCH by rule #1
all {"plan": "pro"} → disabled false DEFAULT by default
all {"a": 1} → disabled false DEFAULT by default
any {"plan": "pro"} → enabled true TARGETING_MATCH by rule #1
any {"a": 1} → enabled true TARGETING_MATCH by rule #1
any {} → disabled false DEFAULT by default
not {"plan": "pro"} → disabled false DEFAULT by default
not {"plan": "free"} → enabled true TARGETING_MATCH by rule #1
not {} → enabled true TARGETING_MATCH by rule #1
none-of {} → enabled true TARGETING_MATCH by rule #1
none-of {"b": 1} → disabled false DEFAULT by default
all-of-nothing {} → enabled true TARGETING_MATCH by rule #1
any-of-nothing {} → disabled false DEFAULT by default
empty-segment {} → enabled true TARGETING_MATCH by rule #1
nested {"plan": "pro", "age": 18} → enabled true TARGETING_MATCH by rule #1
nested {"plan": "pro", "age": 17} → disabled false DEFAULT by default
nested {"age": 18} → disabled false DEFAULT by default
"#,
    );
}

const PREREQUISITES: &str = "
flags:
  base: { enabled: true, targeting_rules: [where: { plan: pro }] }
  off: { enabled: false }
  theme:
    enabled: true
    variants: [light, dark]
    rules: [{ if: [where: { night: true }], serve: dark }]
  half: { enabled: true, rollout_percentage: 50, salt: f }
  drawn:
    enabled: true
    variants: [a, b]
    default: { split: [{ variant: a, percentage: 50 }, { variant: b, percentage: 50 }] }
";

#[test]
fn what_a_flag_requires() {
    let text = format!(
        "{PREREQUISITES}
  plain: {{ enabled: true, requires: [{{ flag: base }}] }}
  of-off: {{ enabled: true, requires: [{{ flag: off }}] }}
  of-variant: {{ enabled: true, requires: [{{ flag: theme, is: dark }}] }}
  of-false: {{ enabled: true, requires: [{{ flag: base, is: disabled }}] }}
  both:
    enabled: true
    variants: [x, y]
    off_variant: y
    default: x
    requires: [{{ flag: base }}, {{ flag: half }}]
  chain: {{ enabled: true, users: [u-1], requires: [{{ flag: plain }}] }}
  of-drawn: {{ enabled: true, requires: [{{ flag: base }}, {{ flag: drawn, is: a }}] }}
  off-of-drawn: {{ enabled: false, requires: [{{ flag: drawn, is: a }}] }}
"
    );
    check(
        &text,
        r#"
plain {"plan": "pro"} → enabled true TARGETING_MATCH by rule #1
plain {} → disabled false DISABLED by off
of-off {} → disabled false DISABLED by off
of-variant {"night": true} → enabled true TARGETING_MATCH by rule #1
of-variant {} → disabled false DISABLED by off
of-false {} → enabled true TARGETING_MATCH by rule #1
of-false {"plan": "pro"} → disabled false DISABLED by off
both {"plan": "pro", "targetingKey": "acme"} → x "x" DEFAULT by default
both {"plan": "pro", "targetingKey": "u-1"} → y "y" DISABLED by off
both {"plan": "pro"} → y "y" DISABLED by off
chain {"plan": "pro", "targetingKey": "u-1"} → enabled true TARGETING_MATCH by users
chain {"targetingKey": "u-1"} → disabled false DISABLED by off
of-drawn {"plan": "pro"} → TARGETING_KEY_MISSING for drawn
of-drawn {} → disabled false DISABLED by off
off-of-drawn {} → disabled false DISABLED by off
"#,
    );
}

#[test]
fn another_flag_as_a_condition() {
    let text = format!(
        "{PREREQUISITES}
  plain: {{ enabled: true, targeting_rules: [{{ flag: base }}] }}
  of-variant: {{ enabled: true, targeting_rules: [{{ flag: theme, is: light }}] }}
  of-half: {{ enabled: true, targeting_rules: [{{ flag: half }}] }}
  of-drawn: {{ enabled: true, targeting_rules: [{{ flag: drawn, is: b }}] }}
"
    );
    check(
        &text,
        r#"
plain {"plan": "pro"} → enabled true TARGETING_MATCH by rule #1
plain {} → disabled false DEFAULT by default
of-variant {"night": true} → disabled false DEFAULT by default
of-variant {} → disabled false DEFAULT by default
of-half {"targetingKey": "acme"} → enabled true TARGETING_MATCH by rule #1
of-half {"targetingKey": "u-1"} → disabled false DEFAULT by default
of-half {} → disabled false DEFAULT by default
of-drawn {"targetingKey": "u-1"} → enabled true TARGETING_MATCH by rule #1
of-drawn {} → TARGETING_KEY_MISSING for drawn
"#,
    );
}

#[test]
fn only_a_condition_that_is_looked_at_can_fail() {
    let text = format!(
        "{PREREQUISITES}
  after-false: {{ enabled: true, targeting_rules: [where: {{ a: 1 }}, {{ flag: drawn, is: a }}] }}
  before-false: {{ enabled: true, targeting_rules: [{{ flag: drawn, is: a }}, where: {{ a: 1 }}] }}
  after-true:
    enabled: true
    targeting_rules: [any: [where: {{ a: 1 }}, {{ flag: drawn, is: a }}]]
  before-true:
    enabled: true
    targeting_rules: [any: [{{ flag: drawn, is: a }}, where: {{ a: 1 }}]]
  not: {{ enabled: true, targeting_rules: [not: {{ flag: drawn, is: a }}] }}
  in-a-later-rule:
    enabled: true
    rules:
      - {{ if: [where: {{ a: 1 }}], serve: enabled }}
      - {{ if: [{{ flag: drawn, is: a }}], serve: enabled }}
  a-later-split:
    enabled: true
    variants: [a, b]
    rules:
      - {{ if: [where: {{ a: 1 }}], serve: b }}
    default: {{ split: [{{ variant: a, percentage: 50 }}, {{ variant: b, percentage: 50 }}] }}
  listed: {{ enabled: true, users: [u-1], targeting_rules: [{{ flag: by-company, is: a }}] }}
  by-company:
    enabled: true
    bucket_by: company
    variants: [a, b]
    default: {{ split: [{{ variant: a, percentage: 50 }}, {{ variant: b, percentage: 50 }}] }}
  second-requirement: {{ enabled: true, requires: [{{ flag: off }}, {{ flag: drawn, is: a }}] }}
"
    );
    check(
        &text,
        r#"
after-false {} → disabled false DEFAULT by default
after-false {"a": 1} → TARGETING_KEY_MISSING for drawn
before-false {} → TARGETING_KEY_MISSING for drawn
after-true {"a": 1} → enabled true TARGETING_MATCH by rule #1
after-true {} → TARGETING_KEY_MISSING for drawn
before-true {"a": 1} → TARGETING_KEY_MISSING for drawn
not {} → TARGETING_KEY_MISSING for drawn
in-a-later-rule {"a": 1} → enabled true TARGETING_MATCH by rule #1
in-a-later-rule {} → TARGETING_KEY_MISSING for drawn
a-later-split {"a": 1} → b "b" TARGETING_MATCH by rule #1
a-later-split {} → TARGETING_KEY_MISSING for a-later-split
listed {"targetingKey": "u-1"} → enabled true TARGETING_MATCH by users
listed {"targetingKey": "u-2"} → TARGETING_KEY_MISSING for by-company
second-requirement {} → disabled false DISABLED by off
"#,
    );
}
