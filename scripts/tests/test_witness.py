"""What conftest.py adds to the report of a test that fails. The ecosystem is a stand-in: it answers anything, and its `explain` repeats what it was asked."""

import os
import subprocess
import sys
import time
import types

import ecosystem
import pytest
from witness import Witness

HERE = ecosystem.ROOT / "scripts/tests"
TRACE = "0123456789abcdef" * 2

FOUNTAIN = f"""#!{sys.executable}
import http.server, sys

class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(418)
        if self.path != "/untraced":
            self.send_header("traceparent", "00-{TRACE}-0123456789abcdef-01")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass

if sys.argv[1] == "explain":
    print("told", *sys.argv[2:])
else:
    server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
    print(f"origin http://127.0.0.1:{{server.server_port}}\\nready", flush=True)
    server.serve_forever()
"""

TESTS = '''
import ecosystem
import pytest


@pytest.fixture
def edge(tmp_path):
    with ecosystem.up(tmp_path / "of-a-fixture", tmp_path / "log") as client:
        yield client


def test_that_is_right(edge):
    edge.get("/right")


def test_of_a_fixture(edge):
    edge.get("/first")
    edge.get("/last")
    assert False


def test_in_a_block(tmp_path):
    with ecosystem.up(tmp_path / "of-a-block", tmp_path / "log") as client:
        client.get("/block")
        assert False


def test_without_a_trace(edge):
    edge.get("/untraced")
    assert False


def test_that_asks_nobody():
    assert False
'''


@pytest.fixture
def said(tmp_path):
    """Of each test that fails, what its report says."""
    (tmp_path / "fountain").write_text(FOUNTAIN)
    (tmp_path / "fountain").chmod(0o755)
    (tmp_path / "test_inner.py").write_text(TESTS)
    environment = {**os.environ, "FOUNTAIN": str(tmp_path / "fountain"), "PYTHONPATH": str(HERE)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "conftest", "--basetemp", tmp_path / "inner", tmp_path / "test_inner.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip().splitlines()[-1].startswith("4 failed, 1 passed"), done.stdout
    parts = done.stdout.split("____ test_")[1:]
    return {part.split()[0]: part for part in parts}


def test_a_test_that_fails_tells_of_its_last_answer(said):
    assert f"GET /last: 418\ntold {TRACE} --topology " in said["of_a_fixture"] and "/of-a-fixture\n" in said["of_a_fixture"]
    assert f"GET /block: 418\ntold {TRACE} --topology " in said["in_a_block"] and "/of-a-block\n" in said["in_a_block"]
    assert [name for name, part in said.items() if "fountain explain" in part] == ["of_a_fixture", "in_a_block"]


@pytest.mark.parametrize("program", ["exec sleep 60", "kill -9 $$", None])
def test_it_neither_fails_nor_waits_for_long(tmp_path, program):
    file = tmp_path / "fountain"
    if program:
        file.write_text(f"#!/bin/sh\n{program}\n")
        file.chmod(0o755)
    witness = Witness(file, seconds=0.5)
    witness.topologies["http://a"] = tmp_path
    witness.note("https://caddy", "GET /a", types.SimpleNamespace(headers={"traceparent": f"00-{TRACE}-1-01"}, status_code=200))
    began = time.monotonic()
    assert witness.story().startswith("GET /a: 200\n")
    assert time.monotonic() - began < 5
