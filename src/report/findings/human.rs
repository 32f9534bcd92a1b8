//! Findings for people: each with the lines that it is about, as a compiler shows it.

use std::{cmp::Reverse, fmt::Write as _};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::{
    diagnostics::{
        diagnostic::{Diagnostic, Related},
        place::Place,
        severity::Severity,
    },
    report::{
        findings::{
            excerpt::Excerpt,
            view::{Findings, help},
        },
        text::{count, printable, printable_words},
    },
};

/// How many diagnostics are shown. Of more, the worst are, and how many are left out is said.
pub const DIAGNOSTICS_SHOWN_MAX: usize = 100;
/// How many related places of one diagnostic are shown.
pub const RELATED_SHOWN_MAX: usize = 8;
/// A related place at most this many lines away shares the excerpt.
const SHARED_EXCERPT_LINES_MAX: u32 = 12;

/// Shows findings, with a summary as the last line.
#[must_use]
pub fn render(findings: &Findings<'_>, colour: bool) -> String {
    let mut text = excerpts(findings, colour);
    text.push_str(&more(findings));
    text.push_str(&findings.summary());
    text.push('\n');
    text
}

/// Shows findings, each with an empty line after it.
#[must_use]
pub fn excerpts(findings: &Findings<'_>, colour: bool) -> String {
    let renderer = if colour { Renderer::styled().hyperlink(false) } else { Renderer::plain() };
    let shown = worst(findings.diagnostics);
    let mut text = String::new();
    for diagnostic in &shown {
        text.push_str(&renderer.render(&[group(findings, diagnostic)]));
        text.push_str("\n\n");
    }
    let hidden = findings.diagnostics.len() - shown.len();
    if 0 < hidden {
        let _ = writeln!(text, "… and {hidden} more, none of them worse\n");
    }
    text
}

/// One line that says where there is more to read, if anything was found.
#[must_use]
pub fn more(findings: &Findings<'_>) -> String {
    match *worst(findings.diagnostics) {
        [] => String::new(),
        [first, ..] => format!("more about a rule: `flagstaff explain {}`\n", first.code.id()),
    }
}

/// The worst ones, as many as are shown, in their order.
fn worst(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut ranked: Vec<(usize, &Diagnostic)> = diagnostics.iter().enumerate().collect();
    ranked.sort_by_key(|(_, diagnostic)| Reverse(diagnostic.severity()));
    ranked.truncate(DIAGNOSTICS_SHOWN_MAX);
    ranked.sort_by_key(|(index, _)| *index);
    ranked.into_iter().map(|(_, diagnostic)| diagnostic).collect()
}

fn group<'a>(findings: &Findings<'a>, diagnostic: &'a Diagnostic) -> Group<'a> {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(printable_words(&diagnostic.message)).id(diagnostic.code.id());
    let mut group = main_excerpt(findings, Group::with_title(title), diagnostic);
    let unseen = diagnostic.related.len().saturating_sub(RELATED_SHOWN_MAX);
    if 0 < unseen {
        group = group.element(Level::NOTE.message(format!("and {}", count(unseen, "more place"))));
    }
    if let Some(help) = help(diagnostic) {
        group = group.element(Level::HELP.message(help));
    }
    group
}

/// Adds the excerpt of a diagnostic's own place, with the related places that are near it, and one
/// excerpt for each that is not.
fn main_excerpt<'a>(
    findings: &Findings<'a>,
    group: Group<'a>,
    diagnostic: &'a Diagnostic,
) -> Group<'a> {
    let place = diagnostic.place;
    let is_near = |other: &&Related| {
        let lines = place.line.abs_diff(other.place.line);
        place.file == other.place.file && lines <= SHARED_EXCERPT_LINES_MAX
    };
    let related = || diagnostic.related.iter().take(RELATED_SHOWN_MAX);
    let (mut near, mut far): (Vec<_>, Vec<_>) = related().partition(is_near);
    let around = |near: &[&Related]| {
        let places: Vec<Place> = near.iter().map(|other| other.place).chain([place]).collect();
        Excerpt::of(findings.text(place.file)?, &places)
    };
    let excerpt = around(&near).or_else(|| {
        // Long lines are shown one by one.
        (near, far) = (Vec::new(), related().collect());
        around(&near)
    });
    let path = printable(findings.paths.path(place.file)).into_owned();
    let group = add(group, path, place, excerpt, |snippet, excerpt| {
        let main = AnnotationKind::Primary.span(excerpt.span(place));
        snippet.annotation(main).annotations(near.iter().map(|other| {
            let span = AnnotationKind::Context.span(excerpt.span(other.place));
            span.label(Some(printable_words(&other.message)))
        }))
    });
    far.into_iter().fold(group, |group, other| related_excerpt(findings, group, other))
}

/// Adds the excerpt of a related place.
fn related_excerpt<'a>(
    findings: &Findings<'a>,
    group: Group<'a>,
    related: &'a Related,
) -> Group<'a> {
    let place = related.place;
    let path = printable(findings.paths.path(place.file)).into_owned();
    let excerpt = findings.text(place.file).and_then(|text| Excerpt::of(text, &[place]));
    let is_shown = excerpt.is_some();
    let message = printable_words(&related.message);
    let group = add(group, path, place, excerpt, |snippet, excerpt| {
        let annotation = AnnotationKind::Context.span(excerpt.span(place));
        snippet.annotation(annotation.label(Some(message.clone())))
    });
    if is_shown { group } else { group.element(Level::NOTE.message(message)) }
}

/// Adds an excerpt with what `annotate` marks in it, or only the place if there is none.
fn add<'a>(
    group: Group<'a>,
    path: String,
    place: Place,
    excerpt: Option<Excerpt>,
    annotate: impl FnOnce(Cause<'a>, &Excerpt) -> Cause<'a>,
) -> Group<'a> {
    let (line, column) = (place.line as usize, place.column as usize);
    let Some(excerpt) = excerpt else {
        return group.element(Origin::path(path).line(line).char_column(column));
    };
    let snippet = Snippet::source(excerpt.text.clone()).line_start(excerpt.first as usize);
    group.element(annotate(snippet.path(path), &excerpt))
}

type Cause<'a> = Snippet<'a, annotate_snippets::Annotation<'a>>;
