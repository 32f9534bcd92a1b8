//! The real binary, following a repository.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    followed::{BROKEN, commit},
    harness::{Daemon, Flags, flag, flagstaff, git},
    load::{is_of_one_piece, under_load},
    program::run,
};

/// A daemon that follows a repository.
fn following(location: &Path, options: &[&str]) -> Daemon {
    let mut command = flagstaff();
    command.args(["serve", "--listen", "127.0.0.1:0", "--git"]).arg(location).args(options);
    Daemon::start(command)
}

/// Waits until that commit is served, and says so everywhere.
#[track_caller]
fn expect_commit(daemon: &Daemon, commit: &str) {
    daemon.wait(&format!("commit {commit}"), || daemon.status()["commit"] == commit);
    let reply = daemon.ask("POST /ofrep/v1/evaluate/flags", "{}");
    assert_eq!(reply.header("flags-commit"), Some(commit));
}

#[test]
fn pushes_into_a_bare_repository_are_served_whole() {
    let origin = Flags::new();
    origin.git(&["init", "--quiet", "--bare", "--initial-branch=main", "flags.git"]);
    let bare = origin.path("flags.git");
    let tree = Flags::new();
    let fill = |marker: &str| {
        for number in 0..200 {
            let text = flag(&format!("f{number}"), marker);
            tree.write(&format!("flags/team-{}/f{number}.yaml", number % 20), text);
        }
        tree.commit_all(marker)
    };
    let push = || tree.git(&["push", "--quiet", "--force", bare.to_str().unwrap(), "main"]);
    let first = fill("first");
    push();
    let daemon = following(&bare, &["--ref", "main", "--select", "f*"]);
    expect_commit(&daemon, &first);
    under_load(&daemon, is_of_one_piece, || {
        for number in 0..20 {
            let marker = format!("m{number}");
            let commit = fill(&marker);
            push();
            expect_commit(&daemon, &commit);
            daemon.expect("f0", &*marker);
            if number % 5 == 4 {
                git(&bare, &["pack-refs", "--all"]);
                git(&bare, &["gc", "--quiet", "--prune=now"]);
            }
        }
    });
    let status = daemon.status();
    assert_eq!(status["git"]["reference"], "main");
    assert!(
        status["git"]["committed_at"].is_string() && status["git"]["first_seen_at"].is_string()
    );
    assert_eq!(
        (&status["watcher"]["mode"], &status["status"]),
        (&json!("events"), &json!("ready"))
    );
    daemon.stop();
}

#[test]
fn a_bad_commit_at_the_start() {
    let flags = Flags::new();
    let good = commit(&flags, &flag("a", "one"));
    let bad = commit(&flags, BROKEN);
    let daemon = following(flags.root(), &["--exit-on-invalid"]);
    expect_commit(&daemon, &good);
    let ready = daemon.ask("GET /readyz", "");
    assert_eq!((ready.status, ready.json()), (200, json!({ "status": "ready", "stale": true })));
    let status = daemon.status();
    assert_eq!((&status["status"], &status["commit"]), (&json!("stale"), &json!(good)));
    assert_eq!(status["rejected"]["commit"], bad);
    assert_eq!(status["rejected"]["diagnostics"][0]["path"], "flags/a.yaml");
    let line = daemon.log_line("definitions rejected");
    assert!(line.contains(&bad) && line.contains(&format!("{good} is served")), "{line}");
    let mended = commit(&flags, &flag("a", "two"));
    expect_commit(&daemon, &mended);
    let ready = daemon.ask("GET /readyz", "");
    assert_eq!((ready.status, ready.json()), (200, json!({ "status": "ready" })));
    daemon.stop();
}

#[test]
fn nothing_good_at_the_start() {
    let flags = Flags::new();
    commit(&flags, BROKEN);
    let bad = commit(&flags, &format!("{BROKEN}#"));
    let repository = flags.root().to_str().unwrap();
    let said = run(
        &flags,
        &["serve", "--listen", "127.0.0.1:0", "--git", repository, "--exit-on-invalid"],
    );
    assert!(said.contains("nor can the commit before it be served"), "{said}");
    assert!(said.ends_with("--- exit 1"), "{said}");
    let daemon = following(flags.root(), &[]);
    let ready = daemon.ask("GET /readyz", "");
    assert_eq!((ready.status, &ready.json()["diagnostics_total"]), (503, &Value::Null));
    assert_eq!(ready.json()["diagnosticsTotal"], 1);
    assert_eq!(daemon.status()["rejected"]["commit"], bad);
    let good = commit(&flags, &flag("a", "one"));
    expect_commit(&daemon, &good);
    daemon.stop();
}

#[test]
fn what_the_options_refuse() {
    let flags = Flags::with([("flags/a.yaml", "flags: { a: { enabled: true } }")]);
    flags.commit_all("one");
    let try_on = |arguments: &[&str]| {
        let all: Vec<&str> = ["serve", "--listen", "127.0.0.1:0", "--exit-on-invalid"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        let said = run(&flags, &all);
        let line = said.lines().find(|line| line.to_lowercase().contains("error")).unwrap();
        let message = serde_json::from_str::<Value>(line)
            .map_or(line.to_owned(), |line| line["message"].as_str().unwrap().to_owned());
        format!("{}: {message}", arguments.join(" "))
    };
    let lines = [
        try_on(&["--git", "https://user:secret@host.example/flags.git"]),
        try_on(&["--git", "http://host.example/flags.git", "--git-token-file", "token"]),
        try_on(&["--git", "git@host.example:flags.git", "--git-token-file", "token"]),
        try_on(&["--git", ".", "--git-dir", "cache"]),
        try_on(&["--git-ca-file", "ca"]),
        try_on(&["--git", "file://elsewhere/flags.git"]),
        try_on(&["--git", ".", "/flags"]),
        try_on(&["--git", ".", "flags/../.."]),
        try_on(&["--git", ".", "--ref", "a..b"]),
        try_on(&["--git", ".", "--git-depth", "0"]),
        try_on(&["--git", ".", "--commit-file", "commit"]),
        try_on(&["--ref", "main"]),
        try_on(&["--fast-forward-only"]),
    ];
    assert_snapshot!(lines.join("\n"), @r"
    --git https://user:secret@host.example/flags.git: `--git`: `https://host.example/flags.git` must not name a user or a password, which everybody could see: put them in a file and name that with `--git-token-file`
    --git http://host.example/flags.git --git-token-file token: `--git-token-file` is for `https://`: `http://host.example/flags.git` would show it to everybody on the way
    --git git@host.example:flags.git --git-token-file token: `--git-token-file` is for `https://`: `ssh://git@host.example/flags.git` would not use it
    --git . --git-dir cache: `--git-dir` is about what is fetched, and nothing is fetched from `.`
    --git-ca-file ca: `--git-ca-file` is about the repository that `--git LOCATION` follows, which is not given
    --git file://elsewhere/flags.git: `--git`: `file://elsewhere/flags.git` names another machine: expected `file:///` and a path
    --git . /flags: with `--git`, each ROOT is a path inside the repository, such as `flags`: `/flags` is none
    --git . flags/../..: with `--git`, each ROOT is a path inside the repository, such as `flags`: `flags/../..` is none
    --git . --ref a..b: error: invalid value 'a..b' for '--ref <REF>': expected a branch, a tag or a full name such as `refs/heads/main`
    --git . --git-depth 0: error: invalid value '0' for '--git-depth <COUNT>': 0 is not in 1..=10000
    --git . --commit-file commit: `--commit-file commit` has no place beside `--git`, which knows the commit
    --ref main: `--ref` is about the repository that `--git LOCATION` follows, which is not given
    --fast-forward-only: `--fast-forward-only` is about the repository that `--git LOCATION` follows, which is not given
    ");
}
