"""What each client needs, from its registry at pinned versions, below `target/clients`."""

import functools
import shutil
import sys
from pathlib import Path

from runner.daemon import TARGET
from runner.process import Failure, install, run

HERE = Path(__file__).resolve().parents[1]
WORK = TARGET / "clients"
# What a copy of a client's folder must not bring along.
BUILT = shutil.ignore_patterns("node_modules", "target", ".venv", "__pycache__")


@functools.cache
def node(name):
    """A client from the npm registry; returns the command that runs its program."""
    folder = copy(name)
    install(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    return ["node", folder / "main.mjs"]


@functools.cache
def python(name):
    """A client from PyPI."""
    folder = copy(name)
    interpreter = venv(folder / ".venv", folder / "requirements.txt")
    return [interpreter, folder / "main.py"]


@functools.cache
def go(name):
    """A client from the Go module proxy."""
    folder = copy(name)
    install(["go", "mod", "download"], folder, GOTOOLCHAIN="local")
    program = folder / "target" / "client"
    run(["go", "build", "-mod=readonly", "-o", program, "."], folder, 300, GOTOOLCHAIN="local")
    return [program]


@functools.cache
def java(name):
    """A client from Maven Central."""
    folder = copy(name)
    install(["mvn", "--batch-mode", "--quiet", "compile"], folder)
    target = folder / "target"
    return ["java", "-cp", f"{target / 'classes'}:{target / 'lib'}/*", "Main"]


def venv(folder, requirements):
    """A Python of its own with these requirements; returns its interpreter."""
    try:
        run([sys.executable, "-m", "venv", "--clear", folder])
    except Failure:
        # Debian's Python comes without what makes one.
        debian("python3-venv")
        run([sys.executable, "-m", "venv", "--clear", folder])
    interpreter = folder / "bin" / "python"
    install([interpreter, "-m", "pip", "install", "--quiet", "--no-deps", "-r", requirements])
    run([interpreter, "-m", "pip", "check"])
    return interpreter


@functools.cache
def chromium():
    """Debian's Chromium."""
    if not shutil.which("chromium"):
        debian("chromium")
    return "chromium"


def debian(package):
    install(["apt-get", "update", "--quiet"])
    command = ["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", package]
    install(command, DEBIAN_FRONTEND="noninteractive")


def copy(name):
    """Copies a client's folder to where it may be built."""
    folder = WORK / name
    for source in [folder / "src", folder / "target" / "classes"]:
        shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(HERE / name, folder, ignore=BUILT, dirs_exist_ok=True)
    return folder
