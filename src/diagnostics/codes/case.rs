//! What the rules about flag tests mean.

use crate::diagnostics::explanation::Rule;

/// The table.
pub const RULES: &[Rule] = &[
    Rule::error(
        "matrix-too-large",
        "the matrix of a flag test has more than 1 000 combinations",
        "A matrix asks for every combination of its values, so their numbers multiply. A thousand
        questions is what one test may ask. Most often two tests say better what is meant, each with
        the attributes that matter to it.",
        "// A test with four attributes of ten values each: 10 000 combinations.",
        r"
        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true }
        # flags/checkout.test.yaml
        tests:
          - flag: new-checkout
            matrix: { country: [NL, BE, LU], plan: [free, pro] }
            expect: { value: true }
        ",
    ),
    Rule::error(
        "now-in-context",
        "a flag test sends `now` as an attribute",
        "`now` is the time of the evaluation. Callers cannot send it, so neither can a test: what is
        sent under that name is ignored. A test sets the clock with `at`.",
        r"
        # flags/launch.yaml
        flags:
          launch:
            enabled: true
            targeting_rules: [{ attribute: now, operator: after, value: 2027-02-06T18:00:00Z }]
        # flags/launch.test.yaml
        tests:
          - { flag: launch, context: { now: 2027-03-01T00:00:00Z }, expect: { value: true } }
        ",
        r"
        # flags/launch.yaml
        flags:
          launch:
            enabled: true
            targeting_rules: [{ attribute: now, operator: after, value: 2027-02-06T18:00:00Z }]
        # flags/launch.test.yaml
        tests:
          - { flag: launch, at: 2027-03-01T00:00:00Z, expect: { value: true } }
        ",
    ),
    Rule::error(
        "set-twice",
        "an attribute is both in the context and in the matrix of a flag test",
        "The matrix adds its attributes to the context. One that is in both would have two values,
        and the test would not say which one is meant.",
        r"
        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true }
        # flags/checkout.test.yaml
        tests:
          - flag: new-checkout
            context: { country: DE, plan: pro }
            matrix: { country: [NL, BE] }
            expect: { value: true }
        ",
        r"
        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true }
        # flags/checkout.test.yaml
        tests:
          - flag: new-checkout
            context: { plan: pro }
            matrix: { country: [DE, NL, BE] }
            expect: { value: true }
        ",
    ),
    Rule::warning(
        "test-without-at",
        "a flag test depends on the day on which it is run",
        "On the way to this answer a condition looked at `now`, and the test does not set the clock.
        It may pass today and fail tomorrow, in the pull request of somebody else. Set the clock
        with `at`, best once before and once after the instant that matters.",
        r"
        # flags/launch.yaml
        flags:
          launch:
            enabled: true
            targeting_rules: [{ attribute: now, operator: after, value: 2020-01-01T00:00:00Z }]
        # flags/launch.test.yaml
        tests:
          - { flag: launch, expect: { value: true } }
        ",
        r"
        # flags/launch.yaml
        flags:
          launch:
            enabled: true
            targeting_rules: [{ attribute: now, operator: after, value: 2020-01-01T00:00:00Z }]
        # flags/launch.test.yaml
        tests:
          - { flag: launch, at: 2019-12-31T23:59:59Z, expect: { value: false } }
          - { flag: launch, at: 2020-01-01T00:00:00Z, expect: { value: true } }
        ",
    ),
    Rule::warning(
        "unknown-attribute",
        "a flag test sends an attribute that no flag looks at, and much like one that is looked at",
        "What no condition looks at makes no difference, so a misspelled attribute in a test that
        expects `false` lets it pass whatever the flag does. Attributes that are like no other may
        be sent: a context may hold more than the flags ask for.",
        r"
        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true, targeting_rules: [where: { country: [NL, BE] }] }
        # flags/checkout.test.yaml
        tests:
          - { flag: new-checkout, context: { contry: DE }, expect: { value: false } }
        ",
        r"
        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true, targeting_rules: [where: { country: [NL, BE] }] }
        # flags/checkout.test.yaml
        tests:
          - { flag: new-checkout, context: { country: DE, os: web }, expect: { value: false } }
        ",
    ),
    Rule::error(
        "unknown-rule",
        "a flag test expects a rule that the flag does not have",
        "`rule` is the name of the rule that decides, as the flag has it; a rule without a name is
        `#1`, `#2` and so on, in quotes, since `#` begins a comment. `users`, `default` and `off`
        stand for the steps that are no rule.",
        r"
        # flags/theme.yaml
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            rules: [{ name: staff first, if: [where: { is_staff: true }], serve: dark }]
            default: light
            off_variant: light
        # flags/theme.test.yaml
        tests:
          - { flag: theme, context: { is_staff: true }, expect: { rule: staff-frist } }
        ",
        r"
        # flags/theme.yaml
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            rules: [{ name: staff first, if: [where: { is_staff: true }], serve: dark }]
            default: light
            off_variant: light
        # flags/theme.test.yaml
        tests:
          - { flag: theme, context: { is_staff: true }, expect: { rule: staff first } }
        ",
    ),
];
