//! What the README shows is what happens.

use std::{path::Path, process::Command};

use flagstaff::http::route::{ENDPOINTS, Endpoint};

use crate::harness::{Daemon, Flags};

const README: &str = include_str!("../../README.md");

/// A fenced block: the words after the fence, and the text.
type Block = (&'static str, &'static str);

fn blocks() -> impl Iterator<Item = Block> {
    let fenced = README.split("\n```").skip(1).step_by(2);
    fenced.map(|block| block.split_once('\n').unwrap())
}

/// The commands of a console block, each with what it prints.
fn commands(block: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    let mut goes_on = false;
    for line in block.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (None, Some((command, _))) if goes_on => *command += &format!("{line}\n"),
            (None, Some((_, printed))) => *printed += &format!("{line}\n"),
            (None, None) => panic!("no command before {line}"),
            (Some(command), _) => commands.push((format!("{command}\n"), String::new())),
        }
        goes_on = line.ends_with('\\');
    }
    commands
}

/// A directory with the project's definitions.
fn project() -> Flags {
    let directory = Flags::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["flags", "deploy"] {
        let mut copy = Command::new("cp");
        copy.arg("-r").arg(root.join(folder)).arg(directory.root());
        assert!(copy.status().unwrap().success());
    }
    directory
}

/// Runs a line as a shell does, and says what it prints, errors included.
fn shell(directory: &Flags, line: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_flagstaff")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {line}\n}} 2>&1")])
        .current_dir(directory.root())
        .env("PATH", format!("{}:{path}", program.display()))
        .env("NO_COLOR", "1")
        .env_remove("CI")
        .env_remove("GITHUB_ACTIONS")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_command_prints_what_is_shown() {
    let (mut count, mut file) = (0, None);
    for (words, text) in blocks() {
        if let Some(path) = words.strip_prefix("yaml ") {
            file = Some((path, text));
        }
        let console = if words == "console" { commands(text) } else { Vec::new() };
        for (command, printed) in &console {
            if !command.starts_with("flagstaff ") {
                continue;
            }
            let directory = project();
            if let Some((path, text)) = file.take() {
                directory.write(path, format!("{text}\n"));
            }
            assert_eq!(shell(&directory, command).trim_end(), printed.trim_end(), "{command}");
            count += 1;
        }
    }
    assert!(2 <= count && file.is_none(), "{count} commands, {file:?}");
}

#[test]
fn every_answer_of_the_daemon_is_what_is_shown() {
    let directory = project();
    let daemon = Daemon::serving(directory.path("flags"));
    let mut count = 0;
    for (_, text) in blocks().filter(|(words, _)| *words == "console") {
        for (command, printed) in commands(text) {
            if command.starts_with("sed ") {
                let before = daemon.log();
                assert_eq!(shell(&directory, &command), "");
                daemon.wait("a line about the edit", || daemon.log() != before);
            }
            let Some(asked) = command.strip_prefix("curl localhost:8016/") else { continue };
            let (path, body) = asked.trim_end().split_once(" -d ").unwrap();
            let body = body.trim_matches('\'');
            let answer = || daemon.ask(&format!("POST /{path}"), body).body;
            daemon.wait(&command, || answer() == printed.trim_end());
            count += 1;
        }
    }
    assert!(4 <= count, "{count} answers");
    daemon.log_line("the definitions are not taken: 1 error: ");
    daemon.stop();
}

#[test]
fn every_flag_that_is_shown_is_a_good_one() {
    for (_, text) in blocks().filter(|(words, _)| *words == "yaml") {
        let text =
            if text.contains("flags:") { text.to_owned() } else { format!("flags:\n{text}") };
        let segments = "\nsegments:\n  benelux: [where: { country: [NL, BE, LU] }]\n";
        crate::evaluation::definitions(&format!("{text}{segments}"));
    }
}

#[test]
fn every_command_and_every_endpoint_is_listed() {
    let help = shell(&Flags::new(), "flagstaff --help");
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    for line in commands.lines() {
        let name = line.split_whitespace().next().unwrap();
        let is_listed = README.contains(&format!("| `flagstaff {name}"));
        assert!(is_listed || name == "help", "the README does not list `{name}`");
    }
    for Endpoint { method, path, .. } in &ENDPOINTS {
        let rows = README.lines().filter(|line| line.starts_with("| `"));
        let cells = rows.filter_map(|row| row.split(" | ").next());
        let is_there = |cell: &str| {
            cell.contains(method.as_str()) && cell.split(['`', ' ']).any(|word| word == *path)
        };
        assert!(cells.clone().any(is_there), "the README does not list {method} {path}");
    }
}
