//! Whether there is memory for definitions.

use flagstaff::{
    definition::compile::{Content, Root, SourceFile},
    reload::room::{BASE_BYTES, Extent, MemoryRoom, Size},
};

use crate::harness::{Daemon, Flags, flag, flagstaff};

const MIB: u64 = 1 << 20;

fn extent(texts: &[&str]) -> Extent {
    let file = |text: &&str| SourceFile {
        path: "a.yaml".to_owned(),
        content: Content::Bytes(text.as_bytes().into()),
    };
    Extent::of(&[Root { name: "flags".to_owned(), files: texts.iter().map(file).collect() }])
}

#[test]
fn the_extent_of_texts() {
    let text = "flags:\n  a:\n    enabled: true\n  b: { users: [u, v] }\n\n";
    let expected = Extent { files: 1, bytes: text.len() as u64, marks: 11, heads: 2 };
    assert_eq!(extent(&[text]), expected);
    let heads = |text: &str| extent(&[text]).heads;
    assert_eq!(heads("flags:\n        a:\n    b:\n    c:\n"), 2);
    assert_eq!(heads("  \n \nx: 1\n"), 0);
    assert_eq!(heads("{\"flags\":{\"a\":{\"enabled\":true}}}"), 3);
    assert_eq!(extent(&["a", "b:"]), Extent { files: 2, bytes: 3, marks: 1, heads: 0 });
}

#[test]
fn what_does_not_fit_is_refused_with_its_size() {
    let set = |mebibytes: u64| Extent { files: 3, bytes: mebibytes * MIB, ..Extent::default() };
    let none = Extent::default();
    let room = MemoryRoom { limit: Some(64 * MIB), requests: 16 * MIB };
    let most = (48 * MIB - BASE_BYTES) / set(1).load();
    assert_eq!(room.objection(&set(most), &none), None);
    assert_eq!(
        room.objection(&set(most + 1), &none).unwrap().to_string(),
        "the definitions have 8.0 MiB in 3 files, and to load them takes about 50.0 MiB; of \
         `--memory-max`, 64.0 MiB, requests may take 16.0 MiB, and 48.0 MiB are left"
    );
    let message = room.objection(&set(most), &set(most)).unwrap().to_string();
    assert!(message.contains("to load them beside what is served takes about"), "{message}");
    assert_eq!(MemoryRoom::default().objection(&set(1 << 30), &none), None);
    assert!(room.objection(&Extent { marks: u64::MAX, ..none }, &none).is_some());
}

#[test]
fn sizes_as_people_write_them() {
    let size = |text: &str| text.parse::<Size>().map(|Size(size)| size);
    for (text, expected) in [
        ("none", None),
        ("None", None),
        ("67108864", Some(64 * MIB)),
        ("64MiB", Some(64 * MIB)),
        ("64Mi", Some(64 * MIB)),
        ("64 M", Some(64 * MIB)),
        ("65536k", Some(64 * MIB)),
        ("1GiB", Some(1024 * MIB)),
        ("1b", Some(1)),
    ] {
        assert_eq!(size(text), Ok(expected), "{text}");
    }
    for text in ["", "MiB", "-1", "1.5GiB", "64TB", "0", "99999999999999999999", "20000000000G"] {
        let expected = "is not a size: expected a number of bytes, `64MiB`, `1GiB` or `none`";
        assert!(size(text).unwrap_err().ends_with(expected), "{text}");
    }
}

#[test]
fn the_daemon_keeps_what_it_serves_when_there_is_no_room_for_more() {
    let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
    let daemon = Daemon::with(flags.root(), &["--memory-max", "24MiB"]);
    daemon.expect("a", "one");
    let many: String = (0..9000).map(|key| format!("  f{key}: {{ enabled: true }}\n")).collect();
    flags.write("b.yaml", format!("flags:\n{many}"));
    let line = daemon.log_line("definitions rejected: the definitions have 0.3 MiB in 2 files");
    assert!(line.contains("beside what is served"), "{line}");
    assert_eq!(daemon.value("a"), "one");
    let rejected = daemon.status()["rejected"]["message"].to_string();
    assert!(
        rejected.contains("of `--memory-max`, 24.0 MiB, requests may take 6.0 MiB"),
        "{rejected}"
    );
    // Whatever is in them, so many bytes would not fit, and are not even read.
    flags.remove("b.yaml");
    for file in 0..4 {
        flags.write(&format!("big{file}.yaml"), "#".repeat(1 << 20));
    }
    daemon.log_line("the definitions have 4.1 MiB in 5 files");
    for file in 0..4 {
        flags.remove(&format!("big{file}.yaml"));
    }
    flags.write("a.yaml", flag("a", "two"));
    daemon.expect("a", "two");
    daemon.stop();
    let daemon = Daemon::with(flags.root(), &["--memory-max", "none"]);
    flags.write("b.yaml", format!("flags:\n{many}"));
    daemon.expect("f8999", true);
    daemon.stop();
    let mut wrong = flagstaff();
    wrong.args(["serve", "--memory-max", "much"]).arg(flags.root());
    assert_eq!(wrong.output().unwrap().status.code(), Some(2));
}
