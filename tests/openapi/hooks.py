"""Lets every other generated request ask for a flag that exists, and half of those match a rule."""

import zlib

import schemathesis

# Flags of tests/clients/flags, one for each way in which an evaluation can end.
KEYS = [
    "boolean-true",
    "string",
    "integer-largest",
    "float-whole",
    "object",
    "by-rule",
    "by-user",
    "by-ramp",
    "by-split",
    "disabled-string",
    "disabled-without-variant",
    "code-default-object",
    "described",
    "team-a/checkout:button.v2",
]


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Takes the choice from what was generated, so that the same seed asks the same."""
    if path_parameters and isinstance(path_parameters.get("key"), str):
        choice = zlib.crc32(path_parameters["key"].encode("utf-8", "surrogatepass"))
        if choice % 2 == 0:
            path_parameters["key"] = KEYS[choice // 2 % len(KEYS)]
    return path_parameters


@schemathesis.hook
def map_body(context, body):
    if isinstance(body, dict):
        attributes = body.get("context", body.get("attributes"))
        if isinstance(attributes, dict) and len(attributes) % 2 == 0:
            attributes["plan"] = "pro"
    return body
