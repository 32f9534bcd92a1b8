//! The schemes by which a unit becomes a position: one table, one row each.
//!
//! A row says what is hashed, by which function, and how the number that comes of it is put onto
//! the lines of ramps and splits. Each is that of another system, bit for bit, so that a migrated
//! flag keeps every user where they are: a name never changes its meaning. What those systems
//! answered is in `tests/vectors`.

use crate::engine::hash_function::{Encoding, Function, Message};

use Encoding::{Cbor, Utf8, Utf16};
use Function::{Crc32, Fnv1a, Fnv1aTwice, Md5, Murmur3};
use Reduction::{AllBytes, Amount, FirstBytes, Fraction, Remainder, Scaled, SecondBytes};

/// How a number becomes a position: a row of [`SCHEMES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hash {
    /// `md5("{unit}:{salt}")`, its first four bytes, little-endian.
    #[default]
    UserFlagMd5,
    /// `md5("{salt}:{unit}")`, all sixteen bytes, big-endian.
    FlagUserMd5,
    /// flagd's `fractional` up to 2025: murmur3, whose sign is dropped.
    FlagdV1,
    /// flagd's `fractional` of core 0.15 and later: murmur3, scaled.
    FlagdV2,
    /// The same over the canonical CBOR of flag key and targeting key.
    FlagdV3,
    /// GO Feature Flag: FNV-1a of flag key and key.
    GoFeatureFlag,
    /// The distributions of Flipt's variant flags: CRC-32 of flag key and entity.
    FliptVariant,
    /// The thresholds of Flipt's boolean flags: CRC-32 of entity and flag key.
    FliptBoolean,
    /// Unleash: murmur3 of group and id, with other seeds for strategies and variants.
    Unleash,
    /// `LaunchDarkly`: SHA-1 of `flagKey.salt`, or a seed, and the value.
    LaunchDarkly,
    /// `GrowthBook`'s `hashVersion` 1: FNV-1a of value and seed.
    GrowthBookV1,
    /// `GrowthBook`'s `hashVersion` 2: FNV-1a of seed and value, and again of its decimal digits.
    GrowthBookV2,
    /// Featurevisor: murmur3 of value and feature key.
    Featurevisor,
}

/// What there is to know about one scheme.
#[derive(Debug)]
pub struct Scheme {
    /// The scheme.
    pub hash: Hash,
    /// The name in definitions.
    pub name: &'static str,
    /// What is hashed.
    pub message: Message,
    /// How the message becomes the position on the line of ramps.
    pub ramp: Line,
    /// How it becomes the one on the line of splits; none where both are one line.
    pub split: Option<Line>,
}

/// A line of 100 000 positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// What makes a number of the message.
    pub function: Function,
    /// What makes a position of the number.
    pub reduction: Reduction,
}

/// What makes a position of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// The first four bytes of a digest as a little-endian number, its remainder by 100 refined by
    /// the one by 100 000.
    FirstBytes,
    /// All bytes of a digest as a big-endian number, likewise.
    AllBytes,
    /// The second four bytes of a digest as a little-endian number, its remainder by 100 000.
    SecondBytes,
    /// The remainder by so many, which divide 100 000, spread over the line.
    Remainder(u32),
    /// A number of 32 bits as a fraction of all that there are.
    Scaled,
    /// The same of its amount as a signed number, as a fraction of the largest.
    Amount,
    /// A number of 60 bits as a fraction of the largest.
    Fraction,
}

/// How many positions a line has: percentages are counted in thousandths.
pub const POSITIONS: u32 = 100_000;

/// The seed of Unleash's variants, a prime.
const VARIANT_SEED: u32 = 86_028_157;
/// The largest number of 60 bits.
const SIXTY_BITS: u64 = (1 << 60) - 1;

const fn line(function: Function, reduction: Reduction) -> Line {
    Line { function, reduction }
}

const fn unit_first(separator: &'static str, encoding: Encoding) -> Message {
    Message { is_unit_first: true, separator, encoding }
}

const fn salt_first(separator: &'static str, encoding: Encoding) -> Message {
    Message { is_unit_first: false, separator, encoding }
}

impl Scheme {
    const fn new(hash: Hash, name: &'static str, message: Message, ramp: Line) -> Self {
        Self { hash, name, message, ramp, split: None }
    }

    const fn split(self, split: Line) -> Self {
        Self { split: Some(split), ..self }
    }
}

/// The table, in the order of the enum.
pub const SCHEMES: [Scheme; 13] = [
    Scheme::new(Hash::UserFlagMd5, "user_flag_md5", unit_first(":", Utf8), line(Md5, FirstBytes))
        .split(line(Md5, SecondBytes)),
    Scheme::new(Hash::FlagUserMd5, "flag_user_md5", salt_first(":", Utf8), line(Md5, AllBytes))
        .split(line(Md5, SecondBytes)),
    Scheme::new(Hash::FlagdV1, "flagd_v1", salt_first("", Utf8), line(Murmur3(0), Amount)),
    Scheme::new(Hash::FlagdV2, "flagd_v2", salt_first("", Utf8), line(Murmur3(0), Scaled)),
    Scheme::new(Hash::FlagdV3, "flagd_v3", salt_first("", Cbor), line(Murmur3(0), Scaled)),
    Scheme::new(
        Hash::GoFeatureFlag,
        "go_feature_flag",
        salt_first("", Utf8),
        line(Fnv1a, Remainder(POSITIONS)),
    ),
    Scheme::new(
        Hash::FliptVariant,
        "flipt_variant",
        salt_first("", Utf8),
        line(Crc32, Remainder(1_000)),
    ),
    Scheme::new(
        Hash::FliptBoolean,
        "flipt_boolean",
        unit_first("", Utf8),
        line(Crc32, Remainder(100)),
    ),
    Scheme::new(Hash::Unleash, "unleash", salt_first(":", Utf8), line(Murmur3(0), Remainder(100)))
        .split(line(Murmur3(VARIANT_SEED), Remainder(1_000))),
    Scheme::new(
        Hash::LaunchDarkly,
        "launchdarkly",
        salt_first(".", Utf8),
        line(Function::Sha1, Fraction),
    ),
    Scheme::new(
        Hash::GrowthBookV1,
        "growthbook_v1",
        unit_first("", Utf16),
        line(Fnv1a, Remainder(1_000)),
    ),
    Scheme::new(
        Hash::GrowthBookV2,
        "growthbook_v2",
        salt_first("", Utf16),
        line(Fnv1aTwice, Remainder(10_000)),
    ),
    Scheme::new(
        Hash::Featurevisor,
        "featurevisor",
        unit_first(".", Utf8),
        line(Murmur3(1), Scaled),
    ),
];

impl Hash {
    /// What there is to know about it.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "a row for each scheme, in this order: a test")]
    pub const fn scheme(self) -> &'static Scheme {
        &SCHEMES[self as usize]
    }

    /// The name in definitions.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.scheme().name
    }

    /// The scheme of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        SCHEMES.iter().find(|scheme| scheme.name == name).map(|scheme| scheme.hash)
    }

    /// Whether the position of a unit on the line of ramps is the one on the line of splits too.
    #[must_use]
    pub const fn has_one_line(self) -> bool {
        self.scheme().split.is_none()
    }

    /// The distance between two positions on the line of ramps and on that of splits: a percentage
    /// that lies between two of them counts as the next one.
    #[must_use]
    pub fn steps(self) -> [u32; 2] {
        let scheme = self.scheme();
        [scheme.ramp, scheme.split.unwrap_or(scheme.ramp)].map(|line| line.reduction.step())
    }

    /// Whether the numbers of two schemes are made of the same units and salts in the same way, so
    /// that where a unit stands by one says something of where it stands by the other.
    #[must_use]
    pub fn shares_numbers(self, other: Self) -> bool {
        let (own, other) = (self.scheme(), other.scheme());
        let functions =
            |scheme: &Scheme| [Some(scheme.ramp), scheme.split].map(|line| Some(line?.function));
        let others = functions(other);
        let mut all = functions(own).into_iter().flatten();
        own.message == other.message && all.any(|function| others.contains(&Some(function)))
    }
}

impl Line {
    /// The position of a unit under a salt; none by a digest, which
    /// [`bucket`](crate::engine::bucket) makes.
    #[must_use]
    pub fn position(self, message: Message, unit: &[u8], salt: &[u8]) -> Option<u32> {
        self.reduction.position(self.function.number(message, unit, salt)?)
    }
}

impl Reduction {
    /// The distance between two positions.
    #[must_use]
    pub const fn step(self) -> u32 {
        match self {
            Self::Remainder(count) => POSITIONS / count,
            _ => 1,
        }
    }

    /// The position of a number; none if it takes a digest.
    fn position(self, number: u64) -> Option<u32> {
        let positions = u64::from(POSITIONS);
        let position = match self {
            Self::FirstBytes | Self::AllBytes | Self::SecondBytes => return None,
            Self::Remainder(count) => number % u64::from(count) * (positions / u64::from(count)),
            Self::Scaled => (number * positions) >> 32,
            Self::Amount => {
                let amount = if number < 1 << 31 { number } else { (1 << 32) - number };
                amount * positions / ((1 << 31) - 1)
            }
            Self::Fraction => {
                let scaled = u128::from(number) * u128::from(POSITIONS) / u128::from(SIXTY_BITS);
                u64::try_from(scaled).unwrap_or(positions)
            }
        };
        // The largest number alone lies beyond the end.
        u32::try_from(position.min(positions - 1)).ok()
    }
}
