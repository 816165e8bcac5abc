"""What `make bench ARGS=search` does with the figures: a search-bench that is played here, with answers that are known."""

import json
import pathlib
import sys
import types

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Benchmarks"))
from bench import report, search  # noqa: E402

PLAYED = """#!/usr/bin/python3 -SE
import json, pathlib, sys
mode, *words = sys.argv[1:]
log = pathlib.Path(__file__).with_name("log")
with log.open("a") as file: file.write(" ".join([mode, *(pathlib.Path(word).name for word in words)]) + "\\n")
if mode == "documents":
    pathlib.Path(words[1]).write_text("".join(f"script_{n}\\tscript\\t{n}\\t{n}\\tline {n}\\n" for n in range(1, int(words[0]) + 1)))
elif mode == "fill":
    pathlib.Path(words[0]).touch()
    print(json.dumps({"perSecond": 800.0}))
elif mode == "ask":
    size = int(pathlib.Path(words[0]).stem.split("-")[1])
    print(json.dumps({"p50": size / 1000, "p99": size / 100, "worst": size, "found": size / 2}))
elif mode == "follow":
    print(json.dumps({"created-p50": 1.0, "created-p99": 2.0, "found-p50": 3.0, "found-p99": 4.04, "found-worst": 9.0, "perSecond": 200.0}))
"""


@pytest.fixture
def bench(tmp_path, monkeypatch):
    program = tmp_path / "search-bench"
    program.write_text(PLAYED)
    program.chmod(0o755)
    topology = tmp_path / "local.yaml"
    topology.write_text("name: local\n")
    monkeypatch.setattr(search, "SHAPES", {shape: search.SHAPES[shape] for shape in ("word", "letter")})
    options = types.SimpleNamespace(search_bench=program, typesense=tmp_path / "none", fountain="fountain", topology=topology, sizes=[1_000, 10_000],
                                    rounds=2, questions=5, write_rate=200, follow_seconds=3)
    told = report.Report("search")
    return types.SimpleNamespace(search=search.Search(options, told, tmp_path), told=told,
                                 asked=lambda: (tmp_path / "log").read_text().splitlines())


def cells(output, title):
    """The cells of the rows that begin with a title."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in output.splitlines() if line.startswith(f"| {title} ")]


def test_without_a_typesense_it_is_named_and_skipped(bench, capsys):
    bench.search.begin(None)
    assert bench.search.engines == [search.BUILT_IN] and "skipped: Typesense" in capsys.readouterr().out


def test_indexing_is_held_against_a_loop_over_the_same_documents(bench, capsys, monkeypatch):
    real = bench.search.into_sqlite
    monkeypatch.setattr(bench.search, "into_sqlite", lambda documents, name: real(documents, name) and 10.0)
    bench.search.indexing()
    assert bench.asked() == ["documents 10000 documents", "fill fill-0.db 10000", "fill fill-1.db 10000"]
    (row,) = cells(capsys.readouterr().out, "built in")
    assert row == ["built in", "800", "1,000", "0.80"]
    assert not list(bench.search.directory.glob("*.db*")), "the next round has nothing beside it"


def test_the_loop_takes_every_document_with_its_words(bench, tmp_path):
    documents = tmp_path / "documents"
    documents.write_text("".join(f"script_{n}\tscript\t{n}\t{n}\tline {n}\n" for n in range(1, 2_502)))
    assert [len(portion) for portion in search.portions(documents)] == [1000, 1000, 501]
    assert bench.search.into_sqlite(documents, "loop") > 0
    with search.sqlite3.connect(tmp_path / "loop.db") as database:
        assert database.execute("SELECT count(*) FROM words WHERE words MATCH 'line'").fetchone() == (2_501,)


def test_each_size_is_filled_once_and_asked_every_shape(bench, capsys):
    bench.search.asking()
    assert bench.asked() == ["fill size-1000.db 1000", "fill size-10000.db 10000", "ask size-1000.db word 5", "ask size-10000.db word 5",
                             "ask size-1000.db letter 5", "ask size-10000.db letter 5"]
    (row,) = cells(capsys.readouterr().out, "a word")
    assert row[1:] == ["1.0 · 10.0", "10.0 · 100.0", "5,000"]
    assert bench.told.numbers["search.asking"]["built in letter 1000"]["p99"] == 10


def test_following_asks_each_engine_through_its_own_topology(bench, capsys, monkeypatch):
    topologies = []

    class Peer:
        port = 8002

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def log_in(self):
            return "token"

    monkeypatch.setattr(search.peers, "ours", lambda name, binary, topology, directory: topologies.append(topology.read_text()) or Peer())
    bench.search.engines, bench.search.port = [search.BUILT_IN, search.TYPESENSE], 8108
    bench.search.following()
    assert "typesense" not in topologies[0] and "url: http://127.0.0.1:8108" in topologies[1]
    assert bench.asked() == ["follow 127.0.0.1:8002 token 200 3 1000000000000"] * 2
    (row,) = cells(capsys.readouterr().out, "Typesense")
    assert row[1:] == ["1.0 ms", "2.0 ms", "3.0 ms", "4.0 ms", "9.0 ms", "200"]


def test_a_bench_that_fails_ends_it_with_what_it_said(bench):
    bench.search.options.search_bench.write_text("#!/bin/sh\necho broken >&2; exit 64\n")
    with pytest.raises(SystemExit, match="search-bench fill .*: broken"):
        bench.search.run("fill", "x.db", 10)


def test_numbers_are_json(bench):
    bench.search.asking()
    assert json.dumps(bench.told.numbers)
