//! What is made beforehand is what would be written now.

use flagstaff::{
    api::{
        bulk::{Bulk, Only},
        ofrep,
    },
    engine::{context::EvaluationContext, flag::Flag, resolve::resolve_flag},
    snapshot::{answer_text::push_answer, current::Snapshot},
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
            if chosen.len() == flags.len() {
                let all = question(&snapshot, &context).answer(None, None);
                assert_eq!(String::from_utf8(all).unwrap(), expected);
            }
        }
    }
}

/// More hashed flags than are hashed together, with and without a unit, of every length.
#[test]
fn units_are_hashed_together_and_alone_for_the_same_answers() {
    let rules = "[{ if: [{ attribute: country, operator: exists, value: true }], rollout_percentage: 30, \
                 serve: b }]";
    let split = "split: [{ variant: a, percentage: 20.5 }, { variant: c, percentage: 79.5 }]";
    let flags = (0..60).map(|number| {
        let salt = "s".repeat(number);
        let hash = ["user_flag_md5", "flag_user_md5"][number / 2 % 2];
        let by = ["targetingKey", "company.id", "number"][number / 4 % 3];
        let form = match number % 5 {
            0 => "rollout_percentage: 12.5".to_owned(),
            1 => format!("variants: [a, b, c], default: {{ {split} }}"),
            2 => format!("variants: [a, b, c], rules: {rules}, default: {{ {split} }}"),
            3 => format!("variants: [a, b, c], rules: {rules}, default: c"),
            _ => format!("variants: [a, b, c], rules: [{{ rollout_percentage: 50, {split} }}]"),
        };
        let bucket = format!("salt: '{salt}', hash: {hash}, bucket_by: {by}");
        format!("  f{number:02}: {{ enabled: true, {bucket}, {form} }}\n")
    });
    let snapshot = snapshot(&format!("flags:\n{}", flags.collect::<String>()));
    let flags = snapshot.definitions.flag_set.flags();
    for unit in ["u-1", "u-2", "550e8400-e29b-41d4-a716-446655440000", &"long".repeat(15)] {
        for asks in [
            format!(r#"{{ "targetingKey": "{unit}", "company": {{ "id": 42 }}, "number": -7 }}"#),
            format!(r#"{{ "targetingKey": "{unit}", "company": {{ "id": "{unit}" }} }}"#),
            format!(r#"{{ "company": {{ "id": "{unit}" }}, "number": 1.5, "country": "NL" }}"#),
        ] {
            let context = context(&asks);
            for every in [1, 2, 7, 40] {
                let number = |flag: &Flag| flag.key[1..].parse::<usize>().unwrap();
                let is_chosen = |flag: &Flag| number(flag) % every == 0;
                let each = flags.iter().filter(|flag| is_chosen(flag));
                let each: Vec<_> = each.map(|flag| answer(&snapshot, flag, &asks, false)).collect();
                let expected = format!("{{\"flags\":[{}]}}", each.join(","));
                let only: Only<'_> = if every == 1 { None } else { Some(&is_chosen) };
                let all = question(&snapshot, &context).answer(only, None);
                assert_eq!(String::from_utf8(all).unwrap(), expected, "{asks}");
            }
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
