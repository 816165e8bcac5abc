"""How a gateway ends beside clients that do not: what has not come whole was not begun, so nobody waits for it."""

import signal
import socket
import time

import ecosystem
import pytest

HALVES = {
    "a body that stops": b"POST /kms/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n{",
    "a chunk that stops": b"POST /kms/login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{",
    "a head that stops": b"GET /health HTTP/1.1\r\nHost: loc",
    "a word": b"GET",
    "nothing": b"",
}


def rest(connection):
    received = b""
    try:
        while piece := connection.recv(65_536):
            received += piece
    except OSError:
        pass
    return received


@pytest.mark.parametrize("trickle", [False, True], ids=["silent", "trickling"])
def test_sigterm_waits_for_no_half_request(tmp_path, trickle):
    path = ecosystem.topology(tmp_path)
    with ecosystem.process("up", "--topology", path, log=tmp_path / "log") as child:
        host, port = ecosystem.origin(child.said).removeprefix("http://").rsplit(":", 1)
        clients = {name: socket.create_connection((host, int(port)), 30) for name in HALVES}
        for name, half in HALVES.items():
            clients[name].sendall(half)
        whole = socket.create_connection((host, int(port)), 30)
        whole.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert rest(whole).startswith(b"HTTP/1.1 200"), "the halves have come before"
        begun = time.monotonic()
        child.send_signal(signal.SIGTERM)
        while child.poll() is None and time.monotonic() - begun < 20:
            if trickle:
                try:
                    clients["a body that stops"].sendall(b" ")
                except OSError:
                    trickle = False
            time.sleep(0.05)
        took = time.monotonic() - begun
        assert child.poll() == 0
        assert took < 8, took  # about one second; who waited for the halves would take the drain's ten
        for name in ["a body that stops", "a chunk that stops", "a head that stops"]:
            assert rest(clients[name]).startswith(b"HTTP/1.1 503") or trickle, name
