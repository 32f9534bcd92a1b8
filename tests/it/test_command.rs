//! `flagstaff test`: its options, its formats, and what they are valid by. What it finds is in
//! `case`.

use std::{path::Path, process::Command};

use insta::assert_snapshot;

use crate::{
    harness::Flags,
    program::{run, said},
};

/// A flag with a test that passes, one that fails, one that is wrong, and a broken file.
fn mixed() -> Flags {
    Flags::with([
        (
            "flags/a.yaml",
            "flags:\n  checkout: { enabled: true, targeting_rules: [where: { plan: pro }] }\n",
        ),
        (
            "flags/a.test.yaml",
            "tests:\n  - { flag: checkout, name: a < b & \"c\", context: { plan: pro }, expect: { value: true } }\n  \
               - { flag: checkout, matrix: { plan: [pro, free] }, expect: { value: true } }\n  \
               - { flag: chekout, expect: { value: true } }\n",
        ),
        ("flags/b.test.yaml", "tests: [ { flag: checkout, expct: { value: true } } ]\n"),
    ])
}

/// The same with what changes from run to run, the time, taken out.
fn timeless(text: &str) -> String {
    let mut parts = text.split(" timestamp=\"");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |all, part| {
        let (time, rest) = part.split_once('"').unwrap();
        assert_eq!(time.len(), "2026-11-22T14:17:24".len());
        format!("{all} timestamp=\"…\"{rest}")
    })
}

#[test]
fn junit() {
    assert_snapshot!(timeless(&run(&mixed(), &["test", "--format", "junit"])), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites>
      <testsuite name="flags/a.test.yaml" package="flagstaff" id="0" timestamp="…" hostname="localhost" tests="4" failures="1" errors="1" time="0">
        <properties/>
        <testcase classname="chekout" name="unknown-flag at line 4" time="0">
          <error type="unknown-flag" message="there is no flag `chekout`">flags/a.test.yaml:4:13: there is no flag `chekout`
    did you mean `checkout`?</error>
        </testcase>
        <testcase classname="checkout" name="a &lt; b &amp; &quot;c&quot;" time="0"/>
        <testcase classname="checkout" name="test at line 3 [plan: &quot;pro&quot;]" time="0"/>
        <testcase classname="checkout" name="test at line 3 [plan: &quot;free&quot;]" time="0">
          <failure type="expectation" message="expected value true, got false">flags/a.test.yaml:3:7: expected value true, got false
    asked with {"plan": "free"}

    checkout is false                                  flags/a.yaml:2
    variant disabled, reason DEFAULT: no rule matched

    ✓ enabled
    ✗ rule `#1`                                        flags/a.yaml:2
      ✗ plan is pro · it is "free"                     flags/a.yaml:2
    → default: disabled
    </failure>
        </testcase>
        <system-out/>
        <system-err/>
      </testsuite>
      <testsuite name="flags/b.test.yaml" package="flagstaff" id="1" timestamp="…" hostname="localhost" tests="1" failures="0" errors="1" time="0">
        <properties/>
        <testcase classname="flagstaff" name="unknown-field at line 1" time="0">
          <error type="unknown-field" message="unknown field `expct` in a test">flags/b.test.yaml:1:28: unknown field `expct` in a test
    did you mean `expect`?</error>
        </testcase>
        <system-out/>
        <system-err/>
      </testsuite>
    </testsuites>
    --- exit 1
    "#);
}

#[test]
fn junit_of_definitions_with_errors() {
    let flags = mixed();
    flags.write("flags/a.yaml", "flags: { checkout: { enabled: 1 } }\n");
    assert_snapshot!(timeless(&run(&flags, &["test", "--format", "junit"])), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites>
      <testsuite name="flags/a.yaml" package="flagstaff" id="0" timestamp="…" hostname="localhost" tests="1" failures="0" errors="1" time="0">
        <properties/>
        <testcase classname="checkout" name="wrong-type at line 1" time="0">
          <error type="wrong-type" message="`enabled` must be `true` or `false`, this is the number `1`">flags/a.yaml:1:31: `enabled` must be `true` or `false`, this is the number `1`</error>
        </testcase>
        <system-out/>
        <system-err/>
      </testsuite>
    </testsuites>
    --- exit 1
    "#);
}

#[test]
fn options() {
    let flags = mixed();
    assert_snapshot!(run(&flags, &["test", "--filter", "a < b", "--exclude", "b.*"]), @r"
    1 test in 1 file: 1 passed, 0 failed
    --- exit 0
    ");
    assert_snapshot!(run(&flags, &["test", "--format", "sarif"]), @r"
    --- stderr
    error: invalid value 'sarif' for '--format <FORMAT>'
      [possible values: human, json, github, junit]

    For more information, try '--help'.
    --- exit 2
    ");
    assert_snapshot!(run(&flags, &["test", "-h"]), @r"
    Run the flag tests: `*.test.yaml` beside or below the flags

    Usage: flagstaff test [OPTIONS] [ROOT]...

    Arguments:
      [ROOT]...  Directories or files with definitions; layers, lowest first [env: FLAGSTAFF_ROOT]
                 [default: flags]

    Options:
          --exclude <GLOB>   Ignore files that match, by path inside the root (`drafts/**`) or by name;
                             repeatable [env: FLAGSTAFF_EXCLUDE]
          --filter <TEXT>    Run only the tests whose flag or name contains this text [env:
                             FLAGSTAFF_FILTER]
          --format <FORMAT>  How to show the results [env: FLAGSTAFF_TEST_FORMAT] [default: human]
                             [possible values: human, json, github, junit]
      -h, --help             Print help (see more with '--help')
    --- exit 0
    ");
}

/// The project's own flags pass their tests, in every layer, and the tests reach all of them.
#[test]
fn the_projects_own_flags() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = |roots: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flagstaff"));
        said(&command.arg("test").args(roots).current_dir(project).output().unwrap())
    };
    assert_snapshot!(run(&["flags"]), @r"
    55 tests in 5 files: 55 passed, 0 failed
    --- exit 0
    ");
    assert_snapshot!(run(&["flags", "deploy/environments/production"]), @r"
    60 tests in 6 files: 60 passed, 0 failed
    --- exit 0
    ");
}
