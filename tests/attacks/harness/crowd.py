"""Many connections that do the same, by one thread that takes little of the machine.

The sockets do not block, what is sent was prepared, and all of them are looked at in ticks rather
than whenever one of them could do something: a generator that is busy measures itself.
"""

import re
import select
import socket
import struct
import time
from collections import Counter
from dataclasses import dataclass

TICK_SECONDS = 0.02
# How often a slow one goes on.
STEP_SECONDS = 0.25
PIECE_BYTES = 1 << 18
STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
# Closing says RST: no port stays in TIME_WAIT, of which there are as many as ports.
AT_ONCE = struct.pack("ii", 1, 0)
CLOSED = select.EPOLLERR | select.EPOLLHUP | select.EPOLLRDHUP


@dataclass(frozen=True)
class Manner:
    """What each connection does with what it sends and gets."""

    # Sent at once; again and again with `repeats`.
    sent: bytes = b""
    repeats: bool = False
    # Sent after that, so many bytes a second.
    trickled: bytes = b""
    trickle_rate: int = 0
    # How many bytes a second are read; None reads everything.
    read_rate: int | None = 0
    receive_buffer: int | None = None
    # It is closed when all is sent, so that another one can come.
    churns: bool = False
    source: str | None = None


class Crowd:
    """Connections of one manner, as many at once as it has been told, others for those that were
    closed."""

    def __init__(self, address, size, manner, opened_per_second=4000):
        self.address, self.size, self.manner = address, size, manner
        self.opened_per_second = opened_per_second
        self.epoll = select.epoll()
        self.members = {}
        self.statuses = Counter()
        self.opened = self.closed = self.most = self.sent = self.received = 0
        self.next_step = self.last_opened = time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for member in list(self.members.values()):
            self.drop(member)
        self.epoll.close()

    def run(self, seconds):
        """Goes on for so long, and says what it did."""
        end = time.monotonic() + seconds
        while (begun := time.monotonic()) < end:
            self.tick()
            time.sleep(max(0, begun + TICK_SECONDS - time.monotonic()))
        return str(self)

    def tick(self):
        self.fill_up()
        for number, events in self.epoll.poll(0, maxevents=max(1, len(self.members))):
            member = self.members.get(number)
            if member is None:
                continue
            if events & select.EPOLLOUT and not self.send(member):
                continue
            if events & select.EPOLLIN and not self.receive(member, PIECE_BYTES):
                continue
            if events & CLOSED:
                self.lose(member)
        if self.next_step <= time.monotonic():
            self.next_step = time.monotonic() + STEP_SECONDS
            self.step()

    def fill_up(self):
        """Opens what is missing, as many as fall due since the last time."""
        now = time.monotonic()
        due = int((now - self.last_opened) * self.opened_per_second)
        self.last_opened += due / self.opened_per_second
        for _ in range(min(due, self.size - len(self.members))):
            self.open()

    def open(self):
        new = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        new.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        if self.manner.receive_buffer:
            new.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.manner.receive_buffer)
        if self.manner.source:
            new.bind((self.manner.source, 0))
        new.connect_ex(self.address)
        member = Member(new, memoryview(self.manner.sent))
        self.members[new.fileno()] = member
        self.epoll.register(new, self.interest(member))
        self.opened += 1
        self.most = max(self.most, len(self.members))

    def interest(self, member):
        """What it has to hear of. Who reads slowly finds the end after what comes before it."""
        writes = select.EPOLLOUT if len(member.unsent) or not member.is_connected else 0
        reads = {None: select.EPOLLIN, 0: select.EPOLLRDHUP}.get(self.manner.read_rate, 0)
        return writes | reads

    def send(self, member):
        """Sends as much as goes; false if it is no longer there."""
        member.is_connected = True
        try:
            while len(member.unsent):
                count = member.socket.send(member.unsent)
                self.sent += count
                member.unsent = member.unsent[count:]
                if self.manner.repeats and not len(member.unsent):
                    member.unsent = memoryview(self.manner.sent)
                    break
        except BlockingIOError:
            return True
        except OSError:
            self.lose(member)
            return False
        if not len(member.unsent):
            if self.manner.churns:
                self.drop(member)
                return False
            self.epoll.modify(member.socket, self.interest(member))
        return True

    def receive(self, member, bytes_max):
        """Reads what there is, up to so much; false if it has ended."""
        try:
            piece = member.socket.recv(bytes_max)
        except BlockingIOError:
            return True
        except OSError:
            piece = b""
        if not piece:
            self.lose(member)
            return False
        self.received += len(piece)
        self.statuses.update(status.decode() for status in STATUS.findall(piece))
        return True

    def step(self):
        """What goes slowly goes on."""
        trickle = int(self.manner.trickle_rate * STEP_SECONDS)
        reading = int((self.manner.read_rate or 0) * STEP_SECONDS)
        for member in list(self.members.values()) if trickle or reading else []:
            if trickle and member.is_connected and not len(member.unsent):
                begin = member.trickled
                member.trickled += trickle
                member.unsent = memoryview(self.manner.trickled[begin : begin + trickle])
                if not self.send(member):
                    continue
            if reading:
                self.receive(member, reading)

    def lose(self, member):
        """The daemon has closed it."""
        self.closed += 1
        self.drop(member)

    def drop(self, member):
        del self.members[member.socket.fileno()]
        member.socket.close()

    def __str__(self):
        said = [f"{self.opened} opened, {self.most} at once"]
        if self.closed:
            said.append(f"{self.closed} closed by the daemon")
        said.append(f"{mib(self.sent)} sent")
        if self.received:
            counts = ", ".join(f"{count} × {status}" for status, count in self.statuses.items())
            said.append(f"{mib(self.received)} read ({counts})")
        return ", ".join(said)


class Member:
    """One connection."""

    def __init__(self, connection, unsent):
        self.socket = connection
        self.unsent = unsent
        self.trickled = 0
        self.is_connected = False


def mib(count):
    return f"{count / (1 << 20):.1f} MiB"
