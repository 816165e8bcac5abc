"""A `fountain up` of a test's own, and the little that a client needs: outside programs judge what it answers."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time

import pyotp
import requests

from witness import Witness

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOUNTAIN = pathlib.Path(os.environ.get("FOUNTAIN", ROOT / ".build/debug/fountain"))
PASSWORD = "secure123"
witness = Witness(FOUNTAIN)


def topology(directory, two_factor="delivery: log", kms="", services="{service_a: {}, kms: {}, 2fa: {}}", port=0):
    """Writes a topology over ipc with the real cost of password hashes, on a port that the kernel chooses."""
    path = directory / "topology.yaml"
    path.write_text(
        f"""name: outside
kind: test
data_dir: {directory}/data
bus: {{transport: ipc, heartbeat: 200ms, liveness: 2s}}
services: {services}
gateway: {{listen: "127.0.0.1:{port}"}}
kms:
  first_admin: open
  {kms}
two_factor:
  {two_factor}
"""
    )
    return path


def run(*arguments, code=0):
    """A command of `fountain` to its end; its standard output."""
    done = subprocess.run([FOUNTAIN, *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout


class Client:
    def __init__(self, origin, token=None):
        self.origin, self.token = origin, token

    def send(self, method, path, body=None, **headers):
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        answer = requests.request(method, self.origin + path, json=body, headers=headers, timeout=30)
        witness.note(self.origin, f"{method} {path}", answer)
        return answer

    def get(self, path, **headers):
        return self.send("GET", path, **headers)

    def post(self, path, body=None, **headers):
        return self.send("POST", path, {} if body is None else body, **headers)

    def ok(self, method, path, body=None):
        answer = self.send(method, path, body)
        assert answer.ok, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def with_token(self, token):
        return Client(self.origin, token)

    def registered(self, name="ada", **more):
        self.ok("POST", "/kms/register", {"username": name, "password": PASSWORD, **more})
        return self.logged_in(name)

    def logged_in(self, name="ada", password=PASSWORD):
        tokens = self.ok("POST", "/kms/login", {"username": name, "password": password})
        client = self.with_token(tokens["access_token"])
        client.refresh_token = tokens["refresh_token"]
        return client

    def enrolled(self):
        """Enrols an app; what the URI says, as pyotp reads it, and the recovery codes."""
        uri = self.ok("POST", "/2fa/auth/enroll")["otpauth_uri"]
        app = pyotp.parse_uri(uri)
        done = self.ok("POST", "/2fa/auth/confirm", {"otp_code": app.now()})
        return app, done["recovery_codes"]

    def stepped_up(self, code):
        return self.with_token(self.ok("POST", "/2fa/auth/verify", {"otp_code": code})["access_token"])


@contextlib.contextmanager
def process(*arguments, log, program=FOUNTAIN):
    """`fountain` with these arguments, or another program, until the block ends; the lines that it has said until it was ready."""
    with open(log, "a+") as errors:
        child = subprocess.Popen(
            [program, *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        said = []
        try:
            for line in child.stdout:
                said.append(line)
                if line.startswith("ready"):
                    break
            else:
                errors.seek(0)
                raise AssertionError(f"it does not come up:\n{errors.read()}")
            child.said = said
            with witnessed(arguments, said):
                yield child
        finally:
            child.send_signal(signal.SIGCONT)
            child.terminate()
            child.wait(30)


@contextlib.contextmanager
def witnessed(arguments, said):
    """A test that fails in this block is told its story while the ecosystem is there; whose fixture it is, by conftest.py."""
    place = next((line.split()[1] for line in said if line.split()[:1] == ["origin"]), None)
    if place and "--topology" in arguments:
        witness.topologies[place] = arguments[arguments.index("--topology") + 1]
    try:
        yield
    except Exception:
        witness.story()
        raise
    finally:
        witness.topologies.pop(place, None)


def origin(said):
    return next(line.split()[1] for line in said if line.split()[:1] == ["origin"])


@contextlib.contextmanager
def up(path, log):
    with process("up", "--topology", path, log=log) as child:
        yield Client(origin(child.said))


def next_code(app):
    """The code of the next step: unused after `enrolled`, and good for more than thirty seconds, whenever in a step it is asked for."""
    return app.at(time.time() + 30)


def claims(token):
    """What a token says, unverified."""
    import base64

    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
