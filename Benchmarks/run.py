#!/usr/bin/env python3
"""Ratio tables and plots: ours beside others, in the same run, on the same machine.

    Benchmarks/run.py [bus] [way-in] [replicas] [order] [search] [options]

`bus` stands beside bare libzmq, NATS and a SQLite scan; `way-in`, from HTTP request to answer, beside bare libmicrohttpd, nginx, Go and
FastAPI; `replicas` is the way in on PostgreSQL, with each service in 1, 2 and 3 replicas, beside SQLite, and on three hosts in namespaces;
`order` measures Service A's order by its size, and its batches beside the plain SQLite loop; `search` the Typesense Client on both engines,
its indexing beside a plain import loop. Without a word: all. Every measure is taken from all peers in turn, so that whatever else the
machine does meets them alike; a ratio is the median of the rounds' ratios, not a ratio of medians. Nothing is installed (`scripts/setup
bench` does): a peer that is not there is named and skipped. Tables go to stdout, and with plots into var/bench/report.html.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bench import bus, load, order, replicas, search, way_in  # noqa: E402
from bench.report import Report  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[1]
PARTS = {"bus": bus.measure_all, "way-in": way_in.measure_all, "replicas": replicas.measure_all, "order": order.measure_all, "search": search.measure_all}
PEERS = "ours ours-postgresql mhd mhd-pool nginx hop go-nats go fastapi rows".split()
QUICK = {"rounds": 1, "seconds": 0.5, "open_seconds": 2, "soak": 3, "settle": 2, "warm_up": 0.1, "connections": [1, 64],
         "sizes": [1_000, 10_000], "repeats": 20, "batch_seconds": 1, "questions": 20, "follow_seconds": 3}


def some_of(words, kind=str):
    """`a,b` of the given words, as argparse wants it."""
    def read(text):
        found = [kind(word) for word in text.split(",")]
        unknown = [word for word in found if words and word not in words]
        if unknown or (kind is int and min(found) < 1):
            raise argparse.ArgumentTypeError(f"one or more of {', '.join(words) if words else 'numbers from 1'}, with commas between")
        return found
    return read


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="bus|way-in|replicas|order|search", help="what to measure; all without a word")
    parser.add_argument("--quick", action="store_true", help="one short round of everything, in some minutes: it runs, the figures are rough")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1, help="of each measure (1)")
    parser.add_argument("--report", default=ROOT / "var/bench", help="folder for report.html and report.json (var/bench)")
    parser.add_argument("--json", help="one more place for every single number")
    one = parser.add_argument_group("bus")
    one.add_argument("--bus-bench", default=ROOT / ".build/release/bus-bench", help="its release build")
    one.add_argument("--soak", type=float, default=15, help="seconds of each soak (15)")
    one.add_argument("--soak-messages", type=int, help="so many calls, and so many events, instead of a time")
    two = parser.add_argument_group("way-in")
    two.add_argument("--fountain", default=ROOT / ".build/release/fountain", help="its release build")
    two.add_argument("--topology", default=ROOT / "topology/local.yaml", help="what it brings up, on ports of its own (topology/local.yaml)")
    two.add_argument("--beside", action="append", default=[], metavar="NAME=FILE",
                     help="ours once more, with another topology (FILE.yaml) or from another binary, to compare; repeatable")
    two.add_argument("--peers", type=some_of(PEERS), help=f"only these of {','.join(PEERS)}")
    two.add_argument("--workloads", type=some_of(load.WORKLOADS), default=list(load.WORKLOADS), help="only these of health,read,create")
    two.add_argument("--connections", type=some_of((), int), help="how many at once (1,16,64,256; of `replicas` 64,256)")
    two.add_argument("--threads", type=int, default=os.cpu_count(), help="of libmicrohttpd and nginx (as many as processors)")
    two.add_argument("--open-seconds", type=float, default=4, help="of each round of the open loop (4)")
    two.add_argument("--settle", type=float, default=5, help="at most so long is a peer waited for until it rests (5)")
    two.add_argument("--warm-up", type=float, default=0.3, help="seconds of each measure that are not counted (0.3)")
    two.add_argument("--minutes", type=float, default=30, help="no further round of the closed loop after this time (30)")
    two.add_argument("--build-time", action="store_true", help="also time a clean release build, which takes minutes")
    between = parser.add_argument_group("replicas", "with the options of way-in that say how long and how many")
    between.add_argument("--stores", type=some_of(replicas.STORES), help=f"only these of {','.join(replicas.STORES)}")
    three = parser.add_argument_group("order")
    three.add_argument("--order-bench", default=ROOT / ".build/release/order-bench", help="its release build")
    three.add_argument("--sizes", type=some_of((), int), default=[1_000, 10_000, 100_000, 1_000_000], help="elements, or documents of search (1000,10000,100000,1000000)")
    three.add_argument("--repeats", type=int, default=100, help="transactions of each measure of a round (100)")
    three.add_argument("--batch-seconds", type=int, default=3, help="of each measure of batches (3)")
    four = parser.add_argument_group("search")
    four.add_argument("--search-bench", default=ROOT / ".build/release/search-bench", help="its release build")
    four.add_argument("--typesense", default=ROOT / ".cache/typesense-server", help="the server, where there is one (scripts/setup test)")
    four.add_argument("--stages", type=some_of(search.STAGES), default=list(search.STAGES), help=f"only these of {','.join(search.STAGES)}")
    four.add_argument("--questions", type=int, default=200, help="of each shape, for each size (200)")
    four.add_argument("--write-rate", type=int, default=200, help="creates a second, each searched for at once (200)")
    four.add_argument("--follow-seconds", type=int, default=20, help="of them, and of searches while an index is rebuilt (20)")
    four.add_argument("--search-rate", type=int, default=500, help="searches a second while an index is rebuilt (500)")
    if "--quick" in sys.argv:
        parser.set_defaults(**QUICK)
    options = parser.parse_args()
    if unknown := [part for part in options.parts if part not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    options.data_system = subprocess.run(["df", "--output=fstype", "/var/tmp"], capture_output=True, text=True).stdout.split()[-1]
    return options


def time_build(report):
    """A release build into an empty folder; fetching is not counted."""
    with tempfile.TemporaryDirectory(prefix="fb-", dir="/var/tmp") as scratch:
        where = ["--package-path", str(ROOT), "--scratch-path", scratch]
        subprocess.run(["swift", "package", *where, "resolve"], check=True, capture_output=True)
        began = time.monotonic()
        subprocess.run(["swift", "build", *where, "-c", "release", "--product", "fountain"], check=True, capture_output=True)
        seconds = time.monotonic() - began
    report.heading("Clean release build of fountain")
    report.text(f"{seconds // 60:.0f} min {seconds % 60:.0f} s")
    report.numbers["buildSeconds"] = seconds


def main():
    options = arguments()
    report = Report("FountainAI beside others")
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    report.text(f"{time.strftime('%Y-%m-%d %H:%M')}, commit {commit or '?'}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start")
    for part in options.parts or PARTS:
        PARTS[part](options, report)
    if options.build_time:
        time_build(report)
    report.text(f"load {os.getloadavg()[0]:.1f} at the end")
    print(f"report: {report.write(options.report)}")
    if options.json:
        pathlib.Path(options.json).write_text((pathlib.Path(options.report) / "report.json").read_text())


if __name__ == "__main__":
    main()
