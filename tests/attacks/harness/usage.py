"""What a process takes, by what `/proc` says of it."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

FIELD = re.compile(r"^(VmRSS|VmHWM|Threads):\s+(\d+)", re.MULTILINE)
# For `clear_refs`: forget how much was resident at most (proc(5)).
FORGET_PEAK = "5"


@dataclass(frozen=True)
class Usage:
    """Resident memory now and at most since the peak was forgotten, in KiB, and what is open."""

    resident: int
    peak: int
    threads: int
    descriptors: int


def usage(process_id):
    folder = Path("/proc", str(process_id))
    fields = dict(FIELD.findall((folder / "status").read_text(encoding="ascii")))
    return Usage(
        resident=int(fields["VmRSS"]),
        peak=int(fields["VmHWM"]),
        threads=int(fields["Threads"]),
        descriptors=len(os.listdir(folder / "fd")),
    )


def forget_peak(process_id):
    Path("/proc", str(process_id), "clear_refs").write_text(FORGET_PEAK, encoding="ascii")
