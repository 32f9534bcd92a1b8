//! Flags of other systems: what they decided, decided again; and what is refused, and why.
//!
//! `tests/vectors/peers` holds definitions of other systems and what their own code answered.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use flagstaff::{
    definition::compile::Compilation,
    diagnostics::place::{FileId, Paths},
    import::{
        decisions::{Replay, replay},
        imported::Imported,
        system::{FOREIGN_SYSTEMS, ForeignSystem},
        verdict::ImportVerdict,
    },
    yaml::document,
};
use jiff::Timestamp;

use crate::compile::{gate, said};

fn system(name: &str) -> &'static ForeignSystem {
    FOREIGN_SYSTEMS.iter().find(|system| system.name == name).unwrap()
}

/// Imports a text as the named version of a system has it.
pub fn imported(system_name: &str, version: &str, text: &str) -> Imported {
    let system = system(system_name);
    let hash = system.version(Some(version)).unwrap().hash;
    let document = document::parse(FileId::default(), text.as_bytes()).unwrap();
    Imported { flags: (system.read)(&document, hash).unwrap() }
}

pub fn paths() -> Paths {
    ["source".into()].into_iter().collect()
}

/// What is imported, compiled: nothing in it is even unwise. Where the other system has nothing to
/// serve, a flag has no default, which is noted.
pub fn compiled(imported: &Imported) -> Compilation {
    let text = imported.document("elsewhere", &paths());
    let compilation = gate(&[("flags/imported.yaml", &text)]);
    let said = said(&compilation);
    let is_expected =
        |line: &str| line.contains("note no-default") || line.starts_with("    flag ");
    assert!(said.lines().all(is_expected), "{said}\n{text}");
    compilation
}

fn vector(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/peers").join(name);
    fs::read_to_string(path).unwrap()
}

/// Makes the decisions of a file again.
fn again(imported: &Imported, decisions: &str) -> Replay {
    let compilation = compiled(imported);
    let definitions = compilation.definitions.unwrap();
    replay(&definitions, &vector(decisions), Timestamp::UNIX_EPOCH).unwrap()
}

/// Each refused flag with the reason.
fn refused(imported: &Imported) -> String {
    let mut text = String::new();
    for flag in &imported.flags {
        if let ImportVerdict::Refused(refusal) = &flag.verdict {
            let place = refusal.place;
            writeln!(text, "{} {}:{} {}", flag.key, place.line, place.column, refusal.why).unwrap();
        }
    }
    text
}

#[test]
fn every_decision_of_flagd_is_made_again() {
    let imported = imported("flagd", "v2", &vector("flagd.flags.json"));
    let replay = again(&imported, "flagd.jsonl");
    assert_eq!(replay.differences, []);
    assert_eq!((replay.count, replay.left_out, replay.flags.len()), (792, 231, 17));
    insta::assert_snapshot!(refused(&imported), @r"
    f-shorthand 10:110 the weights add up to 3, which does not divide 100,000
    f-sum-max 14:96 the weights add up to 2147483647, which does not divide 100,000
    f-seven 15:100 the weights add up to 7, which does not divide 100,000
    f-by-email 16:112 callers without this value are hashed by their targeting key
    f-by-number 19:113 callers without this value are hashed by their targeting key
    f-nested-fractional 24:128 a variant that is computed here cannot be said
    f-weight-expr 25:112 the weights add up to 60, which does not divide 100,000
    ");
}

/// Version 1 hashed what is not ASCII in a way that differs by language, and the verdict says so.
#[test]
fn every_decision_of_flagd_with_version_1_is_made_again() {
    let imported = imported("flagd", "v1", &vector("flagd.flags.json"));
    let replay = again(&imported, "flagd-v1.jsonl");
    let is_ascii = |unit: &str| unit.is_ascii();
    let others: Vec<_> =
        replay.differences.iter().filter(|it| is_ascii(it.unit.trim_end_matches('…'))).collect();
    assert!(others.is_empty(), "{others:?}");
    let moved: BTreeSet<&str> = replay.differences.iter().map(|it| &*it.flag).collect();
    for flag in imported.flags.iter().filter(|flag| moved.contains(&*flag.key)) {
        let ImportVerdict::ExactIf(conditions) = &flag.verdict else { panic!("{}", flag.key) };
        assert!(conditions.iter().any(|condition| condition.contains("ASCII")), "{}", flag.key);
    }
    assert_eq!((replay.count, replay.differences.len()), (792, 2));
}

#[test]
fn every_decision_of_flagd_with_version_3_is_made_again() {
    let imported = imported("flagd", "v3", &vector("flagd.flags.json"));
    let replay = again(&imported, "flagd-v3.jsonl");
    assert_eq!(replay.differences, []);
    assert_eq!((replay.count, replay.left_out, replay.flags.len()), (792, 363, 13));
}

#[test]
fn every_decision_of_go_feature_flag_is_made_again() {
    let imported = imported("goff", "v1", &vector("goff.flags.json"));
    let replay = again(&imported, "goff.jsonl");
    assert_eq!(replay.differences, []);
    assert_eq!((replay.count, replay.left_out, replay.flags.len()), (1_683, 561, 22));
    insta::assert_snapshot!(refused(&imported), @r"
    g-33-33-33 6:84 the percentages add up to 99, and users are hashed by that sum
    g-sum-10 9:74 the percentages add up to 10, and users are hashed by that sum
    g-sum-200 10:75 the percentages add up to 200, and users are hashed by that sum
    g-progressive 24:87 a rollout that follows the clock cannot be said
    g-progressive-part 25:92 a rollout that follows the clock cannot be said
    ");
}
