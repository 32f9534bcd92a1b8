//! The texts that answers are made of, made once for each snapshot.
//!
//! An OFREP answer is `{"key":"a","reason":"STATIC","variant":"on","value":true,"metadata":{}}`.
//! For a flag whose answer depends on nothing, all of it is made beforehand; for any other the head
//! up to the reason, the middle for each variant, and the end. So an answer is put together by
//! copying.

use std::ops::Range;

use jiff::Timestamp;

use crate::{
    engine::{
        context::EvaluationContext,
        flag::{Flag, FlagSet, Variant},
        resolution::Resolution,
        resolve::resolve_flag,
    },
    json::push_quoted,
};

/// What stands before the key.
const KEY: &[u8] = b"{\"key\":";
/// What stands between the key and the reason.
const REASON: &[u8] = b",\"reason\":\"";
/// What stands between the reason and the variant.
const VARIANT: &[u8] = b"\",\"variant\":";
/// What stands between the variant and its value.
const VALUE: &[u8] = b",\"value\":";

/// The longest name of a reason, `TARGETING_MATCH`, in bytes.
const REASON_SIZE_BYTES_MAX: usize = 15;

/// The texts of all flags of one set.
#[derive(Debug)]
pub struct Wording {
    /// All of them, one after the other; a comma after each whole answer, so that those of
    /// neighbours can be copied as one.
    text: Box<[u8]>,
    /// Of each flag, in the order of the set, where its texts begin, and where each of them ends.
    bounds: Box<[usize]>,
    /// Of each flag, which of the bounds are its own.
    flags: Box<[Texts]>,
    /// How large the answers for all flags can be together.
    size_bytes_max: usize,
}

/// Where the texts of one flag are.
#[derive(Clone, Copy, Debug)]
struct Texts {
    /// The first of its bounds.
    first: usize,
    /// Whether its answer is all there is.
    is_whole: bool,
}

impl Wording {
    /// Makes the texts of all flags.
    #[must_use]
    pub fn of(flag_set: &FlagSet) -> Self {
        let mut writer = Writer::default();
        let flags = flag_set.flags().iter().map(|flag| writer.flag(flag_set, flag)).collect();
        let Writer { text, bounds, size_bytes_max } = writer;
        Self { text: text.into(), bounds: bounds.into(), flags, size_bytes_max }
    }

    /// How large the answers for all flags can be together, commas included, as long as none is an
    /// error; in bytes.
    #[must_use]
    pub fn size_bytes_max(&self) -> usize {
        self.size_bytes_max
    }

    /// The bytes of all texts.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Where in the texts the whole answer for the flag at an index stands, if it depends on
    /// nothing. One that begins right behind a comma after another can be copied with that.
    #[must_use]
    pub fn whole(&self, index: usize) -> Option<Range<usize>> {
        let texts = self.flags.get(index).filter(|texts| texts.is_whole)?;
        Some(self.bound(texts.first)..self.bound(texts.first + 1))
    }

    /// Writes the answer for a resolved flag, which is one of `flags`: those of the set.
    pub fn push(&self, out: &mut Vec<u8>, flags: &[Flag], resolution: &Resolution<'_>) {
        let Resolution { flag, variant, reason, .. } = resolution;
        let Some(index) = flags.element_offset(flag) else { return push_answer(out, resolution) };
        if let Some(whole) = self.whole(index) {
            out.extend_from_slice(self.text.get(whole).unwrap_or_default());
            return;
        }
        let variants = flag.variants.len();
        let middle = variant.and_then(|variant| flag.variants.element_offset(variant));
        out.extend_from_slice(self.part(index, 0));
        out.extend_from_slice(reason.name().as_bytes());
        out.extend_from_slice(self.part(index, 1 + middle.unwrap_or(variants)));
        out.extend_from_slice(self.part(index, 2 + variants));
    }

    /// One of the texts of the flag at an index.
    fn part(&self, index: usize, part: usize) -> &[u8] {
        let first = self.flags.get(index).map_or(usize::MAX, |texts| texts.first);
        let at = first.saturating_add(part);
        self.text.get(self.bound(at)..self.bound(at.saturating_add(1))).unwrap_or_default()
    }

    fn bound(&self, at: usize) -> usize {
        self.bounds.get(at).copied().unwrap_or_default()
    }
}

/// Writes the answer for a resolved flag.
pub fn push_answer(out: &mut Vec<u8>, resolution: &Resolution<'_>) {
    push_head(out, &resolution.flag.key);
    out.extend_from_slice(resolution.reason.name().as_bytes());
    push_middle(out, resolution.variant);
    push_end(out, resolution.flag);
}

/// Writes the name and the value of a variant: `"on","value":true`.
pub fn push_variant(out: &mut Vec<u8>, variant: &Variant) {
    push_quoted(out, &variant.name);
    out.extend_from_slice(VALUE);
    out.extend_from_slice(variant.value.as_bytes());
}

/// Writes what comes before the reason.
fn push_head(out: &mut Vec<u8>, key: &str) {
    out.extend_from_slice(KEY);
    push_quoted(out, key);
    out.extend_from_slice(REASON);
}

/// Writes what comes after the reason. The variant is empty where there is none, and then there is
/// no value: the caller's own default is meant.
fn push_middle(out: &mut Vec<u8>, variant: Option<&Variant>) {
    out.extend_from_slice(VARIANT);
    match variant {
        Some(variant) => push_variant(out, variant),
        None => out.extend_from_slice(b"\"\""),
    }
}

/// Writes what comes after the variant.
fn push_end(out: &mut Vec<u8>, flag: &Flag) {
    if let Some(metadata) = &flag.metadata {
        out.extend_from_slice(b",\"metadata\":");
        out.extend_from_slice(metadata.as_bytes());
    }
    out.push(b'}');
}

/// Writes the texts of one flag after the other.
#[derive(Default)]
struct Writer {
    text: Vec<u8>,
    bounds: Vec<usize>,
    size_bytes_max: usize,
}

impl Writer {
    fn flag(&mut self, flag_set: &FlagSet, flag: &Flag) -> Texts {
        let first = self.bounds.len();
        self.end_part();
        let answer = only_answer(flag_set, flag);
        let size_bytes = match &answer {
            Some(resolution) => self.whole(resolution),
            None => self.parts(flag),
        };
        self.size_bytes_max += size_bytes + 1;
        Texts { first, is_whole: answer.is_some() }
    }

    /// Writes a whole answer, and returns its size.
    fn whole(&mut self, resolution: &Resolution<'_>) -> usize {
        push_answer(&mut self.text, resolution);
        let size_bytes = self.end_part();
        self.text.push(b',');
        size_bytes
    }

    /// Writes the head, the middle for each variant and for none, and the end; returns the size of
    /// the largest answer that they make.
    fn parts(&mut self, flag: &Flag) -> usize {
        push_head(&mut self.text, &flag.key);
        let head = self.end_part();
        let mut middle = 0;
        for variant in flag.variants.iter().map(Some).chain([None]) {
            push_middle(&mut self.text, variant);
            middle = middle.max(self.end_part());
        }
        push_end(&mut self.text, flag);
        head + REASON_SIZE_BYTES_MAX + middle + self.end_part()
    }

    /// Notes where a text ends, and returns its size.
    fn end_part(&mut self) -> usize {
        let start = self.bounds.last().copied().unwrap_or_default();
        self.bounds.push(self.text.len());
        self.text.len() - start
    }
}

/// The answer of a flag for which there is only one, whoever asks and whenever.
fn only_answer<'s>(flag_set: &'s FlagSet, flag: &'s Flag) -> Option<Resolution<'s>> {
    let anybody = EvaluationContext::default();
    let is_only = flag.is_static || !flag.enabled;
    let resolve = || resolve_flag(flag_set, flag, &anybody, Timestamp::UNIX_EPOCH);
    is_only.then(resolve).and_then(Result::ok)
}
