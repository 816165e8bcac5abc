"""What clients see of the whole edge: the real gateway behind the real Caddy."""

import http.client
import json
import time

import ecosystem
import pytest
from test_caddyfile import BODIES, Edge, assert_closes


@pytest.fixture(scope="module")
def place(tmp_path_factory, caddy):
    return tmp_path_factory.mktemp("clients")


@pytest.fixture(scope="module")
def edge(place, caddy):
    path = ecosystem.topology(place, kms="scrypt: {ln: 4, r: 1, p: 1}")
    allowances = "allowances: {operations: {kms.login: {rate: 1/h, burst: 3}}}"
    path.write_text(path.read_text().replace('"127.0.0.1:0"', f'"127.0.0.1:0", receive_timeout: 2s, {allowances}'))
    with ecosystem.up(path, place / "log") as client:
        (place / "caddy").mkdir()
        edge = Edge(place / "caddy", client.origin.removeprefix("http://"), caddy)
        try:
            edge.wait_until_it_serves()
            yield edge
        finally:
            edge.stop()


def lines(place, request_id):
    """The log is written behind the answer; 127.0.0.1 is Caddy, which has nobody in front of it here."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if found := [json.loads(line) for line in (place / "log").read_text().splitlines() if request_id in line]:
            return found
        time.sleep(0.05)
    pytest.fail("no line in the log")


def test_nobody_says_where_he_is_from_but_caddy(edge, place):
    lies = "X-Forwarded-For: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nX-Request-Id: liar-1\r\n"
    answer = edge.raw("GET", "localhost", "/nothing", lies)
    assert answer.status == 404 and answer.headers["x-request-id"] == "liar-1"
    assert [line["http.client"] for line in lines(place, "liar-1")] == ["127.0.0.1"]


@pytest.mark.parametrize("target", ["/nothing", "/health", "/docs", "/kms/.well-known/jwks.json"])
def test_what_every_answer_says_is_said_once(edge, target):
    answer = edge.request("GET", "localhost", target)
    for name, value in {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"}.items():
        assert answer.headers[name] == value
    assert answer.headers["X-Request-Id"] and answer.headers["traceparent"] and answer.headers["Server-Timing"]


def test_beyond_an_allowance_it_is_429_with_all_that_says_when(edge):
    body = {"username": "nobody", "password": "wrong password"}
    statuses = [edge.request("POST", "localhost", "/kms/login", json=body).status_code for _ in range(3)]
    assert statuses == [401, 401, 401]
    refused = edge.request("POST", "kms.localhost", "/login", json=body)
    assert refused.status_code == 429 and refused.json()["code"] == "too_many_requests"
    assert 1000 < int(refused.headers["Retry-After"]) <= 3600
    assert refused.headers["RateLimit-Policy"] == '"kms.login";q=3;w=10800'
    assert refused.headers["RateLimit"].startswith('"kms.login";r=0;t=')


def test_what_the_gateway_has_compressed_comes_through_as_it_is(edge):
    document = edge.request("GET", "localhost", "/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert document.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in document.headers["Vary"]
    assert document.json()["openapi"] == "3.1.0"


@pytest.mark.parametrize("host", ["localhost", "kms.localhost"])
def test_the_type_of_a_problem_leads_to_its_page(edge, host):
    for target in ["/nothing", "/a|b", "/metrics"]:
        problem = json.loads(edge.raw("GET", host, target).body)
        page = edge.request("GET", host, problem["type"])
        assert page.status_code == 200 and problem["code"] in page.text, target


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("line", ["POST /service_a/sequence", "POST /nothing", "PUT /health", "GET /health", "GET /events"])
def test_a_body_that_never_comes_is_answered_at_the_gateways_deadline(edge, line, body):
    with edge.connect("localhost") as connection:
        head = f"{line} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{body}\r\n\r\n"
        connection.sendall(head.encode())
        assert_closes(connection, {408})


def test_what_the_gateway_has_read_leaves_the_connection_as_it_was(edge):
    with edge.connect("localhost") as connection:
        for target in ["/service_a/sequence", "/nothing", "/kms/register"]:
            connection.sendall(f"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{{}}".encode())
            response = http.client.HTTPResponse(connection)
            response.begin()
            response.read()
            assert 400 <= response.status < 500 and response.getheader("Connection") is None
