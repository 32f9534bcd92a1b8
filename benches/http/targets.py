"""What was aimed at, and whether it was reached."""

from statistics import mean, median

FLAGSTAFF = "flagstaff"
COLLECT, PARSE, BARE = "limit: body collected", "limit: body parsed", "limit: bare socket"
LIMITS = [COLLECT, PARSE, BARE]

# How long flagstaff waits until nothing changes any more, in milliseconds.
SETTLE_MS = 50
# By how much two runs of the same may differ.
NOISE = 1.25
KIB = 1024


def in_order(systems):
    """flagstaff, then the limits, then the peers."""
    order = [FLAGSTAFF, *LIMITS]
    names = [name for name in order if name in systems]
    return [(name, systems[name]) for name in names + [n for n in systems if n not in order]]


def others(systems):
    """The peers among them."""
    return {n: own for n, own in systems.items() if n != FLAGSTAFF and n not in LIMITS}


def best_rate(runs):
    """The most requests a second of several runs."""
    return max(run["rate"] for run in runs)


def best_cpu(runs):
    """The least processor time a request of several runs, in microseconds."""
    return min(run["cpu"] for run in runs)


def percentile(values, share):
    """The value that so large a share of them does not exceed."""
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def reload_ratio(own):
    """How much longer the slowest hundredth takes while reloads go on: the median of the rounds."""
    return median(pair["with"]["p99"] / pair["without"]["p99"] for pair in own["rounds"])


class Verdicts:
    """The rows of the table."""

    def __init__(self):
        self.rows = []

    def at_least(self, what, reached, wanted, unit=""):
        """More is better."""
        self.add(what, f"≥ {wanted:g}{unit}", reached, wanted / reached, unit)

    def at_most(self, what, reached, wanted, unit=""):
        """Less is better."""
        self.add(what, f"≤ {wanted:g}{unit}", reached, reached / wanted, unit)

    def add(self, what, wanted, reached, miss, unit):
        """`miss` is how many times as good it would have to be."""
        verdict = "met" if miss <= 1 else f"**missed**, {miss:.2f} times off"
        digits = 2 if reached < 20 else 0
        self.rows.append([what, wanted, f"{reached:.{digits}f}{unit}", verdict])


def table(found):
    """Every target with the figure of this run."""
    verdicts = Verdicts()
    scenarios = {(s["name"], s["connections"]): s for s in found["throughput"]}
    single(verdicts, scenarios)
    bulk(verdicts, scenarios)
    resources(verdicts, found)
    reloads(verdicts, found)
    peers(verdicts, found)
    growth(verdicts, found)
    head = [["target", "wanted", "reached", ""], ["---", "---:", "---:", "---"]]
    return "".join("| " + " | ".join(line) + " |\n" for line in head + verdicts.rows)


def single(verdicts, scenarios):
    """One flag."""
    runs = scenarios["two conditions", 64]["runs"]
    rate = best_rate(runs[FLAGSTAFF]) / best_rate(runs[COLLECT])
    verdicts.at_least("one flag: requests/s to the limit that collects the body", rate, 0.92)
    # The system tells the two kinds of time apart by sampling, so many runs count; not those of one
    # connection, where the core sleeps between two requests and waking it is most of what there is.
    user = {
        name: mean(
            run["user"]
            for (what, connections), scenario in scenarios.items()
            if what == "two conditions" and connections > 1
            for run in scenario["runs"][name]
        )
        for name in (FLAGSTAFF, PARSE)
    }
    ratio = user[FLAGSTAFF] / user[PARSE]
    verdicts.at_most("one flag: user CPU to the limit that parses the body", ratio, 1.3)
    for name, own in others(runs).items():
        ratio = best_cpu(own) / best_cpu(runs[FLAGSTAFF])
        verdicts.at_least(f"one flag: requests per CPU second to {name}", ratio, 4)


def bulk(verdicts, scenarios):
    """All flags."""
    scenario = scenarios["all of 350", 64]
    runs = scenario["runs"]
    for name, own in others(runs).items():
        wanted = {"Unleash Edge": 8, "flagd": 60}.get(name, 4)
        ratio = best_cpu(own) / best_cpu(runs[FLAGSTAFF])
        verdicts.at_least(f"all of 350: requests per CPU second to {name}", ratio, wanted)
    # What is left when the transport of as many bytes is taken away.
    for name in ("all of 350, static", "all of 350"):
        scenario = scenarios[name, 64]
        runs = scenario["runs"]
        own = (best_cpu(runs[FLAGSTAFF]) - best_cpu(runs[PARSE])) * 1e3
        ratio = own / scenario["tag_ns"]
        what = f"{name}: CPU beyond the limit that parses, to copying and digesting the bytes"
        verdicts.at_most(what, ratio, 2)


def resources(verdicts, found):
    """Memory, and the time to start."""
    idle = {e["flags"]: e["systems"][FLAGSTAFF]["idle"] for e in found["memory"]}
    verdicts.at_most("memory at rest, 10 flags", idle[10], 8, " MiB")
    verdicts.at_most("memory at rest, 1,000 flags", idle[1_000], 12, " MiB")
    text = next(e["text"] for e in found["memory"] if e["flags"] == 10_000)
    each = ((idle[10_000] - idle[10]) * KIB * KIB - text) / 10_000 / KIB
    verdicts.at_most("memory at rest, 10,000 flags: each on top of its text", each, 1, " KiB")
    first = {e["flags"]: median(e["runs"][FLAGSTAFF]) for e in found["start"]}
    verdicts.at_most("start to first answer, 10 flags", first[10], 5, " ms")
    verdicts.at_most("start to first answer, 1,000 flags", first[1_000], 20, " ms")


def reloads(verdicts, found):
    """Changes."""
    change = next(e for e in found["change"] if e["flags"] == 1_000)["systems"][FLAGSTAFF]
    p95 = percentile(change["times"], 0.95)
    verdicts.at_most("rename to new answer, 1,000 flags, p95", p95, SETTLE_MS + 30, " ms")
    own = found["reload"]["systems"][FLAGSTAFF]
    verdicts.at_most("reloads of 10,000 flags: p99 to p99 without", reload_ratio(own), 2)
    ratio = own["after"] / own["before"]
    verdicts.at_most("reloads of 10,000 flags: memory afterwards to before", ratio, 1.2)


def peers(verdicts, found):
    """Ahead of every peer, in everything: the smallest lead, as a ratio."""
    leads = []

    def compare(what, systems, figure):
        own = figure(systems[FLAGSTAFF])
        leads.extend((figure(s) / own, f"{what}, {n}") for n, s in others(systems).items())

    for scenario in found["throughput"]:
        what = f"CPU, {scenario['name']}, {scenario['connections']} connections"
        compare(what, scenario["runs"], best_cpu)
    for scenario in found["latency"]:
        for at in ("p50", "p99", "p99.9"):
            compare(f"{at}, {scenario['name']}", scenario["runs"], lambda r: median(x[at] for x in r))
    for entry in found["memory"]:
        compare(f"memory, {entry['flags']:,} flags", entry["systems"], lambda own: own["idle"])
    for entry in found["start"]:
        compare(f"start, {entry['flags']:,} flags", entry["runs"], median)
    for entry in found["change"]:
        compare("change", entry["systems"], lambda own: median(own["times"]))
        compare("CPU a reload", entry["systems"], lambda own: own["cpu"])
    if leads:
        lead, what = min(leads)
        verdicts.at_least(f"ahead of every peer everywhere; the smallest lead: {what}", lead, 1)


def growth(verdicts, found):
    """Nothing grows faster than what it depends on, but for the noise: the steepest steps."""
    series = {
        "CPU, all flags": [best_cpu(e["all"][FLAGSTAFF]) for e in found["growth"]["flags"]],
        "CPU, one flag": [best_cpu(e["one"][FLAGSTAFF]) for e in found["growth"]["flags"]],
        "memory": [e["systems"][FLAGSTAFF]["idle"] for e in found["memory"]],
        "start": [median(e["runs"][FLAGSTAFF]) for e in found["start"]],
        "CPU a reload": [e["systems"][FLAGSTAFF]["cpu"] for e in found["change"]],
    }
    steps = [(b / a, what) for what, own in series.items() for a, b in zip(own, own[1:])]
    step, what = max(steps)
    verdicts.at_most(f"growth for ten times the flags; the steepest: {what}", step, 10 * NOISE)
    # What many connections cost the system, they cost every server.
    rounds = [e["runs"] for e in found["growth"]["connections"]]
    series = {name: [best_cpu(runs[name]) for runs in rounds] for name in (FLAGSTAFF, COLLECT)}
    steps = {name: [b / a for a, b in zip(own, own[1:])] for name, own in series.items()}
    step = max(own / limit for own, limit in zip(steps[FLAGSTAFF], steps[COLLECT]))
    what = "growth for ten times the connections: CPU a request, the steepest step to the limit's"
    verdicts.at_most(what, step, NOISE)
