"""Follows repositories on the servers that `servers` has started, and breaks everything in turn.

Every check waits for what must come to pass, and says what it waited for if it does not. Meanwhile
the daemon is asked again and again: an answer must never fail, nor have another commit's content.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

WORK = Path(os.environ["work"])
PROGRAM = os.environ["daemon_program"]
BARE = WORK / "repositories" / "flags.git"
TREE = WORK / "tree"
HTTPS = os.environ["https"]
SECURE = ["--git-ca-file", os.environ["ca"], "--git-token-file", os.environ["token"]]
BY_SSH = ["--git-ssh-key", os.environ["key"], "--git-known-hosts", os.environ["known"]]
PATIENCE = 30
count = 0


def git(*arguments, at=TREE):
    done = subprocess.run(["git", *arguments], cwd=at, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def push(value, broken=False, files=1, force=False):
    """Commits and pushes flags that all have this value; returns the commit."""
    shutil.rmtree(TREE / "flags", ignore_errors=True)
    (TREE / "flags").mkdir()
    for number in range(files):
        text = f"flags:\n  f{number}:\n    enabled: true\n    variants: {{ v: {json.dumps(value)} }}\n    default: v\n"
        (TREE / "flags" / f"f{number}.yaml").write_text("flags: [" if broken else text)
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "-m", str(value))
    git("push", "--quiet", *(["--force"] if force else []), str(BARE), "main")
    return git("rev-parse", "HEAD")


class Daemon:
    def __init__(self, location, *options, directory=None, environment=None, expect=True):
        global count
        count += 1
        self.directory = directory or WORK / f"cache-{count}"
        command = [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--git", location]
        if "--git-dir" not in options and "://" in location:
            command += ["--git-dir", str(self.directory)]
        command += options
        self.log = []
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()
        if expect:
            wait(lambda: f"addresses of {location}: {self.log}", lambda: self.address() is not None)

    def listen(self):
        for line in self.process.stderr:
            self.log.append(line)

    def address(self):
        for line in list(self.log):
            if '"addresses"' in line:
                return json.loads(line)["addresses"].split(",")[0]
        return None

    def get(self, path, body=None):
        request = urllib.request.Request(f"http://{self.address()}{path}", data=body and json.dumps(body).encode())
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as reply:
                return reply.status, json.load(reply), reply.headers
        except urllib.error.HTTPError as error:
            return error.code, json.load(error), error.headers

    def status(self):
        return self.get("/status")[1]

    def expect(self, commit, value=None):
        wait(lambda: f"{commit} to be served: {self.log[-3:]}", lambda: self.status()["commit"] == commit)
        code, reply, headers = self.get("/ofrep/v1/evaluate/flags", {"context": {"targetingKey": "u"}})
        assert code == 200 and headers["Flags-Commit"] == commit, (code, headers)
        if value is not None:
            values = {flag["value"] for flag in reply["flags"]}
            assert values == {value}, (values, value)

    def said(self, text):
        wait(lambda: f"`{text}` in the log: {self.log[-4:]}", lambda: any(text in line for line in list(self.log)))

    def stale(self, is_stale=True):
        wait(lambda: f"stale: {is_stale}: {self.status()}", lambda: ("stale" in self.get("/readyz")[1]) == is_stale)
        assert self.get("/readyz")[0] == 200

    def fetch(self):
        self.process.send_signal(signal.SIGHUP)

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(20)
        self.thread.join(5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end()


def wait(what, holds):
    """Waits until something holds; `what` may be made of what is known then."""
    start = time.monotonic()
    while time.monotonic() - start < PATIENCE:
        try:
            if holds():
                return
        except (OSError, ValueError, KeyError, TypeError):
            pass
        time.sleep(0.02)
    raise AssertionError(f"waited for {what() if callable(what) else what} in vain")


class Between(threading.Thread):
    """Stands between the daemon and a server, and does what is wanted to each connection."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.to, self.cut, self.silent, self.away, self.seen = port, None, False, False, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        if self.away:
            return client.close()
        if self.silent:
            time.sleep(20)
            return client.close()
        if self.to is None:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += client.recv(1)
            self.seen.append(head.decode())
            port = int(head.split()[1].rsplit(b":", 1)[1])
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            port = self.to
        server = socket.create_connection(("127.0.0.1", port))
        threading.Thread(target=self.copy, args=(client, server, None), daemon=True).start()
        self.copy(server, client, self.cut)

    @staticmethod
    def copy(source, target, left):
        try:
            while data := source.recv(4096):
                if left is not None:
                    data, left = data[:left], left - len(data)
                target.sendall(data)
                if left is not None and left <= 0:
                    break
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def at(port, address=HTTPS):
    return address.replace(f":{os.environ['https_port']}/", f":{port}/")


CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


@check
def every_protocol_is_followed():
    places = [(HTTPS, SECURE), (os.environ["git"], []), (os.environ["ssh"], BY_SSH), (str(BARE), [])]
    daemons = [Daemon(place, "--ref", "main", *([] if place == str(BARE) else ["--git-interval", "1"]), *options) for place, options in places]
    try:
        for number in range(4):
            commit = push(f"every-{number}", files=50)
            for daemon in daemons:
                daemon.expect(commit, f"every-{number}")
        assert daemons[0].status()["watcher"] == {"mode": "fetching", "reason": "every 1 s"}
        assert daemons[0].status()["git"]["fetched_at"]
    finally:
        for daemon in daemons:
            daemon.end()


@check
def an_unchanged_ref_costs_two_requests_on_one_connection():
    with Daemon(HTTPS, "--git-interval", "3600", *SECURE) as daemon:
        daemon.expect(git("rev-parse", "HEAD"))
        log = WORK / "access.log"
        before = len(log.read_text().splitlines())
        daemon.fetch()
        wait("two requests", lambda: len(log.read_text().splitlines()) >= before + 2)
        time.sleep(0.3)
        lines = [line.split() for line in log.read_text().splitlines()[before:]]
        assert [line[1] for line in lines] == ["GET", "POST"], lines
        assert lines[0][0] == lines[1][0], lines


@check
def what_servers_refuse_is_said():
    other = WORK / "other-token"
    other.write_text("bad-token\n")
    ca = SECURE[:2]
    private, nothing = HTTPS.replace("/private/", "/{}/"), HTTPS.replace("flags.git", "nothing.git")
    # Redirects: at the same server credentials go along, to another they do not.
    port = os.environ["https_port"]
    refused = [
        (HTTPS, ca, "answers 401; it wants credentials"),
        (HTTPS, [*ca, "--git-token-file", str(other)], "answers 401; it refuses the credentials"),
        (HTTPS, SECURE[2:], "TLS: invalid peer certificate"),
        (private.format("forbidden"), SECURE, "answers 403"),
        (private.format("broken"), SECURE, "answers 500"),
        (private.format("away"), SECURE, "answers 401"),
        (nothing, SECURE, "answers 404"),
        (HTTPS, [*SECURE, "--ref", "mian"], "has no branch or tag `mian`"),
        (HTTPS, [*SECURE, "--git-bytes-max", "2KiB"], "`--git-bytes-max`"),
        (f"https://localhost:{port}/", SECURE, "answers 404"),
        (os.environ["git"].replace("flags", "nothing"), [], "nothing.git"),
        (os.environ["ssh"], BY_SSH[2:], "Permission denied"),
        (os.environ["ssh"], BY_SSH[:2], "Host key verification failed"),
    ]
    for location, options, words in refused:
        daemon = Daemon(location, "--exit-on-invalid", *options, expect=False)
        daemon.process.wait(PATIENCE)
        daemon.thread.join(5)
        assert daemon.process.returncode == 1 and words in daemon.log[-1], (location, daemon.log)
        assert "good-token" not in "".join(daemon.log) and "bad-token" not in "".join(daemon.log)
    with Daemon(HTTPS.replace("/private/", "/moved/"), *SECURE) as daemon:
        daemon.expect(git("rev-parse", "HEAD"))


@check
def a_token_is_read_anew():
    token = WORK / "renewed"
    token.write_text("bad-token")
    with Daemon(HTTPS, "--git-interval", "1", *SECURE[:2], "--git-token-file", str(token)) as daemon:
        assert daemon.get("/readyz")[0] == 503
        token.write_text("x-access-token:good-token\n")
        daemon.expect(git("rev-parse", "HEAD"))


@check
def a_server_that_is_away_slow_or_breaks_off():
    between = Between(int(os.environ["https_port"]))
    with Daemon(at(between.port), "--git-interval", "1", "--git-timeout", "2", *SECURE) as daemon:
        daemon.expect(push("between", files=20), "between")
        for setting, words in [("silent", "`--git-timeout`"), ("cut", "")]:
            setattr(between, setting, 5000 if setting == "cut" else True)
            commit = push(setting, files=20)
            daemon.stale()
            daemon.said(words)
            daemon.get("/ofrep/v1/evaluate/flags", {"context": {}})
            between.silent, between.cut = False, None
            daemon.fetch()
            daemon.expect(commit, setting)
            daemon.stale(False)
    between.silent = True
    with Daemon(os.environ["git"].rsplit(":", 1)[0] + f":{between.port}/flags.git", "--git-timeout", "1") as daemon:
        daemon.said("`--git-timeout`")


@check
def history_is_rewritten():
    with Daemon(HTTPS, "--git-interval", "1", "--git-depth", "3", *SECURE) as daemon, Daemon(
        HTTPS, "--git-interval", "1", "--fast-forward-only", *SECURE
    ) as strict:
        first = push("before")
        daemon.expect(first, "before")
        strict.expect(first)
        git("reset", "--quiet", "--hard", "HEAD~2")
        forced = push("forced", force=True)
        daemon.expect(forced, "forced")
        daemon.said("history was rewritten")
        strict.said("`--fast-forward-only` refuses that")
        assert strict.status()["commit"] == first
        git("gc", "--quiet", "--prune=now", at=BARE)
        # Another history altogether, below what a shallow clone knows.
        git("checkout", "--quiet", "--orphan", "fresh")
        git("branch", "--quiet", "-D", "main")
        git("branch", "-m", "main")
        daemon.expect(push("orphan", force=True), "orphan")
        git("update-ref", "-d", "refs/heads/main", at=BARE)
        daemon.said("no `HEAD`")
        daemon.stale()
        daemon.expect(push("again"), "again")
        daemon.stale(False)


@check
def what_was_fetched_is_lost_or_broken():
    with Daemon(HTTPS, "--git-interval", "1", *SECURE) as daemon:
        daemon.expect(push("kept"), "kept")
        shutil.rmtree(daemon.directory)
        daemon.expect(push("removed"), "removed")
        for pack in daemon.directory.glob("repository.git/objects/pack/*"):
            pack.chmod(0o600)
            pack.write_bytes(b"nothing")
        daemon.expect(push("broken"), "broken")
        daemon.stale(False)
        (daemon.directory / "repository.git" / "HEAD").write_text("")
        daemon.expect(push("headless"), "headless")
    # Left by another repository.
    with Daemon(os.environ["git"], directory=daemon.directory) as other:
        other.expect(git("rev-parse", "HEAD"))
    said = subprocess.run(
        [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--git", HTTPS, "--git-dir", "/proc/flagstaff"],
        capture_output=True, text=True, timeout=PATIENCE,
    )
    assert said.returncode == 2 and "--git-dir" in said.stderr, said


@check
def a_restart_while_the_server_is_away():
    between = Between(int(os.environ["https_port"]))
    commit = push("here")
    with Daemon(at(between.port), *SECURE) as daemon:
        daemon.expect(commit)
    between.away = True
    with Daemon(at(between.port), *SECURE, directory=daemon.directory) as again:
        again.expect(commit, "here")
        again.stale()
        assert "cannot be fetched" in again.status()["rejected"]["message"]


@check
def a_bad_commit_and_a_full_disk():
    good = push("good")
    bad = push("bad", broken=True)
    with Daemon(HTTPS, "--git-interval", "1", "--exit-on-invalid", *SECURE) as daemon:
        daemon.expect(good, "good")
        daemon.stale()
        assert daemon.status()["rejected"]["commit"] == bad
        daemon.expect(push("mended"), "mended")
    small = WORK / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(small)], capture_output=True).returncode:
        print("  (no file system can be mounted here: a full disk is not tried)")
        return
    try:
        with Daemon(HTTPS, "--git-interval", "1", *SECURE, directory=small / "cache") as daemon:
            daemon.expect(git("rev-parse", "HEAD"))
            filler = small / "filler"
            with filler.open("wb", buffering=0) as file:
                try:
                    while file.write(b"x" * 4096):
                        pass
                except OSError:
                    pass
            last = daemon.status()["commit"]
            commit = push("no room " + os.urandom(9000).hex())
            daemon.stale()
            assert daemon.status()["commit"] == last
            filler.unlink()
            daemon.expect(commit)
    finally:
        subprocess.run(["umount", "-l", str(small)], check=False)


@check
def killed_at_any_moment():
    directory = WORK / "killed"
    for number in range(12):
        daemon = Daemon(HTTPS, "--git-interval", "1", *SECURE, directory=directory, expect=False)
        commit = push(f"killed-{number}", files=50)
        time.sleep(0.04 * number)
        daemon.end(signal.SIGKILL)
    with Daemon(HTTPS, "--git-interval", "1", *SECURE, directory=directory) as daemon:
        daemon.expect(commit, "killed-11")


@check
def the_cache_does_not_grow_for_ever():
    with Daemon(HTTPS, "--git-interval", "3600", *SECURE) as daemon:
        most = 0
        for number in range(60):
            commit = push(f"many-{number}", files=3)
            daemon.fetch()
            daemon.expect(commit, f"many-{number}")
            most = max(most, len(list(daemon.directory.glob("repository.git/objects/pack/*.pack"))))
        assert 40 < most <= 51, most
        assert len(list(daemon.directory.glob("repository.git/objects/pack/*.pack"))) < 20
        assert {entry.name for entry in daemon.directory.iterdir()} == {"lock", "repository.git"}


@check
def proxies():
    proxy = Between(None)
    environment = dict(os.environ, https_proxy=f"http://user:secret@127.0.0.1:{proxy.port}")
    with Daemon(HTTPS, *SECURE, environment=environment) as daemon:
        daemon.expect(git("rev-parse", "HEAD"))
    assert "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=" in proxy.seen[0], proxy.seen
    seen = len(proxy.seen)
    with Daemon(HTTPS, *SECURE, environment=dict(environment, NO_PROXY="example.com,localhost")) as daemon:
        daemon.expect(git("rev-parse", "HEAD"))
    assert len(proxy.seen) == seen


def main():
    git("init", "--quiet", "--initial-branch=main", str(TREE), at=WORK)
    for number in range(3):
        push(f"first-{number}")
    wanted = sys.argv[1:]
    for function in CHECKS:
        if wanted and not any(name in function.__name__ for name in wanted):
            continue
        start = time.monotonic()
        function()
        print(f"ok {function.__name__.replace('_', ' ')} ({time.monotonic() - start:.1f} s)", flush=True)


main()
