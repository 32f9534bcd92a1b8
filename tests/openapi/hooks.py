"""Lets half of the generated requests ask for a flag that exists, and half of those with a plan."""

import zlib

import schemathesis

# Flags of tests/clients/flags, for the ways in which an evaluation can end.
KEYS = [
    "boolean-true",
    "string",
    "integer-largest",
    "float-whole",
    "object",
    "by-rule",
    "by-user",
    "by-ramp",
    "disabled-string",
    "disabled-without-variant",
    "code-default-object",
    "described",
    "team-a/checkout:button.v2",
]
# The one that has no answer for a request which the documents allow: one without a targeting key.
SPLIT_KEY = "by-split"


@schemathesis.hook
def map_case(context, case):
    """Takes the choice from what was generated, so that the same run asks the same."""
    attributes = find_attributes(case.body)
    if attributes is not None and len(attributes) % 2 == 0:
        attributes["plan"] = "pro"
    key = (case.path_parameters or {}).get("key")
    if isinstance(key, str):
        case.path_parameters = {**case.path_parameters, "key": choose(key, case.body)}
    return case


def choose(key, body):
    keys = [*KEYS, SPLIT_KEY]
    choice = zlib.crc32(key.encode("utf-8", "surrogatepass"))
    if key not in keys and choice % 2 == 0:
        key = keys[choice // 2 % len(keys)]
    return KEYS[0] if key == SPLIT_KEY and not has_unit(body) else key


def find_attributes(body):
    """The attributes of an OFREP context, or those of a `/flags` question."""
    if not isinstance(body, dict):
        return None
    attributes = body.get("context", body.get("attributes"))
    return attributes if isinstance(attributes, dict) else None


def has_unit(body):
    if not isinstance(body, dict):
        return False
    context = body.get("context")
    unit = context.get("targetingKey") if isinstance(context, dict) else body.get("user_id")
    return isinstance(unit, str) and unit != ""
