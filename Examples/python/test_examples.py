"""Runs the examples against the real thing: `make test` does, or

    swift build --product fountain && .cache/venv/bin/pytest Examples/python
"""

import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
import zmq

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

from wire import CALL, EPOCH, EVENT, HEAD, HELLO, KEY, NAME, PING, PONG, REPLY, WELCOME, Event, Message, decode  # noqa: E402

PATIENCE = 60  # seconds until a test that waits is a failed one


@contextmanager
def running(*command: str, ending: int = signal.SIGTERM, expected: int | None = 0):
    """A program and its lines; ended by a signal, which it must survive with the expected exit code."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    alarm = threading.Timer(PATIENCE, process.kill)
    alarm.start()
    try:
        yield process
    finally:
        process.send_signal(ending)
        code = process.wait()
        alarm.cancel()
        process.stdout.close()
    assert expected is None or code == expected


def until_ready(process: subprocess.Popen) -> list[str]:
    lines = []
    while line := process.stdout.readline():
        lines.append(line)
        if line.startswith("ready"):
            return lines
    raise AssertionError(f"not ready: {lines}")


def fountain(*arguments: str, **options):
    program = os.environ.get("FOUNTAIN", str(ROOT / ".build/debug/fountain"))
    if not os.access(program, os.X_OK):
        pytest.fail(f"{program} is not there: swift build --product fountain")
    return running(program, *arguments, **options)


def python(script: str, *arguments: str, **options):
    return running(sys.executable, str(HERE / script), *arguments, **options)


def call(endpoint: str, operation: str, payload: object) -> tuple[int, dict]:
    """The exit code of caller.py, and what it printed."""
    command = [sys.executable, str(HERE / "caller.py"), endpoint, operation, json.dumps(payload)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, json.loads(done.stdout if done.returncode == 0 else done.stderr)


@pytest.fixture
def directory():
    """Short, since a socket's path may have 107 bytes; private, as sockets need it."""
    path = tempfile.mkdtemp(prefix="fx-", dir="/tmp")
    (Path(path) / "run").mkdir(mode=0o700)
    yield path
    shutil.rmtree(path)


def service_a(directory: str, **options):
    return fountain("serve", "service_a", "--topology", "topology/local.yaml", "--data-dir", directory, **options)


def endpoint(directory: str, socket: str) -> str:
    return f"ipc://{directory}/run/{socket}"


def create(directory: str, number: int) -> tuple[int, dict]:
    element = {"elementType": "script", "elementId": number, "comment": f"element {number}"}
    return call(endpoint(directory, "service_a.calls"), "service_a.sequence", element)


def follow(directory: str, **options):
    calls, events = endpoint(directory, "service_a.calls"), endpoint(directory, "service_a.events")
    return python("subscriber.py", calls, events, "sequence.changed", "reader", **options)


def offsets(process: subprocess.Popen, last: int) -> list[int]:
    """What a subscriber prints until the last offset."""
    seen = []
    while not seen or seen[-1] != last:
        line = process.stdout.readline()
        assert line, f"ended after {seen}"
        seen.append(json.loads(line)["offset"])
    return seen


# The caller.


def test_a_reply_is_printed(directory):
    with service_a(directory) as service:
        until_ready(service)
        code, reply = create(directory, 1)
        epoch, offset = reply.pop("position").split(":")
        assert (code, reply) == (0, {"sequenceNumber": 1, "comment": "element 1", "revision": 1})
        assert int(epoch) > 0 and offset == "1"


@pytest.mark.parametrize(
    ("operation", "payload", "code"),
    [
        ("service_a.nothing", {}, "unknown_operation"),
        ("service_a.sequence", {"elementType": "script"}, "invalid_request"),
        ("service_a.sequence.read", {"elementType": "script", "elementId": 9}, "not_found"),
    ],
)
def test_a_failure_is_printed_with_its_code(directory, operation, payload, code):
    with service_a(directory) as service:
        until_ready(service)
        status, failure = call(endpoint(directory, "service_a.calls"), operation, payload)
        assert (status, failure["code"]["name"]) == (1, code)


def test_where_nobody_is_there_the_service_is_unavailable(directory):
    status, failure = create(directory, 1)
    assert (status, failure["code"]["name"]) == (1, "unavailable")


def test_a_wrong_call_of_the_caller_says_how_it_is_called():
    done = subprocess.run([sys.executable, HERE / "caller.py"], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 2 and done.stderr.startswith("usage")


# The subscriber.


def test_past_and_live_events_are_printed_once_each(directory):
    with service_a(directory) as service:
        until_ready(service)
        assert create(directory, 1)[0] == 0
        with follow(directory) as subscriber:
            assert offsets(subscriber, 1) == [1]
            for number in (2, 3):
                assert create(directory, number)[0] == 0
            assert offsets(subscriber, 3) == [2, 3]


def test_a_subscriber_that_is_killed_goes_on_where_it_stopped(directory):
    with service_a(directory) as service:
        until_ready(service)
        for number in (1, 2):
            create(directory, number)
        with follow(directory, ending=signal.SIGKILL, expected=-signal.SIGKILL) as subscriber:
            assert offsets(subscriber, 2) == [1, 2]
        create(directory, 3)
        with follow(directory) as subscriber:
            # Killed between printing and acknowledging, it prints again what it had printed since.
            assert offsets(subscriber, 3) in ([3], [2, 3], [1, 2, 3])


def test_a_publisher_that_is_killed_and_comes_back_is_followed_without_loss(directory):
    with service_a(directory, ending=signal.SIGKILL, expected=-signal.SIGKILL) as service:
        until_ready(service)
        create(directory, 1)
        subscribing = follow(directory)
        subscriber = subscribing.__enter__()
        assert offsets(subscriber, 1) == [1]
    try:
        with service_a(directory) as service:
            until_ready(service)
            create(directory, 2)
            assert offsets(subscriber, 2) == [2]
    finally:
        subscribing.__exit__(None, None, None)


class LossyPublisher(threading.Thread):
    """A publisher whose events get lost, come twice and change places on their way; its log has them all."""

    def __init__(self, directory: str, count: int, seed: int):
        super().__init__()
        self.directory, self.random, self.is_done = directory, random.Random(seed), threading.Event()
        self.log = [Event(offset, 1, {KEY: b"k"}, b"%d" % offset).encode() for offset in range(1, count + 1)]
        self.past, self.is_past_read, self.pages, self.acknowledged = count // 2, False, 0, 0
        self.frames = self.shaken(self.blocks(self.past + 1, count))

    def blocks(self, first: int, last: int) -> list[bytes]:
        """Messages of one to three events; some repeat the end of the one before."""
        blocks = []
        while first <= last:
            begin = max(self.past + 1, first - self.random.randint(0, 1))
            end = min(last, first + self.random.randint(0, 2))
            records = b"".join(self.log[begin - 1 : end])
            blocks.append(Message(EVENT, begin, fields={EPOCH: struct.pack(">Q", 7)}, payload=records).encode())
            first = end + 1
        return blocks

    def shaken(self, events: list[bytes]) -> list[bytes]:
        frames = [frame for frame in events for _ in range(self.random.choices((0, 1, 2), (10, 80, 10))[0])]
        for index in range(len(frames) - 3):
            if self.random.random() < 0.1:
                frames[index], frames[index + 3] = frames[index + 3], frames[index]
        head = Message(HEAD, len(self.log), fields={EPOCH: struct.pack(">Q", 7)}).encode()
        return frames + [head]

    def run(self):
        with zmq.Context() as context, context.socket(zmq.ROUTER) as router, context.socket(zmq.XPUB) as publisher:
            router.linger = publisher.linger = 0
            router.bind(endpoint(self.directory, "service_a.calls"))
            publisher.bind(endpoint(self.directory, "service_a.events"))
            is_subscribed = False
            while not self.is_done.is_set():
                if router.poll(1):
                    caller, frame = router.recv_multipart()
                    router.send_multipart([caller, self.answer(decode(frame)).encode()])
                is_subscribed = is_subscribed or publisher.poll(0) > 0
                for frame in self.frames[:5] if is_subscribed and self.is_past_read else []:
                    publisher.send(b"sequence.changed\0" + frame)
                    self.frames = self.frames[1:] or self.frames

    def answer(self, message: Message) -> Message:
        if message.kind != CALL:
            return Message({HELLO: WELCOME, PING: PONG}.get(message.kind, PONG))
        if message.text(NAME).startswith("bus.consumers."):
            standing = {"epoch": 7, "acknowledged": self.acknowledged, "head": len(self.log), "tail": 1}
            self.acknowledged = json.loads(message.payload).get("offset", 0)
            return Message(REPLY, message.id, payload=json.dumps(standing | {"acknowledged": self.acknowledged}).encode())
        first = json.loads(message.payload)["from"]
        sent = len(self.log) if self.is_past_read else self.past
        events = self.log[first - 1 : min(sent, first + 9)]
        self.is_past_read = self.is_past_read or first + 9 >= sent
        self.pages += 1
        page = struct.pack(">QQQQ", 7, sent, 1, first if events else 0) + b"".join(events)
        return Message(REPLY, message.id, payload=page)


@pytest.mark.parametrize("seed", [1, 2])
def test_events_that_get_lost_or_mixed_are_printed_once_each_in_order(directory, seed):
    publisher = LossyPublisher(directory, 400, seed)
    publisher.start()
    try:
        with follow(directory) as subscriber:
            assert offsets(subscriber, 400) == list(range(1, 401))
            assert publisher.pages > 20  # those of the past, and some of what got lost
    finally:
        publisher.is_done.set()
        publisher.join()


# The service.


def test_the_service_answers_the_caller_and_leaves_with_0(directory):
    at = endpoint(directory, "greeter.calls")
    with python("service.py", at) as service:
        until_ready(service)
        assert call(at, "greeter.greet", {"name": "Ada"}) == (0, {"greeting": "Hello, Ada!"})
        status, failure = call(at, "greeter.greet", {"name": ""})
        assert (status, failure["fields"][0]["field"]) == (1, "name")
        assert call(at, "bus.ping", {})[1]["service"] == "greeter"


def fetch(method: str, url: str) -> dict:
    """What the gateway answers once it has met the service; 503 until then."""
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=PATIENCE) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise


def test_the_gateway_mounts_the_service(directory):
    topology = Path(directory) / "topology.yaml"
    topology.write_text(
        f"{{name: examples, kind: test, data_dir: {directory}, bus: {{transport: ipc}}, services: {{greeter: {{}}}},"
        " gateway: {listen: 127.0.0.1:0}}"
    )
    with python("service.py", endpoint(directory, "greeter.calls")) as service:
        until_ready(service)
        with fountain("serve", "gateway", "--topology", str(topology)) as gateway:
            lines = until_ready(gateway)
            origin = next(word for line in lines for word in line.split() if word.startswith("http://"))
            assert fetch("POST", f"{origin}/greeter/greet/Ada") == {"greeting": "Hello, Ada!"}
            assert "/greeter/greet/{name}" in fetch("GET", f"{origin}/openapi.json")["paths"]
