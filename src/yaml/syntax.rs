//! Why a text is no YAML, in the words of who wrote it rather than of the grammar.

use granit_parser::{ErrorKind, ScanError};

use crate::{
    diagnostics::{
        diagnostic::Diagnostic,
        place::{FileId, Place},
        quote::invisible,
        suggest::{operator_meant_by, operator_signs},
    },
    yaml::{
        decode::{self, count},
        problems as problem,
    },
};

/// What the parser stopped at.
struct Failure<'t> {
    file: FileId,
    /// The text before the place, all of it.
    all_before: &'t str,
    /// The same from the beginning of the line.
    before: &'t str,
    /// The text from the place on, all of it.
    after: &'t str,
    line: u32,
    column: u32,
    /// The innermost bracket that is open.
    bracket: Option<Place>,
}

/// The error at which the parser stopped, as a diagnostic. `bracket` is the innermost list or
/// mapping in brackets that was open then.
#[must_use]
pub fn explain(file: FileId, text: &str, error: &ScanError, bracket: Option<Place>) -> Diagnostic {
    if let Some(conflict) = decode::conflict_marker(file, text, b"=") {
        return problem::merge_conflict(conflict);
    }
    let marker = error.marker();
    let (all_before, after) =
        text.split_at_checked(marker.byte_offset().unwrap_or_default()).unwrap_or(("", text));
    let before = all_before.rsplit(['\n', '\r']).next().unwrap_or_default();
    let (line, column) = (count(marker.line()), count(marker.col() + 1));
    let failure = Failure { file, all_before, before, after, line, column, bracket };
    let mut problem = failure.explain(error.kind());
    let line_end = after.find(['\n', '\r']).map_or(text.len(), |end| all_before.len() + end);
    let until_line_end = text.get(..line_end).unwrap_or(text);
    let line_start = all_before.len() - before.len();
    if let Some((letter, name, place)) = invisible_in(file, line_start, until_line_end) {
        let code = u32::from(letter);
        problem = problem.relate(format!("{name} (U+{code:04X}) is here: write a space"), place);
    }
    if let Some(quote) = earlier_quote(file, all_before) {
        let words = "the text in quotes that ends before this begins here: is its end missing?";
        problem = problem.relate(words, quote);
    }
    if let Some(comment) = bracket.and_then(|open| comment_in(file, until_line_end, open)) {
        problem = problem.relate("a comment begins here: quote what is none", comment);
    }
    problem
}

/// Where a text in double quotes begins that ends on the last line before the place, but began on
/// an earlier one: probably somebody forgot to end it there, and it went on to the next quote.
fn earlier_quote(file: FileId, before: &str) -> Option<Place> {
    let end = before.rfind('"')?;
    let (until_end, rest) = before.split_at_checked(end)?;
    let start = until_end.rfind('"')?;
    let (until_start, within) = until_end.split_at_checked(start)?;
    let opens = until_start.ends_with([' ', '[', '{', ',', '(']);
    (opens && within.contains('\n') && !rest.contains('\n')).then(|| at_end(file, until_start))
}

/// Whether Unicode has set a code point aside that is never to be a character.
fn is_no_character(letter: char) -> bool {
    let code = u32::from(letter);
    code & 0xFFFE == 0xFFFE || (0xFDD0..=0xFDEF).contains(&code)
}

/// The character in the last line of a text that looks like a space and is none, its name and its
/// place. A byte order mark is said by itself.
fn invisible_in(
    file: FileId,
    line_start: usize,
    text: &str,
) -> Option<(char, &'static str, Place)> {
    let line = text.get(line_start..)?;
    let (letter, name) = invisible(line).filter(|(letter, _)| *letter != '\u{FEFF}')?;
    let before = text.get(..line_start + line.find(letter)?)?;
    Some((letter, name, at_end(file, before)))
}

/// Where a comment begins between an open bracket and the end of the text.
fn comment_in(file: FileId, text: &str, open: Place) -> Option<Place> {
    let first = usize::try_from(open.line).ok()?.checked_sub(1)?;
    let mut lines = text.split_inclusive('\n').scan(0, |offset, line| {
        let start = *offset;
        *offset += line.len();
        Some((start, line))
    });
    let (start, line) = lines.by_ref().skip(first).find(|(_, line)| line.contains(" #"))?;
    let comment = start + line.find(" #")? + 1;
    text.get(..comment).map(|before| at_end(file, before))
}

/// The character behind a text that begins the file.
fn at_end(file: FileId, text: &str) -> Place {
    let line = count(text.matches('\n').count() + 1);
    let last = text.rsplit('\n').next().unwrap_or_default();
    let column = count(last.chars().count() + 1);
    Place { file, line, column, end_line: line, end_column: column + 1 }
}

impl Failure<'_> {
    fn explain(&self, kind: &ErrorKind) -> Diagnostic {
        let is_about_tabs = matches!(
            kind,
            ErrorKind::TabNotAllowed
                | ErrorKind::TabInBlockIndentation
                | ErrorKind::TabInIndentation
                | ErrorKind::TabInPlainScalar
                | ErrorKind::TabAtBlockScalarStart
        );
        if let Some(tab) = self.tab_in_indentation(is_about_tabs) {
            return problem::tab_indentation(tab);
        }
        if let Some(problem) = self.signs_as_operator().or_else(|| self.long_key()) {
            return problem;
        }
        if let Some(problem) = self.unclosed_bracket(kind) {
            return problem;
        }
        match kind {
            ErrorKind::UnexpectedCharacter { character }
                if character.is_control() || is_no_character(*character) =>
            {
                problem::control_character(self.place(1), *character)
            }
            ErrorKind::UndeclaredTagHandle => {
                problem::tag(self.place(self.word().chars().count()), self.word())
            }
            kind => self.syntax(kind),
        }
    }

    /// `operator: >=`.
    fn signs_as_operator(&self) -> Option<Diagnostic> {
        if !self.before.trim_end().ends_with("operator:") {
            return None;
        }
        let signs = operator_signs(self.after);
        let meant = operator_meant_by(signs)?;
        Some(problem::signs_as_operator(self.place(signs.chars().count()), signs, meant))
    }

    /// A key that the parser has given up before its colon.
    fn long_key(&self) -> Option<Diagnostic> {
        self.after.strip_prefix(':')?;
        let start = match self.before.strip_suffix('"') {
            Some(within) => within.rfind('"')?,
            None => self.before.rfind([' ', '{', ',']).map_or(0, |end| end + 1),
        };
        let (before, key) = self.before.split_at_checked(start)?;
        let (column, length) = (count(before.chars().count() + 1), key.chars().count());
        let place = Place { column, ..self.place(0) };
        (problem::KEY_LENGTH_MAX < length).then(|| problem::key_too_long(place, length))
    }

    /// The innermost bracket, if it was left open on an earlier line: the line at which the parser
    /// stopped is indented no further than the one with the bracket, so it is none of its own.
    fn unclosed_bracket(&self, kind: &ErrorKind) -> Option<Diagnostic> {
        let is_within = matches!(
            kind,
            ErrorKind::ExpectedFlowMappingSeparator
                | ErrorKind::ExpectedFlowSequenceSeparator
                | ErrorKind::InvalidColonPlacement
                | ErrorKind::BlockEntryInFlowCollection
        );
        let bracket = self.bracket.filter(|open| is_within && open.line < self.line)?;
        let at = |line: u32| self.all_before.lines().nth(usize::try_from(line).ok()? - 1);
        let (opening, stopped) = (at(bracket.line)?, at(self.line).unwrap_or_default());
        let indentation = |line: &str| line.len() - line.trim_start_matches(' ').len();
        if indentation(opening) < indentation(stopped) {
            return None;
        }
        let column = usize::try_from(bracket.column).ok()?;
        let open = opening.chars().nth(column - 1)?;
        let place = Place { end_line: bracket.line, end_column: bracket.column + 1, ..bracket };
        Some(problem::never_closed(place, open, self.place(1)))
    }

    fn syntax(&self, kind: &ErrorKind) -> Diagnostic {
        let reason = self.reason(kind);
        // An empty place stays empty only where nothing follows.
        let width = usize::from(!self.after.is_empty() && !self.after.starts_with(['\n', '\r']));
        let problem = problem::syntax(self.place(width), reason);
        match (kind, self.bracket) {
            (
                ErrorKind::UnclosedFlowCollection { .. }
                | ErrorKind::UnclosedQuotedScalar
                | ErrorKind::UnexpectedCharacter { .. }
                | ErrorKind::MismatchedFlowCollectionEnd { .. },
                _,
            )
            | (_, None) => problem,
            (_, Some(bracket)) => problem.relate("in the brackets that open here", bracket),
        }
    }

    /// What is wrong, for the mistakes that people make; for all others what the parser says.
    fn reason(&self, kind: &ErrorKind) -> String {
        if let Some(reason) = reason_in_value(kind) {
            return reason.to_owned();
        }
        let reason = match kind {
            ErrorKind::UnexpectedCharacter { character } => {
                return format!("`{character}` cannot begin a value: quote the value");
            }
            ErrorKind::UnclosedFlowCollection { open } => {
                return format!("the `{open}` that opens here is never closed");
            }
            ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
                return format!("`{close}` cannot close what `{open}` opened");
            }
            ErrorKind::MisplacedFlowCollectionEnd => "this bracket closes nothing",
            ErrorKind::ExpectedFlowMappingSeparator => "expected `,` or `}`",
            ErrorKind::ExpectedFlowSequenceSeparator => "expected `,` or `]`",
            ErrorKind::UnexpectedEofImplicitFlowMapping
            | ErrorKind::UnexpectedEofFlowSequence
            | ErrorKind::UnexpectedEofFlowMapping => "expected a value before this",
            ErrorKind::InvalidColonPlacement => {
                "a key cannot stand here: is a `,` missing, or a bracket not closed?"
            }
            ErrorKind::MappingValueNotAllowed => self.second_colon(),
            ErrorKind::SimpleKeyExpected => "expected `key: value`: there is no `: ` in this line",
            ErrorKind::ExpectedBlockMappingKey if self.is_list_item() => {
                "a list item cannot stand among the keys of a mapping"
            }
            ErrorKind::ExpectedBlockMappingKey => {
                "expected a key: the line is indented like none of the keys above it"
            }
            ErrorKind::ExpectedBlockSequenceEntry => {
                "expected `- `: the line is indented like the list items above it"
            }
            ErrorKind::ExpectedDocumentStart => {
                "the line is indented less than the first key of the file"
            }
            ErrorKind::BlockSequenceEntryNotAllowed => {
                "a list cannot begin on the line of its key: put `- ` on the next line, or write \
                 `[…]`"
            }
            ErrorKind::UnsupportedYamlMajorVersion => "files are YAML 1.2: take the line out",
            other => return other.to_string(),
        };
        reason.to_owned()
    }

    /// Why a `:` cannot stand where it does, outside of brackets.
    fn second_colon(&self) -> &'static str {
        if self.before.contains(": ") {
            "a second `: ` in one line: quote the value"
        } else {
            "a key cannot stand here: either the line is indented too far, or the line above it is \
             no `key: value`, which has a space after the `:`"
        }
    }

    fn is_list_item(&self) -> bool {
        self.before.trim_start().starts_with('-') || self.after.starts_with("- ")
    }

    /// The first tab in the indentation of the line; if the parser complains of a tab, also in the
    /// next line that has anything else in it.
    fn tab_in_indentation(&self, look_further: bool) -> Option<Place> {
        let indentation = |line: &str| {
            line.chars().take_while(|letter| letter.is_whitespace()).position(|it| it == '\t')
        };
        let first = indentation(self.before).map(|column| (0, column));
        let mut later = self.after.lines().enumerate().skip(1);
        let found = first.or_else(|| {
            let (index, line) = later.find(|(_, line)| !line.trim().is_empty())?;
            look_further.then_some(())?;
            Some((index, indentation(line)?))
        });
        let (lines, column) = found?;
        let line = self.line + count(lines);
        let column = count(column + 1);
        Some(Place { file: self.file, line, column, end_line: line, end_column: column + 1 })
    }

    /// From the place to the next white space.
    fn word(&self) -> &str {
        self.after.split_whitespace().next().unwrap_or_default()
    }

    fn place(&self, width: usize) -> Place {
        Place {
            file: self.file,
            line: self.line,
            column: self.column,
            end_line: self.line,
            end_column: self.column + count(width),
        }
    }
}

/// What is wrong inside a value or where one should begin.
fn reason_in_value(kind: &ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::UnexpectedCharacter { character: '\t' } | ErrorKind::TabInPlainScalar => {
            "a tab cannot stand here: use spaces"
        }
        ErrorKind::UnexpectedCharacter { character: '`' } => {
            "a backtick cannot begin a value: quote the value"
        }
        ErrorKind::BomInsideDocument => {
            "a byte order mark (U+FEFF) stands inside the document: take it out"
        }
        ErrorKind::MissingAnchorOrAliasName => "`*` and `&` cannot begin a value: quote the value",
        ErrorKind::UnclosedQuotedScalar => "the quote that opens here is never closed",
        ErrorKind::InvalidTrailingSingleQuotedScalar => {
            "text after the closing quote: quote the whole value, and double a quote inside it"
        }
        ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            "text after the closing quote: quote the whole value, and write a quote inside it as \
             `\\\"`"
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            "unknown escape in double quotes: write a backslash as `\\\\`, or use single quotes"
        }
        ErrorKind::InvalidQuotedScalarHexEscape | ErrorKind::InvalidLowSurrogateHexEscape => {
            "expected hexadecimal digits: two after `\\x`, four after `\\u`, eight after `\\U`"
        }
        ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => {
            "an escape in these quotes stands for no character: half of a surrogate pair?"
        }
        ErrorKind::InvalidBlockScalarHeader => {
            "nothing but a comment can follow `|` or `>`: the text begins on the next line"
        }
        _ => return None,
    })
}
