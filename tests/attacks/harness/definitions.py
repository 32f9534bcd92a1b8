"""The definitions that are served while the daemon is attacked."""

FLAGS = 1000
FLAGS_PER_FILE = 40
KINDS = [
    "enabled: true",
    "enabled: true\n    targeting_rules:\n"
    "      - where: { plan: [pro, enterprise] }\n"
    "      - { attribute: age, operator: gte, value: 18 }",
    "enabled: true\n    rollout_percentage: 25",
    "enabled: true\n    variants: [a, b]\n    default:\n      split:\n"
    "        - { variant: a, percentage: 40 }\n        - { variant: b, percentage: 60 }",
]
# What the normal client asks for, and the one that shows whether changes are followed.
ASKED, CHANGING = "shop-0001", "changing"


def write_thousand(root):
    """A thousand flags of four kinds in turn, and two small ones beside them."""
    for start in range(0, FLAGS, FLAGS_PER_FILE):
        keys = range(start, min(start + FLAGS_PER_FILE, FLAGS))
        text = "".join(f"  shop-{key:04}:\n    {KINDS[key % len(KINDS)]}\n" for key in keys)
        replace(root / f"shop-{start:04}.yaml", f"flags:\n{text}")
    replace(root / "changing.yaml", changing("v0"))


def changing(value):
    """The flag that changes, with this value."""
    return f"flags:\n  {CHANGING}: {{ enabled: true, variants: [{value}], default: {value} }}\n"


def replace(path, text):
    """Writes a file as editors do: a new one takes the place of the old one."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.rename(path)


def many(count, prefix):
    """So many more flags with two conditions each, which take about 290 bytes of text."""
    text = "".join(
        f"  {prefix}-{key:05}:\n"
        f"    description: Shown to those who pay for it, and to all others later on ({key})\n"
        f"    enabled: true\n    targeting_rules:\n"
        f"      - where: {{ plan: [pro, enterprise], country: [NL, BE, DE] }}\n"
        f"      - {{ attribute: age, operator: gte, value: 18 }}\n    rollout_percentage: 25\n"
        for key in range(count)
    )
    return f"flags:\n{text}"


def long_texts(count, size):
    """So many flags with a text of so many bytes each: a long list of definitions."""
    text = "".join(
        f"  text-{key:05}:\n    enabled: true\n    variants: {{ it: '{'x' * size}' }}\n"
        f"    default: it\n"
        for key in range(count)
    )
    return f"flags:\n{text}"


def comparisons(key, operator, values):
    """A flag with one rule that has a condition for each value, all on the attribute `a`."""
    conditions = ", ".join(
        f"{{ attribute: a, operator: {operator}, value: '{value}' }}" for value in values
    )
    return (
        f"flags:\n  {key}: {{ enabled: true, targeting_rules: [{{ any: [{conditions}] }}] }}\n"
    )


def sharing(count, conditions):
    """So many flags that share one segment of so many conditions."""
    tests = ", ".join(
        f"{{ attribute: a, operator: eq, value: x{number} }}" for number in range(conditions)
    )
    flags = "".join(
        f"  sharing-{key:05}: {{ enabled: true, targeting_rules: [segment: shared] }}\n"
        for key in range(count)
    )
    return f"segments:\n  shared: [any: [{tests}]]\nflags:\n{flags}"
