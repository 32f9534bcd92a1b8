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

/// Operators that people try, and what they are called here.
pub const OTHER_OPERATORS: [(&str, &str); 14] = [
    ("=", "eq"),
    ("==", "eq"),
    ("equals", "eq"),
    ("!=", "neq"),
    ("not_equals", "neq"),
    (">", "gt"),
    (">=", "gte"),
    ("<", "lt"),
    ("<=", "lte"),
    ("one_of", "in"),
    ("regex", "matches"),
    ("cidr", "in_network"),
    ("version", "semver"),
    ("present", "exists"),
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
