"""The daemon under test: built, started on a port of its own, stopped."""

import json
import os
import subprocess
import time
import urllib.request
from pathlib import Path

from runner.process import Failure, end, environment, run

ROOT = Path(__file__).resolve().parents[3]
TARGET = ROOT / "target"
BUILD_SECONDS_MAX = 1800
START_SECONDS_MAX = 15


def build():
    """The binary: the one that FLAGSTAFF_BINARY names, else one built from this tree."""
    named = os.environ.get("FLAGSTAFF_BINARY")
    if named:
        return Path(named).resolve()
    run(["cargo", "build", "--locked", "--quiet", "--bin", "flagstaff"], ROOT, BUILD_SECONDS_MAX)
    return TARGET / "debug" / "flagstaff"


class Daemon:
    """`flagstaff serve`, as long as a `with` block lasts. It has to end with exit code 0."""

    def __init__(self, binary, roots, log, *options):
        self.command = [binary, "serve", *roots, "--listen", "127.0.0.1:0", *options]
        self.log = Path(log)
        self.process = None
        self.base_url = None
        self.management_url = None

    def __enter__(self):
        with self.log.open("wb") as log:
            self.start(log)
        try:
            said = self.wait_for_start()
            self.base_url = address(said["addresses"])
            self.management_url = address(said.get("management") or said["addresses"])
            self.ask("/readyz")
        except BaseException:
            end(self.process)
            raise
        return self

    def __exit__(self, kind, error, trace):
        code = end(self.process)
        if code != 0 and error is None:
            raise Failure(f"the daemon ended with exit code {code}:\n{self.log_tail()}")

    def start(self, output):
        self.process = subprocess.Popen(
            self.command,
            env=environment(FLAGSTAFF_LOG_FORMAT="json"),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    def wait_for_start(self):
        """What the log says of the start, once the daemon serves."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            for line in self.log.read_text(encoding="utf-8").splitlines():
                try:
                    said = json.loads(line)
                except ValueError:
                    continue
                if "addresses" in said and said.get("level") == "INFO":
                    return said
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise Failure(f"the daemon does not serve:\n{self.log_tail()}")

    def ask(self, path):
        """The body of a GET, at the management address."""
        with urllib.request.urlopen(self.management_url + path, timeout=5) as response:
            return response.read()

    def log_tail(self):
        return self.log.read_text(encoding="utf-8", errors="replace")[-4000:]


def address(listed):
    """The first of a list of addresses, as a URL."""
    return f"http://{listed.split(', ')[0]}"
