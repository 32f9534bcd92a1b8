//! What the rules about attributes and what they are compared with mean.

use crate::diagnostics::explanation::Rule;

/// The table.
pub const RULES: &[Rule] = &[
    Rule::error(
        "attribute-misfit",
        "an attribute is compared with a value of another type than it is declared with",
        "Nothing is converted: a number never equals a string, so this condition could not hold.
        Compare with a value of the declared type, or mend the declaration.",
        r#"
        attributes:
          age: { type: integer }
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - { attribute: age, operator: gte, value: "18" }
        "#,
        r"
        attributes:
          age: { type: integer }
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - { attribute: age, operator: gte, value: 18 }
        ",
    ),
    Rule::error(
        "bad-network",
        "a value of `in_network` is no network",
        "A network is an address and the length of its prefix, such as `10.0.0.0/8` or
        `2001:db8::/32`; an address alone is a network of one. No number begins with a zero: to some
        programs `010` is ten, to others eight.",
        r"
        flags:
          office-only:
            enabled: true
            targeting_rules:
              - { attribute: ip, operator: in_network, value: 10.0.0.* }
        ",
        r"
        flags:
          office-only:
            enabled: true
            targeting_rules:
              - { attribute: ip, operator: in_network, value: 10.0.0.0/24 }
        ",
    ),
    Rule::error(
        "bad-regex",
        "a value of `matches` is no regular expression",
        "Patterns have the syntax of Rust's `regex` crate, which takes time in proportion to the
        text and so has no look-around and no back-references. A pattern is found anywhere in the
        text unless it says `^` and `$`.",
        r"
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - { attribute: email, operator: matches, value: '(@example\.com$' }
        ",
        r"
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - { attribute: email, operator: matches, value: '@example\.com$' }
        ",
    ),
    Rule::error(
        "bad-time",
        "a value of `before` or `after` is no time",
        "A time is a day, a time of day and an offset from UTC (RFC 3339), in a year from 0000 to
        9999. Without the offset it would mean another instant on every machine. Callers may also
        send a space for the `T` and an offset without its colon, as Python and PHP print times; in
        a definition there is one way to write a time.",
        r"
        flags:
          launch:
            enabled: true
            targeting_rules:
              - { attribute: now, operator: after, value: 2026-12-01 09:00 }
        ",
        r"
        flags:
          launch:
            enabled: true
            targeting_rules:
              - { attribute: now, operator: after, value: 2026-12-01T09:00:00+01:00 }
        ",
    ),
    Rule::error(
        "bad-version",
        "a value of `semver` is no requirement on versions",
        "A requirement is one or several comparisons with commas between: `>=2.1, <3`, `^1.4`,
        `~2.0.3`, `1.2.*`. It means what it means in Cargo, but for pre-releases, which are versions
        like any other.",
        r#"
        flags:
          new-app:
            enabled: true
            targeting_rules:
              - { attribute: app_version, operator: semver, value: "2.1 or later" }
        "#,
        r#"
        flags:
          new-app:
            enabled: true
            targeting_rules:
              - { attribute: app_version, operator: semver, value: ">=2.1" }
        "#,
    ),
    Rule::error(
        "built-in-attribute",
        "a built-in attribute is declared with another type",
        "`targetingKey` is a string, `is_staff` a boolean, and `now` the time of the evaluation.
        They need no declaration; one that gives them a description has to keep the type.",
        r"
        attributes:
          is_staff: { type: string }
        flags:
          toolbar: { enabled: true, targeting_rules: [where: { is_staff: true }] }
        ",
        r"
        attributes:
          is_staff: { type: boolean, description: Signed in with a company account }
        flags:
          toolbar: { enabled: true, targeting_rules: [where: { is_staff: true }] }
        ",
    ),
    Rule::error(
        "enum-misfit",
        "a declared `enum` has a value of another type than the attribute",
        "All values of an attribute's `enum` are of its `type`; any other could never be sent.",
        r#"
        attributes:
          tier: { type: integer, enum: [1, "2"] }
        flags:
          new-checkout: { enabled: true, targeting_rules: [where: { tier: 1 }] }
        "#,
        r"
        attributes:
          tier: { type: integer, enum: [1, 2] }
        flags:
          new-checkout: { enabled: true, targeting_rules: [where: { tier: 1 }] }
        ",
    ),
    Rule::error(
        "not-in-enum",
        "an attribute is compared with a value that is not in its declared `enum`",
        "Nobody sends this value, so the condition could not hold. It may be misspelled, or missing
        from the declaration.",
        r"
        attributes:
          plan: { type: string, enum: [free, pro, enterprise] }
        flags:
          new-checkout: { enabled: true, targeting_rules: [where: { plan: [pro, enterprize] }] }
        ",
        r"
        attributes:
          plan: { type: string, enum: [free, pro, enterprise] }
        flags:
          new-checkout: { enabled: true, targeting_rules: [where: { plan: [pro, enterprise] }] }
        ",
    ),
    Rule::error(
        "now-operator",
        "`now` is compared with another operator than `before` or `after`",
        "`now` is the time of the evaluation. `after` includes the instant itself, `before` does
        not, so the two divide time without a gap.",
        r"
        flags:
          launch:
            enabled: true
            targeting_rules:
              - { attribute: now, operator: gte, value: 2026-12-01T09:00:00Z }
        ",
        r"
        flags:
          launch:
            enabled: true
            targeting_rules:
              - { attribute: now, operator: after, value: 2026-12-01T09:00:00Z }
        ",
    ),
    Rule::error(
        "operator-misfit",
        "an operator never holds for the attribute's declared type",
        "Some operators are for texts, some for numbers; nothing is converted, so on an attribute
        of another type the condition could not hold.",
        r"
        attributes:
          age: { type: integer }
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - { attribute: age, operator: starts_with, value: '1' }
        ",
        r"
        attributes:
          age: { type: integer }
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - { attribute: age, operator: lt, value: 20 }
        ",
    ),
    Rule::error(
        "ignore-case-misfit",
        "`ignore_case` stands where there is no text whose case could matter",
        "Case can be ignored by `eq`, `neq`, `in`, `not_in`, `contains`, `starts_with` and
        `ends_with`, where they compare with texts, also inside lists. In a pattern, write `(?i)`.
        Letters are compared one by one, by Unicode's simple case folding.",
        r"
        flags:
          office-only:
            enabled: true
            targeting_rules:
              - { attribute: email, operator: matches, value: '@example\.com$', ignore_case: true }
        ",
        r"
        flags:
          office-only:
            enabled: true
            targeting_rules:
              - { attribute: email, operator: ends_with, value: '@example.com', ignore_case: true }
        ",
    ),
    Rule::error(
        "unit-misfit",
        "`bucket_by` names an attribute that cannot be hashed",
        "What is hashed is a string or a whole number. Anything else counts as absent, so that no
        ramp would ever include anybody.",
        r"
        flags:
          new-checkout: { enabled: true, bucket_by: is_staff, rollout_percentage: 25 }
        ",
        r"
        flags:
          new-checkout: { enabled: true, bucket_by: company_id, rollout_percentage: 25 }
        ",
    ),
];
