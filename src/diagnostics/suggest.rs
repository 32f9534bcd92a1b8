//! What was probably meant: the nearest of the names there are.

/// How many comparisons of names may be spent on suggestions for the findings of one run. What is
/// wrong thousands of times among thousands of names is nothing that a suggestion helps with.
const COMPARISONS_MAX: usize = 1_000_000;
/// Names beyond this many bytes are not compared: nobody writes them by hand.
const NAME_SIZE_BYTES_MAX: usize = 200;

/// How many edits (insert, delete, replace, swap of neighbours) may lie between a name and what was
/// written, for a name of that many characters.
fn edits_max(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    }
}

/// The name nearest to what was written, if one is near enough; of several, the first in order.
///
/// ```
/// use flagstaff::diagnostics::suggest::nearest;
/// assert_eq!(nearest("rollout", ["rollout_percentage", "users"]), Some("rollout_percentage"));
/// assert_eq!(nearest("benlux", ["benelux", "staff"]), Some("benelux"));
/// ```
pub fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    if NAME_SIZE_BYTES_MAX < written.len() {
        return None;
    }
    let normal = normalize(written);
    let mut best: Option<(usize, &str)> = None;
    for name in names.into_iter().filter(|name| name.len() <= NAME_SIZE_BYTES_MAX) {
        let candidate = normalize(name);
        if candidate == normal {
            return Some(name);
        }
        let (short, long) = if candidate.len() < normal.len() {
            (&candidate, &normal)
        } else {
            (&normal, &candidate)
        };
        // A name cut short or written out: `rollout_percent`, `operators`.
        let is_prefix = 4 <= short.len() && long.starts_with(short);
        let allowed = edits_max(normal.len().min(candidate.len()));
        let edits = if is_prefix { 1 } else { distance(&normal, &candidate, allowed) };
        if edits <= allowed.max(usize::from(is_prefix))
            && best.is_none_or(|(least, _)| edits < least)
        {
            best = Some((edits, name));
        }
    }
    best.map(|(_, name)| name)
}

/// As [`nearest`], for one finding of possibly very many, among possibly very many names: none once
/// so many were `found` before that looking for more would take longer than a check may.
pub fn nearest_of_many<'n>(
    found: usize,
    written: &str,
    names: impl ExactSizeIterator<Item = &'n str>,
) -> Option<&'n str> {
    let is_worth_it = found.saturating_mul(names.len()) <= COMPARISONS_MAX;
    if is_worth_it { nearest(written, names) } else { None }
}

/// Whether a name is most probably another one, misspelled: they differ in a letter or two
/// neighbours, in case or in the signs between words. Names that differ in digits are two names.
///
/// ```
/// use flagstaff::diagnostics::suggest::is_slip;
/// assert!(is_slip("contry", "country") && is_slip("userId", "user_id"));
/// assert!(!is_slip("search-v2", "search-v1") && !is_slip("plan", "clan-war"));
/// ```
#[must_use]
pub fn is_slip(written: &str, name: &str) -> bool {
    const LETTERS_MIN: usize = 4;
    if written == name || NAME_SIZE_BYTES_MAX < written.len().max(name.len()) {
        return false;
    }
    let letters = |text: &str| -> Vec<char> {
        normalize(text).into_iter().filter(|letter| *letter != '_').collect()
    };
    let (a, b) = (letters(written), letters(name));
    let digits =
        |letters: &[char]| letters.iter().copied().filter(char::is_ascii_digit).collect::<String>();
    a == b
        || LETTERS_MIN <= a.len().min(b.len())
            && a.len().abs_diff(b.len()) <= 1
            && digits(&a) == digits(&b)
            && distance(&a, &b, 1) <= 1
}

/// Lower case, with `-` and spaces as `_`: what people mix up most is free.
fn normalize(name: &str) -> Vec<char> {
    let separators = |letter| if matches!(letter, '-' | ' ' | '.') { '_' } else { letter };
    name.chars().flat_map(char::to_lowercase).map(separators).collect()
}

/// Damerau–Levenshtein distance in its restricted form (optimal string alignment), or more than
/// `limit` as soon as it is sure to be. Only cells within `limit` of the diagonal are looked at:
/// a path through any other has more edits.
fn distance(a: &[char], b: &[char], limit: usize) -> usize {
    let too_far = limit + 1;
    if a.len().abs_diff(b.len()) > limit {
        return too_far;
    }
    let width = b.len() + 1;
    let mut before = vec![too_far; width];
    let mut previous: Vec<usize> = (0..width).collect();
    let mut current = vec![too_far; width];
    for (row, letter) in a.iter().enumerate() {
        let columns = row.saturating_sub(limit)..b.len().min(row + limit + 1);
        current[columns.start] = if columns.start == 0 { row + 1 } else { too_far };
        let mut least_of_row = current[columns.start];
        for column in columns.clone() {
            let other = &b[column];
            let replaced = previous[column] + usize::from(letter != other);
            let mut least = replaced.min(previous[column + 1] + 1).min(current[column] + 1);
            let swapped = 0 < row && 0 < column && a[row - 1] == *other && b[column - 1] == *letter;
            if swapped {
                least = least.min(before[column - 1] + 1);
            }
            current[column + 1] = least;
            least_of_row = least_of_row.min(least);
        }
        if let Some(beyond) = current.get_mut(columns.end + 1) {
            *beyond = too_far;
        }
        if limit < least_of_row {
            return too_far;
        }
        (before, previous, current) = (previous, current, before);
    }
    previous.last().copied().unwrap_or(too_far)
}

/// Words and signs of other systems and languages, each with the operator that it stands for.
const OTHER_OPERATORS: [(&str, &str); 49] = [
    ("=", "eq"),
    ("==", "eq"),
    ("===", "eq"),
    ("is", "eq"),
    ("equals", "eq"),
    ("!=", "neq"),
    ("!==", "neq"),
    ("<>", "neq"),
    ("≠", "neq"),
    ("ne", "neq"),
    ("is_not", "neq"),
    ("not_equals", "neq"),
    (">", "gt"),
    ("greater_than", "gt"),
    ("above", "gt"),
    (">=", "gte"),
    ("=>", "gte"),
    ("≥", "gte"),
    ("ge", "gte"),
    ("at_least", "gte"),
    ("<", "lt"),
    ("less_than", "lt"),
    ("below", "lt"),
    ("<=", "lte"),
    ("=<", "lte"),
    ("≤", "lte"),
    ("le", "lte"),
    ("at_most", "lte"),
    ("one_of", "in"),
    ("any_of", "in"),
    ("none_of", "not_in"),
    ("nin", "not_in"),
    ("has", "contains"),
    ("includes", "contains"),
    ("prefix", "starts_with"),
    ("^=", "starts_with"),
    ("suffix", "ends_with"),
    ("$=", "ends_with"),
    ("regex", "matches"),
    ("regexp", "matches"),
    ("=~", "matches"),
    ("~=", "matches"),
    ("cidr", "in_network"),
    ("in_cidr", "in_network"),
    ("version", "semver"),
    ("present", "exists"),
    ("is_set", "exists"),
    ("until", "before"),
    ("since", "after"),
];

/// The operator that a word or sign stands for elsewhere.
#[must_use]
pub fn operator_meant_by(word: &str) -> Option<&'static str> {
    OTHER_OPERATORS.iter().find(|(other, _)| *other == word).map(|(_, name)| *name)
}

/// The signs of an operator that a text begins with, such as `>=`.
#[must_use]
pub fn operator_signs(text: &str) -> &str {
    let end = text.find(|letter| !"<>=!~^$≠≤≥".contains(letter)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}
