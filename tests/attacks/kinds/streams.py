"""Event streams: as many as there may be, and more."""

import time

from harness.crowd import Crowd, Manner
from harness.http import get
from harness.target import Failure

STREAMS_MAX = 1000


def streams(size):
    """So many event streams, while the definitions change."""

    def run(target, seconds):
        begun, changes = time.monotonic(), 0
        manner = Manner(sent=get("/ofrep/v1/events"), read_rate=None)
        with Crowd(target.evaluations, STREAMS_MAX, manner) as attackers:
            attackers.run(1)
            # Who is refused is told so, and does not come back at once.
            attackers.size = size
            attackers.run(0.5)
            attackers.size = len(attackers.members)
            received = attackers.received
            while time.monotonic() < begun + seconds - 1.5:
                changes += 1
                target.change(f"v{changes}")
                attackers.run(0.5)
            attackers.run(1.5)
            told = attackers.received - received
            if len(attackers.members) < STREAMS_MAX or told < STREAMS_MAX * 50:
                raise Failure(f"not every stream was told of a change: {attackers}, {told} bytes")
        return f"{attackers}; {changes} changes"

    return run
