"""The same flags in every system's own format, and who asks for them.

A set begins with a static boolean, a boolean with two conditions, a 25 % ramp, a split among four,
and a boolean that is switched over to see how soon a change is served; as many more of the first
four kinds follow as the set is to have.
"""

import json
from dataclasses import dataclass

KINDS = ["static", "conditions", "ramp", "split"]
CHANGING = "changing"
VARIANTS = ["a", "b", "c", "d"]
FLAGS_PER_FILE = 10

UNIT = "550e8400-e29b-41d4-a716-446655440000"
ATTRIBUTES = {"country": "NL", "plan": "pro", "age": 34}


@dataclass(frozen=True)
class Flags:
    """A set of so many flags, of these kinds in turn."""

    count: int
    kinds: tuple = tuple(KINDS)

    def members(self):
        """Each flag as its key and its kind."""
        first = [(kind, kind) for kind in self.kinds] + [(CHANGING, CHANGING)]
        kinds = self.kinds
        rest = [
            (f"{kinds[n % len(kinds)]}-{n:05}", kinds[n % len(kinds)])
            for n in range(len(first), self.count)
        ]
        return (first + rest)[: self.count]


def flagstaff(flag_set, is_on):
    """The files of a root: path to text."""
    forms = {
        "static": "enabled: true",
        "conditions": "enabled: true\n    targeting_rules:\n"
        "      - where: { plan: [pro, enterprise] }\n"
        "      - { attribute: age, operator: gte, value: 18 }",
        "ramp": "enabled: true\n    rollout_percentage: 25",
        "split": "enabled: true\n    variants: [a, b, c, d]\n    default:\n      split:\n"
        + "\n".join(f"        - {{ variant: {v}, percentage: 25 }}" for v in VARIANTS),
        CHANGING: f"enabled: {str(is_on).lower()}",
    }
    flags = flag_set.members()
    files = {}
    for start in range(0, len(flags), FLAGS_PER_FILE):
        part = flags[start : start + FLAGS_PER_FILE]
        text = "".join(f"  {key}:\n    {forms[kind]}\n" for key, kind in part)
        number = start // FLAGS_PER_FILE
        files[f"team-{number % 40:02}/flags-{number:04}.yaml"] = "flags:\n" + text
    return files


def unleash(flag_set, is_on):
    """What Unleash Edge reads in its offline mode."""

    def feature(key, kind):
        strategy = {"name": "default", "parameters": {}, "constraints": []}
        variants = []
        if kind == "conditions":
            strategy["constraints"] = [
                {"contextName": "plan", "operator": "IN", "values": ["pro", "enterprise"]},
                {"contextName": "age", "operator": "NUM_GTE", "value": "18"},
            ]
        elif kind == "ramp":
            strategy["name"] = "flexibleRollout"
            strategy["parameters"] = {"rollout": "25", "stickiness": "userId", "groupId": key}
        elif kind == "split":
            variants = [
                {"name": name, "weight": 250, "weightType": "variable", "stickiness": "userId"}
                for name in VARIANTS
            ]
        return {
            "name": key,
            "type": "release",
            "project": "default",
            "enabled": is_on if kind == CHANGING else True,
            "strategies": [strategy],
            "variants": variants,
        }

    features = [feature(key, kind) for key, kind in flag_set.members()]
    return json.dumps({"version": 2, "features": features})


def flagd(flag_set, is_on):
    """A flag definition of flagd's."""

    def flag(key, kind):
        if kind == "split":
            weights = [[name, 25] for name in VARIANTS]
            return {
                "state": "ENABLED",
                "variants": {name: name for name in VARIANTS},
                "defaultVariant": "a",
                "targeting": {"fractional": weights},
            }
        result = {
            "state": "ENABLED",
            "variants": {"on": True, "off": False},
            "defaultVariant": "on" if kind == "static" or (kind == CHANGING and is_on) else "off",
        }
        if kind == "conditions":
            both = [
                {"in": [{"var": "plan"}, ["pro", "enterprise"]]},
                {">=": [{"var": "age"}, 18]},
            ]
            result["targeting"] = {"if": [{"and": both}, "on", "off"]}
        elif kind == "ramp":
            result["targeting"] = {"fractional": [["on", 25], ["off", 75]]}
        return result

    schema = "https://flagd.dev/schema/v0/flags.json"
    flags = {key: flag(key, kind) for key, kind in flag_set.members()}
    return json.dumps({"$schema": schema, "flags": flags})


def go_feature_flag(flag_set, is_on):
    """A file of GO Feature Flag's; JSON is YAML."""

    def flag(kind):
        if kind == "split":
            return {
                "variations": {name: name for name in VARIANTS},
                "defaultRule": {"percentage": {name: 25 for name in VARIANTS}},
            }
        result = {"variations": {"on": True, "off": False}, "defaultRule": {"variation": "off"}}
        if kind == "static" or (kind == CHANGING and is_on):
            result["defaultRule"] = {"variation": "on"}
        elif kind == "conditions":
            query = '(plan in ["pro", "enterprise"]) and (age ge 18)'
            result["targeting"] = [{"name": "paying adults", "query": query, "variation": "on"}]
        elif kind == "ramp":
            result["defaultRule"] = {"percentage": {"on": 25, "off": 75}}
        return result

    return json.dumps({key: flag(kind) for key, kind in flag_set.members()})


def flipt(flag_set, is_on):
    """A features file of Flipt's; JSON is YAML."""

    def flag(key, kind):
        if kind == "split":
            shares = [{"variant": name, "rollout": 25} for name in VARIANTS]
            return {
                "key": key,
                "name": key,
                "type": "VARIANT_FLAG_TYPE",
                "enabled": True,
                "variants": [{"key": name} for name in VARIANTS],
                "rules": [{"segment": "everyone", "distributions": shares}],
            }
        on = kind == "static" or (kind == CHANGING and is_on)
        result = {"key": key, "name": key, "type": "BOOLEAN_FLAG_TYPE", "enabled": on}
        if kind == "conditions":
            result["rollouts"] = [{"segment": {"key": "paying-adults", "value": True}}]
        elif kind == "ramp":
            result["rollouts"] = [{"threshold": {"percentage": 25, "value": True}}]
        return result

    def constraint(kind, name, operator, value):
        kind = f"{kind}_COMPARISON_TYPE"
        return {"type": kind, "property": name, "operator": operator, "value": value}

    paying_adults = [
        constraint("STRING", "plan", "isoneof", '["pro","enterprise"]'),
        constraint("NUMBER", "age", "gte", "18"),
    ]
    segments = [
        {"key": key, "name": key, "match_type": "ALL_MATCH_TYPE", "constraints": constraints}
        for key, constraints in [("everyone", []), ("paying-adults", paying_adults)]
    ]
    flags = [flag(key, kind) for key, kind in flag_set.members()]
    namespace = {"key": "default", "name": "Default"}
    document = {"version": "1.5", "namespace": namespace, "flags": flags, "segments": segments}
    return json.dumps(document)
