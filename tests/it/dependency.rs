//! What conditions count towards the bounds of one evaluation, and of a request for all flags.

use flagstaff::api::{
    call::Options,
    evaluation::{ANY_LENGTH_WEIGHT_MAX, all_flags_body_bytes_max},
};
use flagstaff::definition::dependency::{self, SEARCHES_WEIGHT_MAX};
use flagstaff::diagnostics::{
    code::Code,
    place::{FileId, Place},
};
use flagstaff::engine::{
    condition::{AttributeTest, Condition, Segment},
    context::Attribute,
};

use crate::{
    bounds::comparison,
    compile::gate,
    served::{ask, route, shown as shown_answer},
};

#[test]
fn what_patterns_cost_is_counted() {
    let matching =
        |pattern: &str| format!("{{ attribute: a, operator: matches, value: '{pattern}' }}");
    // Whatever is one automaton: three beside the condition itself, and one for `any`.
    for pattern in ["^a", "^[0-9a-f]{64}$", "(?i)^(alpha|beta|gamma|delta)$", r"\w{40}"] {
        assert!(said_of(2_499, &matching(pattern)).is_empty(), "{pattern}");
        assert_eq!(said_of(2_500, &matching(pattern)), ["too-expensive"], "{pattern}");
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
        (test("contains", "7"), 21),
        (test("contains", "[7, x]"), 31),
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
fn what_patterns_and_texts_that_are_read_count_together_is_bounded() {
    let test = |operator: &str, value: &str| {
        format!("{{ attribute: a, operator: {operator}, value: '{value}' }}")
    };
    for (condition, most) in
        [(test("matches", "^a$"), 8_333), (test("matches", "[ab]*a[ab]{90}c"), 85)]
    {
        for (count, expected) in [(most, 0), (most + 1, 1)] {
            let flag = |number| {
                format!("  f{number}: {{ enabled: true, targeting_rules: [{condition}] }}\n")
            };
            let flags = format!("flags:\n{}", (0..count).map(flag).collect::<String>());
            let said = gate(&[("flags/a.yaml", &flags)]).diagnostics;
            let found = said.iter().filter(|found| found.code == Code::TooExpensive).count();
            assert_eq!(found, expected, "{condition} {count}");
        }
    }
}

#[test]
fn texts_that_are_read_count_an_eighth_in_a_request_for_all_flags() {
    let readings = [
        ("semver", "\">=2\""),
        ("before", "\"2030-01-01T00:00:00Z\""),
        ("after", "\"2020-01-01T00:00:00Z\""),
        ("in_network", "\"10.0.0.0/8\""),
        ("eq", "1"),
    ];
    let place = Place::start_of(FileId(0));
    let condition = |(operator, operand): (&str, &str)| {
        let attribute = Attribute::new("a");
        let comparison = comparison(operator, operand);
        Condition::Attribute(AttributeTest { attribute, comparison, place })
    };
    // 400 in each segment are read, and 100 are not.
    let segment = |number: usize| Segment {
        name: format!("s{number}").into(),
        conditions: (0..100).flat_map(|_| readings.map(condition)).collect(),
        place,
    };
    for (count, expected) in [(500, 0), (501, 1)] {
        let segments: Vec<Segment> = (0..count).map(segment).collect();
        let mut said = Vec::new();
        assert_eq!(dependency::check(&segments, &[], &mut said), 0);
        assert_eq!(said.len(), expected, "{said:?}");
        assert!(
            said.iter().all(|found| found.message.to_string().contains("patterns, versions")),
            "{said:?}"
        );
    }
}

#[test]
fn a_question_for_all_flags_is_shorter_where_it_is_searched_very_often() {
    assert_eq!(all_flags_body_bytes_max(0), usize::MAX);
    assert_eq!(all_flags_body_bytes_max(ANY_LENGTH_WEIGHT_MAX), usize::MAX);
    assert_eq!(all_flags_body_bytes_max(2 * ANY_LENGTH_WEIGHT_MAX), 128 << 10);
    assert_eq!(all_flags_body_bytes_max(SEARCHES_WEIGHT_MAX), 16 << 10);
    let flag = |number: usize| {
        format!(
            "  f{number}: {{ enabled: true, targeting_rules: [{{ attribute: a, operator: contains, \
             value: x }}] }}\n"
        )
    };
    let text = format!("flags:\n{}", (0..2_500).map(flag).collect::<String>());
    let route = route(&text, Options::default());
    let ofrep = |bytes: usize| {
        let begin = "{\"context\": {\"a\": \"";
        format!("{begin}{}\"}}}}", "y".repeat(bytes - begin.len() - 3))
    };
    let rest = |bytes: usize| format!("{{\"a\": \"{}\"}}", "y".repeat(bytes - 9));
    let most = 64 << 10;
    for (path, body) in [
        ("/ofrep/v1/evaluate/flags", &ofrep as &dyn Fn(usize) -> String),
        ("/flags/evaluate", &rest),
    ] {
        let line = format!("POST {path}");
        assert_eq!(ask(&route, &line, &[], body(most)).status(), 200, "{path}");
        let refused = shown_answer(&ask(&route, &line, &[], body(most + 1)));
        assert!(refused.starts_with("413"), "{path}: {refused}");
        assert!(refused.contains("may have 65536"), "{refused}");
    }
    // One flag has no such bound.
    let one = ask(&route, "POST /ofrep/v1/evaluate/flags/f1", &[], ofrep(most + 1));
    assert_eq!(one.status(), 200);
}
