"""The Typesense Client on both engines: indexing beside a plain import loop, from a create to its being found, and what a search takes by how
many documents there are.

The plain loop is what anybody would write: the same documents, a thousand a request or a commit, into a collection or an FTS5 table of the same
fields, without revisions, tombstones, places, checkpoints or a text rule of its own. Only its requests and commits are timed, as only ours are.
"""

import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

from bench import figures, peers, svg
from bench.processes import free_port, running, wait_for_port
from bench.report import Progress

SHAPES = {"word": "a word", "common": "a word of every second to fifth document", "two": "two words", "beginning": "three letters of a word",
          "letter": "one letter of a word", "phrase": "a phrase", "filter": "a word in one kind", "sorted": "everything by number",
          "facet": "a word, counted by kinds", "typo": "a word with an error of typing"}
STAGES = ("indexing", "following", "rebuilding", "asking")
BUILT_IN, TYPESENSE = "built in", "Typesense"
KEY = "key-of-the-bench"
BATCH = 1000
FIRST = 10**12
#: As of a collection of ours, but for what only we need.
FIELDS = [{"name": "element_type", "type": "string", "facet": True}, {"name": "element_id", "type": "int64"}, {"name": "comment", "type": "string"},
          {"name": "sequence_number", "type": "int32"}, {"name": "version_number", "type": "int32"}, {"name": "service_name", "type": "string"}]
TABLES = """
CREATE TABLE document (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, element_type TEXT NOT NULL, element_id INTEGER NOT NULL, comment TEXT NOT NULL,
    sequence_number INTEGER NOT NULL, version_number INTEGER NOT NULL, service_name TEXT NOT NULL) STRICT;
CREATE VIRTUAL TABLE words USING fts5(comment, element_type, service_name, content = 'document', content_rowid = 'row', prefix = '1 2 3');
CREATE TRIGGER added AFTER INSERT ON document BEGIN
    INSERT INTO words (rowid, comment, element_type, service_name) VALUES (new.row, new.comment, new.element_type, new.service_name);
END;
"""


def measure_all(options, report):
    """Every table of the search; `options.search_bench` is the release build of search-bench."""
    # Under /var/tmp, which is a disk where /tmp may not be.
    with tempfile.TemporaryDirectory(prefix="fb-", dir="/var/tmp") as directory, contextlib.ExitStack() as stack:
        search = Search(options, report, pathlib.Path(directory))
        search.begin(stack)
        for stage in options.stages:
            getattr(search, stage)()


class Search:
    def __init__(self, options, report, directory):
        self.options, self.report, self.directory = options, report, directory
        self.engines, self.port, self._runs = [BUILT_IN], None, 0

    def begin(self, stack):
        """A Typesense of its own, where there is one."""
        if not os.access(self.options.typesense, os.X_OK):
            return self.report.text("skipped: Typesense (scripts/setup test)")
        self.port, data = free_port(), self.directory / "typesense"
        data.mkdir()
        stack.enter_context(running(
            self.options.typesense, f"--data-dir={data}", f"--api-key={KEY}", "--api-address=127.0.0.1", f"--api-port={self.port}",
            "--peering-address=127.0.0.1", f"--peering-port={free_port()}", log=self.directory / "typesense.log"))
        wait_for_port(self.port)
        while self.ask_typesense("GET", "/health")[0] != 200:
            time.sleep(0.1)
        self.engines.append(TYPESENSE)

    def run(self, *words):
        environment = os.environ | {"TYPESENSE_API_KEY": KEY}
        command = [str(word) for word in (self.options.search_bench, *words)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=3600, env=environment)
        if result.returncode != 0:
            sys.exit(f"search-bench {' '.join(map(str, words))}: {result.stderr.strip()[-400:]}")
        return json.loads(result.stdout.strip().splitlines()[-1]) if result.stdout.strip() else None

    def index(self, engine, name):
        """The words that name an index."""
        if engine == BUILT_IN:
            return [self.directory / f"{name}.db"]
        return [f"http://127.0.0.1:{self.port}/{name}", self.directory / f"{name}.ledger.db"]

    # --- indexing ---

    def indexing(self):
        count = min(100_000, max(self.options.sizes))
        self.report.heading(f"Indexing {count:,} documents beside a plain import loop ({load()})")
        documents = self.directory / "documents"
        self.run("documents", count, documents)
        progress, rounds = Progress(2 * len(self.engines) * self.options.rounds), []
        for number in range(self.options.rounds):
            each = {}
            for engine in self.engines:
                progress.step(f"indexing, {engine}")
                each[engine] = self.run("fill", *self.index(engine, f"fill-{number}"), count)
                progress.step(f"plain loop, {engine}")
                loop = self.into_sqlite if engine == BUILT_IN else self.into_typesense
                each[f"{engine}, loop"] = {"perSecond": count / loop(documents, f"loop-{number}")}
                self.drop(engine, number)
            rounds.append(each)
        progress.end()
        self.report.numbers["search.indexing"] = rounds
        self.report.table([["", "documents/s", "the loop's", "to it"], *(
            [engine, figures.shown(figures.medians(rounds, engine, "perSecond")), figures.shown(figures.medians(rounds, f"{engine}, loop", "perSecond")),
             figures.shown(figures.ratio(rounds, engine, f"{engine}, loop", "perSecond"), 2)] for engine in self.engines)])

    def drop(self, engine, number):
        """What the next measure should not have beside it."""
        if engine == TYPESENSE:
            for name in (f"bench_fill-{number}", f"loop-{number}"):
                self.ask_typesense("DELETE", f"/collections/{name}")
        for path in self.directory.glob(f"*-{number}.*db*"):
            path.unlink()

    def into_sqlite(self, documents, name):
        database = sqlite3.connect(self.directory / f"{name}.db", isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.executescript(TABLES)
        insert = "INSERT INTO document (id, element_type, element_id, sequence_number, comment, version_number, service_name) VALUES (?, ?, ?, ?, ?, 1, 'service_a')"
        seconds = 0
        for portion in portions(documents):
            began = time.perf_counter()
            database.execute("BEGIN")
            database.executemany(insert, portion)
            database.execute("COMMIT")
            seconds += time.perf_counter() - began
        database.close()
        return seconds

    def into_typesense(self, documents, name):
        made, _ = self.ask_typesense("POST", "/collections", json.dumps({"name": name, "fields": FIELDS}))
        if made != 201:
            sys.exit(f"Typesense makes no collection: {made}")
        seconds = 0
        for portion in portions(documents):
            body = "\n".join(json.dumps({"id": id, "element_type": kind, "element_id": int(number), "sequence_number": int(rank), "comment": comment,
                                         "version_number": 1, "service_name": "service_a"}) for id, kind, number, rank, comment in portion)
            began = time.perf_counter()
            status, answer = self.ask_typesense("POST", f"/collections/{name}/documents/import?action=upsert", body)
            seconds += time.perf_counter() - began
            if status != 200 or answer.count(b'"success":true') != len(portion):
                sys.exit(f"Typesense takes no documents: {status} {answer[:200]}")
        return seconds

    def ask_typesense(self, method, path, body=None):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)) as connection:
            connection.request(method, path, body, {"X-TYPESENSE-API-KEY": KEY, "Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()

    # --- following ---

    def following(self):
        rate, seconds = self.options.write_rate, self.options.follow_seconds
        self.report.heading(f"From a create to its being found, at {rate} creates a second over HTTP ({load()})")
        rows = [["", "create answered, p50", "p99", "found after that, p50", "p99", "worst", "creates/s"]]
        for engine in self.engines:
            with peers.ours(f"search-{engine}", self.options.fountain, self.topology(engine), self.directory) as peer:
                seen = self.run("follow", f"http://127.0.0.1:{peer.port}", peer.log_in(), rate, seconds, FIRST)
            self.report.numbers[f"search.following {engine}"] = seen
            rows.append([engine, *(f"{figures.shown(seen[key], 1)} ms" for key in ("created-p50", "created-p99", "found-p50", "found-p99", "found-worst")),
                         figures.shown(seen["perSecond"])])
        self.report.table(rows)

    def topology(self, engine):
        text = pathlib.Path(self.options.topology).read_text()
        if engine == TYPESENSE:
            key = self.directory / "typesense.key"
            key.write_text(KEY + "\n")
            text += f"\nsearch:\n  engine: typesense\n  url: http://127.0.0.1:{self.port}\n  api_key_file: {key}\n"
        path = self.directory / f"{engine.replace(' ', '-')}.yaml"
        path.write_text(text)
        return path

    # --- rebuilding ---

    def rebuilding(self):
        count, rate, seconds = 20_000, self.options.search_rate, self.options.follow_seconds
        self.report.heading(f"While another index is built of {count:,} documents, again and again: {rate} searches and {rate // 8} writes a second ({load()})")
        rows = [["", "searches/s", "p50", "p99", "worst", "writes", "indexes built", "failed or partial"]]
        for engine in self.engines:
            with peers.ours(f"rebuild-{engine}", self.options.fountain, self.topology(engine), self.directory) as peer:
                where = [f"http://127.0.0.1:{peer.port}", peer.log_in(), count]
                self.run("stand", *where)
                with concurrent.futures.ThreadPoolExecutor() as pool:
                    crowd, built = pool.submit(self.run, "crowd", *where, rate, seconds), 0
                    while not crowd.done():
                        self.reindex(f"rebuild-{engine}")
                        built += 1
                seen = crowd.result() | {"built": built}
            self.report.numbers[f"search.rebuilding {engine}"] = seen
            rows.append([engine, figures.shown(seen["perSecond"]), *(f"{figures.shown(seen[key], 1)} ms" for key in ("p50", "p99", "worst")),
                         figures.shown(seen["writes"]), str(built), figures.shown(seen["wrong"])])
        self.report.table(rows)

    def reindex(self, name):
        topology = self.directory / re.sub(r"\W+", "-", name) / "topology.yaml"
        subprocess.run([self.options.fountain, "search", "reindex", "--topology", topology], check=True, capture_output=True, timeout=600)

    # --- asking ---

    def asking(self):
        sizes, seen = self.options.sizes, {}
        progress = Progress(len(self.engines) * len(sizes) * (1 + len(SHAPES)))
        for engine in self.engines:
            for size in sizes:
                progress.step(f"filling {engine} with {size}")
                self.run("fill", *self.index(engine, f"size-{size}"), size)
            for shape in SHAPES:
                for size in sizes:
                    progress.step(f"{shape} of {size}, {engine}")
                    seen[engine, shape, size] = self.run("ask", *self.index(engine, f"size-{size}"), shape, self.options.questions)
        progress.end()
        self.report.numbers["search.asking"] = {f"{engine} {shape} {size}": each for (engine, shape, size), each in seen.items()}
        for engine in self.engines:
            self.tell(engine, {(shape, size): seen[engine, shape, size] for shape in SHAPES for size in sizes})

    def tell(self, engine, seen):
        sizes = self.options.sizes
        self.report.heading(f"A search by how many documents there are, {engine}: p50 and p99 of {self.options.questions}, ms ({load()})")
        self.report.table([["", *(f"{size:,}" for size in sizes), "found of the most"], *(
            [title, *(f"{figures.shown(seen[shape, size]['p50'], 1)} · {figures.shown(seen[shape, size]['p99'], 1)}" for size in sizes),
             figures.shown(seen[shape, sizes[-1]]["found"])] for shape, title in SHAPES.items())])
        self.report.plot(svg.lines(f"p99 of a search, {engine}, ms", [f"{size:,}" for size in sizes],
                                   {shape: [seen[shape, size]["p99"] for size in sizes] for shape in SHAPES}))


def portions(documents):
    """A thousand lines at a time, as tuples."""
    portion = []
    with open(documents) as lines:
        for line in lines:
            portion.append(tuple(line.rstrip("\n").split("\t")))
            if len(portion) == BATCH:
                yield portion
                portion = []
    if portion:
        yield portion


def load():
    return f"load {os.getloadavg()[0]:.1f}"
