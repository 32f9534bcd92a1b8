//! Where a unit stands: two positions, from one digest, or one for both lines.

use md5::{Digest, Md5};
use mur3::murmurhash3_x86_32;

use crate::model::json::Json;

/// What units are hashed with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    pub salt: String,
    pub hash: String,
    pub bucket_by: String,
}

/// Both positions, 0 to 99,999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub ramp: u32,
    pub split: u32,
}

/// Says where a unit stands.
pub trait Places {
    fn place(&self, line: &Line, unit: &str) -> Place;
}

/// Where it really stands.
pub struct Hashed;

/// The schemes that are made up, and the distance between two positions of each.
pub const SCHEMES: [(&str, u32); 4] =
    [("user_flag_md5", 1), ("flag_user_md5", 1), ("featurevisor", 1), ("flipt_boolean", 1_000)];

impl Line {
    /// Whether ramps and splits have one line.
    pub fn is_one(&self) -> bool {
        matches!(&*self.hash, "featurevisor" | "flipt_boolean")
    }

    /// The distance between two positions.
    pub fn step(&self) -> u32 {
        SCHEMES.iter().find(|(name, _)| **name == *self.hash).unwrap().1
    }

    pub fn of(flag: &Json, key: &str) -> Self {
        let field = |name: &str, default: &str| {
            flag.field(name).and_then(Json::as_text).unwrap_or(default).to_owned()
        };
        Self {
            salt: field("salt", key),
            hash: field("hash", "user_flag_md5"),
            bucket_by: field("bucket_by", "targetingKey"),
        }
    }
}

impl Places for Hashed {
    fn place(&self, line: &Line, unit: &str) -> Place {
        if line.is_one() {
            let at = if line.hash == "featurevisor" {
                let number = murmurhash3_x86_32(format!("{unit}.{}", line.salt).as_bytes(), 1);
                u32::try_from(u64::from(number) * 100_000 / (1 << 32)).unwrap()
            } else {
                crc32(format!("{unit}{}", line.salt).as_bytes()) % 100 * 1_000
            };
            return Place { ramp: at, split: at };
        }
        let is_user_first = line.hash == "user_flag_md5";
        let (first, second) = if is_user_first { (unit, &*line.salt) } else { (&*line.salt, unit) };
        let digest: [u8; 16] = Md5::digest(format!("{first}:{second}")).into();
        let four = |start: usize| u32::from_le_bytes(digest[start..start + 4].try_into().unwrap());
        let number = if is_user_first { u128::from(four(0)) } else { u128::from_be_bytes(digest) };
        let ramp = (number % 100) * 1000 + (number / 100) % 1000;
        Place { ramp: u32::try_from(ramp).unwrap(), split: four(4) % 100_000 }
    }
}

/// CRC-32, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let next = |crc: u32, byte: &u8| {
        let turned = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        (0..8).fold(crc ^ u32::from(*byte), turned)
    };
    !bytes.iter().fold(u32::MAX, next)
}
