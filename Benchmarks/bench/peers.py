"""Whom we stand beside: each peer is built, begun on a port of its own, and ended again. What is missing is named, never installed."""

import base64
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import time
import types
import urllib.request

from bench.processes import free_port, running, wait_for_port, with_children

HERE = pathlib.Path(__file__).resolve().parents[1]
ROOT = HERE.parent
SOURCES = HERE / "peers"
PYTHON = ROOT / ".cache/venv-bench/bin/python"
NGINX = "/usr/sbin/nginx"
POSTGRESQL = "/usr/lib/postgresql/15/bin"
TOKEN_SECONDS = 43_200


# --- building ---

def build(report, name, command, needs, **options):
    """Whether it could be built; where not, a line says why."""
    for need in needs:
        if not shutil.which(need):
            report.text(f"skipped: {name} (no {need} here; scripts/setup bench)")
            return False
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if result.returncode != 0:
        report.text(f"skipped: {name} ({(result.stderr.strip().splitlines() or ['cannot be built'])[-1]})")
    return result.returncode == 0


def compiled(report, name, source, directory, *libraries):
    """The program's path, or None."""
    program = f"{directory}/{pathlib.Path(source).stem}"
    command = ["cc", "-O2", "-o", program, SOURCES / source, *libraries]
    return program if build(report, name, command, ["cc"]) else None


def built_go(report, name, source, directory):
    """The program's path, or None. Go's packages are Debian's, so that no module is fetched."""
    program = f"{directory}/{pathlib.Path(source).stem}"
    cache = ROOT / ".cache/go-build"
    go = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(cache)}
    return program if build(report, name, ["go", "build", "-o", program, SOURCES / source], ["nats-server", "go"], env=go) else None


# --- what a peer is ---

@dataclasses.dataclass
class Peer:
    name: str
    port: int
    #: Processes that a request is paid by, their children included.
    roots: list
    #: The paths before `/TYPE/ID` and of a create; None where it answers `/health` alone.
    elements: str | None = None
    #: Gives the token that requests carry; logs in where that is how one gets it.
    log_in: object = None
    token: str | None = None
    #: What requests say in `Host`, and the words before a command that runs where its port is on loopback.
    host: str = "127.0.0.1"
    inside: tuple = ()
    #: Processor seconds a second that it takes while nobody asks.
    at_rest: float = 0

    @property
    def pids(self):
        return with_children([root.pid for root in self.roots])


def json_answer(url, body, **headers):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


# --- ours ---

def topology_text(text, data, ports):
    """A topology as it stands, but for its data, its ports and the time that a token is good for: a run may take longer."""
    text = re.sub(r"(?m)^data_dir:.*$", f"data_dir: {data}", text)
    text = re.sub(r"(?m)^(\s+port: |\s+listen: 127\.0\.0\.1:)\d+", lambda found: f"{found[1]}{ports()}", text)
    return re.sub(r"(?m)^kms:\n", f"kms:\n  access_token_ttl: {TOKEN_SECONDS}s\n", text)


def replicated(text, count):
    """The same with so many replicas of each service that keeps data; over `ipc` their addresses follow from their numbers."""
    listed = f"    replicas: [{', '.join(['{}'] * count)}]\n"
    return re.sub(r"(?m)^  (service_a|kms|2fa):\n", lambda found: found[0] + listed, text) if count > 1 else text


def place_for(name, directory):
    place = pathlib.Path(directory) / re.sub(r"\W+", "-", name)
    place.mkdir()
    return place


@contextlib.contextmanager
def ours(name, binary, topology, directory):
    """`fountain up`: all five services in one process, as `make run` has them."""
    place = place_for(name, directory)
    path = place / "topology.yaml"
    path.write_text(topology_text(pathlib.Path(topology).read_text(), place / "data", free_port))
    with running(binary, "up", "--topology", path, ready="ready", log=place / "log", cwd=ROOT) as process:
        origin = next(line.split()[1] for line in process.said if line.split()[:1] == ["origin"])

        def log_in():
            account = {"username": "bench", "password": "rosemary for remembrance"}
            json_answer(f"{origin}/kms/register", account)
            return json_answer(f"{origin}/kms/login", account)["access_token"]

        yield Peer(name, int(origin.rsplit(":", 1)[1]), [process], "/service_a/sequence", log_in)


def has_postgresql(report):
    """Whether its server is here; where not, a line says so."""
    if pathlib.Path(POSTGRESQL, "postgres").exists():
        return True
    report.text("skipped: ours on PostgreSQL (scripts/setup bench)")
    return False


@contextlib.contextmanager
def ours_on_postgresql(name, binary, topology, directory, replicas=1):
    """The same with its stores in a PostgreSQL of its own, on the same disk and as durable (fsync, synchronous_commit)."""
    place = place_for(f"database of {name}", directory)
    with database(place) as (server, port):
        stores = f"stores:\n  engine: postgresql\n  hosts: [localhost:{port}]\n  database: postgres\n  user: fountain\n  password_file: {place}/password\n"
        path = place / "topology.yaml"
        path.write_text(replicated(pathlib.Path(topology).read_text(), replicas) + stores)
        with ours(name, binary, path, directory) as peer:
            yield dataclasses.replace(peer, roots=[*peer.roots, server])


@contextlib.contextmanager
def database(place):
    """A server with its defaults but for its port; the postgres user's where we are root, whom it refuses."""
    port, secret = free_port(), place / "password"
    secret.write_text("rosemary\n")
    child = {}
    if os.geteuid() == 0:
        # Its directory is inside of one that is ours alone.
        place.parent.chmod(0o711)
        shutil.chown(place, "postgres", "postgres")
        shutil.chown(secret, "postgres", "postgres")
        child = {"user": "postgres", "group": "postgres", "extra_groups": []}
    command = [f"{POSTGRESQL}/initdb", "-D", place / "data", "-E", "UTF8", "--locale=C", "-U", "fountain", "-A", "scram-sha-256", "--pwfile", secret]
    subprocess.run([str(word) for word in command], check=True, capture_output=True, cwd=place, **child)
    options = ["-D", place / "data", "-k", place, "-p", port, "-c", "listen_addresses=localhost", "-c", "max_connections=50"]
    with running(f"{POSTGRESQL}/postgres", *options, cwd=place, log=place.parent / "postgresql.log", **child) as server:
        wait_for_port(port)
        yield server, port


# --- ours on three hosts ---

#: A production topology allows a client 300 requests a second, and it is one client that asks here.
UNLIMITED = "  allowances: {address: {rate: 1000000/s}, principal: {rate: 1000000/s}}\n"


def unlimited(text):
    return text.replace("\ngateway:\n", f"\ngateway:\n{UNLIMITED}")


@contextlib.contextmanager
def cluster(name, binary, directory, report):
    """`topology/cluster.yaml` by scripts/cluster; None, and a line, where it cannot be brought up. What asks its first gateway runs on its host."""
    topology = pathlib.Path(directory) / "cluster.yaml"
    topology.write_text(unlimited((ROOT / "topology/cluster.yaml").read_text()))
    pathlib.Path(directory).chmod(0o711)
    words = [str(ROOT / "scripts/cluster"), "--dir", f"{directory}/cluster"]
    up = subprocess.run([*words, "up", "--topology", topology], env={**os.environ, "FOUNTAIN": str(binary)}, capture_output=True, text=True)
    if up.returncode:
        report.text(f"skipped: the cluster ({(up.stdout + up.stderr).strip().splitlines()[-1]})")
        yield None
        return
    try:
        yield cluster_peer(name, words, f"{directory}/cluster")
    finally:
        subprocess.run([*words, "down"], check=True)


def cluster_peer(name, words, directory):
    keeper = types.SimpleNamespace(pid=int(pathlib.Path(directory, "pid").read_text()))
    inside = (*words, "exec", "host1")

    def ask(path):
        account = json.dumps({"username": "bench", "password": "rosemary for remembrance"})
        command = [*inside, "curl", "-sf", "-H", "Content-Type: application/json", "-d", account, f"http://host1:8002{path}"]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

    def log_in():
        ask("/kms/register")
        return ask("/kms/login")["access_token"]

    return Peer(name, 8002, [keeper], "/service_a/sequence", log_in, host="host1", inside=inside)


# --- the peers' own tokens: EdDSA, as ours ---

class Keys:
    """A key pair and a token signed with it, made by `openssl`."""

    def __init__(self, directory):
        self.private, self.public = f"{directory}/key.pem", f"{directory}/public.pem"
        self._directory = directory
        self._openssl("genpkey", "-algorithm", "ed25519", "-out", self.private)
        self._openssl("pkey", "-in", self.private, "-pubout", "-out", self.public)

    def token(self):
        now = int(time.time())
        claims = {"iss": "bench", "aud": "bench", "sub": "bench", "iat": now, "exp": now + TOKEN_SECONDS}
        signed = b".".join(self._part(json.dumps(part).encode()) for part in ({"alg": "EdDSA", "typ": "JWT"}, claims))
        message, signature = pathlib.Path(self._directory, "message"), pathlib.Path(self._directory, "signature")
        message.write_bytes(signed)
        self._openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.private, "-in", message, "-out", signature)
        return b".".join([signed, self._part(signature.read_bytes())]).decode()

    @staticmethod
    def _part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    @staticmethod
    def _openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


# --- the others ---

@contextlib.contextmanager
def bare(name, program, threads, kind):
    port = free_port()
    with running(program, port, threads, kind, ready="ready") as process:
        yield Peer(name, port, [process])


@contextlib.contextmanager
def nginx(name, directory, threads, behind=None):
    """Answers itself, or passes on to the peer `behind` over connections that it keeps."""
    place = pathlib.Path(directory) / f"nginx-{'hop' if behind else 'alone'}"
    place.mkdir()
    port = free_port()
    answer = "proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection '';" if behind \
        else "default_type application/json; return 200 '{\"status\":\"healthy\"}';"
    (place / "nginx.conf").write_text(
        (SOURCES / "nginx.conf").read_text().replace("@THREADS@", str(threads)).replace("@PORT@", str(port))
        .replace("@BEHIND@", str(behind.port if behind else port)).replace("@ANSWER@", answer))
    with running(NGINX, "-p", place, "-c", place / "nginx.conf", "-e", place / "log") as process:
        wait_for_port(port)
        yield Peer(name, port, [process, *(behind.roots if behind else [])])


@contextlib.contextmanager
def go_nats(name, program, directory, keys):
    bus, port = free_port(), free_port()
    url, database = f"nats://127.0.0.1:{bus}", f"{directory}/go-nats.db"
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(running("nats-server", "-a", "127.0.0.1", "-p", bus))
        wait_for_port(bus)
        service = stack.enter_context(running(program, "service", url, database, log=f"{directory}/go.log"))
        edge = stack.enter_context(running(program, "edge", port, keys.public, url, log=f"{directory}/go.log"))
        wait_for_port(port)
        yield Peer(name, port, [server, service, edge], "/sequence", keys.token)


@contextlib.contextmanager
def go_whole(name, program, directory, keys):
    port = free_port()
    with running(program, "whole", port, keys.public, f"{directory}/go.db", log=f"{directory}/go.log") as process:
        wait_for_port(port)
        yield Peer(name, port, [process], "/sequence", keys.token)


@contextlib.contextmanager
def fastapi(name, directory, keys):
    port = free_port()
    environment = {**os.environ, "BENCH_KEY": keys.public, "BENCH_DATABASE": f"{directory}/fastapi.db"}
    command = [PYTHON, "-m", "uvicorn", "api:app", "--port", port, "--workers", 1, "--no-access-log", "--log-level", "warning"]
    with running(*command, cwd=SOURCES, env=environment, log=f"{directory}/fastapi.log") as process:
        wait_for_port(port)
        yield Peer(name, port, [process], "/sequence", keys.token)
