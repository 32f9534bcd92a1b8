//! What the rules about things that are legal and still unwise mean.

use crate::diagnostics::explanation::Rule;

/// The table.
pub const RULES: &[Rule] = &[
    Rule::warning(
        "contradiction",
        "conditions that can never hold together",
        "All conditions of a list must hold at once. Two that exclude one another make a rule that
        matches nobody. For one of several values use `in` (or a list in `where`); for one of
        several conditions, `any`.",
        r"
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - where: { country: NL }
              - where: { country: BE }
        ",
        r"
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - where: { country: [NL, BE] }
        ",
    ),
    Rule::warning(
        "empty-list",
        "a condition compares with an empty list",
        "Nothing is one of no values, so the condition never holds. Fill the list, or take the
        condition out if it was meant to let everybody pass.",
        r"
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - where: { country: [] }
        ",
        r"
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - where: { country: [NL] }
        ",
    ),
    Rule::warning(
        "enabled-not-stated",
        "a flag nowhere says `enabled`",
        "Without `enabled: true` a flag is off. Whoever reads the file should not have to know
        that, so it is better said.",
        r"
        flags:
          new-checkout: { rollout_percentage: 25 }
        ",
        r"
        flags:
          new-checkout: { enabled: false, rollout_percentage: 25 }
        ",
    ),
    Rule::note(
        "expired",
        "a flag is past the day on which it was to be gone",
        "`expires` is the team's own note. Nothing stops working on that day: remove the flag and
        the code that asks for it, or move the day.",
        r"
        flags:
          new-checkout: { enabled: true, expires: 2020-01-31 }
        ",
        r"
        flags:
          new-checkout: { enabled: true, expires: 2099-01-31 }
        ",
    ),
    Rule::warning(
        "keys-differ-in-case",
        "two flag keys differ only in case",
        "They are two flags, and sooner or later somebody will ask for the wrong one.",
        r"
        flags:
          new-checkout: { enabled: true }
          New-Checkout: { enabled: false }
        ",
        r"
        flags:
          new-checkout: { enabled: true }
          old-checkout: { enabled: false }
        ",
    ),
    Rule::warning(
        "mixed-numbers",
        "a flag has whole and fractional numbers among its variants",
        "Numbers reach the clients as they are written. Some clients refuse `10` where they ask for
        a float, others `10.5` where they ask for an integer, so write all variants alike.",
        r"
        flags:
          page-scale:
            enabled: true
            variants: { normal: 1, large: 1.5 }
            default: normal
            off_variant: normal
        ",
        r"
        flags:
          page-scale:
            enabled: true
            variants: { normal: 1.0, large: 1.5 }
            default: normal
            off_variant: normal
        ",
    ),
    Rule::note(
        "no-default",
        "a flag has no `default`",
        "Who matches no rule gets the default in the caller's code. That can be meant, but some
        providers report an answer without a value as an error.",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            off_variant: light
            rules:
              - { if: [where: { is_staff: true }], serve: dark }
        ",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            off_variant: light
            rules:
              - { if: [where: { is_staff: true }], serve: dark }
            default: light
        ",
    ),
    Rule::warning(
        "no-effect",
        "a field has no effect beside `staff_only`",
        "`staff_only` gives staff `true` and everyone else `false`, whatever the other fields say.
        A ramp or a rule beside it looks as if it did something.",
        r"
        flags:
          toolbar: { enabled: true, staff_only: true, rollout_percentage: 25 }
        ",
        r"
        flags:
          toolbar: { enabled: true, staff_only: true }
        ",
    ),
    Rule::note(
        "partial-version",
        "a comparison of versions leaves out parts of the number",
        "With `=`, `>` and `<=` it matters what the missing parts mean, and here they mean what they
        mean in Cargo: `=1.2` is any 1.2.x, `<=1.2` includes every 1.2.x, and `>1.2` begins at
        1.3.0. Write all three numbers for one version, or the wildcard (`=1.2.*`) to say that you
        mean them all.",
        r#"
        flags:
          new-app:
            enabled: true
            targeting_rules:
              - { attribute: app_version, operator: semver, value: ">2.1" }
        "#,
        r#"
        flags:
          new-app:
            enabled: true
            targeting_rules:
              - { attribute: app_version, operator: semver, value: ">=2.2.0" }
        "#,
    ),
    Rule::note(
        "same-ignoring-case",
        "a list has a value twice, once case is ignored",
        "With `ignore_case`, one spelling stands for all. The others change nothing and can go.",
        r"
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - { attribute: country, operator: in, value: [NL, nl, BE], ignore_case: true }
        ",
        r"
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - { attribute: country, operator: in, value: [NL, BE], ignore_case: true }
        ",
    ),
    Rule::warning(
        "shadowed-ramp",
        "a ramp that earlier rules leave nothing of",
        "All ramps of a flag are measured on one line: who is among the first 10 % of one rule is
        among the first 25 % of another. So a rule selects nobody if an earlier one with the same
        conditions, or none, takes as much or more. Put the smaller ramp first, or raise the later
        one.",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark, blue]
            off_variant: light
            rules:
              - { name: dark, rollout_percentage: 25, serve: dark }
              - { name: blue, rollout_percentage: 10, serve: blue }
            default: light
        ",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark, blue]
            off_variant: light
            rules:
              - { name: dark, rollout_percentage: 25, serve: dark }
              - { name: blue, rollout_percentage: 35, serve: blue }
            default: light
        ",
    ),
    Rule::warning(
        "staff-only-while-off",
        "a `staff_only` flag is not enabled, and staff get it all the same",
        "`staff_only` overrules `enabled`, so the file says off and staff see on. State `enabled:
        true`, or take `staff_only` out to switch the flag off for everybody.",
        r"
        flags:
          toolbar: { enabled: false, staff_only: true }
        ",
        r"
        flags:
          toolbar: { enabled: true, staff_only: true }
        ",
    ),
    Rule::warning(
        "undeclared-attribute",
        "an attribute is used that no file declares",
        "Once any attribute is declared under `attributes`, a name that is not is probably
        misspelled: an attribute that nobody sends never matches. If it is sent, declare it.",
        r"
        attributes:
          country: { type: string }
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - any: [where: { country: NL }, where: { contry: BE }]
        ",
        r"
        attributes:
          country: { type: string }
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - any: [where: { country: NL }, where: { country: BE }]
        ",
    ),
    Rule::warning(
        "unreachable-rule",
        "a rule that can never match, because earlier ones serve everybody it could",
        "The first rule that matches wins. One without conditions and ramp serves everybody, so
        what follows it is never reached; nor is a rule whose conditions an earlier one has
        already. Move the narrower rule up.",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            off_variant: light
            rules:
              - { name: everybody, serve: light }
              - { name: staff, if: [where: { is_staff: true }], serve: dark }
            default: light
        ",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            off_variant: light
            rules:
              - { name: staff, if: [where: { is_staff: true }], serve: dark }
              - { name: everybody, serve: light }
            default: light
        ",
    ),
    Rule::warning(
        "unused-attribute",
        "a declared attribute is used nowhere",
        "No condition looks at it. The declaration may be left over, or the condition that was to
        use it misspells its name.",
        r"
        attributes:
          country: { type: string }
        flags:
          new-checkout: { enabled: true }
        ",
        r"
        attributes:
          country: { type: string }
        flags:
          new-checkout: { enabled: true, targeting_rules: [where: { country: NL }] }
        ",
    ),
    Rule::warning(
        "unused-segment",
        "a segment is used nowhere",
        "No flag and no other segment names it. It may be left over, or the flag that was to use it
        has its conditions written out.",
        r"
        segments:
          benelux: [where: { country: [NL, BE, LU] }]
        flags:
          new-checkout: { enabled: true, targeting_rules: [where: { country: [NL, BE, LU] }] }
        ",
        r"
        segments:
          benelux: [where: { country: [NL, BE, LU] }]
        flags:
          new-checkout: { enabled: true, targeting_rules: [segment: benelux] }
        ",
    ),
    Rule::warning(
        "unusual-key",
        "a flag key has characters that need care in addresses and shells",
        "Letters, digits and `.`, `_`, `/`, `:`, `-` pass through addresses, shells and logs as
        they are. Anything else has to be escaped somewhere, and will be forgotten somewhere.",
        r"
        flags:
          new checkout: { enabled: true }
        ",
        r"
        flags:
          new-checkout: { enabled: true }
        ",
    ),
];
