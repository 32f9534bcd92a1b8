//! What `--fail-on` counts: which changes pass and which do not.

use flagstaff::diff::{
    policy::Forbidden,
    population::{Census, CountedMove},
};

use crate::diff::Change;

/// A change of one file.
fn change(base: &str, head: &str) -> Change {
    let files = |text: &str| vec![("flags/a.yaml".to_owned(), format!("flags:\n{text}"))];
    Change { base: files(base), head: files(head) }
}

/// How often a change does what is forbidden.
fn hits(change: &Change, forbidden: &str, census: Option<&Census>) -> usize {
    let forbidden: Forbidden = forbidden.parse().unwrap();
    change.compare(|diff, _, _| {
        let censuses = vec![census.cloned(); diff.flags.len()];
        forbidden.violations(diff, &censuses).len()
    })
}

#[track_caller]
fn check(base: &str, head: &str, forbidden: &str, expected: usize) {
    assert_eq!(hits(&change(base, head), forbidden, None), expected, "{base}{head}{forbidden}");
}

/// A flag with these fields.
fn flag(fields: &str) -> String {
    format!("  f: {{ enabled: true, {fields} }}\n")
}

#[test]
fn another_value_is_got_and_was_not_had() {
    for (base, head, forbidden, expected) in [
        ("x: false", "x: true", "widened-over=0", 1),
        ("x: true", "x: false", "widened-over=0", 0),
        ("x: 1", "x: 2", "widened-over=0", 1),
        ("x: 1", "x: 1", "widened-over=0", 0),
        ("x: false", "x: \"true\"", "type-changed", 1),
        ("x: false", "x: \"true\"", "widened-over=0", 1),
        ("x: 1", "x: 2", "type-changed", 0),
        ("x: false", "x: true", "widened-to-everyone", 1),
        ("x: true", "x: false", "widened-to-everyone", 0),
    ] {
        let of =
            |values: &str| flag(&format!("variants: {{ {values} }}, default: x, off_variant: x"));
        check(&of(base), &of(head), forbidden, expected);
    }
}

#[test]
fn which_variants_are_true_is_another_thing_before_than_after() {
    let base = flag("variants: { a: true, b: false }, off_variant: b, default: b");
    let head = flag("variants: { a: false, b: true, d: true }, off_variant: b, default: d");
    check(&base, &head, "widened-over=0", 1);
    let head = flag("variants: { a: false, b: true, d: false }, off_variant: b, default: d");
    check(&base, &head, "widened-over=0", 0);
    // A new name alone is nothing that anybody gains.
    let head = flag("variants: { z: true, b: false }, off_variant: b, default: b");
    check(&base, &head, "widened-over=0", 0);
}

#[test]
fn listed_users_gain_a_value() {
    let of = |value: u8| {
        let users = "users: { b: [u1] }";
        flag(&format!("variants: {{ a: 1, b: {value} }}, off_variant: a, default: a, {users}"))
    };
    check(&of(2), &of(3), "widened-over=0", 1);
    check(&of(2), &of(2), "widened-over=0", 0);
}

#[test]
fn a_renamed_flag_that_is_hashed_anew_is_rebucketed() {
    let of = |key: &str, salt: &str| {
        let split = "split: [{ variant: a, percentage: 50 }, { variant: b, percentage: 50 }]";
        let own = format!("variants: [a, b], off_variant: a, default: {{ {split} }}");
        format!("  {key}: {{ enabled: true{salt}, {own} }}\n")
    };
    for (salt, expected) in [("", 1), (", salt: other", 1), (", salt: old", 0)] {
        check(&of("old", ""), &of("new", salt), "rebucketed", expected);
    }
}

/// Seventy groups lose much, and one gains a little less.
fn many() -> Change {
    let of = |lowered: bool| {
        let rules: Vec<String> = (0..70)
            .map(|number| {
                let ramp = if lowered { number } else { 100_000 - number };
                let ramp = format!("{}.{:03}", ramp / 1000, ramp % 1000);
                let condition = format!("if: [where: {{ c: v{number} }}]");
                format!("{{ {condition}, rollout_percentage: {ramp}, serve: enabled }}")
            })
            .collect();
        let last = if lowered { 50 } else { 0 };
        let last =
            format!("{{ if: [where: {{ c: z }}], rollout_percentage: {last}, serve: enabled }}");
        flag(&format!("rules: [{}, {last}]", rules.join(", ")))
    };
    change(&of(false), &of(true))
}

#[test]
fn the_largest_gain_counts_however_many_groups_there_are() {
    let change = many();
    assert!(change.shown("human").contains("more groups"), "{}", change.shown("human"));
    assert_eq!(hits(&change, "widened-over=49", None), 1);
    assert_eq!(hits(&change, "widened-over=50", None), 0);
    // What is left out may be all that a population meets.
    let moves = vec![CountedMove {
        from: Some("disabled".to_owned()),
        to: Some("enabled".to_owned()),
        count: 6,
        examples: Vec::new(),
    }];
    let census = Census { contexts: 10, moves };
    assert_eq!(hits(&change, "widened-over=50", Some(&census)), 1);
}

/// Whom the rule `safe` still serves is not decided, so everybody else may be everybody.
#[test]
fn what_is_not_decided_is_not_taken_to_be_good() {
    let of = |condition: &str| {
        let safe = format!("{{ name: safe{condition}, rollout_percentage: 30, serve: disabled }}");
        let rules = format!("rules: [{safe}], default: enabled");
        format!(
            "  a: {{ enabled: true, salt: s, rollout_percentage: 30 }}\n{}",
            flag(&format!("salt: s, {rules}"))
        )
    };
    let (base, head) = (of(""), of(", if: [not: { flag: a }]"));
    for forbidden in ["any", "widened-to-everyone", "unreachable", "rebucketed", "not-computed"] {
        check(&base, &head, forbidden, 1);
    }
    check(&base, &head, "variant-removed", 0);
    check(&base, &head, "removed", 0);
}

#[test]
fn a_rule_that_was_dead_before_is_not_made_so() {
    let of = |rules: &str| {
        flag(&format!("variants: [a, b, c], off_variant: a, default: a, rules: [{rules}]"))
    };
    let nl = "if: [where: { c: NL }]";
    let both = "if: [where: { c: NL }, where: { d: 1 }]";
    let all = "if: [{ attribute: c, operator: exists, value: true }]";
    let base = of(&format!("{{ {nl}, serve: b }}, {{ {both}, serve: c }}"));
    for (head, expected) in [
        // The second is another one than that which was dead.
        (format!("{{ {all}, serve: c }}, {{ {nl}, serve: b }}"), 1),
        // The third is that one.
        (format!("{{ {all}, serve: c }}, {{ {nl}, serve: b }}, {{ {both}, serve: c }}"), 1),
        // Both have only got names, or another ramp.
        (format!("{{ name: x, {nl}, serve: b }}, {{ name: y, {both}, serve: c }}"), 0),
        (format!("{{ {nl}, serve: b }}, {{ {both}, rollout_percentage: 40, serve: c }}"), 0),
        // One that comes dead.
        (format!("{{ {nl}, serve: b }}, {{ {both}, serve: c }}, {{ {nl}, serve: c }}"), 1),
    ] {
        check(&base, &of(&head), "unreachable", expected);
    }
}
