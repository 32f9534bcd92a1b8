//! Test results for people: what failed and how it came to that, what no test reaches, a summary.

use std::fmt::Write as _;

use annotate_snippets::renderer::{AnsiColor, Style};

use crate::{
    engine::flag::Flag,
    flag_test::{
        coverage::{FlagPart, Unreached},
        suite::Tested,
    },
    report::{
        findings::human,
        tests::view::{TestReport, combination_text, context_text, message, part_text, sentence},
        text::{count, printable, quotable},
        trace::human::render as render_trace,
        tree::{TextTree, TreeMark},
    },
};

/// How many failed tests are shown with their trace. Of more, only what they are is said.
pub const FAILURES_SHOWN_MAX: usize = 20;
/// Of one test, how many further combinations that failed are shown.
pub const COMBINATIONS_SHOWN_MAX: usize = 5;
/// How many rules and variants that no test reaches are shown.
pub const UNREACHED_SHOWN_MAX: usize = 20;

/// Shows results, with a summary as the last line.
#[must_use]
pub fn render(report: &TestReport<'_>, colour: bool) -> String {
    let mut page = Page { text: human::excerpts(&report.findings, colour), report, colour };
    let failed = report.tests.iter().filter(|test| !test.failures.is_empty());
    for (index, test) in failed.enumerate() {
        page.failure(test, index < FAILURES_SHOWN_MAX);
    }
    if let Some(unreached) = report.unreached {
        page.unreached(unreached);
    }
    page.text.push_str(&human::more(&report.findings));
    page.text.push_str(&report.summary());
    page.text.push('\n');
    page.text
}

/// What is shown, as it grows.
struct Page<'r, 'a> {
    text: String,
    report: &'r TestReport<'a>,
    colour: bool,
}

impl Page<'_, '_> {
    fn failure(&mut self, test: &Tested<'_>, in_full: bool) {
        let case = test.case;
        let sign = self.painted(AnsiColor::Red.on_default().bold(), "✗");
        let title = self.painted(Style::new().bold(), &quotable(&case.title()));
        let path = printable(self.report.findings.paths.path(case.place.file));
        let link = format!("{path}:{}", case.place.line);
        let link = self.painted(Style::new().dimmed(), &link);
        let _ = writeln!(self.text, "{sign} {title}  {link}");
        let Some(((combination, first), others)) = test.failures.split_first() else { return };
        for mismatch in &first.mismatches {
            let _ = writeln!(self.text, "  {}", sentence(mismatch));
        }
        if in_full {
            let context = context_text(case, *combination);
            let _ = writeln!(self.text, "  asked with {}\n", printable(&context));
            if let Some(steps) = &first.trace {
                let steps = render_trace(test.flags, &first.result, steps, self.colour);
                for line in steps.lines() {
                    let indent = if line.is_empty() { "" } else { "    " };
                    let _ = writeln!(self.text, "{indent}{line}");
                }
                self.text.push('\n');
            }
        }
        if !others.is_empty() {
            let all = count(case.combination_count(), "combination");
            let _ = writeln!(self.text, "  failed as well, {} of {all}:", others.len());
            for (combination, run) in others.iter().take(COMBINATIONS_SHOWN_MAX) {
                let combination = combination_text(case, *combination);
                let _ = write!(self.text, "    {}", quotable(&combination));
                if run.mismatches != first.mismatches {
                    let _ = write!(self.text, ": {}", message(&run.mismatches));
                }
                self.text.push('\n');
            }
            let hidden = others.len().saturating_sub(COMBINATIONS_SHOWN_MAX);
            if 0 < hidden {
                let _ = writeln!(self.text, "    … and {hidden} more");
            }
            self.text.push('\n');
        }
    }

    fn unreached(&mut self, unreached: &Unreached<'_>) {
        if !unreached.parts.is_empty() {
            let mut tree = TextTree::default();
            tree.remark(0, "no test reaches:");
            for (flag, part) in unreached.parts.iter().take(UNREACHED_SHOWN_MAX) {
                let place = match part {
                    FlagPart::Rule(rule) => rule.place,
                    FlagPart::Variant(_) => flag.place,
                };
                let text = format!("{}: {}", flag.key, part_text(*part));
                tree.row(1, TreeMark::No, text, Some(place));
            }
            let hidden = unreached.parts.len().saturating_sub(UNREACHED_SHOWN_MAX);
            if 0 < hidden {
                tree.remark(1, format!("… and {hidden} more"));
            }
            self.text.push_str(&tree.render(self.report.findings.paths, self.colour));
            self.text.push('\n');
        }
        if !unreached.flags.is_empty() {
            let shown = unreached.flags.iter().take(UNREACHED_SHOWN_MAX);
            let keys: Vec<&str> = shown.map(|flag: &&Flag| &*flag.key).collect();
            let hidden = unreached.flags.len().saturating_sub(UNREACHED_SHOWN_MAX);
            let rest = if 0 < hidden { format!(" and {hidden} more") } else { String::new() };
            let keys = keys.join(", ");
            let _ = writeln!(self.text, "no test asks for: {}{rest}\n", printable(&keys));
        }
    }

    fn painted(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}
