"""Codes by mail and SMS from end to end: a real SMTP server with TLS and AUTH, a stand-in for Twilio's API; working, failing, slow."""

import http.server
import json
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.parse

import ecosystem
import pytest

CHEAP = "scrypt: {ln: 4, r: 1, p: 1}"


class Mail:
    """`scripts/smtp-sink.py` for one test."""

    def __init__(self, *options):
        command = [sys.executable, ecosystem.ROOT / "scripts/smtp-sink.py", *options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = json.loads(self.process.stdout.readline())["port"]

    def next(self):
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


class Twilio:
    """Answers as it is told: a status, or nothing for as long as it lives."""

    def __init__(self, status=201):
        self.status, self.requests, self.release = status, [], threading.Event()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                owner.requests.append((self.path, dict(self.headers), dict(urllib.parse.parse_qsl(form))))
                if owner.status is None:
                    owner.release.wait(60)
                    return
                body = json.dumps({"sid": "SM1", "status": "queued", "code": 20003}).encode()
                self.send_response(owner.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.release.set()
        self.server.shutdown()


@pytest.fixture
def certificate(tmp_path):
    pair = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", pair[1], "-out", pair[0]],
        check=True, capture_output=True,
    )
    return pair


def mailing(tmp_path, mail, certificate=None, password="pä:ss"):
    settings = f"delivery: smtp\n  smtp:\n    host: 127.0.0.1\n    port: {mail.port}\n    from: no-reply@fountain.example"
    if certificate:
        (tmp_path / "password").write_text(password + "\n")
        settings += f"\n    ca_file: {certificate[0]}\n    username: fountain\n    password_file: {tmp_path}/password"
    else:
        settings += "\n    starttls: false"
    return ecosystem.topology(tmp_path, settings, kms=CHEAP)


def texting(tmp_path, twilio):
    (tmp_path / "token").write_text("secret\n")
    settings = f"delivery: twilio\n  twilio: {{base_url: \"{twilio.url}\", account_sid: AC1, token_file: {tmp_path}/token, from: \"+15005550006\"}}"
    return ecosystem.topology(tmp_path, settings, kms=CHEAP)


def code_in(text):
    return re.match(r"(\d{6}) is your code for FountainAI\. It is good for 10 minutes, once\.", text).group(1)


def test_a_code_by_mail_under_tls_and_with_a_password(tmp_path, certificate):
    mail = Mail("--tls", certificate[0], certificate[1], "--auth", "fountain", "pä:ss")
    with ecosystem.up(mailing(tmp_path, mail, certificate), tmp_path / "log") as edge:
        ada = edge.registered()
        _, recovery = ada.enrolled()
        # Only who shows a second factor names an address, and only its own code makes it one.
        assert ada.send("PUT", "/2fa/auth/contact", {"email": "ada@example.org"}).status_code == 401
        fresh = ada.stepped_up(recovery[0])
        named = fresh.ok("PUT", "/2fa/auth/contact", {"email": "ada@example.org"})
        assert named["delivered_to"] == "a•••@e•••.org" and 590 <= named["expires_at"] - time.time() <= 600
        arrived = mail.next()
        assert arrived["tls"] and arrived["user"] == "fountain" and arrived["to"] == ["ada@example.org"]
        assert code_in(arrived["body"]) not in arrived["subject"]
        fresh.ok("POST", "/2fa/auth/contact/confirm", {"otp_code": code_in(arrived["body"])})
        again = ada.post("/2fa/auth/generate")
        assert again.status_code == 429 and 1 <= int(again.headers["Retry-After"]) <= 30
    mail.close()


@pytest.mark.parametrize(
    ("options", "password", "address", "status", "code"),
    [
        ([], "pä:ss", "unknown@example.org", 502, "delivery_failed"),
        ([], "pä:ss", "busy@example.org", 502, "delivery_failed"),
        ([], "wrong", "ada@example.org", 502, "delivery_failed"),
        (["--refuse", "SENDER"], "pä:ss", "ada@example.org", 502, "delivery_failed"),
        (["--refuse", "DATA"], "pä:ss", "ada@example.org", 502, "delivery_failed"),
        (["--hang", "GREETING"], "pä:ss", "ada@example.org", 503, "unavailable"),
        (["--hang", "DATA"], "pä:ss", "ada@example.org", 503, "unavailable"),
    ],
)
def test_mail_that_does_not_go_out_is_said_and_nothing_is_stored(
    tmp_path, certificate, options, password, address, status, code
):
    mail = Mail("--tls", certificate[0], certificate[1], "--auth", "fountain", "pä:ss", *options)
    with ecosystem.up(mailing(tmp_path, mail, certificate, password), tmp_path / "log") as edge:
        ada = edge.registered()
        app, recovery = ada.enrolled()
        fresh = ada.stepped_up(recovery[0])
        began = time.monotonic()
        answer = fresh.send("PUT", "/2fa/auth/contact", {"email": address})
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert time.monotonic() - began < 10, "said before the gateway gives up"
        nothing = fresh.post("/2fa/auth/contact/confirm", {"otp_code": "000000"})
        assert (nothing.status_code, nothing.json()["code"]) == (409, "conflict")
        # Sending counts although it failed, and the app goes on working.
        assert fresh.send("PUT", "/2fa/auth/contact", {"email": address}).status_code == 429
        ada.stepped_up(ecosystem.next_code(app))
    mail.close()


def test_a_code_by_sms_as_twilios_api_wants_it(tmp_path):
    twilio = Twilio()
    with ecosystem.up(texting(tmp_path, twilio), tmp_path / "log") as edge:
        ada = edge.registered()
        _, recovery = ada.enrolled()
        fresh = ada.stepped_up(recovery[0])
        assert fresh.ok("PUT", "/2fa/auth/contact", {"phone": "+4930123456"})["delivered_to"] == "•••• 3456"
        ((path, headers, form),) = twilio.requests
        assert path == "/2010-04-01/Accounts/AC1/Messages.json"
        assert headers["Authorization"] == "Basic QUMxOnNlY3JldA=="
        assert (form["To"], form["From"]) == ("+4930123456", "+15005550006")
        fresh.ok("POST", "/2fa/auth/contact/confirm", {"otp_code": code_in(form["Body"])})
        assert fresh.send("PUT", "/2fa/auth/contact", {"email": "ada@example.org"}).status_code == 400
    twilio.close()


@pytest.mark.parametrize(
    ("said", "status", "code"), [(400, 502, "delivery_failed"), (429, 502, "delivery_failed"), (500, 503, "unavailable"), (None, 503, "unavailable")]
)
def test_an_sms_that_does_not_go_out_is_said_and_not_sent_twice(tmp_path, said, status, code):
    twilio = Twilio(said)
    with ecosystem.up(texting(tmp_path, twilio), tmp_path / "log") as edge:
        ada = edge.registered()
        _, recovery = ada.enrolled()
        fresh = ada.stepped_up(recovery[0])
        began = time.monotonic()
        answer = fresh.send("PUT", "/2fa/auth/contact", {"phone": "+4930123456"})
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert time.monotonic() - began < 10
        assert len(twilio.requests) == 1
        assert fresh.post("/2fa/auth/contact/confirm", {"otp_code": "000000"}).status_code == 409
    twilio.close()
