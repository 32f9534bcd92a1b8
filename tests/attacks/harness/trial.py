"""One attack with the normal client beside it, and what must be true of it."""

import shutil
import time
from dataclasses import dataclass, field

from harness.attacker import Attacker
from harness.client import CONTROL, HELD, NEW, PROBE, Client, Control, warm_up
from harness.definitions import write_thousand
from harness.target import WORK, Failure, Target
from harness.usage import forget_peak, usage

# Beside what the control takes.
HELD_MS_MAX = PROBE_MS_MAX = 100
NEW_FAILURES_MAX = 1 / 1000
BACK_FACTOR = 1.2
BACK_SECONDS_MAX = 10
SAMPLE_SECONDS = 0.1
# How often an attack is made at most if all that is wrong may come of a machine which is busy with
# something else. What the daemon does wrong comes again.
ATTEMPTS = 3


@dataclass
class Result:
    """What came of one attack."""

    attack: object
    seen: dict
    did: str
    before: object = None
    peak_mib: float = 0
    after: object = None
    back_seconds: float = 0
    problems: list = field(default_factory=list)
    # Those of the problems that may come of the machine: times, new connections that failed, and
    # an attacker that could not do what it meant to do.
    delays: list = field(default_factory=list)

    @property
    def machine_ms(self):
        return self.seen[CONTROL].percentile_99_ms() or 0

    @property
    def is_doubtful(self):
        """Whether all that is wrong may come of the machine."""
        return len(self.delays) == len(self.problems) != 0

    def __str__(self):
        p99 = {kind: self.seen[kind].percentile_99_ms() for kind in self.seen}
        counts = {
            kind: f"{len(seen.failures)}/{len(seen.answers)}" for kind, seen in self.seen.items()
        }
        return (
            f"{self.attack.name:22}{shown(p99[HELD])}{counts[HELD]:>8}"
            f"{shown(p99[NEW])}{counts[NEW]:>8}{shown(p99[PROBE])}{counts[PROBE]:>6}"
            f"{shown(p99[CONTROL])}{mib(self.before.resident):8.1f}{self.peak_mib:6.1f}"
            f"{mib(self.after.resident):6.1f}{self.back_seconds:6.1f}"
            f"  {'FAILED' if self.problems else 'ok'}"
        )


HEADER = f"""\
p99 in ms and how many requests failed: of the connection that is held, of new ones, of probes;
p99 of the control. Resident memory in MiB: before, at most, afterwards, and seconds until it was.
{"":22}{"held":>7}{"failed":>8}{"new":>7}{"failed":>8}{"probe":>7}{"failed":>6}\
{"control":>7}{"before":>8}{"most":>6}{"after":>6}{"s":>6}"""


def attempt(attack, binary, control):
    """Makes one attack, again while all that is wrong may come of the machine."""
    for _ in range(ATTEMPTS):
        result = attempt_once(attack, binary, control)
        if not result.is_doubtful:
            break
    return result


def attempt_once(attack, binary, control):
    """Makes one attack on a daemon of its own."""
    folder = WORK / attack.name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "flags").mkdir(parents=True)
    write_thousand(folder / "flags")
    if attack.prepare:
        attack.prepare(folder / "flags")
    target = Target(binary, folder, attack.options, attack.descriptors, attack.is_log_read)
    with target:
        warm_up(target)
        before = usage(target.process_id)
        forget_peak(target.process_id)
        result = attacked(attack, target, control)
        target.survive()
        result.before = before
        peak = usage(target.process_id).peak
        result.peak_mib = mib(peak)
        result.after, result.back_seconds = wait_until_back(target, before)
        judge(result)
        try:
            target.change("last")
            target.expect("last")
        except Failure as failure:
            result.problems.append(str(failure))
    return result


def attacked(attack, target, control):
    attacker = Attacker(attack, target, attack.seconds)
    with Client(target, control) as client:
        did, problem = attacker.wait()
    problems = [problem] if problem else []
    return Result(attack, client.seen, did, problems=problems, delays=[*problems])


def wait_until_back(target, before):
    """Waits until the daemon takes no more than before, and says what it takes and since when."""
    begun = time.monotonic()
    while True:
        target.survive()
        now, seconds = usage(target.process_id), time.monotonic() - begun
        if is_back(now, before) or BACK_SECONDS_MAX < seconds:
            return now, seconds
        time.sleep(SAMPLE_SECONDS)


def is_back(now, before):
    return (
        now.resident <= before.resident * BACK_FACTOR
        and now.descriptors <= before.descriptors
        and now.threads <= before.threads
    )


def judge(result):
    """Holds the figures against what is required of them."""
    attack, before, after = result.attack, result.before, result.after
    held, new, probes = (result.seen[kind] for kind in (HELD, NEW, PROBE))
    checks = [
        (not held.failures, f"the held connection failed: {first(held)}"),
        (not probes.failures, f"{len(probes.failures)} probes failed: {first(probes)}"),
        (
            result.peak_mib <= attack.memory_mib,
            f"the peak of {result.peak_mib:.1f} MiB is more than {attack.memory_mib} MiB",
        ),
        (
            after.resident <= before.resident * BACK_FACTOR,
            f"{mib(after.resident):.1f} MiB are resident {BACK_SECONDS_MAX} s afterwards,"
            f" {mib(before.resident):.1f} MiB before",
        ),
        (
            after.descriptors <= before.descriptors,
            f"{after.descriptors} descriptors are open afterwards, {before.descriptors} before",
        ),
        (
            after.threads <= before.threads,
            f"{after.threads} threads run afterwards, {before.threads} before",
        ),
    ]
    delays = [
        f"the p99 of {what} is more than {most} ms, and what the control takes"
        for seen, most, what in [
            (held, HELD_MS_MAX, "requests on the held connection"),
            (probes, PROBE_MS_MAX, "probes"),
        ]
        if not seen.answers or most + result.machine_ms < seen.percentile_99_ms()
    ]
    # Where all connections are taken, who connects and is then late with its head may lose its own.
    if len(new.answers) * NEW_FAILURES_MAX < len(new.failures):
        delays.append(
            f"{len(new.failures)} of {len(new.answers)} new connections failed: {first(new)}"
        )
    result.problems += [problem for is_right, problem in checks if not is_right] + delays
    result.delays += delays


def first(seen):
    return seen.failures[0] if seen.failures else ""


def shown(milliseconds):
    return f"{'-':>7}" if milliseconds is None else f"{milliseconds:7.1f}"


def mib(kib):
    return kib / 1024
