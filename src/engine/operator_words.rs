//! Words that people try for operators, and what the operators are called.

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
pub fn meant_by(word: &str) -> Option<&'static str> {
    OTHER_OPERATORS.iter().find(|(other, _)| *other == word).map(|(_, name)| *name)
}

/// The signs of an operator that a text begins with, such as `>=`.
#[must_use]
pub fn signs(text: &str) -> &str {
    let end = text.find(|letter| !"<>=!~^$≠≤≥".contains(letter)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}
