//! `flagstaff init`.

use std::fs;

use insta::assert_snapshot;

use crate::{harness::Flags, program::run};

#[test]
fn an_empty_directory() {
    let flags = Flags::new();
    assert_snapshot!(run(&flags, &["init"]), @r"
    wrote flags/checkout.yaml
    wrote flags/checkout.test.yaml
    wrote schema/flags.schema.json
    wrote schema/tests.schema.json
    wrote .github/workflows/flagstaff.yml
    wrote .pre-commit-config.yaml

    next:
      flagstaff check --deny-warnings   # every mistake, with its place
      flagstaff test                    # what the flags are meant to do
      flagstaff serve                   # picks up edits within a second
      git init
      git add . && git commit -m 'Feature flags'

    In `.github/workflows/flagstaff.yml`, write the address of your copy of flagstaff in place of `OWNER/flagstaff`.
    --- exit 0
    ");
    assert_snapshot!(run(&flags, &["check", "--deny-warnings"]), @r"
    2 flags in 1 file: no problems
    --- exit 0
    ");
    assert_snapshot!(run(&flags, &["test"]), @r"
    6 tests in 1 file: 6 passed, 0 failed
    --- exit 0
    ");
}

#[test]
fn a_second_time() {
    let flags = Flags::new();
    run(&flags, &["init"]);
    flags.write("flags/checkout.yaml", "flags: { mine: { enabled: true } }\n");
    flags.remove("schema/tests.schema.json");
    flags.write(".github/workflows/flagstaff.yml", "on: push\n");
    flags.write(".pre-commit-config.yaml", "repos: []\n");
    fs::create_dir(flags.path(".git")).unwrap();
    assert_snapshot!(run(&flags, &["init"]), @r"
    left alone: `flags` has definitions already, so there is no example
    left alone: `schema/flags.schema.json` is there already, just as it would be written
    wrote schema/tests.schema.json
    left alone: `.github/workflows/flagstaff.yml` is there already, so pull requests are checked as it says, perhaps without flagstaff
    left alone: `.pre-commit-config.yaml` is there already, so flags are checked before a commit only if it has the hooks for that; `flagstaff init` in an empty directory shows them

    next:
      flagstaff check --deny-warnings   # every mistake, with its place
      flagstaff test                    # what the flags are meant to do
      flagstaff serve                   # picks up edits within a second
      git add . && git commit -m 'Feature flags'
    --- exit 0
    ");
    let text = fs::read_to_string(flags.path("flags/checkout.yaml")).unwrap();
    assert_eq!(text, "flags: { mine: { enabled: true } }\n");
}

#[test]
fn a_schema_of_another_version() {
    let flags = Flags::with([("shop/schema/flags.schema.json", "{}"), ("shop/README.md", "mine")]);
    let said = run(&flags, &["init", "shop"]);
    let expected = "left alone: `shop/schema/flags.schema.json` is there already, so editors \
                    complete by that one, which is of another version of flagstaff; `flagstaff \
                    schema flags > shop/schema/flags.schema.json` writes this one's\n";
    assert!(said.contains(expected), "{said}");
    assert!(said.contains("wrote shop/flags/checkout.yaml\n"), "{said}");
    assert_eq!(fs::read_to_string(flags.path("shop/schema/flags.schema.json")).unwrap(), "{}");
}

#[test]
fn another_directory_and_the_address_of_the_action() {
    let flags = Flags::new();
    let arguments = ["init", "shop/flags-of-ours", "--action", "shop/flagstaff@v1.2"];
    assert_snapshot!(run(&flags, &arguments), @r"
    wrote shop/flags-of-ours/flags/checkout.yaml
    wrote shop/flags-of-ours/flags/checkout.test.yaml
    wrote shop/flags-of-ours/schema/flags.schema.json
    wrote shop/flags-of-ours/schema/tests.schema.json
    wrote shop/flags-of-ours/.github/workflows/flagstaff.yml
    wrote shop/flags-of-ours/.pre-commit-config.yaml

    next:
      cd shop/flags-of-ours
      flagstaff check --deny-warnings   # every mistake, with its place
      flagstaff test                    # what the flags are meant to do
      flagstaff serve                   # picks up edits within a second
      git init
      git add . && git commit -m 'Feature flags'
    --- exit 0
    ");
    let workflow = flags.path("shop/flags-of-ours/.github/workflows/flagstaff.yml");
    assert!(fs::read_to_string(workflow).unwrap().contains("- uses: shop/flagstaff@v1.2\n"));
    assert_snapshot!(run(&flags, &["init", "--action", "flagstaff"]), @r"
    --- stderr
    error: invalid value 'flagstaff' for '--action <OWNER/REPOSITORY@REF>': expected OWNER/REPOSITORY@REF

    For more information, try '--help'.
    --- exit 2
    ");
}

#[test]
fn what_cannot_be_written() {
    let flags = Flags::with([("flags", "a file"), ("other/schema", "a file")]);
    assert_snapshot!(run(&flags, &["init"]), @r"
    left alone: `flags` has definitions already, so there is no example
    wrote schema/flags.schema.json
    wrote schema/tests.schema.json
    wrote .github/workflows/flagstaff.yml
    wrote .pre-commit-config.yaml

    next:
      flagstaff check --deny-warnings   # every mistake, with its place
      flagstaff serve                   # picks up edits within a second
      git init
      git add . && git commit -m 'Feature flags'

    There are no flag tests yet (`*.test.yaml`), and `flagstaff test` fails without one; the workflow and the hooks run it. Write one, or take it out there.

    In `.github/workflows/flagstaff.yml`, write the address of your copy of flagstaff in place of `OWNER/flagstaff`.
    --- exit 0
    ");
    assert_snapshot!(run(&flags, &["init", "other"]), @r"
    --- stderr
    error: cannot write to `other/schema/flags.schema.json`: File exists (os error 17)
    --- exit 2
    ");
    flags.link("linked/flags/gone.yaml", "../nowhere.yaml");
    assert_snapshot!(run(&flags, &["init", "linked"]), @r"
    --- stderr
    error: `linked/flags/gone.yaml` is a symbolic link to `../nowhere.yaml`, which does not exist
    --- exit 2
    ");
}

/// The schemas that it writes are those of the program, and the files name them.
#[test]
fn editors_find_the_schemas() {
    let flags = Flags::new();
    run(&flags, &["init"]);
    for (kind, path) in [("flags", "flags/checkout.yaml"), ("tests", "flags/checkout.test.yaml")] {
        let first = fs::read_to_string(flags.path(path)).unwrap();
        let first = first.lines().next().unwrap();
        let named = first.strip_prefix("# yaml-language-server: $schema=../").unwrap();
        let schema = fs::read_to_string(flags.path(named)).unwrap();
        assert_eq!(run(&flags, &["schema", kind]), format!("{schema}--- exit 0"));
    }
}
