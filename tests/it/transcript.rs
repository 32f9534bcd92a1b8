//! Sessions at a shell: commands in, what is seen out.
//!
//! `tests/transcripts` holds a file a session. `$ COMMAND` is given to bash in a directory of the
//! session's own, with the real binary on its path and a git that is the same everywhere; further
//! lines of a command begin with `> `. What follows is what is to be seen, stdout and stderr as they
//! come, and `(exit N)` where that is not 0. `# …` is a remark. `INSTA_UPDATE=always` rewrites what is
//! to be seen.

use std::{env, fs, path::Path, process::Command};

use crate::{harness::Flags, table};

/// One command and what is to be seen of it.
#[derive(Default)]
struct Step {
    /// The lines before the output as they stand in the file: remarks, then the command.
    lines: Vec<String>,
    command: String,
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        let begins = line.starts_with("$ ") || line.starts_with("# ");
        if begins && !(is_open && steps.last().is_some_and(|step| step.command.is_empty())) {
            steps.push(Step::default());
            is_open = true;
        }
        let Some(step) = steps.last_mut() else { continue };
        let rest = line.strip_prefix("$ ").or_else(|| line.strip_prefix("> "));
        match rest {
            Some(command) if is_open => {
                step.command += command;
                step.command += "\n";
                step.lines.push(line.to_owned());
            }
            None if line.starts_with("# ") && is_open => step.lines.push(line.to_owned()),
            None if line == ">" && is_open => {
                step.command += "\n";
                step.lines.push(line.to_owned());
            }
            _ => is_open = false,
        }
    }
    steps
}

/// Runs a command, and says all that is seen of it.
fn seen(directory: &Flags, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_flagstaff")).parent().unwrap();
    let path = format!("{}:{}", program.display(), env::var("PATH").unwrap());
    let mut bash = Command::new("bash");
    bash.arg("-c").arg(format!("exec 2>&1; {command}")).current_dir(directory.root());
    let says_something = |name: &str| {
        ["NO_COLOR", "CLICOLOR", "TERM", "COLUMNS", "CI"].contains(&name)
            || ["FLAGSTAFF_", "GITHUB_", "GIT_"].iter().any(|prefix| name.starts_with(prefix))
    };
    for (name, _) in env::vars().filter(|(name, _)| says_something(name)) {
        bash.env_remove(name);
    }
    let always = [
        ("PATH", &*path),
        ("LC_ALL", "C"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ("GIT_AUTHOR_NAME", "Ada"),
        ("GIT_AUTHOR_EMAIL", "ada@example.com"),
        ("GIT_AUTHOR_DATE", "2026-11-22T10:00:00Z"),
        ("GIT_COMMITTER_NAME", "Ada"),
        ("GIT_COMMITTER_EMAIL", "ada@example.com"),
        ("GIT_COMMITTER_DATE", "2026-11-22T10:00:00Z"),
    ];
    let output = bash.envs(always).output().unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    let here = fs::canonicalize(directory.root()).unwrap();
    text = text.replace(here.to_str().unwrap(), "/here");
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    match output.status.code() {
        Some(0) => text,
        code => text + &format!("(exit {})\n", code.unwrap()),
    }
}

#[track_caller]
fn check(path: &Path) {
    let expected = fs::read_to_string(path).unwrap();
    let directory = Flags::new();
    let mut actual = String::new();
    for step in steps(&expected) {
        for line in &step.lines {
            actual += line;
            actual += "\n";
        }
        actual += &seen(&directory, &step.command);
    }
    table::compare(path, &actual);
}

#[test]
fn sessions_go_as_written() {
    let paths = table::files("transcripts");
    assert!(!paths.is_empty());
    paths.iter().for_each(|path| check(path));
}

/// The comments that are shown as examples are what the sessions have seen, all of them and whole.
#[test]
fn the_comments_in_the_documents_are_real() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = fs::read_to_string(root.join("docs/pull-request.md")).unwrap();
    let session = fs::read_to_string(root.join("tests/transcripts/diff-comments.txt")).unwrap();
    let comments: Vec<&str> = session.split("<!-- flagstaff diff -->\n").skip(1).collect();
    assert_eq!(comments.len(), 3);
    for comment in comments {
        let end = comment.find("</details>\n").unwrap() + "</details>\n".len();
        assert!(document.contains(&comment[..end]), "{}", &comment[..end]);
    }
}
