//! The real binary where changes are hard to notice.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::process::CommandExt,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::harness::{BEGIN_AND_END, Daemon, Flags, PATIENCE, flag, flagstaff};

#[test]
fn a_root_may_go_come_back_and_be_replaced() {
    let place = Flags::with([("up/flags/a.yaml", &flag("a", "one"))]);
    let daemon = Daemon::serving(place.path("up/flags"));
    daemon.expect("a", "one");
    place.rename("up/flags", "up/away");
    daemon.log_line("does not exist");
    place.write("up/away/a.yaml", flag("a", "elsewhere"));
    place.rename("up/away", "up/flags");
    daemon.expect("a", "elsewhere");
    place.write("up/other/a.yaml", flag("a", "other"));
    place.rename("up/flags", "up/away");
    place.rename("up/other", "up/flags");
    daemon.expect("a", "other");
    place.write("up/flags/a.yaml", flag("a", "other-two"));
    daemon.expect("a", "other-two");
    // A directory above it.
    place.write("next/flags/a.yaml", flag("a", "next"));
    place.rename("up", "was-up");
    place.rename("next", "up");
    daemon.expect("a", "next");
    place.write("up/flags/a.yaml", flag("a", "next-two"));
    daemon.expect("a", "next-two");
    // Removed and made again, perhaps with the same inodes.
    place.remove("up");
    place.write("up/flags/a.yaml", flag("a", "again"));
    daemon.expect("a", "again");
    place.write("up/flags/new/b.yaml", flag("b", "new"));
    daemon.expect("b", "new");
    place.remove("up/flags/new");
    place.write("up/flags/new/b.yaml", flag("b", "newer"));
    daemon.expect("b", "newer");
    place.write("up/flags/new/b.yaml", flag("b", "newest"));
    daemon.expect("b", "newest");
    assert_eq!(daemon.value("a"), "again");
    daemon.stop();
}

#[test]
fn every_editor_is_followed() {
    let flags = Flags::with([("a.yaml", &flag("a", "zero"))]);
    let daemon = Daemon::serving(flags.root());
    let save = |name: &str, save: &dyn Fn(&str)| {
        save(&flag("a", name));
        daemon.expect("a", name);
    };
    for round in 0..2 {
        save(&format!("in-place-{round}"), &|text| flags.write("a.yaml", text));
        save(&format!("renamed-{round}"), &|text| flags.replace("a.yaml", text));
        save(&format!("backup-{round}"), &|text| {
            flags.write("4913", "");
            flags.remove("4913");
            flags.rename("a.yaml", "a.yaml~");
            flags.write("a.yaml", text);
            flags.remove("a.yaml~");
        });
        save(&format!("locked-{round}"), &|text| {
            flags.link(".#a.yaml", "somebody@somewhere.1234");
            flags.write("#a.yaml#", text);
            flags.write("a.yaml", text);
            flags.remove("#a.yaml#");
            flags.remove(".#a.yaml");
        });
        save(&format!("swapped-{round}"), &|text| {
            flags.write(".a.yaml.swp", "swap");
            flags.write("a.yaml___jb_tmp___", text);
            flags.rename("a.yaml", "a.yaml___jb_old___");
            flags.rename("a.yaml___jb_tmp___", "a.yaml");
            flags.remove("a.yaml___jb_old___");
            flags.remove(".a.yaml.swp");
        });
        save(&format!("slow-{round}"), &|text| {
            let options = OpenOptions::new().write(true).truncate(true).to_owned();
            let mut file = options.open(flags.path("a.yaml")).unwrap();
            for piece in text.as_bytes().chunks(10) {
                thread::sleep(Duration::from_millis(20));
                file.write_all(piece).unwrap();
            }
        });
    }
    daemon.stop();
}

#[test]
fn a_flood_of_writes_ends_in_what_was_written_last() {
    const FILES: usize = 5_000;
    let flags = Flags::new();
    let name = |number: usize| format!("{}/f{number}.yaml", number % 50);
    let text = |number: usize, round: usize| flag(&format!("f{number}"), &format!("v{round:02}"));
    for number in 0..FILES {
        flags.write(&name(number), text(number, 0));
    }
    let daemon = Daemon::serving(flags.root());
    for round in 1..=10 {
        for number in 0..FILES {
            // Not truncated, so that the file system has nothing to wait for, and events pile up.
            let mut file = OpenOptions::new().write(true).open(flags.path(&name(number))).unwrap();
            file.write_all(text(number, round).as_bytes()).unwrap();
        }
    }
    for number in [0, FILES / 2, FILES - 1] {
        let is_last = || daemon.value(&format!("f{number}")) == "v10";
        daemon.wait_for("what was written last", BEGIN_AND_END, is_last);
    }
    // And it follows still: that takes no longer than loading does twice, and not much besides.
    flags.write("0/f0.yaml", flag("f0", "after"));
    let start = Instant::now();
    daemon.wait_for("another change", BEGIN_AND_END, || daemon.value("f0") == "after");
    let waited = start.elapsed();
    let line: Value = serde_json::from_str(&daemon.log_line("\"changed `f0`\"")).unwrap();
    let loading = Duration::from_millis(line["took_ms"].as_u64().unwrap());
    assert!(waited < PATIENCE + 2 * loading, "{waited:?}, of which loading took {loading:?}");
    daemon.stop();
}

/// A daemon in a user namespace of its own, in which a limit is so low until the file `raise` is
/// there. None where the system has no such namespaces to give.
fn limited(flags: &Flags, limit: &str, value: u32) -> Option<Daemon> {
    let spare = Command::new("unshare").args(["--user", "--map-root-user", "true"]).status();
    if !spare.is_ok_and(|status| status.success()) {
        eprintln!("not tried: this system gives no user namespace");
        return None;
    }
    let script = "echo \"$2\" > \"/proc/sys/user/$1\"
        (while [ ! -e \"$3/raise\" ] && [ -e \"$3\" ]; do sleep 0.1; done
         echo 1000 > \"/proc/sys/user/$1\") 2> /dev/null &
        exec \"$4\" serve \"$3\" --listen 127.0.0.1:0";
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "sh", "-c", script, "sh", limit]);
    command.arg(value.to_string()).arg(flags.root()).arg(flagstaff().get_program());
    Some(Daemon::start(command))
}

#[test]
fn where_watches_or_instances_are_used_up_it_polls() {
    for (limit, value) in [("max_inotify_instances", 0), ("max_inotify_watches", 2)] {
        let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
        let Some(daemon) = limited(&flags, limit, value) else { return };
        daemon.log_line(&format!("read every 2 s: `user.{limit}`, which is {value}, is used up"));
        assert_eq!(daemon.status()["watcher"]["mode"], "polling");
        daemon.expect("a", "one");
        flags.replace("a.yaml", flag("a", "two"));
        daemon.expect("a", "two");
        flags.write("raise", "");
        daemon.log_line("watching for changes again");
        assert_eq!(daemon.log_count("read every 2 s"), 1);
        flags.replace("a.yaml", flag("a", "three"));
        daemon.expect("a", "three");
        assert_eq!(daemon.status()["watcher"]["mode"], "events");
        daemon.stop();
    }
}

/// A daemon in a mount namespace of its own, in which `host.yaml` is mounted at `flags/f.yaml`. None
/// where the system has no such namespaces to give.
fn with_mounted_file(flags: &Flags, root: &str) -> Option<Daemon> {
    let namespaces = ["--user", "--map-root-user", "--mount"];
    let spare = Command::new("unshare").args(namespaces).arg("true").status();
    if !spare.is_ok_and(|status| status.success()) {
        eprintln!("not tried: this system gives no mount namespace");
        return None;
    }
    let script = "mount --bind \"$1/host.yaml\" \"$1/flags/f.yaml\" &&
        exec \"$2\" serve \"$1/$3\" --listen 127.0.0.1:0";
    let mut command = Command::new("unshare");
    command.args(namespaces).args(["sh", "-c", script, "sh"]).arg(flags.root());
    command.arg(flagstaff().get_program()).arg(root);
    Some(Daemon::start(command))
}

#[test]
fn a_file_that_is_mounted_by_itself_is_looked_at() {
    for root in ["flags", "flags/f.yaml"] {
        let flags = Flags::with([("host.yaml", &flag("a", "one")), ("flags/f.yaml", "")]);
        let Some(daemon) = with_mounted_file(&flags, root) else { return };
        daemon.log_line("is mounted as a single file");
        let watcher = || daemon.status()["watcher"].clone();
        daemon.wait("the status to say so", || watcher()["mode"] == "polling");
        let reason = watcher()["reason"].as_str().unwrap().to_owned();
        assert!(reason.contains("is mounted as a single file"), "{reason}");
        daemon.expect("a", "one");
        for value in ["two", "three"] {
            // The same inode, from where nothing is watched.
            flags.write("host.yaml", flag("a", value));
            daemon.expect("a", value);
        }
        daemon.stop();
    }
}

/// A daemon of somebody else. None where this is not root, or nobody else may run the program.
fn as_nobody(root: &Path) -> Option<Daemon> {
    let mut command = flagstaff();
    let program = command.get_program().to_owned();
    command.args(["serve", "--listen", "127.0.0.1:0"]).arg(root).uid(65534).gid(65534);
    let tried = Command::new(program).arg("--version").uid(65534).gid(65534).output();
    if !tried.is_ok_and(|output| output.status.success()) {
        eprintln!("not tried: the program cannot be run as somebody else");
        return None;
    }
    Some(Daemon::start(command))
}

#[test]
fn a_work_tree_of_somebody_else_has_its_commit() {
    let tree = Flags::with([("flags/a.yaml", &flag("a", "one"))]);
    let commit = tree.commit_all("one");
    open_to_all(tree.root());
    let Some(daemon) = as_nobody(&tree.path("flags")) else { return };
    daemon.expect("a", "one");
    assert_eq!(daemon.status()["commit"], commit);
    daemon.stop();
}

#[test]
fn what_may_not_be_read_is_said_with_whose_it_is() {
    let flags = Flags::with([("flags/a.yaml", &flag("a", "one"))]);
    open_to_all(flags.root());
    chmod(&flags.path("flags/a.yaml"), 0o600);
    let Some(daemon) = as_nobody(&flags.path("flags")) else { return };
    daemon.log_line("this process runs as 65534:65534");
    daemon.log_line("flags/a.yaml` cannot be read: permission denied; it has mode 0600 and");
    chmod(&flags.path("flags/a.yaml"), 0o644);
    daemon.expect("a", "one");
    chmod(&flags.path("flags"), 0o700);
    daemon.log_line("flags` cannot be read: permission denied; it has mode 0700 and");
    assert_eq!(daemon.value("a"), "one");
    daemon.stop();
}

fn open_to_all(path: &Path) {
    chmod(path, 0o755);
}

fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
