//! The characters that a pattern tells apart: a few classes, each of which becomes one byte.
//!
//! `\w` is 140 000 characters in 770 ranges. Spelled in UTF-8 it is an automaton of some hundred
//! states, and in `\w{40}` there are forty of them. But most patterns tell apart only a few classes
//! of characters. So each class gets a byte, the pattern is translated into one of these bytes, and
//! so is a text while it is looked at: then a class is one step, whatever is in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Hir, HirKind, Look, Repetition};

/// The first number that is no character.
const CHARACTERS: u32 = 0x11_0000;
/// Where ASCII ends, and where the characters end that UTF-8 writes in two bytes.
const ASCII_END: u32 = 0x80;
const NEAR_END: u32 = 0x800;
/// From how many ranges on those have a table.
const RANGES_FEW: usize = 8;
/// The bytes that are word characters, for which `\b` asks.
const WORD_BYTES: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
/// The bytes at which a line can end, for which `(?m)` asks.
const LINE_BYTES: [u8; 2] = *b"\n\r";

/// Ranges of characters, both ends included.
type Ranges = Vec<(u32, u32)>;

/// Which byte each character becomes.
#[derive(Debug)]
pub struct Alphabet {
    ascii: [u8; 128],
    /// The bytes of the characters that UTF-8 writes in two, where searching the ranges for them
    /// would take long: a text can have most of these.
    near: Box<[u8]>,
    /// Where each range begins that has one byte, from the first character beyond ASCII on.
    starts: Box<[u32]>,
    /// The bytes of these ranges.
    bytes: Box<[u8]>,
}

impl Alphabet {
    /// The byte for the class that a character is in.
    #[inline]
    #[must_use]
    pub fn byte(&self, letter: char) -> u8 {
        let number = u32::from(letter);
        let ascii = usize::try_from(number).ok().and_then(|index| self.ascii.get(index));
        let near = || {
            let index = number.checked_sub(ASCII_END)?;
            usize::try_from(index).ok().and_then(|index| self.near.get(index))
        };
        if let Some(byte) = ascii.or_else(near) {
            return *byte;
        }
        let after = self.starts.partition_point(|start| *start <= number);
        self.bytes.get(after.wrapping_sub(1)).copied().unwrap_or_default()
    }

    /// How many classes it tells apart.
    #[must_use]
    pub fn classes(&self) -> usize {
        let mut bytes: Vec<u8> = self.ascii.iter().chain(&*self.bytes).copied().collect();
        bytes.sort_unstable();
        bytes.dedup();
        bytes.len()
    }

    /// How much memory it takes beside itself, in bytes.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        size_of_val(&*self.near) + size_of_val(&*self.starts) + size_of_val(&*self.bytes)
    }
}

/// A pattern that is translated into bytes, and the alphabet by which texts are.
///
/// None where bytes are too few: the pattern tells apart too many characters, or asks in two ways
/// where words begin and end.
#[must_use]
pub fn translate(pattern: &Hir) -> Option<(Alphabet, Hir)> {
    let mut asked = Asked::default();
    asked.collect(pattern)?;
    let partition = Partition::of(asked)?;
    let translated = partition.translate(pattern);
    Some((partition.alphabet(), translated))
}

/// What a pattern asks of single characters.
#[derive(Default)]
struct Asked {
    /// Each class of characters once; a letter is the class of itself.
    classes: BTreeSet<Ranges>,
    /// The word characters that `\b` means, in Unicode or in ASCII.
    words: Option<&'static Ranges>,
    /// Whether it asks where lines begin and end.
    lines: bool,
}

impl Asked {
    /// Adds all that a part of the pattern asks; none if it cannot be answered by one alphabet.
    fn collect(&mut self, pattern: &Hir) -> Option<()> {
        match pattern.kind() {
            HirKind::Empty => {}
            HirKind::Literal(literal) => {
                for letter in std::str::from_utf8(&literal.0).ok()?.chars() {
                    self.classes.insert(vec![(letter.into(), letter.into())]);
                }
            }
            HirKind::Class(class) => {
                self.classes.insert(ranges(class));
            }
            HirKind::Look(look) => self.collect_look(*look)?,
            HirKind::Repetition(repetition) => self.collect(&repetition.sub)?,
            HirKind::Capture(capture) => self.collect(&capture.sub)?,
            HirKind::Concat(parts) | HirKind::Alternation(parts) => {
                for part in parts {
                    self.collect(part)?;
                }
            }
        }
        Some(())
    }

    fn collect_look(&mut self, look: Look) -> Option<()> {
        let words = match (look, in_ascii(look)) {
            (Look::Start | Look::End, _) => return Some(()),
            (Look::StartLF | Look::EndLF | Look::StartCRLF | Look::EndCRLF, _) => {
                self.lines = true;
                return Some(());
            }
            (_, Some(_)) => &*UNICODE_WORD,
            (_, None) => &*ASCII_WORD,
        };
        let known = *self.words.get_or_insert(words);
        std::ptr::eq(known, words).then_some(())
    }
}

/// All characters in ranges, each of which lies in one class.
struct Partition {
    /// Where each range begins; the first at 0.
    starts: Vec<u32>,
    /// The byte of each range.
    bytes: Vec<u8>,
}

impl Partition {
    /// The coarsest one with which all that is asked can be answered; none if it has too many
    /// classes.
    fn of(mut asked: Asked) -> Option<Self> {
        if let Some(words) = asked.words {
            asked.classes.insert(words.clone());
        }
        if asked.lines {
            for byte in LINE_BYTES {
                asked.classes.insert(vec![(byte.into(), byte.into())]);
            }
        }
        // What is beyond ASCII begins a range, so that the two can be looked up apart.
        let mut starts = vec![0, ASCII_END];
        for (start, end) in asked.classes.iter().flatten() {
            starts.extend([*start, end + 1]);
        }
        starts.sort_unstable();
        starts.dedup();
        starts.retain(|start| *start < CHARACTERS);
        let mut partition = Self { bytes: vec![0; starts.len()], starts };
        // Whatever a class holds part of is divided.
        let (mut blocks, mut count) = (vec![0_u32; partition.starts.len()], 1);
        for class in &asked.classes {
            let mut divided = BTreeMap::new();
            for block in class.iter().flat_map(|range| partition.covered(*range)) {
                let block = blocks.get_mut(block)?;
                *block = *divided.entry(*block).or_insert_with(|| {
                    count += 1;
                    count
                });
            }
        }
        partition.name(&blocks, &asked)?;
        Some(partition)
    }

    /// Which ranges lie in this one, which begins and ends where some do.
    fn covered(&self, (start, end): (u32, u32)) -> std::ops::Range<usize> {
        let index = |of: u32| self.starts.partition_point(|start| *start < of);
        index(start)..index(end + 1)
    }

    /// Gives each class its byte, in the order in which they come up.
    fn name(&mut self, blocks: &[u32], asked: &Asked) -> Option<()> {
        let is_word = |byte: &u8| WORD_BYTES.contains(byte);
        let others = || (0..=u8::MAX).filter(|byte| !LINE_BYTES.contains(byte));
        // Bytes are word characters as their classes are, if that is asked.
        let mut in_words = others().filter(is_word);
        let mut elsewhere = others().filter(|byte| asked.words.is_none() || !is_word(byte));
        let mut names = BTreeMap::new();
        for (index, block) in blocks.iter().enumerate() {
            let start = *self.starts.get(index)?;
            let name = match names.get(block) {
                Some(name) => *name,
                None => {
                    let own = u8::try_from(start).ok().filter(|byte| LINE_BYTES.contains(byte));
                    let name = match own.filter(|_| asked.lines) {
                        Some(own) => own,
                        None if asked.words.is_some_and(|words| holds(words, start)) => {
                            in_words.next()?
                        }
                        None => elsewhere.next()?,
                    };
                    names.insert(block, name);
                    name
                }
            };
            *self.bytes.get_mut(index)? = name;
        }
        Some(())
    }

    /// The same pattern over bytes.
    fn translate(&self, pattern: &Hir) -> Hir {
        match pattern.kind() {
            HirKind::Empty => Hir::empty(),
            HirKind::Literal(literal) => {
                let text = String::from_utf8_lossy(&literal.0);
                let byte = |letter: char| {
                    let index = self.covered((letter.into(), letter.into())).start;
                    self.bytes.get(index).copied().unwrap_or_default()
                };
                Hir::literal(text.chars().map(byte).collect::<Vec<u8>>())
            }
            HirKind::Class(class) => {
                let mut is_in = [false; 256];
                for index in ranges(class).into_iter().flat_map(|range| self.covered(range)) {
                    if let Some(byte) = self.bytes.get(index) {
                        is_in[usize::from(*byte)] = true;
                    }
                }
                let bytes = (0..=u8::MAX).filter(|byte| is_in[usize::from(*byte)]);
                let ranges = bytes.map(|byte| ClassBytesRange::new(byte, byte));
                Hir::class(Class::Bytes(ClassBytes::new(ranges)))
            }
            HirKind::Look(look) => Hir::look(in_ascii(*look).unwrap_or(*look)),
            HirKind::Repetition(repetition) => Hir::repetition(Repetition {
                sub: Box::new(self.translate(&repetition.sub)),
                ..*repetition
            }),
            HirKind::Capture(capture) => self.translate(&capture.sub),
            HirKind::Concat(parts) => {
                Hir::concat(parts.iter().map(|part| self.translate(part)).collect())
            }
            HirKind::Alternation(parts) => {
                Hir::alternation(parts.iter().map(|part| self.translate(part)).collect())
            }
        }
    }

    /// The same as tables.
    fn alphabet(&self) -> Alphabet {
        let byte = |number: u32| {
            let after = self.starts.partition_point(|start| *start <= number);
            self.bytes.get(after.wrapping_sub(1)).copied().unwrap_or_default()
        };
        let mut ascii = [0; 128];
        for (number, slot) in (0_u32..).zip(&mut ascii) {
            *slot = byte(number);
        }
        // Two ranges with the same byte are one.
        let beyond = self.starts.iter().zip(&self.bytes).filter(|(start, _)| ASCII_END <= **start);
        let mut merged: Vec<(u32, u8)> = beyond.map(|(start, byte)| (*start, *byte)).collect();
        merged.dedup_by_key(|(_, byte)| *byte);
        let has_few = merged.len() <= RANGES_FEW;
        Alphabet {
            ascii,
            near: if has_few { Box::default() } else { (ASCII_END..NEAR_END).map(byte).collect() },
            starts: merged.iter().map(|(start, _)| *start).collect(),
            bytes: merged.iter().map(|(_, byte)| *byte).collect(),
        }
    }
}

/// The ranges of a class. One of bytes holds only those of ASCII, where all is UTF-8.
fn ranges(class: &Class) -> Ranges {
    match class {
        Class::Unicode(class) => {
            class.iter().map(|range| (range.start().into(), range.end().into())).collect()
        }
        Class::Bytes(class) => {
            class.iter().map(|range| (range.start().into(), range.end().into())).collect()
        }
    }
}

/// Whether a character is in one of the ranges.
fn holds(ranges: &Ranges, number: u32) -> bool {
    let after = ranges.partition_point(|(start, _)| *start <= number);
    after.checked_sub(1).and_then(|index| ranges.get(index)).is_some_and(|(_, end)| number <= *end)
}

/// Where words begin and end in Unicode, as the same question about bytes.
fn in_ascii(look: Look) -> Option<Look> {
    match look {
        Look::WordUnicode => Some(Look::WordAscii),
        Look::WordUnicodeNegate => Some(Look::WordAsciiNegate),
        Look::WordStartUnicode => Some(Look::WordStartAscii),
        Look::WordEndUnicode => Some(Look::WordEndAscii),
        Look::WordStartHalfUnicode => Some(Look::WordStartHalfAscii),
        Look::WordEndHalfUnicode => Some(Look::WordEndHalfAscii),
        _ => None,
    }
}

/// The word characters of Unicode: those of `\w`, as `\b` means them.
static UNICODE_WORD: LazyLock<Ranges> = LazyLock::new(|| class(r"\w"));
/// The word characters of ASCII.
static ASCII_WORD: LazyLock<Ranges> = LazyLock::new(|| class(r"(?-u:\w)"));

/// The ranges of a pattern that is one class.
fn class(pattern: &str) -> Ranges {
    match regex_syntax::parse(pattern).map(Hir::into_kind) {
        Ok(HirKind::Class(class)) => ranges(&class),
        _ => Ranges::new(),
    }
}
