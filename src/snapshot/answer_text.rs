//! The texts that answers are made of, made once for each snapshot.
//!
//! An OFREP answer is `{"key":"a","reason":"STATIC","variant":"on","value":true,"metadata":{}}`.
//! For a flag whose answer depends on nothing, all of it is made beforehand; for any other the head
//! up to the reason, the middle for each variant, and the end. So an answer is put together by
//! copying.

use std::{borrow::Cow, ops::Range};

use jiff::Timestamp;

use crate::engine::{
    condition::{FlagIndex, VariantIndex},
    context::EvaluationContext,
    flag::{Flag, FlagSet, Variant},
    json_text::push_quoted,
    resolution::{Reason, Resolution},
    resolve::resolve_flag,
};

/// What stands before the key.
const KEY: &[u8] = b"{\"key\":";
/// What stands between the key and the reason.
const REASON: &[u8] = b",\"reason\":\"";
/// What stands between the reason and the variant.
const VARIANT: &[u8] = b"\",\"variant\":";
/// What stands between the variant and its value.
const VALUE: &[u8] = b",\"value\":";

/// How many bytes are copied at a time where an answer is put together.
const PIECE_SIZE_BYTES: usize = 48;

/// Room for the longest name of a reason, `TARGETING_MATCH`, in bytes.
const REASON_SIZE_BYTES_MAX: usize = 16;
/// How many bounds a flag has beside those of its variants' middles, unless its answer is whole.
const PARTS_BOUNDS_MIN: usize = 4;

/// The texts of all flags of one set.
#[derive(Debug)]
pub struct Wording {
    /// All of them, one after the other; a comma after each whole answer and each end, so that
    /// those of neighbours can be copied as one. Behind the last there is room for a piece.
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
        Self::with_metadata(flag_set, |_, flag| flag.metadata.as_deref().map(Cow::Borrowed))
    }

    /// The same with this metadata for each flag.
    #[must_use]
    pub fn with_metadata<'s>(
        flag_set: &'s FlagSet,
        metadata: impl Fn(FlagIndex, &'s Flag) -> Option<Cow<'s, str>>,
    ) -> Self {
        let mut writer = Writer::default();
        let flags = flag_set.flags().iter().zip((0..).map(FlagIndex));
        let flags = flags
            .map(|(flag, index)| writer.flag(flag_set, flag, metadata(index, flag).as_deref()))
            .collect();
        let Writer { mut text, bounds, size_bytes_max } = writer;
        text.extend([0; PIECE_SIZE_BYTES]);
        Self { text: text.into(), bounds: bounds.into(), flags, size_bytes_max }
    }

    /// How much room the answers for all flags can take while they are written, commas included,
    /// as long as none is an error; in bytes.
    #[must_use]
    pub fn size_bytes_max(&self) -> usize {
        self.size_bytes_max + PIECE_SIZE_BYTES
    }

    /// Where in the texts the whole answer for a flag stands, if it depends on
    /// nothing.
    #[must_use]
    pub fn whole(&self, flag: FlagIndex) -> Option<Range<usize>> {
        let texts = self.flags.get(flag.0 as usize).filter(|texts| texts.is_whole)?;
        Some(self.bound(texts.first)..self.bound(texts.first + 1))
    }

    /// Writes the answer for a resolved flag, which is one of `flags`: those of the set.
    pub fn push(&self, out: &mut Vec<u8>, flags: &[Flag], resolution: &Resolution<'_>) {
        let Resolution { flag, variant, reason, .. } = resolution;
        let index = flags.element_offset(flag).and_then(|index| u32::try_from(index).ok());
        let Some(index) = index.map(FlagIndex) else { return push_answer(out, resolution) };
        match self.whole(index) {
            Some(whole) => out.extend_from_slice(self.text.get(whole).unwrap_or_default()),
            None => {
                let variant = variant.and_then(|variant| flag.index_of(variant));
                self.push_parts(out, index, variant, *reason);
                // The comma.
                out.pop();
            }
        }
    }

    /// Writes the whole answers for so many flags from the first on, which are known, each with a
    /// comma behind it.
    pub fn push_whole(&self, out: &mut Vec<u8>, first: FlagIndex, count: u32) {
        let last = FlagIndex(first.0.saturating_add(count).saturating_sub(1));
        let (first, last) = (self.whole(first), self.whole(last));
        if let Some((first, last)) = first.zip(last) {
            out.extend_from_slice(self.text.get(first.start..=last.end).unwrap_or_default());
        }
    }

    /// Writes the answer for a flag, which is not known beforehand, with a comma behind it: this of
    /// its variants is served, for this reason.
    pub fn push_parts(
        &self,
        out: &mut Vec<u8>,
        flag: FlagIndex,
        variant: Option<VariantIndex>,
        reason: Reason,
    ) {
        let index = flag.0 as usize;
        let next = self.flags.get(index + 1).map_or(self.bounds.len(), |texts| texts.first);
        let first = self.flags.get(index).map_or(next, |texts| texts.first);
        let Some(bounds @ [start, head, .., none, end]) = self.bounds.get(first..next) else {
            return;
        };
        // Of each variant, then of none, where its middle ends.
        let none_after = bounds.len() - PARTS_BOUNDS_MIN;
        let middle = 1 + variant.map_or(none_after, |variant| variant.0 as usize);
        let Some([from, to, ..]) = bounds.get(middle..) else { return };
        self.push_piece(out, *start..*head);
        push_cut(out, padded_name(reason), reason.name().len());
        self.push_piece(out, *from..*to);
        if none != end {
            self.push_piece(out, *none..*end);
        }
    }

    /// Writes what stands there in the text.
    fn push_piece(&self, out: &mut Vec<u8>, range: Range<usize>) {
        let Some(text) = self.text.get(range.start..) else { return };
        let size = range.end.saturating_sub(range.start);
        match text.first_chunk::<PIECE_SIZE_BYTES>() {
            Some(piece) if size <= PIECE_SIZE_BYTES => push_cut(out, piece, size),
            _ => out.extend_from_slice(text.get(..size).unwrap_or_default()),
        }
    }

    fn bound(&self, at: usize) -> usize {
        self.bounds.get(at).copied().unwrap_or_default()
    }
}

/// Writes the beginning of a piece. To copy a known number of bytes is one move, after which what
/// was too much is cut off: for texts as short as these that is faster than to copy exactly.
fn push_cut<const SIZE: usize>(out: &mut Vec<u8>, piece: &[u8; SIZE], size: usize) {
    let end = out.len() + size;
    out.extend_from_slice(piece);
    out.truncate(end);
}

/// The name of a reason, with room behind it.
fn padded_name(reason: Reason) -> &'static [u8; REASON_SIZE_BYTES_MAX] {
    const fn padded(reason: Reason) -> [u8; REASON_SIZE_BYTES_MAX] {
        let (name, mut padded, mut at) = (reason.name().as_bytes(), [b' '; _], 0);
        while at < name.len() {
            padded[at] = name[at];
            at += 1;
        }
        padded
    }
    match reason {
        Reason::Disabled => const { &padded(Reason::Disabled) },
        Reason::Static => const { &padded(Reason::Static) },
        Reason::Split => const { &padded(Reason::Split) },
        Reason::TargetingMatch => const { &padded(Reason::TargetingMatch) },
        Reason::Default => const { &padded(Reason::Default) },
    }
}

/// Writes the answer for a resolved flag.
pub fn push_answer(out: &mut Vec<u8>, resolution: &Resolution<'_>) {
    push_head(out, &resolution.flag.key);
    out.extend_from_slice(resolution.reason.name().as_bytes());
    push_middle(out, resolution.variant);
    push_end(out, resolution.flag.metadata.as_deref());
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
fn push_end(out: &mut Vec<u8>, metadata: Option<&str>) {
    if let Some(metadata) = metadata {
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
    fn flag(&mut self, flag_set: &FlagSet, flag: &Flag, metadata: Option<&str>) -> Texts {
        let first = self.bounds.len();
        self.end_part();
        let answer = only_answer(flag_set, flag);
        let size_bytes = match &answer {
            Some(resolution) => self.whole(resolution, metadata),
            None => self.parts(flag, metadata),
        };
        self.size_bytes_max += size_bytes;
        Texts { first, is_whole: answer.is_some() }
    }

    /// Writes a whole answer and a comma, and returns the size of both.
    fn whole(&mut self, resolution: &Resolution<'_>, metadata: Option<&str>) -> usize {
        push_head(&mut self.text, &resolution.flag.key);
        self.text.extend_from_slice(resolution.reason.name().as_bytes());
        push_middle(&mut self.text, resolution.variant);
        push_end(&mut self.text, metadata);
        let size_bytes = self.end_part();
        self.text.push(b',');
        size_bytes + 1
    }

    /// Writes the head, the middle for each variant and for none, and the end; returns the size of
    /// the largest answer that they make. An end that is nothing but a brace stands behind each
    /// middle instead, which makes one piece less to be copied.
    fn parts(&mut self, flag: &Flag, metadata: Option<&str>) -> usize {
        push_head(&mut self.text, &flag.key);
        let head = self.end_part();
        let mut middle = 0;
        for variant in flag.variants.iter().map(Some).chain([None]) {
            push_middle(&mut self.text, variant);
            if metadata.is_none() {
                self.end_answer(metadata);
            }
            middle = middle.max(self.end_part());
        }
        if metadata.is_some() {
            self.end_answer(metadata);
        }
        head + REASON_SIZE_BYTES_MAX + middle + self.end_part()
    }

    /// Writes what comes after the variant, and the comma.
    fn end_answer(&mut self, metadata: Option<&str>) {
        push_end(&mut self.text, metadata);
        self.text.push(b',');
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
