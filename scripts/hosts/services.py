"""What runs on the hosts beside the databases: the services of a topology, Typesense's nodes, the gateways, Caddy on the edge.

Which service runs where is read from the topology: a replica runs on the host that its address names. Each host has a data directory and
an environment of its own, as machines have; the keys of the bus are made by `fountain topology keys`.
"""

import os
import pathlib
import secrets
import shutil
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPESENSE = ROOT / ".cache/typesense-server"
TOPOLOGY = ROOT / "topology/cluster.yaml"
BUILTIN = ("kms", "2fa", "service_a", "typesense_client")


def missing(fountain):
    """What a look at the cluster would need and is not here."""
    wanted = {"a built fountain (FOUNTAIN=…)": fountain, "Typesense's server (make setup-test)": TYPESENSE,
              "caddy": shutil.which("caddy") or "caddy", "openssl": shutil.which("openssl") or "openssl"}
    return [what for what, path in wanted.items() if not os.access(path, os.X_OK)]


class Services:
    def __init__(self, directory, hosts, edge, options):
        self.directory, self.hosts, self.edge = directory, {host.name: host for host in hosts}, edge
        self.fountain, self.topology = options["fountain"], pathlib.Path(options["topology"])
        self.settings = yaml.safe_load(self.topology.read_text())

    def environment(self, host):
        secret = self.directory / "secrets"
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory / host.name),
            "XDG_DATA_HOME": str(self.directory / host.name),
            "XDG_CONFIG_HOME": str(self.directory / host.name),
            "FOUNTAIN_DATA_DIR": str(self.directory / host.name / "fountain"),
            "FOUNTAIN_PUBLIC_KEYS": str(self.directory / "secrets/public"),
            "FOUNTAIN_SECRET_KEYS": str(secret),
            "FOUNTAIN_SECRETS": str(secret),
            "FOUNTAIN_DATABASE_CA": str(self.directory / "certificates/ca.pem"),
            "FOUNTAIN_PROXIES": f"{self.edge.address}/32",
            "FOUNTAIN_BIND": f"{self.edge.address} 127.0.0.1",
            "FOUNTAIN_GATEWAY": " ".join(f"{name}:8002" for name in self.gateways),
            "FOUNTAIN_HOST": host.name,
        }

    def prepare(self):
        """Secrets and keys."""
        for name in ("typesense_api_key", "smtp_password"):
            (self.directory / "secrets" / name).write_text(secrets.token_hex(16))
        (self.directory / "secrets/public").mkdir()
        for host in self.hosts.values():
            (self.directory / host.name / "typesense").mkdir()
        nodes = ",".join(f"{host.address}:8107:8108" for host in self.hosts.values())
        (self.directory / "typesense.nodes").write_text(nodes)
        host = next(iter(self.hosts.values()))
        done = subprocess.run(
            [self.fountain, "topology", "keys", str(self.topology)], env=self.environment(host), capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"fountain topology keys: {done.stdout}{done.stderr}")

    def take(self, program):
        """What starts from now on is of another build."""
        if not (os.path.isabs(program) and os.access(program, os.X_OK)):
            raise LookupError(f"{program} is no absolute path of a program")
        self.fountain = program

    @property
    def gateways(self):
        """The hosts with a gateway: Caddy's upstreams, the first two."""
        return list(self.hosts)[:2]

    def replicas(self, service):
        """The hosts that a service runs on, in the topology's order."""
        listed = self.settings["services"][service]["replicas"]
        return [replica["calls"].split("//")[1].split(":")[0] for replica in listed]

    def placed(self):
        """(host, service) of everything that `fountain serve` runs."""
        placed = [(name, service) for service in BUILTIN for name in self.replicas(service)]
        return placed + [(name, "gateway") for name in self.gateways]

    def serve(self, service, host):
        hosts = self.gateways if service == "gateway" else self.replicas(service)
        number = hosts.index(host) + 1
        return [self.fountain, "serve", service, "--replica", str(number), "--topology", str(self.topology)]

    def typesense(self, host):
        own = self.directory / host.name / "typesense"
        return [
            TYPESENSE, f"--data-dir={own}", f"--api-key={(self.directory / 'secrets/typesense_api_key').read_text()}",
            "--api-address=0.0.0.0", "--api-port=8108", f"--peering-address={host.address}", "--peering-port=8107",
            f"--nodes={self.directory / 'typesense.nodes'}",
        ]

    def caddy(self):
        return ["caddy", "run", "--adapter", "caddyfile", "--config", str(ROOT / "Caddyfile")]

    def share_keyrings(self):
        """The master keys of the first replica's host go to all others, before anything is sealed there."""
        first = self.directory / self.replicas("kms")[0] / "fountain/keys"
        for host in self.hosts:
            keys = self.directory / host / "fountain/keys"
            keys.mkdir(parents=True, exist_ok=True)
            for directory in (keys.parent, keys):
                directory.chmod(0o700)
            for ring in first.glob("*.keyring"):
                if not (keys / ring.name).exists():
                    shutil.copy2(ring, keys / ring.name)
