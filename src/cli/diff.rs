//! `flagstaff diff`: what a change does, and whom it moves.
#![expect(clippy::disallowed_methods, reason = "a population is read from a file")]

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use crate::{
    cli::{
        environment::Environment,
        format,
        outcome::{CommandOutcome, Exit},
        roots::{RootOptions, local_path},
        sides::{self, SideLoaded, Sides},
    },
    definition::definitions::Definitions,
    diff::{
        difference::diff,
        pairing::DiffInput,
        policy::Forbidden,
        population::{Census, Count},
    },
    engine::instant::Instant,
    report::diff::{
        format::{DiffFormat, FORMATS},
        view::{DiffSide, View},
    },
};

/// How large a file with a population may be, in bytes.
pub const POPULATION_SIZE_BYTES_MAX: u64 = 256 << 20;

/// The options of `diff`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Before: a git revision or a directory. A branch means the commit at which HEAD left it, as
    /// in a pull request
    #[arg(value_name = "BASE")]
    base: String,
    /// After: a git revision or a directory; the working tree by default
    #[arg(value_name = "HEAD")]
    head: Option<String>,
    #[command(flatten)]
    roots: RootOptions,
    /// How to show what changed
    #[arg(
        long,
        value_name = "FORMAT",
        env = "FLAGSTAFF_DIFF_FORMAT",
        default_value = FORMATS[0].name,
        value_parser = format::one_of(&FORMATS),
    )]
    format: DiffFormat,
    /// Contexts, one JSON object a line with a `targetingKey`: counts which of them move
    #[arg(long, value_name = "FILE", env = "FLAGSTAFF_POPULATION", value_parser = local_path())]
    population: Option<PathBuf>,
    /// The time at which to evaluate the population, such as 2026-12-01T09:00:00Z; now by default
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Instant>,
    /// Fail on these: rebucketed, renamed, renamed-without-salt, removed, variant-removed,
    /// type-changed, widened-to-everyone, unreachable, not-computed, any of them (`any`), or
    /// `widened-over=N`: more than N % of some group of users newly get a flag
    #[arg(long, value_name = "HAZARD", env = "FLAGSTAFF_FAIL_ON", value_delimiter = ',')]
    fail_on: Vec<Forbidden>,
}

const EXAMPLES: &str = "\
Examples:
  flagstaff diff main                      what this branch and your edits do
  flagstaff diff HEAD                      what your edits do that are not committed
  flagstaff diff v1.4.0 v1.5.0             between two revisions
  flagstaff diff ./before ./after          between two directories that hold `flags`
  flagstaff diff main --root flags --root deploy/environments/production
  flagstaff diff main --format markdown --fail-on rebucketed,removed,widened-over=25

Shares of users are computed, not sampled. Exit codes: 0 for a change, 1 if `--fail-on` applies, 2
if the sides cannot be compared.";

/// Compares, and shows what the change does.
#[must_use]
pub fn run(arguments: Arguments, environment: &Environment) -> CommandOutcome {
    let (Ok(outcome) | Err(outcome)) = compare(arguments, environment);
    outcome
}

fn compare(
    arguments: Arguments,
    environment: &Environment,
) -> Result<CommandOutcome, CommandOutcome> {
    let Arguments { base, head, roots, format, population, at, fail_on } = arguments;
    // Whether it is there is found out before anything is computed.
    let file = population.as_deref().map(|path| Ok((path, opened(path)?))).transpose();
    let file = file.map_err(|problem: String| CommandOutcome::could_not_run(problem))?;
    let Sides { base, head } =
        sides::load(&base, head.as_deref(), &roots.source(), environment.today())?;
    let colour = environment.colour_messages;
    let definitions = |side: &'_ SideLoaded| side.loaded.compilation.definitions.is_some();
    if let Some(broken) = [&base, &head].into_iter().find(|side| !definitions(side)) {
        return Err(broken.refusal(colour));
    }
    let (Some(old), Some(new)) =
        (&base.loaded.compilation.definitions, &head.loaded.compilation.definitions)
    else {
        return Err(base.refusal(colour));
    };
    let difference = diff(tree(&base, old), tree(&head, new));
    let now = at.unwrap_or_else(|| environment.now.into());
    let count = Count::new(&difference, &old.flag_set, &new.flag_set, now);
    let censuses = match file {
        Some((path, file)) => counted(path, file, count)
            .map_err(CommandOutcome::could_not_run)?
            .into_iter()
            .map(Some)
            .collect(),
        None => vec![None; difference.flags.len()],
    };
    let violations: Vec<String> =
        fail_on.iter().flat_map(|forbidden| forbidden.violations(&difference, &censuses)).collect();
    let view = View { diff: &difference, base: side(&base, old), head: side(&head, new), censuses };
    let verdict = if violations.is_empty() { Exit::Fine } else { Exit::Problem };
    let mut outcome =
        CommandOutcome::new(verdict, (format.render)(&view, environment.colour_output));
    for root in &base.absent {
        let note = format!("note: `{root}` does not exist in {}: all in it is new", base.name);
        outcome = outcome.message(note);
    }
    Ok(violations.into_iter().fold(outcome, CommandOutcome::error))
}

fn tree<'t>(side: &'t SideLoaded, definitions: &'t Definitions) -> DiffInput<'t> {
    let compilation = &side.loaded.compilation;
    let (diagnostics, paths) = (&compilation.diagnostics, &compilation.paths);
    DiffInput { written: &side.written, definitions, diagnostics, paths }
}

fn side<'t>(side: &'t SideLoaded, definitions: &'t Definitions) -> DiffSide<'t> {
    DiffSide {
        name: side.name.clone(),
        version: &definitions.version,
        commit: side.commit.clone(),
        paths: &side.loaded.compilation.paths,
    }
}

/// A file with a population.
fn opened(path: &Path) -> Result<File, String> {
    File::open(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))
}

/// What comes of a population, read line by line.
fn counted(path: &Path, file: File, mut count: Count<'_>) -> Result<Vec<Census>, String> {
    let shown = path.display();
    let mut lines = BufReader::new(file.take(POPULATION_SIZE_BYTES_MAX + 1));
    let (mut line, mut read) = (String::new(), 0);
    loop {
        line.clear();
        let size = lines.read_line(&mut line);
        let size = size.map_err(|error| format!("cannot read `{shown}`: {error}"))?;
        if size == 0 {
            return Ok(count.finish());
        }
        read += size as u64;
        if POPULATION_SIZE_BYTES_MAX < read {
            let limit = POPULATION_SIZE_BYTES_MAX >> 20;
            return Err(format!("`{shown}` is larger than {limit} MiB: a sample of it will do"));
        }
        count.line(&line).map_err(|unusable| format!("`{shown}`, {unusable}"))?;
    }
}

fn time(text: &str) -> Result<Instant, String> {
    Instant::parse(text)
        .ok_or_else(|| "expected a time with an offset, such as 2026-12-01T09:00:00Z".to_owned())
}
