//! What the rules about names within a root and across roots mean.

use crate::diagnostics::explanation::Rule;

/// The table.
pub const RULES: &[Rule] = &[
    Rule::error(
        "duplicate-attribute",
        "an attribute is declared twice in one root",
        "Which of the two holds would depend on the order of the files. Keep one declaration; every
        file sees it. A later root may change it.",
        r"
        # flags/checkout.yaml
        attributes:
          country: { type: string }
        flags:
          new-checkout: { enabled: true, targeting_rules: [where: { country: NL }] }
        # flags/search.yaml
        attributes:
          country: { type: string }
        ",
        r"
        # flags/attributes.yaml
        attributes:
          country: { type: string }
        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true, targeting_rules: [where: { country: NL }] }
        ",
    ),
    Rule::error(
        "duplicate-flag",
        "a flag is defined twice in one root",
        "Which of the two is served would depend on the order of the files. Keep one of them, or
        give one another key. To change a flag for one environment, put the change into a later
        root, where it is merged field by field.",
        r"
        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true }
        # flags/production.yaml
        flags:
          new-checkout: { enabled: false }
        ",
        r"
        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true }
        # production/checkout.yaml
        flags:
          new-checkout: { enabled: false }
        ",
    ),
    Rule::error(
        "duplicate-segment",
        "a segment is defined twice in one root",
        "Which of the two holds would depend on the order of the files. Keep one of them; every
        file sees it. A later root may replace its conditions.",
        r"
        # flags/checkout.yaml
        segments:
          benelux: [where: { country: [NL, BE, LU] }]
        flags:
          new-checkout: { enabled: true, targeting_rules: [segment: benelux] }
        # flags/search.yaml
        segments:
          benelux: [where: { country: [NL, BE] }]
        ",
        r"
        # flags/segments.yaml
        segments:
          benelux: [where: { country: [NL, BE, LU] }]
        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true, targeting_rules: [segment: benelux] }
        ",
    ),
    Rule::error(
        "nothing-to-remove",
        "null removes something that no lower root has",
        "In a later root, null takes away what a lower root has. Where there is nothing to take
        away, the name is probably misspelled, or what it named is gone and so can be this line.",
        r"
        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true, rollout_percentage: 25 }
        # production/checkout.yaml
        flags:
          new-chekout: null
        ",
        r"
        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true, rollout_percentage: 25 }
        # production/checkout.yaml
        flags:
          new-checkout: null
        ",
    ),
    Rule::error(
        "null-not-allowed",
        "null in the lowest root, where there is nothing to remove",
        "Null, or nothing at all behind a colon, removes what a lower root has; the lowest root has
        none below it. Give the field its value, or take it out.",
        r"
        flags:
          new-checkout:
            enabled: true
            rollout_percentage:
        ",
        r"
        flags:
          new-checkout:
            enabled: true
            rollout_percentage: 25
        ",
    ),
    Rule::error(
        "patch-of-unknown-flag",
        "a later root changes a flag that no lower root defines",
        "A flag in a later root is a change to one below. If there is none, the key is most likely
        misspelled, and the change would be lost in silence. A flag that is meant to exist only in
        this root states `enabled`.",
        r"
        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true, rollout_percentage: 25 }
        # production/checkout.yaml
        flags:
          new-chekout: { rollout_percentage: 10 }
        ",
        r"
        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true, rollout_percentage: 25 }
        # production/checkout.yaml
        flags:
          new-checkout: { rollout_percentage: 10 }
        ",
    ),
];
