"""Three hosts on this machine (scripts/cluster): every service is updated one replica after the other, a backup is put back, then the primary's
host dies, while clients write, search, rotate and revoke; nothing that was answered is lost or done twice. Where namespaces are not allowed this says so and
proves nothing."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import ecosystem
import pytest

CLUSTER = ecosystem.ROOT / "scripts/cluster"


def cluster(directory, *words):
    environment = {**os.environ, "FOUNTAIN": str(ecosystem.FOUNTAIN)}
    command = [CLUSTER, "--dir", directory, *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def directory():
    """A cluster that is up; None where this machine allows none. Its directory is one that the user postgres may enter, and short: a socket is in
    it. What goes wrong leaves its logs there."""
    home = pathlib.Path(tempfile.mkdtemp(prefix="cluster-", dir="/tmp"))
    came_up = cluster(home, "up")
    print(came_up.stdout, file=sys.stderr)
    if came_up.returncode == 77:
        yield None
        return
    assert came_up.returncode == 0, came_up.stdout + came_up.stderr
    yield home
    cluster(home, "down", "--keep")


def verdict(directory, *fault):
    tried = cluster(directory, "try", *fault)
    assert tried.stdout, tried.stderr
    said = json.loads(tried.stdout)
    print(f"seconds without writes: {said['writes']['pause']}; {tried.stdout}")
    assert said["faults"] == [] and said["whole"], tried.stdout
    assert said["acknowledged"] > 50 and said["keys"] > 3
    return said


def test_an_operator_on_one_of_the_hosts_finds_all_well_on_each_of_them(directory):
    if directory is None:
        return
    secret = f"{directory}/secrets"
    environment = [f"FOUNTAIN_{name}={secret}" for name in ("SECRET_KEYS", "SECRETS")]
    environment += [f"FOUNTAIN_PUBLIC_KEYS={secret}/public", f"FOUNTAIN_DATABASE_CA={directory}/certificates/ca.pem", "FOUNTAIN_DATA_DIR=/nowhere"]
    command = [ecosystem.FOUNTAIN, "check", "--free", "0", "--topology", ecosystem.ROOT / "topology/cluster.yaml"]
    until = time.monotonic() + 60
    while True:
        checked = cluster(directory, "exec", "host3", "env", *environment, *command)
        # A replica answers before it has met Typesense, and says so.
        if "its index is what its source says  (The index is not there yet.)" not in checked.stdout or time.monotonic() > until:
            break
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for claim in ("gateway: ready", "gateway-2: ready", "kms-2: consumers", "service_a-2: where its data", "typesense_client-2: its index is"):
        assert f"ok      {claim}" in checked.stdout, checked.stdout


def test_a_rolling_update_is_no_error_that_a_user_sees(directory):
    if directory is None:
        return
    update = shutil.copy2(ecosystem.FOUNTAIN, directory / "fountain-update")
    said = verdict(directory, "roll", update)
    assert said["without Retry-After"] == {}
    assert said["programs"] == [str(update)]


def log_of_changes(directory):
    """How many events there are, and the topic's epoch, as the primary says."""
    primary = json.loads(cluster(directory, "primary").stdout)["host"]
    question = "SELECT (SELECT count(*) FROM fountain_service_a.event), epoch FROM fountain_service_a.topic"
    psql = ["psql", "-XAt", "-h", directory / primary / "postgresql", "-U", "postgres", "-c", question, "fountain"]
    said = cluster(directory, "exec", primary, "setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--", *psql)
    assert said.returncode == 0, said.stderr
    return said.stdout.strip().split("|")


def test_a_backup_is_put_back_on_all_hosts_and_all_goes_on_from_there(directory):
    if directory is None:
        return
    assert cluster(directory, "backup").returncode == 0
    then = log_of_changes(directory)
    verdict(directory, "kill", "host1/gateway")
    assert log_of_changes(directory)[0] != then[0]
    restored = cluster(directory, "restore")
    assert restored.returncode == 0, restored.stderr
    count, epoch = log_of_changes(directory)
    assert count == then[0] and epoch != then[1]
    verdict(directory, "kill", "host1/gateway")


def test_the_primarys_host_dies_and_nothing_that_was_answered_is_lost(directory):
    if directory is None:
        return
    if json.loads(cluster(directory, "primary").stdout)["host"] == "host3":
        switched = cluster(directory, "switchover")
        assert switched.returncode == 0, switched.stderr
    # What was frozen and thawed once has to die with its host all the same.
    for what in ("freeze", "thaw"):
        assert cluster(directory, what, "primary/typesense").returncode == 0
    verdict(directory, "kill", "primary")
    assert cluster(directory, "down").returncode == 0
    assert not directory.exists()
