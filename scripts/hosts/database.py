"""etcd, Patroni and PostgreSQL on the three hosts: their files, their command lines, and what they say of themselves.

Settings are those of docs/scale.md: synchronous, `ttl` 5, TLS between the hosts with an authority of the cluster's own. What Debian 12
has is enough: PostgreSQL 15, Patroni 3.0, etcd 3.4.
"""

import json
import os
import pathlib
import secrets
import shutil
import subprocess
import urllib.error
import urllib.request

BINARIES = pathlib.Path("/usr/lib/postgresql/15/bin")
AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
SCOPE = "fountain"
PORTS = {"etcd": 2379, "patroni": 8008, "postgresql": 5432}

AUTHORITY = """
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=the cluster's databases" \
    -keyout ca.key -out ca.pem
for host in "$@"; do
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$host" -keyout $host.key -out $host.csr
    printf 'subjectAltName=DNS:%s\n' $host > $host.ext
    openssl x509 -req -in $host.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile $host.ext -out $host.pem
done
"""

SETTINGS = """
scope: {scope}
name: {host}
restapi: {{listen: "{address}:8008", connect_address: "{address}:8008"}}
etcd: {{hosts: "{etcd}"}}
bootstrap:
  dcs:
    ttl: {ttl}
    loop_wait: {loop_wait}
    retry_timeout: {retry_timeout}
    synchronous_mode: true
    synchronous_mode_strict: {strict}
    maximum_lag_on_failover: 1048576
    postgresql:
      use_pg_rewind: true
      use_slots: true
      remove_data_directory_on_rewind_failure: true
      parameters:
        max_connections: 200
        shared_buffers: 64MB
        wal_log_hints: "on"
        wal_keep_size: 256MB
        password_encryption: scram-sha-256
        tcp_keepalives_idle: 1
        tcp_keepalives_interval: 1
        tcp_keepalives_count: 2
        tcp_user_timeout: 3000
  initdb: [data-checksums, {{encoding: UTF8}}, {{locale: C}}]
  post_init: {directory}/post_init
postgresql:
  listen: "{address},127.0.0.1:5432"
  connect_address: "{host}:5432"
  data_dir: {directory}/data
  bin_dir: {binaries}
  pgpass: {directory}/pgpass
  use_unix_socket: true
  basebackup: {{checkpoint: fast, max-rate: 1024M}}
  authentication:
    superuser: {{username: postgres}}
    replication: {{username: replicator, password: "{password}", sslmode: verify-full, sslrootcert: {authority}}}
    rewind: {{username: rewinder, password: "{password}", sslmode: verify-full, sslrootcert: {authority}}}
  pg_hba:
    - local all,replication postgres peer
    - hostssl replication replicator 10.77.0.0/24 scram-sha-256
    - hostssl all rewinder 10.77.0.0/24 scram-sha-256
    - hostssl fountain fountain 10.77.0.0/24 scram-sha-256
  parameters:
    unix_socket_directories: {directory}
    ssl: "on"
    ssl_cert_file: {certificates}/{host}.pem
    ssl_key_file: {certificates}/{host}.key
"""

POST_INIT = """#!/bin/sh
psql -X -q -v ON_ERROR_STOP=1 -h {directory} -U postgres postgres <<'SQL'
CREATE ROLE fountain LOGIN PASSWORD '{password}';
CREATE DATABASE fountain OWNER fountain TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
SQL
"""


def missing():
    """What this machine lacks, as Debian calls it."""
    wanted = {"postgresql-15": BINARIES / "postgres", "patroni": "/usr/bin/patroni", "etcd-server": "/usr/bin/etcd"}
    return [package for package, path in wanted.items() if not os.access(path, os.X_OK)]


class Databases:
    def __init__(self, directory, hosts, options):
        self.directory, self.hosts, self.options = directory, hosts, options
        self.certificates = directory / "certificates"
        self.password_file = directory / "secrets/database.password"
        self.replication_password = secrets.token_hex(16)

    def prepare(self):
        """Certificates, passwords, a directory a host."""
        self.certificates.mkdir(mode=0o711)
        words = ["sh", "-ec", AUTHORITY, "sh", *(host.name for host in self.hosts)]
        subprocess.run(words, cwd=self.certificates, check=True, capture_output=True)
        (self.certificates / "ca.pem").chmod(0o444)
        password = secrets.token_hex(16)
        self.password_file.write_text(password + "\n")
        self.password_file.chmod(0o600)
        for host in self.hosts:
            self.prepare_host(host, password)

    def prepare_host(self, host, password):
        own = self.directory / host.name / "postgresql"
        own.mkdir(mode=0o700)
        (own / "post_init").write_text(POST_INIT.format(directory=own, password=password))
        (own / "post_init").chmod(0o700)
        (own / "patroni.yml").write_text(
            SETTINGS.format(
                scope=SCOPE, host=host.name, address=host.address, directory=own, binaries=BINARIES,
                password=self.replication_password, certificates=self.certificates, authority=self.certificates / "ca.pem",
                etcd=",".join(f"{each.address}:2379" for each in self.hosts), ttl=self.options["ttl"],
                loop_wait=self.options["loop_wait"], retry_timeout=self.options["retry_timeout"],
                strict=str(self.options["strict"]).lower(),
            )
        )
        (self.directory / host.name / "etcd").mkdir(mode=0o700)
        for path in (own, own / "post_init", own / "patroni.yml", self.directory / host.name / "etcd",
                     self.certificates / f"{host.name}.key"):
            shutil.chown(path, "postgres", "postgres")

    def etcd(self, host):
        members = ",".join(f"{each.name}=http://{each.address}:2380" for each in self.hosts)
        return [
            *AS_POSTGRES, "etcd", "--name", host.name, "--data-dir", self.directory / host.name / "etcd",
            "--listen-peer-urls", f"http://{host.address}:2380", "--initial-advertise-peer-urls", f"http://{host.address}:2380",
            "--listen-client-urls", f"http://{host.address}:2379,http://127.0.0.1:2379",
            "--advertise-client-urls", f"http://{host.address}:2379",
            "--initial-cluster", members, "--initial-cluster-state", "new",
            # Patroni's `etcd:` speaks version 2: with `etcd3:` 3.0.2 puts its name over whoever leads by then, when it has slept.
            "--enable-v2",
        ]

    def patroni(self, host):
        return [*AS_POSTGRES, "patroni", self.directory / host.name / "postgresql/patroni.yml"]

    def forget_process(self, host):
        """What a dead server has left: its process number, in two places, which somebody else has in a young namespace of processes."""
        for name in ("data/postmaster.pid", ".s.PGSQL.5432.lock"):
            (self.directory / host.name / "postgresql" / name).unlink(missing_ok=True)


def ask(url, body=None, method=None, seconds=2):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as refused:
        raise OSError(f"{url}: {refused} {refused.read().decode(errors='replace')}") from None
