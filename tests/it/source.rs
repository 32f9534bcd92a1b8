//! What is read below a root, and what is not.

use std::{fs, os::unix::fs::PermissionsExt, process::Command, thread};

use flagstaff::{
    definition::compile::{Content, Root},
    source::read::{SourceOptions, read},
};
use insta::assert_snapshot;

use crate::harness::Flags;

/// Reads roots in a temporary directory, and says what was read: a line for each file.
fn reading(flags: &Flags, roots: &[&str], exclude: &[&str]) -> String {
    let roots = roots.iter().map(|root| flags.root().join(root)).collect();
    let exclude = exclude.iter().map(|glob| glob.parse().unwrap()).collect();
    let shown = match read(&SourceOptions { roots, exclude }) {
        Ok(roots) => roots.iter().flat_map(|root| &root.files).map(line).collect::<String>(),
        Err(unreadable) => unreadable.to_string(),
    };
    shown.replace(flags.root().to_str().unwrap(), "~")
}

fn line(file: &flagstaff::definition::compile::SourceFile) -> String {
    let content = match &file.content {
        Content::Bytes(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
        other => format!("{other:?}"),
    };
    format!("{}: {content}\n", file.path)
}

#[test]
fn files_are_read_in_path_order_whatever_the_nesting() {
    let flags = Flags::with([
        ("b.yml", "b"),
        ("a/b/c.json", "c"),
        ("a.yaml", "a"),
        ("README.md", "no"),
        (".hidden.yaml", "no"),
        (".git/config.yaml", "no"),
        ("a/kustomization.yaml", "no"),
        ("kustomization.yml", "no"),
        ("a.test.yaml", "no"),
        ("a/b.test.json", "no"),
        ("test.yaml", "yes"),
        ("c/A.YAML", "A"),
        ("c/B.Yml", "B"),
        ("c/C.JSON", "C"),
        ("c/D.test.YAML", "no"),
        ("c/E.TEST.Json", "no"),
        ("c/kustomization.YAML", "no"),
        ("c/Kustomization.yml", "no"),
        ("c/.F.YAML", "no"),
        ("c/G.YAML.bak", "no"),
        ("c/TEST.YAML", "yes"),
    ]);
    assert_snapshot!(reading(&flags, &[""], &[]), @r#"
    ~/a.yaml: "a"
    ~/a/b/c.json: "c"
    ~/b.yml: "b"
    ~/c/A.YAML: "A"
    ~/c/B.Yml: "B"
    ~/c/C.JSON: "C"
    ~/c/TEST.YAML: "yes"
    ~/test.yaml: "yes"
    "#);
}

#[test]
fn a_root_is_a_file_or_a_directory_and_there_may_be_several() {
    let flags = Flags::with([("low/a.yaml", "a"), ("high.txt", "h")]);
    assert_snapshot!(reading(&flags, &["low/", "high.txt"], &[]), @r#"
    ~/low/a.yaml: "a"
    ~/high.txt: "h"
    "#);
}

#[test]
fn what_is_excluded_is_passed_over() {
    let flags = Flags::with([
        ("a.yaml", ""),
        ("drafts/b.yaml", ""),
        ("team/drafts/c.yaml", ""),
        ("team/d.draft.yaml", ""),
        ("team/e1.yaml", ""),
    ]);
    assert_snapshot!(reading(&flags, &[""], &["drafts/**", "*.draft.*", "team/e[0-9].yaml"]), @r#"
    ~/a.yaml: ""
    ~/team/drafts/c.yaml: ""
    "#);
    assert_snapshot!(reading(&flags, &[""], &["drafts", "**/?.draft.yaml"]), @r#"
    ~/a.yaml: ""
    ~/team/e1.yaml: ""
    "#);
}

#[test]
fn patterns_that_make_no_sense_are_refused() {
    for (pattern, expected) in [
        ("[ab", "`[ab` has a `[` without its `]`; write `[[]` for the character"),
        ("[z-a]", "`[z-a]` has a range in `[…]` that ends before it begins"),
    ] {
        assert_eq!(pattern.parse::<flagstaff::source::glob::Glob>().unwrap_err(), expected);
    }
}

#[test]
fn links_are_followed_while_they_stay_inside() {
    let flags = Flags::with([("flags/real/a.yaml", "a"), ("secret/b.yaml", "b")]);
    flags.link("flags/again", "real");
    flags.link("flags/file.yaml", "real/a.yaml");
    flags.link("flags/out.yaml", "../secret/b.yaml");
    flags.link("flags/out", "../secret");
    flags.link("flags/README.md", "../secret/b.yaml");
    flags.link("flags/real/up", "..");
    flags.link("flags/self.yaml", "self.yaml");
    flags.link("flags/nowhere", "nothing");
    assert_snapshot!(reading(&flags, &["flags"], &[]), @r#"
    ~/flags/again/a.yaml: "a"
    ~/flags/again/up: LinkLoop
    ~/flags/file.yaml: "a"
    ~/flags/out: LinkOutsideRoot("../secret")
    ~/flags/out.yaml: LinkOutsideRoot("../secret/b.yaml")
    ~/flags/real/a.yaml: "a"
    ~/flags/real/up: LinkLoop
    ~/flags/self.yaml: LinkLoop
    "#);
}

#[test]
fn a_root_may_be_a_link_to_anywhere() {
    let flags = Flags::with([("real/a.yaml", "a")]);
    flags.link("flags", "real");
    flags.link("file.yaml", "real/a.yaml");
    assert_snapshot!(reading(&flags, &["flags", "file.yaml"], &[]), @r#"
    ~/flags/a.yaml: "a"
    ~/file.yaml: "a"
    "#);
}

#[test]
fn a_volume_is_read_through_its_data_link_only() {
    let flags =
        Flags::with([("v/..1/a.yaml", "old"), ("v/..2/a.yaml", "new"), ("v/..2/b.yaml", "new")]);
    flags.link("v/..data", "..2");
    flags.link("v/a.yaml", "..data/a.yaml");
    flags.link("v/gone.yaml", "..data/gone.yaml");
    assert_snapshot!(reading(&flags, &["v"], &[]), @r#"
    ~/v/a.yaml: "new"
    ~/v/b.yaml: "new"
    "#);
    // Volumes below the root, and one that leads out of it.
    flags.link("evil/..data", "/etc");
    assert_snapshot!(reading(&flags, &[""], &[]), @r#"
    ~/evil/..data: LinkOutsideRoot("/etc")
    ~/v/a.yaml: "new"
    ~/v/b.yaml: "new"
    "#);
}

#[test]
fn a_missing_root_is_unreadable_and_an_empty_one_is_empty() {
    let flags = Flags::new();
    assert_snapshot!(reading(&flags, &["flags"], &[]), @"`~/flags` does not exist");
    assert_snapshot!(reading(&flags, &[""], &[]), @"");
}

#[test]
fn what_cannot_be_a_definition_is_unreadable() {
    let flags = Flags::new();
    flags.link("a.yaml", "nothing");
    assert_snapshot!(
        reading(&flags, &[""], &[]),
        @"`~/a.yaml` is a symbolic link to `nothing`, which does not exist"
    );
    flags.remove("a.yaml");
    assert!(Command::new("mkfifo").arg(flags.path("a.yaml")).status().unwrap().success());
    assert_snapshot!(reading(&flags, &[""], &[]), @"`~/a.yaml` is neither a file nor a directory");
}

#[test]
fn a_large_file_is_not_read() {
    let flags = Flags::new();
    flags.write("a.yaml", vec![b'#'; (1 << 20) + 1]);
    assert_snapshot!(reading(&flags, &[""], &[]), @"~/a.yaml: TooLarge(1048577)");
}

#[test]
fn all_files_together_have_limits() {
    let flags = Flags::new();
    for number in 0..65 {
        flags.write(&format!("{number:02}.yaml"), vec![b'#'; 1 << 20]);
    }
    assert_snapshot!(
        reading(&flags, &[""], &[]),
        @"`~/64.yaml` brings the size of all files above 64 MiB"
    );
    let flags = Flags::new();
    for number in 0..10_001 {
        flags.write(&format!("{number}.yaml"), "");
    }
    assert_snapshot!(reading(&flags, &[""], &[]), @"`~` brings the number of files above 10000");
}

#[test]
fn a_refusal_names_who_was_refused_and_why() {
    // Root may read everything, so this has to be somebody else.
    let flags = Flags::with([("flags/a.yaml", "a")]);
    fs::set_permissions(flags.path("flags/a.yaml"), fs::Permissions::from_mode(0o200)).unwrap();
    if fs::read(flags.path("flags/a.yaml")).is_ok() {
        return;
    }
    let text = reading(&flags, &["flags"], &[]);
    let expected = "`~/flags/a.yaml` cannot be read: permission denied; it has mode 0200";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn no_reading_mixes_two_states_of_a_volume() {
    let flags = Flags::new();
    let volume = |number: u32| {
        for name in 0..20 {
            flags.write(&format!("..{number}/{name}.yaml"), number.to_string());
        }
        flags.relink("..data", format!("..{number}"));
        if 0 < number {
            flags.remove(&format!("..{}", number - 1));
        }
    };
    volume(0);
    let options = SourceOptions { roots: vec![flags.root().into()], exclude: Vec::new() };
    thread::scope(|scope| {
        let writer = scope.spawn(|| (1..300).for_each(volume));
        let mut readings = 0;
        while !writer.is_finished() {
            // Where writing never pauses, giving up is right; a mixture is not.
            let Ok(roots) = read(&options) else { continue };
            assert!(is_of_one_piece(&roots), "{roots:?}");
            readings += 1;
        }
        assert!(0 < readings);
    });
}

fn is_of_one_piece(roots: &[Root]) -> bool {
    let files = &roots[0].files;
    files.len() == 20 && files.iter().all(|file| file.content == files[0].content)
}
