//! What is made beforehand is what would be written now.

use flagstaff::{
    engine::{context::EvaluationContext, flag::Flag, resolve::resolve_flag},
    http::{bulk::Bulk, ofrep},
    snapshot::Snapshot,
    wording::push_answer,
};

use crate::{
    exercise::context,
    served::{noon, snapshot},
};

/// A flag of every kind; those that depend on nothing stand alone, at both ends, and side by side.
const FLAGS: &str = r#"
segments:
  dutch: [where: { country: NL }]
flags:
  a-static: { enabled: true, metadata: { team: "\"a\"", tier: 1.0 } }
  b-ramp: { enabled: true, rollout_percentage: 50, metadata: { team: b } }
  c-off: { enabled: false, users: [u-1] }
  d-static: { enabled: true, variants: { x: { deep: [1, 2.50] } }, default: x }
  e-nothing: { enabled: true, variants: { x: 1 }, off_variant: x }
  f-split:
    enabled: true
    variants: [red, blue, "a \"quoted\" one"]
    default:
      split: [{ variant: red, percentage: 50 }, { variant: blue, percentage: 50 }]
  g-rules:
    enabled: true
    variants: { x: one, y: two }
    rules: [{ if: [segment: dutch], serve: y }]
  h-requires: { enabled: true, requires: [{ flag: g-rules, is: y }] }
  i-both: { enabled: false, requires: [{ flag: f-split, is: red }] }
  j-static: { enabled: true, rollout_percentage: 0 }
"#;

const CONTEXTS: [&str; 4] = [
    "{}",
    r#"{ "targetingKey": "u-1" }"#,
    r#"{ "targetingKey": "u-2", "country": "NL" }"#,
    r#"{ "targetingKey": "u-3", "country": "BE" }"#,
];

#[test]
fn an_answer_is_the_same_whether_made_beforehand_or_now() {
    let snapshot = snapshot(FLAGS);
    for asks in CONTEXTS {
        for flag in snapshot.definitions.flag_set.flags() {
            let [beforehand, now] = [true, false].map(|made| answer(&snapshot, flag, asks, made));
            assert_eq!(beforehand, now, "{asks}");
        }
    }
}

#[test]
fn the_answer_for_all_is_that_for_each() {
    let snapshot = snapshot(FLAGS);
    let flags = snapshot.definitions.flag_set.flags();
    for asks in CONTEXTS {
        for chosen in ["abcdefghij", "", "a", "j", "b", "cde", "ce", "bf", "abij", "acdej"] {
            let is_chosen = |flag: &Flag| chosen.contains(&flag.key[..1]);
            let each = flags.iter().filter(|flag| is_chosen(flag));
            let each: Vec<_> = each.map(|flag| answer(&snapshot, flag, asks, false)).collect();
            let expected = format!("{{\"flags\":[{}]}}", each.join(","));
            let context = context(asks);
            let all = question(&snapshot, &context).answer(Some(&is_chosen), None);
            assert_eq!(String::from_utf8(all).unwrap(), expected);
        }
    }
}

#[test]
fn the_answer_for_all_is_written_without_growing() {
    let snapshot = snapshot(FLAGS);
    let streams = Some("[1]");
    for asks in &CONTEXTS[1..] {
        let context = context(asks);
        let all = question(&snapshot, &context).answer(None, streams);
        assert!(all.ends_with(b"],\"eventStreams\":[1]}"));
        let most = snapshot.wording().size_bytes_max() + r#"{"flags":[],"eventStreams":[1]}"#.len();
        assert_eq!(all.capacity(), most);
    }
}

fn answer(snapshot: &Snapshot, flag: &Flag, asks: &str, beforehand: bool) -> String {
    let (context, flag_set) = (context(asks), &snapshot.definitions.flag_set);
    let evaluation = resolve_flag(flag_set, flag, &context, noon());
    let mut out = Vec::new();
    ofrep::push_evaluation(&mut out, &flag.key, &evaluation, |out, resolution| {
        if beforehand {
            snapshot.wording().push(out, flag_set.flags(), resolution);
        } else {
            push_answer(out, resolution);
        }
    });
    String::from_utf8(out).unwrap()
}

fn question<'s>(snapshot: &'s Snapshot, context: &'s EvaluationContext<'s>) -> Bulk<'s> {
    let (flag_set, wording) = (&snapshot.definitions.flag_set, snapshot.wording());
    Bulk { flag_set, wording, plan: snapshot.plan(), context, now: noon() }
}
