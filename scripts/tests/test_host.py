"""What is done on the host: audit logs proved whole, master keys replaced, killed in the middle, a QR code drawn."""

import json
import sqlite3
import subprocess
import time

import ecosystem
import pytest

CHEAP = "scrypt: {ln: 4, r: 1, p: 1}"


def filled(tmp_path, users=1):
    """An ecosystem that was up once; what lies in it and must go on working."""
    path = ecosystem.topology(tmp_path, kms=CHEAP)
    with ecosystem.up(path, tmp_path / "log") as edge:
        admin = edge.registered("root", roles="admin")
        key = admin.ok("POST", "/kms/keys", {"service_name": "job"})["api_key"]
        apps = {}
        for number in range(users):
            user = edge.registered(f"user{number}")
            apps[f"user{number}"] = (user.enrolled()[0], user.refresh_token)
    return path, key, apps


def works(path, log, key, apps):
    with ecosystem.up(path, log) as edge:
        edge.token = None
        assert edge.get("/service_a/sequence?elementType=script", **{"X-API-Key": key}).status_code == 200
        for name, (app, refresh) in apps.items():
            edge.ok("POST", "/kms/token/refresh", {"refresh_token": refresh})
            edge.logged_in(name).stepped_up(ecosystem.next_code(app))


def keys_in(tmp_path, service):
    return (tmp_path / f"data/keys/{service}.keyring").read_text().splitlines()[1:]


def key_ids(tmp_path):
    """The master keys that sealed values lie under, by the id in each (bytes 1 to 4)."""
    found = {"kms": set(), "2fa": set()}
    for service, query in {
        "kms": "SELECT sealed FROM signing_key UNION ALL SELECT sealed FROM key_secret",
        "2fa": "SELECT secret FROM authenticator",
    }.items():
        with sqlite3.connect(tmp_path / f"data/{service}.sqlite") as database:
            for (sealed,) in database.execute(query):
                found[service].add(int.from_bytes(sealed[1:5], "big"))
    return found


def test_master_keys_are_replaced_and_everything_goes_on_working(tmp_path):
    path, key, apps = filled(tmp_path)
    assert key_ids(tmp_path) == {"kms": {1}, "2fa": {1}}
    said = ecosystem.run("admin", "rewrap", "--new-key", "--drop-old", "--topology", path)
    assert "kms: 1 signing keys, 1 API keys" in said and "2fa: 1 authenticators moved" in said
    assert key_ids(tmp_path) == {"kms": {2}, "2fa": {2}}
    assert [line.split()[0] for line in keys_in(tmp_path, "kms") + keys_in(tmp_path, "2fa")] == ["2", "2"]
    works(path, tmp_path / "log", key, apps)
    verdicts = json.loads(ecosystem.run("audit", "verify", "--topology", path))
    assert all(verdict["whole"] for verdict in verdicts.values())


def test_master_keys_are_not_replaced_under_a_running_service(tmp_path):
    path, *_ = filled(tmp_path)
    with ecosystem.up(path, tmp_path / "log"):
        before = keys_in(tmp_path, "kms")
        done = subprocess.run(
            [ecosystem.FOUNTAIN, "admin", "rewrap", "--new-key", "--topology", path], capture_output=True, text=True
        )
        assert done.returncode == 1 and "is already running" in done.stderr, done
        assert keys_in(tmp_path, "kms") == before


@pytest.mark.parametrize("delay", [0, 5, 10, 15, 20, 25, 30, 40, 60, 90])
def test_a_rewrap_killed_anywhere_is_finished_by_the_next(tmp_path_factory, delay):
    """SIGKILL after so many milliseconds: each table is under one key, whole; running it again ends it."""
    tmp_path = tmp_path_factory.mktemp("k")
    path, key, apps = filled(tmp_path)
    child = subprocess.Popen(
        [ecosystem.FOUNTAIN, "admin", "rewrap", "--new-key", "--topology", path], stdout=subprocess.DEVNULL
    )
    time.sleep(delay / 1000)
    child.kill()
    child.wait()
    for service, ids in key_ids(tmp_path).items():
        assert len(ids) == 1, service
    works(path, tmp_path / "log", key, {})
    ecosystem.run("admin", "rewrap", "--drop-old", "--topology", path)
    works(path, tmp_path / "log", key, apps)


@pytest.mark.parametrize("service", ["kms", "2fa"])
def test_a_changed_log_is_found_out_and_the_exit_code_says_so(tmp_path, service):
    path, *_ = filled(tmp_path)
    verify = ["audit", "verify", "--topology", path]
    verdicts = json.loads(ecosystem.run(*verify))
    assert set(verdicts) == {"kms", "2fa"} and verdicts["2fa"]["entries"] >= 2
    known = [f"--known={name}:{verdict['entries']}:{verdict['head']}" for name, verdict in verdicts.items()]
    ecosystem.run(*verify, *known)
    database = sqlite3.connect(tmp_path / f"data/{service}.sqlite")
    with pytest.raises(sqlite3.DatabaseError, match="only grows"):
        database.execute("DELETE FROM audit")
    database.executescript("DROP TRIGGER audit_stays; DROP TRIGGER audit_remains")
    database.execute("DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)")
    database.commit()
    # The end is gone: the chain alone does not show it, the entry that was written down does.
    assert json.loads(ecosystem.run(*verify))[service]["whole"]
    assert not json.loads(ecosystem.run(*verify, *known, code=1))[service]["whole"]
    database.execute("UPDATE audit SET outcome = 'forbidden' WHERE number = 1")
    database.commit()
    assert json.loads(ecosystem.run(*verify, code=1))[service]["broken_at"] == 1
    database.close()


def test_where_there_is_no_data_nothing_is_proved_and_nothing_is_made(tmp_path):
    path = ecosystem.topology(tmp_path)
    for command in (["audit", "verify"], ["admin", "rewrap"]):
        done = subprocess.run([ecosystem.FOUNTAIN, *command, "--topology", path], capture_output=True, text=True)
        assert done.returncode == 1 and "lies in" in done.stderr, done
    assert not (tmp_path / "data").exists()


def test_a_qr_code_in_the_terminal(tmp_path):
    uri = "otpauth://totp/FountainAI:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=FountainAI&digits=6&period=30"
    drawn = subprocess.run([ecosystem.FOUNTAIN, "qr"], input=uri + "\n", capture_output=True, text=True)
    assert drawn.returncode == 0
    lines = drawn.stdout.rstrip("\n").split("\n")
    assert len({len(line) for line in lines if line}) == 1 and set(drawn.stdout) <= set("█▀▄ \n")
    modules = matrix(lines)
    side = len(lines[0])
    del modules[side:]  # the lower half of the last line
    finder = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]
    corner = lambda row, column: ["".join(str(int(m)) for m in line[column : column + 7]) for line in modules[row : row + 7]]
    # Light around it for four modules, and the three corners that scanners look for.
    assert not any(any(line) for line in modules[:4]) and not any(any(line[:4]) for line in modules)
    assert corner(4, 4) == corner(4, side - 11) == corner(side - 11, 4) == finder
    nothing = subprocess.run([ecosystem.FOUNTAIN, "qr"], input="", capture_output=True, text=True)
    assert nothing.returncode == 1


def matrix(lines):
    """The modules of half blocks: true is dark."""
    rows = []
    for line in lines:
        rows.append([character in " ▄" for character in line])
        rows.append([character in " ▀" for character in line])
    return rows
