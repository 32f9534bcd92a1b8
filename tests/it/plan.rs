//! Which flags are resolved when all are asked for, which are hashed, and what is known beforehand.

use std::fmt::Write as _;

use flagstaff::{
    engine::flag::FlagSet,
    snapshot::{
        answer_text::Wording,
        bulk_plan::{Plan, PlanStep},
    },
};

use crate::evaluation::definitions;

/// Checks the plan of some flags, given as lines of a file.
fn check(flags: &str, expected: &str) {
    let definitions = definitions(&format!("flags:\n{flags}"));
    let plan = Plan::of(&definitions.flag_set, &Wording::of(&definitions.flag_set));
    assert_eq!(shown(&definitions.flag_set, &plan), expected.trim_start());
}

fn shown(flags: &FlagSet, plan: &Plan) -> String {
    let mut text = String::new();
    for step in plan.steps() {
        let (PlanStep::Known(index, _)
        | PlanStep::Resolved(index)
        | PlanStep::Hashed(index)
        | PlanStep::Placed(index, ..)) = step;
        let flag = flags.flag(*index).unwrap();
        let what = match step {
            PlanStep::Known(_, count) => format!("known, {count} in a row"),
            PlanStep::Resolved(_) => "resolved".to_owned(),
            PlanStep::Hashed(_) => "hashed, resolved".to_owned(),
            PlanStep::Placed(_, line, stretches) => {
                let mut what = format!("{line:?}").to_lowercase();
                for stretch in plan.stretches(stretches) {
                    let variant = stretch.variant().and_then(|index| flag.variant(index));
                    let variant = variant.map_or("nothing", |variant| &variant.name);
                    let _ = write!(what, ", {variant} below {} {:?}", stretch.end, stretch.reason);
                }
                what
            }
        };
        let _ = writeln!(text, "{}: {what}", flag.key);
    }
    let hashed = plan.steps().iter().filter_map(PlanStep::hashed);
    let hashed = hashed.map(|flag| &*flags.flag(flag).unwrap().key);
    text + "hashed: " + &hashed.collect::<Vec<_>>().join(" ") + "\n"
}

#[test]
fn what_depends_on_nothing_is_known() {
    check(
        "
  a: { enabled: true }
  b: { enabled: false, rollout_percentage: 25 }
  c: { enabled: true, targeting_rules: [where: { country: NL }] }
  d: { enabled: true, rollout_percentage: 0 }
",
        "
a: known, 2 in a row
c: resolved
d: known, 1 in a row
hashed: 
",
    );
}

#[test]
fn what_follows_from_a_position_is_known_for_each() {
    let split = "split: [{ variant: a, percentage: 20.5 }, { variant: b, percentage: 79.5 }]";
    check(
        &format!(
            "
  a: {{ enabled: true, rollout_percentage: 25 }}
  b: {{ enabled: true, variants: [a, b], default: {{ {split} }} }}
  c:
    enabled: true
    variants: [a, b, c]
    rules: [{{ rollout_percentage: 30, serve: b }}, {{ rollout_percentage: 10, serve: a }}]
    default: c
  d: {{ enabled: true, variants: [a, b], rules: [{{ rollout_percentage: 30, serve: b }}] }}
"
        ),
        "
a: ramp, enabled below 25000 Split, disabled below 100000 Split
b: split, a below 20500 Split, b below 100000 Split
c: ramp, b below 10000 Split, b below 30000 Split, c below 100000 Split
d: ramp, b below 30000 Split, nothing below 100000 Split
hashed: a b c d
",
    );
}

#[test]
fn what_follows_from_more_is_resolved() {
    let split = "split: [{ variant: a, percentage: 20 }, { variant: b, percentage: 80 }]";
    let ramps: Vec<_> =
        (1..20).map(|share| format!("{{ rollout_percentage: {share}, serve: b }}")).collect();
    check(
        &format!(
            "
  a: {{ enabled: true, rollout_percentage: 25, users: [u-1] }}
  b: {{ enabled: true, rollout_percentage: 25, requires: [{{ flag: a }}] }}
  c: {{ enabled: true, rollout_percentage: 25, targeting_rules: [where: {{ country: NL }}] }}
  d: {{ enabled: true, variants: [a, b], rules: [{{ rollout_percentage: 50, {split} }}] }}
  e: {{ enabled: true, variants: [a, b], rules: [{}], default: a }}
  f: {{ enabled: true, requires: [{{ flag: a }}] }}
",
            ramps.join(", ")
        ),
        "
a: hashed, resolved
b: hashed, resolved
c: hashed, resolved
d: hashed, resolved
e: hashed, resolved
f: resolved
hashed: a b c d e
",
    );
}
