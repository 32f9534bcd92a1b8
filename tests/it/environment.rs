//! Environment variables: an empty one means what one that is not set does, everywhere.

use std::process::Command;

use flagstaff::cli::command::{description, without_empty_variables};

use crate::{
    harness::{Daemon, Flags, flagstaff},
    program,
};

/// The variable of every option of every command, with the command.
fn variables() -> Vec<(String, String)> {
    let command = description();
    let of = |below: &clap::Command| {
        let named = below.get_arguments().filter_map(|argument| argument.get_env());
        let pair = |name: &std::ffi::OsStr| {
            (below.get_name().to_owned(), name.to_str().unwrap().to_owned())
        };
        named.map(pair).collect::<Vec<_>>()
    };
    command.get_subcommands().flat_map(of).collect()
}

/// A command line for each command that has options with variables; it ends by itself.
const LINES: [(&str, &[&str]); 7] = [
    ("check", &["check"]),
    ("diff", &["diff", "HEAD"]),
    ("test", &["test"]),
    ("eval", &["eval", "new-checkout"]),
    ("manifest", &["manifest"]),
    ("health", &["health"]),
    ("serve", &["serve", "--exit-on-invalid", "--listen", "127.0.0.1:0"]),
];

#[test]
fn an_empty_variable_is_an_unset_one_for_every_option() {
    let directory = Flags::new();
    program::run(&directory, &["init"]);
    directory.commit_all("all");
    let variables = variables();
    assert!(30 < variables.len(), "{variables:?}");
    for (name, variable) in &variables {
        assert!(variable.starts_with("FLAGSTAFF_"), "{variable}");
        let line = LINES.iter().find(|(known, _)| known == name);
        let (_, line) = line.unwrap_or_else(|| panic!("no line for `{name}`"));
        if name == "serve" {
            continue;
        }
        let run = |command: &mut Command| program::said(&command.output().unwrap());
        let unset = run(&mut program::command(&directory, line));
        let empty = run(program::command(&directory, line).env(variable, ""));
        assert_eq!(empty, unset, "{variable} of `{name}`");
    }
}

#[test]
fn a_daemon_starts_with_every_variable_empty() {
    let directory = Flags::new();
    program::run(&directory, &["init"]);
    let mut command = flagstaff();
    command.current_dir(directory.root()).args(["serve", "--listen", "127.0.0.1:0"]);
    for (_, variable) in variables().iter().filter(|(name, _)| name == "serve") {
        command.env(variable, "");
    }
    let daemon = Daemon::start(command);
    daemon.expect("new-checkout", false);
    let log = daemon.log_line("serving 2 flags of `flags`");
    assert!(log.contains(r#""level":"INFO""#), "{log}");
    let flags = daemon.ask("POST /ofrep/v1/evaluate/flags", "{}").json();
    assert_eq!(flags["flags"].as_array().unwrap().len(), 2, "{flags}");
    assert!(flags["eventStreams"].is_null(), "{flags}");
    daemon.stop();
}

#[test]
fn the_one_mechanism_knows_every_argument() {
    fn left(command: &clap::Command) -> usize {
        let own = command.get_arguments().filter(|argument| argument.get_env().is_some()).count();
        own + command.get_subcommands().map(left).sum::<usize>()
    }
    assert_eq!(left(&description()), variables().len(), "a command below a command");
    assert_eq!(left(&without_empty_variables(description(), |_| true)), 0);
    let one = without_empty_variables(description(), |name| name == "FLAGSTAFF_SELECT");
    assert_eq!(left(&one), variables().len() - 1);
}

#[test]
fn lists_may_have_an_end_of_line_at_their_end() {
    let directory = Flags::with([(
        "flags/a.yaml",
        "flags:\n  a:\n    enabled: true\n    targeting_rules: [where: { region: eu }]\n",
    )]);
    let mut command = flagstaff();
    command.arg("serve").arg(directory.path("flags")).args(["--listen", "127.0.0.1:0"]);
    command.env("FLAGSTAFF_CONTEXT", "region=eu\nshard=3\n");
    let daemon = Daemon::start(command);
    daemon.expect("a", true);
    daemon.stop();
}

#[test]
fn help_names_a_variable_that_is_empty() {
    let directory = Flags::new();
    let mut command = program::command(&directory, &["serve", "--help"]);
    let said = program::said(&command.env("FLAGSTAFF_SELECT", "").output().unwrap());
    assert!(said.contains("FLAGSTAFF_SELECT"), "{said}");
}
