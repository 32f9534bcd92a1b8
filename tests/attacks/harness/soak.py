"""All attacks in turn on one daemon, for as long as you like, while it is used and changed.

Half of the load that it can bear, a change every second, and the normal client beside.
"""

import shutil
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from harness.attacker import Attacker
from harness.client import HELD, NEW, PROBE, Client, warm_up
from harness.definitions import replace, write_thousand
from harness.load import Load
from harness.target import WORK, Target
from harness.trial import BACK_FACTOR, is_back, mib, wait_until_back
from harness.usage import forget_peak, usage

ATTACK_SECONDS, PAUSE_SECONDS = 8, 2
CALIBRATION_SECONDS = 3
CHANGE_SECONDS = 1
SAMPLE_SECONDS = 0.2
ROWS = 10
FAILURES_MAX = 1 / 1000
OPTIONS = ("--event-streams",)


@dataclass
class Row:
    """What was seen in one part of the time."""

    minute: float
    usages: list = field(default_factory=list)
    peak: int = 0
    answers: int = 0
    failures: int = 0
    changes: int = 0

    def __str__(self):
        least = min(self.usages, key=lambda each: each.resident)
        most = [max(getattr(each, name) for each in self.usages) for name in COUNTED]
        few = [min(getattr(each, name) for each in self.usages) for name in COUNTED]
        return (
            f"| {self.minute:.1f} | {mib(least.resident):.1f} | {mib(self.peak):.1f}"
            f" | {few[0]} to {most[0]} | {most[1]} | {self.answers:,} | {self.failures}"
            f" | {self.changes} |"
        )


COUNTED = ("descriptors", "threads")
HEADER = """\
| minute | at rest, MiB | most, MiB | descriptors | threads | answers | failures | changes |
|---|---|---|---|---|---|---|---|"""


class Changes:
    """Changes a flag of its own every second, as long as a `with` block lasts."""

    def __init__(self, target):
        self.path = target.root / "soaked.yaml"
        self.count = 0
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.go_on)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()

    def go_on(self):
        while not self.is_over.wait(CHANGE_SECONDS):
            self.count += 1
            text = f"flags:\n  soaked: {{ enabled: {str(self.count % 2 == 0).lower()} }}\n"
            replace(self.path, text)


def soak(attacks, binary, control, seconds):
    """Prints a row for each part of the time, and returns what was not as it must be."""
    folder = WORK / "soak"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "flags").mkdir(parents=True)
    write_thousand(folder / "flags")
    attacks = [attack for attack in attacks if attack.is_in_soak]
    prepared = {attack.prepare for attack in attacks if attack.is_prepared_in_soak}
    for prepare in prepared - {None}:
        prepare(folder / "flags")
    with Target(binary, folder, OPTIONS) as target, Load(target) as load:
        warm_up(target)
        most = load.most(CALIBRATION_SECONDS)
        time.sleep(1)
        before = usage(target.process_id)
        load.rate.value = most / 2
        print(f"{most:,.0f} answers a second at most; {most / 2:,.0f} are asked for\n{HEADER}")
        problems, client = go_through(attacks, target, control, load, seconds)
        load.rate.value = 0
        after, took = wait_until_back(target, before)
        problems += judge(client, load, before, after)
        for kind in (HELD, NEW, PROBE):
            seen = client.seen[kind]
            print(
                f"{kind}: {len(seen.answers):,} requests, {len(seen.failures)} failed,"
                f" p99 {seen.percentile_99_ms():.1f} ms"
            )
        print(
            f"before {mib(before.resident):.1f} MiB, afterwards {mib(after.resident):.1f} MiB"
            f" ({took:.1f} s), {before.descriptors} and {after.descriptors} descriptors,"
            f" {before.threads} and {after.threads} threads"
        )
        target.change("after-soak")
        target.expect("after-soak")
    return problems


def go_through(attacks, target, control, load, seconds):
    """Attacks in turn until the time is over."""
    problems, turns, begun = [], 0, time.monotonic()
    with Changes(target) as changes, Client(target, control) as client:
        sampler = Sampler(target, load, changes, seconds / ROWS)
        while time.monotonic() + ATTACK_SECONDS + PAUSE_SECONDS <= begun + seconds:
            attack = attacks[turns % len(attacks)]
            turns += 1
            before = failures(client, load)
            attacker = Attacker(attack, target, ATTACK_SECONDS)
            while not attacker.said.poll(SAMPLE_SECONDS):
                sampler.look()
            _, problem = attacker.wait()
            pause = time.monotonic() + PAUSE_SECONDS
            while time.monotonic() < pause:
                sampler.look()
                time.sleep(SAMPLE_SECONDS)
            if problem:
                problems.append(f"{attack.name}: {problem}")
            for kind, count in (failures(client, load) - before).items():
                print(f"during {attack.name} failed: {count} ({kind})")
        sampler.end_row()
    print(f"{turns} attacks, {len(attacks)} kinds")
    return problems, client


def failures(client, load):
    """How many requests of each kind have failed so far."""
    counts = Counter({kind: len(client.seen[kind].failures) for kind in (HELD, NEW, PROBE)})
    counts["load"] = load.failures.value
    return counts


class Sampler:
    """Looks at the daemon, and prints a row when its time has come."""

    def __init__(self, target, load, changes, row_seconds):
        self.target, self.load, self.changes = target, load, changes
        self.row_seconds = row_seconds
        self.begun = self.row_begun = time.monotonic()
        self.row = Row(0)
        self.counted = (0, load.answers.value, load.failures.value)
        forget_peak(target.process_id)

    def look(self):
        self.row.usages.append(usage(self.target.process_id))
        if self.row_seconds <= time.monotonic() - self.row_begun:
            self.end_row()

    def end_row(self):
        if not self.row.usages:
            return
        now = (self.changes.count, self.load.answers.value, self.load.failures.value)
        row = self.row
        row.minute = (time.monotonic() - self.begun) / 60
        row.changes, row.answers, row.failures = (a - b for a, b in zip(now, self.counted))
        row.peak = usage(self.target.process_id).peak
        print(row, flush=True)
        forget_peak(self.target.process_id)
        self.row, self.counted, self.row_begun = Row(0), now, time.monotonic()


def judge(client, load, before, after):
    problems = []
    for kind in (HELD, NEW, PROBE):
        seen = client.seen[kind]
        if len(seen.answers) * FAILURES_MAX < len(seen.failures):
            problems.append(f"{kind}: {len(seen.failures)} of {len(seen.answers)} failed")
    if load.answers.value * FAILURES_MAX < load.failures.value:
        problems.append(f"{load.failures.value} requests of the load failed")
    if not is_back(after, before):
        problems.append(
            f"it took {before} before and takes {after} afterwards; {BACK_FACTOR} times the memory"
            " is the most"
        )
    return problems
