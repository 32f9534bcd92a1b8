//! Versions and requirements on them: SemVer 2.0 precedence, lenient about the spelling.

use std::fmt;

use semver::{BuildMetadata, Comparator, Op, Prerelease, Version, VersionReq};

/// A compiled requirement, such as `>=2.1, <3`.
#[derive(Clone, Debug)]
pub struct Requirement {
    text: Box<str>,
    bounds: Box<[Bound]>,
}

/// One end of a range.
#[derive(Clone, Debug)]
struct Bound {
    side: Side,
    version: Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    At,
    Above,
    From,
    Below,
    UpTo,
}

/// Reads a version: a leading `v` is dropped, missing parts are 0, a fourth is ignored. None for
/// anything else.
#[must_use]
pub fn parse(text: &str) -> Option<Version> {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let end = text.bytes().position(|byte| !byte.is_ascii_digit() && byte != b'.');
    let (core, rest) = text.split_at(end.unwrap_or(text.len()));
    let pre = match rest.as_bytes().first() {
        None | Some(b'+') => Prerelease::EMPTY,
        Some(b'-') => {
            let pre = rest.get(1..).and_then(|pre| pre.split('+').next()).unwrap_or_default();
            Prerelease::new(pre).ok().filter(|pre| !pre.is_empty())?
        }
        Some(_) => return None,
    };
    let [major, minor, patch] = numbers(core.as_bytes())?;
    Some(Version { major, minor, patch, pre, build: BuildMetadata::EMPTY })
}

/// The first three of the numbers in text that has only digits and dots.
fn numbers(core: &[u8]) -> Option<[u64; 3]> {
    let mut numbers = [0_u64; 3];
    for (index, part) in core.split(|byte| *byte == b'.').enumerate() {
        let is_canonical = matches!(part, [b'0'] | [b'1'..=b'9', ..]);
        if !is_canonical || 4 <= index {
            return None;
        }
        if let Some(number) = numbers.get_mut(index) {
            for byte in part {
                *number = number.checked_mul(10)?.checked_add(u64::from(*byte - b'0'))?;
            }
        }
    }
    Some(numbers)
}

impl Requirement {
    /// Reads a requirement: comparisons with `=`, `>`, `>=`, `<`, `<=`, `^` (the default) or `~`,
    /// or a wildcard such as `1.2.*`, with commas between.
    ///
    /// # Errors
    ///
    /// Says what is wrong, in a few words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let requirement = VersionReq::parse(text).map_err(|error| error.to_string())?;
        let bounds = requirement.comparators.iter().flat_map(bounds).collect();
        Ok(Self { text: text.into(), bounds })
    }

    /// Whether `version` satisfies all of it, compared by precedence: a pre-release is a version
    /// like any other, but never reaches up to the upper bound of `^`, `~` or a wildcard.
    #[must_use]
    pub fn allows(&self, version: &Version) -> bool {
        self.bounds.iter().all(|bound| {
            let ordering = version.cmp_precedence(&bound.version);
            match bound.side {
                Side::At => ordering.is_eq(),
                Side::Above => ordering.is_gt(),
                Side::From => ordering.is_ge(),
                Side::Below => ordering.is_lt(),
                Side::UpTo => ordering.is_le(),
            }
        })
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// The ends of the range that a comparator stands for.
fn bounds(comparator: &Comparator) -> Vec<Bound> {
    let Comparator { op, major, minor, patch, pre } = comparator;
    let given = Version {
        major: *major,
        minor: minor.unwrap_or(0),
        patch: patch.unwrap_or(0),
        pre: pre.clone(),
        build: BuildMetadata::EMPTY,
    };
    let at = |side| vec![Bound { side, version: given.clone() }];
    let range = |end| {
        let start = Bound { side: Side::From, version: given.clone() };
        vec![start, Bound { side: Side::Below, version: end }]
    };
    match op {
        Op::Greater => at(Side::Above),
        Op::GreaterEq => at(Side::From),
        Op::Less => at(Side::Below),
        Op::LessEq => at(Side::UpTo),
        Op::Tilde | Op::Wildcard => match minor {
            Some(minor) => range(lowest(*major, minor.saturating_add(1), 0)),
            None => range(lowest(major.saturating_add(1), 0, 0)),
        },
        Op::Caret => range(match (major, minor, patch) {
            (0, Some(0), Some(patch)) => lowest(0, 0, patch.saturating_add(1)),
            (0, Some(minor), _) if *minor > 0 || patch.is_none() => {
                lowest(0, minor.saturating_add(1), 0)
            }
            _ => lowest(major.saturating_add(1), 0, 0),
        }),
        // `=`, and whatever the crate may add.
        _ => at(Side::At),
    }
}

/// The version below every pre-release of this one, so that `<3.0.0-0` excludes `3.0.0-beta`.
fn lowest(major: u64, minor: u64, patch: u64) -> Version {
    let pre = Prerelease::new("0").unwrap_or(Prerelease::EMPTY);
    Version { major, minor, patch, pre, build: BuildMetadata::EMPTY }
}
