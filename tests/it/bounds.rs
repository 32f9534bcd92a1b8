//! What one question can cost: at, below and above each bound.

use flagstaff::api::{error::ErrorCode, flags_api, ofrep_request};
use flagstaff::engine::{
    bucket::Hash,
    comparison::{Comparison, MATCHED_BYTES_MAX, READ_BYTES_MAX, SHOWN_CHARACTERS_MAX},
    condition::{FlagIndex, SegmentIndex},
    context::{EvaluationContext, UNIT_BYTES_MAX},
    flag::{Flag, FlagSet, Variant},
    memo::Memo,
    operator::Operator,
    resolution::FixedPositions,
    resolve::{explain, explain_within, resolve_flag, resolve_flag_at},
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
fn what_patterns_cost_is_counted() {
    let matching =
        |pattern: &str| format!("{{ attribute: a, operator: matches, value: '{pattern}' }}");
    // Whatever is one automaton: four beside the condition itself, and one for `any`.
    for pattern in ["^a", "^[0-9a-f]{64}$", "(?i)^(alpha|beta|gamma|delta)$", r"\w{40}"] {
        assert!(said_of(1_999, &matching(pattern)).is_empty(), "{pattern}");
        assert_eq!(said_of(2_000, &matching(pattern)), ["too-expensive"], "{pattern}");
    }
    // Three for each place of one that can be in many, four of which are where it begins and ends.
    for (pattern, is_fine) in [
        ("[ab]*a[ab]{3200}c", true),
        ("[ab]*a[ab]{3400}c", false),
        ("[ab]*a[ab]?{1600}c", true),
        ("[ab]*a[ab]?{1700}c", false),
        ("a{3400}", false),
    ] {
        let definitions =
            format!("flags:\n  f: {{ enabled: true, targeting_rules: [{}] }}\n", matching(pattern));
        let said: Vec<_> = gate(&[("flags/a.yaml", &definitions)]).diagnostics;
        let rules: Vec<&str> = said.iter().map(|found| found.code.id()).collect();
        assert_eq!(rules, if is_fine { vec![] } else { vec!["too-expensive"] }, "{pattern}");
    }
}

/// Which rules a definition of one flag breaks whose only rule has so many of that condition.
fn said_of(count: usize, condition: &str) -> Vec<&'static str> {
    let conditions = vec![condition; count].join(", ");
    let definitions = format!(
        "flags:\n  f:\n    enabled: true\n    targeting_rules: [{{ any: [{conditions}] }}]\n"
    );
    let said = gate(&[("flags/a.yaml", &definitions)]).diagnostics;
    said.iter()
        .filter(|found| found.code.id() == "too-expensive")
        .map(|found| found.code.id())
        .collect()
}

#[test]
fn what_conditions_compare_with_is_counted() {
    let list = |count: usize| {
        let items: Vec<String> = (0..count).map(|number| format!("x{number}")).collect();
        format!("[{}]", items.join(", "))
    };
    let networks: Vec<String> =
        (0..2000).map(|number| format!("10.{}.{}.1", number / 250, number % 250)).collect();
    let long = format!("'{}'", "y".repeat(16 << 10));
    let test = |operator: &str, value: &str| {
        format!("{{ attribute: a, operator: {operator}, value: {value} }}")
    };
    // Each counts as so many conditions; `any` is one too.
    for (condition, cost) in [
        (test("contains", "x"), 11),
        (test("contains", &list(7)), 71),
        (test("contains", &list(8)), 76),
        (test("contains", &list(40)), 76),
        (test("contains", "x").replace(" }", ", ignore_case: true }"), 101),
        (test("eq", &long), 3),
        (test("in", &format!("[{long}]")), 3),
        (test("gt", &long), 3),
        (test("starts_with", &long), 3),
        (test("ends_with", &list(2000)), 4),
        (test("in_network", &format!("[{}]", networks.join(", "))), 3),
        (test("in", &list(2000)), 1),
    ] {
        // Long ones many times would be more than a file may have.
        if condition.len() < 1000 {
            let most = 9_999 / cost;
            assert!(said_of(most, &condition).is_empty(), "{condition}");
            assert_eq!(said_of(most + 1, &condition), ["too-expensive"], "{condition}");
        } else {
            let others = |count: usize| {
                let other = "{ attribute: a, operator: eq, value: x }";
                format!("{condition}, {}", vec![other; count].join(", "))
            };
            assert!(said_of(1, &others(9_999 - cost)).is_empty(), "{}", &condition[..60]);
            assert_eq!(said_of(1, &others(10_000 - cost)).len(), 1, "{}", &condition[..60]);
        }
    }
}

#[test]
fn what_all_flags_compare_with_is_counted_together() {
    let flags = |count: usize| -> String {
        let flag = |number| {
            format!(
                "  f{number}: {{ enabled: true, targeting_rules: [{{ attribute: a, operator: contains, \
                 value: x }}] }}\n"
            )
        };
        format!("flags:\n{}", (0..count).map(flag).collect::<String>())
    };
    for (count, expected) in [(5_000, 0), (10_000, 0), (10_001, 1), (10_003, 1)] {
        let files = [flags(count / 2), flags(count).replace(&flags(count / 2), "flags:\n")];
        let files = [("flags/a.yaml", &*files[0]), ("flags/b.yaml", &*files[1])];
        let said = gate(&files).diagnostics;
        assert_eq!(
            said.iter().filter(|found| found.code.id() == "too-expensive").count(),
            expected
        );
        assert!(said.iter().all(|found| found.code.id() == "too-expensive"), "{said:?}");
    }
}

#[test]
fn versions_times_and_addresses_are_read_up_to_a_length() {
    for (operator, operand, begin, fill) in [
        ("semver", "\">=1\"", "1.0.0+", "a"),
        ("before", "\"2030-01-01T00:00:00Z\"", "2026-01-01T00:00:00.", "0"),
        ("after", "\"2020-01-01T00:00:00Z\"", "2026-01-01T00:00:00.", "0"),
    ] {
        let comparison = comparison(operator, operand);
        let end = if operator == "semver" { "" } else { "Z" };
        for (length, expected) in
            [(READ_BYTES_MAX - 1, true), (READ_BYTES_MAX, true), (READ_BYTES_MAX + 1, false)]
        {
            let count = length - begin.len() - end.len();
            let value = text(format!("{begin}{}{end}", fill.repeat(count)));
            assert_eq!(comparison.holds(Some(&value)), expected, "{operator} {length}");
            assert_eq!(comparison.misfit(&value).is_none(), expected, "{operator} {length}");
        }
    }
}

#[test]
fn a_unit_has_a_length() {
    let definitions = definitions(
        "flags:\n  key: { enabled: true, rollout_percentage: 50 }\n  \
         own: { enabled: true, bucket_by: company, rollout_percentage: 50 }\n",
    );
    let flags = &definitions.flag_set;
    for (length, is_unit) in
        [(UNIT_BYTES_MAX - 1, true), (UNIT_BYTES_MAX, true), (UNIT_BYTES_MAX + 1, false)]
    {
        let unit = "u".repeat(length);
        let who = format!("{{\"targetingKey\": \"{unit}\", \"company\": \"{unit}\"}}");
        let context = context(&who);
        for key in ["key", "own"] {
            let flag = flags.find(key).unwrap();
            let ramp = Hash::UserFlagMd5.positions(unit.as_bytes(), key.as_bytes()).ramp;
            let found = resolve_flag(flags, flag, &context, Timestamp::UNIX_EPOCH).unwrap();
            let expected = is_unit && ramp < 50_000;
            assert_eq!(flag.unit(&context).is_some(), is_unit, "{key} {length}");
            assert_eq!(found.variant.is_some_and(Variant::is_true), expected, "{key} {length}");
        }
        let ofrep = format!("{{\"context\": {who}}}");
        let rest = format!("{{\"user_id\": \"{unit}\"}}");
        for read in [
            ofrep_request::read(ofrep.as_bytes()).map(drop),
            flags_api::read_body(rest.as_bytes()).map(drop),
        ] {
            assert_eq!(read.is_ok(), is_unit, "{length}");
            if let Err(wrong) = read {
                assert_eq!(wrong.code, ErrorCode::InvalidContext);
                assert!(wrong.details.ends_with("must have 8192 bytes at most, this one has 8193"));
            }
        }
    }
}

/// Whether a flag serves `true`, by what the memo says.
fn held<'s>(
    flags: &'s FlagSet,
    flag: &'s Flag,
    context: &EvaluationContext<'_>,
    memo: &mut Memo<'s>,
) -> bool {
    let (now, fixed) = (Timestamp::UNIX_EPOCH, FixedPositions::default());
    let found = resolve_flag_at(flags, flag, context, now, fixed, Some(memo));
    found.unwrap().variant.is_some_and(Variant::is_true)
}

#[test]
fn what_flags_share_is_looked_at_once() {
    let definitions = definitions(
        "segments:\n  dutch: [where: { country: NL }]\n  pro: [segment: dutch, flag: parent]\n\
         flags:\n  a: { enabled: true, targeting_rules: [segment: pro] }\n  \
         b: { enabled: true, requires: [{ flag: parent }], targeting_rules: [segment: pro] }\n  \
         c: { enabled: true, targeting_rules: [not: { flag: split, is: x }] }\n  \
         parent: { enabled: true, targeting_rules: [segment: dutch] }\n  \
         split: { enabled: true, variants: [x, y], default: { split: [{ variant: x, percentage: 40 }, \
         { variant: y, percentage: 60 }] } }\n",
    );
    let (flags, now) = (&definitions.flag_set, Timestamp::UNIX_EPOCH);
    for who in [
        "{}",
        "{\"country\": \"NL\"}",
        "{\"country\": \"NL\", \"targetingKey\": \"u-1\"}",
        "{\"country\": \"BE\", \"targetingKey\": \"u-5\"}",
    ] {
        let (context, mut memo) = (context(who), Memo::default());
        for _ in 0..2 {
            for flag in flags.flags() {
                let alone = resolve_flag(flags, flag, &context, now);
                let fixed = FixedPositions::default();
                let found = resolve_flag_at(flags, flag, &context, now, fixed, Some(&mut memo));
                assert_eq!(format!("{found:?}"), format!("{alone:?}"), "{who} {}", flag.key);
            }
        }
        // What is known is not looked at again: neither the segment nor the flag.
        let dutch = memo.segment(SegmentIndex(0)).unwrap().unwrap();
        assert_eq!(dutch, who.contains("NL"));
        let flag = flags.find("a").unwrap();
        let mut other = Memo::default();
        assert_eq!(held(flags, flag, &context, &mut other), dutch);
        let mut other = Memo::default();
        other.keep_segment(SegmentIndex(0), Ok(true));
        other.keep_flag(FlagIndex(3), Ok(None));
        assert!(!held(flags, flag, &context, &mut other));
        let mut other = Memo::default();
        other.keep_segment(SegmentIndex(1), Ok(!dutch));
        assert_eq!(held(flags, flag, &context, &mut other), !dutch);
    }
}

#[test]
fn many_lists_and_mappings_are_told_apart() {
    let wanted: Vec<String> = (0..40)
        .map(|number| format!("[\"Ä{number}\", {number}.0, {{\"k\": [{number}, null, true]}}]"))
        .collect();
    let list = format!("[{}, true, true, 9223372036854774784]", wanted.join(","));
    let operand: Value<'_> = serde_json::from_str(&list).unwrap();
    for operator in ["in", "contains"] {
        let operator = Operator::find(operator).unwrap();
        let exact = operator.compare_with(&operand).unwrap();
        let folded = operator.compare_ignoring_case(&operand).unwrap();
        let wrapped = |value: &str| match operator.name {
            "in" => value.to_owned(),
            _ => format!("[7, {value}]"),
        };
        for (value, expected) in [
            ("[\"Ä3\", 3, {\"k\": [3.0, null, true]}]", (true, true)),
            ("[\"ä3\", 3, {\"k\": [3.0, null, true]}]", (false, true)),
            ("[\"Ä3\", 3, {\"K\": [3.0, null, true]}]", (false, false)),
            ("[\"Ä3\", 4, {\"k\": [3.0, null, true]}]", (false, false)),
            ("[\"Ä41\", 41, {\"k\": [41, null, true]}]", (false, false)),
            ("true", (true, true)),
            ("false", (false, false)),
            ("9223372036854774784", (true, true)),
            ("9.223372036854774784e18", (true, true)),
        ] {
            let value = wrapped(value);
            let value: Value<'_> = serde_json::from_str(&value).unwrap();
            let found = (exact.holds(Some(&value)), folded.holds(Some(&value)));
            assert_eq!(found, expected, "{} {value}", operator.name);
        }
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
    for count in [1, 7, 8, 9, 40] {
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
