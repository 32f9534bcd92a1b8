"""Attacks by requests that cost much to answer."""

from harness.crowd import Crowd, Manner, mib
from harness.definitions import comparisons, replace, sharing
from harness.target import Failure

CONDITIONS = 9900
# Flags with a trace of as many steps as there may be in one answer would be as many as this.
EXPLAINED = 20
# A value is shown up to 100 characters, a trace has up to 10,000 steps.
TRACE_BYTES_MAX = 8 << 20
LONG_TEXT = "x" * 261_000
# It has to look far from each place of a text.
PATTERN = "[ab]*a[ab]{1000}c"


def prepare_explained(root):
    """Flags with many conditions on one attribute, none of which holds."""
    values = [f"v{number}" for number in range(CONDITIONS)]
    for number in range(EXPLAINED):
        share = values if number == 0 else values[: CONDITIONS // EXPLAINED]
        replace(root / f"explained-{number}.yaml", comparisons(f"explained-{number}", "eq", share))


def prepare_patterns(root):
    replace(root / "repeating.yaml", comparisons("repeating", "matches", [PATTERN]))


def prepare_sharing(root):
    """All flags look at one segment with many conditions."""
    replace(root / "sharing.yaml", sharing(1000, CONDITIONS))


def asking(side, size, request, answer_bytes_max):
    """So many connections that ask again and again, each without a pause."""

    def run(target, seconds):
        manner = Manner(sent=request, repeats=True, read_rate=None)
        with Crowd(getattr(target, side), size, manner) as attackers:
            did = attackers.run(seconds)
        answers = attackers.statuses.total()
        if set(attackers.statuses) != {"200"}:
            raise Failure(f"expected answers, and only such with status 200: {did}")
        largest = attackers.received / answers
        if answer_bytes_max < largest:
            raise Failure(f"an answer has {mib(largest)}, expected {mib(answer_bytes_max)} at most")
        return f"{did}, {mib(largest)} each"

    return run
