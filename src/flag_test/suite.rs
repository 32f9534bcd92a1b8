//! All flag tests below some roots, and what comes of running them.

use jiff::Timestamp;

use crate::{
    definition::compile::{Compilation, Root},
    diagnostics::{diagnostic::Diagnostic, place::FileId, quote::quote, severity::Severity},
    engine::flag::FlagSet,
    flag_test::{
        attributes::RelevantAttributes,
        coverage::{Coverage, Unreached},
        file, problems as problem,
        run::{self, Run},
        test::Case,
    },
};

/// How many questions all tests together may ask.
pub const RUNS_MAX: usize = 1_000_000;

/// All tests below some roots.
#[derive(Debug, Default)]
pub struct Suite {
    /// The tests with the layer that each is in: an index into the roots.
    pub cases: Vec<(usize, Case)>,
    /// What is wrong with the files, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// How many files there are, the ones with errors included.
    pub file_count: usize,
}

/// What came of running tests.
#[derive(Debug, Default)]
pub struct Results<'s> {
    /// The tests that were chosen, in the order of files and lines.
    pub tests: Vec<Tested<'s>>,
    /// What is wrong or unwise with the tests.
    pub diagnostics: Vec<Diagnostic>,
    /// What no test reaches; none where only some of the tests were run,
    /// or read.
    pub unreached: Option<Unreached<'s>>,
}

/// What came of one test.
#[derive(Debug)]
pub struct Tested<'s> {
    /// The test.
    pub case: &'s Case,
    /// The flags that it was run against.
    pub flags: &'s FlagSet,
    /// Whether it was run: one that names something unknown is not.
    pub is_run: bool,
    /// The questions whose answers were not as expected, by the number of the combination. Only the
    /// first one has its trace.
    pub failures: Vec<(usize, Run<'s>)>,
}

impl Suite {
    /// Reads tests, a root for each layer; their files count on from `first`.
    #[must_use]
    pub fn read(roots: &[Root], first: FileId) -> Self {
        let mut suite = Self::default();
        let mut ids = (first.0..).map(FileId);
        for (layer, root) in roots.iter().enumerate() {
            for (file, id) in root.files.iter().zip(&mut ids) {
                let cases = file::read(file, id, &mut suite.diagnostics);
                suite.cases.extend(cases.into_iter().map(|case| (layer, case)));
                suite.file_count += 1;
            }
        }
        suite
    }

    /// How many questions the tests ask that `filter` chooses.
    #[must_use]
    pub fn run_count(&self, filter: Option<&str>) -> usize {
        let counts = self.chosen(filter).map(|(_, case)| case.combination_count());
        counts.fold(0, usize::saturating_add)
    }

    /// Runs the tests whose flag or name contains `filter`, or all of them. `layers` has, for every
    /// layer with tests in it and for the highest, the compilation of the roots up to that one;
    /// `now` is the time for tests that do not set the clock.
    #[must_use]
    pub fn run<'s>(
        &'s self,
        layers: &'s [Option<Compilation>],
        filter: Option<&str>,
        now: Timestamp,
    ) -> Results<'s> {
        let flag_set = |layer: Option<&'s Option<Compilation>>| {
            Some(&layer?.as_ref()?.definitions.as_ref()?.flag_set)
        };
        let attributes: Vec<Option<RelevantAttributes<'_>>> =
            layers.iter().map(|layer| flag_set(Some(layer)).map(RelevantAttributes::of)).collect();
        let mut coverage = Coverage::default();
        let mut results = Results { diagnostics: self.diagnostics.clone(), ..Results::default() };
        let mut unknown = 0;
        for (layer, case) in self.chosen(filter) {
            let Some(flags) = flag_set(layers.get(*layer)) else { continue };
            coverage.add_flag(&case.flag);
            let problems = run::unknown_names(case, flags, results.diagnostics.len());
            let is_run = problems.is_empty();
            results.diagnostics.extend(problems);
            let known = attributes.get(*layer).and_then(Option::as_ref);
            results
                .diagnostics
                .extend(known.into_iter().flat_map(|known| misspelled(case, known, &mut unknown)));
            let mut tested = Tested { case, flags, is_run, failures: Vec::new() };
            if is_run {
                results.diagnostics.extend(tested.run(now, &mut coverage));
            }
            results.tests.push(tested);
        }
        // Tests that could not be read may be those that reach it.
        let is_all =
            filter.is_none() && self.diagnostics.iter().all(|it| it.severity() != Severity::Error);
        let highest = flag_set(layers.last()).filter(|_| is_all);
        results.unreached = highest.map(|flags| coverage.unreached(flags));
        results.diagnostics.sort_by_key(|found| found.place);
        results
    }

    fn chosen(&self, filter: Option<&str>) -> impl Iterator<Item = &(usize, Case)> {
        let wanted = filter.unwrap_or_default();
        self.cases.iter().filter(move |(_, case)| {
            case.flag.contains(wanted) || case.name.as_ref().is_some_and(|it| it.contains(wanted))
        })
    }
}

impl Tested<'_> {
    /// Whether everything was as expected.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.is_run && self.failures.is_empty()
    }

    /// Asks all questions; says so where the answer depends on a clock that the test does not set.
    fn run(&mut self, now: Timestamp, coverage: &mut Coverage) -> Option<Diagnostic> {
        let mut needs_at = false;
        for combination in 0..self.case.combination_count() {
            let mut run = run::run(self.case, combination, self.flags, now);
            if let Ok(resolution) = &run.result {
                coverage.add(resolution);
            }
            let looked = run.trace.as_ref().is_some_and(run::looked_at_clock);
            needs_at |= self.case.at.is_none() && looked;
            if !run.mismatches.is_empty() {
                run.trace = run.trace.filter(|_| self.failures.is_empty());
                self.failures.push((combination, run));
            }
        }
        let key = &self.case.flag;
        needs_at.then(|| problem::needs_at(key, self.case.place).of_flag(quote(key)))
    }
}

/// The attributes of a test that nothing looks at, though something of a name much like it is.
fn misspelled(case: &Case, known: &RelevantAttributes<'_>, unknown: &mut usize) -> Vec<Diagnostic> {
    let context = case.context.iter().map(|given| (&given.name, given.place));
    let names = context.chain(case.matrix.iter().map(|given| (&given.name, given.place)));
    let problems = names.filter_map(|(name, place)| {
        let problem = problem::unknown_attribute(name, place, known.meant_by(name, unknown)?);
        Some(problem.of_flag(quote(&case.flag)))
    });
    problems.collect()
}
