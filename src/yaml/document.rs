//! YAML text to values that know their place.

use std::borrow::Cow;

use granit_parser::{
    ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, StrInput, StructureStyle, YamlVersion,
};

use crate::{
    diagnostics::{
        diagnostic::Diagnostic,
        place::{FileId, Place},
        severity::Severity,
    },
    yaml::{
        decode::{self, count},
        findings::{FileFindings, PROBLEMS_MAX},
        node,
        node::{Entry, Node, NodeValue},
        problems as problem,
        scalar::{self, Scalar},
        syntax,
    },
};

/// How many lists and mappings may lie inside one another.
pub const NESTING_MAX: usize = 32;

/// Which numbers a document may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Those that every client keeps exactly, as what is served has to be.
    Exact,
    /// Any, as callers may send them.
    AsSent,
}

/// What a file says.
#[derive(Debug)]
pub struct Document {
    /// All of it.
    pub root: Node,
    /// What is wrong or unwise about how it is written, and leaves the rest readable.
    pub problems: Vec<Diagnostic>,
}

/// Reads a file that is one YAML 1.2 document.
///
/// JSON is YAML. Takes time in proportion to the file, and memory in proportion to what is in it.
///
/// # Errors
///
/// Everything that is wrong with it, sorted by place: at least one diagnostic.
pub fn read(file: FileId, bytes: &[u8], numbers: Numbers) -> Result<Document, Vec<Diagnostic>> {
    let text = decode::decode(file, bytes).map_err(|problem| vec![*problem])?;
    let (open, findings, problems) = (Vec::new(), FileFindings::default(), Vec::new());
    Loader { file, text, numbers, open, root: None, findings, problems }.load()
}

/// What a file of definitions says; see [`read`].
///
/// # Errors
///
/// Everything that is wrong with it, sorted by place: at least one diagnostic.
pub fn parse(file: FileId, bytes: &[u8]) -> Result<Node, Vec<Diagnostic>> {
    let Document { root, problems } = read(file, bytes, Numbers::Exact)?;
    let is_sound = problems.iter().all(|problem| problem.severity() < Severity::Error);
    if is_sound { Ok(root) } else { Err(problems) }
}

/// Builds the tree from the parser's events, on a stack of its own: input cannot make it recurse.
struct Loader<'t> {
    file: FileId,
    text: &'t str,
    numbers: Numbers,
    /// The lists and mappings that are not closed yet, outermost first.
    open: Vec<Open>,
    root: Option<Node>,
    /// What makes all of it unreadable.
    findings: FileFindings,
    /// What leaves the rest readable.
    problems: Vec<Diagnostic>,
}

/// A list or mapping that is not closed yet.
struct Open {
    children: Children,
    place: Place,
    /// Closed by a bracket, which then is its end; else its end is that of its last child.
    is_flow: bool,
}

enum Children {
    Items(Vec<Node>),
    Entries(Vec<Entry>, Key),
}

/// The key of the entry that is being read.
enum Key {
    /// It comes next.
    Awaited,
    /// Its value comes next.
    Read(Box<str>, Place),
    /// It was refused, and its value is to be passed over.
    Refused,
}

impl<'t> Loader<'t> {
    fn load(mut self) -> Result<Document, Vec<Diagnostic>> {
        let options = granit_parser::options! {
            emit_anchor_events: true,
            emit_unresolved_aliases: true,
            flow_nesting_limit: NESTING_MAX,
            block_nesting_limit: NESTING_MAX,
            // As libyaml and the writers built on it have it; the specification leaves it open.
            block_scalar_eof_without_line_feed: true,
        };
        let mut parser = Parser::new_from_str_with_options(self.text, options);
        if let Err(fatal) = self.read_events(&mut parser) {
            self.findings.add(*fatal);
        }
        match self.root {
            Some(root) if self.findings.is_empty() => {
                Ok(Document { root, problems: self.problems })
            }
            None if self.findings.is_empty() => {
                Err(vec![problem::empty_file(Place::start_of(self.file))])
            }
            _ => {
                let is_error = |problem: &Diagnostic| problem.severity() == Severity::Error;
                self.problems.into_iter().filter(is_error).for_each(|it| self.findings.add(it));
                Err(self.findings.finish(self.file))
            }
        }
    }

    /// Until the end, or until nothing sensible can follow: then the reason.
    fn read_events(
        &mut self,
        parser: &mut Parser<'t, StrInput<'t>>,
    ) -> Result<(), Box<Diagnostic>> {
        let mut document_count = 0;
        while let Some(next) = parser.next_event() {
            let (event, span) = next.map_err(|error| Box::new(self.explain(&error)))?;
            match event {
                Event::DocumentStart(_, version) => {
                    document_count += 1;
                    if document_count > 1 {
                        return Err(Box::new(problem::several_documents(self.place(&span))));
                    }
                    self.check_version(version, &span);
                }
                Event::Scalar(text, style, _, tag) => {
                    self.refuse_tag(tag.is_some(), &span);
                    self.scalar(text, style, &span);
                }
                Event::SequenceStart(style, _, tag) => {
                    self.refuse_tag(tag.is_some(), &span);
                    self.begin(Children::Items(Vec::new()), style, &span)?;
                }
                Event::MappingStart(style, _, tag) => {
                    self.refuse_tag(tag.is_some(), &span);
                    self.begin(Children::Entries(Vec::new(), Key::Awaited), style, &span)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.end(&span),
                Event::Anchor(..) => {
                    self.report(problem::anchor(self.place(&span), self.written(&span)));
                }
                Event::Alias(_) | Event::UnresolvedAlias(_) => self.refuse_alias(&span),
                _ => {}
            }
        }
        Ok(())
    }

    fn scalar(&mut self, text: Cow<'t, str>, style: ScalarStyle, span: &Span) {
        let mut place = self.place(span);
        let is_empty = span.start.index() == span.end.index();
        let is_absent = is_empty && style == ScalarStyle::Plain;
        if style == ScalarStyle::Plain && scalar::is_zero_padded(&text) {
            self.warn_of_zero(place, &text);
        }
        if let Some(Open { children: Children::Entries(_, key @ Key::Awaited), .. }) =
            self.open.last_mut()
        {
            if style == ScalarStyle::Plain && text == "<<" {
                *key = Key::Refused;
                return self.report(problem::merge_key(place));
            }
            let text = if is_absent { "".into() } else { text.into() };
            *key = Key::Read(text, place);
            return;
        }
        let value = match style {
            ScalarStyle::Plain => self.plain(text, place),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => NodeValue::String(text.into()),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                place = block_scalar_place(place, self.written(span));
                NodeValue::String(text.into())
            }
        };
        if is_absent && self.open.is_empty() {
            // `---` and nothing else: an empty file.
            return;
        }
        if is_empty {
            place = self.key_place().unwrap_or(place);
        }
        self.add(Node { value, place });
    }

    fn plain(&mut self, text: Cow<'t, str>, place: Place) -> NodeValue {
        match scalar::read(&text) {
            Scalar::Null => return NodeValue::Null,
            Scalar::Bool(value) => return NodeValue::Bool(value),
            Scalar::Number(number) => return NodeValue::Number(number.into()),
            Scalar::String => {}
            Scalar::NotFinite | Scalar::IntegerOutOfRange if self.numbers == Numbers::AsSent => {
                if let Some(number) = scalar::read_any_size(&text) {
                    return NodeValue::Number(number.into());
                }
                self.note(problem::number_not_finite(place, &text));
            }
            unfit @ (Scalar::NotFinite | Scalar::IntegerOutOfRange) => {
                self.note(match unfit {
                    Scalar::NotFinite => problem::number_not_finite(place, &text),
                    _ => problem::integer_out_of_range(place, &text),
                });
                if let Some(number) = scalar::read_any_size(&text) {
                    return NodeValue::Number(number.into());
                }
            }
        }
        NodeValue::String(text.into())
    }

    fn begin(
        &mut self,
        children: Children,
        style: StructureStyle,
        span: &Span,
    ) -> Result<(), Box<Diagnostic>> {
        if self.open.len() == NESTING_MAX {
            return Err(Box::new(self.too_deep(span)));
        }
        let place = self.place(span);
        self.open.push(Open { children, place, is_flow: style == StructureStyle::Flow });
        Ok(())
    }

    fn end(&mut self, span: &Span) {
        let Some(Open { children, mut place, is_flow }) = self.open.pop() else { return };
        let last = match &children {
            Children::Items(items) => items.last().map(|item| item.place),
            Children::Entries(entries, _) => entries.last().map(|entry| entry.node.place),
        };
        let end = if is_flow { self.place(span) } else { last.unwrap_or(place) };
        (place.end_line, place.end_column) = (end.end_line, end.end_column);
        // Both grow by doubling, and most have an item or two: half the tree would be empty room.
        let value = match children {
            Children::Items(mut items) => {
                items.shrink_to_fit();
                NodeValue::List(items)
            }
            Children::Entries(mut entries, _) => {
                entries.shrink_to_fit();
                self.refuse_duplicates(&mut entries);
                NodeValue::Map(entries)
            }
        };
        self.add(Node { value, place });
    }

    /// Puts a value where it belongs: into the list or mapping that is open.
    fn add(&mut self, node: Node) {
        match self.open.last_mut().map(|open| &mut open.children) {
            None => self.root = Some(node),
            Some(Children::Items(items)) => items.push(node),
            Some(Children::Entries(entries, key)) => match std::mem::replace(key, Key::Awaited) {
                Key::Read(key, key_place) => entries.push(Entry { key, key_place, node }),
                Key::Refused => {}
                Key::Awaited => {
                    *key = Key::Refused;
                    self.report(problem::non_scalar_key(node.place, node.kind()));
                }
            },
        }
    }

    /// Says which keys the mapping has already, and keeps the first of each.
    fn refuse_duplicates(&mut self, entries: &mut Vec<Entry>) {
        for (later, first) in node::take_duplicates(entries) {
            self.note(problem::duplicate_key(later.key_place, &later.key, first));
        }
    }

    fn refuse_alias(&mut self, span: &Span) {
        let place = self.place(span);
        match self.open.last_mut().map(|open| &mut open.children) {
            // What stands under a merge key is always an alias: one report is enough.
            Some(Children::Entries(_, key @ Key::Refused)) => *key = Key::Awaited,
            Some(Children::Entries(_, key @ Key::Awaited)) => {
                *key = Key::Refused;
                self.report(problem::alias(place, self.written(span)));
            }
            _ => {
                self.report(problem::alias(place, self.written(span)));
                self.add(Node { value: NodeValue::Null, place });
            }
        }
    }

    fn refuse_tag(&mut self, is_tagged: bool, span: &Span) {
        if is_tagged {
            let tag = span.tag_span().unwrap_or(*span);
            self.report(problem::tag(self.place(&tag), self.written(&tag)));
        }
    }

    fn check_version(&mut self, version: Option<YamlVersion>, span: &Span) {
        if let Some(version) = version.filter(|version| (version.major, version.minor) != (1, 2)) {
            let place = decode::line_beginning_with(self.file, self.text, "%YAML");
            let place = place.unwrap_or(self.place(span));
            self.report(problem::yaml_version(place, version.major, version.minor));
        }
    }

    /// Says that digits with a zero in front are text, but for what carries no meaning anyway.
    fn warn_of_zero(&mut self, place: Place, text: &str) {
        let is_extension = |open: &Open| match &open.children {
            Children::Entries(_, Key::Read(key, _)) => key.starts_with("x-"),
            _ => false,
        };
        if self.problems.len() < PROBLEMS_MAX && !self.open.iter().any(is_extension) {
            self.problems.push(problem::leading_zero(place, text));
        }
    }

    /// Adds what leaves the rest readable; beyond a number, all is unreadable.
    fn note(&mut self, problem: Diagnostic) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        } else {
            self.findings.add(problem);
        }
    }

    fn report(&mut self, problem: Diagnostic) {
        self.findings.add(problem);
    }

    fn too_deep(&self, span: &Span) -> Diagnostic {
        let place = self.place(span);
        problem::too_deep(Place { end_column: place.column + 1, ..place }, NESTING_MAX)
    }

    /// Why the parser stopped.
    fn explain(&self, error: &ScanError) -> Diagnostic {
        if *error.kind() == ErrorKind::RecursionLimitExceeded {
            return self.too_deep(&Span::empty(*error.marker()));
        }
        let bracket = self.open.iter().rev().find(|open| open.is_flow).map(|open| open.place);
        syntax::explain(self.file, self.text, error, bracket)
    }

    fn written(&self, span: &Span) -> &'t str {
        span.slice(self.text).unwrap_or_default()
    }

    fn place(&self, span: &Span) -> Place {
        Place {
            file: self.file,
            line: count(span.start.line()),
            column: count(span.start.col() + 1),
            end_line: count(span.end.line()),
            end_column: count(span.end.col() + 1),
        }
    }

    /// Where the key stands whose value is to come.
    fn key_place(&self) -> Option<Place> {
        match &self.open.last()?.children {
            Children::Entries(_, Key::Read(_, place)) => Some(*place),
            _ => None,
        }
    }
}

/// The place of a block scalar, which for the parser reaches to the next thing that follows.
fn block_scalar_place(place: Place, written: &str) -> Place {
    let (lines, column) = decode::position_after(written.trim_end());
    let is_one_line = lines == 1;
    Place {
        end_line: place.line + lines - 1,
        end_column: if is_one_line { place.column + column - 1 } else { column },
        ..place
    }
}
