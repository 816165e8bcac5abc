"""Clients that two programs make from /openapi.json, which know nothing else of us, used against a running ecosystem."""

import os
import pathlib
import re
import subprocess

import ecosystem
import pytest

CLIENTS = pathlib.Path(__file__).parent / "clients"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("clients")


@pytest.fixture(scope="module")
def edge(place):
    services = "{service_a: {}, kms: {}, 2fa: {}, typesense_client: {}}"
    with ecosystem.up(ecosystem.topology(place, kms="scrypt: {ln: 4, r: 1, p: 1}", services=services), place / "log") as client:
        (place / "openapi.json").write_text(client.get("/openapi.json").text)
        yield client


@pytest.fixture(scope="module")
def python():
    return pathlib.Path(subprocess.check_output([ecosystem.ROOT / "scripts/test-tools", "clients"], text=True).strip())


def done(*command, **more):
    finished = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=120, **more)
    assert finished.returncode == 0, finished.stdout[-4000:] + finished.stderr[-4000:]
    return finished.stdout + finished.stderr


def used(python, program, place, edge):
    environment = {**os.environ, "PYTHONPATH": str(place)}
    assert done(python, CLIENTS / program, edge.origin, env=environment).endswith("done\n")


def test_openapi_python_client(edge, place, python):
    (place / "settings.yaml").write_text("post_hooks: []\n")
    command = [python.parent / "openapi-python-client", "generate", "--path", place / "openapi.json", "--meta", "none"]
    said = done(*command, "--config", place / "settings.yaml", "--output-path", place / "fountain_client")
    # It leaves out the one form of a body that it does not know, and nothing else.
    complaints = [line for line in said.splitlines() if line.startswith(("WARNING", "ERROR", "Unsupported", "Cannot"))]
    assert {line for line in complaints if not re.search("batch|import", line) and "jsonl" not in line and "x-ndjson" not in line} == set(), said
    used(python, "by_operations.py", place, edge)


def test_datamodel_code_generator(edge, place, python):
    command = [python.parent / "datamodel-codegen", "--input", place / "openapi.json", "--input-file-type", "openapi"]
    done(*command, "--output", place / "fountain_models.py", "--output-model-type", "pydantic_v2.BaseModel", "--formatters", "builtin")
    text = (place / "fountain_models.py").read_text()
    for name in ["Hit1", "Key2", "Status1", "RolesArray1Item"]:
        assert f"class {name}(" not in text, f"{name} is a name that it had to invent"
    used(python, "by_models.py", place, edge)
