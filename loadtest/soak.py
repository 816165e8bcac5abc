#!/usr/bin/env python3
"""Sends many requests with pauses and disconnects, and looks whether each was answered once, and whether the process has grown.

    loadtest/soak.py http://127.0.0.1:8002 --requests 1000000 --process PID
    loadtest/soak.py http://127.0.0.1:8002 --idle 10000 --process PID        beside idle connections: what a good client notices

Each request has a number in X-Request-Id, which comes back with its answer: an answer that is missing, comes twice, or is another one's
is found where it comes. Some heads come in pieces with pauses between them, so that connections are suspended, resumed and closed in every
order; some clients go before the answer, in the middle of the head, or in the middle of reading. Prints one line of JSON; ends with 1
where something was wrong.
"""

import argparse
import asyncio
import json
import os
import pathlib
import random
import resource
import sys
import time
import urllib.parse

GO_BEFORE_THE_ANSWER, GO_WITHIN_THE_HEAD, GO_WHILE_READING = 0.01, 0.005, 0.005
PIECES = 0.05
# Of the idle ones: by turns without and with them; more of them where so few have not met a quiet moment on both sides.
ROUNDS, MOST_ROUNDS = 4, 12


class Soak:
    def __init__(self, origin, requests, seed, token):
        address = urllib.parse.urlsplit(origin)
        self.host, self.port = address.hostname, address.port
        self.left, self.number, self.random, self.token = requests, 0, random.Random(seed), token
        self.answered = self.gone = 0
        self.faults, self.statuses, self.times = [], {}, []

    def fault(self, text):
        if len(self.faults) < 20:
            self.faults.append(text)

    def request(self, number):
        """Reading, looking, writing; the last is made once a number, so that a second one would be seen."""
        kind = number % 8
        authority = f"Host: localhost\r\nX-Request-Id: soak-{number}\r\n"
        if self.token:
            authority += f"Authorization: Bearer {self.token}\r\n"
        if kind == 0 and self.token:
            body = json.dumps({"elementType": "script", "elementId": number + 1, "comment": "soak", "sequenceName": f"soak-{number % 64}"})
            head = f"POST /service_a/sequence HTTP/1.1\r\n{authority}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            return (head + body).encode()
        target = ["/health", "/kms/.well-known/jwks.json", "/service_a/sequences?limit=2", "/nothing"][kind % 4]
        return f"GET {target} HTTP/1.1\r\n{authority}\r\n".encode()

    async def worker(self):
        streams = None
        while self.left > 0:
            self.left -= 1
            number, self.number = self.number, self.number + 1
            try:
                streams = streams or await asyncio.open_connection(self.host, self.port)
                if not await self.one(number, *streams):
                    streams[1].close()
                    streams = None
            except (OSError, asyncio.IncompleteReadError) as error:
                self.fault(f"request {number}: {error!r}")
                streams = None
        if streams:
            await self.nothing_more(*streams)

    async def one(self, number, reader, writer):
        """One request and its answer; False where the client goes."""
        chance = self.random.random
        request = self.request(number)
        if chance() < GO_WITHIN_THE_HEAD:
            writer.write(request[: self.random.randrange(1, len(request))])
            self.gone += 1
            return False
        if chance() < PIECES:
            cut = self.random.randrange(1, len(request))
            writer.write(request[:cut])
            await asyncio.sleep(chance() * 0.02)
            request = request[cut:]
        began = time.perf_counter()
        writer.write(request)
        if chance() < GO_BEFORE_THE_ANSWER:
            await asyncio.sleep(chance() * 0.003)
            self.gone += 1
            return False
        return await self.answer(number, reader, began, leaves=chance() < GO_WHILE_READING)

    async def answer(self, number, reader, began, leaves):
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        if not lines[0].startswith("HTTP/1.1 "):
            self.fault(f"request {number}: the answer begins with {lines[0]!r}")
            return False
        if fields.get("x-request-id") != f"soak-{number}":
            self.fault(f"request {number}: the answer of {fields.get('x-request-id')}")
        if leaves:
            self.gone += 1
            return False
        await reader.readexactly(int(fields.get("content-length", 0)))
        self.times.append(time.perf_counter() - began)
        self.answered += 1
        status = lines[0].split()[1]
        self.statuses[status] = self.statuses.get(status, 0) + 1
        return fields.get("connection") != "close"

    async def nothing_more(self, reader, writer):
        """After the last answer there must be silence."""
        try:
            extra = await asyncio.wait_for(reader.read(1), 0.2)
            if extra:
                self.fault(f"an answer that nobody asked for: {extra!r}")
        except asyncio.TimeoutError:
            pass
        writer.close()


def resident(process):
    """Bytes that the process has in memory."""
    pages = int(pathlib.Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def percentile(times, share):
    ordered = sorted(times)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 3) if ordered else None


async def soaked(arguments):
    warm = Soak(arguments.origin, min(arguments.requests // 10, 50_000), arguments.seed, arguments.token)
    warm.number = 10 * arguments.requests
    await asyncio.gather(*(warm.worker() for _ in range(arguments.connections)))
    before = resident(arguments.process) if arguments.process else 0
    soak = Soak(arguments.origin, arguments.requests, arguments.seed + 1, arguments.token)
    began = time.monotonic()
    await asyncio.gather(*(soak.worker() for _ in range(arguments.connections)))
    seconds = time.monotonic() - began
    if soak.answered + soak.gone != arguments.requests:
        soak.fault(f"{arguments.requests - soak.answered - soak.gone} requests have no answer")
    after = resident(arguments.process) if arguments.process else 0
    return {
        "requests": arguments.requests, "answered": soak.answered, "gone": soak.gone, "statuses": soak.statuses,
        "seconds": round(seconds, 1), "a_second": round(arguments.requests / seconds), "p50_ms": percentile(soak.times, 0.5),
        "p99_ms": percentile(soak.times, 0.99), "resident_before": before, "resident_after": after, "faults": warm.faults + soak.faults,
    }


async def good_client(arguments, count):
    """The time of each of so many requests, one after the other."""
    soak = Soak(arguments.origin, 0, 0, None)
    reader, writer = await asyncio.open_connection(soak.host, soak.port)
    for number in range(count):
        began = time.perf_counter()
        writer.write(soak.request(8 * number + 1))
        await soak.answer(8 * number + 1, reader, began, leaves=False)
    writer.close()
    return soak.times


async def opened(arguments):
    """So many connections on which nothing is sent."""
    address = urllib.parse.urlsplit(arguments.origin)
    return [await asyncio.open_connection(address.hostname, address.port) for _ in range(arguments.idle)]


def closed(connections):
    """Those that are still there hear nothing; those that have had to go hear the end. Returns how many had."""
    lost = sum(1 for reader, _ in connections if reader.at_eof())
    for _, writer in connections:
        writer.close()
    return lost


def least(rounds, share):
    """The percentile of the best round: what else goes on at this machine does not go on in each of them."""
    return min(percentile(times, share) for times in rounds)


async def idle(arguments):
    """Alone and beside the idle ones by turns, so that both have had the same of whatever else goes on."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    await good_client(arguments, 500)
    alone, beside, sizes, lost = [], [], [], 0
    while len(beside) < ROUNDS or (len(beside) < MOST_ROUNDS and least(beside, 0.99) > 2 * least(alone, 0.99)):
        alone.append(await good_client(arguments, 500))
        sizes.append(resident(arguments.process))
        silent = await opened(arguments)
        beside.append(await good_client(arguments, 500))
        sizes.append(resident(arguments.process))
        lost += closed(silent)
    return {
        "idle": arguments.idle, "lost": lost, "p50_alone_ms": least(alone, 0.5), "p99_alone_ms": least(alone, 0.99),
        "p50_beside_ms": least(beside, 0.5), "p99_beside_ms": least(beside, 0.99), "resident_before": sizes[0],
        "resident_after": sizes[1], "bytes_a_connection": (sizes[1] - sizes[0]) // max(1, arguments.idle), "faults": [],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("origin")
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--idle", type=int, default=0)
    parser.add_argument("--process", type=int, help="whose memory is looked at")
    parser.add_argument("--token", help="an access token; without one nothing is written")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    found = asyncio.run(idle(arguments) if arguments.idle else soaked(arguments))
    print(json.dumps(found))
    sys.exit(1 if found["faults"] else 0)


if __name__ == "__main__":
    main()
