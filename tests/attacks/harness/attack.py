"""What an attack is: a row of the table."""

from collections.abc import Callable
from dataclasses import dataclass

MEMORY_MIB = 64
SECONDS = 4


@dataclass(frozen=True)
class Attack:
    """One attack. `run(target, seconds)` attacks, returns what it did in a few words, and raises
    `Failure` if something is not as it must be, or if there was no attack."""

    name: str
    # What it is about, in a few words.
    point: str
    run: Callable
    # Adds to the root, before the daemon starts.
    prepare: Callable | None = None
    options: tuple = ()
    # `ulimit -n` of the daemon.
    descriptors: int | None = None
    is_log_read: bool = True
    seconds: float = SECONDS
    memory_mib: int = MEMORY_MIB
    # Whether it can be made against a daemon without these options, and with others in turn.
    is_in_soak: bool = True
    # Whether what it adds can be there all the time: it does not change what others measure.
    is_prepared_in_soak: bool = True
