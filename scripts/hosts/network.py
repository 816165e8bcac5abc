"""Hosts without machines: a network namespace each, all of them on a bridge, and namespaces of processes that die as a machine does.

    switch (the keeper's own namespace)     bridge ── link of host1, host2, host3, edge
    a host                                  eth0, 10.77.0.N; its first process, `init.py`; its own /proc

A host's network outlives its processes, as a switch's port does. `cut` takes the link down on the switch's side: nothing is said to
anybody, no connection is reset. `separate` lets a host's packets to some others vanish, and theirs to it.
"""

import os
import pathlib
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
SUBNET = "10.77.0"


def command(*words, **options):
    return subprocess.run(list(map(str, words)), check=True, capture_output=True, text=True, **options).stdout


def children(pid):
    return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for(what, seconds, question):
    """The first answer that is not nothing."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := question():
            return answer
        time.sleep(0.05)
    raise TimeoutError(f"{what}: not in {seconds} s")


def make_switch():
    command("ip", "link", "set", "lo", "up")
    command("ip", "link", "add", "switch", "type", "bridge")
    command("ip", "link", "set", "switch", "up")


class Host:
    """A host of the cluster; `number` is the last part of its address."""

    def __init__(self, name, number):
        self.name, self.address = name, f"{SUBNET}.{number}"
        self.is_cut, self.apart = False, []
        self.machine = None
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        own = os.readlink("/proc/self/ns/net")
        wait_for(f"the network of {name}", 5, lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != own)
        command("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", self.holder.pid)
        command("ip", "link", "set", name, "master", "switch", "up")
        self.inside("ip", "addr", "add", f"{self.address}/24", "dev", "eth0")
        self.inside("ip", "link", "set", "eth0", "up")
        self.inside("ip", "link", "set", "lo", "up")
        self.power_on()

    def inside(self, *words):
        return command("nsenter", f"--net=/proc/{self.holder.pid}/ns/net", *words)

    # Processes

    def power_on(self):
        """Its first process, in namespaces of their own; shared memory of its own too, so that nothing of a dead database is left."""
        shell = "mount -t tmpfs none /dev/shm && exec \"$@\""
        self.machine = subprocess.Popen(
            ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", "unshare", "--pid", "--mount", "--ipc", "--fork",
             "--kill-child", "--mount-proc", "sh", "-c", shell, "sh", sys.executable, str(HERE / "init.py")]
        )
        self.init = wait_for(f"the first process of {self.name}", 5, lambda: children(self.machine.pid))[0]
        # The shell has become Python once its memory is mounted; only then may anything be started.
        wait_for(f"{self.name}", 5, lambda: b"init.py" in self.command_line() and b"sh\0-c" not in self.command_line())

    def command_line(self):
        return pathlib.Path(f"/proc/{self.init}/cmdline").read_bytes()

    def enter(self, words):
        """The command line that runs `words` there."""
        return ["nsenter", "--target", str(self.init), "--net", "--pid", "--mount", "--ipc", "--", *map(str, words)]

    def power_off(self, rouse):
        """As a plug that is pulled: everything at once, and nothing is written any more. `rouse` wakes whoever outside has to see it."""
        if self.machine is None:
            return
        os.kill(self.init, signal.SIGKILL)
        rouse()
        self.machine.wait()
        self.machine = None

    def processes(self):
        """All of its processes but the first."""
        own = os.readlink(f"/proc/{self.init}/ns/pid")
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and int(entry.name) != self.init and os.readlink(entry / "ns/pid") == own:
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    # Links

    def cut(self):
        command("ip", "link", "set", self.name, "down")
        self.is_cut = True

    def separate(self, others):
        """From these in both directions; everybody else still reaches it."""
        for other in others:
            self.inside("ip", "route", "add", "blackhole", f"{other.address}/32")
            other.inside("ip", "route", "add", "blackhole", f"{self.address}/32")
            self.apart.append(other)

    def mend(self):
        command("ip", "link", "set", self.name, "up")
        for other in self.apart:
            self.inside("ip", "route", "del", "blackhole", f"{other.address}/32")
            other.inside("ip", "route", "del", "blackhole", f"{self.address}/32")
        self.is_cut, self.apart = False, []
