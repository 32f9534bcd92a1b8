//! The action, the workflows and the hooks: their steps are read from the files and run, in a
//! repository made for it, as GitHub would run them.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use insta::assert_snapshot;
use serde_yaml::Value;

use crate::{
    harness::{Flags, git},
    program::said,
};

/// A pull request of which the merge is checked out, and the job that looks at it.
struct Job {
    /// `origin` that it comes from, `work` that is checked out, and what GitHub gives a job.
    place: Flags,
    steps: Vec<Value>,
    /// What an expression in the action stands for.
    values: BTreeMap<String, String>,
}

/// The comments that are there: what the stub of `gh` answers with, and whether it refuses.
const GH: &str = r#"#!/bin/bash
echo "gh $*" | sed "s#$RUNNER_TEMP#TEMP#" >>"$RUNNER_TEMP/gh.log"
case "$1 $2" in
  "pr view") cat "$RUNNER_TEMP/gh.answer" 2>/dev/null || true ;;
  *) [ ! -e "$RUNNER_TEMP/gh.refuses" ] || { echo "HTTP 403" >&2; exit 1; } ;;
esac
"#;

impl Job {
    /// A job for a branch off a starter repository, on which `change` has been done.
    fn new(change: impl Fn(&Flags)) -> Self {
        Self::after(1, change)
    }

    /// The same where so many commits came before.
    fn after(commits: usize, change: impl Fn(&Flags)) -> Self {
        let place = Flags::new();
        for directory in ["origin", "work", "temp", "stubs"] {
            fs::create_dir(place.path(directory)).unwrap();
        }
        let job = Self { place, steps: steps(), values: values() };
        job.executable("stubs/gh", GH);
        job.flagstaff(&["init", "origin"]);
        job.origin(&["init", "--quiet", "--initial-branch=main"]);
        // As GitHub does.
        job.origin(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        for number in 0..commits {
            job.commit(&format!("Feature flags, {number}"));
        }
        job.origin(&["checkout", "--quiet", "-b", "change"]);
        change(&job.place);
        job.commit("A change");
        job.origin(&["checkout", "--quiet", "main"]);
        job
    }

    fn origin(&self, arguments: &[&str]) -> String {
        git(&self.place.path("origin"), arguments)
    }

    fn commit(&self, message: &str) {
        self.origin(&["add", "--all"]);
        self.origin(&["commit", "--quiet", "--allow-empty", "--message", message]);
    }

    /// Checks out one commit as `actions/checkout` does: as shallow as can be.
    fn check_out(&self, commit: &str) {
        let work = self.place.path("work");
        let origin = format!("file://{}", self.place.path("origin").display());
        git(&work, &["init", "--quiet"]);
        git(&work, &["remote", "add", "origin", &origin]);
        git(&work, &["fetch", "--quiet", "--no-tags", "--depth=1", "origin", commit]);
        git(&work, &["checkout", "--quiet", "--detach", "FETCH_HEAD"]);
    }

    /// Merges the branch in `origin`, as GitHub does for a pull request, and checks that out.
    fn check_out_merge(&self) {
        self.origin(&["checkout", "--quiet", "--detach", "main"]);
        self.origin(&["merge", "--quiet", "--no-ff", "--message", "Merge", "change"]);
        let merge = self.origin(&["rev-parse", "HEAD"]);
        self.origin(&["checkout", "--quiet", "main"]);
        self.check_out(&merge);
    }

    fn flagstaff(&self, arguments: &[&str]) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flagstaff"));
        let status = command.args(arguments).current_dir(self.place.root()).output().unwrap();
        assert!(status.status.success());
    }

    fn executable(&self, name: &str, text: &str) {
        self.place.write(name, text);
        fs::set_permissions(self.place.path(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.place.path(name)).unwrap_or_default()
    }

    /// Runs some steps, and says all that can be seen of them.
    fn run(&mut self, ids: &[&str]) -> String {
        ids.iter().fold(String::new(), |mut text, id| {
            writeln!(text, "== {id}\n{}", self.step(id)).unwrap();
            text
        })
    }

    fn step(&mut self, id: &str) -> String {
        let step = self.steps.iter().find(|step| step["id"] == id).expect("a step of that id");
        assert_eq!(step["shell"], "bash", "{id}");
        let temp = self.place.path("temp");
        let path = self.file("temp/path");
        let path = path.lines().collect::<Vec<_>>().join(":");
        let system = std::env::var("PATH").unwrap();
        let stubs = self.place.path("stubs").display().to_string();
        self.place.write("temp/output", "");
        self.place.write("temp/script", step["run"].as_str().unwrap());
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-eo", "pipefail"])
            .arg(temp.join("script"))
            .current_dir(self.place.path("work"))
            .env_clear()
            .env("PATH", format!("{path}:{stubs}:{system}"))
            .env("HOME", &temp)
            .env("RUNNER_TEMP", &temp)
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"))
            .env("GITHUB_OUTPUT", temp.join("output"))
            .env("GITHUB_PATH", temp.join("path"))
            .env("GITHUB_STEP_SUMMARY", temp.join("summary"));
        for (name, value) in step["env"].as_mapping().into_iter().flatten() {
            command.env(name.as_str().unwrap(), self.expand(value.as_str().unwrap()));
        }
        let text = said(&command.output().unwrap());
        let id = id.to_owned();
        for line in self.file("temp/output").lines() {
            let (name, value) = line.split_once('=').unwrap();
            self.values.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
        }
        text
    }

    /// A value with what its expressions stand for.
    fn expand(&self, value: &str) -> String {
        let mut parts = value.split("${{");
        let first = parts.next().unwrap().to_owned();
        parts.fold(first, |text, part| {
            let (expression, rest) = part.split_once("}}").unwrap();
            let known = self.values.get(expression.trim());
            let known = known.unwrap_or_else(|| panic!("nothing is known of `{expression}`"));
            format!("{text}{known}{rest}")
        })
    }
}

fn project(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The steps of the action.
fn steps() -> Vec<Value> {
    project("action.yml")["runs"]["steps"].as_sequence().unwrap().clone()
}

/// What expressions stand for in the pull request of a branch in the same repository.
fn values() -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for (name, input) in project("action.yml")["inputs"].as_mapping().unwrap() {
        let default = input["default"].as_str().unwrap_or_default();
        values.insert(format!("inputs.{}", name.as_str().unwrap()), default.to_owned());
    }
    for (name, value) in [
        ("inputs.token", "a-token"),
        ("inputs.binary", env!("CARGO_BIN_EXE_flagstaff")),
        ("steps.cache.outputs.cache-hit", ""),
        ("github.base_ref", "main"),
        ("github.repository", "shop/flags"),
        ("github.event.pull_request.number", "17"),
        ("github.event.pull_request.head.repo.full_name", "shop/flags"),
    ] {
        values.insert(name.to_owned(), value.to_owned());
    }
    values
}

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

fn edit(path: &PathBuf, from: &str, to: &str) {
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
    assert_snapshot!(comment.replace(&base[..7], "BASE").replace(&merge, "MERGE"), @r"
    <!-- flagstaff 2cdfa7242003 -->
    <!-- flagstaff diff -->
    ### 1 flag changes: 1 gives users another variant, no hazards

    origin/main (BASE) → HEAD (MERGE)

    | Flag | What changes | Who gets something else |
    |:--|:--|:--|
    | **`new-checkout`** changed | rollout 25 % → 50 % | **25 %** of users where `plan` is pro: `disabled` → `enabled`<br>`█████░░░░░░░░░░░░░░░` |

    <details><summary>Everything, flag by flag</summary>

    **`new-checkout`** changed, `flags/checkout.yaml:18:3`
    - rollout 25 % → 50 %

    | Who | From | To | Share | |
    |:--|:--|:--|--:|:--|
    | users where `plan` is pro | `disabled` | `enabled` | 25 % | `█████░░░░░░░░░░░░░░░` |
    | | unchanged | | 75 % | |

    </details>
    ");
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
    error: `newest-checkout`: renamed-without-salt: `new-checkout` is now called `newest-checkout` and users are hashed with the new key, so they are drawn anew
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
        flags.write("origin/extra flags/a.yaml", "flags: { Odd Key: { enabled: true } }\n");
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

/// The version under which a compiled binary is kept depends on the source and on nothing else.
#[test]
fn the_key_of_the_cache() {
    let mut job = Job::new(raise);
    assert_eq!(job.step("version"), "--- exit 0");
    let key = job.values["steps.version.outputs.key"].clone();
    let digest = key.strip_prefix("flagstaff-Linux-X64-").unwrap();
    assert!(digest.len() == 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
}

/// Every step has a name and an id, and no script can be written by a pull request.
#[test]
fn the_action_is_whole() {
    for step in steps() {
        assert!(step["name"].is_string() && step["id"].is_string(), "{step:?}");
        assert!(step["run"].is_string() != step["uses"].is_string(), "{step:?}");
        // What comes from the pull request reaches a script through its environment only.
        assert!(!step["run"].as_str().unwrap_or_default().contains("${{"), "{step:?}");
    }
}

/// What a workflow gives an action is what that takes.
#[test]
fn workflows_give_what_the_action_takes() {
    let inputs = project("action.yml")["inputs"].clone();
    for path in [".github/workflows/flagstaff.yml", "src/cli/starter/flagstaff.yml"] {
        let workflow = project(path);
        let steps = workflow["jobs"]["flags"]["steps"].as_sequence().unwrap().clone();
        let given = steps.last().unwrap()["with"].as_mapping().unwrap().clone();
        for (name, value) in given {
            assert!(inputs.get(&name).is_some(), "{path}: {name:?}");
            let value = value.as_str().unwrap().to_owned();
            let Some(own) = value.strip_prefix("${{ inputs.") else { continue };
            let own = own.trim_end_matches(" }}");
            assert_eq!(Some(own), name.as_str(), "{path}");
            let input = &workflow["on"]["workflow_call"]["inputs"][own];
            assert!(input["type"].is_string() && input["description"].is_string(), "{path}: {own}");
        }
    }
}

#[test]
fn hooks_run_as_they_stand() {
    let flags = Flags::new();
    crate::program::run(&flags, &["init"]);
    let own = project(".pre-commit-hooks.yaml");
    let starter = project("src/cli/starter/pre-commit-config.yaml");
    let hooks = own.as_sequence().unwrap().iter();
    let hooks = hooks.chain(starter["repos"][0]["hooks"].as_sequence().unwrap());
    let mut entries = Vec::new();
    for hook in hooks {
        let entry = hook["entry"].as_str().unwrap();
        let words: Vec<&str> = entry.split(' ').collect();
        assert_eq!((words[0], &hook["pass_filenames"]), ("flagstaff", &Value::Bool(false)));
        let said = crate::program::run(&flags, &words[1..]);
        assert!(said.ends_with("--- exit 0"), "{entry}: {said}");
        entries.push(entry.to_owned());
    }
    assert_eq!(entries[..2], entries[2..]);
}
