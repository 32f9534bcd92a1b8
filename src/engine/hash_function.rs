//! What is hashed and by which function: a unit and a salt to a number.

use std::hash::Hasher as _;

use mur3::Hasher32;
use sha1::{Digest, Sha1};

/// Unit and salt in order, with something between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Whether the unit comes first.
    pub is_unit_first: bool,
    /// What is written between the two.
    pub separator: &'static str,
    /// What the text becomes.
    pub encoding: Encoding,
}

/// What the text of a message becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Its bytes.
    Utf8,
    /// Its code units, as strings in JavaScript have them.
    Utf16,
    /// A list of two texts in canonical CBOR (RFC 8949, section 4.2.1).
    Cbor,
}

/// What makes a number of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// MD5 (RFC 1321), of 128 bits. Many messages are hashed at once: see
    /// `bucket.rs`.
    Md5,
    /// `MurmurHash3`, x86, of 32 bits, with a seed.
    Murmur3(u32),
    /// FNV-1a of 32 bits. Of a code unit of UTF-16 all sixteen bits are taken in at once.
    Fnv1a,
    /// FNV-1a of the decimal digits of FNV-1a.
    Fnv1aTwice,
    /// CRC-32 as in IEEE 802.3.
    Crc32,
    /// The first 60 bits of SHA-1.
    Sha1,
}

/// The first state of FNV-1a of 32 bits.
const FNV_START: u32 = 0x811c_9dc5;
/// What FNV-1a of 32 bits multiplies by.
const FNV_PRIME: u32 = 0x0100_0193;
impl Message {
    /// What is written first, and what last.
    #[must_use]
    pub fn in_order<'b>(self, unit: &'b [u8], salt: &'b [u8]) -> (&'b [u8], &'b [u8]) {
        if self.is_unit_first { (unit, salt) } else { (salt, unit) }
    }

    /// The bytes of the message, piece by piece.
    fn each_piece(self, unit: &[u8], salt: &[u8], mut take: impl FnMut(&[u8])) {
        let (first, last) = self.in_order(unit, salt);
        if self.encoding == Encoding::Cbor {
            take(&[0x82]);
            for text in [first, last] {
                let (head, length) = text_head(text.len());
                take(head.get(..length).unwrap_or_default());
                take(text);
            }
            return;
        }
        take(first);
        take(self.separator.as_bytes());
        take(last);
    }
}

/// The head of a text of so many bytes in CBOR, and how long it is: the shortest there is (RFC
/// 8949, section 3.1).
fn text_head(length: usize) -> ([u8; 5], usize) {
    let [.., fourth, third, second, first] = length.to_be_bytes();
    match length {
        0..24 => ([0x60 | first, 0, 0, 0, 0], 1),
        24..0x100 => ([0x78, first, 0, 0, 0], 2),
        0x100..0x1_0000 => ([0x79, second, first, 0, 0], 3),
        _ => ([0x7a, fourth, third, second, first], 5),
    }
}

impl Function {
    /// The number that it makes of a unit and a salt; none for a digest of several words.
    #[must_use]
    pub fn number(self, message: Message, unit: &[u8], salt: &[u8]) -> Option<u64> {
        Some(match self {
            Self::Md5 => return None,
            Self::Murmur3(seed) => {
                let mut hasher = Hasher32::with_seed(seed);
                message.each_piece(unit, salt, |piece| hasher.write(piece));
                hasher.finish32().into()
            }
            Self::Fnv1a => fnv1a_of(message, unit, salt).into(),
            Self::Fnv1aTwice => {
                let mut again = FNV_START;
                each_digit(fnv1a_of(message, unit, salt), |digit| again = fnv1a(again, digit));
                again.into()
            }
            Self::Crc32 => {
                let mut hasher = crc32fast::Hasher::new();
                message.each_piece(unit, salt, |piece| hasher.update(piece));
                hasher.finalize().into()
            }
            Self::Sha1 => {
                let mut hasher = Sha1::new();
                message.each_piece(unit, salt, |piece| hasher.update(piece));
                let digest = hasher.finalize();
                let (words, _) = digest.as_chunks();
                words.first().map_or(0, |word| u64::from_be_bytes(*word) >> 4)
            }
        })
    }
}

/// FNV-1a takes in one more.
fn fnv1a(state: u32, next: impl Into<u32>) -> u32 {
    (state ^ next.into()).wrapping_mul(FNV_PRIME)
}

fn fnv1a_of(message: Message, unit: &[u8], salt: &[u8]) -> u32 {
    let mut state = FNV_START;
    message.each_piece(unit, salt, |piece| match message.encoding {
        Encoding::Utf8 | Encoding::Cbor => {
            state = piece.iter().fold(state, |state, byte| fnv1a(state, *byte));
        }
        // Units and salts are texts: there is nothing in them that is no valid chunk.
        Encoding::Utf16 => {
            for chunk in piece.utf8_chunks() {
                state = chunk.valid().encode_utf16().fold(state, fnv1a);
            }
        }
    });
    state
}

/// The decimal digits of a number, from the first.
fn each_digit(number: u32, mut take: impl FnMut(u8)) {
    let mut place = 1_000_000_000;
    while 1 < place && number < place {
        place /= 10;
    }
    while 0 < place {
        take(b'0' + u8::try_from(number / place % 10).unwrap_or(0));
        place /= 10;
    }
}
