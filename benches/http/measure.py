"""Servers that run, what they take, and the loads they are put under."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time

from systems import BUILT

HERE = os.path.dirname(os.path.abspath(__file__))
START_SECONDS_MAX = 60
# How long a load goes on for an answer of those that take long.
RUN_SECONDS_MAX = 16
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Cores:
    """Which core is whose: two for servers, one for the load, the rest for the script."""

    def __init__(self):
        cores = sorted(os.sched_getaffinity(0))
        assert len(cores) >= 2, "it takes two cores: one for the server and one for the load"
        self.load = cores[-1]
        self.server = cores[-2]
        self.servers = cores[-3:-1] if len(cores) > 2 else cores
        os.sched_setaffinity(0, cores[:-2] or cores)


class Server:
    """A system that runs, on the cores that are its own."""

    def __init__(self, system, flag_set, cores, directory):
        self.system, self.flag_set = system, flag_set
        self.directory, self.cores = directory, cores
        # For what is none of its business, out of the sight of those that watch directories.
        self.aside = os.path.join(directory, "aside")
        os.makedirs(self.aside, exist_ok=True)
        self.ports = free_ports(4)
        self.is_on = True
        self.sizes = {}
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("FLAGSTAFF")
        } | system.ENVIRONMENT
        with contextlib.suppress(NotImplementedError):
            system.write(directory, flag_set)
        self.process = None

    def start(self):
        """Starts it and waits until it answers."""
        command = self.system.command(self.directory, self.ports)
        places = ",".join(map(str, self.cores))
        # Its log goes to a file, as with whoever runs it.
        with open(os.path.join(self.aside, "log"), "ab") as log:
            self.process = subprocess.Popen(
                ["taskset", "-c", places, *command],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + START_SECONDS_MAX
        key = flag_of(self.system)
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError, KeyError):
                status, body = self.ask(key)
                if status == 200:
                    self.check(key, body)
                    return self
            if self.process.poll() is not None or end < time.monotonic():
                with open(os.path.join(self.aside, "log"), encoding="utf-8") as log:
                    end_of_log = log.read()[-2000:]
                raise RuntimeError(f"{self.system.NAME} does not answer:\n{end_of_log}")
            time.sleep(0.002)

    def stop(self):
        """Ends it."""
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def pause(self):
        """Lets it do nothing, so that what it does by itself does not cost others."""
        self.process.send_signal(signal.SIGSTOP)

    @contextlib.contextmanager
    def awake(self):
        """Lets it run for a while."""
        self.process.send_signal(signal.SIGCONT)
        yield self
        self.pause()

    def ask(self, key, connection=None):
        """Status and body of one answer."""
        request = self.system.request(key)
        used = connection or http.client.HTTPConnection("127.0.0.1", self.ports[0], timeout=20)
        headers = {"Content-Type": "application/json"} | request.headers
        used.request(request.method, request.path, request.body, headers)
        response = used.getresponse()
        body = response.read()
        if not connection:
            used.close()
        return response.status, body

    def check(self, key, body):
        """Fails unless this is the right answer."""
        if getattr(self.system, "answer", None) is not None:
            assert body == self.system.answer, f"{self.system.NAME}: another answer"
        else:
            self.system.check(key, body, self.flag_set, self.is_on)

    def checked(self, key):
        """The body of a right answer."""
        status, body = self.ask(key)
        assert status == 200, f"{self.system.NAME} answers {status}"
        self.check(key, body)
        return body

    def file(self, name, content):
        """A file for a load to read."""
        path = os.path.join(self.aside, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def response_size(self, key):
        """How many bytes an answer has, head and all."""
        with socket.create_connection(("127.0.0.1", self.ports[0]), timeout=20) as stream:
            stream.sendall(self.system.request(key).as_bytes(self.ports[0]))
            received = b""
            while True:
                received += stream.recv(1 << 20)
                head, _, body = received.partition(b"\r\n\r\n")
                length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
                if len(body) == int(length[1]) if length else body.endswith(b"0\r\n\r\n"):
                    return len(received)

    def cpu(self):
        """What it has used of the processor so far: seconds in all, of them in the program."""
        pid = self.process.pid
        # The process's own clock, which also counts threads that have ended.
        total = time.clock_gettime((~pid << 3) | 2)
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return total, int(fields[11]) / CLOCK_TICKS, int(fields[12]) / CLOCK_TICKS

    def memory(self):
        """Resident memory now and at the most, in MiB."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file)
        return [int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]

    def forget_peak(self):
        """Begins anew to look for the most memory."""
        with open(f"/proc/{self.process.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")


def flag_of(system):
    """What is asked for first; the limits have one answer to everything."""
    return getattr(system, "key", "static")


@contextlib.contextmanager
def running(systems, flag_set, cores, key="static"):
    """Servers for these systems with the same flags, the limits with what flagstaff answers.

    If there are several, each has to be woken to be asked.
    """
    with contextlib.ExitStack() as stack:
        servers, answer = [], None
        for system in systems:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="flags-"))
            if hasattr(system, "answer"):
                system.answer, system.key = answer, key
            server = Server(system, flag_set, cores, directory)
            stack.callback(server.stop)
            server.start()
            answer = answer or server.checked(key)
            servers.append(server)
            if len(systems) > 1:
                server.pause()
        yield servers


def free_ports(count):
    """Ports on which nobody listens."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


def wrk(server, key, connections, seconds, cores):
    """As much as goes: requests a second, and microseconds of processor time a request."""
    server.checked(key)
    if key not in server.sizes:
        server.sizes[key] = server.response_size(key)
    request = server.system.request(key)
    headers = {"Content-Type": "application/json"} | request.headers
    command = [
        *("taskset", "-c", str(cores.load), "wrk", "--threads", "1"),
        *("--connections", str(connections), "--duration", f"{seconds}s", "--timeout", "30s"),
        *("--script", os.path.join(HERE, "wrk.lua")),
        *(f"http://127.0.0.1:{server.ports[0]}{request.path}", "--"),
        *(request.method, server.file("body", request.body.encode())),
        *(part for header in headers.items() for part in header),
    ]
    before = server.cpu()
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    after = server.cpu()
    summary = json.loads(run.stdout.strip().splitlines()[-1])
    requests = summary["requests"]
    if requests < connections and seconds < RUN_SECONDS_MAX:
        # What is cut off at the end was paid for and is not counted.
        return wrk(server, key, connections, 4 * seconds, cores)
    name = server.system.NAME
    assert requests > 0, f"{name}: no answer within {seconds} seconds"
    assert summary["failed"] == 0, f"{name}: {summary['failed']} of {requests} requests failed"
    # All answers have the same length, but for those that were under way at the end.
    off = abs(summary["bytes"] - requests * server.sizes[key])
    assert off <= (connections + 1) * server.sizes[key], f"{name}: answers of another length"
    server.checked(key)
    total, user, system = ((b - a) * 1e6 / requests for a, b in zip(before, after))
    rate = requests * 1e6 / summary["microseconds"]
    return {"rate": rate, "cpu": total, "user": user, "system": system}


def paced(server, key, rate, seconds, connections, cores):
    """Starts a load of so many requests a second; its `result` tells how long answers took."""
    request = server.file("request", server.system.request(key).as_bytes(server.ports[0]))
    answer = server.file("expected", server.checked(key))
    command = [
        *("taskset", "-c", str(cores.load), os.path.join(BUILT, "load"), "paced"),
        *(f"127.0.0.1:{server.ports[0]}", request, answer),
        *(str(rate), str(seconds), str(connections)),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def result(load, name):
    """What a paced load has found, all answers having been right."""
    printed, _ = load.communicate()
    assert load.returncode == 0, f"{name}: the load failed"
    found = json.loads(printed)
    assert found["wrong"] == 0, f"{name}: {found['wrong']} of {found['count']} answers are wrong"
    return found


def starts(server, times, cores):
    """Milliseconds from each start to the first right answer. The server is stopped before."""
    key = flag_of(server.system)
    request = server.file("request", server.system.request(key).as_bytes(server.ports[0]))
    answer = server.file("expected", server.checked(key))
    server.stop()
    command = [
        *("taskset", "-c", str(cores.load), os.path.join(BUILT, "load"), "start"),
        *(f"127.0.0.1:{server.ports[0]}", request, answer, str(times), str(cores.server)),
        *server.system.command(server.directory, server.ports),
    ]
    run = subprocess.run(
        command, env=server.environment, capture_output=True, text=True, check=True
    )
    return json.loads(run.stdout)


def switch(server, pause):
    """Changes a flag: milliseconds until it is answered for anew. `pause` is between two looks."""
    is_on = not server.is_on
    change = server.system.change(server.directory, server.flag_set, is_on)
    connection = http.client.HTTPConnection("127.0.0.1", server.ports[0], timeout=20)
    start = time.monotonic()
    change()
    end = start + START_SECONDS_MAX
    while time.monotonic() < end:
        status, body = server.ask("changing", connection)
        assert status == 200, f"{server.system.NAME} answers {status}"
        if server.system.values("changing", body)["changing"] == is_on:
            server.is_on = is_on
            connection.close()
            return (time.monotonic() - start) * 1e3
        time.sleep(pause)
    raise RuntimeError(f"{server.system.NAME} does not serve a change")
