"""Service A's order: what a change costs by how many elements there are, batches beside the plain SQLite loop, a crowd beside a writer.

Each size has a database of its own, filled once and copied for nothing: every kind of change leaves as many elements as it has found. The
sizes take turns within a round, so that whatever else the machine does meets them alike; a ratio is that of the medians' times to those
of the smallest size.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

from bench import figures, peers
from bench.report import Progress

KINDS = {"create": "create at the end", "insert": "create at a random number", "move": "move to a random number",
         "delete-first": "delete the first", "number": "read by number", "page": "page of 100 from a number"}
PER_COMMIT = (64, 100, 256)


def measure_all(options, report):
    """Every table of the order; `options.order_bench` is the release build of order-bench."""
    # Under /var/tmp, which is a disk where /tmp may not be.
    with tempfile.TemporaryDirectory(prefix="fb-", dir="/var/tmp") as directory:
        order = Order(options, report, pathlib.Path(directory))
        order.sizes()
        order.batches()
        order.crowd()


class Order:
    def __init__(self, options, report, directory):
        self.options, self.report, self.directory = options, report, directory

    def run(self, *words):
        result = subprocess.run([str(word) for word in (self.options.order_bench, *words)], capture_output=True, text=True, timeout=1800)
        if result.returncode != 0:
            sys.exit(f"order-bench {' '.join(map(str, words))}: {result.stderr.strip()[-400:]}")
        return json.loads(result.stdout.strip().splitlines()[-1]) if result.stdout.strip() else None

    def database(self, size):
        """A sequence of so many elements; made where it is not there yet."""
        path = self.directory / f"{size}.db"
        if not path.exists():
            self.run("fill", path, size)
        return path

    def sizes(self):
        sizes = self.options.sizes
        self.report.heading(f"One change or read by how many elements there are ({self.load()})")
        progress = Progress(len(sizes) * len(KINDS) * self.options.rounds)
        seen = {(kind, size): [] for kind in KINDS for size in sizes}
        for size in sizes:
            self.database(size)
        for _ in range(self.options.rounds):
            for kind in KINDS:
                for size in sizes:
                    progress.step(f"{kind} at {size}")
                    seen[kind, size].append(self.run("time", self.database(size), kind, self.options.repeats))
        progress.end()
        self.report.numbers["order.sizes"] = {f"{kind} {size}": rounds for (kind, size), rounds in seen.items()}
        for key, words in (("processor", "Processor time"), ("microseconds", "Time, with what others took of it")):
            rows = [[words, *(f"{size:,} µs" for size in sizes), *(f"{size:,} to {sizes[0]:,}" for size in sizes[1:]), "events each"]]
            for kind, title in KINDS.items():
                times = [statistics.median(each[key] for each in seen[kind, size]) for size in sizes]
                ratios = [figures.shown(time / times[0], 2) for time in times[1:]]
                events = {each["events"] for size in sizes for each in seen[kind, size]}
                rows.append([title, *(figures.shown(time, 1) for time in times), *ratios, " ".join(f"{count:g}" for count in sorted(events))])
            self.report.table(rows)

    def batches(self):
        self.report.heading(f"Creations by batches beside the plain SQLite loop, which writes the same rows ({self.load()})")
        loop = peers.compiled(self.report, "the loop in C", "order.c", self.directory, "-lsqlite3")
        small = peers.compiled(self.report, "the loop of one row in C", "rows.c", self.directory, "-lsqlite3")
        rounds = []
        for number in range(self.options.rounds):
            each = {"batches": self.run("batch", self.fresh(f"batch-{number}"), self.options.batch_seconds)}
            for name, program in (("loop", loop), ("one row", small)):
                for rows in PER_COMMIT if program else ():
                    path = self.fresh(f"{name}-{number}-{rows}") if name == "loop" else self.directory / f"{name}-{number}-{rows}.db"
                    words = [program, path, rows, self.options.batch_seconds]
                    result = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True)
                    each[f"{name}, {rows} a commit"] = json.loads(result.stdout)
            rounds.append(each)
        self.report.numbers["order.batches"] = rounds
        self.report.table([["", "creations/s", "batches to it"], *(
            [name, figures.shown(figures.medians(rounds, name, "perSecond")), figures.shown(figures.ratio(rounds, "batches", name, "perSecond"), 2)]
            for name in rounds[0])])

    def fresh(self, name):
        """Tables with a first element in them."""
        path = self.directory / f"{name}.db"
        self.run("fill", path, 1)
        return path

    def crowd(self):
        elements = min(100_000, max(self.options.sizes))
        self.report.heading(f"Sixty deletes at once of {elements:,} elements beside a writer ({self.load()})")
        rounds = [self.run("crowd", self.database(elements), 60, 2) for _ in range(self.options.rounds)]
        self.report.numbers["order.crowd"] = rounds
        self.report.table([["", "median", "worst"], *(
            [title, figures.shown(statistics.median(each[key] for each in rounds), 1), figures.shown(max(each[key] for each in rounds), 1)]
            for title, key in (("the writer's slowest answer, ms", "slowestMilliseconds"), ("all sixty answered after, ms", "crowdMilliseconds")))])

    @staticmethod
    def load():
        return f"load {os.getloadavg()[0]:.1f}"
