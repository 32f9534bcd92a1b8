//! What the action does in a pull request.

use std::{fs, path::Path};

use insta::assert_snapshot;

use crate::{
    harness::{Flags, git},
    job::Job,
};

/// From a quarter to half of the paying customers.
fn raise(flags: &Flags) {
    edit(
        &flags.path("origin/flags/checkout.yaml"),
        "rollout_percentage: 25",
        "rollout_percentage: 50",
    );
}

/// The test that says what is meant, with it.
fn raise_with_its_test(flags: &Flags) {
    raise(flags);
    let tests = flags.path("origin/flags/checkout.test.yaml");
    edit(&tests, "position: 24.999", "position: 49.999");
    edit(&tests, "position: 25\n", "position: 50\n");
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replace(from, to)).unwrap();
}

const REVIEW: [&str; 6] = ["install", "check", "test", "base", "diff", "comment"];

#[test]
fn a_change_and_its_test() {
    let mut job = Job::new(raise_with_its_test);
    job.check_out_merge();
    assert_snapshot!(job.run(&REVIEW), @r"
    == install
    --- exit 0
    == check
    2 flags in 1 file: no problems
    --- exit 0
    == test
    ::group::flag tests
    6 tests in 1 file: 6 passed, 0 failed
    ::endgroup::
    6 tests in 1 file: 6 passed, 0 failed
    --- exit 0
    == base
    --- exit 0
    == diff
    --- exit 0
    == comment
    --- exit 0
    ");
    let base = job.origin(&["rev-parse", "main"]);
    assert_eq!(job.values["steps.base.outputs.commit"], base);
    let merge = git(&job.place.path("work"), &["rev-parse", "--short=7", "HEAD"]);
    let comment = job.file("temp/flagstaff-comment.md");
    assert!(comment.starts_with("<!-- flagstaff "), "{comment}");
    let sides = format!("origin/main ({}) → HEAD ({merge})", &base[..7]);
    for part in [&*sides, "`new-checkout`", "rollout 25 % → 50 %"] {
        assert!(comment.contains(part), "{part} in {comment}");
    }
}

/// What `fail-on` names fails the job, after the comment was written.
#[test]
fn a_hazard() {
    let mut job = Job::new(|flags| {
        let path = flags.path("origin/flags/checkout.yaml");
        edit(&path, "  new-checkout:\n", "  newest-checkout:\n");
        edit(&flags.path("origin/flags/checkout.test.yaml"), "new-checkout", "newest-checkout");
    });
    job.check_out_merge();
    job.values.insert("inputs.fail-on".to_owned(), "renamed-without-salt".to_owned());
    assert_snapshot!(job.run(&["install", "test", "base", "diff", "comment", "hazards"]), @r"
    == install
    --- exit 0
    == test
    ::group::flag tests
    6 tests in 1 file: 6 passed, 0 failed
    ::endgroup::
    6 tests in 1 file: 6 passed, 0 failed
    --- exit 0
    == base
    --- exit 0
    == diff
    --- stderr
    error: `newest-checkout`: renamed-without-salt: users of `newest-checkout` are hashed with the new key, so other users get each variant than when it was called `new-checkout`
    --- exit 0
    == comment
    --- exit 0
    == hazards
    ::error::the change has a hazard that `fail-on` names (renamed-without-salt): see what it does
    --- exit 1
    ");
    assert_eq!(job.values["steps.diff.outputs.code"], "1");
}

/// A change of something else says nothing, and one of a comment in a file says that it is none.
#[test]
fn no_change_of_a_flag() {
    let mut job = Job::new(|flags| flags.write("origin/README.md", "Flags.\n"));
    job.check_out_merge();
    job.run(&REVIEW);
    assert_eq!(job.values["steps.diff.outputs.changed"], "false");
    let mut job = Job::new(|flags| {
        edit(&flags.path("origin/flags/checkout.yaml"), "# always on", "# the robot");
    });
    job.check_out_merge();
    job.run(&REVIEW);
    assert_eq!(job.values["steps.diff.outputs.changed"], "true");
    let comment = job.file("temp/flagstaff-comment.md");
    assert!(comment.contains("### No flag changes"), "{comment}");
}

#[test]
fn a_change_without_its_test() {
    let mut job = Job::new(raise);
    job.check_out_merge();
    assert_snapshot!(job.run(&["install", "check", "test"]), @r#"
    == install
    --- exit 0
    == check
    2 flags in 1 file: no problems
    --- exit 0
    == test
    ::error title=flag test failed,file=flags/checkout.test.yaml,line=14,endLine=14,col=5,endColumn=23::new-checkout: not the second quarter%0Aexpected value false, got true
    ::group::flag tests
    ✗ new-checkout: not the second quarter  flags/checkout.test.yaml:14
      expected value false, got true
      asked with {"plan": "pro"}

        new-checkout is true                                 flags/checkout.yaml:18
        variant enabled, reason SPLIT: decided by rule `#1`

        ✓ enabled
        ✗ users: nobody without a targeting key is listed
        ✓ rule `#1`                                          flags/checkout.yaml:23
          ✓ plan is pro · it is "pro"                        flags/checkout.yaml:24
          ✓ rollout: position 25 is below 50 %
          → enabled

    6 tests in 1 file: 5 passed, 1 failed
    ::endgroup::
    6 tests in 1 file: 5 passed, 1 failed
    --- exit 1
    "#);
}

#[test]
fn a_mistake() {
    let mut job = Job::new(|flags| {
        edit(&flags.path("origin/flags/checkout.yaml"), "rollout_percentage", "rolout_percentage");
    });
    job.check_out_merge();
    assert_snapshot!(job.run(&["install", "check"]), @r"
    == install
    --- exit 0
    == check
    ::error title=unknown-field,file=flags/checkout.yaml,line=25,endLine=25,col=5,endColumn=22::unknown field `rolout_percentage` in flag `new-checkout`%0Adid you mean `rollout_percentage`?
    2 flags in 1 file: 1 error
    --- exit 1
    ");
}

#[test]
fn inputs_reach_the_commands() {
    let mut job = Job::new(|flags| {
        flags.write(
            "origin/extra flags/a.yaml",
            "flags: { Odd Key: { enabled: true, owner: a } }\n",
        );
        flags.write("origin/extra flags/drafts/b.yaml", "flags: { draft: {\n");
    });
    job.check_out_merge();
    job.values.insert("inputs.roots".to_owned(), "flags\nextra flags\n".to_owned());
    job.values.insert("inputs.exclude".to_owned(), "drafts/**\n\nnothing like it\n".to_owned());
    assert_snapshot!(job.run(&["install", "check", "test"]), @r"
    == install
    --- exit 0
    == check
    ::warning title=unusual-key,file=extra flags/a.yaml,line=1,endLine=1,col=10,endColumn=17::key `Odd Key` has characters outside `A-Za-z0-9._/:-`, which need care in addresses and shells
    3 flags in 2 files: 1 warning
    --- exit 1
    == test
    ::group::flag tests
    no test asks for: Odd Key

    6 tests in 1 file: 6 passed, 0 failed
    ::endgroup::
    6 tests in 1 file: 6 passed, 0 failed
    --- exit 0
    ");
    job.values.insert("inputs.deny-warnings".to_owned(), "false".to_owned());
    assert_snapshot!(job.run(&["check"]), @r"
    == check
    ::warning title=unusual-key,file=extra flags/a.yaml,line=1,endLine=1,col=10,endColumn=17::key `Odd Key` has characters outside `A-Za-z0-9._/:-`, which need care in addresses and shells
    3 flags in 2 files: 1 warning
    --- exit 0
    ");
}

/// The head of the branch itself is checked out, and both sides have gone on since they parted.
#[test]
fn a_base_that_is_far_away() {
    let mut job = Job::after(40, raise_with_its_test);
    let parted = job.origin(&["rev-parse", "main"]);
    for number in 0..10 {
        job.commit(&format!("Something else, {number}"));
    }
    job.origin(&["checkout", "--quiet", "change"]);
    for number in 0..15 {
        job.commit(&format!("More of the change, {number}"));
    }
    let head = job.origin(&["rev-parse", "HEAD"]);
    job.origin(&["checkout", "--quiet", "main"]);
    job.check_out(&head);
    assert_snapshot!(job.run(&["install", "base", "diff"]), @r"
    == install
    --- exit 0
    == base
    --- exit 0
    == diff
    --- exit 0
    ");
    assert!(job.file("temp/flagstaff-diff.md").contains("rollout 25 % → 50 %"));
    assert_eq!(job.values["steps.base.outputs.commit"], parted);
    // As deep as it has to be, and no deeper.
    assert_eq!(git(&job.place.path("work"), &["rev-parse", "--is-shallow-repository"]), "true");
}

#[test]
fn a_whole_clone_and_a_base_that_is_none() {
    let mut job = Job::new(raise_with_its_test);
    let origin = job.place.path("origin").display().to_string();
    job.place.remove("work");
    git(job.place.root(), &["clone", "--quiet", "--branch", "change", &origin, "work"]);
    assert_snapshot!(job.run(&["install", "base", "diff"]), @r"
    == install
    --- exit 0
    == base
    --- exit 0
    == diff
    --- exit 0
    ");
    assert!(job.file("temp/flagstaff-diff.md").contains("rollout 25 % → 50 %"));
    assert_eq!(job.values["steps.base.outputs.commit"], job.origin(&["rev-parse", "main"]));
    job.origin(&["checkout", "--quiet", "--orphan", "elsewhere"]);
    job.commit("Nothing in common");
    job.values.insert("github.base_ref".to_owned(), "elsewhere".to_owned());
    assert_snapshot!(job.run(&["base"]), @r"
    == base
    ::error::the change has no commit in common with elsewhere that could be found
    --- exit 1
    ");
}

/// What one commenting does: the calls of `gh`, and what the summary of the job says.
fn commenting(arrange: impl Fn(&mut Job)) -> String {
    let mut job = Job::new(raise_with_its_test);
    job.check_out_merge();
    job.place.write("temp/flagstaff-diff.md", "What the change does.\n");
    job.values.insert("steps.diff.outputs.changed".to_owned(), "true".to_owned());
    arrange(&mut job);
    let said = job.step("comment");
    let (log, body) = (job.file("temp/gh.log"), job.file("temp/flagstaff-comment.md"));
    format!("{said}\n== gh\n{log}== comment\n{body}== summary\n{}", job.file("temp/summary"))
}

#[test]
fn the_comment() {
    assert_snapshot!(commenting(|_| ()), @r#"
    --- exit 0
    == gh
    gh pr view 17 --repo shop/flags --json comments --jq [.comments[] | select(.viewerDidAuthor)
        | select(.body | startswith("<!-- flagstaff 2cdfa7242003 -->")) | .url][0] // empty
    gh pr comment 17 --repo shop/flags --body-file TEMP/flagstaff-comment.md
    == comment
    <!-- flagstaff 2cdfa7242003 -->
    What the change does.
    == summary
    "#);
    // The second time, it is the same one.
    let url = "https://github.com/shop/flags/pull/17#issuecomment-2718\n";
    assert_snapshot!(commenting(|job| job.place.write("temp/gh.answer", url)), @r#"
    --- exit 0
    == gh
    gh pr view 17 --repo shop/flags --json comments --jq [.comments[] | select(.viewerDidAuthor)
        | select(.body | startswith("<!-- flagstaff 2cdfa7242003 -->")) | .url][0] // empty
    gh api --method PATCH --silent --field body=@TEMP/flagstaff-comment.md repos/shop/flags/issues/comments/2718
    == comment
    <!-- flagstaff 2cdfa7242003 -->
    What the change does.
    == summary
    "#);
    // What has been said is not left standing when the change is taken back.
    let nothing = |job: &mut Job| {
        job.values.insert("steps.diff.outputs.changed".to_owned(), "false".to_owned());
    };
    assert_snapshot!(commenting(nothing), @r#"
    --- exit 0
    == gh
    gh pr view 17 --repo shop/flags --json comments --jq [.comments[] | select(.viewerDidAuthor)
        | select(.body | startswith("<!-- flagstaff 2cdfa7242003 -->")) | .url][0] // empty
    == comment
    <!-- flagstaff 2cdfa7242003 -->
    What the change does.
    == summary
    "#);
}

#[test]
fn the_summary_where_there_can_be_no_comment() {
    let fork = |job: &mut Job| {
        let name = "github.event.pull_request.head.repo.full_name";
        job.values.insert(name.to_owned(), "somebody/flags".to_owned());
    };
    assert_snapshot!(commenting(fork), @r"
    --- exit 0
    == gh
    == comment
    <!-- flagstaff 2cdfa7242003 -->
    What the change does.
    == summary
    What the change does.
    ");
    let refused = |job: &mut Job| job.place.write("temp/gh.refuses", "");
    assert_snapshot!(commenting(refused), @r#"
    ::notice::the token may not comment (it needs `pull-requests: write`): what the change does is in the summary of the job
    --- stderr
    HTTP 403
    --- exit 0
    == gh
    gh pr view 17 --repo shop/flags --json comments --jq [.comments[] | select(.viewerDidAuthor)
        | select(.body | startswith("<!-- flagstaff 2cdfa7242003 -->")) | .url][0] // empty
    gh pr comment 17 --repo shop/flags --body-file TEMP/flagstaff-comment.md
    == comment
    <!-- flagstaff 2cdfa7242003 -->
    What the change does.
    == summary
    What the change does.
    "#);
    let unwanted = |job: &mut Job| {
        job.values.insert("inputs.comment".to_owned(), "false".to_owned());
    };
    assert_snapshot!(commenting(unwanted), @r"
    --- exit 0
    == gh
    == comment
    <!-- flagstaff 2cdfa7242003 -->
    What the change does.
    == summary
    What the change does.
    ");
}
