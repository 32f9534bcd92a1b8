//! Our engine beside Unleash's, in one run: a flag without conditions, with one, and with two.
//!
//! `cargo run --release` in this folder prints the table of `docs/performance.md`. The two take
//! turns, and each figure is the median of many turns. Both have their context ready beforehand,
//! and neither counts what was asked.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use flagstaff::{
    definition::{
        compile::{Content, Root, SourceFile, compile},
        definitions::Definitions,
    },
    engine::{context::EvaluationContext, resolve::resolve, value::Object},
};
use jiff::{Timestamp, civil::Date};
use unleash_types::client_features::ClientFeatures;
use unleash_yggdrasil::{Context, EngineState, UpdateMessage, state::EnrichedContext};

/// How often the two take turns, and how many evaluations a turn has.
const TURNS: usize = 201;
const EVALUATIONS: u32 = 20_000;

/// The flags, by the number of their conditions.
const KEYS: [&str; 3] = ["none", "one", "two"];

const OURS: &str = "
flags:
  none: { enabled: true }
  one:
    enabled: true
    targeting_rules:
      - where: { plan: [pro, enterprise] }
  two:
    enabled: true
    targeting_rules:
      - where: { plan: [pro, enterprise] }
      - where: { country: [NL, BE, LU] }
";

const THEIRS: &str = r#"{"version": 2, "features": [
    {"name": "none", "enabled": true, "strategies": [{"name": "default"}]},
    {"name": "one", "enabled": true, "strategies": [{"name": "default", "constraints": [
        {"contextName": "plan", "operator": "IN", "values": ["pro", "enterprise"]}
    ]}]},
    {"name": "two", "enabled": true, "strategies": [{"name": "default", "constraints": [
        {"contextName": "plan", "operator": "IN", "values": ["pro", "enterprise"]},
        {"contextName": "country", "operator": "IN", "values": ["NL", "BE", "LU"]}
    ]}]}
]}"#;

/// Who asks: everything holds, by the last of the values.
const ATTRIBUTES: &str = r#"{"country": "LU", "plan": "enterprise"}"#;
const USER: &str = "550e8400-e29b-41d4-a716-446655440000";

fn main() {
    let definitions = ours();
    let engine = theirs();
    let attributes: Object<'_> = serde_json::from_str(ATTRIBUTES).expect("JSON");
    let context = EvaluationContext { targeting_key: Some(USER.into()), attributes };
    println!("| conditions | flagstaff, ns | Yggdrasil, ns | ratio |\n|---|---|---|---|");
    for key in KEYS {
        let theirs = enriched(key);
        let evaluate = || {
            let found = resolve(
                &definitions.flag_set,
                black_box(key),
                black_box(&context),
                Timestamp::UNIX_EPOCH,
            );
            found.is_ok_and(|resolution| resolution.variant.is_some_and(|it| &*it.value == "true"))
        };
        let check = || engine.check_enabled(black_box(&theirs)) == Some(true);
        let [ours, theirs] = medians(evaluate, check);
        println!("| {key} | {ours:.0} | {theirs:.0} | {:.2} |", ours / theirs);
    }
}

fn ours() -> Definitions {
    let content = Content::Bytes(OURS.as_bytes().into());
    let files = vec![SourceFile { path: "flags/a.yaml".to_owned(), content }];
    let today = Date::constant(2026, 11, 22);
    let compilation = compile(&[Root { name: "flags".to_owned(), files }], today);
    compilation.definitions.expect("sound definitions")
}

fn theirs() -> EngineState {
    let features: ClientFeatures = serde_json::from_str(THEIRS).expect("features");
    let mut engine = EngineState::default();
    let warnings = engine.take_state(UpdateMessage::FullResponse(features));
    assert!(warnings.is_none_or(|warnings| warnings.is_empty()));
    engine
}

/// The same question for the other engine, with everything that it wants.
fn enriched(key: &str) -> EnrichedContext {
    let attributes: Object<'_> = serde_json::from_str(ATTRIBUTES).expect("JSON");
    let properties = attributes
        .iter()
        .map(|(name, value)| (name.to_owned(), value.as_str().unwrap_or_default().to_owned()));
    let context = Context {
        user_id: Some(USER.to_owned()),
        properties: Some(properties.collect()),
        ..Context::default()
    };
    EnrichedContext::from(context, key.to_owned(), None)
}

/// What each of the two takes, in nanoseconds: the median of their turns. Both have to say yes.
fn medians(ours: impl Fn() -> bool, theirs: impl Fn() -> bool) -> [f64; 2] {
    let mut turns = [Vec::new(), Vec::new()];
    for _ in 0..TURNS {
        turns[0].push(turn(&ours));
        turns[1].push(turn(&theirs));
    }
    turns.map(|mut turns| {
        turns.sort();
        turns[TURNS / 2].as_secs_f64() * 1e9 / f64::from(EVALUATIONS)
    })
}

fn turn(evaluate: &impl Fn() -> bool) -> Duration {
    let start = Instant::now();
    for _ in 0..EVALUATIONS {
        assert!(evaluate(), "the answer is wrong");
    }
    start.elapsed()
}
