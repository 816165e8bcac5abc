"""Follows a topic and prints each event as a line of JSON: once, in order, over restarts of either side.

    subscriber.py ipc:///…/run/service_a.calls ipc:///…/run/service_a.events sequence.changed checkpoint.json

Where it stands is kept in the checkpoint file. Ends with 0 on SIGTERM. Written from docs/wire.md."""

import json
import os
import random
import signal
import struct
import sys
import time
from pathlib import Path

import zmq

from caller import LIVENESS, Caller
from wire import EVENT, HEAD, KEY, NAME, Failed, Message, decode, secured


class Checkpoint:  # which offset is wanted next, and of which life of the topic; on disk
    def __init__(self, path: str):
        self.path, self.epoch, self.next = path, None, 1
        if Path(path).exists():
            self.epoch, self.next = json.loads(Path(path).read_text()).values()

    def keep(self) -> None:
        with open(self.path + ".new", "w") as file:
            json.dump({"epoch": self.epoch, "next": self.next}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(self.path + ".new", self.path)

    def enter(self, epoch: int) -> bool:
        """Notes the topic's epoch; true where it is another than before, so that everything begins again."""
        is_another, self.epoch = self.epoch not in (None, epoch), epoch
        self.next = 1 if is_another else self.next
        return is_another


class Subscriber:
    def __init__(self, calls: str, events: str, topic: str, path: str):
        self.calls, self.events, self.topic, self.checkpoint = calls, events, topic, Checkpoint(path)
        self.caller, self.failures = None, 0

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
        """Applies the event if it is the next one; true where the log must be asked."""
        if message.kind not in (EVENT, HEAD) or self.checkpoint.enter(message.epoch):
            return message.kind in (EVENT, HEAD)
        if message.kind == EVENT and message.id == self.checkpoint.next:
            self.apply(message)
            return False
        return message.id >= self.checkpoint.next

    def refill(self) -> bool:
        """Reads the log from where we stand to its head; false where the publisher is not there."""
        try:
            self.caller = self.caller or Caller(self.calls, "subscriber.py")
            while self.read_page():
                pass
            self.failures = 0
        except Failed as error:
            print(error, file=sys.stderr)
            if self.caller:
                self.caller = self.caller.close()
            time.sleep(min(2.0, 0.02 * 2 ** min(self.failures, 7)) * random.uniform(0.5, 1.5))
            self.failures += 1
        return self.failures == 0

    def read_page(self) -> bool:
        """Applies one page of the log; false where it reached the head."""
        wanted = json.dumps({"topic": self.topic, "from": self.checkpoint.next, "limit": 500})
        page = self.caller.call("bus.replay", wanted.encode())
        epoch, head, tail = struct.unpack_from(">QQQ", page)
        if self.checkpoint.enter(epoch):
            return True
        self.checkpoint.next = max(self.checkpoint.next, tail)
        at = 24
        while at < len(page):
            (length,) = struct.unpack_from(">I", page, at)
            at += 4 + length
            event = decode(page[at - length : at])
            if event.id == self.checkpoint.next:
                self.apply(event)
        return self.checkpoint.next <= head and len(page) > 24

    def apply(self, event: Message) -> None:
        line = {"topic": event.text(NAME), "epoch": event.epoch, "offset": event.id, "key": event.text(KEY)}
        print(json.dumps(line | {"payload": json.loads(event.payload or b"null")}), flush=True)
        self.checkpoint.next += 1
        self.checkpoint.keep()


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit("usage: subscriber.py CALLS_ENDPOINT EVENTS_ENDPOINT TOPIC CHECKPOINT_FILE")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Subscriber(*sys.argv[1:]).run()
