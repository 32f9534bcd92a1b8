//! `flagstaff init`: write a starter repository, over nothing that is there.

use std::{
    fmt::Write as _,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    cli::{
        outcome::{Outcome, Verdict},
        roots::ROOT_DEFAULT,
    },
    definition::schema,
    review::case_file,
    source::{name::Purpose, walk::walk},
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
    /// The directory to write to; made if it is not there
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,
    /// Where the GitHub Action is to be had, such as `our-team/flagstaff@v1`
    #[arg(long, value_name = "OWNER/REPOSITORY@REF", value_parser = address)]
    action: Option<String>,
}

/// Writes what is not there yet, and says what to do next.
#[must_use]
pub fn run(arguments: &Arguments) -> Outcome {
    let starter = Starter { directory: &arguments.directory, output: String::new() };
    match starter.write(arguments.action.as_deref()) {
        Ok(output) => Outcome::new(Verdict::Fine, output),
        Err(outcome) => outcome,
    }
}

/// A starter repository as it is being written.
struct Starter<'a> {
    directory: &'a Path,
    output: String,
}

impl Starter<'_> {
    fn write(mut self, action: Option<&str>) -> Result<String, Outcome> {
        let placeholder = format!("{ACTION_PLACEHOLDER}@v{}", env!("CARGO_PKG_VERSION"));
        let workflow = WORKFLOW.replace("ACTION", action.unwrap_or(&placeholder));
        let has_example = !self.has_definitions()?;
        if has_example {
            for (path, text) in EXAMPLE {
                self.file(path, text)?;
            }
        } else {
            let _ = writeln!(self.output, "left alone: `{ROOT_DEFAULT}` has definitions already");
        }
        self.file("schema/flags.schema.json", schema::SCHEMA)?;
        self.file("schema/tests.schema.json", case_file::SCHEMA)?;
        let wrote_workflow = self.file(WORKFLOW_PATH, &workflow)?;
        self.file(HOOKS_PATH, HOOKS)?;
        self.next_steps(has_example, wrote_workflow && action.is_none());
        Ok(self.output)
    }

    /// Whether there are flags already: an example beside them could define one twice.
    fn has_definitions(&self) -> Result<bool, Outcome> {
        match walk(&self.directory.join(ROOT_DEFAULT), Purpose::Definition, &[]) {
            Ok(walk) => Ok(!walk.files.is_empty()),
            Err(unreadable) if unreadable.is_missing => Ok(false),
            Err(unreadable) => Err(Outcome::could_not_run(unreadable)),
        }
    }

    /// Writes a new file, with the directories that it needs; never over one that is there. Returns
    /// whether it was written.
    fn file(&mut self, path: &str, text: &str) -> Result<bool, Outcome> {
        let target = self.directory.join(path);
        let shown = if self.directory == Path::new(".") { Path::new(path) } else { &target };
        let shown = shown.display();
        match create(&target, text) {
            Ok(()) => {
                let _ = writeln!(self.output, "wrote {shown}");
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let _ = writeln!(self.output, "left alone: `{shown}` is there already");
                Ok(false)
            }
            Err(error) => {
                Err(Outcome::could_not_run(format!("cannot write to `{shown}`: {error}")))
            }
        }
    }

    fn next_steps(&mut self, has_example: bool, needs_address: bool) {
        let resolved = self.directory.canonicalize().unwrap_or_default();
        let is_in_git = resolved.ancestors().any(|above| above.join(".git").exists());
        let elsewhere = self.directory != Path::new(".");
        let directory = self.directory.display();
        let steps = [
            (elsewhere, format!("cd {directory}"), ""),
            (true, "flagstaff check --deny-warnings".to_owned(), "every mistake, with its place"),
            (has_example, "flagstaff test".to_owned(), "what the flags are meant to do"),
            (true, "flagstaff serve".to_owned(), "takes an edit within a second"),
            (!is_in_git, "git init".to_owned(), ""),
            (true, "git add . && git commit -m 'Feature flags'".to_owned(), ""),
        ];
        self.output.push_str("\nnext:\n");
        for (_, command, what) in steps.iter().filter(|(applies, ..)| *applies) {
            let line = if what.is_empty() { command } else { &format!("{command:34}# {what}") };
            let _ = writeln!(self.output, "  {line}");
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
