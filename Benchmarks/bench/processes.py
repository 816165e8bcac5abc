"""Children of this process: begun, looked at through /proc, ended by their handles. Nobody else's are touched."""

import contextlib
import os
import pathlib
import random
import resource
import socket
import subprocess
import sys
import time

TICKS = os.sysconf("SC_CLK_TCK")
PORTS = range(20_000, 32_768)
given = set()


@contextlib.contextmanager
def running(*command, ready=None, log=None, **options):
    """A child for as long as the block lasts; with `ready` it is there once it has said a line that begins so."""
    errors = open(log, "a") if log else subprocess.DEVNULL
    child = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE if ready else subprocess.DEVNULL, text=True,
                             stderr=errors, stdin=subprocess.DEVNULL, **options)
    try:
        child.said = said_until(child, ready) if ready else []
        yield child
    finally:
        child.terminate()
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def said_until(child, ready):
    said = []
    for line in child.stdout:
        said.append(line)
        if line.startswith(ready):
            return said
    sys.exit(f"{' '.join(child.args)} did not start")


def free_port():
    """A port of loopback on which nobody listens, given to nobody before: for programs that have to be told theirs.

    It is below those that the kernel gives to connections that go out (`ip_local_port_range`), so it stays nobody's until its owner listens.
    """
    for port in random.SystemRandom().sample(PORTS, len(PORTS)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            if port not in given:
                probe.bind(("127.0.0.1", port))
                given.add(port)
                return port
    sys.exit("no port is free")


def wait_for_port(port, seconds=20):
    """Returns once somebody listens there."""
    for _ in range(int(seconds * 20)):
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", port)).close()
        time.sleep(0.05)
    sys.exit(f"nobody listens on port {port}")


def more_descriptors():
    """A thousand connections need more than the usual 1,024 descriptors, here and in every child."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def with_children(pids):
    """These processes and all below them."""
    found, waiting = [], list(pids)
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                waiting += [int(child) for child in task.read_text().split()]
    return found


def cpu_seconds(pids):
    """User and system time of these processes, with that of children which have ended."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += sum(int(field) for field in fields[11:15])
    return total / TICKS


def resident_mib(pids):
    pages = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            pages += int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def settle(pids, limit, at_rest=0):
    """Waits until these are at rest (for a fifth of a second below a twentieth of a processor, more by a half than `at_rest` where they are never
    still), at most `limit` seconds; whether they are."""
    until = time.monotonic() + limit
    while time.monotonic() < until:
        before = cpu_seconds(pids)
        time.sleep(0.2)
        if cpu_seconds(pids) - before < (0.05 + 1.5 * at_rest) * 0.2 + 1 / TICKS / 2:
            return True
    return False


def share(pids, seconds):
    """Processor seconds a second that these take now."""
    before = cpu_seconds(pids)
    time.sleep(seconds)
    return (cpu_seconds(pids) - before) / seconds
