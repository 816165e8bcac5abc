"""One message of the bus and its bytes: docs/wire.md, "The message"; and who is who: "Keys"."""

import json
import os
import struct
from dataclasses import dataclass, field
from pathlib import Path

import zmq
from zmq.utils import z85

CALL, REPLY, FAILURE, CANCEL, HELLO, WELCOME, PING, PONG, DRAINING, BYE = range(1, 11)
EVENT, HEAD = 16, 17
NAME, TRACE, PRINCIPAL, IDEMPOTENCY_KEY, EPOCH, KEY = range(1, 7)

HEADER = struct.Struct(">BBBBIQQ")  # magic, version, kind, flags, length of the fields, id, time
FIELD = struct.Struct(">BH")
NUMBER = struct.Struct(">Q")
RECORD = struct.Struct(">QII")  # committed at, length of the fields, length of the payload


@dataclass
class Message:
    kind: int
    id: int = 0
    time: int = 0
    fields: dict[int, bytes] = field(default_factory=dict)
    payload: bytes = b""

    def text(self, tag: int) -> str:
        return self.fields.get(tag, b"").decode()

    @property
    def epoch(self) -> int:
        return NUMBER.unpack(self.fields[EPOCH])[0]

    def encode(self) -> bytes:
        fields = encode_fields(self.fields)
        return HEADER.pack(0xFA, 1, self.kind, 0, len(fields), self.id, self.time) + fields + self.payload


def encode_fields(fields: dict[int, bytes]) -> bytes:
    return b"".join(FIELD.pack(tag, len(value)) + value for tag, value in sorted(fields.items()))


def decode(frame: bytes) -> Message | None:
    """The message, or None for what is to be dropped."""
    if len(frame) < HEADER.size:
        return None
    magic, version, kind, _, length, number, time = HEADER.unpack_from(frame)
    end = HEADER.size + length
    if magic != 0xFA or version != 1 or end > len(frame):
        return None
    fields = decode_fields(frame[HEADER.size : end])
    return None if fields is None else Message(kind, number, time, fields, frame[end:])


def decode_fields(data: bytes) -> dict[int, bytes] | None:
    fields, at = {}, 0
    while at < len(data):
        if len(data) - at < FIELD.size:
            return None
        tag, size = FIELD.unpack_from(data, at)
        at += FIELD.size + size
        if at > len(data):
            return None
        fields[tag] = data[at - size : at]
    return fields


@dataclass
class Event:
    """One event, from its record."""

    offset: int
    time: int
    fields: dict[int, bytes]
    payload: bytes

    @property
    def key(self) -> str:
        return self.fields.get(KEY, b"").decode()

    def encode(self) -> bytes:
        fields = encode_fields(self.fields)
        return RECORD.pack(self.time, len(fields), len(self.payload)) + fields + self.payload


def records(first: int, data: bytes) -> list[Event] | None:
    """The events of a message or a page, or None where the bytes do not add up."""
    events, at = [], 0
    while at < len(data):
        if len(data) - at < RECORD.size:
            return None
        time, size, length = RECORD.unpack_from(data, at)
        payload = at + RECORD.size + size
        fields = decode_fields(data[at + RECORD.size : payload])
        if payload + length > len(data) or fields is None:
            return None
        events.append(Event(first + len(events), time, fields, data[payload : payload + length]))
        at = payload + length
    return events


class Failed(Exception):
    """A coded error, as a failure carries it."""

    def __init__(self, failure: dict):
        super().__init__(f"{failure['code']['name']}: {failure['detail']}")
        self.failure = failure

    @property
    def code(self) -> str:
        return self.failure["code"]["name"]

    def encode(self) -> bytes:
        return json.dumps(self.failure).encode()


def failed(name: str, status: int, title: str, detail: str) -> Failed:
    return Failed({"code": {"name": name, "status": status, "title": title}, "detail": detail})


def key(path: str) -> bytes:
    """The first key in a file of ours, as ZeroMQ takes it."""
    lines = [line.strip() for line in Path(path).read_text().splitlines()]
    return z85.encode(bytes.fromhex(next(line for line in lines if line and not line.startswith("#"))))


def secured(socket: zmq.Socket) -> zmq.Socket:
    """A socket with the keys that the environment names: ours (FOUNTAIN_SECRET_KEY), the service's (FOUNTAIN_SERVER_KEY)."""
    if "FOUNTAIN_SECRET_KEY" in os.environ:
        own = key(os.environ["FOUNTAIN_SECRET_KEY"])
        socket.curve_secretkey, socket.curve_publickey = own, zmq.curve_public(own)
        socket.curve_serverkey = key(os.environ["FOUNTAIN_SERVER_KEY"])
    return socket
