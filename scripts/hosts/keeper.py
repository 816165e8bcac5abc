"""The first process of the cluster: makes the hosts, starts what runs on them and starts it again when it ends, does what `scripts/cluster`
asks for. It runs in namespaces of its own; when it ends the kernel ends everything below it, so that nothing is ever left.

    keeper.py DIRECTORY OPTIONS      OPTIONS is JSON; what was asked comes over DIRECTORY/control, a line of JSON each way
"""

import contextlib
import json
import os
import pathlib
import signal
import socketserver
import subprocess
import sys
import threading
import time

import backup
import database
import network
import services

# A supervisor's patience: systemd's RestartSec.
PAUSE = 0.5
# Longer than the gateways (1 s) and Caddy (1 s) take between two looks.
LOOK = 1.3


class Unit:
    """Something that shall run on a host."""

    def __init__(self, host, name, words, environment, log):
        self.host, self.name, self.words, self.environment, self.log = host, name, words, environment, log
        self.process, self.next, self.starts = None, 0.0, 0
        self.is_wanted = True

    @property
    def runs(self):
        return self.process is not None and self.process.poll() is None

    def tend(self):
        if self.runs or not self.is_wanted or self.host.machine is None or time.monotonic() < self.next:
            return
        self.next, self.starts = time.monotonic() + PAUSE, self.starts + 1
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(
                self.host.enter(self.words), env=self.environment, cwd=services.ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    @property
    def said_ready(self):
        """How often it has said so."""
        return self.log.read_bytes().count(b"ready: ")

    @property
    def program(self):
        """The file that its process was started from; None where none runs."""
        return next((os.readlink(f"/proc/{child}/exe") for child in network.children(self.process.pid)), None) if self.runs else None

    def signal(self, number):
        """The process itself: `nsenter` stands before it."""
        if self.runs:
            for child in network.children(self.process.pid):
                os.kill(child, number)
            if number in (signal.SIGCONT, signal.SIGKILL):
                self.rouse()

    def rouse(self):
        """`nsenter` stops itself with what it stands before, and stopped it would see nothing end: neither could the host."""
        if self.runs:
            self.process.send_signal(signal.SIGCONT)


class Keeper:
    def __init__(self, directory, options):
        self.directory, self.options = directory, options
        self.lock, self.units = threading.RLock(), {}
        self.frozen = set()

    def say(self, text):
        print(f"{time.monotonic() - self.began:5.1f} s  {text}", flush=True)

    # Coming up

    def bring_up(self):
        self.began = time.monotonic()
        network.make_switch()
        network.command("ip", "addr", "add", f"{network.SUBNET}.254/24", "dev", "switch")
        self.name_hosts()
        for name in ("host1", "host2", "host3", "edge"):
            (self.directory / name).mkdir(mode=0o711)
        self.hosts = [network.Host(f"host{number}", number) for number in (1, 2, 3)]
        self.edge = network.Host("edge", 9)
        (self.directory / "secrets").mkdir(mode=0o700)
        self.databases = database.Databases(self.directory, self.hosts, self.options)
        self.services = services.Services(self.directory, self.hosts, self.edge, self.options)
        self.databases.prepare()
        for host in self.hosts:
            self.add(host, "etcd", self.databases.etcd(host))
            self.add(host, "patroni", self.databases.patroni(host))
        threading.Thread(target=self.tend, daemon=True).start()
        self.services.prepare()
        for host in self.hosts:
            self.add(host, "typesense", self.services.typesense(host))
        self.say("three hosts, etcd and Patroni are started, the keys of the bus are made")
        network.wait_for("a primary with a synchronous standby", 90, self.is_replicated)
        self.say(f"PostgreSQL takes writes on {self.primary()}, and a second host has them")
        self.start_services()
        network.wait_for("https://localhost/ready", 120, self.is_ready)
        self.say("all services answer")

    def name_hosts(self):
        names = "".join(f"{network.SUBNET}.{number} host{number}\n" for number in (1, 2, 3))
        file = self.directory / "hosts"
        file.write_text(f"127.0.0.1 localhost\n::1 localhost\n{network.SUBNET}.9 edge\n{names}")
        network.command("mount", "--bind", file, "/etc/hosts")

    def add(self, host, name, words):
        unit = Unit(host, name, words, self.services.environment(host), self.directory / host.name / f"{name}.log")
        with self.lock:
            self.units[f"{host.name}/{name}"] = unit

    def start_services(self):
        """The first replica of each makes its master keys; then the others get them, and start."""
        by_name = {host.name: host for host in self.hosts}
        later = []
        for name, service in self.services.placed():
            is_first = service == "gateway" or name == self.services.replicas(service)[0]
            if is_first:
                self.add(by_name[name], service, self.services.serve(service, name))
            else:
                later.append((name, service))
        self.add(self.edge, "caddy", self.services.caddy())
        rings = self.directory / self.services.replicas("kms")[0] / "fountain/keys"
        network.wait_for("master keys", 60, lambda: {"kms.keyring", "2fa.keyring"} <= {path.name for path in rings.glob("*.keyring")})
        self.services.share_keyrings()
        for name, service in later:
            self.add(by_name[name], service, self.services.serve(service, name))

    def tend(self):
        while True:
            with self.lock:
                for unit in list(self.units.values()):
                    unit.tend()
            time.sleep(0.1)

    # What is so

    def members(self):
        """What Patroni says; None where none answers."""
        for host in self.hosts:
            if host.machine is None:
                continue
            with contextlib.suppress(OSError, ValueError):
                return json.loads(database.ask(f"http://{host.address}:8008/cluster", seconds=1))["members"]
        return None

    def primary(self):
        members = self.members() or []
        return next((each["name"] for each in members if each["role"] == "leader" and each["state"] == "running"), None)

    def synchronous(self):
        """The host that has all that is committed, and may become primary."""
        return next((each["name"] for each in self.members() or [] if each["role"] == "sync_standby"), None)

    def is_replicated(self):
        """A member that runs and follows nobody yet has no timeline."""
        members = self.members() or []
        follow = [each for each in members if each["state"] in ("running", "streaming") and each.get("timeline")]
        return self.primary() and self.synchronous() and len(follow) == len(members) == 3

    def is_ready(self):
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            return all("200" in self.edge.inside("curl", "-s", "-m2", "-o", "/dev/null", "-w", "%{http_code}", url) for url in self.urls())

    def urls(self):
        return [f"http://{name}:8002/ready" for name in self.services.gateways]

    def address(self, name):
        return next(host.address for host in self.hosts if host.name == name)

    def status(self):
        members = {each["name"]: each for each in self.members() or []}
        report = {}
        for host in [*self.hosts, self.edge]:
            report[host.name] = {
                "power": host.machine is not None,
                "cut": host.is_cut,
                "apart from": sorted({other.name for other in host.apart}),
                "database": " ".join(str(members.get(host.name, {}).get(key, "")) for key in ("role", "state", "timeline")).strip(),
                "running": [unit.name for unit in self.units.values() if unit.host is host and unit.runs],
                "ended": [unit.name for unit in self.units.values() if unit.host is host and not unit.runs],
                "frozen": sorted(name for name in self.frozen if name.split("/")[0] == host.name),
            }
        return report

    # What may happen to it

    def find(self, target):
        """The host and, where one is named, the unit: `host1`, `host2/kms`, `primary`, `primary/patroni`."""
        name, _, unit = target.partition("/")
        if name == "primary":
            name = self.primary() or ""
        host = next((each for each in [*self.hosts, self.edge] if each.name == name), None)
        if host is None or (unit and f"{name}/{unit}" not in self.units):
            raise LookupError(f"there is no {target}; there are {', '.join(sorted(self.units))}")
        return host, self.units.get(f"{name}/{unit}")

    def kill(self, target):
        host, unit = self.find(target)
        if unit:
            unit.signal(signal.SIGKILL)
        else:
            host.power_off(lambda: self.rouse(host))
        return {"host": host.name}

    def rouse(self, host):
        for unit in self.units.values():
            if unit.host is host:
                unit.rouse()

    def stop(self, target):
        """SIGTERM, and no next start before `start`."""
        host, unit = self.find(target)
        if not unit:
            raise LookupError(f"{target} is a host, not something that runs on one")
        unit.is_wanted = False
        unit.signal(signal.SIGTERM)
        network.wait_for(f"the end of {target}", 60, lambda: not unit.runs)
        return {"host": host.name}

    def start(self, target):
        host, unit = self.find(target)
        if unit:
            unit.is_wanted = True
        if host.machine is None:
            self.databases.forget_process(host)
            host.power_on()
        return {"host": host.name}

    def cut(self, target):
        host, _ = self.find(target)
        host.cut()
        return {"host": host.name}

    def separate(self, target):
        host, _ = self.find(target)
        host.separate([other for other in self.hosts if other is not host])
        return {"host": host.name}

    def mend(self, target):
        host, _ = self.find(target)
        host.mend()
        return {"host": host.name}

    def freeze(self, target):
        return self.stop_or_go(target, signal.SIGSTOP)

    def thaw(self, target):
        return self.stop_or_go(target, signal.SIGCONT)

    def stop_or_go(self, target, number):
        host, unit = self.find(target)
        if unit:
            unit.signal(number)
        else:
            for process in host.processes():
                os.kill(process, number)
            if number == signal.SIGCONT:
                self.rouse(host)
        name = f"{host.name}/{unit.name}" if unit else host.name
        (self.frozen.add if number == signal.SIGSTOP else self.frozen.discard)(name)
        return {"host": host.name}

    def switchover(self, target=""):
        """Planned, to the synchronous standby; Patroni refuses every other host."""
        network.wait_for("a primary with a synchronous standby", 30, self.is_replicated)
        old, new = self.primary(), target or self.synchronous()
        said = database.ask(f"http://{self.address(old)}:8008/switchover", {"leader": old, "candidate": new}, "POST", 30)
        return {"host": new, "from": old, "said": said}

    def restart(self, target):
        """As an update does it: SIGTERM, its drain, its next start, until it says that it is ready and the gateways find all replicas, at two looks."""
        host, unit = self.find(target)
        before = unit.said_ready
        unit.signal(signal.SIGTERM)
        network.wait_for(f"{target}, ready again", 30, lambda: unit.said_ready > before)
        for _ in range(2):
            time.sleep(LOOK)
            network.wait_for("every replica at both gateways", 30, self.has_every_replica)
        return {"host": host.name}

    def roll(self, program=None):
        """A rolling update, to another program where one is named: every replica of every service and both gateways, one after the other."""
        if program:
            self.services.take(program)
        for name, service in self.services.placed():
            self.units[f"{name}/{service}"].words = self.services.serve(service, name)
            self.restart(f"{name}/{service}")
        return {"host": None, "programs": sorted(self.programs())}

    def programs(self):
        """What runs as services and gateways."""
        return {self.units[f"{name}/{service}"].program for name, service in self.services.placed()}

    def has_every_replica(self):
        with contextlib.suppress(OSError, ValueError):
            said = [json.loads(database.ask(url)) for gateway in self.urls() for url in (gateway, f"{gateway}/gateway")]
            return all(each["status"] == "ready" for each in said)
        return False

    def backup(self):
        return backup.take(self)

    def restore(self):
        return backup.put_back(self)

    def wait(self, seconds="90"):
        """Until all is whole again: three databases, one of them synchronous, every unit running, the gateways ready."""
        deadline = time.monotonic() + float(seconds)
        while time.monotonic() < deadline:
            if self.is_whole():
                return {"whole": True}
            time.sleep(0.2)
        return {"whole": False, **self.status()}

    def is_whole(self):
        timelines = {each.get("timeline") for each in self.members() or []}
        return len(timelines) == 1 and self.is_replicated() and all(unit.runs for unit in self.units.values()) and self.is_ready()

    def inside(self, target):
        """Where a command enters a host, in the numbers of this namespace."""
        host, _ = self.find(target)
        return {"init": host.init, "environment": self.services.environment(host)}

    def do(self, request):
        if request["do"] == "primary":
            return {"host": self.primary()}
        known = ("status", "kill", "stop", "start", "restart", "roll", "cut", "separate", "mend", "freeze", "thaw", "switchover", "wait",
                 "inside", "backup", "restore")
        if request["do"] not in known:
            raise LookupError(f"{request['do']}: not one of {', '.join(known)}")
        return getattr(self, request["do"])(*request.get("with", []))


class Control(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            try:
                answer = {"ok": self.server.keeper.do(json.loads(line))}
            except Exception as error:  # because whoever asked has to hear it, whatever it is
                answer = {"problem": f"{type(error).__name__}: {error}"}
            self.wfile.write(json.dumps(answer).encode() + b"\n")


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def main():
    directory, options = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    keeper = Keeper(directory, options)
    try:
        keeper.bring_up()
    except (subprocess.CalledProcessError, TimeoutError, OSError, RuntimeError) as error:
        print(f"failed: {error} {getattr(error, 'stderr', '') or ''}", flush=True)
        os._exit(1)
    with Server(str(directory / "control"), Control) as server:
        server.keeper = keeper
        print("ready", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
