//! The most that one request may cost, by definitions that `check` just accepts and a question made
//! against them, as a ratio to a digest of 64 MiB in the same run.

use std::hint::black_box;

use criterion::Criterion;
use flagstaff::{
    api::bulk::Bulk,
    engine::{
        context::EvaluationContext,
        resolve::resolve,
        value::{Object, Value},
    },
    snapshot::{answer_text::Wording, bulk_plan::Plan},
};
use jiff::Timestamp;
use md5::{Digest, Md5};

use crate::{compiled, median};

/// How long the text is that is sent, in bytes: nearly as long as a body may be.
const SENT_BYTES: usize = 262_000;
/// How many bytes the yardstick digests.
const YARDSTICK_BYTES: usize = 64 << 20;

/// What is sent: a text that is filled with something up to its length, or a list of numbers.
#[derive(Clone, Copy)]
enum Sent {
    Text { begin: &'static str, fill: &'static str, bytes: usize },
    Numbers,
}

const LONG: Sent = Sent::Text { begin: "", fill: "a", bytes: SENT_BYTES };
/// As long as a pattern looks at, of characters that take longest to look up.
const ACCENTED: Sent = Sent::Text { begin: "", fill: "é", bytes: 8_192 };

/// One flag at the bound: a name, how many conditions it has, the condition, and what is sent.
const FLAGS: [(&str, usize, &str, Sent); 9] = [
    (
        "contains one text",
        908,
        "contains, value: 'aaaaaaaaaaaaaaaaaaaabaaaaaaaaaaaaaaaaaaaa'",
        LONG,
    ),
    ("contains one of many", 131, "contains, value: [ab, b, c, d, e, f, g, aac]", LONG),
    ("contains one, in any case", 98, "contains, value: ab, ignore_case: true", LONG),
    ("contains one value", 476, "contains, value: 2", Sent::Numbers),
    (
        "contains one of many values",
        131,
        "contains, value: [2, 3, 4, 5, 6, 7, 8, 9]",
        Sent::Numbers,
    ),
    ("equals a text", 9_998, "eq, value: ab", LONG),
    (
        "satisfies a version",
        9_998,
        "semver, value: '>=2'",
        Sent::Text { begin: "1.0.0-", fill: "a", bytes: 1_024 },
    ),
    ("matches, by automata", 2_499, r"matches, value: '\w{40}\W{2}'", ACCENTED),
    (
        "matches, state by state",
        1,
        "matches, value: '[ab]*a[ab]{3300}[cd]'",
        Sent::Text { begin: "", fill: "a", bytes: 8_192 },
    ),
];
/// As long as a question for all flags may be if their conditions search it as often as they may.
const SHORT: Sent = Sent::Text { begin: "", fill: "a", bytes: 16_000 };
/// All flags at the bound: a name, how many there are, what each has, and what is sent.
const SETS: [(&str, usize, &str, Sent); 6] = [
    (
        "all: contains",
        9_999,
        "{ enabled: true, targeting_rules: [{ attribute: a, operator: contains, value: \
         'aaaaaaaaaaaaaaaaaaaabaaaaaaaaaaaaaaaaaaaa' }] }",
        SHORT,
    ),
    (
        "all: matches",
        8_332,
        "{ enabled: true, targeting_rules: [{ attribute: a, operator: matches, value: \
         '\\w{40}\\W{2}' }] }",
        ACCENTED,
    ),
    (
        "all: versions",
        99_998,
        "{ enabled: true, targeting_rules: [{ attribute: a, operator: semver, value: '>=2' }] }",
        Sent::Text { begin: "1.0.0-", fill: "a", bytes: 1_024 },
    ),
    ("all: one segment", 9_999, "{ enabled: true, targeting_rules: [segment: shared] }", LONG),
    ("all: ramps", 9_999, "{ enabled: true, hash: flag_user_md5, rollout_percentage: 50 }", LONG),
    (
        "all: ramps of 100,000 flags",
        99_999,
        "{ enabled: true, hash: flag_user_md5, rollout_percentage: 50 }",
        LONG,
    ),
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
        let context = asking(sent);
        let flags = &definitions.flag_set;
        group.bench_function(name, |bencher| {
            bencher.iter(|| resolve(black_box(flags), "f", black_box(&context), now).unwrap())
        });
    }
    let shared: Vec<String> = (0..9_900)
        .map(|number| format!("{{ attribute: a, operator: eq, value: x{number} }}"))
        .collect();
    for (name, count, flag, sent) in SETS {
        let flags: String = (0..count).map(|number| format!("  f{number}: {flag}\n")).collect();
        let definitions = compiled(&format!(
            "segments:\n  shared: [any: [{}]]\nflags:\n{flags}",
            shared.join(", ")
        ));
        let flag_set = &definitions.flag_set;
        let wording = Wording::of(flag_set);
        let (plan, context) = (Plan::of(flag_set, &wording), asking(sent));
        let bulk = Bulk { flag_set, wording: &wording, plan: &plan, context: &context, now };
        group.bench_function(name, |bencher| bencher.iter(|| black_box(&bulk).answer(None, None)));
    }
    group.finish();
}

/// Who asks: with a targeting key as long as may be, and this in `a`.
fn asking(sent: Sent) -> EvaluationContext<'static> {
    let value = match sent {
        Sent::Numbers => serde_json::json!(vec![1; (SENT_BYTES - 8_192) / 2]),
        Sent::Text { begin, fill, bytes } => {
            let bytes = bytes.min(SENT_BYTES - 8_192);
            serde_json::json!(format!("{begin}{}", fill.repeat((bytes - begin.len()) / fill.len())))
        }
    };
    let attributes = serde_json::json!({ "a": value }).to_string();
    let attributes: Object<'_> = serde_json::from_str(&attributes).unwrap();
    let Value::Object(attributes) = Value::Object(attributes).into_owned() else { unreachable!() };
    EvaluationContext { targeting_key: Some("u".repeat(8_192).into()), attributes }
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
