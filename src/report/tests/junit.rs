//! Test results as JUnit XML, valid against the schema of Ant's JUnit task and that of Jenkins.
//!
//! A file is a test suite and a combination of a matrix is a test case of its own. What is wrong
//! with a file, and not with one of its tests, is a test case with an error.

use std::fmt::Write as _;

use crate::{
    diagnostics::{diagnostic::Diagnostic, place::FileId, severity::Severity},
    flag_test::{run::Run, suite::Tested},
    report::{
        findings::view::help,
        tests::view::{TestReport, combination_text, context_text, message},
        text::is_obeyed,
        trace::human::render as render_trace,
    },
};

/// One XML document, with a line feed at the end.
#[must_use]
pub fn render(report: &TestReport<'_>) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for (index, file) in files(report).into_iter().enumerate() {
        let mut suite = Suite { report, text: String::new(), tests: 0, failures: 0, errors: 0 };
        suite.add(file);
        suite.write(&mut text, index, file);
    }
    text.push_str("</testsuites>\n");
    text
}

/// The files that there is something to say about, in order.
fn files(report: &TestReport<'_>) -> Vec<FileId> {
    let tests = report.tests.iter().map(|test| test.case.place.file);
    let mut files: Vec<FileId> = tests.chain(errors(report).map(|it| it.place.file)).collect();
    files.sort_unstable();
    files.dedup();
    files
}

fn errors<'r>(report: &'r TestReport<'_>) -> impl Iterator<Item = &'r Diagnostic> {
    report.findings.diagnostics.iter().filter(|found| found.severity() == Severity::Error)
}

/// The test cases of one file, as they are written.
struct Suite<'r, 'a> {
    report: &'r TestReport<'a>,
    text: String,
    tests: usize,
    failures: usize,
    errors: usize,
}

impl Suite<'_, '_> {
    fn add(&mut self, file: FileId) {
        for error in errors(self.report).filter(|error| error.place.file == file) {
            let class = error.flag.as_deref().unwrap_or("flagstaff");
            let link = self.report.findings.paths.link(error.place);
            let mut body = format!("{link}: {}", error.message);
            if let Some(help) = help(error) {
                let _ = write!(body, "\n{help}");
            }
            self.errors += 1;
            self.open(class, &format!("{} at line {}", error.code.id(), error.place.line));
            self.problem("error", error.code.id(), &error.message.to_string(), &body);
        }
        // What a test that was not run is wrong with is among the errors.
        let tests = self.report.tests.iter();
        for test in tests.filter(|test| test.is_run && test.case.place.file == file) {
            self.test(test);
        }
    }

    fn test(&mut self, test: &Tested<'_>) {
        let case = test.case;
        let name = match &case.name {
            Some(name) => name.to_string(),
            None => format!("test at line {}", case.place.line),
        };
        let mut failures = test.failures.iter().peekable();
        for combination in 0..case.combination_count() {
            let chosen = combination_text(case, combination);
            let name = if chosen.is_empty() { name.clone() } else { format!("{name} [{chosen}]") };
            self.open(&case.flag, &name);
            match failures.next_if(|(failed, _)| *failed == combination) {
                None => self.text.push_str("/>\n"),
                Some((_, run)) => self.failure(test, combination, run),
            }
        }
    }

    fn failure(&mut self, test: &Tested<'_>, combination: usize, run: &Run<'_>) {
        let case = test.case;
        let link = self.report.findings.paths.link(case.place);
        let message = message(&run.mismatches);
        let context = context_text(case, combination);
        let mut body = format!("{link}: {message}\nasked with {context}\n");
        if let Some(steps) = &run.trace {
            let steps = render_trace(test.flags, &run.result, steps, false);
            let _ = write!(body, "\n{steps}");
        }
        self.failures += 1;
        self.problem("failure", "expectation", &message, &body);
    }

    /// Begins a test case, up to the end of its tag.
    fn open(&mut self, class: &str, name: &str) {
        self.tests += 1;
        let (class, name) = (attribute(class), attribute(name));
        let _ = write!(self.text, "    <testcase classname=\"{class}\" name=\"{name}\" time=\"0\"");
    }

    /// Ends a test case with what is wrong.
    fn problem(&mut self, element: &str, kind: &str, message: &str, body: &str) {
        let (kind, message, body) = (attribute(kind), attribute(message), escape(body));
        let _ = write!(
            self.text,
            ">\n      <{element} type=\"{kind}\" message=\"{message}\">{body}</{element}>\n    \
             </testcase>\n"
        );
    }

    fn write(&self, text: &mut String, index: usize, file: FileId) {
        let path = attribute(self.report.findings.paths.path(file));
        // The schema has no place for an offset: it is UTC.
        let time = self.report.time.strftime("%Y-%m-%dT%H:%M:%S");
        let Self { tests, failures, errors, .. } = self;
        let _ = write!(
            text,
            "  <testsuite name=\"{path}\" package=\"flagstaff\" id=\"{index}\" \
             timestamp=\"{time}\" hostname=\"localhost\" tests=\"{tests}\" \
             failures=\"{failures}\" errors=\"{errors}\" time=\"0\">\n    <properties/>\n{}    \
             <system-out/>\n    <system-err/>\n  </testsuite>\n",
            self.text
        );
    }
}

/// Text as the value of an attribute, without anything that its normalization would take away.
fn attribute(text: &str) -> String {
    escape(text).replace('"', "&quot;").replace('\n', "&#10;").replace('\t', "&#9;")
}

/// Text as the content of an element. What XML cannot hold at all becomes U+FFFD.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\t' | '\n' => escaped.push(letter),
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push('\u{fffd}');
            }
            // A report is also looked at in a terminal, which would obey it.
            other if is_obeyed(other) => _ = write!(escaped, "&#{};", u32::from(other)),
            other => escaped.push(other),
        }
    }
    escaped
}
