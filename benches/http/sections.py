"""What is measured: one function a section, each giving plain data.

Systems are measured in turn, round after round, so that a slow minute of the machine is everybody's.
"""

import os
import signal
import time
from dataclasses import dataclass

import flags
import systems
from flags import Flags
from measure import paced, result, running, starts, switch, wrk

SIZES = [10, 100, 1_000, 10_000]


@dataclass
class Plan:
    """How long and how often."""

    rounds: int = 5
    warms: bool = True
    fewer_connections: bool = False
    paced_rounds: int = 3
    paced_seconds: int = 4
    starts: tuple = (30, 15, 15, 6)
    changes: int = 30
    polled_changes: int = 10
    reload_rounds: int = 5
    connections: tuple = (1, 10, 100, 1_000)


QUICK = Plan(1, False, True, 1, 2, (6, 3, 3, 2), 8, 3, 1, (1, 100, 1_000))


class Bench:
    """All systems that are there, and where they run."""

    def __init__(self, flagstaff, peers, plan, cores):
        self.flagstaff, self.peers = flagstaff, peers
        self.plan, self.cores = plan, cores
        self.collect, self.parse, self.bare = systems.limits()

    def throughput(self):
        """As much as goes, at several numbers of connections: a list of scenarios."""
        both = [self.flagstaff, self.collect, self.parse]
        few = Flags(10)
        scenarios = [
            ("two conditions", few, "conditions", [1, 8, 64], [*both, self.bare]),
            ("static", few, "static", [64], both),
            ("25 % ramp", few, "ramp", [64], both),
            ("split among four", few, "split", [64], both),
            ("all of 5", Flags(5), None, [64], both),
            ("all of 50", Flags(50), None, [64], both),
            ("all of 350", Flags(350), None, [1, 8, 64], both),
            ("all of 350, static", Flags(350, ("static",)), None, [64], both),
        ]
        found = []
        for name, flag_set, key, connections, those in scenarios:
            numbers = connections[-1:] if self.plan.fewer_connections else connections
            entries = [{"name": name, "connections": number, "runs": {}} for number in numbers]
            # Started anew each time: how a process happens to lie in memory can be a quarter, too.
            for _ in range(self.plan.rounds):
                with running([*those, *self.peers], flag_set, [self.cores.server], key) as servers:
                    for entry in entries:
                        turn = self.in_turn(servers, key, entry["connections"], 1, False)
                        for system, runs in turn.items():
                            entry["runs"].setdefault(system, []).extend(runs)
                    if key is None and "tag_ns" not in entries[-1]:
                        entries[-1] |= self.tag(servers[0])
            found.extend(entries)
        return found

    def tag(self, server):
        """How long an answer is, and what copying and digesting it takes."""
        with server.awake():
            body = server.checked(None)
        path = server.file("answer", body)
        nanoseconds = int(systems.output(self.collect.program, "tag", path))
        return {"bytes": len(body), "tag_ns": nanoseconds}

    def in_turn(self, servers, key, connections, rounds, warms=True):
        """The runs of each system."""
        runs = {server.system.NAME: [] for server in servers}
        for _ in range(rounds):
            for server in servers:
                with server.awake():
                    if warms and self.plan.warms and not server.sizes:
                        wrk(server, key, connections, 1, self.cores)
                    run = wrk(server, key, connections, 1, self.cores)
                runs[server.system.NAME].append(run)
        return runs

    def latency(self):
        """How long answers take at a load that all can carry."""
        found = []
        those = [self.flagstaff, self.collect, *self.peers]
        for name, flag_set, key, rate in [
            ("two conditions", Flags(10), "conditions", 2_000),
            ("all of 50", Flags(50), None, 500),
        ]:
            runs = {system.NAME: [] for system in those}
            with running(those, flag_set, [self.cores.server], key) as servers:
                for _ in range(self.plan.paced_rounds):
                    for server in servers:
                        seconds = self.plan.paced_seconds
                        with server.awake():
                            load = paced(server, key, rate, seconds, 16, self.cores)
                            run = result(load, server.system.NAME)
                        runs[server.system.NAME].append(run)
            found.append({"name": name, "rate": rate, "connections": 16, "runs": runs})
        return found

    def memory(self):
        """MiB at rest and under load, by the number of flags."""
        found = []
        for count in SIZES:
            entry = {"flags": count, "systems": {}}
            entry["text"] = sum(len(text) for text in flags.flagstaff(Flags(count), True).values())
            for system in [self.flagstaff, self.collect, *self.peers]:
                if system is self.collect and count != SIZES[0]:
                    continue  # It has no flags.
                pair = [self.flagstaff, system] if system is self.collect else [system]
                with running(pair, Flags(count), [self.cores.server]) as servers:
                    server = servers[-1]
                    server.process.send_signal(signal.SIGCONT)
                    time.sleep(1.5)
                    idle = server.memory()[0]
                    peaks = []
                    keys = [("conditions", 64)]
                    if system is not self.collect:
                        keys.append((None, 16))
                    for key, connections in keys:
                        server.forget_peak()
                        wrk(server, key, connections, 1, self.cores)
                        peaks.append(server.memory()[1])
                    entry["systems"][system.NAME] = {"idle": idle, "peaks": peaks}
            found.append(entry)
        return found

    def start(self):
        """Milliseconds from the start of the process to the first right answer."""
        found = []
        those = [self.flagstaff, self.collect, *self.peers]
        rounds = min(3, *self.plan.starts)
        for count, times in zip(SIZES, self.plan.starts):
            runs = {}
            for _ in range(rounds):
                with running(those, Flags(count), [self.cores.server]) as servers:
                    for server in servers:
                        server.process.send_signal(signal.SIGCONT)
                        taken = starts(server, max(1, times // rounds), self.cores)
                        runs.setdefault(server.system.NAME, []).extend(taken)
            found.append({"flags": count, "runs": runs})
        return found

    def change(self):
        """Milliseconds from a change to the new answer, and of processor time for each reload."""
        found = []
        for count in SIZES:
            entry = {"flags": count, "systems": {}}
            those = [self.flagstaff, *(self.peers if count == 1_000 else [])]
            for system in those:
                with running([system], Flags(count), [self.cores.server]) as servers:
                    polls = system.POLL_SECONDS > 0
                    times = self.plan.polled_changes if polls else self.plan.changes
                    entry["systems"][system.NAME] = self.changes(servers[0], times)
            found.append(entry)
        return found

    def changes(self, server, times):
        """So many changes to see how soon they are served, and as many to see what they take."""
        taken = []
        switch(server, 0.02)
        for _ in range(times):
            time.sleep(systems.pause(server.system))
            taken.append(switch(server, 0.001))
        before = server.cpu()[0]
        for _ in range(times):
            switch(server, 0.02)
        cpu = (server.cpu()[0] - before) * 1e3 / times
        return {"times": taken, "cpu": cpu}

    def reload(self):
        """Reloads of 10,000 flags on two cores, under a load that goes on."""
        found = {}
        rate, connections, many = 2_000, 8, Flags(10_000)
        for system in [self.flagstaff, *self.peers]:
            with running([system], many, self.cores.servers) as servers:
                server = servers[0]
                time.sleep(1.5)
                entry = {"before": server.memory()[0], "times": [], "rounds": []}
                server.forget_peak()
                for _ in range(self.plan.reload_rounds):
                    load = paced(server, "conditions", rate, 2, connections, self.cores)
                    without = result(load, system.NAME)
                    load = paced(server, "conditions", rate, 3, connections, self.cores)
                    while load.poll() is None:
                        entry["times"].append(switch(server, 0.005))
                    during = result(load, system.NAME)
                    entry["rounds"].append({"without": without, "with": during})
                entry["peak"] = server.memory()[1]
                time.sleep(2)
                entry["after"] = server.memory()[0]
                found[system.NAME] = entry
        return {"rate": rate, "connections": connections, "systems": found}

    def growth(self):
        """By the number of flags and by the number of connections."""
        those = [self.flagstaff, *self.peers]
        rounds = min(3, self.plan.rounds)
        by_flags, by_connections = [], []
        for count in SIZES:
            with running(those, Flags(count), [self.cores.server]) as servers:
                one = self.in_turn(servers, "conditions", 64, rounds)
                everything = self.in_turn(servers, None, 16, rounds)
            by_flags.append({"flags": count, "one": one, "all": everything})
        with running([*those, self.collect], Flags(10), [self.cores.server], "conditions") as servers:
            for number in self.plan.connections:
                runs = self.in_turn(servers, "conditions", number, rounds)
                by_connections.append({"connections": number, "runs": runs})
        return {"flags": by_flags, "connections": by_connections}

    def size(self):
        """Bytes of each program."""
        those = [self.flagstaff, self.collect, *self.peers]
        return {system.NAME: os.path.getsize(system.program) for system in those}


SECTIONS = ["throughput", "latency", "memory", "start", "change", "reload", "growth", "size"]
