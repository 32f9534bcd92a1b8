//! Every operator: what holds and what does not, with every type and at every edge.

use flagstaff::engine::{
    comparison::Comparison,
    operator::{OPERATORS, OperandErrorKind, Operator},
    pattern::PatternError,
    value::Value,
};

const TABLE: &str = include_str!("../tables/operators.txt");

/// One operator with its value, what it holds for, and what it does not hold for.
struct Row {
    operator: &'static Operator,
    operand: &'static str,
    comparison: Comparison,
    holds: Vec<Value<'static>>,
    does_not: Vec<Value<'static>>,
}

fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (first, rest) = line.split_once(' ').expect(line);
        if let Some(operator) = Operator::find(first) {
            let comparison = match rest.strip_prefix("ignore_case ") {
                Some(operand) => operator
                    .compare_ignoring_case(&value(operand))
                    .unwrap_or_else(|misfit| panic!("{line}: {misfit:?}")),
                None => compare_with(first, rest),
            };
            let (holds, does_not) = (Vec::new(), Vec::new());
            rows.push(Row { operator, operand: rest, comparison, holds, does_not });
            continue;
        }
        let row = rows.last_mut().expect(line);
        let list = if first == "+" { &mut row.holds } else { &mut row.does_not };
        for value in serde_json::Deserializer::from_str(rest).into_iter() {
            list.push(value.expect(line));
        }
    }
    rows
}

fn value(json: &str) -> Value<'_> {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn compare_with(operator: &str, operand: &str) -> Comparison {
    let operator = Operator::find(operator).expect(operator);
    operator
        .compare_with(&value(operand))
        .unwrap_or_else(|misfit| panic!("{} {operand}: {misfit:?}", operator.name))
}

/// The value as the engine sees it: null counts as missing wherever an attribute is looked up.
fn found<'v>(value: &'v Value<'v>) -> Option<&'v Value<'v>> {
    Some(value).filter(|value| !matches!(value, Value::Null))
}

#[test]
fn every_row_of_the_table() {
    let mut wrong = String::new();
    for row in rows() {
        for (values, expected) in [(&row.holds, true), (&row.does_not, false)] {
            for value in values {
                if row.comparison.holds(found(value)) != expected {
                    let Row { operator, operand, .. } = &row;
                    wrong += &format!("{} {operand}: {value} not {expected}\n", operator.name);
                }
            }
        }
    }
    assert_eq!(wrong, "");
}

#[test]
fn every_operator_has_rows() {
    let rows = rows();
    for operator in &OPERATORS {
        let mut own = rows.iter().filter(|row| row.operator.name == operator.name);
        let tested = own.any(|row| !row.holds.is_empty() && !row.does_not.is_empty());
        assert!(tested, "{}", operator.name);
    }
}

#[test]
fn a_missing_attribute_matches_nothing_but_exists_false() {
    for Row { operator, operand, comparison, .. } in rows() {
        let expected = (operator.name, operand) == ("exists", "false");
        assert_eq!(comparison.holds(None), expected, "{} {operand}", operator.name);
    }
}

#[test]
fn what_never_holds_is_known() {
    for Row { operator, operand, comparison, holds, .. } in rows() {
        assert_eq!(comparison.never_holds(), holds.is_empty(), "{} {operand}", operator.name);
    }
}

#[test]
fn sets_hold_what_they_were_made_of_at_every_size() {
    for count in 0..40 {
        let texts: Vec<String> = (0..count).map(|number| format!("\"u-{number}\"")).collect();
        let numbers: Vec<String> = (0..count).map(|number| number.to_string()).collect();
        for items in [texts, numbers] {
            let comparison = compare_with("in", &format!("[{}]", items.join(",")));
            assert!(items.iter().all(|item| comparison.holds(Some(&value(item)))), "{count}");
            for other in ["\"u-40\"", "\"\"", "40", "-1", "0.5", "\"0\""] {
                assert!(!comparison.holds(Some(&value(other))), "{count} {other}");
            }
        }
    }
}

#[test]
fn operands_that_cannot_be_used() {
    let check = |operator: &str, operand: &str, expected: &str| {
        let misfit = Operator::find(operator).expect(operator).compare_with(&value(operand));
        let misfit = misfit.expect_err(operand);
        let kind = match &misfit.kind {
            OperandErrorKind::Shape => "shape".to_owned(),
            OperandErrorKind::Pattern(PatternError::Syntax(reason)) => format!("pattern: {reason}"),
            OperandErrorKind::Pattern(refused) => format!("pattern: {refused:?}"),
            OperandErrorKind::Version(reason) => format!("version: {reason}"),
            OperandErrorKind::Time => "time".to_owned(),
            OperandErrorKind::Network => "network".to_owned(),
            OperandErrorKind::CaseOfOperator => "case of operator".to_owned(),
            OperandErrorKind::CaseOfValue => "case of value".to_owned(),
        };
        let index = misfit.index.map(|index| format!(" at {index}")).unwrap_or_default();
        assert_eq!(format!("{kind}{index}"), expected, "{operator} {operand}");
    };
    check("in", r#""NL""#, "shape");
    check("not_in", "1", "shape");
    check("gt", "true", "shape");
    check("lte", "[1]", "shape");
    check("starts_with", "1", "shape");
    check("ends_with", r#"["a", 1]"#, "shape");
    check("matches", "1", "shape");
    check("matches", r#""a(b""#, "pattern: unclosed group");
    check(
        "matches",
        r#""(?=a)""#,
        "pattern: look-around, including look-ahead and look-behind, is not supported",
    );
    check(
        "matches",
        r#""(a{1000}){1000}""#,
        "pattern: Large(Large { places: 1000000, bytes: None, is_repeated: true })",
    );
    check("exists", r#""yes""#, "shape");
    check("semver", "2", "shape");
    check(
        "semver",
        r#""latest""#,
        "version: unexpected character 'l' while parsing major version number",
    );
    check("semver", r#""""#, "version: unexpected end of input while parsing major version number");
    check("before", "0", "shape");
    check("before", r#""2026-01-01""#, "time");
    check("after", r#""2026-01-01T00:00:00""#, "time");
    check("in_network", "1", "shape");
    check("in_network", r#""10.0.0.0/33""#, "network");
    check("in_network", r#"["10.0.0.0/8", "example.com"]"#, "network at 1");
}

#[test]
fn case_matters_where_there_is_no_text() {
    for operator in &OPERATORS {
        for operand in ["1", "true", "[1]", r#""1.2.3""#, "[]", "[1, [\"a\"]]", r#"{"A": 1}"#] {
            let Ok(_) = operator.compare_with(&value(operand)) else { continue };
            let misfit = operator.compare_ignoring_case(&value(operand)).err();
            let expected = match (operator.may_ignore_case(), operand) {
                (false, _) => Some(OperandErrorKind::CaseOfOperator),
                (true, "1" | "true" | "[1]" | r#"{"A": 1}"#) => Some(OperandErrorKind::CaseOfValue),
                (true, _) => None,
            };
            let kind = misfit.map(|misfit| misfit.kind);
            assert_eq!(kind, expected, "{} {operand}", operator.name);
        }
    }
}

#[test]
fn comparisons_as_people_read_them() {
    let all: String = [
        ("eq", r#""NL""#),
        ("neq", "1.0"),
        ("in", r#"["b", "a", 2, 1, true]"#),
        ("in", r#"["9","8","7","6","5","4","3","2","1","0"]"#),
        ("not_in", "[]"),
        ("gte", "18"),
        ("lt", r#""b""#),
        ("contains", "7"),
        ("contains", r#"["a", "b"]"#),
        ("starts_with", r#""nl""#),
        ("ends_with", r#"[".nl", ".be"]"#),
        ("matches", r#""^a$""#),
        ("exists", "true"),
        ("exists", "false"),
        ("semver", r#"">=2.1, <3""#),
        ("before", r#""2026-01-01T01:00:00+01:00""#),
        ("after", r#""2026-01-01T00:00:00Z""#),
        ("in_network", r#""10.1.2.3""#),
        ("in_network", r#"["10.0.0.0/8", "fd00::/8"]"#),
    ]
    .iter()
    .map(|(operator, operand)| format!("it {}\n", compare_with(operator, operand)))
    .collect();
    insta::assert_snapshot!(all, @r#"
    it is NL
    it is not 1.0
    it is one of [a, b, 1, 2, true]
    it is one of ["0", "1", "2", "3", "4", "5", "6", "7", … 2 more]
    it is none of []
    it >= 18
    it < b
    it contains 7
    it contains one of [a, b]
    it starts with nl
    it ends with one of [.nl, .be]
    it matches /^a$/
    it is present
    it is missing
    it satisfies >=2.1, <3
    it is before 2026-01-01T00:00:00Z
    it is 2026-01-01T00:00:00Z or later
    it is in 10.1.2.3/32
    it is in one of [10.0.0.0/8, fd00::/8]
    "#);
}
