"""What a client has to report, and whether it did."""

import json
from pathlib import Path


class Tally:
    """Counts checks by group, prints a line for each group and every failure."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def report(self, client, group, results, faults=()):
        """`results` has a pair for each check: its name, and what is wrong with it or None.

        `faults` names the checks that expect a provider's fault.
        """
        wrong = [(name, problem) for name, problem in results if problem]
        self.passed += len(results) - len(wrong)
        self.failed += len(wrong)
        verdict = f"{len(wrong)} of {len(results)} FAILED" if wrong else f"{len(results)} ok"
        at_fault = sum(name in faults for name, _ in results)
        aside = f", {at_fault} of them with a fault of the provider" if at_fault else ""
        print(f"{client:22} {group:12} {verdict}{aside}", flush=True)
        for name, problem in wrong:
            print(f"    {name}: {problem}", flush=True)


def load_cases(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def load_faults(path):
    """Where a provider is at fault: the fault of each case, by the case's name."""
    if not Path(path).exists():
        return {}
    faults = json.loads(Path(path).read_text(encoding="utf-8"))
    return {case: fault for fault in faults for case in fault["cases"]}


def compare_cases(tally, client, cases, faults, output, exact_numbers):
    """Compares what a client printed, a line for each case, with what the cases expect."""
    answers = {answer["name"]: answer for answer in map(json.loads, output.splitlines())}
    unknown = sorted(faults.keys() - {case["name"] for case in cases})
    groups = {}
    for case in cases:
        problem = judge(case, answers.get(case["name"]), faults.get(case["name"]), exact_numbers)
        groups.setdefault(case["group"], []).append((case["name"], problem))
    for group, results in groups.items():
        tally.report(client, group, results, faults)
    if unknown:
        tally.report(client, "faults", [(name, "there is no such case") for name in unknown])


def compare_observations(tally, client, observations):
    """Compares what a client saw with what it expected to see; it knows both."""
    groups = {}
    for seen in observations:
        problem = difference(seen["expected"], seen["actual"], exact_numbers=False)
        groups.setdefault(seen["group"], []).append((seen["name"], problem))
    for group, results in groups.items():
        tally.report(client, group, results)


def judge(case, answer, fault, exact_numbers):
    """What is wrong with an answer, or None."""
    if answer is None:
        return "no answer"
    expected = case["expect"]
    actual = {
        "value": answer.get("value"),
        "variant": answer.get("variant") or None,
        "reason": answer.get("reason"),
        "metadata": answer.get("metadata") or {},
        "error": answer.get("error") or None,
    }
    if fault:
        if difference(expected, actual, exact_numbers) is None:
            return "the provider is no longer at fault: remove the case from its faults.json"
        expected = {**expected, **fault["expect"]}
    problem = difference(expected, actual, exact_numbers)
    message = answer.get("errorMessage")
    return f"{problem} ({message})" if problem and message else problem


def difference(expected, actual, exact_numbers):
    if is_same(expected, actual, exact_numbers):
        return None
    return f"expected {write(expected)}, got {write(actual)}"


def is_same(one, other, exact_numbers):
    """Equality of JSON values: `true` is not `1`; `1` is `1.0` unless numbers are exact."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            is_same(one[key], other[key], exact_numbers) for key in one
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(
            is_same(left, right, exact_numbers) for left, right in zip(one, other)
        )
    is_exact = exact_numbers or isinstance(one, bool) or isinstance(other, bool)
    return one == other and (type(one) is type(other) or not is_exact)


def write(value):
    return json.dumps(value, ensure_ascii=False)
