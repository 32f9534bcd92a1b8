//! `flagstaff new`: write new flag files, one a key, over nothing that is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    cli::{
        outcome::{CommandOutcome, Exit},
        roots::{ROOT_DEFAULT, local_path},
    },
    definition::{
        compile::{Content, Root},
        number,
    },
    diagnostics::place::FileId,
    engine::bucket::Percentage,
    schema::key,
    source::{
        file_kind::{FileKind, purpose},
        read::{SourceOptions, read},
    },
    yaml::document,
};

/// How many file names are tried for one key.
const NAMES_TRIED_MAX: usize = 100;
/// Where editors find the schema, in a directory above the root.
const SCHEMA_DIRECTORY: &str = "schema";
const SCHEMA_NAME: &str = "flags.schema.json";
/// How many directories above a root the schema is looked for.
const DIRECTORIES_ABOVE_MAX: usize = 8;

/// The options of `new`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The flag's key: `new-checkout`, `checkout/express-lane`
    #[arg(value_name = "KEY", required = true)]
    keys: Vec<String>,
    /// The directory to write to; created if missing
    #[arg(long, value_name = "PATH", default_value = ROOT_DEFAULT, value_parser = local_path())]
    root: PathBuf,
    /// Switch the flag on; the default is `enabled: false`
    #[arg(long)]
    enable: bool,
    /// The share of users who get `true` while the flag is on, in percent
    #[arg(
        long,
        value_name = "PERCENTAGE",
        value_parser = percentage,
        conflicts_with = "staff_only",
    )]
    rollout: Option<Percentage>,
    /// Switch the flag on for staff only
    #[arg(long)]
    staff_only: bool,
}

const EXAMPLES: &str = "\
Examples:
  flagstaff new new-checkout
  flagstaff new checkout/express-lane --enable --rollout 12.5
  flagstaff new admin-toolbar --staff-only --root deploy/environments/test

`new` skips keys that are defined anywhere below the root, and never overwrites a file.";

/// Writes a file for each key that is not defined yet.
#[must_use]
pub fn run(arguments: &Arguments) -> CommandOutcome {
    let (Ok(outcome) | Err(outcome)) = write_all(arguments);
    outcome
}

fn write_all(arguments: &Arguments) -> Result<CommandOutcome, CommandOutcome> {
    let root = &arguments.root;
    let mut known = existing(root)?;
    let mut names: BTreeSet<&str> = known.keys().map(String::as_str).collect();
    for key in &arguments.keys {
        refuse(key, &names)?;
        names.insert(key);
    }
    let (schema, schema_is_there) = schema_address(root);
    let mut outcome = CommandOutcome::new(Exit::Fine, String::new());
    let mut wrote_any = false;
    for key in &arguments.keys {
        if let Some(place) = known.get(key) {
            let _ = writeln!(outcome.output, "left alone: `{key}` is defined in {place} already");
            continue;
        }
        let path = write(root, key, &text(key, &schema, arguments))
            .map_err(|error| refusal(format!("cannot write to `{}`: {error}", root.display())))?;
        let path = path.display().to_string();
        let _ = writeln!(outcome.output, "wrote {path}");
        known.insert(key.clone(), path);
        wrote_any = true;
    }
    if wrote_any && !schema_is_there {
        let directory = root.parent().unwrap_or(Path::new("")).join(SCHEMA_DIRECTORY);
        let directory = directory.display();
        outcome = outcome.message(format_args!(
            "note: editors complete and explain flags once the schema is there: \
             `mkdir -p {directory} && flagstaff schema > {directory}/{SCHEMA_NAME}`"
        ));
    }
    Ok(outcome)
}

/// Every flag key below the root, and the file that it is in.
pub(crate) fn existing(root: &Path) -> Result<BTreeMap<String, String>, CommandOutcome> {
    if root.is_file() {
        let root = root.display();
        return Err(refusal(format!("`{root}` is a file: expected a directory to write to")));
    }
    let options = SourceOptions { roots: vec![root.to_owned()], exclude: Vec::new() };
    let roots = match read(&options) {
        Ok(roots) => roots,
        Err(unreadable) if unreadable.is_missing => Vec::new(),
        Err(unreadable) => return Err(refusal(unreadable.to_string())),
    };
    let mut known = BTreeMap::new();
    for file in roots.iter().flat_map(|Root { files, .. }| files) {
        let Content::Bytes(bytes) = &file.content else { continue };
        let document = document::parse(FileId::default(), bytes).map_err(|_| {
            let outcome = refusal(format!(
                "`{}` cannot be read, so nobody can say which flags are defined already",
                file.path
            ));
            let root = root.display();
            outcome.message(format_args!("help: `flagstaff check {root}` says why"))
        })?;
        let flags = document.entry("flags").and_then(|entry| entry.node.as_map());
        for flag in flags.unwrap_or_default() {
            known.entry(flag.key.to_string()).or_insert_with(|| file.path.clone());
        }
    }
    Ok(known)
}

/// Refuses a key that `check` would object to.
fn refuse(key: &str, names: &BTreeSet<&str>) -> Result<(), CommandOutcome> {
    let shown = key.escape_debug();
    if let Some(why) = key::problem(key) {
        return Err(refusal(format!("`{shown}` cannot be a flag key: {why}")));
    }
    if !key::is_usual(key) {
        return Err(refusal(format!(
            "`{shown}` has characters outside `A-Za-z0-9._/:-`, which need care in addresses and \
             shells"
        )));
    }
    let differs = |other: &&&str| **other != key && other.eq_ignore_ascii_case(key);
    match names.iter().find(differs) {
        Some(other) => Err(refusal(format!("`{key}` and the flag `{other}` differ only in case"))),
        None => Ok(()),
    }
}

fn refusal(reason: String) -> CommandOutcome {
    CommandOutcome::could_not_run(reason)
}

/// The file of a new flag.
fn text(key: &str, schema: &str, arguments: &Arguments) -> String {
    let key = yaml_key(key);
    // Staff get a `staff_only` flag whatever `enabled` says, so it says that.
    let enabled = arguments.enable || arguments.staff_only;
    let mut text = format!("# yaml-language-server: $schema={schema}\nflags:\n  {key}:\n");
    let _ = writeln!(text, "    enabled: {enabled}");
    if arguments.staff_only {
        text.push_str("    staff_only: true\n");
    }
    if let Some(rollout) = arguments.rollout {
        let _ = writeln!(text, "    rollout_percentage: {rollout}");
    }
    text
}

/// A key as YAML: quoted where it could be read as something else by anybody's reader.
fn yaml_key(key: &str) -> String {
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_plain = key.starts_with(|first: char| first.is_ascii_alphabetic())
        && !key.contains(':')
        && !words.iter().any(|word| key.eq_ignore_ascii_case(word));
    if is_plain { key.to_owned() } else { format!("\"{key}\"") }
}

/// Writes a new file that is named after the key; never over one that is there.
pub(crate) fn write(root: &Path, key: &str, text: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(root)?;
    let stem = stem(key);
    for number in 1..=NAMES_TRIED_MAX {
        let name =
            if number == 1 { format!("{stem}.yaml") } else { format!("{stem}-{number}.yaml") };
        let path = root.join(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                return match file.write_all(text.as_bytes()) {
                    Ok(()) => Ok(path),
                    // Half a file would stop every later change.
                    Err(error) => fs::remove_file(&path).and(Err(error)),
                };
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    let message = format!("`{stem}.yaml` and {NAMES_TRIED_MAX} names like it are taken");
    Err(io::Error::new(io::ErrorKind::AlreadyExists, message))
}

/// A file name without extension for a key: of letters, digits, `.`, `_` and `-`, and such that the
/// file is read as a definition.
fn stem(key: &str) -> String {
    let stem = key.replace(['/', ':'], "-");
    let stem = if stem.starts_with(['.', '-']) { format!("flag{stem}") } else { stem };
    let is_definition = purpose(&format!("{stem}.yaml")) == Some(FileKind::Definition);
    if is_definition { stem } else { format!("{stem}-flag") }
}

/// The schema's address as seen from a file in the root, and whether the schema is there.
fn schema_address(root: &Path) -> (String, bool) {
    let resolved = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let above = resolved.ancestors().zip(0..=DIRECTORIES_ABOVE_MAX).skip(1);
    let path = Path::new(SCHEMA_DIRECTORY).join(SCHEMA_NAME);
    let found = above.into_iter().find(|(directory, _)| directory.join(&path).is_file());
    let levels = found.map_or(1, |(_, levels)| levels);
    (format!("{}{}", "../".repeat(levels), path.display()), found.is_some())
}

fn percentage(text: &str) -> Result<Percentage, String> {
    let is_number = text.parse::<f64>().is_ok_and(|number| (0.0..=100.0).contains(&number));
    if !is_number {
        return Err("expected a number from 0 to 100".to_owned());
    }
    number::thousandths(text)
        .and_then(|thousandths| u32::try_from(thousandths).ok())
        .and_then(Percentage::from_thousandths)
        .ok_or_else(|| "percentages go down to thousandths (0.001)".to_owned())
}
