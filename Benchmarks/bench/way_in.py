"""The way in: from an HTTP request to its answer, ours beside others, in the same run, on the same machine.

Three workloads: `GET /health`, a read with a token, a durable create with a token. In each round every peer takes its turn at every number
of connections, each time with another one first. What a request costs is the processor time of all the peer's processes, until they are
at rest again: what is done behind the answer (our index) is paid too. Data lies under /var/tmp, which is a disk where /tmp may not be.
"""

import contextlib
import dataclasses
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from bench import figures, peers, processes, telling
from bench.report import Progress

FIRST, SEEDED = 10**12, 1000
CREATED = 2 * 10**12
EACH_RUN = 10**8
SEEDING_CONNECTIONS = 16
IDLE_CONNECTIONS = 1000
OPEN_CONNECTIONS = 64
COMMENT = "There is rosemary, that is for remembrance"


@dataclasses.dataclass(frozen=True)
class Workload:
    title: str
    expect: int
    needs_elements: bool = True


WORKLOADS = {"health": Workload("GET /health", 200, False), "read": Workload("Read with a token", 200),
             "create": Workload("Durable create with a token", 201)}


def request_text(workload, peer):
    """A whole request; thirteen zeros stand for the element's number."""
    head = "Host: 127.0.0.1\r\n" + (f"Authorization: Bearer {peer.token}\r\n" if workload != "health" else "")
    if workload == "health":
        return f"GET /health HTTP/1.1\r\n{head}\r\n"
    if workload == "read":
        return f"GET {peer.elements}/spokenWord/0000000000000 HTTP/1.1\r\n{head}\r\n"
    body = f'{{"elementType":"spokenWord","elementId":0000000000000,"comment":"{COMMENT}"}}'
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"POST {peer.elements} HTTP/1.1\r\n{head}\r\n{body}"


def rotated(items, by):
    items = list(items)
    by %= max(1, len(items))
    return items[by:] + items[:by]


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
        #: {(workload, connections): [round]}, a round as in `figures`.
        self.rounds = {}
        #: {workload: {name: {"rate", "histogram", "late", "bad"}}}
        self.open = {}
        #: {name: (idle, with a thousand connections)}, MiB
        self.memory = {}
        self._runs = 0
        self._rows = None

    # --- beginning ---

    def begin(self, stack):
        self._loader = self._compile_loader()
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
            peer.token = peer.log_in()
            refuses_strangers(peer)
            self._load(peer, "create", SEEDING_CONNECTIONS, 0, "--first", FIRST, "--answers", SEEDED)

    def _compile_loader(self):
        program = self.directory / "load"
        subprocess.run(["cc", "-O2", "-o", program, peers.HERE / "load/load.c", "-lm"], check=True)
        return program

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
        has_postgresql = pathlib.Path(peers.POSTGRESQL, "postgres").exists()
        if not has_postgresql:
            self.report.text("skipped: ours on PostgreSQL (scripts/setup bench)")
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
        each = sum(len(some) for some in workloads.values()) * len(self.options.connections)
        open_steps = sum(len(workloads.get(name, [])) for name in ("read", "create"))
        progress = Progress(self.options.rounds * (each + open_steps) + len(self._with_elements()))
        self._measure_memory(progress)
        self._measure_closed(workloads, progress)
        self._measure_open(workloads, progress)
        progress.end()

    def _measure_memory(self, progress):
        for peer in self._with_elements():
            command = self._command(peer, "read", IDLE_CONNECTIONS, 60, "--first", FIRST, "--ids", SEEDED, "--hold", 1)
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
                if load.stdout.readline().strip() == "ready":
                    self.memory[peer.name] = (self.memory[peer.name][0], processes.resident_mib(peer.pids))
                load.stdin.close()
            progress.step(f"memory, {peer.name}")

    def _measure_closed(self, workloads, progress):
        until = time.monotonic() + self.options.minutes * 60
        for turn in range(self.options.rounds):
            if turn and time.monotonic() > until:
                return self.report.text(f"ended after {turn} of {self.options.rounds} rounds: {self.options.minutes:g} minutes are over")
            for workload, some in workloads.items():
                for connections in self.options.connections:
                    found = {}
                    for peer in rotated(some, turn):
                        progress.step(f"round {turn + 1}, {workload}, {connections}, {peer.name}")
                        found[peer.name] = self._closed(peer, workload, connections)
                    if workload == "create" and self._rows:
                        found["SQLite loop"] = self._row_loop(connections)
                    self.rounds.setdefault((workload, connections), []).append(found)

    def _closed(self, peer, workload, connections):
        processes.settle(peer.pids, self.options.settle)
        before = processes.cpu_seconds(peer.pids)
        found = self._load(peer, workload, connections, self.options.seconds)
        processes.settle(peer.pids, self.options.settle)
        paid = processes.cpu_seconds(peer.pids) - before
        return {"perSecond": found["perSecond"], "cpu": paid * 1e6 / max(1, found["asked"]), "bad": bad(found),
                "p50": milliseconds(found["histogram"], 0.5), "p99": milliseconds(found["histogram"], 0.99)}

    def _row_loop(self, rows):
        done = subprocess.run([self._rows, self.directory / "rows.db", str(rows), str(self.options.seconds)], capture_output=True, check=True)
        return json.loads(done.stdout)

    def _measure_open(self, workloads, progress):
        """At half of the highest rate that the peer has reached with any number of connections."""
        for turn in range(self.options.rounds):
            for workload in [name for name in ("read", "create") if name in workloads]:
                for peer in rotated(workloads[workload], turn):
                    progress.step(f"open loop, {workload}, {peer.name}")
                    reached = [figures.medians(self.rounds[workload, some], peer.name, "perSecond") for some in self.options.connections]
                    rate = max(reached) / 2
                    if rate < 1:
                        continue
                    processes.settle(peer.pids, self.options.settle)
                    found = self._load(peer, workload, OPEN_CONNECTIONS, self.options.open_seconds, "--rate", f"{rate:.1f}")
                    seen = self.open.setdefault(workload, {}).setdefault(peer.name, {"rate": rate, "histogram": [], "late": 0, "bad": 0})
                    seen["histogram"] = figures.merged([seen["histogram"], found["histogram"]])
                    seen["late"] = max(seen["late"], found["late99"] / 1000)
                    seen["bad"] += bad(found)

    # --- the generator ---

    def _command(self, peer, workload, connections, seconds, *more):
        path = self.directory / "request"
        path.write_text(request_text(workload, peer))
        words = [self._loader, peer.port, connections, seconds, path, "--expect", WORKLOADS[workload].expect, *more]
        return [str(word) for word in words]

    def _load(self, peer, workload, connections, seconds, *more):
        self._runs += 1
        more = ["--warm-up", self.options.warm_up, *more]
        if "--first" not in more:
            more += ["--first", FIRST, "--ids", SEEDED, "--random", 1] if workload == "read" else ["--first", CREATED + self._runs * EACH_RUN]
        done = subprocess.run(self._command(peer, workload, connections, seconds, *more), capture_output=True, text=True, timeout=700)
        if done.returncode != 0:
            sys.exit(f"{peer.name}, {workload}: {done.stderr.strip()}")
        return json.loads(done.stdout)


def bad(found):
    """Requests that were not answered as they should have been."""
    return sum(found["others"].values()) + found["closed"] + found["unanswered"]


def milliseconds(histogram, q):
    value = figures.quantile(histogram, q)
    return None if value is None else value / 1000


def refuses_strangers(peer):
    """A peer that lets anybody in would be measured for nothing."""
    head, signature = peer.token.rsplit(".", 1)
    forged = f"{head}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    for token in (None, forged):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(f"http://127.0.0.1:{peer.port}{peer.elements}/spokenWord/1", headers=headers)
        try:
            status = urllib.request.urlopen(request, timeout=10).status
        except urllib.error.HTTPError as problem:
            status = problem.code
        if status not in (401, 403):
            sys.exit(f"{peer.name} answers {status} to {'a forged' if token else 'no'} token")
