"""The way in, told: a table and plots a workload, the open loop, memory, and what was to be reached."""

import dataclasses

from bench import figures, svg

QUANTILES = {"50": 0.5, "90": 0.9, "99": 0.99, "99.9": 0.999}
TITLES = {"health": "GET /health", "read": "Read with a token", "create": "Durable create with a token"}


@dataclasses.dataclass(frozen=True)
class Target:
    """`least` and `aim` are what the project wants; `higher` says on which side of them is good."""

    words: str
    least: float
    aim: float
    seen: object
    higher: bool = True
    digits: int = 2

    def verdict(self, value):
        if value is None:
            return ""
        def reaches(limit):
            return value >= limit if self.higher else value <= limit
        return "aim reached" if reaches(self.aim) else "met" if reaches(self.least) else "not met"


def to(workload, connections, peer):
    """Ours to a peer's rate, in the rounds of this run."""
    return lambda way_in: figures.ratio(way_in.rounds.get((workload, connections), []), "ours", peer, "perSecond")


def on_postgresql(connections):
    """Ours with its stores on PostgreSQL, to ours on SQLite."""
    return lambda way_in: figures.ratio(way_in.rounds.get(("create", connections), []), "ours, PostgreSQL", "ours", "perSecond")


def read_p99(way_in):
    seen = way_in.open.get("read", {}).get("ours")
    return figures.quantile(seen["histogram"], 0.99) / 1000 if seen and seen["histogram"] else None


TARGETS = (
    Target("`/health` to libmicrohttpd, 64 connections", 0.6, 0.9, to("health", 64, "libmicrohttpd")),
    Target("read to Go + NATS, 64", 2, 5, to("read", 64, "Go + NATS")),
    Target("read to FastAPI, 64", 30, 60, to("read", 64, "FastAPI"), digits=1),
    Target("create to Go + NATS, 64", 2, 5, to("create", 64, "Go + NATS")),
    Target("create to Go + NATS, 1", 1, 1.3, to("create", 1, "Go + NATS")),
    Target("create to FastAPI, 64", 25, 60, to("create", 64, "FastAPI"), digits=1),
    Target("create to the SQLite loop, 64 rows a commit", 0.15, 0.4, to("create", 64, "SQLite loop")),
    Target("create on PostgreSQL to SQLite, 64", 0.4, 1, on_postgresql(64)),
    Target("create on PostgreSQL to SQLite, 256", 0.4, 1, on_postgresql(256)),
    Target("p99 of a read at half the highest rate, ms", 5, 1, read_p99, higher=False),
    Target("memory of all five services, idle, MiB", 60, 40, lambda way_in: way_in.memory.get("ours", (None,))[0], False, 0),
    Target("… with 1,000 connections, MiB", 120, 80, lambda way_in: way_in.memory.get("ours", (None, None))[1], False, 0),
)


def tell(way_in, report):
    options = way_in.options
    palette = svg.colours([*way_in.peers, "SQLite loop"])
    machine = f"{options.rounds} × {options.seconds:g} s; one thread of load on the same processors; data on {options.data_system}"
    for workload in options.workloads:
        report.heading(TITLES[workload])
        report.text(machine)
        tell_workload(way_in, report, workload, palette)
    tell_open(way_in, report, palette)
    tell_memory(way_in, report)
    tell_targets(way_in, report)
    report.numbers["wayIn"] = {f"{workload}.{connections}": rounds for (workload, connections), rounds in way_in.rounds.items()}
    report.numbers["openLoop"] = way_in.open
    report.numbers["memoryMiB"] = way_in.memory


def tell_workload(way_in, report, workload, palette):
    rows = [["connections", "peer", "requests/s", "CPU µs", "p50 ms", "p99 ms", "ours to it", "lowest–highest", "bad"]]
    rates, last = {}, None
    for connections in way_in.connections:
        rounds = way_in.rounds.get((workload, connections))
        if not rounds:
            continue
        last = connections
        for name in sorted(rounds[0], key=lambda name: list(way_in.peers).index(name) if name in way_in.peers else len(way_in.peers)):
            seen = {key: figures.medians(rounds, name, key) for key in ("perSecond", "cpu", "p50", "p99")}
            to_it = figures.ratios(rounds, "ours", name, "perSecond") if name != "ours" else []
            rates.setdefault(name, {})[connections] = seen["perSecond"]
            wrong = sum(each[name].get("bad", 0) for each in rounds)
            rows.append([connections, name, figures.shown(seen["perSecond"]), figures.shown(seen["cpu"]), figures.shown(seen["p50"], 2),
                         figures.shown(seen["p99"], 2), figures.shown(figures.ratio(rounds, "ours", name, "perSecond") if to_it else None, 2),
                         figures.span(to_it), wrong or ""])
    if last is None:
        return report.text("nothing was measured")
    report.table(rows)
    points = way_in.connections
    report.plot(svg.lines(f"{TITLES[workload]}: requests a second by connections", points,
                          {name: [by.get(some) for some in points] for name, by in rates.items()}, palette))
    at = 64 if (workload, 64) in way_in.rounds else last
    costs = {name: figures.medians(way_in.rounds[workload, at], name, "cpu") for name in way_in.rounds[workload, at][0]}
    report.plot(svg.bars(f"{TITLES[workload]}: processor time a request, {at} connections", costs, "µs", palette))


def tell_open(way_in, report, palette):
    for workload, seen in way_in.open.items():
        report.heading(f"{TITLES[workload]}, open loop")
        report.text("At half of the highest rate that the peer has reached, over 64 connections; latency runs from when a request was due.")
        rows = [["peer", "requests/s", *(f"p{name} ms" for name in QUANTILES), "most ms", "generator late p99 ms", "bad"]]
        series = {}
        for name, found in seen.items():
            if not found["histogram"]:
                continue
            values = [figures.quantile(found["histogram"], q) / 1000 for q in (*QUANTILES.values(), 1)]
            series[name] = values
            rows.append([name, figures.shown(found["rate"]), *(figures.shown(value, 2) for value in values),
                         figures.shown(found["late"], 2), found["bad"] or ""])
        report.table(rows)
        if series:
            report.plot(svg.lines(f"{TITLES[workload]}: latency by percentile, ms", [*QUANTILES, "most"], series, palette))


def tell_memory(way_in, report):
    report.heading("Resident memory, MiB")
    report.text("Idle before the first request; and with 1,000 connections, each of which has been answered once.")
    report.table([["peer", "idle", "1,000 connections"]] + [[name, figures.shown(idle, 1), figures.shown(held, 1)]
                                                            for name, (idle, held) in way_in.memory.items()])


def tell_targets(way_in, report):
    if "ours" not in way_in.peers:
        return
    report.heading("What was to be reached")
    rows = [["figure", "at least", "aim", "seen", ""]]
    for target in TARGETS:
        value = target.seen(way_in)
        rows.append([target.words, f"{target.least:g}", f"{target.aim:g}", figures.shown(value, target.digits), target.verdict(value)])
    report.table(rows)
