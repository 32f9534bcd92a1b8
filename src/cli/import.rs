//! `flagstaff import`: bring flags over from another system.
#![expect(clippy::disallowed_methods, reason = "the files of the other system enter here")]

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use clap::builder::{PossibleValue, PossibleValuesParser};

use crate::{
    cli::{
        environment::Environment,
        format,
        new::{existing, write},
        outcome::{CommandOutcome, Exit},
        roots::local_path,
    },
    definition::{
        compile::{Compilation, Content, Root, SourceFile, compile},
        definitions::Definitions,
    },
    diagnostics::{
        place::{FileId, Paths},
        severity::Severity,
    },
    import::{
        decisions::{Replay, replay},
        imported::Imported,
        report::{IMPORT_FORMATS, ImportFormat, ImportReport},
        system::{FOREIGN_SYSTEMS, ForeignSystem, ForeignVersion},
        verdict::{ImportRefusal, ImportVerdict},
    },
    yaml::document,
};

/// The options of `import`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The system that the flags are from
    #[arg(value_name = "SYSTEM", value_parser = systems())]
    system: String,
    /// Its definition files
    #[arg(value_name = "FILE", required = true, value_parser = local_path())]
    files: Vec<PathBuf>,
    /// Write a file for each flag to this directory; without it, all go to stdout
    #[arg(long, value_name = "DIR", value_parser = local_path())]
    out: Option<PathBuf>,
    /// The version that decided until now, where versions hash differently; the latest by default
    #[arg(long, value_name = "VERSION")]
    from_version: Option<String>,
    /// How to show what came of it; with this and without `--out`, no definitions are printed
    #[arg(long, value_name = "FORMAT", value_parser = format::one_of(&IMPORT_FORMATS))]
    report: Option<ImportFormat>,
    /// Make decisions of the other system again and list those that differ: lines of JSON with
    /// `flag`, `context`, and `variant` or `value`
    #[arg(long, value_name = "DECISIONS", value_parser = local_path())]
    verify: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  flagstaff import flagd flags.flagd.json --out flags
  flagstaff import flagd flags.flagd.json --from-version v1 --report markdown
  flagstaff import goff flags.goff.yaml --report human --verify decisions.jsonl

Each flag gets a verdict: `exact`; `exact if` what is listed holds; or `refused`, with the place
and what to do. A refused flag is left out. The exit code is 1 if a flag is refused or a decision
differs.";

fn systems() -> PossibleValuesParser {
    let values = FOREIGN_SYSTEMS.iter();
    values.map(|system| PossibleValue::new(system.name).help(system.title)).into()
}

/// Imports flags, and says how far each answers as it did.
#[must_use]
pub fn run(arguments: &Arguments, environment: &Environment) -> CommandOutcome {
    let (Ok(outcome) | Err(outcome)) = import(arguments, environment);
    outcome
}

fn import(
    arguments: &Arguments,
    environment: &Environment,
) -> Result<CommandOutcome, CommandOutcome> {
    let (system, version) = chosen(arguments)?;
    let paths: Paths =
        arguments.files.iter().map(|path| path.display().to_string().into_boxed_str()).collect();
    let mut imported = read(arguments, system, version, &paths)?;
    let definitions = checked(&mut imported, system, &paths, environment)?;
    let replay = match &arguments.verify {
        Some(path) => Some(verify(path, &definitions, environment)?),
        None => None,
    };
    let report = ImportReport { imported: &imported, paths: &paths, replay: replay.as_ref() };
    let is_fine = imported.count("refused") == 0
        && replay.as_ref().is_none_or(|replay| replay.differences.is_empty());
    let verdict = if is_fine { Exit::Fine } else { Exit::Problem };
    let colour = environment.colour_output;
    let shown = (arguments.report.unwrap_or(IMPORT_FORMATS[0]).render)(&report, colour);
    let outcome = match &arguments.out {
        Some(out) => {
            let written = write_all(out, &imported, system, &paths)?;
            let is_for_people = arguments.report.is_none_or(|format| format.name == "human");
            let written = if is_for_people { written } else { String::new() };
            CommandOutcome::new(verdict, written + &shown)
        }
        None if arguments.report.is_some() => CommandOutcome::new(verdict, shown),
        None => {
            let text = imported.document(system.title, &paths);
            CommandOutcome::new(verdict, text).message(shown.trim_end())
        }
    };
    Ok(outcome)
}

fn chosen(
    arguments: &Arguments,
) -> Result<(&'static ForeignSystem, &'static ForeignVersion), CommandOutcome> {
    let system = FOREIGN_SYSTEMS.iter().find(|system| system.name == arguments.system);
    let system = system.ok_or_else(|| CommandOutcome::could_not_run("there is no such system"))?;
    let version = system.version(arguments.from_version.as_deref()).ok_or_else(|| {
        let given = arguments.from_version.as_deref().unwrap_or_default().escape_debug();
        let reason = format!("{} has no version `{given}`", system.title);
        let outcome = CommandOutcome::could_not_run(reason);
        system.versions.iter().fold(outcome, |outcome, version| {
            outcome.message(format_args!("help: `{}`: {}", version.name, version.title))
        })
    })?;
    Ok((system, version))
}

fn read(
    arguments: &Arguments,
    system: &ForeignSystem,
    version: &ForeignVersion,
    paths: &Paths,
) -> Result<Imported, CommandOutcome> {
    let mut imported = Imported::default();
    for (number, path) in (0..).zip(&arguments.files) {
        let shown = path.display();
        let bytes = fs::read(path)
            .map_err(|error| CommandOutcome::could_not_run(format!("`{shown}`: {error}")))?;
        let document = document::parse(FileId(number), &bytes).map_err(|problems| {
            let outcome = CommandOutcome::could_not_run(format!("`{shown}` cannot be read"));
            problems.iter().fold(outcome, |outcome, problem| {
                outcome.message(format!("{}: {}", paths.link(problem.place), problem.message))
            })
        })?;
        let flags = (system.read)(&document, version.hash).map_err(|refusal| {
            let link = paths.link(refusal.place);
            CommandOutcome::could_not_run(format!("{link}: {}", refusal.why))
                .message(format_args!("help: {}", refusal.help))
        })?;
        for mut flag in flags {
            if let Some(first) = imported.flags.iter().find(|other| other.key == flag.key) {
                let why = format!("the flag is in {} already", paths.link(first.place));
                let refusal = ImportRefusal::new(flag.place, why, "import one of the two");
                (flag.verdict, flag.draft) = (ImportVerdict::Refused(refusal), None);
            }
            imported.flags.push(flag);
        }
    }
    Ok(imported)
}

/// Compiles what is imported; what would be an error is refused.
fn checked(
    imported: &mut Imported,
    system: &ForeignSystem,
    paths: &Paths,
    environment: &Environment,
) -> Result<Definitions, CommandOutcome> {
    let compiled = |imported: &Imported| -> Compilation {
        let text = imported.document(system.title, paths);
        let content = Content::Bytes(text.as_bytes().into());
        let file = SourceFile { path: "imported.yaml".to_owned(), content };
        let root = Root { name: "imported".to_owned(), files: vec![file] };
        compile(&[root], environment.today())
    };
    let found = compiled(imported);
    if let Some(definitions) = found.definitions {
        return Ok(definitions);
    }
    for error in found.diagnostics.iter().filter(|it| it.severity() == Severity::Error) {
        if let Some(key) = &error.flag {
            imported.refuse(key, &format!("the definition is invalid: {}", error.message));
        }
    }
    let found = compiled(imported);
    found.definitions.ok_or_else(|| {
        let outcome = CommandOutcome::could_not_run("what was imported is no valid definition");
        found.diagnostics.iter().fold(outcome, |outcome, it| outcome.message(&it.message))
    })
}

fn verify(
    path: &Path,
    definitions: &Definitions,
    environment: &Environment,
) -> Result<Replay, CommandOutcome> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| CommandOutcome::could_not_run(format!("`{shown}`: {error}")))?;
    replay(definitions, &text, environment.now).map_err(|(line, why)| {
        CommandOutcome::could_not_run(format!("{shown}:{line}: this is no decision: {why}"))
    })
}

/// Writes a file for each flag that is not defined yet, and says which.
fn write_all(
    out: &Path,
    imported: &Imported,
    system: &ForeignSystem,
    paths: &Paths,
) -> Result<String, CommandOutcome> {
    let known = existing(out)?;
    let mut said = String::new();
    for flag in &imported.flags {
        let Some(text) = flag.file(system.title, paths) else { continue };
        if let Some(place) = known.get(&flag.key) {
            let _ = writeln!(said, "left alone: `{}` is defined in {place} already", flag.key);
            continue;
        }
        let path = write(out, &flag.key, &text).map_err(|error| {
            CommandOutcome::could_not_run(format!("cannot write to `{}`: {error}", out.display()))
        })?;
        let _ = writeln!(said, "wrote {}", path.display());
    }
    Ok(said)
}
