//! What the rules about one flag mean.

use crate::diagnostics::explanation::Rule;

/// The table.
pub const RULES: &[Rule] = &[
    Rule::error(
        "bad-date",
        "`expires` is no day",
        "A day is written year, month, day, such as `2027-03-31`, and has to exist.",
        r"
        flags:
          new-checkout: { enabled: true, expires: 2027-02-30 }
        ",
        r"
        flags:
          new-checkout: { enabled: true, expires: 2027-02-28 }
        ",
    ),
    Rule::error(
        "duplicate-rule-name",
        "two rules of a flag have the same name",
        "Answers, tests and reviews name the rule that decided, so a name stands for one rule. A
        rule without a name is called by its place: `#1`, `#2` and so on.",
        r"
        flags:
          new-checkout:
            enabled: true
            rules:
              - { name: early, if: [where: { country: NL }], serve: enabled }
              - { name: early, if: [where: { country: BE }], serve: enabled }
        ",
        r"
        flags:
          new-checkout:
            enabled: true
            rules:
              - { name: early in NL, if: [where: { country: NL }], serve: enabled }
              - { name: early in BE, if: [where: { country: BE }], serve: enabled }
        ",
    ),
    Rule::error(
        "duplicate-variant",
        "a list of variants has the same name twice",
        "A variant has one name and one value. Take one of the two out.",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark, light]
            default: light
            off_variant: light
        ",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            default: light
            off_variant: light
        ",
    ),
    Rule::error(
        "mixed-forms",
        "a flag has fields of a toggle and of a flag with variants",
        "A flag is written in one of two forms. A toggle is on or off and has `targeting_rules`,
        `rollout_percentage`, `users` as a list, and `staff_only`. A flag with `variants`, `rules`,
        `default`, `off_variant`, or `users` as a map says in its rules what a toggle says in
        those.",
        r"
        flags:
          new-checkout:
            enabled: true
            rollout_percentage: 25
            rules:
              - { if: [where: { country: NL }], serve: enabled }
        ",
        r"
        flags:
          new-checkout:
            enabled: true
            rules:
              - { if: [where: { country: NL }], rollout_percentage: 25, serve: enabled }
        ",
    ),
    Rule::error(
        "mixed-variant-types",
        "the variants of a flag have values of several types",
        "A client asks for a boolean, a string, a number or an object, and would get an error for
        every variant of another type.",
        r"
        flags:
          page-size:
            enabled: true
            variants: { small: 10, large: many }
            default: small
            off_variant: small
        ",
        r"
        flags:
          page-size:
            enabled: true
            variants: { small: 10, large: 100 }
            default: small
            off_variant: small
        ",
    ),
    Rule::error(
        "no-variants",
        "a flag has `variants` without one in it",
        "There is nothing to serve. A flag that is only on or off leaves `variants` out and has
        `enabled` and `disabled`. In a later root, null may have removed the last one.",
        r"
        flags:
          theme: { enabled: true, variants: {} }
        ",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            default: light
            off_variant: light
        ",
    ),
    Rule::error(
        "percentage-precision",
        "a percentage has more than three decimals",
        "Shares are counted in thousandths of a percent, so that every answer is a matter of whole
        numbers and the same everywhere.",
        r"
        flags:
          new-checkout: { enabled: true, rollout_percentage: 0.0005 }
        ",
        r"
        flags:
          new-checkout: { enabled: true, rollout_percentage: 0.001 }
        ",
    ),
    Rule::error(
        "split-sum",
        "the percentages of a split do not add up to 100",
        "A split divides all users, so its entries are 100 % together. Thirds are written 33.333,
        33.333 and 33.334. For a share of the users, give the rule a `rollout_percentage`; the
        others then go on to the next rule.",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            off_variant: light
            default:
              split: [{ variant: light, percentage: 50 }, { variant: dark, percentage: 40 }]
        ",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            off_variant: light
            default:
              split: [{ variant: light, percentage: 50 }, { variant: dark, percentage: 50 }]
        ",
    ),
    Rule::error(
        "user-twice",
        "a targeting key is listed under two variants",
        "A listed user gets one variant. Which of the two would depend on their order, so say it by
        taking one out.",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            users: { light: [u-17], dark: [u-17, u-23] }
            default: light
            off_variant: light
        ",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            users: { dark: [u-17, u-23] }
            default: light
            off_variant: light
        ",
    ),
];
