#!/usr/bin/env python3
"""Ratio tables: our bus beside bare libzmq, NATS and a SQLite scan, in the same run, on the same machine.

    Benchmarks/run.py BUS_BENCH [--rounds N] [--seconds S] [--soak S | --soak-messages N] [--json FILE]

Every measure is taken from all peers in turn, N times around, so that whatever else the machine does meets them alike; a ratio is the
median of the rounds' ratios, not a ratio of medians. Nothing is installed: a peer that cannot be built is named and skipped. Servers
are children of this process, on `ipc` sockets and a loopback port of their own, and are ended by their handles.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK")
REPLAY_EVENTS = 200_000
# Our own calls by what their handlers are; `bus-bench` says what each means.
KINDS = {"typed": "typed", "typed, suspending": "suspending", "payload only": "raw"}
LOG_LENGTHS = (20_000, 200_000, 1_000_000)
SOAK_POINTS = 10


def say(text=""):
    print(text, flush=True)


def build(name, command, needs, **options):
    """The peer's path, or None with a line that says why."""
    for need in needs:
        if not shutil.which(need):
            say(f"skipped: {name} (no {need} here)")
            return None
    result = subprocess.run(command, capture_output=True, text=True, **options)
    if result.returncode == 0:
        return True
    say(f"skipped: {name} ({(result.stderr.strip().splitlines() or ['cannot be built'])[-1]})")
    return None


def build_peers(directory):
    raw, nats = f"{directory}/raw", f"{directory}/nats"
    has_raw = build("libzmq in C", ["cc", "-O2", "-o", raw, str(HERE / "peers/raw.c"), "-lzmq", "-lsqlite3"], ["cc"])
    go = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": f"{directory}/gocache"}
    has_nats = build("NATS", ["go", "build", "-o", nats, str(HERE / "peers/nats.go")], ["nats-server", "go"], env=go)
    return raw if has_raw else None, nats if has_nats else None


@contextlib.contextmanager
def running(*command, ready=False):
    """A child for as long as the block lasts; waits for its line `ready` where it says one."""
    child = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE if ready else subprocess.DEVNULL, text=True,
                             stderr=subprocess.DEVNULL)
    try:
        if ready and child.stdout.readline().strip() != "ready":
            sys.exit(f"{command[0]} {command[1]} did not start")
        yield child
    finally:
        child.terminate()
        child.wait()


@contextlib.contextmanager
def nats_server():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running("nats-server", "-a", "127.0.0.1", "-p", port):
        for _ in range(100):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port)).close()
                break
            time.sleep(0.05)
        yield f"nats://127.0.0.1:{port}"


def measure(*command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {result.stderr.strip()[-400:]}")
    return json.loads(result.stdout.strip().splitlines()[-1])


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mib(process):
    pages = int(pathlib.Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def table(rows):
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        say("| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths)) + " |")
        if number == 0:
            say("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    say()


def median(rounds, name, key):
    return statistics.median(each[name][key] for each in rounds)


def ratio(rounds, name, peer, key):
    """`-` where the peer was skipped."""
    if peer not in rounds[0]:
        return "-"
    return f"{statistics.median(each[name][key] / each[peer][key] for each in rounds):.3f}"


def calls(options, bench, raw, nats, directory, results):
    say(f"## Calls: 128 bytes, two processes, {options.rounds} rounds of {options.seconds:g} s")
    with contextlib.ExitStack() as stack:
        stack.enter_context(running(bench, "serve", directory, ready=True))
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
            results[f"calls.{in_flight}"] = rounds
            for name in peers:
                numbers = [f"{median(rounds, name, 'perSecond'):.0f}", f"{median(rounds, name, 'p50'):.0f}", f"{median(rounds, name, 'p99'):.0f}"]
                ratios = [ratio(rounds, name, peer, key) for key in ("perSecond", "p50") for peer in ("raw", "NATS")]
                rows.append([in_flight, name, *numbers, *ratios])
        table(rows)


def events(options, bench, raw, directory, results):
    say("## Live events: 128 bytes, publisher and subscriber in two processes")
    rounds = []
    for _ in range(options.rounds):
        each = {}
        # One publisher at a time: each would take the other's processor.
        with running(bench, "publish", directory, 1, ready=True):
            each["bus"] = measure(bench, "subscribe", directory, options.seconds)
        if raw:
            with running(raw, "publish", directory):
                each["raw"] = measure(raw, "subscribe", directory, options.seconds)
        rounds.append(each)
    results["events"] = rounds
    table([["peer", "events/s", "to raw"]]
          + [[name, f"{median(rounds, name, 'perSecond'):.0f}", ratio(rounds, name, "raw", "perSecond")] for name in rounds[0]])


def replay(options, bench, raw, directory, results):
    say(f"## Replay: {REPLAY_EVENTS} events of an outbox on disk, beside a scan of the same table in C in one process")
    database = f"{directory}/outbox.db"
    subprocess.run([bench, "fill", database, str(REPLAY_EVENTS)], check=True)
    rounds = []
    for _ in range(options.rounds):
        each = {}
        with running(bench, "log", directory, database, ready=True):
            each["bus"] = measure(bench, "replay", directory, REPLAY_EVENTS)
        if raw:
            each["scan"] = measure(raw, "scan", database, "bench.noted")
        rounds.append(each)
    results["replay"] = rounds
    table([["peer", "events/s", "to scan"]]
          + [[name, f"{median(rounds, name, 'perSecond'):.0f}", ratio(rounds, name, "scan", "perSecond")] for name in rounds[0]])


def curves(options, bench, directory, results):
    say("## Cost of one call by calls outstanding (typed; processor time of the service)")
    rows = [["outstanding", "calls/s", "service µs/call", "to 64"]]
    points = []
    with running(bench, "serve", directory, ready=True) as service:
        for outstanding in (64, 256, 1024, 4096):
            before = cpu_seconds(service)
            rate = measure(bench, "call", directory, "typed", outstanding, options.seconds)["perSecond"]
            # The warm-up of 0.2 s is not counted by the caller but paid by the service.
            points.append((outstanding, rate, (cpu_seconds(service) - before) * 1e6 / (rate * (options.seconds + 0.2))))
    rows += [[outstanding, rate, f"{cost:.1f}", f"{cost / points[0][2]:.2f}"] for outstanding, rate, cost in points]
    results["outstanding"] = points
    table(rows)
    say("## Live events by number of topics")
    points = []
    for topics in (1, 10, 100, 1000):
        with running(bench, "publish", directory, topics, ready=True):
            points.append((topics, measure(bench, "subscribe", directory, options.seconds)["perSecond"]))
    results["topics"] = points
    table([["topics", "events/s", "to 1"]] + [[topics, rate, f"{rate / points[0][1]:.2f}"] for topics, rate in points])

    log_lengths(options, bench, directory, results)


def log_lengths(options, bench, directory, results):
    say("## Cost of one event by length of the log (outbox on disk; the last 20,000 replayed, then live with a commit for each 64)")
    rows = [["events in the log", "replay/s", "publisher µs/event", "live/s", "publisher µs/event", "to the shortest"]]
    database, length, points = f"{directory}/long.db", 0, []
    for wanted in LOG_LENGTHS:
        subprocess.run([bench, "fill", database, str(wanted - length)], check=True)
        with running(bench, "log", directory, database, ready=True) as publisher:
            before = cpu_seconds(publisher)
            # The first time is for SQLite's cache.
            rate = [measure(bench, "replay", directory, LOG_LENGTHS[0])["perSecond"] for _ in range(4)][-1]
            replayed = (cpu_seconds(publisher) - before) * 1e6 / (4 * LOG_LENGTHS[0])
        with running(bench, "commit", directory, database, ready=True) as publisher:
            before = cpu_seconds(publisher)
            live = measure(bench, "subscribe", directory, options.seconds)
            paid = (cpu_seconds(publisher) - before) * 1e6 / (live["last"] - live["first"])
        length = live["last"]
        points.append((wanted, rate, replayed, live["perSecond"], paid))
    for wanted, rate, replayed, live, paid in points:
        ratios = f"{replayed / points[0][2]:.2f}, {paid / points[0][4]:.2f}"
        rows.append([wanted, rate, f"{replayed:.2f}", live, f"{paid:.2f}", ratios])
    results["log"] = points
    table(rows)


def memory(options, bench, directory, results):
    length = f"{options.soak_messages} messages" if options.soak_messages else f"{options.soak:g} s"
    say(f"## Memory: resident MiB at {SOAK_POINTS} points of {length}")
    rows = [["process", "messages", *(f"{number}/{SOAK_POINTS}" for number in range(1, SOAK_POINTS + 1))]]
    with running(bench, "serve", directory, ready=True) as service:
        rows += soak(options, "service", service, [bench, "call", directory, "raw", "256"])
    with running(bench, "publish", directory, 1, ready=True) as publisher:
        rows += soak(options, "publisher", publisher, [bench, "subscribe", directory])
    results["memory"] = rows
    table(rows)


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
        server_mib.append(f"{resident_mib(server):.1f}")
        client_mib.append(f"{resident_mib(client):.1f}")
    count = int(json.loads(client.communicate()[0])["perSecond"] * seconds)
    return [[name, count, *server_mib], [f"its peer ({command[1]})", count, *client_mib]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", help="the release build of bus-bench")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--soak", type=float, default=15)
    parser.add_argument("--soak-messages", type=int, help="so many calls, and so many events, instead of a time")
    parser.add_argument("--json", help="where to write every single number")
    options = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory(prefix="fb-", dir="/tmp") as directory:
        raw, nats = build_peers(directory)
        say(f"machine: {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start\n")
        calls(options, options.bench, raw, nats, directory, results)
        events(options, options.bench, raw, directory, results)
        replay(options, options.bench, raw, directory, results)
        curves(options, options.bench, directory, results)
        memory(options, options.bench, directory, results)
    say(f"load {os.getloadavg()[0]:.1f} at the end")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
