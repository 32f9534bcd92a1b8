//! What the rules about flag tests mean.

use crate::definition::rule::Rule;

/// The table.
pub const RULES: &[Rule] = &[
    Rule::error(
        "matrix-too-large",
        "the matrix of a test has too many combinations",
        "A matrix asks one question for every combination of its values, so each further attribute
        multiplies them; 1 000 is the limit. Split the test in two, or list only the values that
        make a difference.",
        "// A matrix of four attributes with ten values each.",
        r"
        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true, targeting_rules: [where: { country: [NL, BE] }] }
        # flags/checkout.test.yaml
        tests:
          - flag: new-checkout
            matrix: { country: [NL, BE], targetingKey: [u-1, u-2] }
            expect: { value: true }
        ",
    ),
    Rule::error(
        "now-in-context",
        "the context of a test has `now` in it",
        "Callers cannot send `now`: it is the time of the evaluation, and what they send under that
        name is ignored. A test sets the clock with `at`.",
        r"
        # flags/launch.yaml
        flags:
          launch:
            enabled: true
            targeting_rules:
              - { attribute: now, operator: after, value: 2026-12-01T09:00:00Z }
        # flags/launch.test.yaml
        tests:
          - flag: launch
            context: { now: 2026-12-02T00:00:00Z }
            expect: { value: true }
        ",
        r"
        # flags/launch.yaml
        flags:
          launch:
            enabled: true
            targeting_rules:
              - { attribute: now, operator: after, value: 2026-12-01T09:00:00Z }
        # flags/launch.test.yaml
        tests:
          - flag: launch
            at: 2026-12-02T00:00:00Z
            expect: { value: true }
        ",
    ),
    Rule::error(
        "set-twice",
        "an attribute is in the context of a test and in its matrix",
        "The matrix stands for several values of an attribute, the context for one. Keep the one
        that the test is about.",
        r"
        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true, targeting_rules: [where: { country: [NL, BE] }] }
        # flags/checkout.test.yaml
        tests:
          - flag: new-checkout
            context: { country: NL }
            matrix: { country: [NL, BE] }
            expect: { value: true }
        ",
        r"
        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true, targeting_rules: [where: { country: [NL, BE] }] }
        # flags/checkout.test.yaml
        tests:
          - flag: new-checkout
            matrix: { country: [NL, BE] }
            expect: { value: true }
        ",
    ),
    Rule::warning(
        "test-without-at",
        "a test's answer depends on the time, and the test does not set it",
        "A condition on `now` gives another answer once its time has come, so the test would fail
        one day without anybody having changed anything. Set the clock with `at`; two tests, one
        before and one after, are better still.",
        r"
        # flags/launch.yaml
        flags:
          launch:
            enabled: true
            targeting_rules:
              - { attribute: now, operator: after, value: 2020-12-01T09:00:00Z }
        # flags/launch.test.yaml
        tests:
          - flag: launch
            expect: { value: true }
        ",
        r"
        # flags/launch.yaml
        flags:
          launch:
            enabled: true
            targeting_rules:
              - { attribute: now, operator: after, value: 2020-12-01T09:00:00Z }
        # flags/launch.test.yaml
        tests:
          - flag: launch
            at: 2020-12-01T08:59:59Z
            expect: { value: false }
          - flag: launch
            at: 2020-12-01T09:00:00Z
            expect: { value: true }
        ",
    ),
    Rule::error(
        "unknown-rule",
        "a test expects a rule that the flag does not have",
        "A rule is expected by its name, or by its place if it has none: `#1`, `#2`. The steps that
        are no rule are `users`, `default` and `off`.",
        r"
        # flags/checkout.yaml
        flags:
          new-checkout:
            enabled: true
            rules: [{ name: Benelux, if: [where: { country: [NL, BE] }], serve: enabled }]
        # flags/checkout.test.yaml
        tests:
          - flag: new-checkout
            context: { country: NL }
            expect: { rule: benelux }
        ",
        r"
        # flags/checkout.yaml
        flags:
          new-checkout:
            enabled: true
            rules: [{ name: Benelux, if: [where: { country: [NL, BE] }], serve: enabled }]
        # flags/checkout.test.yaml
        tests:
          - flag: new-checkout
            context: { country: NL }
            expect: { rule: Benelux }
        ",
    ),
];
