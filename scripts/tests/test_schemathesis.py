"""Requests made from /openapi.json by a program that knows nothing else of us: as nobody, as a user, as an administrator. It finds nothing.

What no schema can say is left out by name, with the reason, in `BEYOND_A_SCHEMA`: there a request that fits its schema may be refused.
"""

import os
import subprocess

import ecosystem
import pytest

SECONDS = int(os.environ.get("FOUNTAIN_SCHEMATHESIS_SECONDS", "25"))

BEYOND_A_SCHEMA = {
    "kms.register": "common passwords",
    "kms.users.password": "common passwords",
    "kms.keys.create": "at least 12 different characters in a key",
    "kms.tokens.revoke": "one of username and jti",
    "2fa.confirm": "the digits that are configured",
    "2fa.contact.confirm": "the digits that are configured",
    "2fa.verify": "the digits that are configured",
    "2fa.contact": "one of email and phone",
    "service_a.sequence": "one of at, before and after; a number within the sequence",
    "service_a.sequence.move": "one of to, before and after; a run within the sequence",
    "service_a.sequence.reorder": "two lists of the same ids",
    "service_a.sequence.version": "something to change",
    "service_a.sequence.list": "a type or a name; cursors are made by the service",
    "typesense_client.search": "expressions over fields",
    "typesense_client.search_by_query": "expressions over fields",
    "typesense_client.sync": "ids made of type and number; documents, or operation, collection_name and document",
    "typesense_client.documents.delete": "a revision belongs to a collection_name",
    "typesense_client.collections.create": "each field once; what fits its type",
}

CONFIGURATION = """
seed = 1
# Nobody is nobody: it must not make itself an account (and falls over a body that is a reference when it tries).
[auth]
auto-signup = false
[generation]
with-security-parameters = false
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 414, 415, 422, 429, 431, "5xx"]
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 403, 404, 409, 412, 414, 422, 429, "5xx"]
"""


def configuration():
    lines = [CONFIGURATION]
    for operation, reason in BEYOND_A_SCHEMA.items():
        lines.append(f"# {reason}\n[[operations]]\ninclude-operation-id = \"{operation}\"\nchecks.positive_data_acceptance.enabled = false\n")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("schemathesis")


@pytest.fixture(scope="module")
def edge(place):
    services = "{service_a: {}, kms: {}, 2fa: {}, typesense_client: {}}"
    with ecosystem.up(ecosystem.topology(place, kms="scrypt: {ln: 4, r: 1, p: 1}", services=services), place / "log") as client:
        client.registered("root", roles="admin")
        yield client


@pytest.mark.parametrize("who", ["nobody", "user", "admin"])
def test_it_finds_nothing(edge, place, who):
    (place / "schemathesis.toml").write_text(configuration())
    python = subprocess.check_output([ecosystem.ROOT / "scripts/test-tools", "edge"], text=True).strip()
    command = [python, "-m", "schemathesis.cli", "--config-file", place / "schemathesis.toml", "run", f"{edge.origin}/openapi.json"]
    command += ["--max-time", str(SECONDS), "--continue-on-failure", "--no-color", "--suppress-health-check", "all", "--warnings", "off"]
    if who == "user":
        command += ["-H", f"Authorization: Bearer {edge.registered('judge').token}"]
    if who == "admin":
        command += ["-H", f"Authorization: Bearer {edge.logged_in('root').token}"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=SECONDS + 120)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
