"""The generator (`load/load.c`) at work: a workload's request, one command line for every peer, and what an answer has cost.

    health    GET /health
    read      one of `SEEDED` elements, at random, with a token
    create    a durable create with a token, each element once

What a request costs is the processor time of all the peer's processes beyond what they take at rest, until they are at rest again: what is
done behind the answer (our index) is paid too. It refuses nothing; answers that are not as they should be are counted.
"""

import dataclasses
import json
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

from bench import figures, peers, processes

FIRST, SEEDED = 10**12, 1000
CREATED = 2 * 10**12
EACH_RUN = 10**8
SEEDING_CONNECTIONS = 16
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
    head = f"Host: {peer.host}\r\n" + (f"Authorization: Bearer {peer.token}\r\n" if workload != "health" else "")
    if workload == "health":
        return f"GET /health HTTP/1.1\r\n{head}\r\n"
    if workload == "read":
        return f"GET {peer.elements}/spokenWord/0000000000000 HTTP/1.1\r\n{head}\r\n"
    body = f'{{"elementType":"spokenWord","elementId":0000000000000,"comment":"{COMMENT}"}}'
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"POST {peer.elements} HTTP/1.1\r\n{head}\r\n{body}"


class Loader:
    def __init__(self, directory, options):
        """Compiles it into `directory`."""
        self.options, self.request = options, pathlib.Path(directory, "request")
        self.program = pathlib.Path(directory, "load")
        subprocess.run(["cc", "-O2", "-o", self.program, peers.HERE / "load/load.c", "-lm"], check=True)
        self._runs = 0

    def command(self, peer, workload, connections, seconds, *more):
        self.request.write_text(request_text(workload, peer))
        words = [*peer.inside, self.program, peer.port, connections, seconds, self.request, "--expect", WORKLOADS[workload].expect, *more]
        return [str(word) for word in words]

    def load(self, peer, workload, connections, seconds, *more):
        """What the generator has seen; each run of creates has numbers of its own."""
        self._runs += 1
        more = ["--warm-up", self.options.warm_up, *more]
        if "--first" not in more:
            more += ["--first", FIRST, "--ids", SEEDED, "--random", 1] if workload == "read" else ["--first", CREATED + self._runs * EACH_RUN]
        done = subprocess.run(self.command(peer, workload, connections, seconds, *more), capture_output=True, text=True, timeout=700)
        if done.returncode != 0:
            sys.exit(f"{peer.name}, {workload}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def seed(self, peer):
        """Logs in, and makes the elements that are read."""
        peer.token = peer.log_in()
        return self.load(peer, "create", SEEDING_CONNECTIONS, 0, "--first", FIRST, "--answers", SEEDED)

    def closed(self, peer, workload, connections):
        """A round of the closed loop, as `figures` has it."""
        processes.settle(peer.pids, self.options.settle, peer.at_rest)
        before, began = processes.cpu_seconds(peer.pids), time.monotonic()
        found = self.load(peer, workload, connections, self.options.seconds)
        processes.settle(peer.pids, self.options.settle, peer.at_rest)
        paid = processes.cpu_seconds(peer.pids) - before - peer.at_rest * (time.monotonic() - began)
        return {"perSecond": found["perSecond"], "cpu": paid * 1e6 / max(1, found["asked"]), "bad": bad(found),
                "p50": milliseconds(found["histogram"], 0.5), "p99": milliseconds(found["histogram"], 0.99)}


def rotated(items, by):
    items = list(items)
    by %= max(1, len(items))
    return items[by:] + items[:by]


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
