//! A job of GitHub's that looks at a pull request: the action's steps, read from its file and run in
//! a repository made for it, as GitHub would run them.

use std::{
    collections::BTreeMap, fmt::Write as _, fs, os::unix::fs::PermissionsExt, path::Path,
    process::Command,
};

use serde_yaml::Value;

use crate::{
    harness::{Flags, git},
    program::said,
};

/// A pull request of which the merge is checked out, and the job that looks at it.
pub struct Job {
    /// `origin` that it comes from, `work` that is checked out, and what GitHub gives a job.
    pub place: Flags,
    steps: Vec<Value>,
    /// What an expression in the action stands for.
    pub values: BTreeMap<String, String>,
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
    pub fn new(change: impl Fn(&Flags)) -> Self {
        Self::after(1, change)
    }

    /// The same where so many commits came before.
    pub fn after(commits: usize, change: impl Fn(&Flags)) -> Self {
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

    pub fn origin(&self, arguments: &[&str]) -> String {
        git(&self.place.path("origin"), arguments)
    }

    pub fn commit(&self, message: &str) {
        self.origin(&["add", "--all"]);
        self.origin(&["commit", "--quiet", "--allow-empty", "--message", message]);
    }

    /// Checks out one commit as `actions/checkout` does: as shallow as can be.
    pub fn check_out(&self, commit: &str) {
        let work = self.place.path("work");
        let origin = format!("file://{}", self.place.path("origin").display());
        git(&work, &["init", "--quiet"]);
        git(&work, &["remote", "add", "origin", &origin]);
        git(&work, &["fetch", "--quiet", "--no-tags", "--depth=1", "origin", commit]);
        git(&work, &["checkout", "--quiet", "--detach", "FETCH_HEAD"]);
    }

    /// Merges the branch in `origin`, as GitHub does for a pull request, and checks that out.
    pub fn check_out_merge(&self) {
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

    pub fn file(&self, name: &str) -> String {
        fs::read_to_string(self.place.path(name)).unwrap_or_default()
    }

    /// Runs some steps, and says all that can be seen of them.
    pub fn run(&mut self, ids: &[&str]) -> String {
        ids.iter().fold(String::new(), |mut text, id| {
            writeln!(text, "== {id}\n{}", self.step(id)).unwrap();
            text
        })
    }

    pub fn step(&mut self, id: &str) -> String {
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

pub fn project(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The steps of the action.
pub fn steps() -> Vec<Value> {
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
