"""The normal client: what somebody sees who uses the daemon as it is meant to be used.

It evaluates on a connection that it holds, it evaluates on new connections, and it probes as a
kubelet does. Each has a thread of its own, so that one that waits keeps none of the others back.

A fourth asks the control, a process that does nothing but answer: what that takes is what the
machine takes, and not the daemon.
"""

import multiprocessing
import socket
import threading
import time
from dataclasses import dataclass, field

from harness.http import Broken, Connection, ask, evaluate, get

HELD, NEW, PROBE, CONTROL = "held", "new", "probe", "control"
PAUSE_SECONDS = {HELD: 0.008, NEW: 0.003, PROBE: 0.04, CONTROL: 0.008}
# Who has no answer by then has failed. One lost packet of a handshake, which comes again after
# a second, is no failure.
SECONDS_MAX = 2
# The 99th percentile is that of each part of the time, and their median counts: a machine that does
# something else for a moment spoils one part and not the figure.
PARTS = 3


@dataclass
class Seen:
    """What came of the requests of one kind: when each was begun, how many seconds it took, and
    why it failed, if it did."""

    answers: list = field(default_factory=list)

    @property
    def failures(self):
        return [problem for _, _, problem in self.answers if problem]

    def percentile_99_ms(self):
        """The median of the parts' 99th percentiles, in ms; failures count as what they took."""
        if not self.answers:
            return None
        begin, end = self.answers[0][0], self.answers[-1][0]
        parts = [[] for _ in range(PARTS)]
        for begun, seconds, _ in self.answers:
            part = int((begun - begin) / (end - begin) * PARTS) if begin < end else 0
            parts[min(part, PARTS - 1)].append(seconds)
        found = sorted(percentile_99(part) for part in parts if part)
        return found[len(found) // 2] * 1000


def percentile_99(values):
    """By the nearest rank."""
    return sorted(values)[-(len(values) // 100) - 1]


class Client:
    """Asks as long as a `with` block lasts."""

    def __init__(self, target, control):
        self.target = target
        self.control = control
        self.seen = {kind: Seen() for kind in PAUSE_SECONDS}
        self.is_over = threading.Event()
        asking = {
            HELD: self.ask_held,
            NEW: self.ask_anew,
            PROBE: self.probe,
            CONTROL: self.control.ask,
        }
        self.threads = [threading.Thread(target=self.go_on, args=each) for each in asking.items()]
        self.connection = None

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()
        if self.connection:
            self.connection.socket.close()

    def go_on(self, kind, do):
        while not self.is_over.wait(PAUSE_SECONDS[kind]):
            begun, problem = time.monotonic(), None
            try:
                status, _ = do()
                if status != 200:
                    problem = f"status {status}"
            except Broken as error:
                problem = str(error)
            self.seen[kind].answers.append((begun, time.monotonic() - begun, problem))

    def ask_held(self):
        if not self.connection:
            self.connection = Connection(self.target.evaluations, SECONDS_MAX)
        try:
            return self.connection.ask(evaluate())
        except Broken:
            # It holds another one from now on; that it had to is a failure.
            self.connection.socket.close()
            self.connection = None
            raise

    def ask_anew(self):
        return ask(self.target.evaluations, evaluate(), SECONDS_MAX)

    def probe(self):
        return ask(self.target.management, get("/readyz"), SECONDS_MAX)


class Control:
    """A process that answers everything at once, as long as a `with` block lasts."""

    def __init__(self):
        self.ours, self.theirs = socket.socketpair()
        context = multiprocessing.get_context("fork")
        self.process = context.Process(target=self.answer, daemon=True)

    def __enter__(self):
        self.process.start()
        self.theirs.close()
        return self

    def __exit__(self, *_):
        self.ours.close()
        self.process.join()

    def answer(self):
        self.ours.close()
        while piece := self.theirs.recv(1024):
            self.theirs.sendall(piece)

    def ask(self):
        """As if it were a request: its status, and no body."""
        self.ours.sendall(b"?")
        self.ours.recv(1024)
        return 200, b""


def warm_up(target):
    """Everything that is usual once, so that what the daemon keeps for it is not the attack's."""
    for _ in range(50):
        ask(target.evaluations, evaluate())
        ask(target.evaluations, evaluate(key=None))
        ask(target.management, get("/readyz"))
    ask(target.management, get("/status"))
    ask(target.management, get("/flags"))
