"""The examples over tcp, where everybody comes with a key; and a peer that keeps to no rule."""

import json
import os
import socket as tcp
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import zmq
from test_examples import HERE, PATIENCE, ROOT, directory, offsets, running, until_ready  # noqa: F401
from wire import key

PROGRAM = os.environ.get("FOUNTAIN", str(ROOT / ".build/debug/fountain"))


class Ecosystem:
    """Service A alone, over tcp, and the keys of those who come to it."""

    peers = {"service_a": ("", ""), "gateway": ("service_a.*", ""), "reader": ("", "sequence.changed"), "guest": ("", "")}

    def __init__(self, directory: str):
        self.directory, self.log = directory, Path(directory) / "log"
        sockets = [tcp.create_server(("127.0.0.1", 0)) for _ in range(2)]
        self.calls, self.events = (f"tcp://127.0.0.1:{each.getsockname()[1]}" for each in sockets)
        for each in sockets:
            each.close()
        self.topology = Path(directory) / "topology.yaml"
        peers = {name: self.peer(name, *grants) for name, grants in self.peers.items()}
        service = {"replicas": [{"calls": self.calls, "events": self.events}]}
        text = {"name": "examples", "kind": "test", "data_dir": directory, "bus": {"transport": "tcp", "heartbeat": "200ms"}}
        # JSON is YAML.
        self.topology.write_text(json.dumps(text | {"services": {"service_a": service}, "peers": peers}))
        subprocess.run([PROGRAM, "topology", "keys", str(self.topology)], check=True, capture_output=True)

    def peer(self, name: str, call: str, subscribe: str) -> dict:
        rights = {"may_call": call.split(), "may_subscribe": subscribe.split()}
        return rights | {"public_keys_file": self.public(name), "secret_key_file": self.secret(name)}

    def public(self, name: str) -> str:
        return f"{self.directory}/bus/{name}.public"

    def secret(self, name: str) -> str:
        return f"{self.directory}/bus/{name}.secret"

    @contextmanager
    def up(self):
        redirected = f'exec "$0" "$@" 2>> {self.log}'
        command = [PROGRAM, "serve", "service_a", "--topology", str(self.topology)]
        with running("/bin/bash", "-c", redirected, *command) as process:
            until_ready(process)
            yield process

    def environment(self, name: str | None) -> dict:
        keys = {"FOUNTAIN_SECRET_KEY": self.secret(name), "FOUNTAIN_SERVER_KEY": self.public("service_a")} if name else {}
        return os.environ | keys

    def call(self, name: str | None, operation: str, payload: object) -> tuple[int, object]:
        """The exit code of caller.py, and what it printed."""
        command = [sys.executable, str(HERE / "caller.py"), self.calls, operation, json.dumps(payload)]
        environment = self.environment(name)
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env=environment)
        return done.returncode, json.loads(done.stdout if done.returncode == 0 else done.stderr)

    def create(self, number: int) -> None:
        element = {"elementType": "script", "elementId": number, "comment": "x"}
        assert self.call("gateway", "service_a.sequence", element)[0] == 0


@pytest.fixture
def ecosystem(directory):  # noqa: F811
    return Ecosystem(directory)


def test_a_peer_with_a_key_calls_what_it_is_granted_and_nothing_else(ecosystem):
    with ecosystem.up():
        ecosystem.create(1)
        replay = {"topic": "sequence.changed", "from": 1, "limit": 0}
        for name, operation, payload in [("guest", "service_a.sequence", {}), ("gateway", "bus.replay", replay)]:
            status, failure = ecosystem.call(name, operation, payload)
            assert (status, failure["code"]["name"]) == (1, "forbidden")


def test_who_has_no_key_or_an_unknown_one_is_not_let_in(ecosystem):
    with ecosystem.up():
        Path(ecosystem.secret("stranger")).write_text("ab" * 32)
        for name in (None, "stranger"):
            status, failure = ecosystem.call(name, "bus.ping", {})
            assert (status, failure["code"]["name"]) == (1, "unavailable")
        assert ecosystem.call("guest", "bus.ping", {})[0] == 0


@contextmanager
def following(ecosystem: Ecosystem, name: str):
    arguments = [ecosystem.calls, ecosystem.events, "sequence.changed", "follower"]
    keys = [f"{key}={value}" for key, value in ecosystem.environment(name).items() if key.startswith("FOUNTAIN_")]
    with running("/usr/bin/env", *keys, sys.executable, str(HERE / "subscriber.py"), *arguments) as process:
        yield process


def test_a_peer_that_may_subscribe_follows(ecosystem):
    with ecosystem.up(), following(ecosystem, "reader") as reader:
        ecosystem.create(1)
        assert offsets(reader, 1) == [1]


def test_who_sends_a_publisher_what_is_no_subscription_gets_nothing_by_it(ecosystem):
    """libzmq counts manual subscriptions and connections out of step after such a message (docs/adr/0007)."""
    with ecosystem.up(), following(ecosystem, "reader") as reader, zmq.Context() as context:
        ecosystem.create(1)
        assert offsets(reader, 1) == [1]
        with context.socket(zmq.XSUB) as guest:
            guest.linger = 0
            own = key(ecosystem.secret("guest"))
            guest.curve_secretkey, guest.curve_publickey = own, zmq.curve_public(own)
            guest.curve_serverkey = key(ecosystem.public("service_a"))
            guest.connect(ecosystem.events)
            guest.send(b"\5what is no subscription")
            guest.send(b"\1")
            deadline = time.monotonic() + PATIENCE
            while "no subscription" not in ecosystem.log.read_text() and time.monotonic() < deadline:
                assert not guest.poll(20)
            assert "no subscription" in ecosystem.log.read_text()
            for number in (2, 3):
                ecosystem.create(number)
            assert offsets(reader, 3) == [2, 3]
            assert not guest.poll(0)
