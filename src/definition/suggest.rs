//! What was probably meant: the nearest of the names there are.

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
/// use flagstaff::definition::suggest::nearest;
/// assert_eq!(nearest("rollout", ["rollout_percentage", "users"]), Some("rollout_percentage"));
/// assert_eq!(nearest("benlux", ["benelux", "staff"]), Some("benelux"));
/// ```
pub fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let normal = normalize(written);
    let mut best: Option<(usize, &str)> = None;
    for name in names {
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

/// Lower case, with `-` and spaces as `_`: what people mix up most is free.
fn normalize(name: &str) -> Vec<char> {
    let separators = |letter| if matches!(letter, '-' | ' ' | '.') { '_' } else { letter };
    name.chars().flat_map(char::to_lowercase).map(separators).collect()
}

/// Damerau–Levenshtein distance in its restricted form (optimal string alignment), or more than
/// `limit` as soon as it is sure to be.
fn distance(a: &[char], b: &[char], limit: usize) -> usize {
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let width = b.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut previous: Vec<usize> = (0..width).collect();
    for (row, letter) in a.iter().enumerate() {
        let mut current = vec![row + 1; width];
        for (column, other) in b.iter().enumerate() {
            let replaced = previous[column] + usize::from(letter != other);
            let mut least = replaced.min(previous[column + 1] + 1).min(current[column] + 1);
            let swapped = 0 < row
                && 0 < column
                && a.get(row - 1) == Some(other)
                && b.get(column - 1) == Some(letter);
            if swapped {
                least = least.min(before[column - 1] + 1);
            }
            current[column + 1] = least;
        }
        if current.iter().all(|edits| limit < *edits) {
            return limit + 1;
        }
        before = std::mem::replace(&mut previous, current);
    }
    previous.last().copied().unwrap_or(0)
}
