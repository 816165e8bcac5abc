"""HTTP/2 as hostile clients speak it: streams that stall, windows that never open, resets by the thousand. Through the real Caddy."""

import http.server
import json
import pathlib
import site
import socket
import ssl
import subprocess
import threading
import time

import ecosystem
import pytest
from test_caddyfile import Echo, Edge

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = pathlib.Path(subprocess.check_output([ROOT / "scripts/test-tools", "edge"], text=True).strip())
for packages in PYTHON.parents[1].glob("lib/python3*/site-packages"):
    site.addsitedir(packages)

import h2.config  # noqa: E402  (from the environment of this test's own)
import h2.connection  # noqa: E402
import h2.events  # noqa: E402
import h2.settings  # noqa: E402


class Client:
    """One HTTP/2 connection; with `window=0` it lets nobody send it a body."""

    def __init__(self, edge, window=65_535):
        context = ssl.create_default_context(cafile=edge.ca)
        context.set_alpn_protocols(["h2"])
        self.authority = f"localhost:{edge.https}"
        self.socket = context.wrap_socket(socket.create_connection(("127.0.0.1", edge.https), 30), server_hostname="localhost")
        self.http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        self.http.initiate_connection()
        self.http.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.flush()

    def flush(self):
        self.socket.sendall(self.http.data_to_send())

    def begin(self, method, path="/", **fields):
        stream = self.http.get_next_available_stream_id()
        head = [(":method", method), (":authority", self.authority), (":scheme", "https"), (":path", path)]
        self.http.send_headers(stream, head + list(fields.items()), end_stream=method == "GET")
        return stream

    def half(self, path="/"):
        """A request whose body stops in the middle."""
        stream = self.begin("POST", path, **{"content-length": "20", "content-type": "application/json"})
        self.http.send_data(stream, b"half of it")
        self.flush()
        return stream

    def answer(self, stream):
        """Status and body; None for a stream that was reset, or a connection that ended."""
        status, body = None, b""
        while data := self.socket.recv(65_536):
            for event in self.http.receive_data(data):
                if getattr(event, "stream_id", None) != stream:
                    continue
                if isinstance(event, h2.events.ResponseReceived):
                    status = int(dict(event.headers)[b":status"])
                elif isinstance(event, h2.events.DataReceived):
                    body += event.data
                elif isinstance(event, h2.events.StreamEnded):
                    return status, body
                elif isinstance(event, h2.events.StreamReset):
                    return None
            self.flush()
        return None


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    home = tmp_path_factory.mktemp("http2")
    path = ecosystem.topology(home, services="{service_a: {}, kms: {}, 2fa: {}}")
    path.write_text(path.read_text().replace('"127.0.0.1:0"', '"127.0.0.1:0", head_timeout: 3s, receive_timeout: 3s'))
    with ecosystem.up(path, home / "log") as client:
        yield client.origin.removeprefix("http://")


@pytest.fixture
def edge(gateway, tmp_path):
    edge = Edge(tmp_path, gateway)
    try:
        edge.wait_until_it_serves()
        yield edge
    finally:
        edge.stop()


def test_a_body_that_stalls_is_answered_at_the_gateways_deadline(edge):
    begun = time.monotonic()
    client = Client(edge)
    streams = [client.half("/kms/login") for _ in range(50)]
    status, body = client.answer(streams[0])
    assert status == 408 and json.loads(body)["code"] == "request_timeout"
    assert time.monotonic() - begun < 10


def test_after_20000_resets_others_are_served_as_before(edge):
    client = Client(edge)
    try:
        for number in range(20_000):
            client.http.reset_stream(client.begin("GET", "/health"), 8)
            if number % 100 == 99:
                client.flush()
    except OSError:
        pass  # to be cut off for it is all right
    begun = time.monotonic()
    other = Client(edge)
    stream = other.begin("GET", "/health")
    other.flush()
    assert other.answer(stream) == (200, b'{"status":"healthy"}')
    assert time.monotonic() - begun < 3


def end_with(edge):
    begun = time.monotonic()
    code = edge.stop()
    assert code == 0 and time.monotonic() - begun < 13, "grace_period is 10 s"


def test_sigterm_ends_beside_bodies_that_stall_and_a_gateway_that_is_silent(tmp_path):
    held = []
    silent = socket.create_server(("127.0.0.1", 0), backlog=200)
    threading.Thread(target=lambda: [held.append(silent.accept()) for _ in range(200)], daemon=True).start()
    edge = Edge(tmp_path, f"127.0.0.1:{silent.getsockname()[1]}", FOUNTAIN_GATEWAY_TIMEOUT="120s")
    try:
        wait_until_it_listens(edge)
        clients = [Client(edge) for _ in range(4)]
        for client in clients:
            for _ in range(20):
                client.half()
        while len(held) < 80:
            time.sleep(0.02)
    finally:
        end_with(edge)


def test_sigterm_ends_beside_clients_that_open_no_window(tmp_path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    edge = Edge(tmp_path, f"127.0.0.1:{server.server_port}")
    try:
        edge.wait_until_it_serves()
        client = Client(edge, window=0)
        for _ in range(50):
            client.begin("GET")
        client.flush()
        client.socket.recv(65_536)
    finally:
        end_with(edge)
        server.shutdown()


def wait_until_it_listens(edge):
    """With its certificate, which it makes at the start."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            return edge.connect("localhost").close()
        except OSError:
            time.sleep(0.05)
    pytest.fail("Caddy does not listen")
