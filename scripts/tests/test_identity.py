"""Identity, judged by programs that nobody here wrote: PyJWT, pyotp, Python's scrypt. Against the real binary, at the real cost."""

import base64
import hashlib
import hmac
import json
import sqlite3
import statistics
import subprocess
import threading
import time

import ecosystem
import jwt
import pyotp
import pytest
from ecosystem import PASSWORD


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("identity")


@pytest.fixture(scope="module")
def edge(place):
    with ecosystem.up(ecosystem.topology(place), place / "log") as client:
        client.registered("root", roles="admin")
        yield client


def signing_key(edge, token):
    keys = jwt.PyJWKSet.from_dict(edge.get("/kms/.well-known/jwks.json").json())
    return keys[jwt.get_unverified_header(token)["kid"]]


def test_pyjwt_verifies_a_token_with_the_published_keys(edge):
    token = edge.registered("judged").token
    said = jwt.decode(
        token,
        signing_key(edge, token),
        algorithms=["EdDSA"],
        issuer="fountain",
        audience="fountain",
        options={"require": ["exp", "iat", "iss", "aud", "sub", "jti", "auth_time", "acr", "amr"], "strict_aud": True},
    )
    assert (said["sub"], said["acr"], said["amr"], said["roles"]) == ("judged", "aal1", ["pwd"], ["user"])
    assert 0 < said["exp"] - said["iat"] <= 15 * 60
    for wrong in ({"issuer": "another", "audience": "fountain"}, {"issuer": "fountain", "audience": "another"}):
        with pytest.raises(jwt.InvalidTokenError):
            jwt.decode(token, signing_key(edge, token), algorithms=["EdDSA"], **wrong)


def test_the_key_set_may_be_cached_for_less_than_a_new_key_waits(edge):
    answer = edge.get("/kms/.well-known/jwks.json")
    assert answer.headers["Cache-Control"] == "max-age=60"
    admin = edge.logged_in("root")
    before = {key["kid"] for key in answer.json()["keys"]}
    rotated = {key["kid"] for key in admin.ok("POST", "/kms/signing-keys/rotate")["keys"]}
    assert before < rotated
    # Published, and not signing yet: that begins five minutes later.
    assert jwt.get_unverified_header(edge.logged_in("root").token)["kid"] in before


def test_tokens_made_by_pyjwt_with_other_keys_and_algorithms_are_refused(edge):
    good = edge.registered("forged").token
    header, said = jwt.get_unverified_header(good), ecosystem.claims(good) | {"roles": ["admin", "user"]}
    key = edge.get("/kms/.well-known/jwks.json").json()["keys"][0]
    raw = base64.urlsafe_b64decode(key["x"] + "=")
    own = jwt.algorithms.OKPAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    stranger = ed25519.Ed25519PrivateKey.generate()
    more = {"kid": header["kid"], "typ": "JWT"}
    tokens = [
        jwt.encode(said, "", algorithm="none", headers=more),
        jwt.encode(said, raw, algorithm="HS256", headers=more),
        jwt.encode(said, key["x"] + key["x"], algorithm="HS512", headers=more),
        jwt.encode(said, stranger, algorithm="EdDSA", headers=more),
        jwt.encode(said, stranger, algorithm="EdDSA", headers=more | {"jwk": json.loads(own.to_jwk(stranger.public_key()))}),
        jwt.encode(said, stranger, algorithm="EdDSA", headers=more | {"jku": "http://127.0.0.1:1/jwks.json"}),
        jwt.encode(said, stranger, algorithm="EdDSA", headers=more | {"kid": "../../../../dev/null"}),
        jwt.encode(said, rsa.generate_private_key(65537, 2048), algorithm="RS256", headers=more),
        ".".join(good.split(".")[:2]) + ".",
    ]
    path = "/service_a/sequence?elementType=script"
    assert edge.with_token(good).get(path).status_code == 200
    for token in tokens:
        assert edge.with_token(token).get(path).status_code == 401, token


def test_pyotp_reads_the_uri_and_its_codes_are_accepted(edge):
    ada = edge.registered("pyotp.user+1@example.org")
    shown = ada.ok("POST", "/2fa/auth/enroll")
    app = pyotp.parse_uri(shown["otpauth_uri"])
    assert (app.name, app.issuer, app.digits, app.interval) == ("pyotp.user+1@example.org", "FountainAI", 6, 30)
    assert app.secret == shown["secret"] and len(base64.b32decode(app.secret)) == 20
    ada.ok("POST", "/2fa/auth/confirm", {"otp_code": app.now()})
    said = ecosystem.claims(ada.stepped_up(ecosystem.next_code(app)).token)
    assert said["acr"] == "aal2" and said["amr"] == ["pwd", "mfa", "otp"]


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_pyotp_agrees_on_eight_digits_and_longer_hashes(tmp_path, algorithm):
    settings = f"{{delivery: log, code_digits: 8, algorithm: {algorithm}}}"
    path = ecosystem.topology(tmp_path, kms="scrypt: {ln: 4, r: 1, p: 1}")
    path.write_text(path.read_text().replace("two_factor:\n  delivery: log", f"two_factor: {settings}"))
    with ecosystem.up(path, tmp_path / "log") as edge:
        app, _ = edge.registered().enrolled()
        assert app.digits == 8 and app.digest().name == algorithm
        edge.logged_in().stepped_up(ecosystem.next_code(app))


def test_oathtool_computes_the_same_code(edge):
    app, _ = edge.registered("oath").enrolled()
    soon = f"--now=@{int(time.time()) + 30}"
    made = subprocess.run(["oathtool", "--totp", soon, "-b", "-"], input=app.secret, capture_output=True, text=True)
    edge.logged_in("oath").stepped_up(made.stdout.strip())


@pytest.mark.parametrize("password", [PASSWORD, "пароль с пробелами ", "\u00e9\u0065\u0301 und ß"])
def test_pythons_scrypt_verifies_what_is_stored(edge, place, password):
    name = "s" + hashlib.sha256(password.encode()).hexdigest()[:8]
    edge.ok("POST", "/kms/register", {"username": name, "password": password})
    with sqlite3.connect(f"file:{place}/data/kms.sqlite?mode=ro", uri=True) as database:
        (stored,) = database.execute("SELECT password_hash FROM account WHERE id = ?", (name,)).fetchone()
    _, kind, parameters, salt, key = stored.split("$")
    assert (kind, parameters) == ("scrypt", "ln=17,r=8,p=1")
    cost = {name: int(value) for name, value in (pair.split("=") for pair in parameters.split(","))}
    decode = lambda text: base64.b64decode(text + "=" * (-len(text) % 4))
    work = lambda text: hashlib.scrypt(
        text.encode(), salt=decode(salt), n=1 << cost["ln"], r=cost["r"], p=cost["p"], dklen=32, maxmem=1 << 28
    )
    assert work(password) == decode(key) and work(password + " ") != decode(key)
    edge.logged_in(name, password)


def test_nothing_that_is_secret_lies_in_the_files_in_the_clear(edge, place):
    root = edge.logged_in("root")
    key = root.ok("POST", "/kms/keys", {"service_name": "searched"})["api_key"]
    app, recovery = edge.registered("searched").enrolled()
    secrets = [PASSWORD, key, key[4:], root.token, root.refresh_token, app.secret, base64.b32decode(app.secret), *recovery]
    files = [path for path in (place / "data").glob("*.sqlite*") if path.is_file()]
    assert len(files) >= 2
    for path in files:
        content = path.read_bytes()
        for secret in secrets:
            needle = secret if isinstance(secret, bytes) else secret.encode()
            assert needle not in content, (path, secret)


def test_throttled_log_ins_say_when_to_come_back_and_cost_nothing(edge):
    wrong = {"username": "throttled", "password": "wrong"}
    times = []
    while True:
        began = time.monotonic()
        answer = edge.post("/kms/login", wrong)
        if answer.status_code == 429:
            break
        times.append(time.monotonic() - began)
        assert answer.status_code == 401
    assert int(answer.headers["Retry-After"]) >= 1
    # 128 MiB and tenths of a second are not spent on it: the quickest of some, since the machine may stand still in one.
    refused = []
    for _ in range(5):
        began = time.monotonic()
        if edge.post("/kms/login", wrong).status_code != 429:
            break
        refused.append(time.monotonic() - began)
    assert not refused or min(refused) < statistics.median(times) / 2


def test_a_crowd_at_the_door_is_turned_away_and_not_waited_for(tmp_path):
    path = ecosystem.topology(tmp_path, kms="hash_concurrency: 1\n  hash_queue: 2")
    with ecosystem.up(path, tmp_path / "log") as edge:
        codes = []

        def knock(number):
            codes.append(edge.post("/kms/login", {"username": f"user{number}", "password": "wrong"}).status_code)

        threads = [threading.Thread(target=knock, args=(number,)) for number in range(24)]
        for thread in threads:
            thread.start()
        assert edge.get("/health").elapsed.total_seconds() < 5, "not behind 24 hashes"
        for thread in threads:
            thread.join()
        assert set(codes) == {401, 503}, codes


def test_the_seeds_message_and_status_for_whoever_has_no_second_factor(edge):
    ada = edge.registered("plain")
    answers = [ada.post("/2fa/auth/generate", body) for body in ({}, {"username": "nobody"}, {"username": "root"})]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.json()["detail"] for answer in answers} == {"User not found or 2FA not enabled"}
    # The token is the caller's own: without one nobody learns anything.
    assert edge.post("/2fa/auth/generate", {"username": "root"}).status_code == 401
