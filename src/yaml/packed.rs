//! A value in a document, packed: what a definition says and where, in little more memory than its
//! text has.
//!
//! As a tree, a definition takes some twelve times the memory of its text. All definitions have to
//! be there before the first is compiled, but each is looked at by itself, so each is unpacked for
//! as long as it is looked at.

use crate::{
    diagnostics::place::{FileId, Place},
    yaml::node::{Entry, Node, NodeValue},
};

/// A node and all that is in it.
///
/// A node is a byte for its kind, its place and what it holds. A count and a number are seven bits
/// a byte, the lowest first; a text is its length and its bytes. A place is told from the one that
/// is before it: the difference of the lines, the column, how many lines further it ends, and in
/// which column. What is as usual is a bit of the first byte. Lines are below 2³¹.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    bytes: Box<[u8]>,
    has_null: bool,
}

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const NUMBER: u8 = 3;
const STRING: u8 = 4;
const LIST: u8 = 5;
const MAP: u8 = 6;
/// Is added to the kind of a node that stands in another file than the one before.
const OTHER_FILE: u8 = 8;
/// The same of a node that does not begin in the line in which the one before did.
const OTHER_LINE: u8 = 16;
/// The same of a node that does not end in the line in which it begins.
const SEVERAL_LINES: u8 = 32;
/// The bits of the kind itself.
const KIND: u8 = 7;

impl Packed {
    /// Packs a node.
    #[must_use]
    pub fn new(node: &Node) -> Self {
        let mut writer = Writer { bytes: Vec::new(), last: Place::default(), has_null: false };
        writer.node(node);
        Self { bytes: writer.bytes.into(), has_null: writer.has_null }
    }

    /// The node.
    #[must_use]
    pub fn unpack(&self) -> Node {
        Reader { rest: &self.bytes, last: Place::default() }.node()
    }

    /// How much memory it takes beside itself, in bytes.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the node is a null or has one in it.
    #[must_use]
    pub fn has_null(&self) -> bool {
        self.has_null
    }
}

struct Writer {
    bytes: Vec<u8>,
    /// The place that was written last.
    last: Place,
    has_null: bool,
}

impl Writer {
    fn node(&mut self, node: &Node) {
        let kind = match &node.value {
            NodeValue::Null => NULL,
            NodeValue::Bool(false) => FALSE,
            NodeValue::Bool(true) => TRUE,
            NodeValue::Number(_) => NUMBER,
            NodeValue::String(_) => STRING,
            NodeValue::List(_) => LIST,
            NodeValue::Map(_) => MAP,
        };
        self.place(kind, node.place);
        match &node.value {
            NodeValue::Null => self.has_null = true,
            NodeValue::Bool(_) => {}
            NodeValue::Number(text) | NodeValue::String(text) => self.text(text),
            NodeValue::List(items) => {
                self.count(items.len());
                for item in items {
                    self.node(item);
                }
            }
            NodeValue::Map(entries) => {
                self.count(entries.len());
                for Entry { key, key_place, node } in entries {
                    self.place(STRING, *key_place);
                    self.text(key);
                    self.node(node);
                }
            }
        }
    }

    fn place(&mut self, kind: u8, place: Place) {
        let Place { file, line, column, end_line, end_column } = place;
        let (is_other_file, is_other_line) = (file != self.last.file, line != self.last.line);
        let has_several_lines = end_line != line;
        let bit = |is_so: bool, bit: u8| if is_so { bit } else { 0 };
        self.bytes.push(
            kind | bit(is_other_file, OTHER_FILE)
                | bit(is_other_line, OTHER_LINE)
                | bit(has_several_lines, SEVERAL_LINES),
        );
        if is_other_file {
            self.number(file.0);
        }
        if is_other_line {
            self.number(zigzag(line, self.last.line));
        }
        self.number(column);
        if has_several_lines {
            self.number(end_line.wrapping_sub(line));
            self.number(end_column);
        } else {
            self.number(end_column.wrapping_sub(column));
        }
        self.last = place;
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// A count fits: files are far smaller than 4 GiB.
    fn count(&mut self, count: usize) {
        self.number(u32::try_from(count).unwrap_or(u32::MAX));
    }

    fn number(&mut self, mut number: u32) {
        while number >= 0x80 {
            self.bytes.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.bytes.push(number.to_le_bytes()[0]);
    }
}

/// The difference of two lines, with its sign in the lowest bit, so that small differences of both
/// signs are small numbers: a later layer may have put an earlier line behind.
const fn zigzag(line: u32, last: u32) -> u32 {
    let is_before = line < last;
    (line.abs_diff(last) << 1) | is_before as u32
}

const fn unzigzag(difference: u32, last: u32) -> u32 {
    let is_before = difference & 1 == 1;
    let distance = difference >> 1;
    if is_before { last.wrapping_sub(distance) } else { last.wrapping_add(distance) }
}

struct Reader<'p> {
    rest: &'p [u8],
    last: Place,
}

impl Reader<'_> {
    fn node(&mut self) -> Node {
        let (kind, place) = self.place();
        let value = match kind {
            FALSE => NodeValue::Bool(false),
            TRUE => NodeValue::Bool(true),
            NUMBER => NodeValue::Number(self.text()),
            STRING => NodeValue::String(self.text()),
            LIST => {
                let count = self.number();
                NodeValue::List((0..count).map(|_| self.node()).collect())
            }
            MAP => {
                let count = self.number();
                NodeValue::Map((0..count).map(|_| self.entry()).collect())
            }
            _ => NodeValue::Null,
        };
        Node { value, place }
    }

    fn entry(&mut self) -> Entry {
        let (_, key_place) = self.place();
        Entry { key: self.text(), key_place, node: self.node() }
    }

    fn place(&mut self) -> (u8, Place) {
        let kind = self.byte();
        let file = if kind & OTHER_FILE == 0 { self.last.file } else { FileId(self.number()) };
        let line = match kind & OTHER_LINE {
            0 => self.last.line,
            _ => unzigzag(self.number(), self.last.line),
        };
        let column = self.number();
        let (end_line, end_column) = match kind & SEVERAL_LINES {
            0 => (line, column.wrapping_add(self.number())),
            _ => (line.wrapping_add(self.number()), self.number()),
        };
        self.last = Place { file, line, column, end_line, end_column };
        (kind & KIND, self.last)
    }

    fn text(&mut self) -> Box<str> {
        let length = self.number() as usize;
        let (text, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, &[]));
        self.rest = rest;
        // It was a text when it was packed.
        String::from_utf8_lossy(text).into()
    }

    fn number(&mut self) -> u32 {
        let mut number = 0;
        for shift in (0..32).step_by(7) {
            let byte = self.byte();
            number |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        number
    }

    fn byte(&mut self) -> u8 {
        let (byte, rest) =
            self.rest.split_first().map_or((0, &[][..]), |(byte, rest)| (*byte, rest));
        self.rest = rest;
        byte
    }
}
