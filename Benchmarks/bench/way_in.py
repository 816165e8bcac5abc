"""The way in: from an HTTP request to its answer, ours beside others, in the same run, on the same machine.

Three workloads: `GET /health`, a read with a token, a durable create with a token (`load`). In each round every peer takes its turn at
every number of connections, each time with another one first. Data lies under /var/tmp, which is a disk where /tmp may not be.
"""

import contextlib
import json
import pathlib
import shutil
import subprocess
import tempfile
import time

from bench import figures, load, peers, processes, telling
from bench.load import FIRST, SEEDED, WORKLOADS, rotated
from bench.report import Progress

IDLE_CONNECTIONS = 1000
OPEN_CONNECTIONS = 64
CONNECTIONS = (1, 16, 64, 256)


def measure_all(options, report):
    processes.more_descriptors()
    with tempfile.TemporaryDirectory(prefix="fb-", dir="/var/tmp") as directory, contextlib.ExitStack() as stack:
        way_in = WayIn(options, report, directory)
        way_in.begin(stack)
        way_in.measure()
        telling.tell(way_in, report)


class WayIn:
    """One run: its peers, and all that was measured of them."""

    def __init__(self, options, report, directory):
        self.options, self.report, self.directory = options, report, pathlib.Path(directory)
        self.peers = {}
        self.connections = options.connections or list(CONNECTIONS)
        #: {(workload, connections): [round]}, a round as in `figures`.
        self.rounds = {}
        #: {workload: {name: {"rate", "histogram", "late", "bad"}}}
        self.open = {}
        #: {name: (idle, with a thousand connections)}, MiB
        self.memory = {}
        self._rows = None

    # --- beginning ---

    def begin(self, stack):
        self._loader = load.Loader(self.directory, self.options)
        for key, name, launcher in self._launchers():
            if self.options.peers and key not in self.options.peers:
                continue
            launched = launcher(name)
            if launched is not None:
                self.peers[name] = stack.enter_context(launched)
        if not self.options.peers or "rows" in self.options.peers:
            self._rows = peers.compiled(self.report, "the SQLite loop", "rows.c", self.directory, "-lsqlite3")
        for peer in self.peers.values():
            processes.settle(peer.pids, 5)
            self.memory[peer.name] = (processes.resident_mib(peer.pids), None)
        for peer in self._with_elements():
            self._loader.seed(peer)
            load.refuses_strangers(peer)

    def _launchers(self):
        """(word of --peers, name in the tables, what begins it: a context manager, or None where something is missing)."""
        keys, threads, directory = peers.Keys(self.directory), self.options.threads, self.directory
        ours = [("ours", "ours", self.options.fountain, self.options.topology)]
        for word in self.options.beside:
            name, path = word.split("=", 1)
            is_topology = path.endswith((".yaml", ".yml"))
            ours.append(("ours", name, self.options.fountain if is_topology else path, path if is_topology else self.options.topology))
        for key, name, binary, topology in ours:
            yield key, name, lambda name, b=binary, t=topology: peers.ours(name, b, t, directory)
        has_postgresql = peers.has_postgresql(self.report)
        yield "ours-postgresql", "ours, PostgreSQL", lambda name: peers.ours_on_postgresql(
            name, self.options.fountain, self.options.topology, directory) if has_postgresql else None
        hello = peers.compiled(self.report, "libmicrohttpd", "hello.c", directory, "-lmicrohttpd", "-lpthread")
        has_nginx = shutil.which(peers.NGINX)
        if not has_nginx:
            self.report.text("skipped: nginx (scripts/setup bench)")
        go = peers.built_go(self.report, "Go", "api.go", directory)
        has_python = peers.PYTHON.exists()
        if not has_python:
            self.report.text("skipped: FastAPI (scripts/setup bench)")
        yield "mhd", "libmicrohttpd", lambda name: peers.bare(name, hello, threads, "external") if hello else None
        yield "mhd-pool", "libmicrohttpd, its pool", lambda name: peers.bare(name, hello, threads, "internal") if hello else None
        yield "nginx", "nginx", lambda name: peers.nginx(name, directory, threads) if has_nginx else None
        yield "hop", "nginx → libmicrohttpd", lambda name: self._hop(name, hello, threads) if has_nginx and hello else None
        yield "go-nats", "Go + NATS", lambda name: peers.go_nats(name, go, directory, keys) if go else None
        yield "go", "Go, one process", lambda name: peers.go_whole(name, go, directory, keys) if go else None
        yield "fastapi", "FastAPI", lambda name: peers.fastapi(name, directory, keys) if has_python else None

    @contextlib.contextmanager
    def _hop(self, name, hello, threads):
        with peers.bare(name, hello, threads, "external") as behind, peers.nginx(name, self.directory, threads, behind) as front:
            yield front

    def _with_elements(self):
        return [peer for peer in self.peers.values() if peer.elements]

    # --- measuring ---

    def measure(self):
        workloads = {name: [peer for peer in self.peers.values() if peer.elements or not WORKLOADS[name].needs_elements]
                     for name in self.options.workloads}
        each = sum(len(some) for some in workloads.values()) * len(self.connections)
        open_steps = sum(len(workloads.get(name, [])) for name in ("read", "create"))
        progress = Progress(self.options.rounds * (each + open_steps) + len(self._with_elements()))
        self._measure_memory(progress)
        self._measure_closed(workloads, progress)
        self._measure_open(workloads, progress)
        progress.end()

    def _measure_memory(self, progress):
        for peer in self._with_elements():
            command = self._loader.command(peer, "read", IDLE_CONNECTIONS, 60, "--first", FIRST, "--ids", SEEDED, "--hold", 1)
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
                if child.stdout.readline().strip() == "ready":
                    self.memory[peer.name] = (self.memory[peer.name][0], processes.resident_mib(peer.pids))
                child.stdin.close()
            progress.step(f"memory, {peer.name}")

    def _measure_closed(self, workloads, progress):
        until = time.monotonic() + self.options.minutes * 60
        for turn in range(self.options.rounds):
            if turn and time.monotonic() > until:
                return self.report.text(f"ended after {turn} of {self.options.rounds} rounds: {self.options.minutes:g} minutes are over")
            for workload, some in workloads.items():
                for connections in self.connections:
                    found = {}
                    for peer in rotated(some, turn):
                        progress.step(f"round {turn + 1}, {workload}, {connections}, {peer.name}")
                        found[peer.name] = self._loader.closed(peer, workload, connections)
                    if workload == "create" and self._rows:
                        found["SQLite loop"] = self._row_loop(connections)
                    self.rounds.setdefault((workload, connections), []).append(found)

    def _row_loop(self, rows):
        done = subprocess.run([self._rows, self.directory / "rows.db", str(rows), str(self.options.seconds)], capture_output=True, check=True)
        return json.loads(done.stdout)

    def _measure_open(self, workloads, progress):
        """At half of the highest rate that the peer has reached with any number of connections."""
        for turn in range(self.options.rounds):
            for workload in [name for name in ("read", "create") if name in workloads]:
                for peer in rotated(workloads[workload], turn):
                    progress.step(f"open loop, {workload}, {peer.name}")
                    reached = [figures.medians(self.rounds[workload, some], peer.name, "perSecond") for some in self.connections]
                    rate = max(reached) / 2
                    if rate < 1:
                        continue
                    processes.settle(peer.pids, self.options.settle)
                    found = self._loader.load(peer, workload, OPEN_CONNECTIONS, self.options.open_seconds, "--rate", f"{rate:.1f}")
                    seen = self.open.setdefault(workload, {}).setdefault(peer.name, {"rate": rate, "histogram": [], "late": 0, "bad": 0})
                    seen["histogram"] = figures.merged([seen["histogram"], found["histogram"]])
                    seen["late"] = max(seen["late"], found["late99"] / 1000)
                    seen["bad"] += load.bad(found)
