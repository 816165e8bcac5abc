"""A service that greets, in another language than the others: the gateway mounts it at <prefix>/greet/{name}.

    service.py ipc:///…/run/greeter.calls

In the topology it is `greeter:` under `services:`, nothing more. Ends with 0 on SIGTERM or SIGINT, after it has said
that it drains. Written from docs/wire.md.
"""

import json
import secrets
import signal
import sys
import time

import zmq

from wire import BYE, CALL, DRAINING, EPOCH, FAILURE, HELLO, NAME, NUMBER, PING, PONG, PRINCIPAL, REPLY, WELCOME
from wire import Failed, Message, decode, failed

NAME_OF_SERVICE = "greeter"
EPOCH_OF_SERVICE = secrets.randbits(64)

GREET = {
    "name": "greeter.greet",
    "summary": "Greet somebody",
    "route": {"method": "POST", "path": "/greet/{name}"},
    "success": 200,
    "access": "public",
    "stepUp": "never",
    "isIdempotent": True,
    "limits": {},
    "errors": [],
    "input": {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 64}},
        "additionalProperties": False,
    },
    "output": {"type": "object", "required": ["greeting"], "properties": {"greeting": {"type": "string"}}},
}


def greet(given) -> dict:
    name = given.get("name") if isinstance(given, dict) else None
    if not isinstance(name, str) or not 1 <= len(name) <= 64:
        failure = failed("invalid_request", 400, "The request is not valid", "name must be 1 to 64 characters")
        failure.failure["fields"] = [{"field": "name", "problem": "must be 1 to 64 characters"}]
        raise failure
    return {"greeting": f"Hello, {name}!"}


def about_itself(_) -> dict:
    return {"service": NAME_OF_SERVICE, "epoch": EPOCH_OF_SERVICE}


def info(_) -> dict:
    return about_itself(_) | {"wireVersion": 1, "operations": [GREET], "topics": []}


OPERATIONS = {"bus.ping": about_itself, "bus.info": info, "greeter.greet": greet}


def now() -> int:
    return int(time.time() * 1_000_000)


def answer(call: Message) -> Message:
    """The reply, or the failure, to a call."""
    operation = call.text(NAME)
    try:
        if operation not in OPERATIONS:
            raise failed("unknown_operation", 404, "No such operation", f"greeter has no operation {operation!r}.")
        if operation.startswith("bus.") and PRINCIPAL in call.fields:
            raise failed("forbidden", 403, "Not allowed", "Only services of the ecosystem may call this.")
        if call.time <= now():
            raise failed("deadline_exceeded", 504, "The deadline has passed", "The call came after its deadline.")
        try:
            given = json.loads(call.payload or b"{}")
        except ValueError:
            raise failed("invalid_request", 400, "The request is not valid", "The body is not valid JSON.") from None
        return Message(REPLY, call.id, payload=json.dumps(OPERATIONS[operation](given)).encode())
    except Failed as error:
        return Message(FAILURE, call.id, payload=error.encode())


def serve(router: zmq.Socket, callers: set[bytes]) -> None:
    while True:
        caller, frame = router.recv_multipart()[:2]
        callers.add(caller)
        message = decode(frame)
        if message is None:
            continue
        if message.kind == HELLO:
            fields = {NAME: NAME_OF_SERVICE.encode(), EPOCH: NUMBER.pack(EPOCH_OF_SERVICE)}
            router.send_multipart([caller, Message(WELCOME, message.id, now(), fields).encode()])
        elif message.kind == PING:
            router.send_multipart([caller, Message(PONG, message.id, now()).encode()])
        elif message.kind == CALL:
            router.send_multipart([caller, answer(message).encode()])
        elif message.kind == BYE:
            callers.discard(caller)


def main(endpoint: str) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    callers: set[bytes] = set()
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        router.bind(endpoint)
        print(f"ready: greeter at {endpoint}", flush=True)
        try:
            serve(router, callers)
        finally:  # one call at a time: none is in hand now
            for caller in callers:
                for kind in (DRAINING, BYE):
                    router.send_multipart([caller, Message(kind).encode()])
            router.close(linger=500)


if __name__ == "__main__":
    main(sys.argv[1]) if len(sys.argv) == 2 else sys.exit("usage: service.py CALLS_ENDPOINT")
