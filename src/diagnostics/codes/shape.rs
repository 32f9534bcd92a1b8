//! What the rules about the shape of definitions mean.

use crate::diagnostics::explanation::Rule;

/// The table.
pub const RULES: &[Rule] = &[
    Rule::error(
        "condition-form",
        "a condition is not exactly one of the forms that there are",
        "A condition is one of `where`, `attribute` with `operator` and `value`, `segment`, `flag`,
        `all`, `any` and `not`. Two in one item leave open whether both have to hold: make each an
        item of its own, or put them under `any`.",
        r"
        segments:
          benelux: [where: { country: [NL, BE, LU] }]
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - segment: benelux
                where: { plan: pro }
        ",
        r"
        segments:
          benelux: [where: { country: [NL, BE, LU] }]
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - segment: benelux
              - where: { plan: pro }
        ",
    ),
    Rule::error(
        "empty-value",
        "a list or text is empty where there must be something in it",
        "An empty text or list says nothing here. Write what was meant, or take the field out.",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            off_variant: light
            default: { split: [] }
        ",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            off_variant: light
            default: light
        ",
    ),
    Rule::error(
        "invalid-name",
        "a flag, segment or attribute has a name that cannot be one",
        "Clients put a flag's key into an address. Parts between slashes that are empty, `.` or `..`
        do not survive that: who asks for `a/../b` asks for `b`. Nor do control characters or a `/`
        at either end. Names of segments and attributes are not empty either; 150 characters are
        the limit for all of them.",
        r"
        flags:
          checkout/: { enabled: true }
        ",
        r"
        flags:
          checkout/new: { enabled: true }
        ",
    ),
    Rule::error(
        "misplaced-null",
        "null stands where it means nothing",
        "Null removes, in a later root, what a lower one has: a flag, a segment, an attribute, one
        of their fields, or an entry of `users`, `metadata` or `variants`. Anywhere else it is most
        often a value that was forgotten behind a colon.",
        r"
        flags:
        ",
        r"
        flags: {}
        ",
    ),
    Rule::error(
        "missing-field",
        "a field is missing that must be there",
        "Rules, splits, conditions and prerequisites stand alone, since a later root replaces them
        whole, so each has to be complete.",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            off_variant: light
            default:
              split: [{ variant: light, percentage: 50 }, { variant: dark }]
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
        "needs-newer-flagstaff",
        "a file is written in a format that this program does not know",
        "A newer flagstaff could read the file; this one would have to guess. Update it wherever it
        reads these files: in the daemon, in the pull request, and on your machine.",
        r"
        format: 2
        flags:
          new-checkout: { enabled: true }
        ",
        r"
        format: 1
        flags:
          new-checkout: { enabled: true }
        ",
    ),
    Rule::error(
        "out-of-range",
        "a number is larger or smaller than it may be",
        "A percentage is a number from 0 to 100, without a sign. Shares are of all users whom a
        rule is about, so there is nothing below none and nothing above all of them.",
        r"
        flags:
          new-checkout: { enabled: true, rollout_percentage: 150 }
        ",
        r"
        flags:
          new-checkout: { enabled: true, rollout_percentage: 50 }
        ",
    ),
    Rule::error(
        "schema",
        "the file does not have the shape that the schema asks for",
        "The message is in the words of the JSON schema, `flagstaff schema`, since there is no rule
        of its own for this. An editor with the YAML language server shows the same while you
        type.",
        "// Anything that the schema refuses and no other rule is about.",
        r"
        flags:
          new-checkout: { enabled: true }
        ",
    ),
    Rule::error(
        "serve-or-split",
        "a rule serves nothing, or two things",
        "A rule says with `serve` which variant it serves, or with `split` how it divides those
        whom it takes. It needs one of the two.",
        r"
        flags:
          theme:
            enabled: true
            variants: [light, dark]
            off_variant: light
            rules:
              - { name: staff, if: [where: { is_staff: true }] }
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
            default: light
        ",
    ),
    Rule::error(
        "unknown-choice",
        "a word is none of those that can stand there",
        "The field takes one of a few words, which the message names. They are written exactly so,
        in lower case.",
        r"
        flags:
          new-checkout: { enabled: true, hash: murmur3 }
        ",
        r"
        flags:
          new-checkout: { enabled: true, hash: user_flag_md5 }
        ",
    ),
    Rule::error(
        "unknown-field",
        "a field has no meaning there",
        "A misspelled field would be as if it were not there, and the flag on for everybody instead
        of a few. Keys that begin with `x-` are never looked at: they are the place for tickets and
        tags.",
        r"
        flags:
          new-checkout: { enabled: true, rolout_percentage: 25 }
        ",
        r"
        flags:
          new-checkout: { enabled: true, rollout_percentage: 25, x-ticket: SHOP-17 }
        ",
    ),
    Rule::error(
        "unknown-operator",
        "an operator does not exist",
        "Operators are words, such as `eq`, `in`, `gte`, `contains`; the message names them all.",
        r"
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - { attribute: age, operator: '>=', value: 18 }
        ",
        r"
        flags:
          new-checkout:
            enabled: true
            targeting_rules:
              - { attribute: age, operator: gte, value: 18 }
        ",
    ),
    Rule::error(
        "unquoted-targeting-key",
        "a targeting key is written as a number or boolean",
        "Targeting keys are strings: `007` and `7` are two users, `7` and `7.0` may be one or two.
        In quotes the key is what is written.",
        r"
        flags:
          new-checkout: { enabled: true, users: [4711] }
        ",
        r#"
        flags:
          new-checkout: { enabled: true, users: ["4711"] }
        "#,
    ),
    Rule::error(
        "wrong-shape",
        "a value has another shape than its place asks for",
        "The operator or field takes another kind of value; the message says which. For one of
        several values there is `in`, for one value `eq`.",
        "// A value that the schema lets through and its place has no use for.",
        r"
        flags:
          new-checkout: { enabled: true }
        ",
    ),
    Rule::error(
        "wrong-type",
        "a value is of another type than its field",
        "Nothing is converted. In YAML 1.2, `yes`, `no`, `on` and `off` are strings; booleans are
        `true` and `false`, and what stands in quotes is a string.",
        r"
        flags:
          new-checkout: { enabled: yes }
        ",
        r"
        flags:
          new-checkout: { enabled: true }
        ",
    ),
];
