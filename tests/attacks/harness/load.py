"""As many evaluations as are wanted, by one process that takes little of the machine.

Requests go out in bunches on a few connections that pipeline, and of the answers only the status
lines are looked at. So the daemon works hard, and this process does not.
"""

import multiprocessing
import os
import select
import socket
import time
from dataclasses import dataclass

from harness.attacker import NICENESS
from harness.crowd import STATUS
from harness.http import evaluate

CONNECTIONS = 4
TICK_SECONDS = 0.01
# Nobody sends more than this before the answers come.
WAITING_MAX = 400
PIECE_BYTES = 1 << 18
STATUS_BYTES = len(b"HTTP/1.1 200")
AGAIN_SECONDS = 0.1


@dataclass
class Lane:
    """One connection, and how many of its answers are missing."""

    socket: socket.socket
    waiting: int = 0
    tail: bytes = b""


class Load:
    """Asks in a process of its own, as long as a `with` block lasts."""

    def __init__(self, target):
        self.address = target.evaluations
        context = multiprocessing.get_context("fork")
        self.rate = context.Value("d", 0)
        self.answers, self.failures = context.Value("q", 0), context.Value("q", 0)
        self.process = context.Process(target=self.go_on, daemon=True)

    def __enter__(self):
        self.process.start()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.join()

    def most(self, seconds):
        """How many requests a second it answers, if it is asked without a pause."""
        self.rate.value = float("inf")
        time.sleep(0.5)
        begun, before = time.monotonic(), self.answers.value
        time.sleep(seconds)
        most = (self.answers.value - before) / (time.monotonic() - begun)
        self.rate.value = 0
        return most

    def go_on(self):
        os.nice(NICENESS)
        lanes = [self.open() for _ in range(CONNECTIONS)]
        last, due = time.monotonic(), 0
        while True:
            now = time.monotonic()
            # What could not be sent in time is not made up for.
            due = min(due + self.rate.value * (now - last), WAITING_MAX * len(lanes))
            last = now
            for index, lane in enumerate(lanes):
                share = min(int(due) // (len(lanes) - index), WAITING_MAX - lane.waiting)
                due -= share
                try:
                    self.exchange(lane, share)
                except OSError:
                    self.failures.value += lane.waiting
                    lane.socket.close()
                    lanes[index] = self.open()
            select.select([lane.socket for lane in lanes], [], [], TICK_SECONDS)
            if self.rate.value != float("inf"):
                time.sleep(max(0, now + TICK_SECONDS - time.monotonic()))

    def open(self):
        while True:
            try:
                new = socket.create_connection(self.address, 2)
                new.setblocking(False)
                return Lane(new)
            except OSError:
                self.failures.value += 1
                time.sleep(AGAIN_SECONDS)

    def exchange(self, lane, count):
        """Sends so many requests, and takes what answers there are."""
        if count:
            # It fits into the buffers: there are never many on the way.
            lane.waiting += count
            lane.socket.sendall(evaluate() * count)
        try:
            piece = lane.socket.recv(PIECE_BYTES)
        except BlockingIOError:
            return
        if not piece:
            raise ConnectionResetError
        # What a status line begins with may be at the end of a piece.
        text = lane.tail + piece
        found = list(STATUS.finditer(text))
        begin = found[-1].end() if found else 0
        lane.tail = text[max(begin, len(text) - STATUS_BYTES + 1) :]
        right = sum(status.group(1) == b"200" for status in found)
        lane.waiting -= len(found)
        self.answers.value += right
        self.failures.value += len(found) - right
