//! Files that git did not write to their end.

use flagstaff::source::{
    file_kind::FileKind,
    git::torn::torn,
    read::{SourceOptions, read_files},
};

use crate::harness::{Daemon, Flags, flag};

const WHOLE: &str = "flags:\n  a: { enabled: true }\n  b: { enabled: true, users: [u-1, u-2] }\n";

/// Why a root is not taken, if something in it is torn.
fn said(flags: &Flags) -> Option<String> {
    let options = SourceOptions { roots: vec![flags.path("flags")], exclude: Vec::new() };
    let reading = read_files(&options, FileKind::Definition).unwrap();
    let torn = torn(&reading)?.to_string();
    Some(torn.replace(flags.root().to_str().unwrap(), "~"))
}

#[test]
fn the_start_of_what_a_commit_has_is_torn_unless_it_ends_with_a_line() {
    let flags = Flags::with([("flags/a.yaml", WHOLE)]);
    let id = flags.commit_all("first");
    assert_eq!(said(&flags), None, "as it is in the commit");
    let line_ends: Vec<usize> = WHOLE.match_indices('\n').map(|(end, _)| end + 1).collect();
    for length in 0..WHOLE.len() {
        flags.write("flags/a.yaml", &WHOLE[..length]);
        let is_torn = 0 < length && !line_ends.contains(&length);
        assert_eq!(said(&flags).is_some(), is_torn, "the first {length} bytes");
    }
    flags.write("flags/a.yaml", &WHOLE[..22]);
    let expected = format!(
        "`~/flags/a.yaml` is cut off: it is the first 22 of the {} bytes that it has in commit {}, \
         and ends within a line; is the disk full? If it is meant so, end it with a line feed",
        WHOLE.len(),
        &id[..7]
    );
    assert_eq!(said(&flags), Some(expected));
    // Another text that ends without a line feed, as some editors write.
    flags.write("flags/a.yaml", "flags: { a: { enabled: true } }");
    assert_eq!(said(&flags), None);
    flags.write("flags/new.yaml", "flags: { c: { enabled: true } }");
    assert_eq!(said(&flags), None);
}

#[test]
fn commits_that_git_was_about_to_check_out_count() {
    let flags = Flags::with([("flags/a.yaml", "flags: {}\n")]);
    flags.commit_all("first");
    flags.git(&["checkout", "--quiet", "-b", "next"]);
    flags.write("flags/a.yaml", WHOLE);
    flags.write("flags/new.yaml", "flags:\n  new: { enabled: true }\n");
    let next = flags.commit_all("second");
    flags.git(&["checkout", "--quiet", "main"]);
    for name in ["ORIG_HEAD", "FETCH_HEAD", "MERGE_HEAD"] {
        flags.write("flags/a.yaml", &WHOLE[..40]);
        assert_eq!(said(&flags), None, "no commit that is known has this");
        let line = match name {
            "FETCH_HEAD" => format!("{next}\t\tbranch 'next' of https://example.org/flags\n"),
            _ => format!("{next}\n"),
        };
        flags.write(&format!(".git/{name}"), line);
        assert!(said(&flags).unwrap().starts_with("`~/flags/a.yaml` is cut off"), "{name}");
        flags.write("flags/a.yaml", WHOLE);
        flags.write("flags/new.yaml", "flags:\n  new: { enab");
        assert!(said(&flags).unwrap().starts_with("`~/flags/new.yaml` is cut off"), "{name}");
        flags.remove("flags/new.yaml");
        flags.remove(&format!(".git/{name}"));
    }
}

#[test]
fn line_ends_of_other_systems_change_nothing() {
    let flags = Flags::with([("flags/a.yaml", WHOLE)]);
    flags.commit_all("first");
    flags.write("flags/a.yaml", WHOLE[..40].replace('\n', "\r\n"));
    assert!(said(&flags).is_some());
}

#[test]
fn a_torn_file_is_not_served() {
    let flags = Flags::with([("flags/a.yaml", &flag("a", "one"))]);
    let longer = format!("{}# and more\n", flag("a", "two"));
    flags.commit_all("first");
    let daemon = Daemon::serving(flags.path("flags"));
    daemon.expect("a", "one");
    flags.write("flags/a.yaml", &longer);
    daemon.expect("a", "two");
    flags.commit_all("second");
    // Good YAML, in which nothing but the end is missing.
    flags.write("flags/a.yaml", longer.trim_end());
    daemon.log_line("is cut off: it is the first");
    assert_eq!(daemon.value("a"), "two");
    assert!(daemon.status()["rejected"]["message"].as_str().unwrap().contains("is cut off"));
    flags.write("flags/a.yaml", longer);
    daemon.wait("the status to say so", || daemon.status()["rejected"].is_null());
    daemon.stop();
}
