"""Attacks that are many connections of one manner."""

import time

from harness.crowd import Crowd, Manner
from harness.target import Failure

EVALUATIONS, MANAGEMENT = "evaluations", "management"


def crowd(side, size, opened_per_second=4000, **manner):
    """An attack by so many connections at once."""

    def run(target, seconds):
        address = getattr(target, side)
        with Crowd(address, size, Manner(**manner), opened_per_second) as attackers:
            did = attackers.run(seconds)
        if not attackers.sent and manner.get("sent"):
            raise Failure(f"nothing was sent: {did}")
        if manner.get("read_rate", 0) != 0 and not attackers.received:
            raise Failure(f"nothing was read: {did}")
        return did

    return run


def idle_while_reloading(size, sent):
    """Connections that have asked once and then keep silent, while the definitions change."""

    def run(target, seconds):
        begun, changes, slowest = time.monotonic(), 0, 0
        with Crowd(target.evaluations, size, Manner(sent=sent, read_rate=None)) as attackers:
            attackers.run(1)
            while time.monotonic() < begun + seconds:
                changes += 1
                target.change(f"v{changes}")
                attackers.run(0.2)
                slowest = max(slowest, target.expect(f"v{changes}") + 0.2)
        return f"{attackers}; {changes} changes, each served within {slowest:.1f} s"

    return run
