//! A change for people at a terminal.

use std::fmt::Write as _;

use annotate_snippets::renderer::{AnsiColor, Style};

use crate::{
    diff::{difference::FlagDiff, population::Census},
    movement::moved::{Group, Movement},
    report::{
        diff::view::{
            View, bar, estimated, from, instead, listed, listed_count, listed_examples,
            listed_variants, moves, not_computed, percent, stays, to, what_happened, whom,
        },
        text::printable,
    },
    words::share::percent_words,
};

/// How wide a column of variants is at most, in characters.
const VARIANTS_CHARACTERS_MAX: usize = 40;

/// A paragraph a flag, then the summary.
#[must_use]
pub fn render(view: &View<'_>, colour: bool) -> String {
    let mut text = Text { text: String::new(), colour };
    for (flag, census) in view.flags() {
        text.flag(view, flag, census);
    }
    text.line(0, &view.summary());
    text.line(0, &view.sides());
    text.text
}

/// Text on the way.
struct Text {
    text: String,
    colour: bool,
}

impl Text {
    fn line(&mut self, depth: usize, line: &str) {
        let _ = writeln!(self.text, "{}{}", "  ".repeat(depth), printable(line));
    }

    fn painted(&self, style: Style, text: &str) -> String {
        let text = printable(text);
        if self.colour { format!("{style}{text}{style:#}") } else { text.into_owned() }
    }

    fn flag(&mut self, view: &View<'_>, flag: &FlagDiff, census: Option<&Census>) {
        let title = self.painted(Style::new().bold(), &format!("`{}`", flag.key));
        let place = view.link(flag.place, flag.head_key().is_none());
        let place = self.painted(Style::new().dimmed(), &place);
        let what = printable(&what_happened(flag)).into_owned();
        let _ = writeln!(self.text, "{title} {what}  {place}");
        for change in &flag.changes {
            self.line(1, &format!("- {change}"));
        }
        for group in flag.movement.iter().flat_map(Movement::moving) {
            self.group(flag, group);
        }
        if let Some(words) = not_computed(flag) {
            self.line(1, &words);
        }
        if let Some(words) = estimated(flag) {
            self.line(1, words);
        }
        let moves = flag.movement.as_ref().is_none_or(|movement| !movement.moves.is_empty());
        if let Some(words) = listed(flag) {
            self.listed(flag, &words);
        } else if !moves {
            self.line(1, "nobody gets another variant");
        }
        if let Some(census) = census {
            self.census(flag, census);
        }
        for hazard in &flag.hazards {
            let label = self.painted(AnsiColor::Yellow.on_default().bold(), "hazard");
            let (rule, message) =
                (hazard.code.id(), printable(&hazard.message.to_string()).into_owned());
            let _ = writeln!(self.text, "  {label}[{rule}]: {message}");
            self.line(2, &format!("at {}", view.link(hazard.place, hazard.in_base)));
            for (index, line) in instead(hazard).into_iter().enumerate() {
                let lead = if index == 0 { "instead:" } else { "        " };
                self.line(2, &format!("{lead} {line}"));
            }
        }
        self.text.push('\n');
    }

    fn group(&mut self, flag: &FlagDiff, group: &Group) {
        self.line(1, &format!("{}:", whom(flag, group)));
        let mut rows: Vec<(String, String, String)> = moves(group)
            .into_iter()
            .map(|(old, new, share)| {
                let variants = format!("{} → {}", from(flag, old), to(flag, old, new));
                (variants, percent(group, share), bar(share))
            })
            .collect();
        if group.moved() < crate::movement::square::WHOLE {
            rows.push(("unchanged".to_owned(), percent(group, stays(group)), String::new()));
        }
        self.table(rows);
    }

    /// Who of the listed users moves.
    fn listed(&mut self, flag: &FlagDiff, whom: &str) {
        self.line(1, &format!("{whom}:"));
        let rows = flag.listed.moves.iter().map(|one| {
            let (old, new) = listed_variants(flag, one);
            let examples = listed_examples(one, str::to_owned);
            (format!("{old} → {new}"), listed_count(one), examples)
        });
        let mut rows: Vec<(String, String, String)> = rows.collect();
        if 0 < flag.listed.stays {
            rows.push(("unchanged".to_owned(), flag.listed.stays.to_string(), String::new()));
        }
        self.table(rows);
    }

    fn census(&mut self, flag: &FlagDiff, census: &Census) {
        self.line(1, &format!("of {} contexts in the population:", census.contexts));
        let mut rows = Vec::new();
        for counted in &census.moves {
            let before = counted.from.as_deref();
            let (old, new) = (from(flag, before), to(flag, before, counted.to.as_deref()));
            let variants = format!("{old} → {new}");
            let share = percent_words(census.share(counted.count));
            let examples = counted.examples.join(", ");
            rows.push((
                variants,
                format!("{} ({share})", counted.count),
                format!("such as {examples}"),
            ));
        }
        let rest = census.contexts - census.moved();
        if 0 < rest {
            let share = percent_words(census.share(rest));
            rows.push(("unchanged".to_owned(), format!("{rest} ({share})"), String::new()));
        }
        self.table(rows);
    }

    /// Three columns; the second one is aligned at its end.
    fn table(&mut self, rows: Vec<(String, String, String)>) {
        let width = |text: &String| text.chars().count();
        let variants = rows.iter().map(|row| width(&row.0)).max().unwrap_or(0);
        let variants = variants.min(VARIANTS_CHARACTERS_MAX);
        let shares = rows.iter().map(|row| width(&row.1)).max().unwrap_or(0);
        for (variant, share, rest) in rows {
            let line = format!("{variant:variants$}  {share:>shares$}  {rest}");
            self.line(2, line.trim_end());
        }
    }
}
