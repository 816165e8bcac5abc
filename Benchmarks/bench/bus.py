"""Our bus beside bare libzmq, NATS and a SQLite scan, in the same run, on the same machine.

Every measure is taken from all peers in turn, N times around, so that whatever else the machine does meets them alike. A peer that
cannot be built is named and skipped. Servers are children of this process, on `ipc` sockets and a loopback port of their own.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import time

from bench import figures, peers
from bench.processes import cpu_seconds, free_port, resident_mib, running, wait_for_port

REPLAY_EVENTS = 200_000
# Our own calls by what their handlers are; `bus-bench` says what each means.
KINDS = {"typed": "typed", "typed, suspending": "suspending", "payload only": "raw"}
LOG_LENGTHS = (20_000, 200_000, 1_000_000)
SOAK_POINTS = 10


def measure_all(options, report):
    """Every table of the bus; `options.bus_bench` is the release build of bus-bench."""
    with tempfile.TemporaryDirectory(prefix="fb-", dir="/tmp") as directory:
        raw = peers.compiled(report, "libzmq in C", "raw.c", directory, "-lzmq", "-lsqlite3")
        nats = peers.built_go(report, "NATS", "nats.go", directory)
        bench = options.bus_bench
        calls(options, bench, raw, nats, directory, report)
        events(options, bench, raw, directory, report)
        replay(options, bench, raw, directory, report)
        curves(options, bench, directory, report)
        memory(options, bench, directory, report)


@contextlib.contextmanager
def nats_server():
    port = free_port()
    with running("nats-server", "-a", "127.0.0.1", "-p", port):
        wait_for_port(port)
        yield f"nats://127.0.0.1:{port}"


def measure(*command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {result.stderr.strip()[-400:]}")
    return json.loads(result.stdout.strip().splitlines()[-1])


def median(rounds, name, key):
    return figures.medians(rounds, name, key)


def ratio(rounds, name, peer, key):
    return figures.shown(figures.ratio(rounds, name, peer, key), 3)


def calls(options, bench, raw, nats, directory, report):
    report.heading(f"Calls: 128 bytes, two processes, {options.rounds} rounds of {options.seconds:g} s")
    with contextlib.ExitStack() as stack:
        stack.enter_context(running(bench, "serve", directory, ready="ready"))
        if raw:
            stack.enter_context(running(raw, "serve", directory))
        url = None
        if nats:
            url = stack.enter_context(nats_server())
            stack.enter_context(running(nats, "serve", url))
            time.sleep(0.5)
        rows = [["in flight", "peer", "calls/s", "p50 µs", "p99 µs", "calls/s to raw", "calls/s to NATS", "p50 to raw", "p50 to NATS"]]
        for in_flight in (1, 64, 256):
            peers = {name: (bench, "call", directory, mode) for name, mode in KINDS.items()}
            if raw:
                peers["raw"] = (raw, "call", directory)
            if nats:
                peers["NATS"] = (nats, "call", url)
            rounds = [{name: measure(*command, in_flight, options.seconds) for name, command in peers.items()}
                      for _ in range(options.rounds)]
            report.numbers[f"calls.{in_flight}"] = rounds
            for name in peers:
                numbers = [f"{median(rounds, name, 'perSecond'):.0f}", f"{median(rounds, name, 'p50'):.0f}", f"{median(rounds, name, 'p99'):.0f}"]
                ratios = [ratio(rounds, name, peer, key) for key in ("perSecond", "p50") for peer in ("raw", "NATS")]
                rows.append([in_flight, name, *numbers, *ratios])
        report.table(rows)


def events(options, bench, raw, directory, report):
    report.heading("Live events: 128 bytes, publisher and subscriber in two processes")
    rounds = []
    for _ in range(options.rounds):
        each = {}
        # One publisher at a time: each would take the other's processor.
        with running(bench, "publish", directory, 1, ready="ready"):
            each["bus"] = measure(bench, "subscribe", directory, options.seconds)
        if raw:
            with running(raw, "publish", directory):
                each["raw"] = measure(raw, "subscribe", directory, options.seconds)
        rounds.append(each)
    report.numbers["events"] = rounds
    report.table([["peer", "events/s", "to raw"]]
          + [[name, f"{median(rounds, name, 'perSecond'):.0f}", ratio(rounds, name, "raw", "perSecond")] for name in rounds[0]])


def replay(options, bench, raw, directory, report):
    report.heading(f"Replay: {REPLAY_EVENTS} events of an outbox on disk, beside a scan of the same table in C in one process")
    database = f"{directory}/outbox.db"
    subprocess.run([bench, "fill", database, str(REPLAY_EVENTS)], check=True)
    rounds = []
    for _ in range(options.rounds):
        each = {}
        with running(bench, "log", directory, database, ready="ready"):
            each["bus"] = measure(bench, "replay", directory, REPLAY_EVENTS)
        if raw:
            each["scan"] = measure(raw, "scan", database, "bench.noted")
        rounds.append(each)
    report.numbers["replay"] = rounds
    report.table([["peer", "events/s", "to scan"]]
          + [[name, f"{median(rounds, name, 'perSecond'):.0f}", ratio(rounds, name, "scan", "perSecond")] for name in rounds[0]])


def curves(options, bench, directory, report):
    report.heading("Cost of one call by calls outstanding (typed; processor time of the service)")
    rows = [["outstanding", "calls/s", "service µs/call", "to 64"]]
    points = []
    with running(bench, "serve", directory, ready="ready") as service:
        for outstanding in (64, 256, 1024, 4096):
            before = cpu_seconds([service.pid])
            rate = measure(bench, "call", directory, "typed", outstanding, options.seconds)["perSecond"]
            # The warm-up of 0.2 s is not counted by the caller but paid by the service.
            points.append((outstanding, rate, (cpu_seconds([service.pid]) - before) * 1e6 / (rate * (options.seconds + 0.2))))
    rows += [[outstanding, rate, f"{cost:.1f}", f"{cost / points[0][2]:.2f}"] for outstanding, rate, cost in points]
    report.numbers["outstanding"] = points
    report.table(rows)
    report.heading("Live events by number of topics")
    points = []
    for topics in (1, 10, 100, 1000):
        with running(bench, "publish", directory, topics, ready="ready"):
            points.append((topics, measure(bench, "subscribe", directory, options.seconds)["perSecond"]))
    report.numbers["topics"] = points
    report.table([["topics", "events/s", "to 1"]] + [[topics, rate, f"{rate / points[0][1]:.2f}"] for topics, rate in points])

    log_lengths(options, bench, directory, report)


def log_lengths(options, bench, directory, report):
    report.heading("Cost of one event by length of the log (outbox on disk; the last 20,000 replayed, then live with a commit for each 64)")
    rows = [["events in the log", "replay/s", "publisher µs/event", "live/s", "publisher µs/event", "to the shortest"]]
    database, length, points = f"{directory}/long.db", 0, []
    for wanted in LOG_LENGTHS:
        subprocess.run([bench, "fill", database, str(wanted - length)], check=True)
        with running(bench, "log", directory, database, ready="ready") as publisher:
            before = cpu_seconds([publisher.pid])
            # The first time is for SQLite's cache.
            rate = [measure(bench, "replay", directory, LOG_LENGTHS[0])["perSecond"] for _ in range(4)][-1]
            replayed = (cpu_seconds([publisher.pid]) - before) * 1e6 / (4 * LOG_LENGTHS[0])
        with running(bench, "commit", directory, database, ready="ready") as publisher:
            before = cpu_seconds([publisher.pid])
            live = measure(bench, "subscribe", directory, options.seconds)
            paid = (cpu_seconds([publisher.pid]) - before) * 1e6 / (live["last"] - live["first"])
        length = live["last"]
        points.append((wanted, rate, replayed, live["perSecond"], paid))
    for wanted, rate, replayed, live, paid in points:
        ratios = f"{replayed / points[0][2]:.2f}, {paid / points[0][4]:.2f}"
        rows.append([wanted, rate, f"{replayed:.2f}", live, f"{paid:.2f}", ratios])
    report.numbers["log"] = points
    report.table(rows)


def memory(options, bench, directory, report):
    length = f"{options.soak_messages} messages" if options.soak_messages else f"{options.soak:g} s"
    report.heading(f"Memory: resident MiB at {SOAK_POINTS} points of {length}")
    rows = [["process", "messages", *(f"{number}/{SOAK_POINTS}" for number in range(1, SOAK_POINTS + 1))]]
    with running(bench, "serve", directory, ready="ready") as service:
        rows += soak(options, "service", service, [bench, "call", directory, "raw", "256"])
    with running(bench, "publish", directory, 1, ready="ready") as publisher:
        rows += soak(options, "publisher", publisher, [bench, "subscribe", directory])
    report.numbers["memory"] = rows
    report.table(rows)


def soak(options, name, server, command):
    """One client for as long as all messages take, by the rate of a short one before it; looked at at equal distances."""
    seconds = options.soak
    if options.soak_messages:
        seconds = options.soak_messages / measure(*command, options.seconds)["perSecond"] * 1.05
    client = subprocess.Popen([str(word) for word in (*command, f"{seconds:.1f}")], stdout=subprocess.PIPE, text=True)
    server_mib, client_mib = [], []
    for _ in range(SOAK_POINTS):
        # The last look comes before the client counts up and ends.
        time.sleep(seconds / (SOAK_POINTS + 0.5))
        server_mib.append(f"{resident_mib([server.pid]):.1f}")
        client_mib.append(f"{resident_mib([client.pid]):.1f}")
    count = int(json.loads(client.communicate()[0])["perSecond"] * seconds)
    return [[name, count, *server_mib], [f"its peer ({command[1]})", count, *client_mib]]
