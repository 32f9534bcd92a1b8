//! Whether there is memory for definitions, before it is taken.
//!
//! What loading takes is estimated from the texts alone: from their size; from how many marks (`:`,
//! `,` and line feeds) are in them, since each value, key and item comes with one; and from how
//! many heads, which are the lines that are indented least: about one a flag. The figures were
//! measured; `docs/operations.md` has them. An estimate that is too low would have the process
//! killed, and with it what it serves, so they are upper bounds for definitions of usual kinds.

use std::{fmt, str::FromStr};

use crate::definition::compile::{Content, Root};

/// What the program takes before it has loaded anything, in bytes.
pub const BASE_BYTES: u64 = 10 << 20;

/// What loading takes for each byte of text, for each mark and for each head, in bytes.
pub const LOAD_BYTES: [u64; 3] = [5, 140, 800];

/// What is kept of it as long as it is served, in the same way.
pub const KEPT_BYTES: [u64; 3] = [4, 55, 400];

/// How large some texts are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// How many files they are in.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// How many marks are in them.
    pub marks: u64,
    /// How many heads are in them.
    pub heads: u64,
}

/// How much memory the process may take, in bytes; none if there is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryRoom {
    /// All of it.
    pub limit: Option<u64>,
    /// What of it requests may take.
    pub requests: u64,
}

/// A size as people write it: bytes, or `64MiB`, `64Mi`, `64M`; or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub Option<u64>);

impl Extent {
    /// How large definitions are.
    #[must_use]
    pub fn of(roots: &[Root]) -> Self {
        let mut extent = Self::default();
        for file in roots.iter().flat_map(|root| &root.files) {
            extent.files += 1;
            if let Content::Bytes(bytes) = &file.content {
                let is_mark = |byte: &&u8| matches!(**byte, b':' | b',' | b'\n');
                extent.bytes += bytes.len() as u64;
                extent.marks += bytes.iter().filter(is_mark).count() as u64;
                extent.heads += heads(bytes);
            }
        }
        extent
    }

    /// What loading them takes, in bytes.
    #[must_use]
    pub fn load(&self) -> u64 {
        self.times(LOAD_BYTES)
    }

    /// What is kept of them, in bytes.
    #[must_use]
    pub fn kept(&self) -> u64 {
        self.times(KEPT_BYTES)
    }

    fn times(&self, each: [u64; 3]) -> u64 {
        let counts = [self.bytes, self.marks, self.heads].into_iter().zip(each);
        counts.map(|(count, each)| count.saturating_mul(each)).fold(0, u64::saturating_add)
    }
}

/// How many lines of a text are indented least among those that are; how many mappings JSON has.
fn heads(text: &[u8]) -> u64 {
    if text.trim_ascii_start().starts_with(b"{") {
        return text.split(|byte| *byte == b'{').skip(1).count() as u64;
    }
    let (mut least, mut count) = (usize::MAX, 0);
    for line in text.split(|byte| *byte == b'\n') {
        let indentation = line.iter().take_while(|byte| **byte == b' ').count();
        if indentation == 0 || least < indentation || indentation == line.len() {
            continue;
        }
        count = if indentation < least { 1 } else { count + 1 };
        least = indentation;
    }
    count
}

impl MemoryRoom {
    /// Why there is no room to load `new` while `served` is kept; none if there is.
    #[must_use]
    pub fn objection(&self, new: &Extent, served: &Extent) -> Option<NoRoom> {
        let limit = self.limit?;
        let needed = BASE_BYTES.saturating_add(new.load()).saturating_add(served.kept());
        if needed.saturating_add(self.requests) <= limit {
            return None;
        }
        let (requests, is_reload) = (self.requests, served != &Extent::default());
        Some(NoRoom { new: *new, needed, limit, requests, is_reload })
    }
}

/// That there is no room for definitions, with the figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoRoom {
    /// How large they are.
    pub new: Extent,
    /// What loading them takes, with what is served meanwhile, in bytes.
    pub needed: u64,
    /// What the process may take, in bytes.
    pub limit: u64,
    /// What of it requests may take, in bytes.
    pub requests: u64,
    /// Whether something is served meanwhile.
    pub is_reload: bool,
}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { new, needed, limit, requests, is_reload } = self;
        let reload = if *is_reload { " beside what is served" } else { "" };
        let plural = if new.files == 1 { "" } else { "s" };
        write!(
            f,
            "the definitions have {} in {} file{plural}, and to load them{reload} takes about {}; \
             of `--memory-max`, {}, requests may take {}, and {} are left",
            Mebibytes(new.bytes),
            new.files,
            Mebibytes(*needed),
            Mebibytes(*limit),
            Mebibytes(*requests),
            Mebibytes(limit.saturating_sub(*requests)),
        )
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("none") {
            return Ok(Self(None));
        }
        let wrong = || {
            format!("`{text}` is not a size: expected a number of bytes, `64MiB`, `1GiB` or `none`")
        };
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at_checked(digits).ok_or_else(wrong)?;
        let shift = match unit.trim_start().to_ascii_lowercase().as_str() {
            "" | "b" => 0,
            "k" | "ki" | "kib" => 10,
            "m" | "mi" | "mib" => 20,
            "g" | "gi" | "gib" => 30,
            _ => return Err(wrong()),
        };
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let size = number.checked_mul(1 << shift).ok_or_else(wrong)?;
        if size == 0 { Err(wrong()) } else { Ok(Self(Some(size))) }
    }
}

/// A size for people.
struct Mebibytes(u64);

impl fmt::Display for Mebibytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.0.saturating_mul(10).div_ceil(1 << 20);
        write!(formatter, "{}.{} MiB", tenths / 10, tenths % 10)
    }
}
