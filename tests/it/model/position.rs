//! Where a unit stands: two positions, from one digest.

use md5::{Digest, Md5};

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

impl Line {
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
        let is_user_first = line.hash == "user_flag_md5";
        let (first, second) = if is_user_first { (unit, &*line.salt) } else { (&*line.salt, unit) };
        let digest: [u8; 16] = Md5::digest(format!("{first}:{second}")).into();
        let four = |start: usize| u32::from_le_bytes(digest[start..start + 4].try_into().unwrap());
        let number = if is_user_first { u128::from(four(0)) } else { u128::from_be_bytes(digest) };
        let ramp = (number % 100) * 1000 + (number / 100) % 1000;
        Place { ramp: u32::try_from(ramp).unwrap(), split: four(4) % 100_000 }
    }
}
