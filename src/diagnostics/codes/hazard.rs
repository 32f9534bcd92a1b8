//! What the hazards of a change mean.

use crate::diagnostics::explanation::Rule;

/// The table. Each example is a file before a change and after it.
pub const RULES: &[Rule] = &[
    Rule::hazard(
        "not-computed",
        "how many users a change moves could not be computed",
        "Shares are computed for every outcome of the conditions. That ends where there are more
        ways than can be told apart, and shares are only estimates where a flag and one that it
        depends on are hashed with the same salt. What is not known is not taken to be good:
        `--fail-on` counts this hazard for `any`, `rebucketed` and `widened-over`; where not even
        the rules that serve somebody are known, for all that depends on them. `--population FILE`
        counts whom it moves. Fewer rules with partial ramps in one flag, or a salt for each flag,
        make it computable.",
        r"
        # base/basket.yaml
        flags:
          new-basket: { enabled: true, rollout_percentage: 50 }
          basket-tips:
            enabled: true
            salt: new-basket
            rollout_percentage: 40
            requires: [flag: new-basket]
        # head/basket.yaml
        flags:
          new-basket: { enabled: true, rollout_percentage: 50 }
          basket-tips:
            enabled: true
            salt: new-basket
            rollout_percentage: 60
            requires: [flag: new-basket]
        ",
        r"
        # base/basket.yaml
        flags:
          new-basket: { enabled: true, rollout_percentage: 50 }
          basket-tips: { enabled: true, rollout_percentage: 40, requires: [flag: new-basket] }
        # head/basket.yaml
        flags:
          new-basket: { enabled: true, rollout_percentage: 50 }
          basket-tips: { enabled: true, rollout_percentage: 60, requires: [flag: new-basket] }
        ",
    ),
    Rule::hazard(
        "rebucketed",
        "a change gives more users another variant than the change of shares asks for",
        "Users stand on a line, and each variant has a stretch of it. Another order of the entries,
        another salt, hash or `bucket_by`, or another order of rules moves the stretches, so that
        users change sides who need not. A share is cut off at the end of one entry and added at
        the end of the list instead; the same variant may stand there twice.",
        r"
        # base/theme.yaml
        flags:
          theme:
            enabled: true
            variants: [a, b, c]
            off_variant: c
            default:
              split:
                - { variant: a, percentage: 10 }
                - { variant: b, percentage: 10 }
                - { variant: c, percentage: 80 }
        # head/theme.yaml
        flags:
          theme:
            enabled: true
            variants: [a, b, c]
            off_variant: c
            default:
              split:
                - { variant: a, percentage: 20 }
                - { variant: b, percentage: 10 }
                - { variant: c, percentage: 70 }
        ",
        r"
        # base/theme.yaml
        flags:
          theme:
            enabled: true
            variants: [a, b, c]
            off_variant: c
            default:
              split:
                - { variant: a, percentage: 10 }
                - { variant: b, percentage: 10 }
                - { variant: c, percentage: 80 }
        # head/theme.yaml
        flags:
          theme:
            enabled: true
            variants: [a, b, c]
            off_variant: c
            default:
              split:
                - { variant: a, percentage: 10 }
                - { variant: b, percentage: 10 }
                - { variant: c, percentage: 70 }
                - { variant: a, percentage: 10 }
        ",
    ),
    Rule::hazard(
        "removed",
        "a flag is gone",
        "Callers that still ask for it get the default in their code. Remove the question from the
        code first, and let that be released everywhere.",
        r"
        # base/checkout.yaml
        flags:
          new-checkout: { enabled: true }
          new-basket: { enabled: true }
        # head/checkout.yaml
        flags:
          new-basket: { enabled: true }
        ",
        r"
        # base/checkout.yaml
        flags:
          new-checkout: { enabled: true }
          new-basket: { enabled: true }
        # head/checkout.yaml
        flags:
          new-checkout: { enabled: true, expires: 2099-03-31 }
          new-basket: { enabled: true }
        ",
    ),
    Rule::hazard(
        "renamed",
        "a flag has another key",
        "Its users keep what they have, as long as `salt` names the old key. Its callers do not:
        whoever still asks for the old key gets the default in the code, without an error that
        anybody sees. Define the flag under both keys until no caller asks for the old one, or
        deploy the callers together with the change. Because the old key is gone, `--fail-on
        removed` counts this as well.",
        r"
        # base/checkout.yaml
        flags:
          new-checkout: { enabled: true, rollout_percentage: 25 }
        # head/checkout.yaml
        flags:
          checkout-2: { enabled: true, salt: new-checkout, rollout_percentage: 25 }
        ",
        r"
        # base/checkout.yaml
        flags:
          new-checkout: { enabled: true, rollout_percentage: 25 }
        # head/checkout.yaml
        flags:
          new-checkout: { enabled: true, rollout_percentage: 25 }
          checkout-2: { enabled: true, salt: new-checkout, rollout_percentage: 25 }
        ",
    ),
    Rule::hazard(
        "renamed-without-salt",
        "a flag has another key, and its users are drawn anew",
        "Unless a flag says what users are hashed with, that is its key. Under a new key everybody
        stands somewhere else, and other users are in the ramp. Write the old key as `salt`.",
        r"
        # base/checkout.yaml
        flags:
          new-checkout: { enabled: true, rollout_percentage: 25 }
        # head/checkout.yaml
        flags:
          checkout-2: { enabled: true, rollout_percentage: 25 }
        ",
        r"
        # base/checkout.yaml
        flags:
          new-checkout: { enabled: true, rollout_percentage: 25 }
        # head/checkout.yaml
        flags:
          checkout-2: { enabled: true, rollout_percentage: 25, salt: new-checkout }
        ",
    ),
    Rule::hazard(
        "unreachable",
        "a change makes a rule that can never match",
        "A rule before it now serves everybody it could. It may be what was meant; then take the
        rule out with the same change. Else move it up.",
        r"
        # base/theme.yaml
        flags:
          theme:
            enabled: true
            variants: [light, dark, blue]
            off_variant: light
            default: light
            rules:
              - name: Dutch staff
                if: [where: { is_staff: true }, where: { country: NL }]
                serve: blue
              - { name: staff, if: [where: { is_staff: true }], serve: dark }
        # head/theme.yaml
        flags:
          theme:
            enabled: true
            variants: [light, dark, blue]
            off_variant: light
            default: light
            rules:
              - { name: staff, if: [where: { is_staff: true }], serve: dark }
              - name: Dutch staff
                if: [where: { is_staff: true }, where: { country: NL }]
                serve: blue
        ",
        r"
        # base/theme.yaml
        flags:
          theme:
            enabled: true
            variants: [light, dark, blue]
            off_variant: light
            default: light
            rules:
              - name: Dutch staff
                if: [where: { is_staff: true }, where: { country: NL }]
                serve: blue
              - { name: staff, if: [where: { is_staff: true }], serve: dark }
        # head/theme.yaml
        flags:
          theme:
            enabled: true
            variants: [light, dark, blue]
            off_variant: light
            default: light
            rules:
              - { name: staff, if: [where: { is_staff: true }], serve: dark }
        ",
    ),
    Rule::hazard(
        "variant-removed",
        "a variant is gone that was served to somebody",
        "Code that expects the variant will not see it any more, and those who had it get something
        else. Serve it to nobody first, and remove it with a later change.",
        r"
        # base/theme.yaml
        flags:
          theme:
            enabled: true
            variants: [light, dark, blue]
            off_variant: light
            default: light
            rules:
              - { if: [where: { is_staff: true }], serve: blue }
        # head/theme.yaml
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            off_variant: light
            default: light
            rules:
              - { if: [where: { is_staff: true }], serve: dark }
        ",
        r"
        # base/theme.yaml
        flags:
          theme:
            enabled: true
            variants: [light, dark, blue]
            off_variant: light
            default: light
            rules:
              - { if: [where: { is_staff: true }], serve: blue }
        # head/theme.yaml
        flags:
          theme:
            enabled: true
            variants: [light, dark, blue]
            off_variant: light
            default: light
            rules:
              - { if: [where: { is_staff: true }], serve: dark }
        ",
    ),
    Rule::hazard(
        "widened-to-everyone",
        "everybody gets what only some got before",
        "A change that was meant for a few more and reaches everybody is the commonest accident
        with flags: a condition taken out, a ramp left at its default of 100. If it is meant,
        nothing is wrong.",
        r"
        # base/checkout.yaml
        flags:
          new-checkout: { enabled: true, targeting_rules: [where: { country: NL }] }
        # head/checkout.yaml
        flags:
          new-checkout: { enabled: true }
        ",
        r"
        # base/checkout.yaml
        flags:
          new-checkout: { enabled: true, targeting_rules: [where: { country: NL }] }
        # head/checkout.yaml
        flags:
          new-checkout: { enabled: true, targeting_rules: [where: { country: [NL, BE] }] }
        ",
    ),
];
