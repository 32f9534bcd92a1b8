//! Versions and requirements on them: SemVer 2.0 precedence, lenient about the spelling.

use std::fmt;

use semver::{BuildMetadata, Comparator, Op, Prerelease, Version, VersionReq};

/// A compiled requirement, such as `>=2.1, <3`.
///
/// However many comparisons it has, the versions that satisfy all of them are one range of
/// precedence; and since every version has a next one, the range includes its start and excludes
/// its end.
#[derive(Clone, Debug)]
pub struct VersionRequirement {
    text: Box<str>,
    start: Version,
    /// None is no end.
    end: Option<Version>,
}

/// A comparison with missing parts, of which not everybody expects the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial {
    /// The comparison as written, such as `>1`.
    pub written: Box<str>,
    /// Which versions satisfy it, to follow "means".
    pub meaning: String,
    /// The comparison with the missing parts written as 0.
    pub in_full: String,
}

/// Reads a version. Lenient about the spelling: a leading `v` or `V` is dropped, missing parts are
/// 0, a fourth is ignored, numbers may begin with zeros, and what follows a `+` is not looked at.
/// None for anything else.
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
        if part.is_empty() || 4 <= index {
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

/// The version that follows in precedence, with none in between; none after the last.
#[must_use]
pub fn next(version: &Version) -> Option<Version> {
    if version.pre.is_empty() {
        return match version.patch.checked_add(1) {
            Some(patch) => Some(lowest(version.major, version.minor, patch)),
            None => next_line(version.major, Some(version.minor)),
        };
    }
    // One identifier more is more, and a numeric 0 is the least that there can be one more.
    let pre = Prerelease::new(&format!("{}.0", version.pre)).ok()?;
    Some(Version { pre, ..version.clone() })
}

impl VersionRequirement {
    /// Reads a requirement: comparisons with `=`, `>`, `>=`, `<`, `<=`, `^` (the default) or `~`,
    /// or a wildcard such as `1.2.*`, with commas between. Parts may be missing; what that means is
    /// as in Cargo: `=1.2` is any 1.2.x, `<=1.2` includes all of them, `>1.2` none. Numbers may
    /// begin with zeros.
    ///
    /// # Errors
    ///
    /// Says what is wrong, in a few words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut start, mut end) = (lowest(0, 0, 0), None::<Version>);
        for comparator in comparators(text)? {
            let (its_start, its_end) = range(&comparator);
            start = start.max(its_start);
            end = match (end, its_end) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        Ok(Self { text: text.into(), start, end })
    }

    /// Whether `version` satisfies all of it, compared by precedence: a pre-release is a version
    /// like any other, but never reaches up to the upper bound of `^`, `~`, a wildcard, or of `=`
    /// and `<=` with missing parts.
    #[must_use]
    pub fn allows(&self, version: &Version) -> bool {
        self.start.cmp_precedence(version).is_le()
            && self.end.as_ref().is_none_or(|end| version.cmp_precedence(end).is_lt())
    }

    /// The versions that satisfy it: from the first on, which is one of them, up to the second,
    /// which is not; without a second there is no end.
    #[must_use]
    pub fn range(&self) -> (&Version, Option<&Version>) {
        (&self.start, self.end.as_ref())
    }

    /// Whether no version satisfies it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.end.as_ref().is_some_and(|end| *end <= self.start)
    }

    /// Whether no version satisfies both.
    #[must_use]
    pub fn excludes(&self, other: &Self) -> bool {
        let start = (&self.start).max(&other.start);
        [&self.end, &other.end].into_iter().flatten().any(|end| end <= start)
    }

    /// The comparisons with `=`, `>` or `<=` that leave parts out, but for those that say so by a
    /// wildcard.
    #[must_use]
    pub fn partials(&self) -> Vec<Partial> {
        let comparators = comparators(&self.text).unwrap_or_default();
        let pairs = self.text.split(',').map(str::trim).zip(comparators);
        let bare = pairs.filter(|(written, _)| !written.contains(['*', 'x', 'X']));
        bare.filter_map(|(written, comparator)| partial(written, &comparator)).collect()
    }
}

impl fmt::Display for VersionRequirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// The comparisons of a requirement.
fn comparators(text: &str) -> Result<Vec<Comparator>, String> {
    let requirement = VersionReq::parse(&without_leading_zeros(text));
    requirement.map(|requirement| requirement.comparators).map_err(|error| error.to_string())
}

/// The text without the zeros that numbers begin with, which the crate refuses; those of
/// pre-releases are left, since there SemVer tells numbers from words by them.
fn without_leading_zeros(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for comparator in text.split_inclusive(',') {
        let core_end = comparator.find(['-', '+']).unwrap_or(comparator.len());
        let (core, rest) = comparator.split_at(core_end);
        let mut letters = core.chars().peekable();
        let mut is_in_number = false;
        while let Some(letter) = letters.next() {
            let more_follow = letters.peek().is_some_and(char::is_ascii_digit);
            if letter == '0' && !is_in_number && more_follow {
                continue;
            }
            is_in_number = letter.is_ascii_digit();
            kept.push(letter);
        }
        kept.push_str(rest);
    }
    kept
}

/// The range that a comparator stands for: its start, and its end unless it has none. One that no
/// version satisfies ends where it starts.
fn range(comparator: &Comparator) -> (Version, Option<Version>) {
    let Comparator { op, major, minor, patch, pre } = comparator;
    let given = Version {
        major: *major,
        minor: minor.unwrap_or(0),
        patch: patch.unwrap_or(0),
        pre: pre.clone(),
        build: BuildMetadata::EMPTY,
    };
    let is_partial = patch.is_none();
    // Behind all that have the given parts.
    let behind = if is_partial { next_line(*major, *minor) } else { next(&given) };
    match op {
        Op::Greater => match behind {
            Some(behind) if is_partial => (Version { pre: Prerelease::EMPTY, ..behind }, None),
            Some(behind) => (behind, None),
            None => (given.clone(), Some(given)),
        },
        Op::GreaterEq => (given, None),
        Op::Less => (lowest(0, 0, 0), Some(given)),
        Op::LessEq => (lowest(0, 0, 0), behind),
        Op::Tilde | Op::Wildcard => (given, next_line(*major, *minor)),
        Op::Caret => {
            let end = match (major, minor, patch) {
                (0, Some(0), Some(patch)) => match patch.checked_add(1) {
                    Some(patch) => Some(lowest(0, 0, patch)),
                    None => next_line(0, Some(0)),
                },
                (0, Some(minor), _) if *minor > 0 || is_partial => next_line(0, Some(*minor)),
                _ => next_line(*major, None),
            };
            (given, end)
        }
        // `=`, and whatever the crate may add.
        _ => (given, behind),
    }
}

/// What a comparator with missing parts means, if it is one of those.
fn partial(written: &str, comparator: &Comparator) -> Option<Partial> {
    let Comparator { op, major, minor, patch: None, .. } = comparator else { return None };
    let line = minor.map_or(format!("{major}.x"), |minor| format!("{major}.{minor}.x"));
    let (sign, meaning) = match op {
        Op::Exact => ("=", format!("any {line}")),
        Op::LessEq => ("<=", format!("any {line} or lower")),
        Op::Greater => {
            let (Version { major, minor, patch, .. }, _) = range(comparator);
            (">", format!("{major}.{minor}.{patch} or higher"))
        }
        _ => return None,
    };
    let in_full = format!("{sign}{major}.{}.0", minor.unwrap_or(0));
    Some(Partial { written: written.into(), meaning, in_full })
}

/// The version below all that come after those of a major, or of a major and minor number.
fn next_line(major: u64, minor: Option<u64>) -> Option<Version> {
    match minor.and_then(|minor| minor.checked_add(1)) {
        Some(minor) => Some(lowest(major, minor, 0)),
        None => Some(lowest(major.checked_add(1)?, 0, 0)),
    }
}

/// The version below every pre-release of this one, so that `<3.0.0-0` excludes `3.0.0-beta`.
fn lowest(major: u64, minor: u64, patch: u64) -> Version {
    let pre = Prerelease::new("0").unwrap_or(Prerelease::EMPTY);
    Version { major, minor, patch, pre, build: BuildMetadata::EMPTY }
}
