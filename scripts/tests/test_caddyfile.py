"""The Caddyfile, run by the real Caddy on ports of its own, before a gateway that says what it was asked."""

import http.server
import json
import os
import pathlib
import socket
import subprocess
import threading
import time

import pytest
import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers every request with what arrived."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Edge:
    """A Caddy with its own data directory; `get` resolves every host to it and trusts its CA."""

    def __init__(self, home, gateway):
        self.https, self.http = free_port(), free_port()
        self.ca = home / "caddy/pki/authorities/local/root.crt"
        self.log = open(home / "log", "w+")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_DATA_HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
            "FOUNTAIN_GATEWAY": gateway,
            "FOUNTAIN_HTTPS_PORT": str(self.https),
            "FOUNTAIN_HTTP_PORT": str(self.http),
            "FOUNTAIN_BIND": "127.0.0.1",
        }
        command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(ROOT / "Caddyfile")]
        self.process = subprocess.Popen(command, env=environment, stdout=self.log, stderr=self.log)

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
def edge(tmp_path_factory):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    edge = Edge(tmp_path_factory.mktemp("caddy"), f"127.0.0.1:{server.server_port}")
    try:
        edge.wait_until_it_serves()
        yield edge
    finally:
        code = edge.stop()
        server.shutdown()
    assert code == 0


@pytest.mark.parametrize(
    ("host", "prefix"),
    [
        ("localhost", ""),
        ("kms.localhost", "/kms"),
        ("2fa.localhost", "/2fa"),
        ("service-a.localhost", "/service_a"),
        ("typesense.localhost", "/typesense_client"),
    ],
)
def test_each_domain_reaches_its_service(edge, host, prefix):
    assert edge.request("GET", host, "/a/b?c=d%20e").json()["path"] == f"{prefix}/a/b?c=d%20e"
    assert edge.request("GET", host, "/health").json()["path"] == "/health"


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


def test_a_gateway_that_is_down_is_a_problem_document(tmp_path):
    edge = Edge(tmp_path, f"127.0.0.1:{free_port()}")
    try:
        answer = edge.wait_until_it_serves()
    finally:
        edge.stop()
    assert answer.status_code == 503
    assert answer.json() == {
        "type": "about:blank",
        "title": "The gateway does not answer",
        "status": 503,
        "code": "unavailable",
    }
