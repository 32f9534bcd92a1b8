//! The real binary over git work trees.

use crate::{
    harness::{Daemon, Flags, flag, git},
    load::{is_of_one_piece, under_load},
};

/// Waits until that commit is served.
#[track_caller]
fn expect_commit(daemon: &Daemon, commit: &str) {
    daemon.wait(&format!("commit {commit}"), || daemon.status()["commit"] == commit);
}

#[test]
fn checkouts_are_followed_and_never_mixed() {
    let tree = Flags::new();
    let fill = |marker: &str| {
        for number in 0..500 {
            let text = flag(&format!("f{number}"), marker);
            tree.write(&format!("flags/team-{}/f{number}.yaml", number % 20), text);
        }
        tree.commit_all(marker)
    };
    let commits = [fill("first"), fill("second")];
    let daemon = Daemon::serving(tree.path("flags"));
    under_load(&daemon, is_of_one_piece, || {
        for number in 0..100 {
            tree.git(&["checkout", "--quiet", "--detach", &commits[number % 2]]);
            // The others follow on each other without a pause.
            if number % 10 < 2 {
                daemon.expect("f0", ["first", "second"][number % 2]);
                expect_commit(&daemon, &commits[number % 2]);
            }
        }
        daemon.expect("f499", "second");
    });
    daemon.stop();
}

#[test]
fn everyday_git_is_followed() {
    let origin = Flags::with([("flags/a.yaml", &flag("a", "one"))]);
    origin.commit_all("one");
    let place = Flags::new();
    place.git(&["clone", "--quiet", origin.root().to_str().unwrap(), "clone"]);
    let clone = place.path("clone");
    let git = |arguments: &[&str]| git(&clone, arguments);
    let head = || git(&["rev-parse", "HEAD"]);
    let daemon = Daemon::serving(clone.join("flags"));
    expect_commit(&daemon, &head());

    place.write("clone/README.md", "ours");
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message", "no flag"]);
    expect_commit(&daemon, &head());
    origin.write("flags/a.yaml", flag("a", "two"));
    origin.commit_all("two");
    git(&["pull", "--quiet", "--rebase"]);
    daemon.expect("a", "two");
    expect_commit(&daemon, &head());

    place.write("clone/flags/a.yaml", flag("a", "edited"));
    daemon.expect("a", "edited");
    expect_commit(&daemon, &(head() + "-dirty"));
    git(&["stash", "--quiet"]);
    daemon.expect("a", "two");
    expect_commit(&daemon, &head());
    git(&["stash", "pop", "--quiet"]);
    daemon.expect("a", "edited");
    git(&["commit", "--quiet", "--all", "--message", "edited"]);
    expect_commit(&daemon, &head());

    git(&["checkout", "--quiet", "-b", "team/topic"]);
    place.write("clone/flags/a.yaml", flag("a", "topic"));
    git(&["commit", "--quiet", "--all", "--message", "topic"]);
    daemon.expect("a", "topic");
    place.write("clone/README.md", "an unrelated edit");
    git(&["checkout", "--quiet", "main"]);
    daemon.expect("a", "edited");
    expect_commit(&daemon, &head());
    git(&["pack-refs", "--all"]);
    git(&["merge", "--quiet", "team/topic"]);
    daemon.expect("a", "topic");
    expect_commit(&daemon, &head());

    git(&["worktree", "add", "--quiet", "../linked", "HEAD~1"]);
    let linked = Daemon::serving(place.path("linked/flags"));
    linked.expect("a", "edited");
    crate::harness::git(&place.path("linked"), &["checkout", "--quiet", "team/topic"]);
    linked.expect("a", "topic");
    expect_commit(&linked, &git(&["rev-parse", "team/topic"]));
    linked.stop();
    let log = daemon.stop();
    assert!(!log.contains(r#""level":"ERROR""#), "{log}");
}

#[test]
fn a_lock_is_waited_for_and_a_stale_one_is_not() {
    let tree = Flags::with([("a.yaml", &flag("a", "one"))]);
    tree.commit_all("one");
    let daemon = Daemon::serving(tree.root());
    tree.write(".git/index.lock", "");
    tree.write("a.yaml", flag("a", "half"));
    // Long enough for it to be served, were it not for the lock.
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(daemon.value("a"), "one");
    tree.write("a.yaml", flag("a", "whole"));
    tree.remove(".git/index.lock");
    daemon.expect("a", "whole");

    tree.write(".git/index.lock", "");
    tree.git(&["--version"]);
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    std::fs::File::open(tree.path(".git/index.lock")).unwrap().set_modified(old).unwrap();
    tree.write("a.yaml", flag("a", "in-spite-of-it"));
    daemon.expect("a", "in-spite-of-it");
    daemon.log_line("index.lock` was left behind");
    daemon.stop();
}
