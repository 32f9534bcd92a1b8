//! Unit and salt to the two positions; ramps and splits.
//!
//! The schemes are those of other systems, kept bit for bit, so that a migrated flag keeps every
//! user where they are: [`scheme`](crate::engine::scheme) has them, and here is the one of our own,
//! MD5, of one unit or of several at once.

use std::fmt;

use md5::{Digest, Md5, block_api::compress};

use crate::engine::{
    md5_lanes::{self, Block, LANES},
    scheme::{Hash, Line, POSITIONS},
};

/// The longest message that one block of the digest takes, with a byte and its length behind it.
const MESSAGE_SIZE_BYTES_MAX: usize = 55;

/// A share of all units, in thousandths of a percent: 0 to 100 000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percentage(u32);

/// Where a unit stands for one flag: on the line of ramps and on the line of splits, each 0 to
/// 99 999. By our own schemes the two are independent, so a split after a ramp is unbiased; by
/// those of systems that have one line they are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Positions {
    /// A ramp includes the unit if this is below its percentage.
    pub ramp: u32,
    /// The entry of a split that covers this is served.
    pub split: u32,
}

/// Units whose positions are computed together: as many as take little longer than one.
#[derive(Clone, Debug, Default)]
pub struct UnitBatch {
    blocks: [Block; LANES],
    /// How each of them is hashed; none where it is not.
    hashes: [Option<Hash>; LANES],
    /// Where those stand that need no digest.
    others: [Option<Positions>; LANES],
    count: usize,
}

impl Hash {
    /// Where `unit` stands under `salt`.
    ///
    /// ```
    /// use flagstaff::engine::scheme::Hash;
    /// let positions = Hash::UserFlagMd5.positions(b"u-17", b"new-checkout");
    /// assert_eq!(positions, Hash::UserFlagMd5.positions(b"u-17", b"new-checkout"));
    /// assert!(positions.ramp < 100_000 && positions.split < 100_000);
    /// ```
    #[must_use]
    pub fn positions(self, unit: &[u8], salt: &[u8]) -> Positions {
        match self.digest_order(unit, salt) {
            Some((first, last)) => self.positions_of(digest(first, last)),
            None => self.positions_by_number(unit, salt),
        }
    }

    /// What a digest is made of, first and last; none for a scheme that needs no digest.
    fn digest_order<'b>(self, unit: &'b [u8], salt: &'b [u8]) -> Option<(&'b [u8], &'b [u8])> {
        match self {
            Self::UserFlagMd5 => Some((unit, salt)),
            Self::FlagUserMd5 => Some((salt, unit)),
            _ => None,
        }
    }

    /// The positions by a scheme that needs no digest: a few dozen instructions.
    #[inline(never)]
    fn positions_by_number(self, unit: &[u8], salt: &[u8]) -> Positions {
        let scheme = self.scheme();
        let on = |line: Line| line.position(scheme.message, unit, salt).unwrap_or(0);
        let ramp = on(scheme.ramp);
        Positions { ramp, split: scheme.split.map_or(ramp, on) }
    }

    /// The positions that a digest of these words makes.
    fn positions_of(self, words: [u32; 4]) -> Positions {
        let remainder = match self {
            Self::UserFlagMd5 => words[0] % POSITIONS,
            _ => remainder_big_endian(words),
        };
        Positions {
            // The whole percentages of both earlier systems, `h mod 100`, refined by what is left.
            ramp: remainder % 100 * 1000 + remainder / 100,
            split: words[1] % POSITIONS,
        }
    }
}

/// The digest of both with a colon between, as the four words that its bytes are, little-endian.
fn digest(first: &[u8], last: &[u8]) -> [u32; 4] {
    let mut block = Block::default();
    if write_block(&mut block, first, last) {
        let mut words = md5_lanes::START;
        compress(&mut words, block.as_flattened().as_chunks().0);
        return words;
    }
    let digest = Md5::new().chain_update(first).chain_update(b":").chain_update(last).finalize();
    let (words, _) = digest.as_chunks();
    [0, 1, 2, 3].map(|index| words.get(index).map_or(0, |word| u32::from_le_bytes(*word)))
}

/// Makes of a block of zeros the only one of the digest of both with a colon between, padding
/// included, if they fit, as nearly every unit does (RFC 1321, sections 3.1 to 3.3).
fn write_block(block: &mut Block, first: &[u8], last: &[u8]) -> bool {
    let size = first.len() + 1 + last.len();
    if MESSAGE_SIZE_BYTES_MAX < size {
        return false;
    }
    let bytes = block.as_flattened_mut();
    bytes[..first.len()].copy_from_slice(first);
    bytes[first.len()] = b':';
    bytes[first.len() + 1..size].copy_from_slice(last);
    bytes[size] = 0x80;
    bytes[56..].copy_from_slice(&(size as u64 * 8).to_le_bytes());
    true
}

/// The number that the digest spells, modulo [`POSITIONS`], without a 128-bit division.
fn remainder_big_endian(words: [u32; 4]) -> u32 {
    let mut remainder = 0_u64;
    for word in words {
        remainder = (remainder << 32 | u64::from(word.swap_bytes())) % u64::from(POSITIONS);
    }
    u32::try_from(remainder).unwrap_or(0)
}

impl UnitBatch {
    /// Adds a unit under a salt. There are no positions without a unit, or if it is too long to be
    /// hashed with others: more than 54 bytes with the salt.
    pub fn add(&mut self, hash: Hash, unit: Option<&[u8]>, salt: &[u8]) {
        let Some(((block, member), unit)) =
            self.blocks.get_mut(self.count).zip(self.hashes.get_mut(self.count)).zip(unit)
        else {
            self.count += 1;
            return;
        };
        match hash.digest_order(unit, salt) {
            Some((first, last)) => *member = write_block(block, first, last).then_some(hash),
            None => {
                if let Some(other) = self.others.get_mut(self.count) {
                    *other = Some(hash.positions_by_number(unit, salt));
                }
            }
        }
        self.count += 1;
    }

    /// Whether there is no room for another.
    #[must_use]
    pub fn is_full(&self) -> bool {
        LANES <= self.count
    }

    /// Where each of them stands, in the order in which they were added, up to [`LANES`]; none of
    /// them where there is only one that could be hashed: alone, it is hashed sooner by whoever
    /// needs it, and perhaps nobody does. What needs no digest is always there.
    pub fn positions(&self) -> impl Iterator<Item = Option<Positions>> {
        let is_worth_it = 1 < self.hashes.iter().flatten().count();
        let digests =
            if is_worth_it { md5_lanes::digests(&self.blocks) } else { Default::default() };
        let known = self.hashes.into_iter().zip(digests).zip(self.others).take(self.count);
        known.map(move |((hash, words), other)| match hash {
            Some(hash) if is_worth_it => Some(hash.positions_of(words)),
            _ => other,
        })
    }
}

impl Percentage {
    /// Nobody.
    pub const ZERO: Self = Self(0);
    /// Everybody.
    pub const FULL: Self = Self(POSITIONS);

    /// The percentage of so many thousandths; none above 100 000.
    #[must_use]
    pub fn from_thousandths(thousandths: u32) -> Option<Self> {
        (thousandths <= POSITIONS).then_some(Self(thousandths))
    }

    /// In thousandths of a percent.
    #[must_use]
    pub fn thousandths(self) -> u32 {
        self.0
    }

    /// Whether it is more than nobody and less than everybody, so that a position decides.
    #[must_use]
    pub fn is_partial(self) -> bool {
        0 < self.0 && self.0 < POSITIONS
    }

    /// Whether a ramp of this percentage includes the position.
    #[must_use]
    pub fn includes(self, ramp_position: u32) -> bool {
        ramp_position < self.0
    }
}

/// As few decimals as needed, without the sign: `12.5`.
impl fmt::Display for Percentage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", thousandths(u64::from(self.0)))
    }
}

/// So many thousandths as a decimal number, with as few decimals as needed.
#[must_use]
pub fn thousandths(count: u64) -> String {
    let text = format!("{}.{:03}", count / 1000, count % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
