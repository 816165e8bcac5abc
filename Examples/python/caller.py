"""Calls one operation of a service and prints the answer.

    caller.py ipc:///…/run/service_a.calls service_a.sequence '{"elementType":"script","elementId":1,"comment":"first"}'

Prints the reply to stdout and leaves with 0, or prints the failure to stderr and leaves with 1; 2 means that it was
called wrongly. Written from docs/wire.md.
"""

import json
import secrets
import sys
import time

import zmq

from wire import BYE, CALL, CANCEL, DRAINING, EPOCH, FAILURE, HELLO, IDEMPOTENCY_KEY, NAME, NUMBER, PING, PONG
from wire import REPLY, TRACE, WELCOME, Failed, Message, decode, failed, secured

HEARTBEAT, LIVENESS = 1.0, 3.0  # seconds, as in the topology


def unavailable(detail: str) -> Failed:
    return failed("unavailable", 503, "The service is not there", detail)


def unknown(operation: str, why: str) -> Failed:
    """It was sent and not answered. This caller does not know which operations may be repeated; `bus.info` says so."""
    return failed("outcome_unknown", 504, "It may have been done or not", f"{why}; {operation} may have been done")


class Caller:
    """A connection to one replica of a service."""

    def __init__(self, endpoint: str, name: str = "caller.py", patience: float = LIVENESS):
        self.endpoint, self.calls, self.is_draining = endpoint, 0, False
        self.socket = secured(zmq.Context.instance().socket(zmq.DEALER))
        self.socket.linger = 0
        self.socket.immediate = 1
        self.socket.sndtimeo = int(patience * 1000)  # how long the hello waits for a connection
        self.socket.connect(endpoint)
        self.ahead = 0.0  # seconds by which the service's clock is ahead of ours
        asked = time.time()
        fields = {NAME: name.encode(), EPOCH: NUMBER.pack(secrets.randbits(64))}
        try:
            self._send(Message(HELLO, 1, int(asked * 1_000_000), fields))
            welcome = self._wait(asked + patience, lambda message: message.kind == WELCOME)
            if welcome and welcome.time:
                self.ahead = welcome.time / 1_000_000 - (asked + time.time()) / 2
        except Failed:
            self.socket.close()
            raise

    def call(self, operation: str, payload: bytes, timeout: float = 5.0, idempotency_key: str = "") -> bytes:
        """The reply's payload; raises Failed."""
        if self.is_draining:
            raise failed("draining", 503, "The service is shutting down", self.endpoint)
        self.calls += 1
        number, deadline = self.calls, time.time() + timeout
        fields = {NAME: operation.encode(), TRACE: secrets.token_bytes(24) + b"\1"}
        if idempotency_key:
            fields[IDEMPOTENCY_KEY] = idempotency_key.encode()
        self._send(Message(CALL, number, int((deadline + self.ahead) * 1_000_000), fields, payload))
        try:
            answer = self._wait(deadline, lambda message: message.kind in (REPLY, FAILURE) and message.id == number)
        except Failed as lost:
            raise unknown(operation, lost.failure["detail"]) from None
        if answer is None:
            self._send(Message(CANCEL, number))
            raise unknown(operation, "no answer came in time")
        if answer.kind == FAILURE:
            raise Failed(json.loads(answer.payload))
        return answer.payload

    def close(self) -> None:
        try:
            self._send(Message(BYE))
        except Failed:
            pass
        self.socket.close(linger=200)

    def _send(self, message: Message) -> None:
        try:
            self.socket.send(message.encode())
        except zmq.Again:
            raise unavailable(f"nobody takes messages at {self.endpoint}") from None

    def _wait(self, deadline: float, is_it) -> Message | None:
        """The first message that is it, or None at the deadline. Answers pings and asks after silence on the way."""
        heard = time.time()
        while (left := deadline - time.time()) > 0:
            if not self.socket.poll(min(left, HEARTBEAT / 2) * 1000):
                if time.time() - heard > LIVENESS:
                    break
                self._send(Message(PING))
                continue
            heard = time.time()
            message = decode(self.socket.recv())
            if message is None:
                continue
            if is_it(message):
                return message
            if message.kind == PING:
                self._send(Message(PONG, message.id, int(time.time() * 1_000_000)))
            elif message.kind == DRAINING:
                self.is_draining = True
            elif message.kind == BYE:
                raise unavailable(f"{self.endpoint} has said goodbye")
        if self.calls == 0 or time.time() - heard > LIVENESS:
            raise unavailable(f"nobody answers at {self.endpoint}")
        return None


def main(arguments: list[str]) -> int:
    if len(arguments) != 3:
        print("usage: caller.py ENDPOINT OPERATION JSON", file=sys.stderr)
        return 2
    endpoint, operation, payload = arguments
    try:
        caller = Caller(endpoint)
        print(caller.call(operation, payload.encode()).decode())
        caller.close()
        return 0
    except Failed as error:
        print(error.encode().decode(), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
