"""Two gateways behind Caddy: one ends, or dies, and comes back; Caddy is reloaded. Who reads notices nothing, who writes is never done twice."""

import collections
import itertools
import signal
import subprocess
import threading
import time

import ecosystem
import pytest
import requests
from test_caddyfile import Edge, free_port
from test_faults import Parts

# Longer than Caddy needs to see it, which asks every second and waits for two.
SETTINGS = "notice: 6s"


class Gateway:
    """One more gateway of an ecosystem: with a directory of its own, in which the services' sockets are links."""

    def __init__(self, directory, services, number):
        self.directory, self.port = directory / f"g{number}", free_port()
        (self.directory / "data/run").mkdir(parents=True, mode=0o700)
        for socket in (directory / "data/run").iterdir():
            if socket.suffix != ".lock":
                (self.directory / "data/run" / socket.name).symlink_to(socket)
        path = ecosystem.topology(self.directory, kms="scrypt: {ln: 4, r: 1, p: 1}", services=services, port=self.port)
        path.write_text(path.read_text().replace(f'"127.0.0.1:{self.port}"', f'"127.0.0.1:{self.port}", {SETTINGS}'))
        self.parts = Parts(self.directory, path, {})

    def start(self):
        self.parts.start("gateway")

    @property
    def process(self):
        return self.parts.running["gateway"]

    def end(self, how):
        self.process.send_signal(how)
        self.process.wait(30)


@pytest.fixture
def cluster(tmp_path):
    services = "{service_a: {}, kms: {}}"
    path = ecosystem.topology(tmp_path, kms="scrypt: {ln: 4, r: 1, p: 1}", services=services)
    behind = Parts(tmp_path, path, {})
    gateways, edge = [], None
    try:
        behind.start("kms", "service_a")
        for number in (1, 2):
            gateways.append(Gateway(tmp_path, services, number))
            gateways[-1].start()
        (tmp_path / "caddy").mkdir()
        admin = f"127.0.0.1:{free_port()}"
        upstreams = " ".join(f"127.0.0.1:{gateway.port}" for gateway in gateways)
        edge = Edge(tmp_path / "caddy", upstreams, FOUNTAIN_CADDY_ADMIN=admin)
        edge.admin = admin
        edge.wait_until_it_serves()
        yield edge, gateways
    finally:
        if edge:
            edge.stop()
        for gateway in gateways:
            gateway.parts.end()
        behind.end()


def reload(edge):
    command = ["caddy", "reload", "--force", "--adapter", "caddyfile", "--config", str(ecosystem.ROOT / "Caddyfile"), "--address", edge.admin]
    subprocess.run(command, env=edge.environment, check=True, capture_output=True)


# A reload of Caddy turns away who connects in that moment (the Caddyfile says how to have none of it): he was not answered.
TURNED_AWAY = "turned away within a reload"


class Load:
    """Readers and writers without pause, until told to stop; what each was answered."""

    def __init__(self, edge, headers):
        self.edge, self.headers = edge, headers
        self.reads, self.writes = collections.Counter(), {}
        self.numbers, self.stopped, self.reloading = itertools.count(1), threading.Event(), threading.Event()
        workers = [self.read, self.read, self.read, self.write, self.write]
        self.threads = [threading.Thread(target=worker) for worker in workers]

    def read(self):
        while not self.stopped.is_set():
            try:
                answer = self.edge.request("GET", "localhost", "/service_a/sequence/script/1", headers=self.headers)
                self.reads[answer.status_code if answer.status_code == 200 else answer.text] += 1
            except requests.RequestException as error:
                name = self.name(error)
                self.reads[name] += 1
                # How long it lasts is counted, and not how quick a machine is to ask again: seven of three readers are 0.6 s.
                if name == TURNED_AWAY:
                    time.sleep(0.3)

    def write(self):
        while not self.stopped.is_set():
            comment = f"version {next(self.numbers)}"
            body = {"elementType": "script", "elementId": 1, "comment": comment}
            try:
                answer = self.edge.request("POST", "localhost", "/service_a/sequence/version", headers=self.headers, json=body)
                self.writes[comment] = answer.status_code
            except requests.RequestException as error:
                self.writes[comment] = self.name(error)

    def name(self, error):
        return TURNED_AWAY if self.reloading.is_set() and isinstance(error, requests.ConnectionError) else str(error)

    def reload(self):
        self.reloading.set()
        reload(self.edge)
        self.wait_for_more(30)
        self.reloading.clear()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join(60)

    def wait_for_more(self, count, seconds=0):
        """Until so many more reads are answered, and for so long at least."""
        target, began = self.reads[200] + count, time.monotonic()
        while (self.reads[200] < target or time.monotonic() < began + seconds) and time.monotonic() < began + 60:
            time.sleep(0.02)
        assert self.reads[200] >= target, "no answers any more"


def versions(edge, headers):
    """How often each comment is in the element's history."""
    found, after = collections.Counter(), 0
    while after is not None:
        path = f"/service_a/sequence/script/1/versions?limit=1000&after={after}"
        page = edge.request("GET", "localhost", path, headers=headers).json()
        found.update(version["comment"] for version in page["versions"])
        after = page.get("next")
    return found


def test_who_reads_notices_nothing_and_nothing_is_written_twice(cluster):
    edge, (first, second) = cluster
    user = {"username": "ada", "password": ecosystem.PASSWORD}
    assert edge.request("POST", "localhost", "/kms/register", json=user).status_code == 201
    token = edge.request("POST", "localhost", "/kms/login", json=user).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    made = {"elementType": "script", "elementId": 1, "comment": "version 0"}
    assert edge.request("POST", "localhost", "/service_a/sequence", headers=headers, json=made).status_code == 201
    with Load(edge, headers) as load:
        load.wait_for_more(50)
        first.end(signal.SIGTERM)
        load.wait_for_more(50)
        first.start()
        load.wait_for_more(100)
        second.end(signal.SIGKILL)
        # Long enough for Caddy to see it: one that is back before that is sent requests before it has met the services.
        load.wait_for_more(50, seconds=4)
        second.start()
        load.reload()
        load.wait_for_more(100)
        for _ in range(3):
            first.end(signal.SIGKILL)
            load.wait_for_more(20, seconds=4)
            first.start()
            load.wait_for_more(50)
    assert load.reads.pop(TURNED_AWAY, 0) < 7, "a reload takes a moment"
    assert set(load.reads) == {200}, load.reads
    found = versions(edge, headers)
    told = collections.Counter(load.writes.values())
    print(f"reads {dict(load.reads)}, writes {dict(told)}")
    assert max(found.values()) == 1, "one request, two effects"
    done = [comment for comment, status in load.writes.items() if status == 201]
    assert done and all(found[comment] == 1 for comment in done)
    # What is said not to have been begun has no effect; of the others nobody knows, and nobody has sent them again.
    assert not any(found[comment] for comment, status in load.writes.items() if status == 503)
    assert set(told) <= {201, 502, 503, 504, TURNED_AWAY}
