//! What stands in the place of a file, and would have been waited for: pipes, devices, sockets.

use std::{
    os::unix::net::UnixListener,
    path::{Path, PathBuf},
};

use flagstaff::source::{
    door::{inspect, read, read_text},
    file_kind::FileKind,
    git::{
        commit::commit,
        repository::{References, open},
        work_tree::WorkTree,
    },
    read::{SourceOptions, read_files},
};
use rustix::{
    fs::{CWD, Mode, mkfifoat},
    process::Signal,
};

use crate::harness::{Daemon, Flags, flag, flagstaff};

/// Makes a named pipe that nobody will ever write to, in the place of what is there.
fn pipe(flags: &Flags, name: &str) -> PathBuf {
    if flags.path(name).symlink_metadata().is_ok() {
        flags.remove(name);
    }
    std::fs::create_dir_all(flags.path(name).parent().unwrap()).unwrap();
    mkfifoat(CWD, flags.path(name), Mode::from_raw_mode(0o600)).unwrap();
    flags.path(name)
}

#[test]
fn only_regular_files_are_read_and_nothing_is_waited_for() {
    let flags = Flags::with([("file", "0123456789"), ("folder/x", "")]);
    flags.link("link", "file");
    let _listener = UnixListener::bind(flags.path("socket")).unwrap();
    pipe(&flags, "pipe");
    flags.link("link-to-pipe", "pipe");
    let say = |path: &Path| match read(path, 4) {
        Ok(bytes) => String::from_utf8(bytes).unwrap(),
        Err(error) => error.to_string(),
    };
    let expected = |what: &str| format!("it is {what}, expected a regular file");
    assert_eq!(say(&flags.path("file")), "0123");
    assert_eq!(say(&flags.path("link")), "0123");
    for (name, what) in [
        ("pipe", "a named pipe"),
        ("link-to-pipe", "a named pipe"),
        ("socket", "a socket"),
        ("folder", "a directory"),
        ("/dev/zero", "a device"),
        ("/dev/tty", "a device"),
    ] {
        assert_eq!(say(&flags.path(name)), expected(what), "{name}");
        assert_eq!(inspect(&flags.path(name), 4).unwrap_err().to_string(), expected(what));
    }
    // What the kernel makes up says that it is empty.
    assert_eq!(say(Path::new("/proc/self/status")), "Name");
    assert!(inspect(&flags.path("nothing"), 4).is_ok());
    assert_eq!(
        inspect(&flags.path("file"), 9).unwrap_err().to_string(),
        "it has more than 9 bytes"
    );
    assert_eq!(read_text(&flags.path("file"), 10).unwrap(), "0123456789");
    assert_eq!(
        read_text(&flags.path("file"), 9).unwrap_err().to_string(),
        "it has more than 9 bytes"
    );
}

/// Everything of git's that is opened: none of it is waited for, and each is named.
#[test]
fn a_repository_is_opened_only_where_all_of_it_is_files() {
    let tree = Flags::with([("flags/a.yaml", &flag("a", "one"))]);
    tree.commit_all("one");
    tree.git(&["gc", "--quiet"]);
    tree.write("flags/a.yaml", flag("a", "two"));
    let id = tree.commit_all("two");
    tree.git(&["branch", "other"]);
    let root = tree.path("flags").canonicalize().unwrap();
    let options = SourceOptions { roots: vec![root.clone()], exclude: Vec::new() };
    let commit = || {
        let reading = read_files(&options, FileKind::Definition).unwrap();
        commit(None, &options, &reading).map(|commit| commit.map(|commit| commit.name))
    };
    assert_eq!(commit(), Ok(Some(id.clone())));
    let loose = format!(".git/objects/{}/{}", &id[..2], &id[2..]);
    let packs = std::fs::read_dir(tree.path(".git/objects/pack")).unwrap();
    let packs = packs.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let packs = packs.map(|name| format!(".git/objects/pack/{name}"));
    let mut names: Vec<String> = packs.collect();
    assert!(2 <= names.len(), "{names:?}");
    names.push(loose);
    for name in [
        "HEAD",
        "config",
        "config.worktree",
        "commondir",
        "packed-refs",
        "shallow",
        "refs/heads/main",
        "objects/info/alternates",
        "objects/info/commit-graph",
        "objects/pack/multi-pack-index",
    ] {
        names.push(format!(".git/{name}"));
    }
    for name in names {
        let kept = std::fs::read(tree.path(&name)).ok();
        let path = pipe(&tree, &name);
        match (&*name, commit()) {
            // Without these it is no repository, as far as can be told.
            (".git/HEAD" | ".git/commondir", _) => {}
            (_, Err(problem)) => {
                let is_named = problem.contains(&name) && problem.contains("it is a named pipe");
                assert!(is_named, "{name}: {problem}");
            }
            (_, Ok(commit)) => panic!("{name}: {commit:?}"),
        }
        std::fs::remove_file(path).unwrap();
        if let Some(kept) = kept {
            tree.write(&name, kept);
        }
        assert_eq!(commit(), Ok(Some(id.clone())), "{name}");
    }
    // Of other branches only those who ask for one want to know.
    pipe(&tree, ".git/refs/heads/other");
    assert_eq!(commit(), Ok(Some(id.clone())));
    let work_tree = WorkTree::around(&root).unwrap();
    let problem = open(&work_tree, References::All).unwrap_err();
    assert!(problem.contains("refs/heads/other` cannot be read: it is a named pipe"), "{problem}");
    let mut diff = flagstaff();
    diff.args(["diff", "main", "other"]).current_dir(tree.root());
    let output = diff.output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && message.contains("named pipe"), "{message}");
}

#[test]
fn branches_that_go_in_a_circle_and_borrowed_objects_that_do_are_no_trap() {
    let tree = Flags::with([("flags/a.yaml", &flag("a", "one"))]);
    let id = tree.commit_all("one");
    let work_tree = WorkTree::around(&tree.root().canonicalize().unwrap()).unwrap();
    let problem = || open(&work_tree, References::Head).map(|_| ()).unwrap_err();
    tree.write(".git/refs/heads/main", "ref: refs/heads/main\n");
    assert!(problem().contains("again and again"), "{}", problem());
    tree.write(".git/refs/heads/main", "ref: ../../x\n");
    assert!(problem().contains("something else than a branch"), "{}", problem());
    tree.write(".git/refs/heads/main", format!("{id}\n"));
    assert!(open(&work_tree, References::Head).is_ok());
    // A directory of objects far away, with a pipe in it.
    let other = Flags::new();
    let pack = pipe(&other, "objects/pack/x.idx");
    let objects = other.path("objects");
    tree.write(".git/objects/info/alternates", format!("{}\n", objects.display()));
    assert!(problem().contains(pack.to_str().unwrap()), "{}", problem());
    std::fs::remove_file(pack).unwrap();
    assert!(open(&work_tree, References::Head).is_ok());
}

#[test]
fn a_pipe_beside_the_root_is_no_repository() {
    let home = Flags::with([("above/flags/a.yaml", &flag("a", "one"))]);
    let id = {
        home.write(".gitignore", "");
        home.commit_all("one")
    };
    pipe(&home, "above/.git");
    let daemon = Daemon::serving(home.path("above/flags"));
    daemon.expect("a", "one");
    // As git does, which passes over what is neither a file nor a directory.
    assert_eq!(daemon.status()["commit"], id);
    home.write("above/flags/a.yaml", flag("a", "two"));
    daemon.expect("a", "two");
    daemon.stop();
}

#[test]
fn a_commit_file_that_is_a_pipe_is_told_and_nothing_hangs() {
    let flags = Flags::with([("flags/a.yaml", &flag("a", "one"))]);
    let path = pipe(&flags, "commit");
    let daemon = Daemon::with(flags.path("flags"), &["--commit-file", path.to_str().unwrap()]);
    daemon.log_line("commit` cannot be read: it is a named pipe, expected a regular file");
    flags.replace("flags/a.yaml", flag("a", "two"));
    daemon.expect("a", "two");
    flags.replace("commit", "v1\n");
    daemon.wait("the commit", || daemon.status()["commit"] == "v1");
    daemon.stop();
}

#[test]
fn a_pipe_in_the_place_of_a_file_is_refused_and_what_comes_after_it_is_served() {
    let flags = Flags::with([("a.yaml", &flag("a", "one")), ("b.yaml", &flag("b", "one"))]);
    let daemon = Daemon::serving(flags.root());
    daemon.expect("a", "one");
    pipe(&flags, "a.yaml");
    daemon.log_line("a.yaml` is neither a file nor a directory");
    assert_eq!(daemon.value("a"), "one");
    assert_eq!(daemon.status()["status"], "stale");
    flags.remove("a.yaml");
    flags.write("a.yaml/is/a/directory.yaml", flag("a", "two"));
    daemon.expect("a", "two");
    assert_ne!(daemon.status()["loader"]["looked_seconds_ago"], serde_json::Value::Null);
    daemon.stop();
    pipe(&flags, "b.yaml");
    for arguments in [&["check"][..], &["test"], &["eval", "a", "--context", "{}", "--root"]] {
        let output = flagstaff().args(arguments).arg(flags.root()).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains("b.yaml` is neither a file"), "{arguments:?}: {message}");
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn many_hang_ups_are_one_look_and_one_line() {
    let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
    let daemon = Daemon::serving(flags.root());
    daemon.expect("a", "one");
    for _ in 0..200 {
        daemon.signal(Signal::HUP);
    }
    daemon.log_line("nothing has changed");
    daemon.signal(Signal::HUP);
    daemon.wait("a second look", || 2 <= daemon.log_count("nothing has changed"));
    let log = daemon.stop();
    let lines = log.lines().filter(|line| line.contains("SIGHUP: reading")).count();
    // The system may hold some signals back.
    assert!((2..=4).contains(&lines), "{log}");
}
