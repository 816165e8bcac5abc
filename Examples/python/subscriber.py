"""Follows a topic and prints each event as a line of JSON: once, in order, over restarts of either side.

    subscriber.py ipc:///…/run/service_a.calls ipc:///…/run/service_a.events sequence.changed NAME [VERSION]

Where it stands is kept by the publisher, under this name. VERSION is that of the topic which you read, and another one is refused; without it events
are shown whatever they mean. Ends with 0 on SIGTERM. Written from docs/wire.md."""

import json
import random
import signal
import struct
import sys
import time

import zmq

from caller import LIVENESS, Caller
from wire import EVENT, HEAD, Event, Failed, Message, decode, records, secured


class Subscriber:
    def __init__(self, calls: str, events: str, topic: str, name: str, version: str = "0"):
        self.calls, self.events, self.topic, self.name = calls, events, topic, name
        self.version = int(version)
        self.caller, self.failures = None, 0
        self.epoch, self.next, self.acknowledged = None, 1, 0  # the life of the topic, and the offset that is wanted next

    def run(self) -> None:
        while True:
            with secured(zmq.Context.instance().socket(zmq.SUB)) as socket:
                socket.linger = 0
                socket.subscribe(self.topic.encode() + b"\0")
                socket.connect(self.events)
                self.follow(socket)

    def follow(self, socket: zmq.Socket) -> None:
        """Applies what comes, until the publisher has been silent for too long."""
        is_behind = not self.refill()
        heard = time.monotonic()
        while time.monotonic() - heard < LIVENESS:
            if socket.poll(100):
                heard = time.monotonic()
                message = decode(socket.recv().partition(b"\0")[2])
                is_behind = message is not None and self.is_missing(message) or is_behind
            if is_behind:
                is_behind = not self.refill()

    def is_missing(self, message: Message) -> bool:
        """Applies the events that go on where we are; true where the log must be asked."""
        if message.kind not in (EVENT, HEAD):
            return False
        if message.epoch != self.epoch:
            return True  # another log, or a late word of one that has ended: only the log can tell
        if message.kind == EVENT:
            return not self.apply(records(message.id, message.payload) or [])
        # Heads come with every heartbeat: then we also say how far we are.
        return message.id >= self.next or self.acknowledged < self.next - 1

    def refill(self) -> bool:
        """Reads the log from where we stand to its head; false where the publisher is not there."""
        try:
            if self.caller is None:
                self.caller = Caller(self.calls, "subscriber.py")
                known = {"epoch": self.epoch, "offset": self.next - 1} if self.epoch else {}
                self.stand(self.ask("join", known))
            while self.read_page():
                pass
            self.acknowledge()
            self.failures = 0
        except Failed as error:
            print(error, file=sys.stderr)
            if error.code == "topic_version":  # its events mean something else: asking again does not help
                sys.exit(1)
            if error.code == "gone":  # pruned before we came: what is kept begins there
                self.next = error.failure["firstOffset"]
            if self.caller:
                self.caller = self.caller.close()
            time.sleep(min(2.0, 0.02 * 2 ** min(self.failures, 7)) * random.uniform(0.5, 1.5))
            self.failures += 1
        return self.failures == 0

    def ask(self, what: str, more: dict) -> dict:
        request = {"consumer": self.name, "topic": self.topic} | more
        return json.loads(self.caller.call(f"bus.consumers.{what}", json.dumps(request).encode()))

    def stand(self, standing: dict) -> None:
        self.epoch, self.acknowledged = standing["epoch"], standing["acknowledged"]
        self.next = self.acknowledged + 1

    def acknowledge(self) -> None:
        if self.acknowledged < self.next - 1:
            place = {"epoch": self.epoch, "offset": self.next - 1, "gapsFound": 0, "gapsFilled": 0}
            self.acknowledged = self.ask("acknowledge", place)["acknowledged"]

    def read_page(self) -> bool:
        """Applies one page of the log; false where it reached the head."""
        wanted = {"topic": self.topic, "from": self.next, "limit": 500, "epoch": self.epoch, "version": self.version}
        page = self.caller.call("bus.replay", json.dumps(wanted).encode())
        epoch, head, _, first = struct.unpack_from(">QQQQ", page)
        if epoch != self.epoch:
            self.stand({"epoch": epoch, "acknowledged": 0})
            return True
        self.apply(records(first, page[32:]) or [])
        return self.next <= head and len(page) > 32

    def apply(self, events: list[Event]) -> bool:
        """Prints those that were not there yet; false where they begin behind a gap."""
        for event in events:
            if event.offset == self.next:
                line = {"topic": self.topic, "epoch": self.epoch, "offset": event.offset, "key": event.key}
                print(json.dumps(line | {"payload": json.loads(event.payload or b"null")}), flush=True)
                self.next += 1
        return not events or events[-1].offset < self.next


if __name__ == "__main__":
    if len(sys.argv) not in (5, 6):
        sys.exit("usage: subscriber.py CALLS_ENDPOINT EVENTS_ENDPOINT TOPIC NAME [VERSION]")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Subscriber(*sys.argv[1:]).run()
