//! `flagstaff test`: run the flag tests.

use jiff::civil::Date;

use crate::{
    cli::{
        environment::Environment,
        format,
        outcome::{CommandOutcome, Exit},
        roots::{RootArguments, read_roots, read_tests},
    },
    definition::compile::{Compilation, Root, SourceFile, compile},
    diagnostics::place::{FileId, Paths},
    flag_test::suite::{RUNS_MAX, Suite},
    report::{
        findings::view::Findings,
        tests::{
            format::{FORMATS, TestFormat},
            view::TestReport,
        },
    },
    source::read::SourceOptions,
};

/// The options of `test`.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    roots: RootArguments,
    /// Run only the tests whose flag or name contains this text
    #[arg(long, value_name = "TEXT", env = "FLAGSTAFF_FILTER", hide_env_values = true)]
    filter: Option<String>,
    /// How to show the results
    #[arg(
        long,
        value_name = "FORMAT",
        env = "FLAGSTAFF_TEST_FORMAT",
        hide_env_values = true,
        default_value = FORMATS[0].name,
        value_parser = format::one_of(&FORMATS),
    )]
    format: TestFormat,
}

/// Everything that was read, and what came of the definitions.
struct Loaded {
    roots: Vec<Root>,
    tests: Vec<Root>,
    /// By root: the compilation of the roots up to that one, where it is needed.
    layers: Vec<Option<Compilation>>,
}

/// Runs the tests below the roots, and shows what came of them.
#[must_use]
pub fn run(arguments: Arguments, environment: &Environment) -> CommandOutcome {
    let Arguments { roots, filter, format } = arguments;
    let loaded = match Loaded::read(&roots.source(), environment) {
        Ok(loaded) => loaded,
        Err(outcome) => return outcome,
    };
    let show = |report: &TestReport<'_>| {
        let verdict = if report.is_fine() { Exit::Fine } else { Exit::Problem };
        CommandOutcome::new(verdict, (format.render)(report, environment.colour_output))
    };
    let paths = loaded.paths();
    let mut report = TestReport {
        findings: Findings::new(&[], &paths, loaded.files(), loaded.flag_count()),
        tests: &[],
        unreached: None,
        file_count: None,
        time: environment.now,
    };
    if let Some(broken) = loaded.layers.iter().flatten().find(|it| it.definitions.is_none()) {
        report.findings = Findings::of(&loaded.roots, broken);
        return show(&report);
    }
    let suite = Suite::read(&loaded.tests, loaded.first_test_file());
    if RUNS_MAX < suite.run_count(filter.as_deref()) {
        let reason = format!("the tests ask more than {RUNS_MAX} questions");
        return CommandOutcome::could_not_run(reason).message("help: choose some with `--filter`");
    }
    let results = suite.run(&loaded.layers, filter.as_deref(), environment.now);
    if let Some(text) = filter.filter(|_| results.tests.is_empty() && suite.diagnostics.is_empty())
    {
        return CommandOutcome::could_not_run(format!("no test has `{text}` in its flag or name"));
    }
    report.findings.diagnostics = &results.diagnostics;
    report.tests = &results.tests;
    report.unreached = results.unreached.as_ref();
    report.file_count = Some(suite.file_count);
    show(&report)
}

impl Loaded {
    fn read(source: &SourceOptions, environment: &Environment) -> Result<Self, CommandOutcome> {
        let roots = read_roots(source)?;
        let tests = read_tests(source)?;
        if tests.iter().all(|root| root.files.is_empty()) {
            let names: Vec<String> = roots.iter().map(|root| format!("`{}`", root.name)).collect();
            let names = names.join(", ");
            let reason = format!("there are no tests in {names}: expected `*.test.yaml`");
            let help = "help: `flagstaff init` in an empty directory writes one to begin with";
            return Err(CommandOutcome::could_not_run(reason).message(help));
        }
        let layers = compile_layers(&roots, &tests, environment.today());
        Ok(Self { roots, tests, layers })
    }

    /// The definitions, then the tests: the order in which files are numbered.
    fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.roots.iter().chain(&self.tests).flat_map(|root| &root.files)
    }

    fn paths(&self) -> Paths {
        self.files().map(|file| (*file.path).into()).collect()
    }

    fn first_test_file(&self) -> FileId {
        let count = self.roots.iter().map(|root| root.files.len()).sum::<usize>();
        FileId(u32::try_from(count).unwrap_or(u32::MAX))
    }

    fn flag_count(&self) -> usize {
        self.layers.last().and_then(Option::as_ref).map_or(0, |highest| highest.flag_count)
    }
}

/// Compiles what is needed: the highest layer, and each that has tests in it.
fn compile_layers(roots: &[Root], tests: &[Root], today: Date) -> Vec<Option<Compilation>> {
    let has_tests = |index: usize| tests.get(index).is_some_and(|root| !root.files.is_empty());
    let layer = |index: usize| {
        let is_needed = index + 1 == roots.len() || has_tests(index);
        is_needed.then(|| compile(roots.get(..=index).unwrap_or_default(), today))
    };
    (0..roots.len()).map(layer).collect()
}
