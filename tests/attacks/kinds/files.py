"""Attacks by what is on the disk."""

import os
import shutil
import subprocess
import time

from harness.crowd import mib
from harness.definitions import long_texts, many, replace
from harness.http import ask, get
from harness.target import Failure

SWAPS_PER_SECOND = 10
UPDATES_PER_BURST = 100
STATUS_BYTES_MAX = 160 << 10
DIAGNOSTICS_MAX = 50
# How long a lock of git's is waited for, and how much longer a look may take.
LOCK_SECONDS, LOOK_SECONDS_MAX = 10, 5


def pipes(target, seconds):
    """Named pipes come and go in the place of files, and one is what git would read."""
    victim, pipe = target.root / "shop-0000.yaml", target.folder / "pipe"
    text = victim.read_text(encoding="utf-8")
    os.mkfifo(target.folder / ".git")
    end, swaps = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        os.mkfifo(pipe)
        pipe.rename(victim)
        time.sleep(0.5 / SWAPS_PER_SECOND)
        replace(victim, text)
        time.sleep(0.5 / SWAPS_PER_SECOND)
        swaps += 1
    os.unlink(target.folder / ".git")
    target.change("after-pipes")
    target.expect("after-pipes")
    return f"{swaps} times a pipe in the place of a file"


def prepare_repository(root):
    """A work tree of git's around the root."""
    identity = ["-c", "user.name=n", "-c", "user.email=n@example.com"]
    for arguments in [["init", "--quiet"], ["add", "."], [*identity, "commit", "-qm", "one"]]:
        subprocess.run(["git", *arguments], cwd=root, check=True)


def lock_from_the_future(target, _):
    """A lock of git's with tomorrow's date, which nobody will ever remove."""
    lock = target.root / ".git" / "index.lock"
    lock.touch()
    tomorrow = time.time() + 86_400
    os.utime(lock, (tomorrow, tomorrow))
    target.change("in-spite-of-it")
    try:
        target.expect("in-spite-of-it", LOCK_SECONDS / 2)
    except Failure:
        pass
    else:
        raise Failure("the lock was not waited for")
    seconds = target.expect("in-spite-of-it", LOCK_SECONDS / 2 + LOOK_SECONDS_MAX)
    lock.unlink()
    return f"served {LOCK_SECONDS / 2 + seconds:.1f} s after the change"


def volume_updates(target, seconds):
    """A volume of Kubernetes is updated in bursts."""
    volume = target.root / "volume"
    volume.mkdir()
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        for _ in range(UPDATES_PER_BURST):
            number += 1
            update(volume, number)
        target.change(f"v{number}")
        target.expect(f"v{number}")
    shutil.rmtree(volume)
    return f"{number} updates, in bursts of {UPDATES_PER_BURST}"


def update(volume, number):
    """As the kubelet does it: a new directory, one link that is swapped, and the old one goes."""
    new = volume / f"..{number}"
    new.mkdir()
    text = f"flags:\n  mounted: {{ enabled: true, variants: [m{number}], default: m{number} }}\n"
    (new / "mounted.yaml").write_text(text, encoding="utf-8")
    link = volume / "..data_tmp"
    link.symlink_to(new.name)
    link.rename(volume / "..data")
    if number == 1:
        (volume / "mounted.yaml").symlink_to("..data/mounted.yaml")
    else:
        shutil.rmtree(volume / f"..{number - 1}")


def diagnostics(target, seconds):
    """Thousands of problems, and somebody who looks at them again and again."""
    broken = "".join(f"  broken-{key}:\n    enabled: perhaps\n" for key in range(100))
    files = [target.root / f"broken-{number:02}.yaml" for number in range(40)]
    for path in files:
        replace(path, f"flags:\n{broken}")
    end, largest, looks, shown = time.monotonic() + seconds, 0, 0, 0
    while time.monotonic() < end:
        status, body = ask(target.management, get("/status"))
        if status != 200:
            raise Failure(f"/status answers {status}")
        largest, looks = max(largest, len(body)), looks + 1
        shown = max(shown, body.count(b'"rule"'))
        time.sleep(0.005)
    for path in files:
        path.unlink()
    if not 0 < shown <= DIAGNOSTICS_MAX or STATUS_BYTES_MAX < largest:
        raise Failure(f"/status shows {shown} diagnostics and has {mib(largest)}")
    return f"{looks} times /status, {largest >> 10} KiB and {shown} diagnostics at most"


def prepare_large_set(root):
    """As many flags as 64 MiB are enough for, those that are there already included."""
    replace(root / "large.yaml", many(2500, "large"))


def large_set_changes(target, seconds):
    """A large set is loaded again and again, and then one that is too large."""
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end - 1:
        number += 1
        replace(target.root / "large.yaml", many(2500, f"large-{number % 2}"))
        target.change(f"v{number}")
        target.expect(f"v{number}")
    excess = target.root / "excess.yaml"
    files = [excess.with_name(f"excess-{part}.yaml") for part in range(4)]
    for part, path in enumerate(files):
        replace(path, many(2500, f"excess-{part}"))
    deadline = time.monotonic() + 10
    while "--memory-max" not in str(target.status().get("rejected")):
        if deadline < time.monotonic():
            raise Failure("a set that does not fit is not refused")
        time.sleep(0.05)
    for path in files:
        path.unlink()
    return f"{number} times a set that fits, once one that does not"


def prepare_long_list(root):
    """Definitions whose list is long: about 4 MB."""
    for part in range(4):
        text = long_texts(250, 4000).replace("text-", f"text-{part}-")
        replace(root / f"long-{part}.yaml", text)
