"""The Caddyfile, run by the real Caddy on ports of its own, before a gateway that says what it was asked."""

import collections
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import threading
import time

import pytest
import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Benchmarks"))
from bench.processes import free_port  # noqa: E402


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers every request with what arrived."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        while self.headers.get("Transfer-Encoding") and (size := int(self.rfile.readline() or b"0", 16)):
            self.rfile.read(size + 2)
        body = json.dumps({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        # Who asked may be gone: some of them are here for that.
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


Answer = collections.namedtuple("Answer", "status headers body")


class Edge:
    """A Caddy with its own data directory; `get` resolves every host to it and trusts its CA."""

    def __init__(self, home, gateway, caddy="caddy", **more):
        self.https, self.http = free_port(), free_port()
        self.ca = home / "caddy/pki/authorities/local/root.crt"
        self.log = open(home / "log", "w+")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_DATA_HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
            "FOUNTAIN_GATEWAY": gateway,
            "FOUNTAIN_HTTPS_PORT": str(self.https),
            "FOUNTAIN_HTTP_PORT": str(self.http),
            "FOUNTAIN_BIND": "127.0.0.1",
            "SECRET": "leaked",
            **more,
        }
        command = [caddy, "run", "--adapter", "caddyfile", "--config", str(ROOT / "Caddyfile")]
        self.process = subprocess.Popen(command, env=self.environment, stdout=self.log, stderr=self.log)

    def wait_until_it_serves(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                return self.request("GET", "localhost", "/health")
            except (requests.ConnectionError, OSError):
                time.sleep(0.05)
        self.log.seek(0)
        pytest.fail(f"Caddy does not serve:\n{self.log.read()}")

    def request(self, method, host, path, **more):
        # `*.localhost` resolves to loopback by RFC 6761, but not on every system: Host and SNI say the name instead.
        session = requests.Session()
        session.mount("https://", ServerName(f"{host}"))
        headers = {"Host": f"{host}:{self.https}"} | more.pop("headers", {})
        url = f"https://127.0.0.1:{self.https}{path}"
        return session.request(method, url, headers=headers, verify=str(self.ca), timeout=10, **more)

    def connect(self, name):
        """A connection of bytes, behind TLS."""
        context = ssl.create_default_context(cafile=self.ca)
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.https), 20), server_hostname=name)

    def raw(self, method, host, target, fields="", body="", name=None):
        """One request, byte for byte; no library puts the path in order."""
        with self.connect(name or host) as connection:
            head = f"{method} {target} HTTP/1.1\r\nHost: {host}:{self.https}\r\nConnection: close\r\n{fields}\r\n"
            connection.sendall((head + body).encode())
            response = http.client.HTTPResponse(connection, method=method)
            response.begin()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read().decode())

    def stop(self):
        self.process.terminate()
        code = self.process.wait(20)
        self.log.close()
        return code


class ServerName(requests.adapters.HTTPAdapter):
    def __init__(self, name):
        self.name = name
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, server_hostname=self.name, assert_hostname=self.name, **kwargs)


@pytest.fixture(scope="module")
def edge(tmp_path_factory, caddy):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    edge = Edge(tmp_path_factory.mktemp("caddy"), f"127.0.0.1:{server.server_port}", caddy)
    try:
        edge.wait_until_it_serves()
        yield edge
    finally:
        code = edge.stop()
        server.shutdown()
    assert code == 0


class Breaking(http.server.BaseHTTPRequestHandler):
    """A gateway that dies over every request but the question whether it is ready: what it was asked, it may have done."""

    protocol_version = "HTTP/1.1"
    asked = collections.Counter()

    def do_GET(self):
        if self.path == "/ready/gateway":
            # Not to be used again: Go sends anew by itself, to the same gateway, what has a key and no body and broke on such a connection.
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.send_header("Connection", "close")
            return self.end_headers()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.asked[self.command, self.path] += 1
        self.close_connection = True

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def broken_edge(tmp_path_factory, caddy):
    Breaking.asked.clear()
    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), Breaking) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    edge = Edge(tmp_path_factory.mktemp("caddy"), " ".join(f"127.0.0.1:{server.server_port}" for server in servers), caddy)
    try:
        edge.wait_until_it_serves()
        yield edge
    finally:
        edge.stop()
        for server in servers:
            server.shutdown()


@pytest.mark.parametrize("fields", ["", "Idempotency-Key: k\r\n"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("body", ["", "{}"])
def test_what_a_gateway_may_have_done_is_not_sent_to_another(broken_edge, method, body, fields):
    path = f"/service_a/{method}{len(body)}{len(fields)}"
    answer = broken_edge.raw(method, "localhost", path, f"{fields}Content-Length: {len(body)}\r\n", body)
    assert_problem(answer, 502, "bad_gateway")
    assert Breaking.asked[method, path] == 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_changes_nothing_is_sent_again(broken_edge, method):
    assert broken_edge.raw(method, "localhost", "/service_a/read").status == 502
    assert Breaking.asked[method, "/service_a/read"] > 1


HOSTS = ["localhost", "kms.localhost", "2fa.localhost", "service-a.localhost", "typesense.localhost"]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(
    "path",
    [
        "/a/b?c=d%20e",
        "/health",
        "/keys/mail%3Fold",
        "/keys/a%2Fb",
        "/keys/%2e%2e/x",
        "/a/./b/../c",
        "/a//b",
        "/a;b=c/d?e;f",
        "/%7Benv.SECRET%7D",
        "/a?q={env.SECRET}&r={http.request.header.Cookie}",
        "/a?",
        "/a?x=%7bsystem.hostname%7d",
    ],
)
def test_every_domain_hands_paths_and_its_name_on_as_they_came(edge, host, path):
    seen = edge.raw("GET", host, path)
    assert seen.status == 200
    assert json.loads(seen.body)["path"] == path
    assert json.loads(seen.body)["headers"]["host"] == f"{host}:{edge.https}"


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/{env.SECRET}", "/a%2Fb/{x}", "/{system.hostname}/a", '/a"b', "/a|b", "/a^b", "/a`b", "/a\\b", "/a<b"])
def test_a_path_that_is_none_is_refused_and_nothing_in_it_is_replaced(edge, host, path):
    refused = edge.raw("GET", host, path)
    assert_problem(refused, 400, "invalid_request")
    assert "leaked" not in refused.body


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "x.localhost", "127.0.0.1", "a.kms.localhost"])
def test_a_host_that_is_not_served_is_misdirected(edge, host):
    assert_problem(edge.raw("GET", host, "/health", name="localhost"), 421, "misdirected")
    plain = requests.get(f"http://127.0.0.1:{edge.http}/", headers={"Host": host}, allow_redirects=False, timeout=10)
    assert plain.status_code == (301 if host == "x.localhost" else 421)


def test_metrics_are_not_for_the_outside(edge):
    assert_problem(edge.raw("GET", "localhost", "/metrics"), 404, "not_found")


@pytest.mark.parametrize(
    "body",
    ["zz\r\nhello\r\n0\r\n\r\n", "5\r\nhelloXX0\r\n\r\n", "-5\r\nhello\r\n", "fffffffffffffffff\r\n", "1\r\na\r\n0\r\nbad\r\n\r\n"],
)
def test_a_malformed_chunk_is_the_clients_fault(edge, body):
    answer = edge.raw("POST", "localhost", "/", "Transfer-Encoding: chunked\r\n", body)
    assert_problem(answer, 400, "invalid_request")


def assert_problem(answer, status, code):
    """A whole problem document, by which somebody can find the request again."""
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    problem = json.loads(answer.body)
    assert problem["status"] == status and problem["code"] == code and problem["title"] and problem["detail"]
    assert problem["type"] == f"/problems/{code}"
    assert problem["request_id"] == answer.headers["x-request-id"]


def test_nothing_is_compressed_that_the_gateway_has_not_compressed(edge):
    long = {"X-Long": "a" * 4_000, "Accept-Encoding": "gzip, zstd"}
    answer = edge.request("GET", "localhost", "/", headers=long)
    assert "Content-Encoding" not in answer.headers
    assert answer.json()["headers"]["accept-encoding"] == "gzip, zstd", "the gateway is told what the client takes"


def test_a_client_that_says_where_it_is_from_by_the_other_header_is_not_heard(edge):
    seen = edge.request("GET", "localhost", "/", headers={"Forwarded": "for=6.6.6.6"}).json()["headers"]
    assert "forwarded" not in seen


def test_forwarded_headers_are_caddys_own_word(edge):
    lies = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example"}
    seen = edge.request("GET", "localhost", "/", headers=lies).json()["headers"]
    assert seen["x-forwarded-for"] == "127.0.0.1"
    assert seen["x-forwarded-proto"] == "https"
    assert seen["x-forwarded-host"] == f"localhost:{edge.https}"


def test_answers_carry_security_headers(edge):
    headers = edge.request("GET", "localhost", "/").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Strict-Transport-Security"] == "max-age=0"
    assert "Server" not in headers or headers["Server"] != "Caddy"


def test_plain_http_is_sent_to_https(edge):
    url = f"http://127.0.0.1:{edge.http}/a?b=c"
    answer = requests.get(url, headers={"Host": "kms.localhost"}, allow_redirects=False, timeout=10)
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"https://kms.localhost:{edge.https}/a?b=c"


def test_a_body_over_the_limit_is_a_problem_document(edge):
    assert edge.request("POST", "localhost", "/", data=bytes(1 << 20)).status_code == 200
    for length in [(1 << 20) + 1, 1_048_580, 1_048_600, 1_049_000, 1_050_000, 1_100_000, 2_000_000, 10_000_000]:
        answer = edge.request("POST", "localhost", "/", headers={"Content-Length": str(length)})
        assert answer.status_code == 413, length
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "payload_too_large"


BODIES = ["Content-Length: 100", "Content-Length: 500000", "Transfer-Encoding: chunked"]


@pytest.mark.parametrize("body", [*BODIES, "Content-Length: 2000000"])
@pytest.mark.parametrize(("line", "host"), [("POST /", "elsewhere"), ("POST /metrics", "localhost"), ('GET /a"b', "localhost")])
def test_a_body_that_never_comes_does_not_hold_up_an_answer_of_caddys_own(edge, line, host, body):
    with edge.connect("localhost") as connection:
        connection.sendall(f"{line} HTTP/1.1\r\nHost: {host}\r\n{body}\r\n\r\n".encode())
        assert_closes(connection, {400, 404, 413, 421})


def assert_closes(connection, statuses):
    """The answer comes, says that it is the last, and is."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    assert response.status in statuses and response.getheader("Connection") == "close"
    assert response.read() or response.status == 301
    assert response.getheader("Proxy-Connection") is None


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_never_comes_does_not_hold_up_the_way_to_https(edge, body):
    with socket.create_connection(("127.0.0.1", edge.http), 20) as connection:
        connection.sendall(f"POST /a HTTP/1.1\r\nHost: localhost\r\n{body}\r\n\r\n".encode())
        assert_closes(connection, {301})


def test_a_gateway_that_is_down_is_a_problem_document(tmp_path, caddy):
    edge = Edge(tmp_path, f"127.0.0.1:{free_port()}", caddy)
    try:
        edge.wait_until_it_serves()
        answer = edge.raw("GET", "localhost", "/health")
    finally:
        edge.stop()
    assert_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize(("silent", "status", "code"), [(True, 504, "deadline_exceeded"), (False, 502, "bad_gateway")])
def test_a_gateway_that_says_nothing_or_breaks_off_is_told_apart(tmp_path, caddy, silent, status, code):
    listener = socket.create_server(("127.0.0.1", 0))
    held = []

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if connection.recv(65_536).startswith(b"GET /ready/gateway "):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                connection.close()
            elif silent:
                held.append(connection)
            else:
                connection.close()

    threading.Thread(target=serve, daemon=True).start()
    edge = Edge(tmp_path, f"127.0.0.1:{listener.getsockname()[1]}", caddy, FOUNTAIN_GATEWAY_TIMEOUT="1s")
    try:
        edge.wait_until_it_serves()
        answer = edge.raw("POST", "localhost", "/", "Content-Length: 2\r\n", "{}")
        assert_problem(answer, status, code)
    finally:
        listener.close()
        edge.stop()


def test_a_body_that_stops_does_not_hold_up_the_end(tmp_path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    edge = Edge(tmp_path, f"127.0.0.1:{server.server_port}")
    try:
        edge.wait_until_it_serves()
        half = edge.connect("localhost")
        half.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf")
    finally:
        begun = time.monotonic()
        code = edge.stop()
        server.shutdown()
    assert code == 0 and time.monotonic() - begun < 15
