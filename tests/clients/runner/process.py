"""Processes: run to the end, or kept until they are no longer needed."""

import os
import signal
import subprocess
import time

INSTALL_TRIES_MAX = 3
INSTALL_PAUSE_SECONDS = 5
INSTALL_SECONDS_MAX = 600
END_SECONDS_MAX = 15


class Failure(Exception):
    """What went wrong, for people."""


def environment(**additions):
    """The environment of this process, without a proxy between it and this machine."""
    direct = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
    return {**os.environ, **direct, **{name: str(value) for name, value in additions.items()}}


def run(command, directory=None, seconds=120, **additions):
    """Runs a command to its end and returns what it printed to stdout."""
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env=environment(**additions),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=seconds,
            encoding="utf-8",
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Failure(f"`{shown(command)}` took longer than {seconds} s") from error
    if done.returncode != 0:
        tail = (done.stdout + done.stderr)[-4000:]
        raise Failure(f"`{shown(command)}` ended with {done.returncode}:\n{tail}")
    return done.stdout


def install(command, directory=None, **additions):
    """Runs a command that needs a package registry, which may need a few tries."""
    for remaining in reversed(range(INSTALL_TRIES_MAX)):
        try:
            return run(command, directory, INSTALL_SECONDS_MAX, **additions)
        except Failure as failure:
            if remaining == 0:
                raise
            print(f"  trying again: {str(failure).splitlines()[0]}", flush=True)
            time.sleep(INSTALL_PAUSE_SECONDS)


def end(process):
    """Ends a process that leads a group of its own, with its group; returns its exit code."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
        try:
            return process.wait(END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            continue
    return process.wait()


def shown(command):
    return " ".join(str(part) for part in command)
