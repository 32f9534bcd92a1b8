"""The systems: how each is started, asked, checked and changed."""

import contextlib
import json
import os
import random
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from mmap import PROT_READ, mmap

import flags

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILT = os.path.join(ROOT, "target", "http", "release")


@dataclass
class Request:
    """One request, the same every time it is sent."""

    method: str
    path: str
    body: str
    headers: dict = field(default_factory=dict)

    def as_bytes(self, port):
        """As it is sent on a connection that is kept."""
        headers = {"Host": f"127.0.0.1:{port}", "Content-Type": "application/json"} | self.headers
        headers["Content-Length"] = str(len(self.body))
        lines = [f"{self.method} {self.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n" + self.body).encode()


class System:
    """What is measured. `POLL_SECONDS` is how often it looks for changes; 0 where it is told."""

    NAME = ""
    POLL_SECONDS = 0.0
    #: Variables of the environment.
    ENVIRONMENT = {}

    def __init__(self, program):
        self.program = program

    def version(self):
        """As it tells itself, in a few words."""
        raise NotImplementedError

    def write(self, directory, flag_set, is_on=True):
        """Writes the definitions of a set."""
        raise NotImplementedError

    def change(self, directory, flag_set, is_on):
        """Switches `changing` over; returns a function that makes the change take place."""
        raise NotImplementedError

    def command(self, directory, ports):
        """The command line; it is to listen at the first of the ports."""
        raise NotImplementedError

    def request(self, key=None):
        """Asks for one flag, or for all of them."""
        raise NotImplementedError

    def values(self, key, body):
        """What an answer says, as a dictionary of flags to values; a split's is a variant."""
        raise NotImplementedError

    def check(self, key, body, flag_set, is_on=True):
        """Fails unless this is the right answer."""
        values = self.values(key, body)
        expected = dict(flag_set.members())
        if key is not None:
            expected = {key: expected[key]}
        assert values.keys() == expected.keys(), f"{self.NAME}: other flags than asked for"
        for name, kind in expected.items():
            # Where users are hashed, each system has its own answer, and it is always the same.
            allowed = {
                "static": [True],
                "conditions": [True],
                "ramp": [True, False],
                "split": flags.VARIANTS,
                flags.CHANGING: [is_on],
            }[kind]
            assert values[name] in allowed, f"{self.NAME}: {name} is {values[name]!r}"


class Ofrep(System):
    """Whatever speaks OFREP."""

    CONTEXT = {"targetingKey": flags.UNIT} | flags.ATTRIBUTES

    def request(self, key=None):
        path = "/ofrep/v1/evaluate/flags" + (f"/{key}" if key else "")
        return Request("POST", path, json.dumps({"context": self.CONTEXT}))

    def values(self, key, body):
        answer = json.loads(body)
        return {flag["key"]: flag["value"] for flag in ([answer] if key else answer["flags"])}


def replace(path, text):
    """Writes beside the file; returns what renames it into place."""
    with open(path + ".new~", "w", encoding="utf-8") as file:
        file.write(text)
    return lambda: os.replace(path + ".new~", path)


def output(*command):
    """What a program prints."""
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    return (run.stdout + run.stderr).strip()


class Flagstaff(Ofrep):
    NAME = "flagstaff"
    VARIABLE = "FLAGSTAFF"

    def version(self):
        return output(self.program, "--version").removeprefix("flagstaff ")

    def write(self, directory, flag_set, is_on=True):
        for path, text in flags.flagstaff(flag_set, is_on).items():
            path = os.path.join(directory, "flags", path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)

    def change(self, directory, flag_set, is_on):
        path = "team-00/flags-0000.yaml"
        text = flags.flagstaff(flag_set, is_on)[path]
        # Not beside it, where an event of the preparation would be mistaken for one of the change.
        prepared = os.path.join(directory, "aside", "flags-0000.yaml")
        with open(prepared, "w", encoding="utf-8") as file:
            file.write(text)
        return lambda: os.replace(prepared, os.path.join(directory, "flags", path))

    def command(self, directory, ports):
        root = os.path.join(directory, "flags")
        return [self.program, "serve", root, "--listen", f"127.0.0.1:{ports[0]}"]


class OneFile:
    """Flags in one file, which is replaced as a whole."""

    def write(self, directory, flag_set, is_on=True):
        """Writes the flags."""
        self.change(directory, flag_set, is_on)()

    def change(self, directory, flag_set, is_on):
        """Prepares them with a flag switched over; returns what makes it so."""
        return replace(os.path.join(directory, self.FILE), self.text(flag_set, is_on))


class UnleashEdge(OneFile, System):
    NAME = "Unleash Edge"
    VARIABLE = "UNLEASH_EDGE"
    FILE, text = "features.json", staticmethod(flags.unleash)
    POLL_SECONDS = 1.0
    TOKEN = "*:development.frontend"

    def version(self):
        # It does not tell; cargo remembers what it has installed.
        installed = os.path.join(os.path.dirname(os.path.dirname(self.program)), ".crates.toml")
        with contextlib.suppress(OSError), open(installed, encoding="utf-8") as file:
            if found := re.search(r'"unleash-edge (\S+) ', file.read()):
                return found.group(1)
        return "of unknown version"

    def command(self, directory, ports):
        return [
            *(self.program, "--interface", "127.0.0.1", "--port", str(ports[0]), "offline"),
            *("--bootstrap-file", os.path.join(directory, self.FILE)),
            # Without a token of this kind it does not start.
            *("--client-tokens", "*:development.client"),
            *("--frontend-tokens", self.TOKEN, "--reload-interval", str(int(self.POLL_SECONDS))),
        ]

    def request(self, key=None):
        path = f"/api/frontend/features/{key}" if key else "/api/frontend/all"
        # As its own clients ask. It also takes a body, and takes longer then.
        attributes = [f"properties[{name}]={value}" for name, value in flags.ATTRIBUTES.items()]
        query = "&".join([f"userId={flags.UNIT}", *attributes])
        return Request("GET", f"{path}?{query}", "", {"Authorization": self.TOKEN})

    def values(self, key, body):
        answer = json.loads(body)
        toggles = [answer] if key else answer["toggles"]
        values = {}
        for toggle in toggles:
            variant = toggle["variant"]
            values[toggle["name"]] = variant["name"] if variant["enabled"] else toggle["enabled"]
        return values


class Flagd(OneFile, Ofrep):
    NAME = "flagd"
    VARIABLE = "FLAGD"
    FILE, text = "flags.json", staticmethod(flags.flagd)
    ENVIRONMENT = {"GOMAXPROCS": "1"}

    def version(self):
        found = re.search(r"v?(\d+\.\d+\.\d+)", output(self.program, "version"))
        return found.group(1) if found else "of unknown version"

    def command(self, directory, ports):
        return [
            *(self.program, "start", "--uri", "file:" + os.path.join(directory, self.FILE)),
            *("--ofrep-port", str(ports[0]), "--port", str(ports[1])),
            *("--management-port", str(ports[2]), "--sync-port", str(ports[3])),
        ]


class GoFeatureFlag(OneFile, Ofrep):
    NAME = "GO Feature Flag"
    VARIABLE = "GO_FEATURE_FLAG"
    FILE, text = "flags.yaml", staticmethod(flags.go_feature_flag)
    ENVIRONMENT = {"GOMAXPROCS": "1"}
    POLL_SECONDS = 1.0

    def version(self):
        # It tells no one without a good configuration; Go writes into a program how it was built.
        with open(self.program, "rb") as file, mmap(file.fileno(), 0, prot=PROT_READ) as content:
            built = rb"(?:main\.version=|go-feature-flag\t)v?(\d+\.\d+\.\d+)"
            found = re.search(built, content)
            return found.group(1).decode() if found else "of unknown version"

    def command(self, directory, ports):
        path = os.path.join(directory, "proxy.yaml")
        retriever = {"kind": "file", "path": os.path.join(directory, self.FILE)}
        settings = {
            "listen": ports[0],
            "server": {"mode": "http", "host": "127.0.0.1", "port": ports[0]},
            "pollingInterval": int(self.POLL_SECONDS * 1000),
            "logLevel": "ERROR",
            "hideBanner": True,
            "retrievers": [retriever],
        }
        replace(path, json.dumps(settings))()
        return [self.program, f"--config={path}"]


class Flipt(Ofrep):
    NAME = "Flipt"
    VARIABLE = "FLIPT"
    POLL_SECONDS = 1.0
    ENVIRONMENT = {
        "GOMAXPROCS": "1",
        "FLIPT_META_CHECK_FOR_UPDATES": "false",
        "FLIPT_META_TELEMETRY_ENABLED": "false",
    }
    # Every attribute is text there.
    CONTEXT = {name: str(value) for name, value in Ofrep.CONTEXT.items()}

    def version(self):
        found = re.search(r"v?(\d+\.\d+\.\d+)", output(self.program, "--version"))
        return found.group(1) if found else "of unknown version"

    def git(self, directory, *arguments):
        """Runs git in the repository of the flags."""
        who = ["-c", "user.name=flags", "-c", "user.email=flags@localhost"]
        command = ["git", "-C", os.path.join(directory, "repository"), *who, *arguments]
        subprocess.run(command, check=True, capture_output=True)

    def write(self, directory, flag_set, is_on=True):
        folder = os.path.join(directory, "repository", "default")
        os.makedirs(folder, exist_ok=True)
        self.git(directory, "init", "--quiet", "--initial-branch=main")
        self.change(directory, flag_set, is_on)()

    def change(self, directory, flag_set, is_on):
        path = os.path.join(directory, "repository", "default", "features.yaml")
        replace(path, flags.flipt(flag_set, is_on))()
        self.git(directory, "add", "default/features.yaml")
        return lambda: self.git(directory, "commit", "--quiet", "--message", "Change")

    def command(self, directory, ports):
        path = os.path.join(directory, "flipt.yaml")
        storage = {
            "remote": os.path.join(directory, "repository"),
            "branch": "main",
            "poll_interval": f"{self.POLL_SECONDS:g}s",
            "backend": {"type": "memory"},
        }
        settings = {
            "log": {"level": "ERROR"},
            "server": {"host": "127.0.0.1", "http_port": ports[0], "grpc_port": ports[1]},
            "storage": {"default": storage},
            "environments": {"default": {"storage": "default", "default": True}},
        }
        replace(path, json.dumps(settings))()
        return [self.program, "server", "--config", path]


PEERS = [UnleashEdge, Flagd, GoFeatureFlag, Flipt]


class Limit(Ofrep):
    """A server that knows the answer: flagstaff's, as it was given to the same request."""

    def __init__(self, kind, name):
        super().__init__(os.path.join(BUILT, "limit"))
        self.kind, self.NAME = kind, name
        self.answer = None

    def command(self, directory, ports):
        path = os.path.join(directory, "answer")
        with open(path, "wb") as file:
            file.write(self.answer)
        return [self.program, self.kind, f"127.0.0.1:{ports[0]}", path]


def limits():
    """What the machine can do at all."""
    return [
        Limit("collect", "limit: body collected"),
        Limit("parse", "limit: body parsed"),
        Limit("bare", "limit: bare socket"),
    ]


def peers():
    """Those that are there, and a line on each that is not."""
    there, missing = [], []
    for peer in PEERS:
        program = os.environ.get(peer.VARIABLE, "")
        found = shutil.which(program) if program else None
        if found:
            there.append(peer(os.path.abspath(found)))
        elif program:
            missing.append(f"{peer.NAME}: skipped, `{peer.VARIABLE}` names no program")
        else:
            missing.append(f"{peer.NAME}: skipped, `{peer.VARIABLE}` is not set")
    return there, missing


def pause(system, seed=random.Random(1)):
    """How long to wait before a change, so that it does not keep step with a poll."""
    return seed.uniform(0, max(system.POLL_SECONDS, 0.05))
