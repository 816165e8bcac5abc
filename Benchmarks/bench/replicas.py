"""Ours on PostgreSQL by how many replicas of the KMS, the 2FA service and Service A there are, beside ours on SQLite, and the cluster.

    SQLite, PostgreSQL, 2 replicas, 3 replicas     `fountain up`, all of it in one process; a PostgreSQL of its own each, with fsync
    cluster                                        topology/cluster.yaml on three hosts in namespaces of this machine (scripts/cluster), a
                                                   synchronous standby, Typesense; its first gateway is asked, on its own host

Durable creates and reads with a token, by the same generator as the way in. The cluster is brought up anew in each round, behind the others or
before them, since it is never still: beside it nobody else would be measured alone. Where namespaces are not allowed a line says so.
"""

import contextlib
import pathlib
import tempfile

from bench import figures, load, peers, processes, svg
from bench.report import Progress
from bench.telling import TITLES, Target

WORKLOADS = ("create", "read")
CONNECTIONS = (64, 256)
#: What `--stores` may name, and what each is called in the tables.
STORES = {"sqlite": "SQLite", "1": "PostgreSQL", "2": "2 replicas", "3": "3 replicas", "cluster": "cluster"}
#: Seconds for which a peer's processor time at rest is counted.
REST = 2


def measure_all(options, report):
    processes.more_descriptors()
    with tempfile.TemporaryDirectory(prefix="fb-", dir="/var/tmp") as directory:
        replicas = Replicas(options, report, pathlib.Path(directory))
        replicas.measure()
        tell(replicas, report)


class Replicas:
    """One run: {(workload, connections): [round]}, a round as in `figures`."""

    def __init__(self, options, report, directory):
        self.options, self.report, self.directory = options, report, directory
        self.stores = options.stores or list(STORES)
        self.connections = options.connections or list(CONNECTIONS)
        self.rounds = {(workload, some): [] for workload in WORKLOADS for some in self.connections}
        self._loader = load.Loader(directory, options)

    def measure(self):
        progress = Progress(self.options.rounds * len(self.rounds) * len(self.stores))
        with contextlib.ExitStack() as stack:
            local = self._begin(stack)
            for turn in range(self.options.rounds):
                for found in self.rounds.values():
                    found.append({})
                for measured in load.rotated([self._measure_local, self._measure_cluster], turn):
                    measured(load.rotated(local, turn), progress)
        progress.end()

    def _begin(self, stack):
        launched = [self._launch(store) for store in self.stores if store != "cluster"]
        local = [stack.enter_context(peer) for peer in launched if peer]
        for peer in local:
            self._loader.seed(peer)
            load.refuses_strangers(peer)
        return [self._rested(peer) for peer in local]

    def _launch(self, store):
        binary, topology = self.options.fountain, self.options.topology
        if store == "sqlite":
            return peers.ours(STORES[store], binary, topology, self.directory)
        if not peers.has_postgresql(self.report):
            return None
        return peers.ours_on_postgresql(STORES[store], binary, topology, self.directory, int(store))

    def _rested(self, peer):
        processes.settle(peer.pids, self.options.settle)
        peer.at_rest = processes.share(peer.pids, REST)
        return peer

    def _measure_local(self, local, progress):
        for (workload, some), rounds in self.rounds.items():
            for peer in local:
                progress.step(f"{workload}, {some}, {peer.name}")
                rounds[-1][peer.name] = self._loader.closed(peer, workload, some)

    def _measure_cluster(self, _, progress):
        if "cluster" not in self.stores:
            return
        with peers.cluster(STORES["cluster"], self.options.fountain, self.directory, self.report) as peer:
            if peer is None:
                return self.stores.remove("cluster")
            self._loader.seed(peer)
            self._measure_local([self._rested(peer)], progress)


# --- telling ---

def to_sqlite(connections):
    return lambda replicas: figures.ratio(replicas.rounds.get(("create", connections), []), "PostgreSQL", "SQLite", "perSecond")


TARGETS = [Target(f"create on PostgreSQL to SQLite, {some}", 0.4, 1, to_sqlite(some)) for some in CONNECTIONS]


def tell(replicas, report):
    options = replicas.options
    palette = svg.colours(STORES.values())
    for workload in WORKLOADS:
        report.heading(f"{TITLES[workload]}, by replicas")
        report.text(f"{options.rounds} × {options.seconds:g} s; one thread of load on the same processors; data on {options.data_system}. CPU µs: beyond "
                    "what all the peer's processes take at rest; the cluster's are three hosts' on these processors.")
        report.table(rows(replicas, workload))
        plot(replicas, report, workload, palette)
    told = [(target, target.seen(replicas)) for target in TARGETS]
    report.table([["figure", "at least", "aim", "seen", ""]] + [[target.words, f"{target.least:g}", f"{target.aim:g}", figures.shown(value, 2),
                                                                  target.verdict(value)] for target, value in told])
    report.numbers["replicas"] = {f"{workload}.{some}": rounds for (workload, some), rounds in replicas.rounds.items()}


def rows(replicas, workload):
    found = [["connections", "store", "requests/s", "CPU µs", "p50 ms", "p99 ms", "to SQLite", "lowest–highest", "bad"]]
    for some in replicas.connections:
        rounds = replicas.rounds[workload, some]
        for name in named(rounds):
            seen = [figures.medians(rounds, name, key) for key in ("perSecond", "cpu", "p50", "p99")]
            beside = figures.ratios(rounds, name, "SQLite", "perSecond") if name != "SQLite" else []
            found.append([some, name, *(figures.shown(value, digits) for value, digits in zip(seen, (0, 0, 2, 2))),
                          figures.shown(figures.ratio(rounds, name, "SQLite", "perSecond") if beside else None, 2), figures.span(beside),
                          sum(each[name]["bad"] for each in rounds if name in each) or ""])
    return found


def named(rounds):
    """Whoever took part in a round, in the tables' order."""
    return [name for name in STORES.values() if any(name in each for each in rounds)]


def plot(replicas, report, workload, palette):
    names = named(replicas.rounds[workload, replicas.connections[0]])
    for key, title, unit in (("perSecond", "requests a second", "/s"), ("cpu", "processor time a request", "µs")):
        for some in replicas.connections:
            values = {name: figures.medians(replicas.rounds[workload, some], name, key) for name in names}
            report.plot(svg.bars(f"{TITLES[workload]}: {title}, {some} connections", values, unit, palette))
