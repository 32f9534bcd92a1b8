//! The real binary, run in a directory of its own; what it says as one text.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use crate::harness::Flags;

/// A command with an environment that says nothing about colours, CI or options.
pub fn command(directory: &Flags, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagstaff"));
    command.current_dir(directory.root()).args(arguments);
    let says_something = |name: &str| {
        ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "COLUMNS", "CI"].contains(&name)
            || ["FLAGSTAFF_", "GITHUB_"].iter().any(|prefix| name.starts_with(prefix))
    };
    for (name, _) in std::env::vars().filter(|(name, _)| says_something(name)) {
        command.env_remove(name);
    }
    command
}

/// Runs it, and says all that can be seen of it: stdout, then stderr, then the exit code.
pub fn run(directory: &Flags, arguments: &[&str]) -> String {
    said(&command(directory, arguments).output().unwrap())
}

/// The same with something on stdin.
pub fn run_with_input(directory: &Flags, arguments: &[&str], input: &str) -> String {
    let mut command = command(directory, arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may end without having read everything.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    said(&child.wait_with_output().unwrap())
}

/// All that can be seen of a program that has ended.
pub fn said(output: &Output) -> String {
    let mut text = String::from_utf8(output.stdout.clone()).unwrap();
    if !output.stderr.is_empty() {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push_str("⏎ none\n");
        }
        text.push_str("--- stderr\n");
        text.push_str(std::str::from_utf8(&output.stderr).unwrap());
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str("⏎ none\n");
    }
    text + &format!("--- exit {}", output.status.code().unwrap())
}
