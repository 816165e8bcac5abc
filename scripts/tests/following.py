#!/usr/bin/env python3
"""Many who follow a topic at /events through Caddy, while the gateway is killed and Caddy reloaded under writes.

    scripts/tests/following.py [--streams N] [--rounds N] [--seconds S]

Each client keeps the id of its last event and comes back with it. Each must have had every event once, in order: the ids are offsets of one
log, so that the next one is always one more. Says what an idle stream costs the gateway in memory, and how long it took to come back.
Exit code 1 where anybody missed an event, or had one twice.
"""

import argparse
import asyncio
import contextlib
import json
import os
import pathlib
import random
import resource
import signal
import ssl
import subprocess
import sys
import tempfile
import time

import ecosystem
from test_caddyfile import ROOT, Edge, free_port

TOPIC = "sequence.changed"


class Follower:
    """One client of `text/event-stream` that comes back for as long as it is wanted."""

    def __init__(self, port, context, token, query=""):
        self.port, self.context, self.token, self.query = port, context, token, query
        self.last, self.retry, self.reconnects, self.wrong = "", 2.0, 0, []
        self.offsets = 0
        self.resets = 0
        self.first = None
        self.is_connected = asyncio.Event()

    async def run(self):
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError, ValueError):
                await self.follow()
            self.is_connected.clear()
            self.reconnects += 1
            await asyncio.sleep(min(self.retry, 2.0) * random.uniform(0.1, 0.5))

    async def follow(self):
        name = "localhost" if self.context else None
        reader, writer = await asyncio.wait_for(
            asyncio.open_connection("127.0.0.1", self.port, ssl=self.context, server_hostname=name, limit=1 << 20), 30
        )
        try:
            fields = [f"GET /events?topic={TOPIC}{self.query} HTTP/1.1", f"Host: localhost:{self.port}",
                      f"Authorization: Bearer {self.token}"]
            if self.last:
                fields.append(f"Last-Event-ID: {self.last}")
            writer.write(("\r\n".join(fields) + "\r\n\r\n").encode())
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            if not head.startswith(b"HTTP/1.1 200"):
                raise ValueError(head)
            text = b""
            while size := int(await reader.readline(), 16):
                text += await reader.readexactly(size)
                await reader.readexactly(2)
                *blocks, text = text.split(b"\n\n")
                for block in blocks:
                    self.take(block.decode().split("\n"))
        finally:
            writer.close()

    def take(self, lines):
        fields = dict(line.split(": ", 1) for line in lines if line and not line.startswith(":"))
        if "retry" in fields:
            self.retry = int(fields["retry"]) / 1000
        if fields.get("event") == TOPIC:
            self.check(fields["id"], fields["data"])
        elif fields.get("event") == "reset":
            self.resets += 1
        if "id" in fields:
            self.last = fields["id"]
            self.is_connected.set()
            self.first = self.first or fields["id"]

    def check(self, id, data):
        before, now = (list(map(int, text.split(":"))) for text in (self.last or "0:0", id))
        if now[0] != before[0] or now[1] != before[1] + 1 or json.loads(data)["revision"] != now[1]:
            self.wrong.append((self.last, id))
        self.offsets += 1


class Caddy(Edge):
    """One that can be told to load its configuration again."""

    def __init__(self, home, gateway):
        self.admin = f"127.0.0.1:{free_port()}"
        self.gateway, self.home = gateway, home
        super().__init__(home, gateway, FOUNTAIN_CADDY_ADMIN=self.admin)

    async def reload(self):
        environment = dict(part.split("=", 1) for part in pathlib.Path(f"/proc/{self.process.pid}/environ").read_text().split("\0") if part)
        child = await asyncio.create_subprocess_exec(
            "caddy", "reload", "--force", "--adapter", "caddyfile", "--config", str(ROOT / "Caddyfile"), "--address", self.admin,
            env=environment, stdout=subprocess.DEVNULL, stderr=self.log,
        )
        assert await child.wait() == 0


class Ecosystem:
    """Its services in processes of their own, so that the gateway alone can be killed."""

    def __init__(self, home):
        self.home, self.port = home, free_port()
        self.topology = ecosystem.topology(home, kms="scrypt: {ln: 4, r: 1, p: 1}\n  access_token_ttl: 3h", services="{service_a: {}, kms: {}}", port=self.port)
        self.topology.write_text(self.topology.read_text().replace(
            f'"127.0.0.1:{self.port}"', f'"127.0.0.1:{self.port}", events: {{max_streams: 4096, max_streams_per_client: 4096, max_streams_per_principal: 4096}}'
        ))
        self.children = {}

    def start(self, service):
        log = open(self.home / f"{service}.log", "a")
        command = [str(ecosystem.FOUNTAIN), "serve", service, "--topology", str(self.topology)]
        self.children[service] = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)

    def kill(self, service):
        child = self.children.pop(service)
        child.send_signal(signal.SIGKILL)
        child.wait()

    def stop(self):
        for child in self.children.values():
            child.terminate()
        for child in self.children.values():
            child.wait(30)

    def memory(self):
        """Bytes of the gateway that are in memory."""
        status = pathlib.Path(f"/proc/{self.children['gateway'].pid}/status").read_text()
        return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmRSS"))

    async def until_ready(self):
        client = ecosystem.Client(f"http://127.0.0.1:{self.port}")
        for _ in range(1200):
            with contextlib.suppress(OSError):
                if (await asyncio.to_thread(client.get, "/ready")).status_code == 200:
                    return client
            await asyncio.sleep(0.05)
        raise AssertionError("the gateway is not ready")


async def write(client, port, ca, state):
    """Creates elements through Caddy, one after the other, whatever happens to it on the way."""
    number = 0
    while not state["done"]:
        number += 1
        body = {"elementType": "script", "elementId": number, "comment": "x" * 100}
        for _ in range(200):
            with contextlib.suppress(OSError):
                answer = await asyncio.to_thread(post, client, port, ca, body, number)
                if answer in (201, 409):
                    break
            await asyncio.sleep(0.05)
        else:
            raise AssertionError("nothing can be written any more")
        state["written"] = number
        await asyncio.sleep(state["pause"])


def post(client, port, ca, body, number):
    import requests
    headers = {"Authorization": f"Bearer {client.token}", "Idempotency-Key": f"n{number}"}
    return requests.post(f"https://localhost:{port}/service_a/sequence", json=body, headers=headers, verify=str(ca), timeout=20).status_code


async def all_connected(followers, seconds=120):
    await asyncio.wait_for(asyncio.gather(*(each.is_connected.wait() for each in followers)), seconds)


async def all_at(followers, offset, seconds=180):
    deadline = time.monotonic() + seconds
    while any(int((each.last or "0:0").split(":")[1]) < offset for each in followers):
        if time.monotonic() > deadline:
            behind = [each.last for each in followers if int((each.last or "0:0").split(":")[1]) < offset]
            raise AssertionError(f"{len(behind)} of {len(followers)} did not come to {offset}: {behind[:5]}")
        await asyncio.sleep(0.1)


async def play(home, streams, rounds, seconds, say=print):
    """What was seen; raises where somebody missed something."""
    there, caddy, tasks = Ecosystem(home), None, []
    try:
        for service in ("kms", "service_a", "gateway"):
            there.start(service)
        client = (await there.until_ready()).registered()
        caddy = Caddy(home, f"127.0.0.1:{there.port}")
        await asyncio.to_thread(caddy.wait_until_it_serves)
        context = ssl.create_default_context(cafile=caddy.ca)
        before = there.memory()
        followers = [Follower(caddy.https, context, client.token) for _ in range(streams)]
        for start in range(0, streams, 50):
            tasks += [asyncio.create_task(each.run()) for each in followers[start:start + 50]]
            await all_connected(followers[:start + 50])
        await asyncio.sleep(1)
        each = (there.memory() - before) // streams
        say(f"{streams} idle streams: {each / 1024:.1f} KiB of the gateway's memory each ({before >> 20} MiB before)")
        state = {"done": False, "written": 0, "pause": 0.02}
        writer = asyncio.create_task(write(client, caddy.https, caddy.ca, state))
        for number in range(rounds):
            await asyncio.sleep(seconds)
            there.kill("gateway")
            there.start("gateway")
            begun = time.monotonic()
            await there.until_ready()
            await asyncio.sleep(seconds)
            await caddy.reload()
            await asyncio.sleep(seconds)
            say(f"round {number + 1}: ready again after {time.monotonic() - begun - 2 * seconds:.1f} s, {state['written']} written")
        state["done"] = True
        await writer
        await all_at(followers, state["written"])
        wrong = [fault for each in followers for fault in each.wrong]
        assert not wrong, f"{len(wrong)} out of order: {wrong[:5]}"
        assert all(each.offsets == state["written"] for each in followers), sorted({each.offsets for each in followers})
        assert not any(each.resets for each in followers)
        reconnects = sum(each.reconnects for each in followers)
        say(f"{streams} clients had each of {state['written']} events once, in order, over {reconnects} connections that ended")
        return {"memory": each, "written": state["written"], "reconnects": reconnects}
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if caddy:
            caddy.process.kill()
            caddy.process.wait()
        there.stop()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--streams", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=10)
    options.add_argument("--seconds", type=float, default=3, help="between two disturbances")
    given = options.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as home:
        asyncio.run(play(pathlib.Path(home), given.streams, given.rounds, given.seconds, say=lambda text: print(text, flush=True)))


if __name__ == "__main__":
    try:
        main()
    except AssertionError as fault:
        sys.exit(f"{fault}")
