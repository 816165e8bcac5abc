"""Clients on the edge that write, read, search, rotate and revoke while something happens, and the judge of what they were answered.

    clients.py TOKEN      with which an admin registers; "ready" once all of it runs; on a line of input they end, and the verdict follows, JSON in one line

What must be so afterwards, whatever happened: every write that was acknowledged is there, once; numbers run 1…n; a follower of /events has had
every event once, in order; the audit logs are whole; a key that was rotated or revoked is accepted by no gateway once that was answered.
"""

import collections
import contextlib
import itertools
import json
import math
import os
import pathlib
import secrets
import sys
import threading
import time

import pyotp
import requests

ORIGIN = "https://localhost"
GATEWAYS = ["http://" + name for name in os.environ["FOUNTAIN_GATEWAY"].split()]
CA = pathlib.Path(os.environ["XDG_DATA_HOME"]) / "caddy/pki/authorities/local/root.crt"
PASSWORD = "a long enough password"
SEQUENCE = f"cluster-{secrets.token_hex(4)}"
# So long a client waits for an answer before it asks again, under the same key: what is frozen with its question answers nobody, and a client that
# waited for it would measure its own patience. Where nothing freezes it waits as long as the gateway takes, which says so at the latest then.
PATIENCE = float(os.environ.get("FOUNTAIN_PATIENCE", "3"))
# So long it waits for the next word of a stream, in which there are comments.
STREAM_PATIENCE = 15
# What is under way when the end is asked for may take so long, and the judge's questions after that as much again: a verdict comes in any case.
LAST = 75


def is_to_be_repeated(answer):
    """Whether it says nothing of what became of the request: nobody answered, not now, or an earlier try with the same key is still being done."""
    if answer is None or answer.status_code >= 500 or answer.status_code in (408, 429):
        return True
    return answer.status_code == 409 and answer.json().get("code") == "idempotency_key_in_flight"


class Session:
    """One client's connection to the edge."""

    # What the edge answered, or did not, without saying when to come again: as a user sees it. Answers that refuse for good are not among it.
    rude = []
    # When nothing is tried again any more, by the monotonic clock.
    ends = math.inf

    def __init__(self, headers):
        self.http = requests.Session()
        self.http.headers.update(headers)
        self.http.verify = str(CA)
        # Nobody's proxies and authorities but the cluster's.
        self.http.trust_env = False

    def send(self, method, path, body=None, origin=ORIGIN, **headers):
        """The answer; None where nobody answered."""
        try:
            answer = self.http.request(method, origin + path, json=body, headers=headers, timeout=PATIENCE)
        except requests.RequestException as error:
            self.note(origin, method, path, type(error).__name__)
            return None
        if (answer.status_code >= 500 or answer.status_code in (408, 429)) and "Retry-After" not in answer.headers:
            self.note(origin, method, path, f"{answer.status_code} {answer.text[:200]}")
        return answer

    def note(self, origin, method, path, what):
        if origin == ORIGIN:
            self.rude.append(f"{method} {path.partition('?')[0]}: {what}")

    def settle(self, method, path, body=None, **headers):
        """Repeats under its key until it is done or refused, as a careful client does; None where that takes a minute."""
        headers.setdefault("Idempotency-Key", secrets.token_hex(12))
        until = min(time.monotonic() + 60, self.ends)
        while time.monotonic() < until:
            answer = self.send(method, path, body, **headers)
            if not is_to_be_repeated(answer):
                return answer
            time.sleep(0.05)
        return None


class Pulse:
    """When something went well: the longest time without."""

    def __init__(self):
        self.at, self.refused, self.end = [time.monotonic()], collections.Counter(), None

    def beat(self):
        self.at.append(time.monotonic())

    def refuse(self, answer):
        self.refused[answer.status_code if answer is not None else "no answer"] += 1

    @property
    def longest(self):
        times = [*self.at, self.end or time.monotonic()]
        return round(max(later - earlier for earlier, later in itertools.pairwise(times)), 2)

    @property
    def report(self):
        return {"done": len(self.at) - 1, "pause": self.longest, "refused": dict(self.refused)}


class Follower(threading.Thread):
    """Follows /events, and comes back with the id of its last event."""

    def __init__(self, headers):
        super().__init__(daemon=True)
        self.session, self.last, self.ids, self.wrong, self.resets = Session(headers), "", [], [], 0
        self.created = collections.Counter()

    def run(self):
        while True:
            with contextlib.suppress(requests.RequestException):
                self.follow()
            time.sleep(0.2)

    def follow(self):
        headers = {"Last-Event-ID": self.last} if self.last else {}
        url = f"{ORIGIN}/events?topic=sequence.changed"
        with self.session.http.get(url, headers=headers, stream=True, timeout=(PATIENCE, STREAM_PATIENCE)) as answer:
            if answer.status_code != 200:
                return
            fields = {}
            for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                    continue
                self.take(fields)
                fields = {}

    def take(self, fields):
        if fields.get("event") == "reset":
            self.resets += 1
        if fields.get("event") == "sequence.changed":
            epoch, offset = fields["id"].split(":")
            before = self.last.split(":") if self.last else None
            if before and (epoch != before[0] or int(offset) != int(before[1]) + 1):
                self.wrong.append((self.last, fields["id"]))
            self.ids.append(fields["id"])
            change = json.loads(fields["data"])
            if change["kind"] == "created" and change["sequenceName"] == SEQUENCE:
                self.created[change["elementId"]] += 1
        if fields.get("id"):
            self.last = fields["id"]


class Play:
    def __init__(self, token):
        self.token = token
        self.stopped, self.numbers, self.lock = threading.Event(), itertools.count(1), threading.Lock()
        self.acknowledged, self.unknown, self.moves, self.wrong = set(), set(), 0, []
        self.writes, self.reads, self.searches, self.identity = Pulse(), Pulse(), Pulse(), Pulse()
        self.changes, self.accepted = 0, []

    def prepare(self):
        """An admin with a second factor, whose word the keys need; the clients are the admin too."""
        anonymous = Session({})
        user = {"username": f"root-{secrets.token_hex(4)}", "password": PASSWORD}
        body = {**user, "roles": "admin", "admin_token": self.token}
        self.sure(anonymous.settle("POST", "/kms/register", body))
        tokens = self.sure(anonymous.settle("POST", "/kms/login", user))
        session = Session({"Authorization": f"Bearer {tokens['access_token']}"})
        app = pyotp.parse_uri(self.sure(session.settle("POST", "/2fa/auth/enroll", {}))["otpauth_uri"])
        self.sure(session.settle("POST", "/2fa/auth/confirm", {"otp_code": app.now()}))
        stepped = self.sure(session.settle("POST", "/2fa/auth/verify", {"otp_code": app.at(time.time() + 30)}))
        self.headers = {"Authorization": f"Bearer {stepped['access_token']}"}
        self.follower = Follower(self.headers)
        self.follower.start()
        # It is told where it begins; what is written before that it would not have seen.
        while not self.follower.last:
            time.sleep(0.05)

    @staticmethod
    def sure(answer):
        if answer is None or not answer.ok:
            raise RuntimeError("no answer" if answer is None else (answer.url, answer.status_code, answer.text))
        return answer.json() if answer.content else {}

    # Clients

    def write(self):
        session = Session(self.headers)
        while not self.stopped.is_set():
            number = next(self.numbers)
            body = {"elementType": "script", "elementId": number, "comment": f"line {number}", "sequenceName": SEQUENCE}
            self.change(session, "/service_a/sequence", body, number)
            if number % 7 == 0 and number in self.acknowledged:
                self.change(session, "/service_a/sequence/move", {"elementType": "script", "elementId": number, "sequenceName": SEQUENCE, "to": 1})
            time.sleep(0.02)

    def change(self, session, path, body, number=None):
        """Under its key until somebody says what became of it; after the end once more, so that it is known."""
        headers = {"Idempotency-Key": secrets.token_hex(12)}
        until = time.monotonic() + 90
        while time.monotonic() < min(until, Session.ends):
            answer = session.send("POST", path, body, **headers)
            if answer is not None and answer.ok:
                self.writes.beat()
                with self.lock:
                    if number is None:
                        self.moves += 1
                    else:
                        self.acknowledged.add(number)
                return
            self.writes.refuse(answer)
            if not is_to_be_repeated(answer):
                self.wrong.append(f"{path} {body}: {answer.status_code} {answer.text}")
                return
            time.sleep(0.05)
        with self.lock:
            self.unknown.add(number)

    def poll(self, pulse, method, path, body=None):
        session = Session(self.headers)
        while not self.stopped.is_set():
            answer = session.send(method, path, body)
            if answer is not None and answer.ok:
                pulse.beat()
            else:
                pulse.refuse(answer)
            time.sleep(0.05)

    def administer(self):
        """A key after the other: made, used, rotated, revoked. What is answered holds at both gateways, at once."""
        session, own = Session(self.headers), f"key-{secrets.token_hex(3)}"
        for number in itertools.count():
            if self.stopped.is_set():
                return
            name = f"{own}-{number}"
            first = self.key(session.settle("POST", "/kms/keys", {"service_name": name}))
            second = first and self.key(session.settle("POST", f"/kms/keys/{name}/rotate", {}))
            self.must_be_refused(first, "rotated")
            if session.settle("DELETE", f"/kms/keys/{name}") is not None:
                self.must_be_refused(second, "revoked")
                self.identity.beat()
                self.changes += 3
            time.sleep(0.1)

    def key(self, answer):
        if answer is not None and answer.ok:
            self.identity.beat()
            return answer.json()["api_key"]
        self.identity.refuse(answer)
        return None

    def must_be_refused(self, key, why):
        """Where it is known; a gateway that is not there accepts nothing."""
        for gateway in GATEWAYS if key else []:
            answer = Session({"X-API-Key": key}).send("GET", "/service_a/sequence?limit=1&sequenceName=" + SEQUENCE, origin=gateway)
            if answer is not None and answer.ok:
                self.accepted.append(f"a key that was {why}, by {gateway}")

    def run(self):
        clients = [self.write] * 4 + [self.administer]
        clients += [lambda: self.poll(self.reads, "GET", f"/service_a/sequence?sequenceName={SEQUENCE}&limit=5")] * 2
        clients += [lambda: self.poll(self.searches, "POST", "/typesense_client/search", {"q": "line", "query_by": "comment"})]
        threads = [threading.Thread(target=client) for client in clients]
        for thread in threads:
            thread.start()
        while len(self.writes.at) < 20 or len(self.searches.at) < 3 or self.changes < 3:
            time.sleep(0.05)
        for pulse in (self.writes, self.reads, self.searches, self.identity):
            pulse.at[:] = pulse.at[-1:]
        Session.rude.clear()
        print("ready", flush=True)
        sys.stdin.readline()
        Session.ends = time.monotonic() + LAST
        self.stopped.set()
        for pulse in (self.writes, self.reads, self.searches, self.identity):
            pulse.end = time.monotonic()
        for thread in threads:
            thread.join()
        self.rude = collections.Counter(Session.rude)

    # The judge

    def pages(self, session):
        elements, cursor = [], ""
        while cursor is not None:
            path = f"/service_a/sequence?sequenceName={SEQUENCE}&limit=1000{cursor}"
            page = self.sure(session.settle("GET", path))
            elements += page["elements"]
            cursor = f"&after={page['next']}" if page.get("next") else None
        return elements

    def judge(self):
        Session.ends = time.monotonic() + LAST
        session, elements, faults = Session(self.headers), [], list(self.wrong) + self.accepted
        mark = next(self.numbers)
        self.change(session, "/service_a/sequence", {"elementType": "script", "elementId": mark, "comment": "the last", "sequenceName": SEQUENCE}, mark)
        try:
            elements = self.pages(session)
            faults += self.compare(elements) + self.audit(session)
        except RuntimeError as problem:
            faults.append(f"the judge was not answered: {problem}")
        faults += self.follow_up(mark) + self.search_up(session, len(elements))
        return {
            "faults": faults, "without Retry-After": self.rude, "acknowledged": len(self.acknowledged), "moves": self.moves, "unknown": len(self.unknown),
            "elements": len(elements), "events": len(self.follower.ids), "resets": self.follower.resets, "keys": self.changes,
            "writes": self.writes.report, "reads": self.reads.report, "searches": self.searches.report, "identity": self.identity.report,
        }

    def compare(self, elements):
        """What is there with what was answered."""
        ids, faults = collections.Counter(element["elementId"] for element in elements), []
        if lost := sorted(self.acknowledged - set(ids)):
            faults.append(f"acknowledged and not there: {lost[:5]} of {len(lost)}")
        if doubled := [number for number, count in ids.items() if count > 1]:
            faults.append(f"there twice: {doubled[:5]}")
        if alien := sorted(set(ids) - self.acknowledged - self.unknown):
            faults.append(f"there and never answered: {alien[:5]}")
        if [element["sequenceNumber"] for element in elements] != list(range(1, len(elements) + 1)):
            faults.append("numbers do not run 1…n")
        return faults

    def audit(self, session):
        verdicts = {service: self.sure(session.settle("GET", f"/{service}/audit/verify")) for service in ("kms", "2fa")}
        return [f"the audit log of {service} is broken: {verdict}" for service, verdict in verdicts.items() if not verdict["whole"]]

    def follow_up(self, mark):
        """The follower comes to the last write, and has had everything before it."""
        while not self.follower.created[mark] and time.monotonic() < Session.ends:
            time.sleep(0.1)
        follower = self.follower
        faults = [f"events out of order: {follower.wrong[:3]}"] if follower.wrong else []
        if follower.resets:
            faults.append(f"{follower.resets} resets at the follower")
        mine = self.acknowledged
        if missing := [number for number in mine if follower.created[number] != 1]:
            faults.append(f"created, and not exactly one event of it: {missing[:5]} of {len(missing)}")
        return faults

    def search_up(self, session, count):
        found = None
        while found != count and time.monotonic() < Session.ends:
            found = self.indexed(session, count)
            time.sleep(0.2)
        return [] if found == count else [f"the index has {found} of {count}"]

    def indexed(self, session, count):
        """How many elements the index has. A search counts 2,000 at most, so a thousand numbers at a time, and those behind the last."""
        found = 0
        for first in range(1, count + 1_001, 1_000):
            numbers = f"sequence_name:={SEQUENCE} && sequence_number:[{first}..{first + 999}]"
            body = {"q": "*", "query_by": "comment", "filter_by": numbers, "max_hits": 1}
            answer = session.send("POST", "/typesense_client/search", body)
            if answer is None or not answer.ok:
                return answer is not None and answer.text
            found += answer.json()["found"]
        return found


def main():
    play = Play(sys.argv[1])
    play.prepare()
    play.run()
    print(json.dumps(play.judge()), flush=True)


if __name__ == "__main__":
    main()
