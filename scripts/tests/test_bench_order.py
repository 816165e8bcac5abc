"""What `make bench ARGS=order` does with the figures: an order-bench that is played here, with answers that are known."""

import pathlib
import sys
import types

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Benchmarks"))
from bench import order, report  # noqa: E402

PLAYED = """#!/usr/bin/python3 -SE
import json, pathlib, sys
mode, database, *words = sys.argv[1:]
log = pathlib.Path(__file__).with_name("log")
with log.open("a") as file: file.write(" ".join([mode, pathlib.Path(database).name, *words]) + "\\n")
if mode == "fill":
    pathlib.Path(database).write_text(words[0])
elif mode == "time":
    size, turn = int(pathlib.Path(database).read_text()), sum(line.startswith(f"time {pathlib.Path(database).name} {words[0]}") for line in log.open())
    # Once somebody else takes the machine for a while: what a median does not see.
    slow = 10 if turn == 2 and size != 1000 else 1
    print(json.dumps({"microseconds": slow * (10 if size == 1000 else 25), "processor": slow * (5 if size == 1000 else 6), "events": 0 if words[0] in ("number", "page") else 1}))
elif mode == "batch":
    print(json.dumps({"perSecond": 500.0}))
elif mode == "crowd":
    print(json.dumps({"slowestMilliseconds": 7.5, "crowdMilliseconds": 3.0, "created": 9}))
"""


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.setattr(order, "KINDS", {kind: order.KINDS[kind] for kind in ("move", "number")})
    program = tmp_path / "order-bench"
    program.write_text(PLAYED)
    program.chmod(0o755)
    options = types.SimpleNamespace(order_bench=program, sizes=[1_000, 1_000_000], rounds=3, repeats=4, batch_seconds=1)
    told = report.Report("order")
    return types.SimpleNamespace(order=order.Order(options, told, tmp_path), told=told, asked=lambda: (tmp_path / "log").read_text().splitlines())


def cells(output, title):
    """The cells of the rows that begin with a title."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in output.splitlines() if line.startswith(f"| {title} ")]


def test_sizes_take_turns_and_ratios_are_those_of_the_medians(bench, capsys):
    bench.order.sizes()
    asked = bench.asked()
    assert asked[:2] == ["fill 1000.db 1000", "fill 1000000.db 1000000"]
    assert asked[2:6] == ["time 1000.db move 4", "time 1000000.db move 4", "time 1000.db number 4", "time 1000000.db number 4"]
    assert len(asked) == 2 + 3 * 2 * len(order.KINDS)
    processor, clock = cells(capsys.readouterr().out, "move to a random number")
    assert [processor[3], processor[4]] == ["1.20", "1"] and [clock[3], clock[4]] == ["2.50", "1"]
    assert len(bench.told.numbers["order.sizes"]["move 1000"]) == 3


def test_reads_have_no_events(bench, capsys):
    bench.order.sizes()
    assert [row[4] for row in cells(capsys.readouterr().out, "read by number")] == ["0", "0"]


def test_a_crowd_is_told_by_its_median_and_its_worst(bench, capsys):
    bench.order.crowd()
    assert bench.asked() == ["fill 100000.db 100000"] + ["crowd 100000.db 60 2"] * 3
    (slowest,) = cells(capsys.readouterr().out, "the writer's slowest answer, ms")
    assert slowest[1:] == ["7.5", "7.5"]


def test_batches_are_held_against_the_loop_of_their_own_round(bench, capsys, monkeypatch):
    loop = bench.order.directory / "loop"
    loop.write_text("#!/bin/sh\necho '{\"perSecond\": 1000.0}'\n")
    loop.chmod(0o755)
    monkeypatch.setattr(order.peers, "compiled", lambda told, what, source, *_: loop if source == "order.c" else None)
    bench.order.batches()
    shown = capsys.readouterr().out
    assert [row[2] for row in cells(shown, "loop, 100 a commit")] == ["0.50"]
    assert not cells(shown, "one row, 100 a commit"), "what is not there is left out"


def test_a_bench_that_fails_ends_it_with_what_it_said(bench):
    bench.order.options.order_bench.write_text("#!/bin/sh\necho broken >&2; exit 64\n")
    with pytest.raises(SystemExit, match="order-bench fill .*: broken"):
        bench.order.database(10)
