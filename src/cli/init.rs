//! `flagstaff init`: write a starter repository, over nothing that is there.
#![expect(clippy::disallowed_methods, reason = "compares what is there with what it would write")]

use std::{
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
    flag_test::file,
    schema::definition_file,
    source::{file_kind::FileKind, walk::walk},
};

/// What stands in the workflow until somebody says where the action is.
const ACTION_PLACEHOLDER: &str = "OWNER/flagstaff";
/// A flag file and its tests, which belong together.
const EXAMPLE: [(&str, &str); 2] = [
    ("flags/checkout.yaml", include_str!("starter/checkout.yaml")),
    ("flags/checkout.test.yaml", include_str!("starter/checkout.test.yaml")),
];
const WORKFLOW_PATH: &str = ".github/workflows/flagstaff.yml";
const WORKFLOW: &str = include_str!("starter/flagstaff.yml");
const HOOKS_PATH: &str = ".pre-commit-config.yaml";
const HOOKS: &str = include_str!("starter/pre-commit-config.yaml");

/// The arguments of `init`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The directory to write to; created if missing
    #[arg(value_name = "DIR", default_value = ".", value_parser = local_path())]
    directory: PathBuf,
    /// Where your copy of the GitHub Action is, such as `our-team/flagstaff@v1`
    #[arg(long, value_name = "OWNER/REPOSITORY@REF", value_parser = address)]
    action: Option<String>,
}

/// Writes what is not there yet, and says what to do next.
#[must_use]
pub fn run(arguments: &Arguments) -> CommandOutcome {
    let starter = Starter { directory: &arguments.directory, output: String::new() };
    match starter.write(arguments.action.as_deref()) {
        Ok(output) => CommandOutcome::new(Exit::Fine, output),
        Err(outcome) => outcome,
    }
}

/// A starter repository as it is being written.
struct Starter<'a> {
    directory: &'a Path,
    output: String,
}

impl Starter<'_> {
    fn write(mut self, action: Option<&str>) -> Result<String, CommandOutcome> {
        let placeholder = format!("{ACTION_PLACEHOLDER}@v{}", env!("CARGO_PKG_VERSION"));
        let workflow = WORKFLOW.replace("ACTION", action.unwrap_or(&placeholder));
        let has_example = !self.has_any(FileKind::Definition)?;
        if has_example {
            for (path, text) in EXAMPLE {
                self.file(path, text, "")?;
            }
        } else {
            let root = self.shown(ROOT_DEFAULT);
            let _ = writeln!(
                self.output,
                "left alone: `{root}` has definitions already, so there is no example"
            );
        }
        let has_tests = has_example || self.has_any(FileKind::Test)?;
        self.schema("flags", definition_file::SCHEMA)?;
        self.schema("tests", file::SCHEMA)?;
        let as_it_says = "pull requests are checked as it says, perhaps without flagstaff";
        let wrote_workflow = self.file(WORKFLOW_PATH, &workflow, as_it_says)?;
        let own_hooks = "flags are checked before a commit only if it has the hooks for that; \
                         `flagstaff init` in an empty directory shows them";
        self.file(HOOKS_PATH, HOOKS, own_hooks)?;
        self.next_steps(has_tests, wrote_workflow && action.is_none());
        Ok(self.output)
    }

    /// A schema for editors.
    fn schema(&mut self, kind: &str, text: &str) -> Result<bool, CommandOutcome> {
        let path = format!("schema/{kind}.schema.json");
        let target = self.shown(&path);
        let older = format!(
            "editors complete by that one, which is of another version of flagstaff; `flagstaff \
             schema {kind} > {target}` writes this one's"
        );
        self.file(&path, text, &older)
    }

    /// Whether there are files of that kind among the flags already: an example beside them could
    /// define a flag twice.
    fn has_any(&self, purpose: FileKind) -> Result<bool, CommandOutcome> {
        match walk(&self.directory.join(ROOT_DEFAULT), purpose, &[]) {
            // A root that is a file is found whatever it is for.
            Ok(walk) => Ok(walk
                .files
                .iter()
                .any(|found| purpose == FileKind::Definition || !found.inside.is_empty())),
            Err(unreadable) if unreadable.is_missing => Ok(false),
            Err(unreadable) => Err(CommandOutcome::could_not_run(unreadable)),
        }
    }

    /// A path in the directory, for people.
    fn shown(&self, path: &str) -> String {
        if self.directory == Path::new(".") {
            return path.to_owned();
        }
        self.directory.join(path).display().to_string()
    }

    /// Writes a new file, with the directories that it needs; never over one that is there. Where
    /// another is there, `meaning` says what follows from it. Returns whether it was written.
    fn file(&mut self, path: &str, text: &str, meaning: &str) -> Result<bool, CommandOutcome> {
        let target = self.directory.join(path);
        let shown = self.shown(path);
        match create(&target, text) {
            Ok(()) => {
                let _ = writeln!(self.output, "wrote {shown}");
                Ok(true)
            }
            // Something of that name, and not in the place of a directory above it.
            Err(error)
                if error.kind() == io::ErrorKind::AlreadyExists
                    && target.symlink_metadata().is_ok() =>
            {
                let is_same = fs::read(&target).is_ok_and(|found| found == text.as_bytes());
                let so = match meaning {
                    _ if is_same => ", just as it would be written".to_owned(),
                    "" => String::new(),
                    meaning => format!(", so {meaning}"),
                };
                let _ = writeln!(self.output, "left alone: `{shown}` is there already{so}");
                Ok(false)
            }
            Err(error) => {
                Err(CommandOutcome::could_not_run(format!("cannot write to `{shown}`: {error}")))
            }
        }
    }

    fn next_steps(&mut self, has_tests: bool, needs_address: bool) {
        let resolved = self.directory.canonicalize().unwrap_or_default();
        let is_in_git = resolved.ancestors().any(|above| above.join(".git").exists());
        let elsewhere = self.directory != Path::new(".");
        let directory = self.directory.display();
        let steps = [
            (elsewhere, format!("cd {directory}"), ""),
            (true, "flagstaff check --deny-warnings".to_owned(), "every mistake, with its place"),
            (has_tests, "flagstaff test".to_owned(), "what the flags are meant to do"),
            (true, "flagstaff serve".to_owned(), "picks up edits within a second"),
            (!is_in_git, "git init".to_owned(), ""),
            (true, "git add . && git commit -m 'Feature flags'".to_owned(), ""),
        ];
        self.output.push_str("\nnext:\n");
        for (_, command, what) in steps.iter().filter(|(applies, ..)| *applies) {
            let line = if what.is_empty() { command } else { &format!("{command:34}# {what}") };
            let _ = writeln!(self.output, "  {line}");
        }
        if !has_tests {
            let _ = writeln!(
                self.output,
                "\nThere are no flag tests yet (`*.test.yaml`), and `flagstaff test` fails without \
                 one; the workflow and the hooks run it. Write one, or take it out there."
            );
        }
        if needs_address {
            let _ = writeln!(
                self.output,
                "\nIn `{WORKFLOW_PATH}`, write the address of your copy of flagstaff in place of \
                 `{ACTION_PLACEHOLDER}`."
            );
        }
    }
}

fn create(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    // Half a file would be left alone the next time.
    file.write_all(text.as_bytes()).or_else(|error| fs::remove_file(path).and(Err(error)))
}

/// The address of an action, as a workflow names it.
fn address(text: &str) -> Result<String, String> {
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte);
    let parts = text.split_once('@').filter(|(path, reference)| {
        path.contains('/')
            && !reference.is_empty()
            && path.bytes().chain(reference.bytes()).all(is_usual)
    });
    parts.map(|_| text.to_owned()).ok_or_else(|| "expected OWNER/REPOSITORY@REF".to_owned())
}
