"""The collection of /postman.json as a user of Postman or Newman has it: its scenarios are played against a running ecosystem, by scripts/postman-run.

That they can be red is shown by a liar between the two, who changes one thing in the answers.
"""

import contextlib
import http.server
import json
import re
import subprocess
import threading

import ecosystem
import jsonschema
import pytest
import requests
from test_caddyfile import Edge

RUN = ecosystem.ROOT / "scripts/postman-run"
FOLDERS = ["1. User login + 2FA", "2. Service A sequence and search", "3. API key rotation"]


@pytest.fixture(scope="module")
def python():
    return subprocess.check_output([ecosystem.ROOT / "scripts/test-tools", "clients"], text=True).strip()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("postman")


@pytest.fixture(scope="module")
def edge(place):
    services = "{service_a: {}, kms: {}, 2fa: {}, typesense_client: {}}"
    with ecosystem.up(ecosystem.topology(place, kms="scrypt: {ln: 4, r: 1, p: 1}", services=services), place / "log") as client:
        yield client


@pytest.fixture(scope="module")
def collection(edge):
    return edge.ok("GET", "/postman.json")


def play(python, what, *options, code=0):
    """What it says of each request and assertion."""
    done = subprocess.run([python, RUN, what, *options], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def scenarios(python, edge, place, what=None, origin=None, *more, code=0):
    """Plays them; each run has an admin token of its own, as the second and later ones must."""
    token = ecosystem.run("admin", "bootstrap", "--topology", place / "topology.yaml").split()[-1]
    options = ["--folder", "scenarios", "--env-var", f"origin={origin or edge.origin}", "--env-var", f"admin_token={token}"]
    return play(python, what or f"{edge.origin}/postman.json", *options, *more, code=code)


def wrong(said):
    return re.findall(r"✗ ([^:]+)", said)


def requests_of(collection):
    return [item for folder in collection["item"][0]["item"] for item in folder["item"]]


def test_the_first_account_of_all_needs_no_token(python, edge):
    said = play(python, f"{edge.origin}/postman.json", "--folder", "scenarios", "--env-var", f"origin={edge.origin}")
    assert list(dict.fromkeys(re.findall(r"^→ scenarios / (.*?) / ", said, re.M))) == FOLDERS
    assert len(re.findall(r"^→ ", said, re.M)) == 20 and said.endswith("\n30 passed, 0 failed\n")


def test_they_may_be_played_again_on_the_same_data(python, edge, place):
    assert scenarios(python, edge, place).endswith("\n30 passed, 0 failed\n")


def test_without_a_token_a_later_account_is_no_admin_and_all_that_stands_on_it_is_red(python, edge):
    said = play(python, f"{edge.origin}/postman.json", "--folder", FOLDERS[0], "--env-var", f"origin={edge.origin}", code=1)
    assert "✗ it is 201: expected" in said and "{{otp_code}} has no value" in said and "not sent" in said
    assert "0 failed" not in said


def test_they_are_played_through_caddy_too(python, edge, place, caddy):
    home = place / f"caddy-{len(caddy)}"
    home.mkdir()
    front = Edge(home, edge.origin.removeprefix("http://"), caddy)
    try:
        front.wait_until_it_serves()
        origin, trust = f"https://localhost:{front.https}", ("--ssl-extra-ca-certs", str(front.ca))
        assert scenarios(python, edge, place, f"{origin}/postman.json", origin, *trust).endswith("\n30 passed, 0 failed\n")
    finally:
        front.stop()


def test_every_member_that_a_scenario_sends_is_declared(edge, collection):
    document = edge.ok("GET", "/openapi.json")
    assert [folder["name"] for folder in collection["item"][0]["item"]] == FOLDERS
    for item in requests_of(collection):
        request = item["request"]
        path = re.sub(r":(\w+)", r"{\1}", request["url"]["raw"].removeprefix("{{origin}}"))
        operation = document["paths"][path][request["method"].lower()]
        fields = {parameter_of(document, each)["name"] for each in operation.get("parameters", [])}
        assert {each["key"] for each in request["url"]["query"] + request["url"]["variable"]} <= fields
        assert {each["key"] for each in request["header"]} <= fields | {"Content-Type"}, item["name"]
        if "body" in request:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            body = json.loads(re.sub(r"(?<!\")\{\{\w+}}(?!\")", "1", request["body"]["raw"].replace(", {{word}}", "")))
            assert set(body) <= members(document, schema), item["name"]


def test_the_step_that_compose_test_leaves_out_is_there(collection):
    assert "ask for a code to be sent" in [item["name"] for item in collection["item"][0]["item"][0]["item"]]


def parameter_of(document, parameter):
    return document["components"]["parameters"][parameter["$ref"].split("/")[-1]] if "$ref" in parameter else parameter


def members(document, schema):
    """The names that any form of it has."""
    if "$ref" in schema:
        return members(document, document["components"]["schemas"][schema["$ref"].split("/")[-1]])
    inner = [members(document, each) for kind in ("oneOf", "anyOf") for each in schema.get(kind, [])]
    return set(schema.get("properties", {})).union(*inner)


# MARK: Red

PASSED_ON = ("Content-Type", "Fountain-Offset", "WWW-Authenticate", "Idempotency-Replayed")


@contextlib.contextmanager
def liar(edge, lie):
    """A server that answers what the edge does, but for what `lie` makes of it: (method, path, status, headers, body)."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: value for name, value in self.headers.items() if name not in ("Host", "Accept-Encoding")}
            real = requests.request(self.command, edge.origin + self.path, data=body, headers=headers, timeout=30)
            kept = {name: value for name, value in real.headers.items() if name in PASSED_ON}
            status, headers, body = lie(self.command, self.path, real.status_code, kept, real.content)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": len(body)}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = answer

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def let_in(asked):
    """Whoever is refused there is let in."""
    return lambda method, path, status, headers, body: (200 if (f"{method} {path}".startswith(asked) and status == 401) else status, headers, body)


def nothing_found(method, path, status, headers, body):
    return status, headers, b'{"found":0,"hits":[]}' if path.endswith("/search") else body


def an_old_version(method, path, status, headers, body):
    return status, headers, body.replace(b'"version_number":2', b'"version_number":1')


def done_twice(method, path, status, headers, body):
    return status, {name: value for name, value in headers.items() if name != "Idempotency-Replayed"}, body


def whatever_is_wrong_is_the_password(method, path, status, headers, body):
    return status, headers, body.replace(b"insufficient_user_authentication", b"bad_credentials")


LIES = [
    (lambda *answer: answer[2:], []),
    (let_in("POST /kms/keys"), ["it is 401"]),
    (whatever_is_wrong_is_the_password, ["the answer asks for a one-time password (RFC 9470)"]),
    (let_in("GET /service_a/sequence"), ["it is 401", "it is 401"]),
    (nothing_found, ["one is found", "the search finds it", "one is found", "it is the new version"]),
    (an_old_version, ["it is the new version"]),
    (done_twice, ["the answer was given before"]),
]


@pytest.mark.parametrize("lie, expected", LIES, ids=["honest", "no-step-up", "other-code", "old-keys", "not-found", "old-version", "twice"])
def test_each_lie_turns_red_what_it_is_about(python, edge, place, lie, expected):
    with liar(edge, lie) as origin:
        assert wrong(scenarios(python, edge, place, origin=origin, code=1 if expected else 0)) == expected


def test_an_assertion_that_is_falsified_is_red(python, edge, place, collection):
    text = json.dumps(collection)
    old = 'pm.response.to.have.status(204)'
    assert text.count(old) == 1
    (place / "false.json").write_text(text.replace(old, 'pm.response.to.have.status(205)'))
    assert wrong(scenarios(python, edge, place, place / "false.json", code=1)) == ["it is 204"]


# MARK: The form

# What of Postman's v2.1 we write, closed: a member that is not here would be a slip of ours. The whole schema is Postman's, and not ours to ship.
TEXT = {"type": "string"}


def form(required, **optional):
    properties = {**required, **optional}
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def many(schema):
    return {"type": "array", "items": schema}


PAIR = form({"key": TEXT, "value": TEXT}, disabled={"type": "boolean"}, description=TEXT, type=TEXT)
AUTH = {"oneOf": [
    form({"type": {"const": "noauth"}}), form({"type": {"const": "bearer"}, "bearer": many(PAIR)}),
    form({"type": {"const": "apikey"}, "apikey": many(PAIR)}),
]}
URL = form({"raw": TEXT, "host": many(TEXT), "path": many(TEXT)}, query=many(PAIR), variable=many(PAIR))
REQUEST = form(
    {"method": {"enum": ["GET", "POST", "PUT", "PATCH", "DELETE"]}, "url": URL, "header": many(PAIR)},
    description=TEXT, auth=AUTH, body=form({"mode": {"const": "raw"}, "raw": TEXT}),
)
EVENT = form({"listen": {"enum": ["prerequest", "test"]}, "script": form({"type": {"const": "text/javascript"}, "exec": many(TEXT)})})
ITEM = form({"name": TEXT, "request": REQUEST}, event=many(EVENT))
FOLDER = form({"name": TEXT, "item": many({"oneOf": [ITEM, {"$ref": "#/$defs/folder"}]})}, description=TEXT)
INFO = form({"name": TEXT, "schema": {"const": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}})
COLLECTION = {**form({"info": INFO, "auth": AUTH, "variable": many(PAIR), "item": many(FOLDER)}), "$defs": {"folder": FOLDER}}


def test_it_has_the_form_of_version_2_1(collection):
    jsonschema.Draft202012Validator(COLLECTION).validate(collection)


def test_scripts_use_what_postman_and_newman_both_have(collection):
    used = set(re.findall(r"\bpm(?:\.\w+)+", json.dumps(collection)))
    assert used == {
        "pm.test", "pm.expect", "pm.response.code", "pm.response.json", "pm.response.headers.get", "pm.response.to.have.status",
        "pm.variables.get", "pm.variables.set", "pm.variables.replaceIn", "pm.collectionVariables.get", "pm.collectionVariables.set",
    }


# MARK: The program that plays it


def one(edge, script="", before="", auth=None, **request):
    """A collection of one request."""
    url = {"raw": f"{edge.origin}/health", "host": [edge.origin], "path": ["health"]}
    events = [{"listen": moment, "script": {"exec": [text]}} for moment, text in (("prerequest", before), ("test", script))]
    item = {"name": "health", "request": {"method": "GET", "url": url, "auth": auth or {"type": "noauth"}, **request}, "event": events}
    return {"info": {}, "item": [item], "variable": [{"key": "known", "value": "there"}]}


def played(python, place, collection, code, *options):
    (place / "one.json").write_text(json.dumps(collection))
    return play(python, place / "one.json", *options, code=code)


def header(value):
    return {"header": [{"key": "X-Request-Id", "value": value}]}


@pytest.mark.parametrize("more, named", [
    ({"script": 'pm.sendRequest("http://localhost")'}, "pm.sendRequest"),
    ({"script": "pm.test('x', () => pm.expect(1).to.be.closeTo(1, 1))"}, "pm.expect.closeTo"),
    ({"script": "pm.test('x', () => pm.response.to.be.ok)"}, "pm.response.to.ok"),
    ({"script": "pm.test('x', () => pm.response.cookies)"}, "pm.response.cookies"),
    ({"script": "try { pm.vault.get('x') } catch (problem) { pm.test('x', () => {}) }"}, "pm.vault"),
    ({"script": 'require("lodash")'}, 'require("lodash")'),
    ({"script": 'require("crypto-js").MD5("x")'}, "crypto-js.MD5"),
    ({"before": "pm.response.code"}, "pm.response before the request"),
    ({"auth": {"type": "basic", "basic": []}}, "basic"),
    ({"body": {"mode": "formdata", "formdata": []}}, "formdata"),
    (header("{{$randomCity}}"), "{{$randomCity}}"),
    ({"certificate": {}}, "certificate"),
    ({"script": "1 + 1"}, "no assertion"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_what_it_does_not_know_it_refuses_by_name(python, edge, place, more, named):
    assert named in played(python, place, one(edge, **more), 2)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"item": 5}', '{"item": [{}]}', '{"item": [{"name": "x", "request": "http://localhost"}]}'])
def test_what_is_no_collection_is_refused(python, place, text):
    (place / "none.json").write_text(text)
    assert "postman-run: " in play(python, place / "none.json", code=2)


@pytest.mark.parametrize("change", [{"host": "localhost"}, {"path": "health"}, {"path": [{"value": "health"}]}], ids=str)
def test_a_url_in_another_form_is_refused(python, edge, place, change):
    collection = one(edge)
    collection["item"][0]["request"]["url"].update(change)
    assert "Refusal: a " in played(python, place, collection, 2)


def test_a_folder_that_is_not_there_is_refused(python, edge, place):
    assert "scenes" in played(python, place, one(edge), 2, "--folder", "scenes")


# What holds, and beside it what does not.
EXPECTATIONS = [
    ('pm.expect({a: [1, null]}).to.be.an("object").and.eql({a: [1, null]})', "pm.expect({a: [1, null]}).to.eql({a: [1, 0]})"),
    ("pm.expect({a: 1}).to.not.eql({a: 1, b: 2})", "pm.expect({a: 1}).to.not.eql({a: 1})"),
    ('pm.expect([]).to.be.an("array").that.has.lengthOf(0)', 'pm.expect([]).to.be.an("object")'),
    ("pm.expect([1]).to.have.lengthOf(1)", "pm.expect([1]).to.have.lengthOf(0)"),
    ("pm.expect(2).to.be.above(1)", "pm.expect(2).to.be.above(2)"),
    ("pm.expect(2).to.be.below(3)", "pm.expect(2).to.be.below(2)"),
    ("pm.expect(2).to.be.at.least(2)", "pm.expect(undefined).to.be.at.least(2)"),
    ("pm.expect(2).to.be.at.most(2)", "pm.expect(undefined).to.be.at.most(2)"),
    ("pm.expect(2).to.equal(2)", 'pm.expect(2).to.equal("2")'),
    ("pm.expect(2).to.be.oneOf([1, 2])", "pm.expect(2).to.be.oneOf([1])"),
    ('pm.expect("abc").to.include("b")', 'pm.expect("abc").to.include("d")'),
    ('pm.expect("abc").to.match(/c$/)', 'pm.expect("abc").to.match(/b$/)'),
    ('pm.expect({a: 1}).to.have.property("a")', 'pm.expect({a: 1}).to.have.property("b")'),
    ("pm.response.to.have.status(200)", "pm.response.to.have.status(204)"),
    ("pm.response.to.not.have.status(404)", "pm.response.to.not.have.status(200)"),
    ('pm.response.to.have.header("content-TYPE", "application/json")', 'pm.response.to.have.header("content-type", "text/html")'),
    ('pm.response.to.have.header("Content-Type")', 'pm.response.to.have.header("ETag")'),
    ('pm.expect(pm.response.json().status).to.eql("healthy")', "pm.expect(pm.response.json().status.to).to.eql(1)"),
    ('pm.expect(pm.variables.replaceIn("{{known}} {{unknown}}")).to.eql("there {{unknown}}")', 'pm.expect(pm.variables.get("unknown")).to.be.a("string")'),
    ('pm.expect(pm.environment.get("known")).to.eql(undefined)', 'pm.expect(pm.collectionVariables.get("known")).to.eql(undefined)'),
    ('pm.expect(pm.info.requestName).to.eql("health")', "pm.response.json().nothing.at.all"),
]


@pytest.mark.parametrize("which, code", [(0, 0), (1, 1)], ids=["hold", "do-not-hold"])
def test_expectations_that(python, edge, place, which, code):
    script = "\n".join(f"pm.test('x', () => {each[which]});" for each in EXPECTATIONS)
    count = len(EXPECTATIONS)
    passed, failed = (0, count) if which else (count, 0)
    assert f"\n{passed} passed, {failed} failed\n" in played(python, place, one(edge, script), code)


def test_what_a_script_sets_the_next_request_has(python, edge, place):
    first = one(edge, 'pm.collectionVariables.set("place", "health"); pm.variables.set("number", 7); console.log("set", {a: 1});')
    second = one(edge, "pm.test('x', () => pm.expect(pm.variables.get('number')).to.eql(7));")["item"][0]
    second["request"]["url"]["path"] = ["{{place}}"]
    first["item"].append(second)
    said = played(python, place, first, 0)
    assert "| set {\"a\":1}" in said and said.count("/health [200") == 2


def test_a_request_with_a_hole_is_red_and_not_sent(python, edge, place):
    said = played(python, place, one(edge, "pm.test('x', () => {});", **header("{{nothing}}")), 1)
    assert "{{nothing}} has no value" in said and "not sent" in said and "0 passed, 1 failed" in said


def test_it_ends_with_the_first_that_is_red_where_that_is_asked(python, edge, place):
    collection = one(edge, "pm.test('x', () => pm.response.to.have.status(404));")
    collection["item"] *= 3
    assert "0 passed, 3 failed" in played(python, place, collection, 1)
    assert "0 passed, 1 failed" in played(python, place, collection, 1, "--bail")


def test_a_script_that_fails_or_never_ends_is_red(python, edge, place):
    assert "✗ the script: TypeError" in played(python, place, one(edge, "undefined.x"), 1)
    assert "✗ the script: InternalError: interrupted" in played(python, place, one(edge, before="while (true) {}"), 1)


def test_who_does_not_answer_is_red(python, edge, place):
    collection = one(edge, "pm.test('x', () => {})")
    collection["item"][0]["request"]["url"]["host"] = ["http://127.0.0.1:1"]
    assert wrong(played(python, place, collection, 1)) == ["it is answered"]
