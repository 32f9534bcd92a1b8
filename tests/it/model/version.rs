//! Versions and requirements on them: precedence as SemVer says, requirements as Cargo means them.

use std::cmp::Ordering;

/// Numbers, and the identifiers of a pre-release.
#[derive(Clone, Debug)]
pub struct Version {
    numbers: [u64; 3],
    pre: Vec<String>,
}

impl Version {
    /// A leading `v` is dropped, missing parts are 0, a fourth is ignored, leading zeros are taken.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        // What is behind a `+` has no precedence, whatever it is.
        let text = text.split('+').next().unwrap();
        let (core, pre) = text.split_once('-').map_or((text, None), |(a, b)| (a, Some(b)));
        let parts: Vec<u64> = core.split('.').map(whole).collect::<Option<_>>()?;
        if 4 < parts.len() {
            return None;
        }
        let pre: Vec<String> = match pre {
            Some(pre) if is_dotted(pre) => pre.split('.').map(str::to_owned).collect(),
            Some(_) => return None,
            None => Vec::new(),
        };
        let is_padded = |part: &String| part.len() > 1 && part.starts_with('0') && is_number(part);
        if pre.iter().any(is_padded) {
            return None;
        }
        let part = |index| parts.get(index).copied().unwrap_or(0);
        Some(Self { numbers: [part(0), part(1), part(2)], pre })
    }

    fn of(numbers: [u64; 3]) -> Self {
        Self { numbers, pre: Vec::new() }
    }

    /// SemVer 2.0, §11.
    fn order(&self, other: &Self) -> Ordering {
        let by_numbers = self.numbers.cmp(&other.numbers);
        if by_numbers != Ordering::Equal {
            return by_numbers;
        }
        match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => self.pre_order(other),
        }
    }

    fn pre_order(&self, other: &Self) -> Ordering {
        for (a, b) in self.pre.iter().zip(&other.pre) {
            let order = match (is_number(a), is_number(b)) {
                (true, true) => a.len().cmp(&b.len()).then(a.cmp(b)),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => a.cmp(b),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        self.pre.len().cmp(&other.pre.len())
    }

    fn is_before(&self, other: &Self) -> bool {
        self.order(other) == Ordering::Less
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn whole(text: &str) -> Option<u64> {
    if is_number(text) { text.parse().ok() } else { None }
}

fn is_dotted(text: &str) -> bool {
    let is_identifier = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.split('.').all(is_identifier)
}

/// Whether a version satisfies a requirement, all of whose parts have to hold.
pub fn satisfies(version: &Version, requirement: &str) -> bool {
    requirement.split(',').all(|part| satisfies_one(version, part.trim()))
}

fn satisfies_one(version: &Version, text: &str) -> bool {
    if text == "*" {
        return true;
    }
    let operators = ["<=", ">=", "<", ">", "=", "~", "^"];
    let operator = operators.into_iter().find(|operator| text.starts_with(operator));
    let written = text[operator.map_or(0, str::len)..].trim();
    let (written, is_wild) = match written.split_once(".*") {
        Some((before, _)) => (before, true),
        None => (written, false),
    };
    // `1.*` is all that begins so.
    let operator = operator.unwrap_or(if is_wild { "=" } else { "^" });
    let given = written.split(['-', '+']).next().unwrap().split('.').count();
    let bound = Version::parse(written).unwrap();
    let is_partial = given < 3;
    // The first version behind all those that begin as it is written.
    let behind = next(bound.numbers, given - 1);
    // `2.0.0-rc.1` is before `2.0.0`, and no `1.x` for all that.
    let is_within = |end: [u64; 3]| version.numbers < end;
    match operator {
        ">=" => !version.is_before(&bound),
        ">" if is_partial => !version.is_before(&Version::of(behind)),
        ">" => bound.is_before(version),
        "<" => version.is_before(&bound),
        "<=" if is_partial => is_within(behind),
        "<=" => !bound.is_before(version),
        "=" if is_partial => !version.is_before(&bound) && is_within(behind),
        "=" => version.order(&bound) == Ordering::Equal,
        "~" => !version.is_before(&bound) && is_within(next(bound.numbers, (given - 1).min(1))),
        _ => {
            let significant = bound.numbers.iter().take(given).position(|part| 0 < *part);
            let end = next(bound.numbers, significant.unwrap_or(given - 1));
            !version.is_before(&bound) && is_within(end)
        }
    }
}

/// Those numbers with one part raised and the ones behind it 0.
fn next(mut numbers: [u64; 3], part: usize) -> [u64; 3] {
    numbers[part] += 1;
    numbers[part + 1..].fill(0);
    numbers
}
