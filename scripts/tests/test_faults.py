"""Services that stand still, whose clock is wrong, or whose name nobody answers for; a gateway without descriptors: real processes."""

import contextlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time

import ecosystem
import pytest

CHEAP = "scrypt: {ln: 4, r: 1, p: 1}"
LIST = "/service_a/sequence?elementType=script"
CREATE = "/service_a/sequence"


@pytest.fixture(scope="session")
def faults(tmp_path_factory):
    library = tmp_path_factory.mktemp("faults") / "host_faults.so"
    source = ecosystem.ROOT / "Sources/Wrappers/Processes/host_faults.c"
    compiler = pathlib.Path(shutil.which("swift")).resolve().parent / "clang"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


class Parts:
    """An ecosystem whose services are processes of their own."""

    def __init__(self, directory, path, environments):
        self.directory, self.path, self.environments = directory, path, environments
        self.running = {}

    def start(self, *services, **limits):
        for service in services:
            with open(self.directory / f"{service}.log", "a") as log:
                child = subprocess.Popen(
                    [ecosystem.FOUNTAIN, "serve", service, "--topology", str(self.path)],
                    cwd=ecosystem.ROOT,
                    env={**os.environ, **self.environments.get(service, {})},
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    preexec_fn=limits.get("preexec"),
                )
            self.running[service] = child
            if not limits.get("is_awaited", True):
                continue
            patience = threading.Timer(30, child.kill)
            patience.start()
            for line in child.stdout:
                if line.split()[:1] == ["origin"]:
                    self.edge = ecosystem.Client(line.split()[1])
                if line.startswith("ready"):
                    break
            else:
                raise AssertionError(f"{service} does not come up:\n{self.log(service)}")
            patience.cancel()

    def log(self, service):
        return (self.directory / f"{service}.log").read_text()

    def send(self, service, number):
        os.kill(self.running[service].pid, number)

    def end(self):
        for child in reversed(self.running.values()):
            child.send_signal(signal.SIGCONT)
            child.terminate()
        for child in self.running.values():
            child.wait(30)


@contextlib.contextmanager
def parts(directory, *services, environments={}, path=None, **limits):
    path = path or ecosystem.topology(directory, kms=CHEAP, services="{service_a: {}, kms: {}}")
    running = Parts(directory, path, environments)
    try:
        running.start(*services)
        running.start("gateway", **limits)
        yield running
    finally:
        running.end()


def create(client, number, **headers):
    body = {"elementType": "script", "elementId": number, "comment": "x"}
    return client.post(CREATE, body, **headers)


def answers(client, path, status):
    try:
        return client.get(path).status_code == status
    except OSError:
        return False


def elements(client):
    return [element["elementId"] for element in client.ok("GET", LIST)["elements"]]


def test_a_write_that_was_handed_on_and_not_answered_is_unknown_and_a_key_settles_it(tmp_path):
    path = ecosystem.topology(tmp_path, kms=CHEAP, services="{service_a: {}, kms: {}}")
    # So long that both are handed on before it is counted out; a request has ten seconds.
    path.write_text(path.read_text().replace("liveness: 2s", "liveness: 6s"))
    with parts(tmp_path, "kms", "service_a", path=path) as running:
        user = running.edge.registered("root", roles="admin")
        assert create(user, 1).status_code == 201
        running.send("service_a", signal.SIGSTOP)
        answers = {}

        def ask(name, number, **headers):
            answers[name] = create(user, number, **headers)

        asking = [
            threading.Thread(target=ask, args=("plain", 2)),
            threading.Thread(target=ask, args=("keyed", 3), kwargs={"Idempotency-Key": "once-and-no-more"}),
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        for answer in answers.values():
            assert answer.status_code == 504 and answer.json()["code"] == "outcome_unknown", answer.text
            assert "may have been done or not" in answer.json()["detail"]
        assert "Retry-After" not in answers["plain"].headers
        assert int(answers["keyed"].headers["Retry-After"]) > 0
        running.send("service_a", signal.SIGCONT)
        until = time.monotonic() + 20
        while create(user, 3, **{"Idempotency-Key": "once-and-no-more"}).status_code != 201:
            assert time.monotonic() < until
        stored = elements(user)
        assert stored.count(3) == 1 and stored.count(2) <= 1


def tells(line, ahead):
    """That service_a's clock is off, by so much to a second: half of what the question took may be the error."""
    found = re.search(r"([\d.]+) s (ahead|behind)", line)
    way = "ahead" if ahead > 0 else "behind"
    return "service_a" in line and found is not None and found[2] == way and abs(float(found[1]) - abs(ahead)) < 1


@pytest.mark.parametrize("ahead", [11, -11, 3_600])
def test_a_clock_that_is_off_holds_up_nothing_and_is_told_by_name(tmp_path, faults, ahead):
    wrong = {"service_a": {"LD_PRELOAD": str(faults), "FAULT_CLOCK": str(ahead)}}
    with parts(tmp_path, "kms", "service_a", environments=wrong) as running:
        user = running.edge.registered("root", roles="admin")
        for number in range(1, 21):
            assert create(user, number).status_code == 201
        ping = subprocess.run([ecosystem.FOUNTAIN, "ping", "--topology", running.path], capture_output=True, text=True)
        doctor = subprocess.run([ecosystem.FOUNTAIN, "doctor", "--topology", running.path], capture_output=True, text=True)
        assert any(tells(line, ahead) for line in ping.stdout.splitlines()), ping.stdout
        assert any(tells(line, ahead) for line in doctor.stdout.splitlines()), doctor.stdout
        assert not any("kms" in line and " s ahead" in line for line in ping.stdout.splitlines()), ping.stdout
        lines = [json.loads(line) for line in running.log("gateway").splitlines() if "a clock is off" in line]
        assert lines and all(tells(json.dumps(line), ahead) for line in lines), lines
        metric = running.edge.get("/metrics").text
        assert any("clock" in line and "service_a" in line for line in metric.splitlines()), metric


def test_a_name_that_nobody_answers_for_holds_up_only_what_needs_it(tmp_path, faults):
    with contextlib.ExitStack() as held:
        servers = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(5)]
        *ports, own = [server.getsockname()[1] for server in servers]
    services = "\n".join(
        f"  {name}: {{replicas: [{{calls: \"tcp://{host}:{calls}\", events: \"tcp://{host}:{events}\", bind: 127.0.0.1}}]}}"
        for name, host, calls, events in [
            ("kms", "127.0.0.1", ports[0], ports[2]),
            ("service_a", "127.0.0.1", ports[1], ports[3]),
            ("typesense_client", "localhost", 7341, 7342),
        ]
    )
    path = tmp_path / "topology.yaml"
    path.write_text(
        f"""name: names
kind: test
data_dir: {tmp_path}/data
bus: {{transport: tcp, plaintext: true, heartbeat: 200ms, liveness: 2s}}
services:
{services}
gateway: {{listen: "127.0.0.1:{own}"}}
kms: {{first_admin: open, {CHEAP}}}
"""
    )
    silent = {"gateway": {"LD_PRELOAD": str(faults), "FAULT_NAME": "localhost"}}
    with parts(tmp_path, "kms", "service_a", environments=silent, path=path, is_awaited=False) as running:
        # It is not ready as long as one of them is absent; what the others do works.
        running.edge = ecosystem.Client(f"http://127.0.0.1:{own}")
        until = time.monotonic() + 20
        while not answers(running.edge, LIST, 401):
            assert time.monotonic() < until
        user = running.edge.registered("root", roles="admin")
        began = time.monotonic()
        for number in range(1, 331):
            assert create(user, number).status_code == 201
        assert time.monotonic() - began < 30
        absent = user.get("/typesense_client/search?q=x")
        assert absent.status_code == 503, absent.text


def half_requests(origin, count):
    """Heads that never end, from many addresses; those that are refused are refused."""
    host, port = origin.removeprefix("http://").split(":")
    sockets = []
    for number in range(count):
        half = socket.socket()
        half.settimeout(2)
        half.bind((f"127.0.{1 + number // 200}.{1 + number % 200}", 0))
        try:
            half.connect((host, int(port)))
            half.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Half: ")
        except OSError:
            pass
        sockets.append(half)
    return sockets


def test_a_service_that_is_lost_while_descriptors_are_short_comes_back(tmp_path):
    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, 1_024))

    with parts(tmp_path, "kms", "service_a", preexec=few) as running:
        user = running.edge.registered("root", roles="admin")
        assert create(user, 1).status_code == 201
        halves = half_requests(running.edge.origin, 1_100)
        running.running["service_a"].kill()
        running.running.pop("service_a").wait()
        lost, until = None, time.monotonic() + 20
        while lost is None:
            # Who finds no place is cut off, perhaps in the middle of what it sends; nobody is there to do it twice.
            with contextlib.suppress(OSError):
                lost = create(user, 2)
            assert lost is not None or time.monotonic() < until
        assert lost.status_code in (503, 504), lost.text
        running.start("service_a")
        until = time.monotonic() + 20
        status = None
        while status != 200:
            with contextlib.suppress(OSError):
                status = user.get(LIST).status_code
            assert time.monotonic() < until
        assert elements(user) in ([1], [1, 2])
        # Its own process: this one's descriptors are the tests'.
        assert running.running["gateway"].poll() is None
        for half in halves:
            half.close()
