"""The daemon that is attacked."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

CLIENTS = Path(__file__).resolve().parents[2] / "clients"
sys.path.insert(0, str(CLIENTS))

from runner.daemon import BUILD_SECONDS_MAX, ROOT, START_SECONDS_MAX, TARGET, Daemon  # noqa: E402
from runner.process import Failure, environment, run  # noqa: E402

from harness.definitions import CHANGING, changing, replace  # noqa: E402
from harness.http import Broken, ask, evaluate, get  # noqa: E402

WORK = TARGET / "attack"
PROFILE = "attacks"
FOLLOW_SECONDS_MAX = 10
# Under what `ulimit -n` the attacker itself needs.
LIMITED = 'ulimit -n "$0"; exec "$@"'


def build():
    """The binary: the one that FLAGSTAFF_BINARY names, else one built from this tree."""
    named = os.environ.get("FLAGSTAFF_BINARY")
    if named:
        return Path(named).resolve()
    command = ["cargo", "build", "--locked", "--quiet", "--bin", "flagstaff"]
    run([*command, "--profile", PROFILE], ROOT, BUILD_SECONDS_MAX)
    return TARGET / PROFILE / "flagstaff"


def raise_descriptors(wanted):
    """The attacker and the daemon need more open files than many shells allow."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise Failure(f"attacks need {wanted} open files, and `ulimit -Hn` allows {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Target(Daemon):
    """A daemon with an address for management, as long as a `with` block lasts."""

    def __init__(self, binary, folder, options=(), descriptors=None, is_log_read=True):
        self.root = folder / "flags"
        options = ["--management-listen", "127.0.0.1:0", *options]
        super().__init__(binary, [self.root], folder / "log", *options)
        self.folder = folder
        self.is_log_read = is_log_read
        self.unread = None
        if descriptors:
            self.command = ["sh", "-c", LIMITED, str(descriptors), *self.command]

    def start(self, output):
        if self.is_log_read:
            super().start(output)
            return
        self.unread, write_end = os.pipe()
        self.process = subprocess.Popen(
            self.command,
            env=environment(FLAGSTAFF_LOG_FORMAT="json"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=write_end,
            start_new_session=True,
        )
        os.close(write_end)
        # What it says of its start is read, and nothing after it.
        deadline = time.monotonic() + START_SECONDS_MAX
        while b'"addresses"' not in self.log.read_bytes() and time.monotonic() < deadline:
            output.write(os.read(self.unread, 1 << 16))
            output.flush()

    def __exit__(self, kind, error, trace):
        try:
            super().__exit__(kind, error, trace)
        finally:
            if self.unread is not None:
                os.close(self.unread)

    @property
    def process_id(self):
        return self.process.pid

    @property
    def evaluations(self):
        return pair(self.base_url)

    @property
    def management(self):
        return pair(self.management_url)

    def survive(self):
        """Says how it ended, if it has."""
        code = self.process.poll()
        if code is not None:
            raise Failure(f"the daemon ended with exit code {code}:\n{self.log_tail()}")

    def change(self, value):
        """Gives the flag that changes another value."""
        replace(self.root / "changing.yaml", changing(value))

    def expect(self, value, seconds_max=FOLLOW_SECONDS_MAX):
        """Waits until the flag that changes has a value; returns how many seconds it took."""
        begun, said = time.monotonic(), None
        while time.monotonic() < begun + seconds_max:
            try:
                _, body = ask(self.evaluations, evaluate(CHANGING))
                said = json.loads(body).get("value")
            except Broken as error:
                said = str(error)
            if said == value:
                return time.monotonic() - begun
            time.sleep(0.02)
        raise Failure(f"a change is not served after {seconds_max} s: {said!r} for {value!r}")

    def status(self):
        return json.loads(ask(self.management, get("/status"))[1])


def pair(url):
    parts = urlsplit(url)
    return (parts.hostname, parts.port)
