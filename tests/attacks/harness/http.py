"""Requests as prepared bytes, and one connection that asks and waits for the answer."""

import json
import re
import socket

from harness.definitions import ASKED

LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
PIECE_BYTES = 1 << 16
CONTEXT = {"targetingKey": "u-1", "plan": "pro", "age": 34}


class Broken(Exception):
    """There was no whole answer."""


def get(path):
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def post(path, body, announced=None):
    """A POST of a text or bytes; it can announce more than it has."""
    content = body if isinstance(body, bytes) else body.encode()
    length = len(content) if announced is None else announced
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
    return head.encode() + content


def evaluate(key=ASKED, **attributes):
    """One evaluation; without a key, all of them."""
    path = "/ofrep/v1/evaluate/flags" + (f"/{key}" if key else "")
    return post(path, json.dumps({"context": {**CONTEXT, **attributes}}))


def explain(key, **attributes):
    """One evaluation with its trace; without a key, all of them."""
    path = f"/flags/evaluate{f'/{key}' if key else ''}?explain=true"
    return post(path, json.dumps({"user_id": "u-1", "attributes": attributes}))


class Connection:
    """A connection that asks one thing at a time."""

    def __init__(self, address, seconds_max, source=None):
        try:
            self.socket = socket.create_connection(address, seconds_max, source)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            raise Broken(f"connecting: {error}") from error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, request):
        """The status of the answer, and its body."""
        try:
            self.socket.sendall(request)
            received = b""
            while b"\r\n\r\n" not in received:
                received += self.piece()
            head, body = received.split(b"\r\n\r\n", 1)
            length = LENGTH.search(head + b"\r\n")
            if not length:
                raise Broken(f"no length: {head[:80]!r}")
            pieces, missing = [body], int(length.group(1)) - len(body)
            while 0 < missing:
                pieces.append(self.piece())
                missing -= len(pieces[-1])
            return int(head[9:12]), b"".join(pieces)
        except OSError as error:
            raise Broken(str(error) or type(error).__name__) from error

    def piece(self):
        piece = self.socket.recv(PIECE_BYTES)
        if not piece:
            raise Broken("closed without an answer")
        return piece


def ask(address, request, seconds_max=5):
    """Asks on a connection of its own."""
    with Connection(address, seconds_max) as connection:
        return connection.ask(request)
