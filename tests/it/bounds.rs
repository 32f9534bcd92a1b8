//! What one question can cost: at, below and above each bound.

use flagstaff::api::{error::ErrorCode, flags_api, ofrep_request};
use flagstaff::engine::{
    comparison::{Comparison, MATCHED_BYTES_MAX, READ_BYTES_MAX},
    condition::{FlagIndex, SegmentIndex},
    context::{EvaluationContext, UNIT_BYTES_MAX},
    flag::{Flag, FlagSet, Variant},
    memo::Memo,
    operator::Operator,
    phrase::SHOWN_CHARACTERS_MAX,
    resolution::FixedPositions,
    resolve::{explain, explain_within, resolve_flag, resolve_flag_at},
    scheme::Hash,
    trace::{STEPS_MAX, Trace, What, shown},
    value::Value,
};
use jiff::Timestamp;

use crate::{evaluation::definitions, exercise::context};

/// What an operator makes of its value, which is JSON.
pub fn comparison(operator: &str, operand: &str) -> Comparison {
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
