//! A few lines of a file, safe to show, and where places stand in them.

use std::ops::Range;

use crate::{diagnostics::place::Place, report::text::printable};

/// A line longer than this, in characters, is shown up to so many after the place that matters.
pub const LINE_CHARACTERS_MAX: usize = 400;
/// A place further to the right than this, in characters, is not shown, but only named.
pub const COLUMN_SHOWN_MAX: u32 = 10_000;

/// Successive lines of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The number of the first line.
    pub first: u32,
    /// The lines, each with a line feed at its end. Columns in them are those of the file.
    pub text: String,
}

impl Excerpt {
    /// The lines from the first of some places to the last. None where the file ends before them,
    /// where a line is too long to be shown with other places, or a place too far to the right.
    #[must_use]
    pub fn of(text: &str, places: &[Place]) -> Option<Self> {
        let first = places.iter().map(|place| place.line).min()?;
        let last = places.iter().map(|place| place.line).max()?;
        let lines = lines(text, first, last);
        let is_long = |line: &&str| line.chars().nth(LINE_CHARACTERS_MAX).is_some();
        match (&*lines, places) {
            ([], _) => None,
            ([line], [place]) if is_long(line) => {
                let column = (place.column <= COLUMN_SHOWN_MAX).then_some(place.column as usize)?;
                let shown: String = line.chars().take(column + LINE_CHARACTERS_MAX).collect();
                Some(Self { first, text: format!("{}\n", printable(&shown)) })
            }
            (lines, _) if lines.iter().any(is_long) => None,
            (lines, _) => {
                let lines = lines.iter().flat_map(|line| [printable(line), "\n".into()]);
                Some(Self { first, text: lines.collect() })
            }
        }
    }

    /// The bytes of [`Excerpt::text`] that a place covers; of one that goes on over several lines,
    /// those on its first line.
    #[must_use]
    pub fn span(&self, place: Place) -> Range<usize> {
        let lines: Vec<&str> = self.text.split_inclusive('\n').collect();
        let index = place.line.saturating_sub(self.first) as usize;
        let index = index.min(lines.len().saturating_sub(1));
        let before: usize = lines.iter().take(index).map(|line| line.len()).sum();
        let line = lines.get(index).map_or("", |line| line.trim_end_matches('\n'));
        let offset = |column: u32| {
            let characters = column.saturating_sub(1) as usize;
            line.char_indices().nth(characters).map_or(line.len(), |(offset, _)| offset)
        };
        let end = if place.end_line == place.line { offset(place.end_column) } else { line.len() };
        let start = offset(place.column).min(end);
        before + start..before + end
    }
}

/// The lines from one number to another, both included, as far as there are any. Lines end as they
/// do in YAML: with a line feed, a carriage return, or both.
fn lines(text: &str, from: u32, to: u32) -> Vec<&str> {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = Vec::new();
    for number in 1..=to {
        let (line, tail) = rest.split_at(rest.find(['\n', '\r']).unwrap_or(rest.len()));
        if from <= number {
            lines.push(line);
        }
        match tail.strip_prefix("\r\n").or_else(|| tail.get(1..)) {
            Some(tail) => rest = tail,
            None => break,
        }
    }
    lines
}
