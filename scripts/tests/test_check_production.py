"""`scripts/check-production`: what it makes of the checks' exit code, and of a certificate. Docker, which is not here, is stood in for by a script that notes
what it is asked; the servers and their certificates are OpenSSL's."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Benchmarks"))
from bench.processes import free_port, running, wait_for_port  # noqa: E402


def check(directory, code=0, **environment):
    docker = directory / "docker"
    docker.write_text(f'#!/bin/sh\necho "$@" > {directory}/asked\nexit {code}\n')
    docker.chmod(0o755)
    environment = {"PATH": f"{directory}:{os.environ['PATH']}", **environment}
    return subprocess.run([ROOT / "scripts/check-production"], env=environment, capture_output=True, text=True, timeout=60)


def served(directory, days):
    """A server with a certificate of its own for `localhost`: (the process, its port, the certificate)."""
    key, certificate, port = directory / "key.pem", directory / "certificate.pem", free_port()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", certificate,
                    "-days", str(days), "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    return running("openssl", "s_server", "-accept", port, "-cert", certificate, "-key", key, "-quiet"), port, certificate


@pytest.mark.parametrize("code, ends", [(0, 0), (1, 1), (2, 2), (125, 2)])
def test_the_checks_say_how_it_ends(tmp_path, code, ends):
    assert check(tmp_path, code).returncode == ends
    assert "operator check --quiet" in (tmp_path / "asked").read_text()


@pytest.mark.parametrize("days, is_trusted, ends", [(400, True, 0), (400, False, 1), (3, True, 1)])
def test_a_certificate_is_trusted_and_lasts(tmp_path, days, is_trusted, ends):
    server, port, certificate = served(tmp_path, days)
    with server:
        wait_for_port(port)
        done = check(tmp_path, FOUNTAIN_ORIGIN=f"https://localhost:{port}", **({"SSL_CERT_FILE": str(certificate)} if is_trusted else {}))
    assert (done.returncode, done.stdout.startswith("FAILED")) == (ends, ends == 1), done
