"""Checks the manifests; needs the packages of requirements.txt.

Arguments: the daemon's binary, a directory for logs.
"""

import json
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import kubernetes_validate
import yaml
from runner.comparison import Tally
from runner.daemon import ROOT, Daemon
from runner.process import Failure

# Native sidecars are on by default from the first of them on.
VERSIONS = ["1.29", "1.37"]
MANIFESTS = ROOT / "deploy" / "kubernetes"
SIDECAR = "flagstaff"
FLAG = "new-checkout"
FLAGS = f"flags:\n  {FLAG}:\n    enabled: true\n"


def main():
    binary, work = map(Path, sys.argv[1:])
    tally = Tally()
    for path in sorted(MANIFESTS.glob("*.yaml")):
        resources = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
        results = [(version, invalid(resources, version)) for version in VERSIONS]
        tally.report(path.name, "valid", results)
        with tempfile.TemporaryDirectory() as folder:
            problem = serve(binary, work, resources, Path(folder))
        tally.report(path.name, "served", [("the daemon, as it is started there", problem)])
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


def invalid(resources, version):
    """What is wrong with the resources for a version of Kubernetes, or None."""
    for resource in resources:
        try:
            kubernetes_validate.validate(resource, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            return f"{resource['kind']}: {error.message}"
    return None


def serve(binary, work, resources, folder):
    """What is wrong with the daemon, started with the sidecar's arguments, or None."""
    configuration = {one["kind"]: one for one in resources}
    pod = configuration["Deployment"]["spec"]["template"]["spec"]
    sidecar = next(one for one in pod["initContainers"] if one["name"] == SIDECAR)
    mount = sidecar["volumeMounts"][0]["mountPath"]
    if "ConfigMap" in configuration:
        commit = None
        lay_out_config_map(folder, configuration["ConfigMap"]["data"])
    else:
        commit = lay_out_git_sync(folder)
    command, *arguments = sidecar["args"]
    options = [
        # The manifest's ports may be taken here.
        argument.replace("0.0.0.0:8017", "127.0.0.1:0") if argument.startswith("--") else None
        for argument in arguments
    ]
    roots = [str(folder) + one.removeprefix(mount) for one in arguments if not one.startswith("--")]
    if command != "serve":
        return f"`{command}` is not `serve`"
    try:
        with Daemon(binary, roots, work / "daemon.log", *filter(None, options)) as daemon:
            return wrong_answer(daemon, commit)
    except Failure as failure:
        return str(failure)


def wrong_answer(daemon, commit):
    url = f"{daemon.base_url}/ofrep/v1/evaluate/flags/{FLAG}"
    body = json.dumps({"context": {"targetingKey": "user-1", "plan": "pro"}}).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body), timeout=5) as response:
        served = response.headers["Flags-Commit"]
    if daemon.management_url == daemon.base_url:
        return "probes have no address of their own"
    return None if served == commit else f"expected the commit {commit}, got {served}"


def lay_out_config_map(folder, data):
    """As the kubelet does: the files in a directory with a time for a name, links to them."""
    dated = folder / "..2026_11_22_13_57_00.123456789"
    dated.mkdir()
    (folder / "..data").symlink_to(dated.name)
    for name, text in data.items():
        (dated / name).write_text(text, encoding="utf-8")
        (folder / name).symlink_to(f"..data/{name}")


def lay_out_git_sync(folder):
    """As git-sync does: a work tree named for its commit, and a link to it."""

    def git(*arguments):
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
        command = ["git", *identity, "-C", folder, *arguments]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8")
        return done.stdout.strip()

    git("init", "--quiet")
    (folder / "flags").mkdir()
    (folder / "flags" / "checkout.yaml").write_text(FLAGS, encoding="utf-8")
    git("add", ".")
    git("commit", "--quiet", "--message", "Flags")
    commit = git("rev-parse", "HEAD")
    git("worktree", "add", "--quiet", "--detach", f".worktrees/{commit}", commit)
    (folder / "current").symlink_to(f".worktrees/{commit}")
    return commit


if __name__ == "__main__":
    sys.exit(main())
