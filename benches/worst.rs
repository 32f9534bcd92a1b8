//! The most that one request may cost, by definitions that `check` just accepts and a question made
//! against them, as a ratio to a digest of 64 MiB in the same run.

use std::hint::black_box;

use criterion::Criterion;
use flagstaff::{
    api::bulk::Bulk,
    engine::resolve::resolve,
    snapshot::{answer_text::Wording, bulk_plan::Plan},
};
use jiff::Timestamp;
use md5::{Digest, Md5};

use crate::{compiled, median};

/// How long the text is that is sent, in bytes: nearly as long as a body may be.
const SENT_BYTES: usize = 262_000;
/// How many bytes the yardstick digests.
const YARDSTICK_BYTES: usize = 64 << 20;

/// One flag at the bound: a name, how many conditions it has, the condition, and what is sent.
const FLAGS: [(&str, usize, &str, &str); 6] = [
    ("contains one text", 908, "contains, value: 'aaaaaaaaaaaaaaaaaaaabaaaaaaaaaaaaaaaaaaaa'", "a"),
    ("contains one of many", 131, "contains, value: [ab, b, c, d, e, f, g, aac]", "a"),
    ("contains one, in any case", 98, "contains, value: ab, ignore_case: true", "a"),
    ("equals a text", 9_998, "eq, value: ab", "a"),
    ("satisfies a version", 9_998, "semver, value: '>=2'", "1.0.0-"),
    ("matches", 1, "matches, value: '[ab]*a[ab]{4000}[cd]'", "ab"),
];
/// All flags at the bound: a name, how many there are, and what each has.
const SETS: [(&str, usize, &str); 3] = [
    (
        "all: contains",
        9_999,
        "{ enabled: true, targeting_rules: [{ attribute: a, operator: contains, value: aab }] }",
    ),
    ("all: one segment", 9_999, "{ enabled: true, targeting_rules: [segment: shared] }"),
    ("all: ramps", 9_999, "{ enabled: true, hash: flag_user_md5, rollout_percentage: 50 }"),
];

/// Measures each, and the yardstick.
pub fn run(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("worst");
    group.sample_size(10);
    let bytes = vec![b'a'; YARDSTICK_BYTES];
    group.bench_function("yardstick", |bencher| bencher.iter(|| Md5::digest(black_box(&bytes))));
    let now = Timestamp::UNIX_EPOCH;
    for (name, count, condition, sent) in FLAGS {
        let conditions = vec![format!("{{ attribute: a, operator: {condition} }}"); count];
        let definitions = compiled(&format!(
            "flags:\n  f: {{ enabled: true, targeting_rules: [{{ any: [{}] }}] }}\n",
            conditions.join(", ")
        ));
        // What is longer is not looked at.
        let length = match name {
            "satisfies a version" => 1_024,
            "matches" => 8_192,
            _ => SENT_BYTES,
        };
        let fill = if sent.len() == 1 || sent == "ab" { sent } else { "a" };
        let text = format!("{sent}{}", fill.repeat(length / fill.len() - sent.len()));
        let context = asking(&text);
        let flags = &definitions.flag_set;
        group.bench_function(name, |bencher| {
            bencher.iter(|| resolve(black_box(flags), "f", black_box(&context), now).unwrap())
        });
    }
    let shared: Vec<String> = (0..9_900)
        .map(|number| format!("{{ attribute: a, operator: eq, value: x{number} }}"))
        .collect();
    for (name, count, flag) in SETS {
        let flags: String = (0..count).map(|number| format!("  f{number}: {flag}\n")).collect();
        let definitions = compiled(&format!(
            "segments:\n  shared: [any: [{}]]\nflags:\n{flags}",
            shared.join(", ")
        ));
        let flag_set = &definitions.flag_set;
        let (text, wording) = ("a".repeat(SENT_BYTES - 8_192), Wording::of(flag_set));
        let (plan, context) = (Plan::of(flag_set, &wording), asking(&text));
        let bulk = Bulk { flag_set, wording: &wording, plan: &plan, context: &context, now };
        group.bench_function(name, |bencher| bencher.iter(|| black_box(&bulk).answer(None, None)));
    }
    group.finish();
}

/// Who asks: with a targeting key as long as may be, and this text.
fn asking(text: &str) -> flagstaff::engine::context::EvaluationContext<'static> {
    let attributes = serde_json::json!({ "a": text }).to_string();
    let attributes: flagstaff::engine::value::Object<'_> =
        serde_json::from_str(&attributes).unwrap();
    let attributes = flagstaff::engine::value::Value::Object(attributes).into_owned();
    let flagstaff::engine::value::Value::Object(attributes) = attributes else { unreachable!() };
    let targeting_key = Some("u".repeat(8_192).into());
    flagstaff::engine::context::EvaluationContext { targeting_key, attributes }
}

/// The medians that were just measured, as a table.
pub fn report() {
    let Some(yardstick) = median("worst", "yardstick") else { return };
    println!("\n| at the bound | ms | to a digest of 64 MiB |\n|---|---|---|");
    for name in FLAGS.iter().map(|flag| flag.0).chain(SETS.iter().map(|set| set.0)) {
        let Some(time) = median("worst", name) else { return };
        println!("| {name} | {:.0} | {:.2} |", time / 1e6, time / yardstick);
    }
}
