//! `flagstaff new`.

use std::fs;

use insta::assert_snapshot;

use crate::{harness::Flags, program::run};

/// What it says, the file that it wrote, and what `check` says of that.
fn written(arguments: &[&str], file: &str) -> String {
    let flags = Flags::new();
    let said = run(&flags, &[&["new"], arguments].concat());
    let text = fs::read_to_string(flags.path(file)).unwrap();
    let check = run(&flags, &["check", "--deny-warnings"]);
    format!("{said}\n--- {file}\n{text}--- check\n{check}")
}

#[test]
fn a_flag_that_is_off() {
    assert_snapshot!(written(&["new-checkout"], "flags/new-checkout.yaml"), @r"
    wrote flags/new-checkout.yaml
    --- stderr
    note: editors complete and explain flags once the schema is there: `mkdir -p schema && flagstaff schema > schema/flags.schema.json`
    --- exit 0
    --- flags/new-checkout.yaml
    # yaml-language-server: $schema=../schema/flags.schema.json
    flags:
      new-checkout:
        enabled: false
    --- check
    1 flag in 1 file: no problems
    --- exit 0
    ");
}

#[test]
fn flags_that_are_on() {
    let arguments = ["new-checkout", "--enable", "--rollout", "12.5"];
    assert_snapshot!(written(&arguments, "flags/new-checkout.yaml"), @r"
    wrote flags/new-checkout.yaml
    --- stderr
    note: editors complete and explain flags once the schema is there: `mkdir -p schema && flagstaff schema > schema/flags.schema.json`
    --- exit 0
    --- flags/new-checkout.yaml
    # yaml-language-server: $schema=../schema/flags.schema.json
    flags:
      new-checkout:
        enabled: true
        rollout_percentage: 12.5
    --- check
    1 flag in 1 file: no problems
    --- exit 0
    ");
    assert_snapshot!(written(&["toolbar", "--staff-only"], "flags/toolbar.yaml"), @r"
    wrote flags/toolbar.yaml
    --- stderr
    note: editors complete and explain flags once the schema is there: `mkdir -p schema && flagstaff schema > schema/flags.schema.json`
    --- exit 0
    --- flags/toolbar.yaml
    # yaml-language-server: $schema=../schema/flags.schema.json
    flags:
      toolbar:
        enabled: true
        staff_only: true
    --- check
    1 flag in 1 file: no problems
    --- exit 0
    ");
}

#[test]
fn every_key_gets_a_file_that_is_read() {
    let keys = [
        "checkout/express",
        "checkout-express",
        "search:beta",
        ".hidden",
        "-dash",
        "a.test",
        "kustomization",
        "true",
        "1.0",
        "null",
        "NO",
        "0x1F",
        "x..y",
        "_",
    ];
    let flags = Flags::new();
    assert_snapshot!(run(&flags, &[&["new", "--"], &keys[..]].concat()), @r"
    wrote flags/checkout-express.yaml
    wrote flags/checkout-express-2.yaml
    wrote flags/search-beta.yaml
    wrote flags/flag.hidden.yaml
    wrote flags/flag-dash.yaml
    wrote flags/a.test-flag.yaml
    wrote flags/kustomization-flag.yaml
    wrote flags/true.yaml
    wrote flags/1.0.yaml
    wrote flags/null.yaml
    wrote flags/NO.yaml
    wrote flags/0x1F.yaml
    wrote flags/x..y.yaml
    wrote flags/_.yaml
    --- stderr
    note: editors complete and explain flags once the schema is there: `mkdir -p schema && flagstaff schema > schema/flags.schema.json`
    --- exit 0
    ");
    assert_snapshot!(run(&flags, &["check", "--deny-warnings"]), @r"
    14 flags in 14 files: no problems
    --- exit 0
    ");
    for key in keys {
        let answer = run(&flags, &["eval", "--", key]);
        assert!(
            answer.starts_with(&format!("{{\"key\":\"{key}\",\"reason\":\"DISABLED\"")),
            "{answer}"
        );
    }
}

#[test]
fn nothing_is_overwritten() {
    let text = "flags:\n  other: { enabled: true }\n";
    let flags = Flags::with([
        ("flags/teams/a.yaml", text),
        ("flags/mine.yaml", text.replace("other", "there").as_str()),
    ]);
    assert_snapshot!(run(&flags, &["new", "other", "mine", "mine"]), @r"
    left alone: `other` is defined in flags/teams/a.yaml already
    wrote flags/mine-2.yaml
    left alone: `mine` is defined in flags/mine-2.yaml already
    --- stderr
    note: editors complete and explain flags once the schema is there: `mkdir -p schema && flagstaff schema > schema/flags.schema.json`
    --- exit 0
    ");
    assert_snapshot!(run(&flags, &["new", "mine", "--enable"]), @r"
    left alone: `mine` is defined in flags/mine-2.yaml already
    --- exit 0
    ");
    assert_eq!(fs::read_to_string(flags.path("flags/teams/a.yaml")).unwrap(), text);
    assert_snapshot!(run(&flags, &["check", "--deny-warnings"]), @r"
    3 flags in 3 files: no problems
    --- exit 0
    ");
}

#[test]
fn keys_that_are_refused() {
    let flags = Flags::with([("flags/a.yaml", "flags:\n  One: { enabled: true }\n")]);
    let refused = |key: &str| run(&flags, &["new", "--", "fine", key]);
    for key in ["", ".", "..", "/a", "a/", "a\nb", "a b", "é", "one", "FINE", &"k".repeat(151)] {
        let said = refused(key);
        assert!(said.ends_with("--- exit 2"), "{key}: {said}");
    }
    assert_snapshot!(refused("a/"), @r"
    --- stderr
    error: `a/` cannot be a flag key: it begins or ends with `/`
    --- exit 2
    ");
    assert_snapshot!(refused("a\u{1b}b"), @r#"
    --- stderr
    error: `a\u{1b}b` cannot be a flag key: it has a control character
    --- exit 2
    "#);
    assert_snapshot!(refused("a b"), @r"
    --- stderr
    error: `a b` has characters outside `A-Za-z0-9._/:-`, which need care in addresses and shells
    --- exit 2
    ");
    assert_snapshot!(refused("one"), @r"
    --- stderr
    error: `one` and the flag `One` differ only in case
    --- exit 2
    ");
    assert!(!flags.path("flags/fine.yaml").exists());
}

#[test]
fn bad_options() {
    let flags = Flags::with([("flags/a.yaml", "flags: [\n"), ("file", "")]);
    assert_snapshot!(run(&flags, &["new"]), @r"
    --- stderr
    error: the following required arguments were not provided:
      <KEY>...

    Usage: flagstaff new <KEY>...

    For more information, try '--help'.
    --- exit 2
    ");
    assert_snapshot!(run(&flags, &["new", "a", "--rollout", "101"]), @r"
    --- stderr
    error: invalid value '101' for '--rollout <PERCENTAGE>': expected a number from 0 to 100

    For more information, try '--help'.
    --- exit 2
    ");
    assert_snapshot!(run(&flags, &["new", "a", "--rollout", "0.0001"]), @r"
    --- stderr
    error: invalid value '0.0001' for '--rollout <PERCENTAGE>': percentages go down to thousandths (0.001)

    For more information, try '--help'.
    --- exit 2
    ");
    assert_snapshot!(run(&flags, &["new", "a", "--rollout", "5", "--staff-only"]), @r"
    --- stderr
    error: the argument '--rollout <PERCENTAGE>' cannot be used with '--staff-only'

    Usage: flagstaff new --rollout <PERCENTAGE> <KEY>...

    For more information, try '--help'.
    --- exit 2
    ");
    assert_snapshot!(run(&flags, &["new", "a", "--root", "file"]), @r"
    --- stderr
    error: `file` is a file: expected a directory to write to
    --- exit 2
    ");
    assert_snapshot!(run(&flags, &["new", "a"]), @r"
    --- stderr
    error: `flags/a.yaml` cannot be read, so nobody can say which flags are defined already
    help: `flagstaff check flags` says why
    --- exit 2
    ");
}

#[test]
fn the_schema_is_found_above_the_root() {
    let flags = Flags::with([("schema/flags.schema.json", "{}")]);
    let arguments = ["new", "a", "--root", "deploy/production", "--enable"];
    assert_snapshot!(run(&flags, &arguments), @r"
    wrote deploy/production/a.yaml
    --- exit 0
    ");
    assert_snapshot!(fs::read_to_string(flags.path("deploy/production/a.yaml")).unwrap(), @r"
    # yaml-language-server: $schema=../../schema/flags.schema.json
    flags:
      a:
        enabled: true
    ");
}
