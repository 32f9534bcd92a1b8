//! Comparisons in words: as they are written, where they hold, and where they do not.

use flagstaff::engine::{operator::Operator, phrase::Phrase, value::Value};

/// An operator, its value as JSON, and the comparison as it is written, where it holds, and where it
/// does not.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);

const ROWS: [Row; 19] = [
    ("eq", "\"NL\"", "is NL", "is NL", "is not NL"),
    ("neq", "\"NL\"", "is not NL", "is present and not NL", "is missing or NL"),
    ("in", "[1, 2]", "is one of [1, 2]", "is one of [1, 2]", "is none of [1, 2]"),
    (
        "not_in",
        "[1, 2]",
        "is none of [1, 2]",
        "is present and none of [1, 2]",
        "is missing or one of [1, 2]",
    ),
    ("gt", "5", "> 5", "is above 5", "is not above 5"),
    ("gte", "5", ">= 5", "is at least 5", "is not at least 5"),
    ("lt", "5", "< 5", "is below 5", "is not below 5"),
    ("lte", "5", "<= 5", "is at most 5", "is not at most 5"),
    ("contains", "\"a\"", "contains a", "contains a", "does not contain a"),
    (
        "contains",
        "[\"a\", 1]",
        "contains one of [a, 1]",
        "contains one of [a, 1]",
        "does not contain one of [a, 1]",
    ),
    ("starts_with", "\"a\"", "starts with a", "starts with a", "does not start with a"),
    (
        "ends_with",
        "[\"a\", \"b\"]",
        "ends with one of [a, b]",
        "ends with one of [a, b]",
        "does not end with one of [a, b]",
    ),
    ("matches", "\"^a\"", "matches /^a/", "matches /^a/", "does not match /^a/"),
    ("exists", "true", "is present", "is present", "is missing"),
    ("exists", "false", "is missing", "is missing", "is present"),
    ("semver", "\">=2\"", "satisfies >=2", "satisfies >=2", "does not satisfy >=2"),
    (
        "before",
        "\"2027-01-01T00:00:00Z\"",
        "is before 2027-01-01T00:00:00Z",
        "is before 2027-01-01T00:00:00Z",
        "is not before 2027-01-01T00:00:00Z",
    ),
    (
        "after",
        "\"2027-01-01T00:00:00Z\"",
        "is 2027-01-01T00:00:00Z or later",
        "is 2027-01-01T00:00:00Z or later",
        "is not 2027-01-01T00:00:00Z or later",
    ),
    (
        "in_network",
        "\"10.0.0.0/8\"",
        "is in 10.0.0.0/8",
        "is in 10.0.0.0/8",
        "is not in 10.0.0.0/8",
    ),
];

#[test]
fn a_comparison_has_three_phrases() {
    for (name, value, written, holding, failing) in ROWS {
        let operator = Operator::find(name).unwrap();
        let value: Value<'_> = serde_json::from_str(value).unwrap();
        let comparison = operator.compare_with(&value).unwrap();
        let phrase = Phrase::of(&comparison);
        let found = (comparison.to_string(), phrase.holding(), phrase.failing());
        assert_eq!(found, (written.into(), holding.into(), failing.into()), "{name}");
        if operator.may_ignore_case() && value.as_str().is_some() {
            let folded = operator.compare_ignoring_case(&value).unwrap();
            let phrase = Phrase::of(&folded);
            let found = (folded.to_string(), phrase.holding(), phrase.failing());
            let ignoring = |text: &str| format!("{text} (ignoring case)");
            let expected = (ignoring(written), ignoring(holding), ignoring(failing));
            assert_eq!(found, expected, "{name}");
        }
    }
}
