//! Every command; the only code that prints.
#![expect(clippy::disallowed_methods, reason = "arguments and their variables enter here")]

use std::{
    env,
    ffi::OsStr,
    io::{self, Write},
    process::ExitCode,
};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::cli::{
    check, diff,
    environment::Environment,
    eval, explain, health, import, init, manifest, new,
    outcome::{CommandOutcome, Exit},
    schema, serve, test,
};

/// Feature flags as YAML files in git: checked in the pull request, served over HTTP
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, max_term_width = 100, after_help = EXAMPLES)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  flagstaff new new-checkout --rollout 25
  flagstaff check
  flagstaff eval new-checkout --context '{\"targetingKey\": \"u-1\"}' --explain
  flagstaff serve flags deploy/environments/production

You can set most options by environment variables, too (FLAGSTAFF_…; separate several values by
commas; an empty one counts as not set).
Exit codes: 0 fine, 1 a problem was found, 2 could not run.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve evaluations over HTTP and follow every change of the definitions
    Serve(Box<serve::Arguments>),
    /// Validate definitions: every mistake, with its place and what you probably meant
    Check(check::Arguments),
    /// Say what a change does, and which users it affects, before you merge it
    Diff(diff::Arguments),
    /// Run the flag tests: `*.test.yaml` beside or below the flags
    Test(test::Arguments),
    /// Evaluate one flag as the daemon would, and explain the answer
    Eval(eval::Arguments),
    /// Explain a diagnostic or hazard, with a bad and a good example
    Explain(explain::Arguments),
    /// Write a starter repository: flags, their tests, and a workflow
    Init(init::Arguments),
    /// Write new flag files; never overwrite one
    New(new::Arguments),
    /// Bring flags over from another system, so that nobody gets another variant
    Import(import::Arguments),
    /// Print the JSON schema of a definition file or a flag test, for editors
    Schema(schema::Arguments),
    /// Print the manifest from which OpenFeature's command line makes typed accessors
    Manifest(manifest::Arguments),
    /// Ask a running daemon whether it is ready
    Health(health::Arguments),
}

impl Command {
    fn run(self, environment: &Environment) -> CommandOutcome {
        match self {
            Self::Serve(arguments) => serve::run(*arguments, environment),
            Self::Check(arguments) => check::run(arguments, environment),
            Self::Diff(arguments) => diff::run(arguments, environment),
            Self::Test(arguments) => test::run(arguments, environment),
            Self::Eval(arguments) => eval::run(arguments, environment),
            Self::Explain(arguments) => explain::run(&arguments),
            Self::Init(arguments) => init::run(&arguments),
            Self::New(arguments) => new::run(&arguments),
            Self::Import(arguments) => import::run(&arguments, environment),
            Self::Schema(arguments) => schema::run(&arguments),
            Self::Manifest(arguments) => manifest::run(arguments, environment),
            Self::Health(arguments) => health::run(&arguments),
        }
    }
}

/// Every command with its options, as clap knows them.
#[must_use]
pub fn description() -> clap::Command {
    CommandLine::command()
}

/// Makes an empty environment variable mean what one that is not set does, for every option of
/// every command: it is the only way to take a variable back where something sets it always, as
/// Compose files and Helm charts do.
#[must_use]
pub fn without_empty_variables(
    command: clap::Command,
    is_empty: fn(&OsStr) -> bool,
) -> clap::Command {
    let described = command.mut_args(|argument| match argument.get_env() {
        Some(name) if is_empty(name) => argument.env(None),
        _ => argument,
    });
    described.mut_subcommands(|below| without_empty_variables(below, is_empty))
}

fn is_empty_variable(name: &OsStr) -> bool {
    env::var_os(name).is_some_and(|value| value.is_empty())
}

fn parse() -> Result<CommandLine, clap::Error> {
    let mut command = without_empty_variables(description(), is_empty_variable);
    match command.try_get_matches_from_mut(env::args_os()) {
        Ok(matches) => {
            CommandLine::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
        }
        // Help names all variables, those that are empty too.
        Err(error) if !error.use_stderr() => description().try_get_matches().and(Err(error)),
        Err(error) => Err(error),
    }
}

/// Runs the command that the process's arguments name, and says how to end.
#[must_use]
pub fn run() -> ExitCode {
    match parse() {
        Ok(line) => print(&line.command.run(&Environment::of_process())),
        Err(error) => {
            // Help and version go to stdout, everything else to stderr; neither can be told.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() { Exit::CouldNotRun } else { Exit::Fine }.code())
        }
    }
}

/// Prints what a command came to. Whoever reads may stop at any time: that is no error.
fn print(outcome: &CommandOutcome) -> ExitCode {
    let CommandOutcome { output, messages, verdict } = outcome;
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(output.as_bytes()).and_then(|()| stdout.flush());
    if !messages.is_empty() {
        // Only then: the thread that writes the log may hold the lock, waiting for whoever reads.
        let _ = io::stderr().write_all(messages.as_bytes());
    }
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = writeln!(io::stderr(), "error: cannot write to stdout: {error}");
            ExitCode::from(Exit::CouldNotRun.code())
        }
        _ => ExitCode::from(verdict.code()),
    }
}
