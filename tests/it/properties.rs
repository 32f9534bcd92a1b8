//! What holds for every definition and every context, tried on many.

use std::collections::BTreeSet;

use flagstaff::{
    definition::definitions::Definitions,
    diagnostics::place::FileId,
    engine::{
        operator::OPERATORS,
        resolution::Step,
        resolve::resolve,
        scheme::{Hash, POSITIONS},
    },
    schema::definition_file,
    yaml::document,
};
use jiff::Timestamp;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{RngAlgorithm, TestRng},
};
use serde_json::{Value, json};

use crate::{
    cases::cases,
    compile::{gate, said},
    evaluation::{definitions, user},
    exercise::{compile_anything, compile_bytes, context, resolve_anything},
    generated::{self, Entropy},
    shaped,
};

fn bytes(count: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..count)
}

/// What has a meaning in YAML, and some of what has none.
const YAML_LETTERS: &str =
    r"[a-c0-9{}\[\],:&*!|>'\x22%@`?\-# \t\n\r\\~é\u{85}\u{2028}\u{feff}]{0,60}";

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn no_bytes_panic_the_compiler(content in bytes(200)) {
        compile_anything(&content);
    }

    #[test]
    fn no_text_panics_the_compiler(text in YAML_LETTERS) {
        compile_anything(text.as_bytes());
        compile_anything(format!("flags:\n  f:\n    {text}").as_bytes());
        compile_anything(format!("flags: {{ f: {{ enabled: {text} }} }}").as_bytes());
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn no_damage_to_a_good_file_panics_the_compiler(
        seed in bytes(300),
        at in any::<prop::sample::Index>(),
        length in 0_usize..40,
        put in bytes(6),
    ) {
        let mut text = block_text(&generated::flag_set(&mut Entropy(&seed))).into_bytes();
        let start = at.index(text.len());
        let end = text.len().min(start + length);
        text.splice(start..end, put);
        compile_anything(&text);
    }

    #[test]
    fn what_the_schema_accepts_is_never_refused_for_its_shape(seed in bytes(400)) {
        let text = shaped::document(&mut Entropy(&seed)).to_string();
        let node = document::parse(FileId(0), text.as_bytes()).expect("JSON is YAML");
        if definition_file::validate(&node).is_empty() {
            let compilation = compile_bytes(text.as_bytes());
            let refused = compilation.diagnostics.iter().find(|found| found.code.id() == "wrong-shape");
            prop_assert!(refused.is_none(), "{refused:?}\n{text}");
        }
    }

    #[test]
    fn no_flags_and_context_panic_a_resolution(seed in bytes(500)) {
        resolve_anything(&seed);
    }
}

proptest! {
    #![proptest_config(cases(80))]

    #[test]
    fn raising_a_ramp_only_adds_users_to_its_rule(
        seed in bytes(300), low in 0_u32..=POSITIONS, more in 0_u32..=POSITIONS,
    ) {
        let mut entropy = Entropy(&seed);
        let high = (low + more).min(POSITIONS);
        let rest = generated::flag_set(&mut entropy);
        let with = |thousandths: u32| {
            let mut file = rest.clone();
            let ramp = json!(f64::from(thousandths) / 1000.0);
            let other = json!({ "flag": "f0", "is": name_of_a_variant(&rest) });
            let first = json!({ "if": [other], "serve": "b" });
            file["flags"]["ramped"] = json!({
                "enabled": true,
                "variants": ["a", "b", "c"],
                "rules": [first, { "name": "ramp", "rollout_percentage": ramp, "serve": "c" }],
                "default": "a",
            });
            definitions(&block_text(&file))
        };
        let (before, after) = (with(low), with(high));
        for number in 0..50 {
            let mut asked = generated::context(&mut entropy);
            asked["targetingKey"] = format!("user-{number}").into();
            let text = asked.to_string();
            let is_in = |definitions: &Definitions| {
                let now = Timestamp::UNIX_EPOCH;
                let found = resolve(&definitions.flag_set, "ramped", &context(&text), now);
                let step = found.map(|found| found.step);
                matches!(step, Ok(Step::Rule(rule)) if &*rule.name == "ramp")
            };
            prop_assert!(!is_in(&before) || is_in(&after), "{number}: {low} to {high}");
        }
    }

    #[test]
    fn an_empty_layer_changes_nothing(seed in bytes(300)) {
        let file = block_text(&generated::flag_set(&mut Entropy(&seed)));
        let alone = gate(&[("flags/a.yaml", &file)]);
        for empty in ["format: 1", "flags: {}", "{}", "segments: {}\nattributes: {}\n"] {
            let layered = gate(&[("flags/a.yaml", &file), ("overlay/a.yaml", empty)]);
            prop_assert_eq!(said(&alone), said(&layered));
            let layered = layered.definitions.unwrap();
            let alone = alone.definitions.as_ref().unwrap();
            prop_assert_eq!(&alone.version, &layered.version);
            prop_assert!(alone.flags().eq(layered.flags()));
        }
    }

    #[test]
    fn the_order_of_files_and_how_they_are_cut_makes_no_difference(
        seed in bytes(300), order in any::<u64>(),
    ) {
        let file = generated::flag_set(&mut Entropy(&seed));
        let whole = definitions(&block_text(&file));
        // A file a flag, a segment and an attribute, in an order made from the number.
        let mut parts: Vec<(String, String)> = Vec::new();
        for (section, entries) in file.as_object().unwrap() {
            for (name, entry) in entries.as_object().unwrap() {
                let text = block_text(&json!({ section: { name: entry } }));
                parts.push((format!("flags/{section}/{name}.yaml"), text));
            }
        }
        let files = |parts: &[(String, String)]| {
            let parts: Vec<_> = parts.iter().map(|(path, text)| (&**path, &**text)).collect();
            gate(&parts)
        };
        let sorted = files(&parts);
        parts.sort_by_key(|(path, _)| digest(order, path));
        let shuffled = files(&parts);
        prop_assert_eq!(said(&sorted), said(&shuffled));
        let (sorted, shuffled) = (sorted.definitions.unwrap(), shuffled.definitions.unwrap());
        prop_assert_eq!(&sorted.version, &whole.version);
        prop_assert_eq!(&sorted.version, &shuffled.version);
        let json = |definitions: &Definitions| -> Vec<String> {
            definitions.flags().map(|flag| format!("{} {}", flag.key, flag.json)).collect()
        };
        prop_assert_eq!(json(&sorted), json(&whole));
        prop_assert_eq!(json(&sorted), json(&shuffled));
    }
}

/// A variant of the flag `f0` of a generated file.
fn name_of_a_variant(file: &Value) -> &'static str {
    let flag = &file["flags"]["f0"];
    let has_variants = flag.get("variants").is_some();
    if has_variants { "a" } else { "enabled" }
}

/// A number that puts paths in another order for another seed.
fn digest(seed: u64, path: &str) -> u32 {
    Hash::UserFlagMd5.positions(path.as_bytes(), &seed.to_le_bytes()).ramp
}

/// As YAML in block style, as people write it.
fn block_text(file: &Value) -> String {
    serde_yaml::to_string(file).unwrap()
}

/// The identifiers of ten thousand users, in the three ways that they come most often.
fn populations() -> [(&'static str, Vec<String>); 3] {
    let numbers = 1..=10_000_u32;
    let hex = |number: u32| {
        let halves = [b"first".as_slice(), b"second"].map(|salt| {
            let positions = Hash::FlagUserMd5.positions(&number.to_be_bytes(), salt);
            u64::from(positions.ramp) << 20 ^ u64::from(positions.split)
        });
        format!("{:08x}-{:04x}-4000-8000-{:012x}", number, halves[0] & 0xffff, halves[1])
    };
    [
        ("sequential", numbers.clone().map(|number| number.to_string()).collect()),
        ("uuid", numbers.clone().map(hex).collect()),
        ("e-mail", numbers.map(|number| format!("first.last{number}@example.com")).collect()),
    ]
}

#[test]
fn a_ramp_of_p_takes_p_of_the_users() {
    for hash in [Hash::UserFlagMd5, Hash::FlagUserMd5] {
        for percentage in [0.1, 1.0, 12.5, 33.333, 50.0, 75.0, 99.0] {
            let flag =
                json!({ "enabled": true, "hash": hash.name(), "rollout_percentage": percentage });
            let definitions = definitions(&json!({ "flags": { "f": flag } }).to_string());
            for (name, users) in populations() {
                let is_in = |id: &&String| {
                    let found =
                        resolve(&definitions.flag_set, "f", &user(id), Timestamp::UNIX_EPOCH);
                    found.is_ok_and(|found| matches!(found.step, Step::Rule(_)))
                };
                let share = users.iter().filter(is_in).count() as f64 / users.len() as f64;
                let p = percentage / 100.0;
                // Four standard deviations of a binomial distribution.
                let bound = 4.0 * (p * (1.0 - p) / users.len() as f64).sqrt();
                assert!((share - p).abs() < bound, "{name} {hash:?} {percentage}: {share}");
            }
        }
    }
}

#[test]
fn ramp_and_split_positions_are_independent() {
    const CELLS: usize = 10;
    for hash in [Hash::UserFlagMd5, Hash::FlagUserMd5] {
        for (name, users) in populations() {
            let mut counts = [[0_u32; CELLS]; CELLS];
            for id in &users {
                let positions = hash.positions(id.as_bytes(), b"new-checkout");
                let cell = |position: u32| (position as usize) * CELLS / POSITIONS as usize;
                counts[cell(positions.ramp)][cell(positions.split)] += 1;
            }
            let expected = users.len() as f64 / (CELLS * CELLS) as f64;
            let square = |count: &u32| (f64::from(*count) - expected).powi(2) / expected;
            let chi_squared: f64 = counts.iter().flatten().map(square).sum();
            // 99 degrees of freedom: one sample in 10,000 is above 159.
            assert!(chi_squared < 159.0, "{name} {hash:?}: {chi_squared}");
        }
    }
}

#[test]
fn generated_flag_sets_have_everything_in_them() {
    let mut words = BTreeSet::new();
    for seed in seeds(200) {
        let text = generated::flag_set(&mut Entropy(&seed)).to_string();
        words.extend(text.split('"').skip(1).step_by(2).map(str::to_owned));
        definitions(&text);
    }
    let operators = OPERATORS.iter().map(|operator| operator.name);
    let fields = ["all", "any", "not", "segment", "flag", "is", "where", "split", "requires"];
    for word in operators.chain(fields) {
        assert!(words.contains(word), "{word}");
    }
}

#[test]
fn documents_of_the_schemas_shape_are_of_its_shape() {
    let is_valid = |seed: &[u8]| {
        let text = shaped::document(&mut Entropy(seed)).to_string();
        let node = document::parse(FileId(0), text.as_bytes()).expect("JSON is YAML");
        definition_file::validate(&node).is_empty()
    };
    let valid = seeds(200).filter(|seed| is_valid(seed)).count();
    assert!(180 < valid, "only {valid} of 200");
}

/// Random bytes, the same every time.
fn seeds(count: usize) -> impl Iterator<Item = [u8; 400]> {
    let mut random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    (0..count).map(move |_| {
        let mut seed = [0; 400];
        random.fill_bytes(&mut seed);
        seed
    })
}
