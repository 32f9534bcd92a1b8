//! Lines of a tree: a mark at the left, a text, and a place at the right.

use std::fmt::Write as _;

use annotate_snippets::renderer::{AnsiColor, Style};

use crate::{
    diagnostics::place::{Paths, Place},
    report::text::printable,
};

/// Places stand in one column, unless a text is longer than this, in characters.
const TEXT_CHARACTERS_MAX: usize = 72;

/// Lines, from top to bottom.
#[derive(Debug, Default)]
pub struct TextTree(Vec<Line>);

#[derive(Debug)]
struct Line {
    depth: usize,
    mark: Option<TreeMark>,
    text: String,
    place: Option<Place>,
    is_title: bool,
}

/// What came of the thing that a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeMark {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// It decided.
    Served,
    /// It could not be decided.
    Failed,
}

impl TreeMark {
    fn sign(self) -> char {
        match self {
            Self::Yes => '✓',
            Self::No => '✗',
            Self::Served => '→',
            Self::Failed => '!',
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Yes => AnsiColor::Green.on_default(),
            Self::No => AnsiColor::Red.on_default(),
            Self::Served => AnsiColor::Cyan.on_default().bold(),
            Self::Failed => AnsiColor::Yellow.on_default().bold(),
        }
    }
}

impl TextTree {
    /// Adds a line that stands out.
    pub fn title(&mut self, text: String, place: Place) {
        self.0.push(Line { depth: 0, mark: None, text, place: Some(place), is_title: true });
    }

    /// Adds a line without a mark.
    pub fn remark(&mut self, depth: usize, text: impl Into<String>) {
        self.0.push(Line { depth, mark: None, text: text.into(), place: None, is_title: false });
    }

    /// Adds a line with a mark.
    pub fn row(
        &mut self,
        depth: usize,
        mark: TreeMark,
        text: impl Into<String>,
        place: Option<Place>,
    ) {
        let text = text.into();
        self.0.push(Line { depth, mark: Some(mark), text, place, is_title: false });
    }

    /// All lines as text; a place as `path:line`.
    #[must_use]
    pub fn render(&self, paths: &Paths, colour: bool) -> String {
        let widths = self.0.iter().map(Line::width);
        let column = widths.filter(|width| *width <= TEXT_CHARACTERS_MAX).max().unwrap_or(0);
        let painted = |style: Style, text: &str| {
            if colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
        };
        self.0.iter().fold(String::new(), |mut all, line| {
            let text = printable(&line.text);
            let text =
                if line.is_title { painted(Style::new().bold(), &text) } else { text.into() };
            let indent = "  ".repeat(line.depth);
            let _ = match line.mark {
                Some(mark) => {
                    let sign = painted(mark.style(), &mark.sign().to_string());
                    write!(all, "{indent}{sign} {text}")
                }
                None => write!(all, "{indent}{text}"),
            };
            if let Some(place) = line.place {
                let gap = " ".repeat(column.saturating_sub(line.width()) + 2);
                let link = format!("{}:{}", printable(paths.path(place.file)), place.line);
                let _ = write!(all, "{gap}{}", painted(Style::new().dimmed(), &link));
            }
            all.push('\n');
            all
        })
    }
}

impl Line {
    fn width(&self) -> usize {
        let mark = if self.mark.is_some() { 2 } else { 0 };
        2 * self.depth + mark + self.text.chars().count()
    }
}
