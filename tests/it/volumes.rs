//! The real binary over what Kubernetes and git-sync mount.

use std::fs;

use crate::{
    harness::{Daemon, Flags, flag},
    load::{is_of_one_piece, under_load},
};

#[test]
fn a_volume_is_followed_without_a_torn_or_failed_answer() {
    let flags = Flags::new();
    volume(&flags, 0);
    let daemon = Daemon::serving(flags.root());
    under_load(&daemon, is_of_one_piece, || {
        for number in 1..=300 {
            volume(&flags, number);
            // Some updates follow on each other without a pause.
            if number.is_multiple_of(3) {
                daemon.expect("f0", format!("v{number}"));
            }
        }
    });
    daemon.stop();
}

#[test]
fn a_published_tree_is_followed_though_the_old_one_goes_at_once() {
    let volume = Flags::new();
    let publish = |number: usize| {
        let tree = |number: usize| format!(".worktrees/{number:040x}");
        for key in 0..5 {
            let text = flag(&format!("f{key}"), &format!("v{number}"));
            volume.write(&format!("{}/config/flags/f{key}.yaml", tree(number)), text);
        }
        volume.relink("current", tree(number));
        if 1 < number {
            volume.remove(&tree(number - 1));
        }
    };
    publish(1);
    let daemon = Daemon::serving(volume.path("current/config/flags"));
    under_load(&daemon, is_of_one_piece, || {
        for number in 2..=60 {
            publish(number);
            if number.is_multiple_of(2) {
                daemon.expect("f0", format!("v{number}"));
                assert_eq!(daemon.status()["commit"], format!("{number:040x}"));
            }
        }
    });
    let log = daemon.stop();
    assert!(!log.contains("-dirty"), "{log}");
}

#[test]
fn a_volume_below_the_root_and_a_file_of_a_volume_are_followed() {
    let flags = Flags::with([("flags/plain.yaml", &flag("plain", "p"))]);
    let write = |number: usize| {
        flags.write(&format!("flags/v/..{number}/a.yaml"), flag("a", &format!("v{number}")));
        flags.relink("flags/v/..data", format!("..{number}"));
        flags.remove(&format!("flags/v/..{}", number - 1));
    };
    flags.write("flags/v/..0/a.yaml", flag("a", "v0"));
    flags.link("flags/v/..data", "..0");
    flags.link("flags/v/a.yaml", "..data/a.yaml");
    let directory = Daemon::serving(flags.path("flags"));
    let file = Daemon::serving(flags.path("flags/v/a.yaml"));
    for number in 1..=5 {
        write(number);
        directory.expect("a", format!("v{number}"));
        file.expect("a", format!("v{number}"));
    }
    assert_eq!(directory.value("plain"), "p");
    directory.stop();
    file.stop();
}

/// Writes a state of a volume as the kubelet does: a new directory, the link turned, the names that
/// users see mended, the old directory removed. Every third state has a key more.
fn volume(flags: &Flags, number: usize) {
    let keys = |number: usize| 5 + usize::from(number.is_multiple_of(3));
    let (new, old) = (format!("..state_{number}"), format!("..state_{}", number.wrapping_sub(1)));
    for key in 0..keys(number) {
        flags.write(&format!("{new}/f{key}.yaml"), flag(&format!("f{key}"), &format!("v{number}")));
    }
    flags.relink("..data", &new);
    for key in 0..6 {
        let name = format!("f{key}.yaml");
        let is_there = fs::symlink_metadata(flags.path(&name)).is_ok();
        if key < keys(number) && !is_there {
            flags.link(&name, format!("..data/{name}"));
        } else if keys(number) <= key && is_there {
            flags.remove(&name);
        }
    }
    if 0 < number {
        flags.remove(&old);
    }
}
