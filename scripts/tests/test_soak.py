"""Many requests with pauses and disconnects: each answered once or not at all, none left in hand, no growth."""

import json
import os
import re
import subprocess
import sys
import time

import ecosystem

REQUESTS = int(os.environ.get("FOUNTAIN_SOAK_REQUESTS", "20000"))
CHEAP = "scrypt: {ln: 4, r: 1, p: 1}"


def sent(origin, *words):
    command = [sys.executable, ecosystem.ROOT / "loadtest/soak.py", origin, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3600)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    return json.loads(done.stdout)


def in_flight(client):
    return int(re.search(r'requests_in_flight\{listener="main"\} (\d+)', client.get("/metrics").text).group(1))


def test_every_request_is_answered_once_and_nothing_stays_behind(tmp_path):
    path = ecosystem.topology(tmp_path, kms=CHEAP)
    with ecosystem.process("up", "--topology", path, log=tmp_path / "log") as child:
        client = ecosystem.Client(ecosystem.origin(child.said)).registered()
        found = sent(client.origin, "--requests", REQUESTS, "--process", child.pid, "--token", client.token)
        assert found["answered"] + found["gone"] == REQUESTS
        assert set(found["statuses"]) <= {"200", "201", "404"}, found["statuses"]
        # A write whose client has left is in hand until it is done; the last is the one that asks.
        until = time.monotonic() + 20
        while (count := in_flight(client)) != 1:
            assert time.monotonic() < until, f"{count} in flight"
            time.sleep(0.05)
        # What stores and caches keep of so many elements is some 100 bytes each; connections and answers that stayed would be thousands.
        grown = found["resident_after"] - found["resident_before"]
        assert grown < 48 * 2**20 + 200 * REQUESTS, grown


def test_idle_connections_cost_memory_that_is_known_and_a_good_client_nothing(tmp_path):
    path = ecosystem.topology(tmp_path, kms=CHEAP)
    limits = "max_connections: 3000, max_connections_per_client: 3000, idle_timeout: 600s"
    path.write_text(path.read_text().replace('"127.0.0.1:0"', f'"127.0.0.1:0", {limits}'))
    with ecosystem.process("up", "--topology", path, log=tmp_path / "log") as child:
        found = sent(ecosystem.origin(child.said), "--idle", 2000, "--process", child.pid)
        assert found["lost"] == 0
        assert found["bytes_a_connection"] < 64 << 10, found
        assert found["p99_beside_ms"] < 2 * found["p99_alone_ms"] + 5, found
