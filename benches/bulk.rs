//! The answer for all flags at once, beside what its bytes alone cost: to copy and to digest them.

use std::{fmt::Write as _, hint::black_box};

use criterion::Criterion;
use flagstaff::{
    api::{bulk::Bulk, etag},
    engine::context::EvaluationContext,
    snapshot::{answer_text::Wording, bulk_plan::Plan},
};
use jiff::Timestamp;

use crate::{compiled, context, median};

/// How many flags there are.
const FLAGS: usize = 350;

/// Which flags are asked for: a name, and the forms that alternate.
const SETS: [(&str, &[&str]); 5] = [
    ("mixed", &[STATIC, CONDITIONS, RAMP, SPLIT]),
    ("static", &[STATIC]),
    ("two conditions", &[CONDITIONS]),
    ("25 % ramp", &[RAMP]),
    ("split among four", &[SPLIT]),
];

const STATIC: &str = "{ enabled: true }";
const CONDITIONS: &str = "
    enabled: true
    targeting_rules:
      - where: { plan: [pro, enterprise] }
      - { attribute: age, operator: gte, value: 18 }";
const RAMP: &str = "{ enabled: true, rollout_percentage: 25 }";
const SPLIT: &str = "
    enabled: true
    variants: [a, b, c, d]
    default:
      split:
        - { variant: a, percentage: 25 }
        - { variant: b, percentage: 25 }
        - { variant: c, percentage: 25 }
        - { variant: d, percentage: 25 }";

/// Measures the answer and the bytes of each set in turn.
pub fn run(criterion: &mut Criterion) {
    let context: EvaluationContext<'_> = context();
    let mut group = criterion.benchmark_group("bulk");
    for (name, forms) in SETS {
        let definitions = compiled(&definitions(forms));
        let flag_set = &definitions.flag_set;
        let wording = Wording::of(flag_set);
        let plan = Plan::of(flag_set, &wording);
        let now = Timestamp::UNIX_EPOCH;
        let bulk = Bulk { flag_set, wording: &wording, plan: &plan, context: &context, now };
        let body = bulk.answer(None, None);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let body = black_box(&bulk).answer(None, None);
                (etag::tag(&body), body)
            })
        });
        group.bench_function(format!("bytes-{name}"), |bencher| {
            bencher.iter(|| {
                let body = black_box(&body).clone();
                (etag::tag(&body), body)
            })
        });
    }
    group.finish();
}

/// The medians that were just measured, as a table.
pub fn report() {
    println!("\n| all of {FLAGS} | µs | ns a flag | to copying and digesting |\n|---|---|---|---|");
    for (name, _) in SETS {
        let Some(time) = median("bulk", name) else { return };
        let Some(bytes) = median("bulk", &format!("bytes-{name}")) else { return };
        let each = time / FLAGS as f64;
        println!("| {name} | {:.1} | {each:.0} | {:.2} |", time / 1e3, time / bytes);
    }
}

fn definitions(forms: &[&str]) -> String {
    let mut text = "flags:\n".to_owned();
    for number in 0..FLAGS {
        let form = forms[number % forms.len()];
        let _ = writeln!(text, "  feature-{number:05}: {form}");
    }
    text
}
