//! What one question can cost: at, below and above each bound.

use flagstaff::engine::{
    comparison::{Comparison, MATCHED_BYTES_MAX, SHOWN_CHARACTERS_MAX},
    operator::Operator,
    resolution::FixedPositions,
    resolve::{explain, explain_within},
    trace::{STEPS_MAX, Trace, What, shown},
    value::Value,
};
use jiff::Timestamp;

use crate::{compile::gate, evaluation::definitions, exercise::context};

fn comparison(operator: &str, operand: &str) -> Comparison {
    let value: Value<'_> = serde_json::from_str(operand).unwrap();
    Operator::find(operator).unwrap().compare_with(&value).unwrap()
}

fn text(content: String) -> Value<'static> {
    Value::String(content.into())
}

#[test]
fn a_pattern_looks_at_texts_up_to_a_length() {
    let pattern = comparison("matches", "\"^a\"");
    for (length, expected) in
        [(MATCHED_BYTES_MAX - 1, true), (MATCHED_BYTES_MAX, true), (MATCHED_BYTES_MAX + 1, false)]
    {
        let value = text("a".repeat(length));
        assert_eq!(pattern.holds(Some(&value)), expected, "{length}");
        assert_eq!(pattern.misfit(&value).is_none(), expected, "{length}");
    }
}

#[test]
fn the_places_of_patterns_are_counted() {
    // The condition itself, and two for each place.
    for (pattern, is_fine) in [("a{4999}", true), ("a{5000}", false), ("(a|bc){1666}", true)] {
        let definitions = format!(
            "flags:\n  f:\n    enabled: true\n    targeting_rules: [{{ attribute: a, operator: \
             matches, value: '{pattern}' }}]\n"
        );
        let said: Vec<_> = gate(&[("flags/a.yaml", &definitions)]).diagnostics;
        let rules: Vec<&str> = said.iter().map(|found| found.rule).collect();
        assert_eq!(rules, if is_fine { vec![] } else { vec!["too-expensive"] }, "{pattern}");
    }
}

#[test]
fn many_alternatives_hold_for_what_few_do() {
    let values = |count: usize| -> String {
        let items = (0..count).map(|number| match number % 4 {
            0 => format!("\"Text-{number}\""),
            1 => number.to_string(),
            2 => format!("{number}.5"),
            _ => format!("[{number}]"),
        });
        format!("[{}]", items.collect::<Vec<_>>().join(","))
    };
    for count in [1, 8, 9, 40] {
        let list = values(count);
        let contains = comparison("contains", &list);
        let one_of: Value<'_> = serde_json::from_str(&list).unwrap();
        let Value::Array(items) = &one_of else { unreachable!() };
        let folded = Operator::find("contains").unwrap().compare_ignoring_case(&one_of).unwrap();
        for item in items {
            let list = Value::Array(vec![Value::Null, item.clone()]);
            assert!(contains.holds(Some(&list)) && folded.holds(Some(&list)), "{count} {item}");
            if let Value::String(part) = item {
                let around = text(format!("x{part}x"));
                assert!(contains.holds(Some(&around)) && folded.holds(Some(&around)), "{part}");
                let other = text(format!("x{}x", part.to_uppercase()));
                assert!(!contains.holds(Some(&other)) && folded.holds(Some(&other)), "{part}");
            }
        }
        for other in ["[\"text\"]", "[0, 1.5, 3]", "\"Text\"", "[[4]]", "0", "[9007199254740993.0]"]
        {
            let value: Value<'_> = serde_json::from_str(other).unwrap();
            assert!(!contains.holds(Some(&value)) && !folded.holds(Some(&value)), "{other}");
        }
    }
}

#[test]
fn a_value_is_shown_up_to_a_length() {
    let long = "é".repeat(SHOWN_CHARACTERS_MAX);
    assert_eq!(shown(&text(long.clone())), format!("\"{long}\""));
    assert_eq!(shown(&text(format!("{long}é"))), format!("\"{long}…\""));
    let list = Value::Array((0..100_000).map(|_| text("a".repeat(1000))).collect());
    assert!(shown(&list).len() < 3 * SHOWN_CHARACTERS_MAX, "{}", shown(&list));
    let words = comparison("eq", &format!("\"{long}é\"")).to_string();
    assert_eq!(words, format!("is {long}…"));
}

#[test]
fn a_trace_has_a_bounded_number_of_steps() {
    fn count(trace: &Trace<'_>) -> (usize, usize) {
        trace
            .children
            .iter()
            .map(count)
            .fold((1, usize::from(trace.is_cut)), |sum, below| (sum.0 + below.0, sum.1 + below.1))
    }
    let conditions: Vec<String> =
        (0..9_000).map(|number| format!("where: {{ a: x{number} }}")).collect();
    let text = format!(
        "segments:\n  s: [any: [{}]]\nflags:\n  f: {{ enabled: true, targeting_rules: [segment: s] }}\n",
        conditions.join(", ")
    );
    let definitions = definitions(&text);
    let (flags, now) = (&definitions.flag_set, Timestamp::UNIX_EPOCH);
    let who = format!("{{\"a\": \"{}\"}}", "y".repeat(200_000));
    let context = context(&who);
    let flag = flags.find("f").unwrap();
    let fixed = FixedPositions::default;
    let (whole, trace) = explain(flags, flag, &context, now, fixed());
    assert_eq!(count(&trace.unwrap()), (9_006, 0));
    for (mut room, expected) in
        [(STEPS_MAX, (9_006, 0)), (9_006, (9_006, 0)), (50, (50, 2)), (0, (1, 1))]
    {
        let (result, trace) = explain_within(flags, flag, &context, now, fixed(), &mut room);
        assert_eq!(format!("{result:?}"), format!("{whole:?}"));
        let trace = trace.unwrap();
        assert!(matches!(trace.what, What::Flag(_)));
        assert_eq!(count(&trace), expected);
        assert!(format!("{trace:?}").len() < 100_000_000);
    }
}
