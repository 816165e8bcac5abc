"""Users as they are: they register, log in, use a second factor, write, read, reorder, search, and one admin rotates an API key.

    make load                                          all of it, headless, with one report
    .cache/venv-load/bin/locust -f loadtest/locustfile.py --host https://localhost    with Locust's own page, beside `make run` and Caddy

Every request goes over HTTPS; FOUNTAIN_CA is the certificate of Caddy's authority, without which only public ones are trusted. A first user must be
allowed to become admin (`kms.first_admin: open`). What was seen is written to FOUNTAIN_TALLY at the end, finer than Locust's own tables.
"""

import itertools
import json
import os
import pathlib
import random
import ssl
import sys
import time

import pyotp
from locust import FastHttpUser, between, events, tag, task

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import tally  # noqa: E402

PASSWORD = "rosemary for remembrance"
WORDS = "there is rosemary that is for remembrance pray you love remember and pansies for thoughts".split()
seen = tally.Tally()
began = time.monotonic()
#: Users and elements of this run: another run on the same data has others.
run = int(time.time())
numbers = itertools.count(1)


@events.request.add_listener
def note(name, response_time, exception, **_):
    seen.record(name, time.monotonic() - began, response_time, exception is None)


@events.quitting.add_listener
def write(environment, **_):
    if path := os.environ.get("FOUNTAIN_TALLY"):
        pathlib.Path(path).write_text(json.dumps(seen.plain()))


class Visitor(FastHttpUser):
    """What every kind of user does first: an account, and tokens."""

    abstract = True
    insecure = False
    roles = None

    @staticmethod
    def ssl_context_factory():
        return ssl.create_default_context(cafile=os.environ.get("FOUNTAIN_CA"))

    def on_start(self):
        self.name = f"user-{run}-{next(numbers)}"
        account = {"username": self.name, "password": PASSWORD}
        self.ask("register", "POST", "/kms/register", {**account, **({"roles": self.roles} if self.roles else {})}, token=None)
        self.take(self.ask("log in", "POST", "/kms/login", account, token=None))

    def take(self, tokens):
        if tokens:
            self.token, self.refresh_token = tokens["access_token"], tokens.get("refresh_token", getattr(self, "refresh_token", None))

    def ask(self, name, method, path, body=None, token="", **headers):
        """The answer's JSON; None where it is not there or not good, which Locust has counted by then."""
        token = self.token if token == "" else token
        if token:
            headers["Authorization"] = f"Bearer {token}"
        answer = self.client.request(method, path, name=name, json=body, headers=headers)
        return answer.json() if answer.ok and answer.content else None


class Author(Visitor):
    """Writes lines of a play, looks at them, puts them in another order, finds them again."""

    wait_time = between(0.2, 1)

    def on_start(self):
        super().on_start()
        self.elements = []
        self.app, self.last_step = None, 0
        enrolled = self.ask("enrol", "POST", "/2fa/auth/enroll")
        if enrolled:
            self.app = pyotp.parse_uri(enrolled["otpauth_uri"])
            self.ask("confirm", "POST", "/2fa/auth/confirm", {"otp_code": self.app.now()})

    @tag("write")
    @task(10)
    def write(self):
        element = run * 1_000_000 + next(numbers)
        comment = " ".join(random.choices(WORDS, k=8))
        made = self.ask("write", "POST", "/service_a/sequence", {"elementType": "spokenWord", "elementId": element, "comment": comment},
                        **{"Idempotency-Key": f"{element}"})
        if made:
            self.elements.append(element)

    @tag("read")
    @task(20)
    def read(self):
        if self.elements:
            element = random.choice(self.elements)
            self.ask("read", "GET", f"/service_a/sequence/spokenWord/{element}")

    @tag("read")
    @task(3)
    def page(self):
        self.ask("list", "GET", "/service_a/sequence?elementType=spokenWord&limit=20")

    @tag("write")
    @task(3)
    def reorder(self):
        """Two of one's own lines change places, whatever stands between them."""
        if len(self.elements) < 2:
            return
        one, other = random.sample(self.elements, 2)
        self.ask("reorder", "POST", "/service_a/sequence/reorder", {"elementType": "spokenWord", "elementIds": [one, other], "newOrder": [other, one]})

    @tag("read")
    @task(6)
    def search(self):
        self.ask("search", "POST", "/typesense_client/search", {"q": random.choice(WORDS), "query_by": "comment", "max_hits": 10})

    @tag("identity")
    @task(1)
    def one_time_code(self):
        """A code is good once: at most one step-up in thirty seconds, by the code of the next, since this one's has confirmed the app."""
        step = int(time.time()) // 30
        if self.app and step != self.last_step:
            self.last_step = step
            self.take(self.ask("one-time code", "POST", "/2fa/auth/verify", {"otp_code": self.app.at(time.time() + 30)}))

    @tag("identity")
    @task(1)
    def refresh(self):
        self.take(self.ask("refresh", "POST", "/kms/token/refresh", {"refresh_token": self.refresh_token}, token=None))


class Admin(Visitor):
    """Has an API key, rotates it now and then, and lists with it in between."""

    wait_time = between(0.5, 2)
    fixed_count = 1
    roles = "admin"

    def on_start(self):
        super().on_start()
        self.service = f"reporting-{run}"
        made = self.ask("make a key", "POST", "/kms/keys", {"service_name": self.service})
        self.key = made["api_key"] if made else ""

    @tag("identity")
    @task(1)
    def rotate(self):
        made = self.ask("rotate", "POST", f"/kms/keys/{self.service}/rotate", {})
        if made:
            self.key = made["api_key"]

    @tag("read")
    @task(5)
    def report(self):
        self.ask("list with a key", "GET", "/service_a/sequence?elementType=spokenWord&limit=20", token=None, **{"X-API-Key": self.key})
