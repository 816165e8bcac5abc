"""Three hosts on this machine (scripts/cluster): the primary's host dies while clients write, search, rotate and revoke; nothing that was
answered is lost or done twice. Where namespaces are not allowed this says so and proves nothing."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import ecosystem
import pytest

CLUSTER = ecosystem.ROOT / "scripts/cluster"


def cluster(directory, *words):
    environment = {**os.environ, "FOUNTAIN": str(ecosystem.FOUNTAIN)}
    command = [CLUSTER, "--dir", directory, *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


@pytest.fixture
def directory():
    """One that the user postgres may enter, and short: a socket is in it. What goes wrong leaves its logs there."""
    home = pathlib.Path(tempfile.mkdtemp(prefix="cluster-", dir="/tmp"))
    yield home
    cluster(home, "down", "--keep")


def test_the_primarys_host_dies_and_nothing_that_was_answered_is_lost(directory):
    came_up = cluster(directory, "up")
    print(came_up.stdout)
    if came_up.returncode == 77:
        print(came_up.stdout, file=sys.stderr)
        return
    assert came_up.returncode == 0, came_up.stdout + came_up.stderr
    if json.loads(cluster(directory, "primary").stdout)["host"] == "host3":
        assert cluster(directory, "switchover", "host1").returncode == 0
    tried = cluster(directory, "try", "kill", "primary")
    assert tried.stdout, tried.stderr
    verdict = json.loads(tried.stdout)
    print(f"seconds without writes: {verdict['writes']['pause']}; {tried.stdout}")
    assert verdict["faults"] == [] and verdict["whole"], tried.stdout
    assert verdict["acknowledged"] > 50 and verdict["keys"] > 3
    assert cluster(directory, "down").returncode == 0
    assert not directory.exists()
