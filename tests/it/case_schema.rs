//! The schema of flag tests: that it is whole, that it and the program agree, and that no file of
//! tests makes anything worse than a diagnostic.

use std::sync::LazyLock;

use flagstaff::{
    definition::compile::{Content, Root, SourceFile, compile},
    diagnostics::place::FileId,
    flag_test::{
        file::SCHEMA,
        run::{FLAG_NOT_FOUND, TARGETING_KEY_MISSING},
        suite::{RUNS_MAX, Suite},
        test::{COMBINATIONS_MAX, STEPS},
    },
    schema::definition_file::FORMAT_MAX,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    cases::cases,
    generated::Entropy,
    schema::{damage, every_field_is_explained, parts_of_a_whole},
    shaped,
};

static SCHEMA_JSON: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(SCHEMA).unwrap());

/// The same schema, read when the tests run.
static VALIDATOR: LazyLock<jsonschema::Validator> =
    LazyLock::new(|| jsonschema::draft202012::new(&SCHEMA_JSON).unwrap());

#[test]
fn it_is_whole_and_explains_every_field() {
    assert!(20 < parts_of_a_whole(&SCHEMA_JSON));
    every_field_is_explained(&SCHEMA_JSON);
}

#[test]
fn limits_and_names_are_those_of_the_program() {
    assert_eq!(SCHEMA_JSON["properties"]["format"]["maximum"], FORMAT_MAX);
    let expect = &SCHEMA_JSON["$defs"]["expectation"]["properties"];
    assert_eq!(expect["error"]["enum"], json!([FLAG_NOT_FOUND, TARGETING_KEY_MISSING]));
    let rule = expect["rule"]["description"].as_str().unwrap();
    assert!(STEPS.iter().all(|step| rule.contains(&format!("`{step}`"))));
    let matrix = SCHEMA_JSON["$defs"]["matrix"]["description"].as_str().unwrap();
    assert_eq!(COMBINATIONS_MAX, 1_000);
    assert!(matrix.contains("at most 1,000"));
}

fn root(path: &str, text: &str) -> Root {
    let content = Content::Bytes(text.as_bytes().into());
    let files = vec![SourceFile { path: path.to_owned(), content }];
    Root { name: "flags".to_owned(), files }
}

/// Reads tests, and runs them if they are not too many.
fn judge(text: &str) -> Suite {
    let flags = "flags: { a: { enabled: true }, b: { enabled: true, variants: [a, b, NL], rules: \
                 [{ if: [where: { country: a }], rollout_percentage: 50, serve: a }], default: b } }";
    let layers = [Some(compile(&[root("flags/a.yaml", flags)], "2026-11-22".parse().unwrap()))];
    let suite = Suite::read(&[root("flags/a.test.yaml", text)], FileId(1));
    if suite.run_count(None) < RUNS_MAX / 100 {
        let results = suite.run(&layers, None, "2026-11-22T12:00:00Z".parse().unwrap());
        assert_eq!(results.tests.len(), suite.cases.len());
    }
    suite
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn whatever_is_wrong_is_said_in_words(seed in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut entropy = Entropy(&seed);
        let mut document = shaped::document_of(&SCHEMA_JSON, &mut entropy);
        for _ in 0..entropy.below(4) {
            damage(&mut document, &mut entropy);
        }
        let suite = judge(&document.to_string());
        if !VALIDATOR.is_valid(&document) {
            prop_assert!(!suite.diagnostics.is_empty() && suite.cases.is_empty(), "{document}");
        }
        for problem in &suite.diagnostics {
            prop_assert!(!["schema", "wrong-shape"].contains(&problem.code.id()), "{problem:?} {document}");
        }
    }

    #[test]
    fn any_bytes_make_a_diagnostic_or_tests(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let content = Content::Bytes(bytes.into());
        let files = vec![SourceFile { path: "flags/a.test.yaml".to_owned(), content }];
        let suite = Suite::read(&[Root { name: "flags".to_owned(), files }], FileId(0));
        prop_assert!(!suite.diagnostics.is_empty());
    }
}
