"""Following a topic from outside: through the real Caddy, over HTTP/1.1 and HTTP/2, with gateways that die and a Caddy that reloads."""

import asyncio
import json
import time

import ecosystem
import following
import pytest
from test_caddyfile import Edge
from test_http2 import Client, h2


def test_every_event_once_in_order_though_the_gateway_is_killed_and_caddy_reloaded(tmp_path):
    seen = asyncio.run(following.play(tmp_path, streams=20, rounds=2, seconds=1))
    assert seen["written"] > 20 and seen["reconnects"] >= 40


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    home = tmp_path_factory.mktemp("events")
    with ecosystem.up(ecosystem.topology(home, kms="scrypt: {ln: 4, r: 1, p: 1}"), home / "log") as client:
        yield client.registered()


@pytest.fixture(scope="module")
def edge(gateway, tmp_path_factory):
    edge = Edge(tmp_path_factory.mktemp("caddy"), gateway.origin.removeprefix("http://"))
    try:
        edge.wait_until_it_serves()
        yield edge
    finally:
        edge.stop()


def data(client, streams, wanted):
    """What has come on each of the streams, once it has what is wanted."""
    text = {stream: b"" for stream in streams}
    while not all(wanted in each for each in text.values()):
        for event in client.http.receive_data(client.socket.recv(65_536)):
            if isinstance(event, h2.events.DataReceived):
                text[event.stream_id] += event.data
                client.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        client.flush()
    return text


def test_one_http2_connection_has_many_streams_and_each_event_comes_at_once(gateway, edge):
    client = Client(edge)
    fields = {"authorization": f"Bearer {gateway.token}", "accept-encoding": "gzip, zstd"}
    streams = [client.begin("GET", "/events?topic=sequence.changed", **fields) for _ in range(20)]
    client.flush()
    data(client, streams, b"id: ")
    for number in range(1, 4):
        begun = time.monotonic()
        gateway.ok("POST", "/service_a/sequence", {"elementType": "script", "elementId": number, "comment": "now"})
        text = data(client, streams, b'"elementId":%d' % number)
        assert time.monotonic() - begun < 3
    for each in text.values():
        assert b"event: sequence.changed\n" in each


def test_a_filter_and_a_position_in_the_query(gateway, edge):
    gateway.ok("POST", "/service_a/sequence", {"elementType": "section", "elementId": 7, "sequenceName": "hamlet", "comment": "x"})
    target = "/events?topic=sequence.changed&from=earliest&key_prefix=hamlet/"
    with edge.connect("localhost") as connection:
        fields = f"Authorization: Bearer {gateway.token}\r\n"
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost:{edge.https}\r\n{fields}\r\n".encode())
        text = b""
        while b"data: " not in text or not text.endswith(b"\n\n\r\n"):
            text += connection.recv(65_536)
    line = next(line for line in text.split(b"\n") if line.startswith(b"data: "))
    assert json.loads(line[6:])["sequenceName"] == "hamlet"
    assert b"text/event-stream" in text and b"content-encoding" not in text.lower()


@pytest.mark.parametrize("target, status", [("/events?topic=sequence.changed", 401), ("/events", 400), ("/events?topic=nothing", 404)])
def test_refusals_are_problems_through_caddy_too(edge, target, status):
    answer = edge.request("GET", "localhost", target)
    assert answer.status_code == status and answer.headers["Content-Type"] == "application/problem+json"
