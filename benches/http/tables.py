"""What was measured as Markdown tables, and their places in the document."""

import re
from statistics import mean, median

import targets
from targets import COLLECT, PARSE, best_cpu, best_rate, in_order


def everything(found):
    """All tables, one after the other."""
    return "\n".join(f"### {name}\n\n{text}" for name, text in rendered(found).items())


def write(path, found):
    """Puts the tables into the document, each between its two markers."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for name, table in rendered(found).items():
        begin, end = f"<!-- measured: {name} -->\n", f"<!-- end: {name} -->"
        pattern = re.escape(begin) + ".*?" + re.escape(end)
        text, count = re.subn(pattern, lambda _: f"{begin}\n{table}\n{end}", text, flags=re.S)
        assert count == 1, f"{path} has no place for `{name}`"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def rendered(found):
    """The tables of what was measured, by name."""
    made = {name: globals()[name](found[name]) for name in SECTIONS if name in found}
    made["about"] = about(found["about"])
    if all(name in found for name in SECTIONS):
        made["targets"] = targets.table(found)
    return made


def table(head, rows):
    """A table whose columns but the first stand at the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def spread(values, digits=0):
    """The median, and from where to where."""
    values = sorted(values)
    texts = [f"{value:,.{digits}f}" for value in (median(values), values[0], values[-1])]
    return f"{texts[0]} ({texts[1]}–{texts[2]})"


def about(found):
    """The machine and the programs."""
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    lines = [f"{found['day']}: {found['machine']}. {versions}; rustc {found['rustc']}, "]
    lines[0] += f"wrk {found['wrk']}."
    lines += [f"* {line}" for line in found["remarks"]]
    return "\n".join(lines) + "\n"


def throughput(found):
    """Requests a second and processor time, a table for each way of asking."""
    parts = []
    for scenario in found:
        runs = scenario["runs"]
        limit = runs[COLLECT]
        rows = [
            [
                name,
                spread([run["rate"] for run in own]),
                spread([run["cpu"] for run in own], 2),
                f"{mean(run['user'] for run in own):.2f}",
                f"{mean(run['system'] for run in own):.2f}",
                f"{best_rate(own) / best_rate(limit):.2f}",
                f"{best_cpu(limit) / best_cpu(own):.2f}",
            ]
            for name, own in in_order(runs)
        ]
        plural = "" if scenario["connections"] == 1 else "s"
        head = f"{scenario['name']}, {scenario['connections']} connection{plural}"
        columns = ["requests/s", "µs CPU", "user", "system", "requests to limit", "per CPU to limit"]
        parts.append(table([head, *columns], rows))
    return "\n".join(parts)


def latency(found):
    """Milliseconds at a fixed load."""
    parts = []
    for scenario in found:
        names = ["p50", "p99", "p99.9"]
        rows = [
            [name, *(spread([run[at] for run in own], 3) for at in names)]
            for name, own in in_order(scenario["runs"])
        ]
        head = f"{scenario['name']}, {scenario['rate']:,} requests/s"
        parts.append(table([head, *(f"{name} ms" for name in names)], rows))
    return "\n".join(parts)


def memory(found):
    """MiB by the number of flags."""
    rows = []
    for entry in found:
        for name, own in in_order(entry["systems"]):
            figures = [own["idle"], *own["peaks"]]
            texts = [f"{figure:.1f}" for figure in figures] + ["–"] * (3 - len(figures))
            rows.append([name, f"{entry['flags']:,}", *texts])
    head = ["MiB", "flags", "idle", "64 connections, one flag", "16 connections, all flags"]
    return table(head, rows)


def start(found):
    """Milliseconds until the first answer, by the number of flags."""
    names = [name for name, _ in in_order(found[0]["runs"])]
    rows = [[name, *(spread(entry["runs"][name], 1) for entry in found)] for name in names]
    return table(["ms to the first answer", *(f"{entry['flags']:,} flags" for entry in found)], rows)


def change(found):
    """From a change to the new answer."""
    rows = []
    for entry in found:
        for name, own in in_order(entry["systems"]):
            p95 = f"{targets.percentile(own['times'], 0.95):.0f}"
            row = [name, f"{entry['flags']:,}", spread(own["times"]), p95, f"{own['cpu']:.1f}"]
            rows.append(row)
    return table(["", "flags", "ms to the new answer", "p95 ms", "CPU ms a reload"], rows)


def reload(found):
    """Reloads of 10,000 flags under load."""
    rows = []
    for name, own in in_order(found["systems"]):
        rounds = own["rounds"]
        rows.append([
            name,
            spread(own["times"]),
            spread([pair["without"]["p99"] for pair in rounds], 2),
            spread([pair["with"]["p99"] for pair in rounds], 2),
            f"{targets.reload_ratio(own):.2f}",
            f"{own['before']:.0f}, {own['peak']:.0f}, {own['after']:.0f}",
        ])
    head = ["10,000 flags", "ms to the new answer", "p99 ms without", "p99 ms with", "ratio"]
    return table([*head, "MiB before, at most, after"], rows)


def growth(found):
    """Processor time by the number of flags, and by the number of connections."""
    rows = []
    for entry in found["flags"]:
        for name, own in in_order(entry["one"]):
            everything = entry["all"][name]
            rows.append([
                name,
                f"{entry['flags']:,}",
                spread([run["cpu"] for run in own], 2),
                spread([run["cpu"] for run in everything], 1),
                f"{best_cpu(everything) / entry['flags'] * 1e3:.0f}",
            ])
    head = ["", "flags", "µs CPU, one flag", "µs CPU, all flags", "ns a flag"]
    by_flags = table(head, rows)
    rows = []
    for entry in found["connections"]:
        for name, own in in_order(entry["runs"]):
            rate, cpu = spread([run["rate"] for run in own]), spread([run["cpu"] for run in own], 2)
            rows.append([name, f"{entry['connections']:,}", rate, cpu])
    return by_flags + "\n" + table(["", "connections", "requests/s", "µs CPU"], rows)


def size(found):
    """MB of each program."""
    rows = [[name, f"{size / 1e6:.1f}"] for name, size in in_order(found)]
    return table(["", "MB"], rows)


SECTIONS = {
    section.__name__: section
    for section in [throughput, latency, memory, start, change, reload, growth, size]
}
