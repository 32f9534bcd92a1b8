//! The options that say where definitions are, and reading them for one command.

use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser};
use jiff::civil::Date;

use crate::{
    cli::outcome::CommandOutcome,
    definition::compile::{Compilation, Root, compile},
    report::findings::{human, view::Findings},
    source::{
        file_kind::{FileKind, is_url, purpose},
        glob::Glob,
        read::{SourceOptions, read, read_files},
    },
};

/// The root if none is given.
pub const ROOT_DEFAULT: &str = "flags";

/// Roots as arguments: `check flags deploy/environments/production`.
#[derive(Clone, Debug, clap::Args)]
pub struct RootArguments {
    /// Directories or files with definitions; layers, lowest first
    #[arg(
        value_name = "ROOT",
        default_value = ROOT_DEFAULT,
        env = "FLAGSTAFF_ROOT", hide_env_values = true,
        value_delimiter = ',',
        value_parser = local_path(),
    )]
    roots: Vec<PathBuf>,
    #[command(flatten)]
    exclude: Exclude,
}

/// Roots as an option, for commands whose arguments are something else.
#[derive(Clone, Debug, clap::Args)]
pub struct RootOptions {
    /// Directory or file with definitions; repeat it for layers, lowest first
    #[arg(
        long = "root",
        value_name = "PATH",
        default_value = ROOT_DEFAULT,
        env = "FLAGSTAFF_ROOT", hide_env_values = true,
        value_delimiter = ',',
        value_parser = local_path(),
    )]
    roots: Vec<PathBuf>,
    #[command(flatten)]
    exclude: Exclude,
}

#[derive(Clone, Debug, clap::Args)]
struct Exclude {
    /// Ignore files that match, by path inside the root (`drafts/**`) or by name; repeatable
    #[arg(
        long,
        value_name = "GLOB",
        env = "FLAGSTAFF_EXCLUDE",
        hide_env_values = true,
        value_delimiter = ','
    )]
    exclude: Vec<Glob>,
}

/// Definitions that were read and compiled, with errors or without.
#[derive(Debug)]
pub struct Loaded {
    /// What was read.
    pub roots: Vec<Root>,
    /// What came of it.
    pub compilation: Compilation,
}

/// Takes a path, and no address of something elsewhere, which would be a directory that is not
/// there.
#[must_use]
pub fn local_path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        let shown = path.to_string_lossy();
        match shown.strip_prefix("file://") {
            Some(bare) => Err(format!("this is a URL: write the path, `{bare}`")),
            None if is_url(&shown) => Err(format!(
                "this is a URL, and nothing is fetched: expected a path on this machine; clone the \
                 repository first, `git clone {shown}`"
            )),
            None => Ok(path),
        }
    })
}

impl RootArguments {
    /// What is to be read.
    #[must_use]
    pub fn source(self) -> SourceOptions {
        SourceOptions { roots: self.roots, exclude: self.exclude.exclude }
    }
}

impl RootOptions {
    /// What is to be read.
    #[must_use]
    pub fn source(self) -> SourceOptions {
        SourceOptions { roots: self.roots, exclude: self.exclude.exclude }
    }
}

impl Loaded {
    /// What was found.
    #[must_use]
    pub fn findings(&self) -> Findings<'_> {
        Findings::of(&self.roots, &self.compilation)
    }

    /// The outcome for a command that needs definitions without errors, where there are some.
    #[must_use]
    pub fn refusal(&self, colour: bool) -> CommandOutcome {
        let mut outcome =
            CommandOutcome::could_not_run("definitions with errors are never evaluated");
        outcome.messages.insert_str(0, &human::render(&self.findings(), colour));
        outcome
    }
}

/// Reads and compiles, or says why that cannot be done.
///
/// # Errors
///
/// The outcome of the command: a root cannot be read, or has no definitions in it.
pub fn load(options: &SourceOptions, today: Date) -> Result<Loaded, CommandOutcome> {
    let roots = read_roots(options)?;
    let compilation = compile(&roots, today);
    Ok(Loaded { roots, compilation })
}

/// Reads, or says why that cannot be done.
///
/// # Errors
///
/// As [`load`].
pub fn read_roots(options: &SourceOptions) -> Result<Vec<Root>, CommandOutcome> {
    refuse_test_file(options)?;
    let roots = read(options).map_err(|unreadable| {
        let outcome = CommandOutcome::could_not_run(&unreadable);
        if unreadable.is_missing { outcome.message(ADVICE) } else { outcome }
    })?;
    match roots.iter().find(|root| root.files.is_empty()) {
        None => Ok(roots),
        Some(root) => {
            let reason = format!(
                "`{}` has no definitions: expected `*.yaml`, `*.yml` or `*.json` in it",
                root.name
            );
            Err(CommandOutcome::could_not_run(reason).message(ADVICE))
        }
    }
}

/// Reads the files with flag tests, a root for each root; one that is a file has none.
///
/// # Errors
///
/// As [`load`].
pub fn read_tests(options: &SourceOptions) -> Result<Vec<Root>, CommandOutcome> {
    let reading = read_files(options, FileKind::Test)
        .map_err(|unreadable| CommandOutcome::could_not_run(&unreadable))?;
    let without_file_roots = reading.roots.into_iter().zip(reading.walks).map(|(root, walk)| {
        let is_file = walk.files.iter().any(|found| found.inside.is_empty());
        if is_file { Root { files: Vec::new(), ..root } } else { root }
    });
    Ok(without_file_roots.collect())
}

/// Refuses a root that is a file with flag tests: it holds no flags.
fn refuse_test_file(options: &SourceOptions) -> Result<(), CommandOutcome> {
    let mut names = options.roots.iter().filter_map(|root| root.file_name()?.to_str());
    match names.find(|name| purpose(name) == Some(FileKind::Test)) {
        None => Ok(()),
        Some(name) => {
            let reason =
                format!("`{name}` holds tests and no flags: name the directory that has both");
            Err(CommandOutcome::could_not_run(reason))
        }
    }
}

/// What to do where there are no definitions.
const ADVICE: &str = "help: name the directory that has your flags, or begin with \
                      `flagstaff new my-flag`";
