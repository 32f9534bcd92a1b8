"""Evaluates the cases with the OpenFeature SDK for Python; one JSON line for each.

Arguments: the daemon's address, the file of cases.
"""

import json
import sys
from datetime import datetime

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

base_url, cases_path = sys.argv[1:]


def read_context(context):
    """A context as a program would write it: times are datetimes."""
    if context is None:
        return None
    attributes = {
        name: datetime.fromisoformat(value["$time"].replace("Z", "+00:00"))
        if isinstance(value, dict) and "$time" in value
        else value
        for name, value in context.items()
    }
    return EvaluationContext(attributes.pop("targetingKey", None), attributes)


api.set_provider_and_wait(OFREPProvider(base_url))
client = api.get_client()
evaluations = {
    "boolean": client.get_boolean_details,
    "string": client.get_string_details,
    "integer": client.get_integer_details,
    "float": client.get_float_details,
    "object": client.get_object_details,
}
with open(cases_path, encoding="utf-8") as file:
    cases = json.load(file)
for case in cases:
    evaluate = evaluations[case["type"]]
    details = evaluate(case["flag"], case["default"], read_context(case["context"]))
    answer = {
        "name": case["name"],
        "value": details.value,
        "variant": details.variant,
        "reason": details.reason,
        "metadata": details.flag_metadata,
        "error": details.error_code,
        "errorMessage": details.error_message,
    }
    print(json.dumps(answer), flush=True)
api.shutdown()
