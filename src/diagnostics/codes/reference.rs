//! What the rules about naming other things mean.

use crate::diagnostics::explanation::Rule;

/// The table.
pub const RULES: &[Rule] = &[
    Rule::error(
        "circle",
        "flags or segments depend on themselves",
        "What depends on itself has no answer. The message shows the whole circle, and each step of
        it has its place. Take one of the steps out; often what both flags ask for is better a
        segment.",
        r"
        flags:
          new-checkout: { enabled: true, requires: [{ flag: new-basket }] }
          new-basket: { enabled: true, requires: [{ flag: new-checkout }] }
        ",
        r"
        flags:
          new-checkout: { enabled: true, requires: [{ flag: new-basket }] }
          new-basket: { enabled: true }
        ",
    ),
    Rule::error(
        "needs-is",
        "a condition asks another flag that is not boolean without saying for which variant",
        "Of a boolean flag, a condition may simply want `true`. Of any other it has to say which
        variant is meant, with `is`.",
        r"
        flags:
          theme: { enabled: true, variants: [light, dark], default: light, off_variant: light }
          dark-banner: { enabled: true, targeting_rules: [flag: theme] }
        ",
        r"
        flags:
          theme: { enabled: true, variants: [light, dark], default: light, off_variant: light }
          dark-banner: { enabled: true, targeting_rules: [{ flag: theme, is: dark }] }
        ",
    ),
    Rule::error(
        "too-expensive",
        "an evaluation may look at too many conditions, or at too costly ones",
        "Segments and prerequisites count as often as they occur, so that a few lines can ask for
        millions of comparisons. One evaluation may look at 10 000 conditions, so that nobody can
        keep the daemon busy with one question.

        Some conditions cost more than others, and count for more. Each place that a pattern can be
        in counts as two: `a{20}` has twenty. `contains` counts as ten more for each value, from
        eight values on as 75 more, however many there are, and where case is ignored as 100 more.
        Each 8 KiB of a text in the definition counts as one more, and so do each 1 000 values of
        `starts_with`, `ends_with`, `in_network` and of a list or mapping to be equal to. A list in
        one `in` is one condition, however long it is.

        A request for all flags looks at each segment once, and at each flag. What the conditions of
        all segments and flags count beyond one each may be 100 000 together.

        One `contains` with a list of values costs less than many with one value each, and `in` or
        `ends_with` less than a pattern.",
        "// A segment with 200 conditions, in a segment that names it 60 times.",
        r"
        segments:
          partners: [where: { partner: [p1, p2, p3, p4, p5, p6, p7, p8] }]
        flags:
          new-checkout: { enabled: true, targeting_rules: [segment: partners] }
        ",
    ),
    Rule::error(
        "unknown-flag",
        "a flag is named that is not defined",
        "A prerequisite or condition names a flag that no file of any root defines. It may be
        misspelled, or have been removed while this flag still depended on it.",
        r"
        flags:
          new-basket: { enabled: true }
          new-checkout: { enabled: true, requires: [{ flag: new-baskets }] }
        ",
        r"
        flags:
          new-basket: { enabled: true }
          new-checkout: { enabled: true, requires: [{ flag: new-basket }] }
        ",
    ),
    Rule::error(
        "unknown-segment",
        "a segment is named that is not defined",
        "A condition names a segment that no file of any root defines under `segments`. It may be
        misspelled, or stand in a file outside the roots that were given.",
        r"
        segments:
          benelux: [where: { country: [NL, BE, LU] }]
        flags:
          everywhere: { enabled: true, targeting_rules: [segment: benelux] }
          new-checkout: { enabled: true, targeting_rules: [segment: benlux] }
        ",
        r"
        segments:
          benelux: [where: { country: [NL, BE, LU] }]
        flags:
          everywhere: { enabled: true, targeting_rules: [segment: benelux] }
          new-checkout: { enabled: true, targeting_rules: [segment: benelux] }
        ",
    ),
    Rule::error(
        "unknown-variant",
        "a variant is named that the flag does not have",
        "A rule, a split, `default`, `off_variant`, `users` or `is` names a variant that is not
        among the flag's `variants`. A flag that lists none has `enabled` and `disabled`.",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            default: drak
            off_variant: light
        ",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            default: dark
            off_variant: light
        ",
    ),
];
