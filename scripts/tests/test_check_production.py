"""`scripts/check-production`: what it makes of the checks' exit code, and of a certificate. Docker, which is not here, is stood in for by a script that notes
what it is asked; the servers are OpenSSL's."""

import datetime
import os
import pathlib
import subprocess
import sys

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Benchmarks"))
from bench.processes import free_port, running, wait_for_port  # noqa: E402


def check(directory, code=0, **environment):
    docker = directory / "docker"
    docker.write_text(f'#!/bin/sh\necho "$@" > {directory}/asked\nexit {code}\n')
    docker.chmod(0o755)
    environment = {"PATH": f"{directory}:{os.environ['PATH']}", **environment}
    return subprocess.run([ROOT / "scripts/check-production"], env=environment, capture_output=True, text=True, timeout=60)


def served(directory, lives, left, ready=200):
    """A server with a certificate of its own for `localhost`, of so many days and with so many left: (the process, its port, the certificate)."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    ends = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=left)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(ends - datetime.timedelta(days=lives)).not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret, port = directory / "certificate.pem", directory / "key.pem", free_port()
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    # What `s_server -HTTP` gives for `/ready`: the whole answer, head and all.
    (directory / "ready").write_text(f"HTTP/1.1 {ready} .\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return running("openssl", "s_server", "-accept", port, "-cert", certificate, "-key", secret, "-quiet", "-HTTP", cwd=directory), port, certificate


@pytest.mark.parametrize("code, ends", [(0, 0), (1, 1), (2, 2), (125, 2)])
def test_the_checks_say_how_it_ends(tmp_path, code, ends):
    assert check(tmp_path, code).returncode == ends
    assert "operator check --quiet" in (tmp_path / "asked").read_text()


@pytest.mark.parametrize("trusting", [None, "SSL_CERT_FILE", "FOUNTAIN_CA"])
def test_a_certificate_is_trusted(tmp_path, trusting):
    checked(tmp_path, 400, 399, trusting, ends=0 if trusting else 1)


# Caddy's own live for twelve hours, and those of ACME for ninety days.
@pytest.mark.parametrize("lives, left, ends", [(0.5, 0.2, 0), (0.5, 0.1, 1), (90, 15, 0), (90, 13, 1), (40, 11, 0), (90, -1, 1)])
def test_a_quarter_of_its_life_is_left_or_fourteen_days(tmp_path, lives, left, ends):
    checked(tmp_path, lives, left, "FOUNTAIN_CA", ends)


def test_who_is_not_ready_where_users_ask_is_told_of(tmp_path):
    done = checked(tmp_path, 400, 399, "FOUNTAIN_CA", ends=1, ready=503)
    assert done.stdout.count("FAILED") == 1 and "/ready" in done.stdout, done


def test_what_was_not_looked_at_is_said(tmp_path):
    done = check(tmp_path)
    assert (done.returncode, done.stdout) == (0, "") and "FOUNTAIN_ORIGIN is not set" in done.stderr, done


def checked(directory, lives, left, trusting, ends, ready=200):
    server, port, certificate = served(directory, lives, left, ready)
    with server:
        wait_for_port(port)
        done = check(directory, FOUNTAIN_ORIGIN=f"https://localhost:{port}", **({trusting: str(certificate)} if trusting else {}))
    assert (done.returncode, done.stdout.startswith("FAILED")) == (ends, ends == 1), done
    return done
