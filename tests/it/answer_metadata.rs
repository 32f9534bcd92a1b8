//! What answers carry beside the author's own metadata: the version of a flag, the id of its set.

use std::sync::Arc;

use flagstaff::{
    api::{call::Options, route::Route},
    snapshot::{
        answer_metadata::{AnswerMetadata, flag_set_id},
        current::{Snapshot, SnapshotCell},
    },
};
use insta::assert_snapshot;
use serde_json::Value;

use crate::{
    compile::gate,
    harness::{Daemon, Flags},
    served::{ask, noon, shown},
};

fn all() -> AnswerMetadata {
    AnswerMetadata { version: true, flag_set_id: Some("shop".into()) }
}

fn route(text: &str, metadata: &AnswerMetadata) -> Route {
    let compilation = gate(&[("flags/a.yaml", text)]);
    let found = (compilation.diagnostics, compilation.paths);
    let definitions = compilation.definitions.expect("no errors");
    let snapshot = Snapshot::new(definitions, found, None, noon(), [0; 32]).carrying(metadata);
    let cell = Arc::new(SnapshotCell::default());
    drop(cell.swap(Arc::new(snapshot)));
    Route::new(cell, Options::default(), noon)
}

/// The metadata of one flag.
fn metadata(route: &Route, key: &str) -> Value {
    let body = r#"{"context":{"targetingKey":"u"}}"#;
    let answer = shown(&ask(route, &format!("POST /ofrep/v1/evaluate/flags/{key}"), &[], body));
    let answer: Value = serde_json::from_str(answer.split_once('\n').unwrap().1).unwrap();
    answer["metadata"].clone()
}

fn version(text: &str, key: &str) -> String {
    metadata(&route(text, &all()), key)["version"].as_str().unwrap().to_owned()
}

const FLAGS: &str = "
segments:
  testers: [{ where: { plan: pro } }]
  unused: [{ where: { plan: free } }]
flags:
  alone: { enabled: true, description: a, metadata: { team: web } }
  base: { enabled: true }
  needs: { enabled: true, requires: [{ flag: base }] }
  asks:
    enabled: true
    variants: { a: 1, b: 2 }
    rules: [{ if: [{ segment: testers }], serve: b }]
    default: a
  deep: { enabled: true, requires: [{ flag: needs }] }
";

#[test]
fn a_version_changes_with_the_flag_and_what_it_depends_on() {
    let keys = ["alone", "base", "needs", "asks", "deep"];
    for (from, to, changed) in [
        ("description: a", "description: b", &[][..]),
        ("team: web", "team: app", &["alone"]),
        ("alone: { enabled: true", "alone: { enabled: false", &["alone"]),
        ("plan: pro", "plan: max", &["asks"]),
        ("plan: free", "plan: max", &[]),
        ("base: { enabled: true }", "base: { enabled: false }", &["base", "needs", "deep"]),
        ("b: 2", "b: 3", &["asks"]),
        ("flags:\n", "flags:\n  other: { enabled: true }\n", &[]),
    ] {
        assert!(FLAGS.contains(from), "{from}");
        let after = FLAGS.replacen(from, to, 1);
        let differs = |key: &&str| version(FLAGS, key) != version(&after, key);
        let differing: Vec<_> = keys.into_iter().filter(differs).collect();
        assert_eq!(differing, changed, "{from} to {to}");
    }
}

#[test]
fn what_the_author_says_goes_first() {
    let text = "
flags:
  plain: { enabled: true }
  taken: { enabled: true, metadata: { version: mine, flagSetId: 7 } }
  more: { enabled: true, metadata: { \"a \\\"b\": 1 } }
  parts:
    enabled: true
    metadata: { flagSetId: own }
    variants: { a: 1, b: 2 }
    default: { split: [{ variant: a, percentage: 50 }, { variant: b, percentage: 50 }] }
";
    let body = r#"{"context":{"targetingKey":"u"}}"#;
    let bulk = |metadata: &AnswerMetadata| {
        let answer = ask(&route(text, metadata), "POST /ofrep/v1/evaluate/flags", &[], body);
        shown(&answer).split_once('\n').unwrap().1.replace("},{\"key", "},\n{\"key")
    };
    assert_snapshot!(bulk(&all()));
    let none = bulk(&AnswerMetadata::default());
    assert!(
        !none.contains("shop")
            && none
                .contains(r#""key":"plain","reason":"STATIC","variant":"enabled","value":true}"#),
        "{none}"
    );
    // One by one it is the same.
    let all: Value = serde_json::from_str(&bulk(&all())).unwrap();
    for flag in all["flags"].as_array().unwrap() {
        let route = route(text, &self::all());
        assert_eq!(flag["metadata"], metadata(&route, flag["key"].as_str().unwrap()));
    }
    let only = AnswerMetadata { version: false, flag_set_id: Some("a\"b".into()) };
    assert_eq!(metadata(&route(text, &only), "plain").to_string(), r#"{"flagSetId":"a\"b"}"#);
}

#[test]
fn an_id_has_characters_and_a_bound() {
    assert_eq!(flag_set_id("shop/eu"), Ok("shop/eu".to_owned()));
    assert!(flag_set_id(&"é".repeat(150)).is_ok());
    for wrong in ["", "a\nb", &"é".repeat(151)] {
        assert!(flag_set_id(wrong).unwrap_err().contains("such as `shop`"), "{wrong:?}");
    }
}

#[test]
fn the_real_daemon_carries_it_through_reloads() {
    let flags = Flags::with([("a.yaml", "flags: { a: { enabled: true }, b: { enabled: true } }")]);
    let options = ["--answer-metadata", "--flag-set-id", "shop"];
    let daemon = Daemon::with(flags.root(), &options);
    let carried = |key: &str| {
        let answer = daemon.ask(&format!("POST /ofrep/v1/evaluate/flags/{key}"), "{}").json();
        assert_eq!(answer["metadata"]["flagSetId"], "shop");
        (answer["value"].clone(), answer["metadata"]["version"].as_str().unwrap().to_owned())
    };
    let (a, b) = (carried("a"), carried("b"));
    flags.write("a.yaml", "flags: { a: { enabled: false }, b: { enabled: true } }");
    daemon.expect("a", false);
    assert_ne!(carried("a").1, a.1);
    assert_eq!(carried("b"), b);
    daemon.stop();
}
