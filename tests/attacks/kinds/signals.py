"""Attacks by signals."""

import os
import signal
import time

SIGNALS_PER_SECOND = 200


def hang_ups(target, seconds):
    """The daemon is told to read everything again, all the time."""
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        os.kill(target.process_id, signal.SIGHUP)
        count += 1
        time.sleep(1 / SIGNALS_PER_SECOND)
    return f"{count} times SIGHUP"
