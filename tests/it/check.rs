//! `flagstaff check`.

use std::process::Stdio;

use insta::assert_snapshot;

use crate::{
    harness::Flags,
    program::{command, run, said},
};

const GOOD: &str = "\
attributes:
  country: { type: string }
flags:
  new-checkout:
    enabled: true
    targeting_rules:
      - where: { country: [NL, BE] }
    rollout_percentage: 25
";

#[test]
fn definitions_without_problems() {
    let flags = Flags::with([("flags/checkout.yaml", GOOD)]);
    assert_snapshot!(run(&flags, &["check"]), @r"
    1 flag in 1 file: no problems
    --- exit 0
    ");
}

#[test]
fn every_problem_with_its_place() {
    let flags = Flags::with([
        (
            "flags/a.yaml",
            "flags:\n  one:\n    enabled: true\n    owner: team-a\n    expires: 2026-02-30\n",
        ),
        (
            "flags/teams/b.yaml",
            "flags:\n  two: { enabled: true, targeting_rules: [segment: benlux] }\n  one: { enabled: false }\n",
        ),
        ("flags/segments.yaml", "segments:\n  benelux:\n    - where: { country: NL }\n"),
    ]);
    assert_snapshot!(run(&flags, &["check", "flags"]), @r"
    error[bad-date]: `2026-02-30` is not a day such as `2027-03-31`
     --> flags/a.yaml:5:14
      |
    5 |     expires: 2026-02-30
      |              ^^^^^^^^^^

    error[unknown-segment]: there is no segment `benlux`
     --> flags/teams/b.yaml:2:52
      |
    2 |   two: { enabled: true, targeting_rules: [segment: benlux] }
      |                                                    ^^^^^^
      |
      = help: did you mean `benelux`?

    error[duplicate-flag]: flag `one` is defined twice; only a later root may change it
     --> flags/teams/b.yaml:3:3
      |
    3 |   one: { enabled: false }
      |   ^^^
      |
     ::: flags/a.yaml:2:3
      |
    2 |   one:
      |   --- first defined here

    more about a rule: `flagstaff explain bad-date`
    2 flags in 3 files: 3 errors
    --- exit 1
    ");
}

#[test]
fn warnings_fail_when_they_are_denied() {
    let flags = Flags::with([("flags/a.yaml", "flags:\n  one: { rollout_percentage: 5 }\n")]);
    assert_snapshot!(run(&flags, &["check"]), @r"
    warning[enabled-not-stated]: flag `one` nowhere says `enabled`, so it is off; say so
     --> flags/a.yaml:2:3
      |
    2 |   one: { rollout_percentage: 5 }
      |   ^^^
      |
      = help: did you mean `enabled: false`?

    more about a rule: `flagstaff explain enabled-not-stated`
    1 flag in 1 file: 1 warning
    --- exit 0
    ");
    let denied = run(&flags, &["check", "--deny-warnings"]);
    assert!(denied.ends_with("--- exit 1"), "{denied}");
    let denied = command(&flags, &["check"]).env("FLAGSTAFF_DENY_WARNINGS", "1").output().unwrap();
    assert_eq!(denied.status.code(), Some(1));
}

#[test]
fn what_is_meant_is_allowed() {
    let flags = Flags::with([("flags/a.yaml", "flags:\n  one: { rollout_percentage: 5 }\n")]);
    assert_snapshot!(run(&flags, &["check", "--deny-warnings", "--allow", "enabled-not-stated"]), @r"
    1 flag in 1 file: no problems
    --- exit 0
    ");
    let environment = "unusual-key,enabled-not-stated";
    let mut command = command(&flags, &["check", "--deny-warnings"]);
    let allowed = command.env("FLAGSTAFF_ALLOW", environment).output().unwrap();
    assert_eq!(allowed.status.code(), Some(0));
    assert_snapshot!(run(&flags, &["check", "--allow", "enabled-not-state"]), @r"
    --- stderr
    error: invalid value 'enabled-not-state' for '--allow <RULE>': there is no warning or note `enabled-not-state`; did you mean `enabled-not-stated`?

    For more information, try '--help'.
    --- exit 2
    ");
    assert_snapshot!(run(&flags, &["check", "--allow", "unknown-field"]), @r"
    --- stderr
    error: invalid value 'unknown-field' for '--allow <RULE>': `unknown-field` is an error, and errors cannot be allowed

    For more information, try '--help'.
    --- exit 2
    ");
}

#[test]
fn the_day_decides_what_has_expired() {
    let text = "flags:\n  one: { enabled: true, expires: 2026-11-21 }\n";
    let flags = Flags::with([("flags/a.yaml", text)]);
    assert_snapshot!(run(&flags, &["check", "--at", "2026-11-22"]), @r"
    note[expired]: flag `one` expired on 2026-11-21, today is 2026-11-22; remove it, or move the day
     --> flags/a.yaml:2:34
      |
    2 |   one: { enabled: true, expires: 2026-11-21 }
      |                                  ^^^^^^^^^^

    more about a rule: `flagstaff explain expired`
    1 flag in 1 file: no problems, 1 note
    --- exit 0
    ");
    assert_snapshot!(run(&flags, &["check", "--at", "2026-11-21", "--deny-warnings"]), @r"
    1 flag in 1 file: no problems
    --- exit 0
    ");
    assert_snapshot!(run(&flags, &["check", "--at", "tomorrow"]), @r"
    --- stderr
    error: invalid value 'tomorrow' for '--at <DATE>': expected a day such as 2027-03-31

    For more information, try '--help'.
    --- exit 2
    ");
}

#[test]
fn roots_that_cannot_be_checked() {
    let flags = Flags::with([("empty/README.md", "")]);
    assert_snapshot!(run(&flags, &["check"]), @r"
    --- stderr
    error: `flags` does not exist
    help: name the directory that has your flags, or begin with `flagstaff new my-flag`
    --- exit 2
    ");
    assert_snapshot!(run(&flags, &["check", "empty"]), @r"
    --- stderr
    error: `empty` has no definitions: expected `*.yaml`, `*.yml` or `*.json` in it
    help: name the directory that has your flags, or begin with `flagstaff new my-flag`
    --- exit 2
    ");
    assert_snapshot!(run(&flags, &["check", "empty", "--format", "yaml"]), @r"
    --- stderr
    error: invalid value 'yaml' for '--format <FORMAT>'
      [possible values: human, json, github, sarif]

    For more information, try '--help'.
    --- exit 2
    ");
}

#[test]
fn layers_in_their_order() {
    let flags = Flags::with([
        ("base/a.yaml", GOOD),
        ("production/a.yaml", "flags:\n  new-chekout: { rollout_percentage: 50 }\n"),
    ]);
    assert_snapshot!(run(&flags, &["check", "base", "production"]), @r"
    error[patch-of-unknown-flag]: no lower root defines flag `new-chekout`; to add a flag here, state `enabled`
     --> production/a.yaml:2:3
      |
    2 |   new-chekout: { rollout_percentage: 50 }
      |   ^^^^^^^^^^^
      |
      = help: did you mean `new-checkout`?

    more about a rule: `flagstaff explain patch-of-unknown-flag`
    2 flags in 2 files: 1 error
    --- exit 1
    ");
    let output = command(&flags, &["check"]).env("FLAGSTAFF_ROOT", "base,production").output();
    assert_eq!(said(&output.unwrap()), run(&flags, &["check", "base", "production"]));
}

#[test]
fn what_is_excluded_is_not_looked_at() {
    let flags = Flags::with([("flags/a.yaml", GOOD), ("flags/drafts/b.yaml", "flags: [")]);
    assert_snapshot!(run(&flags, &["check", "--exclude", "drafts"]), @r"
    1 flag in 1 file: no problems
    --- exit 0
    ");
    assert_snapshot!(run(&flags, &["check", "--exclude", "[b-a]"]), @r"
    --- stderr
    error: invalid value '[b-a]' for '--exclude <GLOB>': `[b-a]` has a range in `[…]` that ends before it begins

    For more information, try '--help'.
    --- exit 2
    ");
}

#[test]
fn many_problems_are_cut_short_with_the_worst_shown() {
    let flags: String =
        (0..150).map(|n| format!("  f{n:03}: {{ rollout_percentage: 5 }}\n")).collect();
    let last = "  last: { enabled: true, salt: 5 }\n";
    let flags = Flags::with([("flags/a.yaml", &*format!("flags:\n{flags}{last}"))]);
    let said = run(&flags, &["check"]);
    assert_eq!(said.matches("warning[enabled-not-stated]").count(), 99);
    assert!(said.contains("flags/a.yaml:152:"), "{said}");
    let end = said.split_once("\n… ").unwrap().1;
    assert_snapshot!(end, @r"
    and 51 more, none of them worse

    more about a rule: `flagstaff explain enabled-not-stated`
    151 flags in 1 file: 1 error, 150 warnings
    --- exit 1
    ");
}

#[test]
fn whoever_reads_may_stop() {
    let flags: String = (0..5000).map(|n| format!("  f{n:04}: {{}}\n")).collect();
    let flags = Flags::with([("flags/a.yaml", &*format!("flags:\n{flags}"))]);
    let mut command = command(&flags, &["check", "--format", "json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_snapshot!(said(&child.wait_with_output().unwrap()), @"--- exit 0");
}

#[test]
fn the_command_line_explains_itself() {
    let flags = Flags::new();
    assert_snapshot!(run(&flags, &[]), @r#"
    --- stderr
    Feature flags as YAML files in git: checked in the pull request, served over HTTP

    Usage: flagstaff <COMMAND>

    Commands:
      serve     Serve evaluations over HTTP and follow every change of the definitions
      check     Validate definitions: every mistake, with its place and what you probably meant
      diff      Say what a change does, and which users it affects, before you merge it
      test      Run the flag tests: `*.test.yaml` beside or below the flags
      eval      Evaluate one flag as the daemon would, and explain the answer
      explain   Explain a diagnostic or hazard, with a bad and a good example
      init      Write a starter repository: flags, their tests, and a workflow
      new       Write new flag files; never overwrite one
      import    Bring flags over from another system, so that nobody gets another variant
      schema    Print the JSON schema of a definition file or a flag test, for editors
      manifest  Print the manifest from which OpenFeature's command line makes typed accessors
      health    Ask a running daemon whether it is ready
      help      Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Examples:
      flagstaff new new-checkout --rollout 25
      flagstaff check
      flagstaff eval new-checkout --context '{"targetingKey": "u-1"}' --explain
      flagstaff serve flags deploy/environments/production

    You can set most options by environment variables, too (FLAGSTAFF_…; separate several values by
    commas; an empty one counts as not set).
    Exit codes: 0 fine, 1 a problem was found, 2 could not run.
    --- exit 2
    "#);
    assert_snapshot!(run(&flags, &["chekc"]), @r"
    --- stderr
    error: unrecognized subcommand 'chekc'

      tip: some similar subcommands exist: 'schema', 'check'

    Usage: flagstaff <COMMAND>

    For more information, try '--help'.
    --- exit 2
    ");
    assert_snapshot!(run(&flags, &["check", "-h"]), @r"
    Validate definitions: every mistake, with its place and what you probably meant

    Usage: flagstaff check [OPTIONS] [ROOT]...

    Arguments:
      [ROOT]...  Directories or files with definitions; layers, lowest first [env: FLAGSTAFF_ROOT]
                 [default: flags]

    Options:
          --exclude <GLOB>   Ignore files that match, by path inside the root (`drafts/**`) or by name;
                             repeatable [env: FLAGSTAFF_EXCLUDE]
          --format <FORMAT>  How to show the findings [env: FLAGSTAFF_FORMAT] [default: human] [possible
                             values: human, json, github, sarif]
          --deny-warnings    Fail on warnings, too [env: FLAGSTAFF_DENY_WARNINGS]
          --allow <RULE>     Ignore a warning or note that you mean, by its id; repeatable [env:
                             FLAGSTAFF_ALLOW]
          --at <DATE>        The day on which to judge `expires`; today in UTC by default [env:
                             FLAGSTAFF_AT]
      -h, --help             Print help (see more with '--help')

    Examples:
      flagstaff check
      flagstaff check flags deploy/environments/production --deny-warnings
      flagstaff check --format github

    The exit code is 1 if there are errors, or warnings with `--deny-warnings`. `flagstaff explain RULE`
    explains the id in brackets. What you mean, `--allow RULE` ignores everywhere, and `allow: [RULE]`
    in a flag ignores there.
    --- exit 0
    ");
    assert_snapshot!(run(&flags, &["check", "--deny-warning"]), @r"
    --- stderr
    error: unexpected argument '--deny-warning' found

      tip: a similar argument exists: '--deny-warnings'

    Usage: flagstaff check --deny-warnings [ROOT]...

    For more information, try '--help'.
    --- exit 2
    ");
    assert_snapshot!(run(&flags, &["--version"]), @r"
    flagstaff 0.1.0
    --- exit 0
    ");
}
