//! Words that people try, and what they are called here.

/// Fields that people try, and what they are called here. By the part of the schema.
pub const OTHER_WORDS: [(&str, &str, &str); 17] = [
    ("flag", "percentage", "rollout_percentage"),
    ("flag", "conditions", "targeting_rules"),
    ("flag", "state", "enabled"),
    ("rule", "percentage", "rollout_percentage"),
    ("rule", "conditions", "if"),
    ("rule", "when", "if"),
    ("rule", "variant", "serve"),
    ("share", "weight", "percentage"),
    ("share", "serve", "variant"),
    ("share", "name", "variant"),
    ("condition", "op", "operator"),
    ("condition", "key", "attribute"),
    ("condition", "case_insensitive", "ignore_case"),
    ("condition", "insensitive", "ignore_case"),
    ("test", "key", "flag"),
    ("test", "attributes", "context"),
    ("test", "now", "at"),
];

/// Types of attributes that people try, and what they are called here.
pub const OTHER_TYPES: [(&str, &str); 6] = [
    ("int", "integer"),
    ("float", "number"),
    ("double", "number"),
    ("str", "string"),
    ("text", "string"),
    ("list", "array"),
];

/// Keys that a list item often begins with.
const FIRST_KEYS: [&str; 11] = [
    "where",
    "segment",
    "flag",
    "attribute",
    "all",
    "any",
    "not",
    "name",
    "if",
    "serve",
    "variant",
];

/// `segment: use` for `segment:use`, which is one text: the key, and all of it with a space.
#[must_use]
pub fn with_space(text: &str) -> Option<(&str, String)> {
    let (key, rest) = text.split_once(':')?;
    let is_meant = FIRST_KEYS.contains(&key) && rest.starts_with(|letter| letter != ' ');
    is_meant.then(|| (key, format!("{key}: {rest}")))
}
