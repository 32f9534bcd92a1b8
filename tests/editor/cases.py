"""What is typed into an editor, and what it should say."""

# At `|`: what has to be offered, and which offers are whole pieces, to be right as they are.
COMPLETIONS = {
    "file": ("|", ["format", "attributes", "segments"], ["flags"]),
    "attribute": ("attributes:\n  plan:\n    |", ["type", "enum", "description"], []),
    "segments": ("segments:\n  |", [], ["segments"]),
    "segment": ("segments:\n  a:\n    - |", ["segment"], ["compare an attribute"]),
    "flag": (
        "flags:\n  a:\n    |",
        ["enabled", "rollout_percentage", "rules", "salt"],
        ["switch", "rollout", "targeted rollout", "flag with variants"],
    ),
    "targeting": (
        "flags:\n  a:\n    targeting_rules:\n      - |",
        ["where", "segment", "flag", "any", "not"],
        ["compare an attribute", "one of several values"],
    ),
    "operator": (
        "flags:\n  a:\n    targeting_rules:\n      - attribute: age\n        operator: |",
        ["eq", "in", "gte", "semver", "in_network"],
        [],
    ),
    "value": (
        "flags:\n  a:\n    targeting_rules:\n      - attribute: age\n        operator: gte\n"
        "        value: |",
        [],
        [],
    ),
    "rules": (
        "flags:\n  a:\n    rules:\n      - |",
        ["name", "if", "serve", "split"],
        ["rule that serves a variant", "rule with a ramp", "rule with a split"],
    ),
    "variants": ("flags:\n  a:\n    variants:\n      |", [], ["variants"]),
    "default": ("flags:\n  a:\n    default: |", ["light", "variant"], ["split"]),
    "hash": ("flags:\n  a:\n    hash: |", ["user_flag_md5", "flag_user_md5"], []),
    "requires": ("flags:\n  a:\n    requires:\n      - |", ["flag", "is"], []),
}

# A file, the line of its mistake, and words that are said of it.
MISTAKES = {
    "field": ("flags:\n  a:\n    enabled: true\n    rollout_percentge: 25\n", 4, "rollout_percentge"),
    "part": ("flag:\n  a: { enabled: true }\n", 1, "flag"),
    "type": ("flags:\n  a:\n    enabled: maybe\n", 3, "boolean"),
    "yes": ("flags:\n  a:\n    enabled: yes\n", 3, "boolean"),
    "text": ("flags:\n  a:\n    rollout_percentage: \"25\"\n", 3, "number"),
    "percentage": ("flags:\n  a:\n    rollout_percentage: 250\n", 3, "100"),
    "below zero": ("flags:\n  a:\n    rollout_percentage: -1\n", 3, "0"),
    "operator": (
        "flags:\n  a:\n    targeting_rules:\n"
        "      - { attribute: age, operator: atleast, value: 18 }\n",
        4,
        "gte",
    ),
    "condition": ("flags:\n  a:\n    targeting_rules:\n      - segmnt: staff\n", 4, "segmnt"),
    "rule": ("flags:\n  a:\n    rules:\n      - sevre: dark\n        serve: dark\n", 4, "sevre"),
    "serve": ("flags:\n  a:\n    rules:\n      - name: one\n", 4, "serve"),
    "share": (
        "flags:\n  a:\n    default:\n      split:\n        - { variant: a, percentage: 150 }\n",
        5,
        "100",
    ),
    "hash": ("flags:\n  a:\n    hash: md5\n", 3, "user_flag_md5"),
    "attribute": ("attributes:\n  age: { type: text }\n", 2, "string"),
    "list": ("flags:\n  - a\n", 2, "Flags"),
    "duplicate": ("flags:\n  a:\n    enabled: true\n    enabled: false\n", 4, "unique"),
}
