"""What runs elsewhere, held against what is here: the image's sources, the workflow's steps, the levels of the tests."""

import json
import pathlib
import re
import subprocess

import pytest

import ecosystem

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_the_image_has_every_target_that_the_package_names():
    package = json.loads(subprocess.run(["swift", "package", "dump-package"], cwd=ROOT, capture_output=True, check=True).stdout)
    copied = re.findall(r"(?m)^COPY ([^-\s]\S*) \S+$", (ROOT / "Dockerfile").read_text())
    sent = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for target in package["targets"]:
        path = target.get("path") or f"{'Tests' if target['type'] == 'test' else 'Sources'}/{target['name']}"
        for listed, where in ((copied, "Dockerfile"), (sent, ".dockerignore")):
            assert any(path == one or path.startswith(one + "/") for one in listed), f"{path} is not in {where}"


def steps(workflow):
    return re.findall(r"(?m)^\s*- run: (.+)$", workflow.read_text())


@pytest.mark.parametrize("workflow", sorted((ROOT / ".github/workflows").glob("*.yml")), ids=lambda path: path.name)
def test_a_workflow_runs_nothing_that_is_not_here(workflow):
    goals = set(re.findall(r"(?m)^([a-z0-9-]+):", (ROOT / "Makefile").read_text()))
    assert steps(workflow)
    for step in steps(workflow):
        if step.startswith("make "):
            assert step.split()[1] in goals, step
        elif not step.startswith("apt-get "):
            assert (ROOT / step.split()[0]).stat().st_mode & 0o111, step


def test_every_suite_is_in_one_level():
    text = (ROOT / "scripts/test").read_text()
    pattern = re.compile(r"^@Suite\(\.tags\(\.(integration|endToEnd)\).* struct ([A-Za-z]+)", re.MULTILINE)
    found = [name for path in (ROOT / "Tests/IntegrationTests").rglob("*.swift") for _, name in pattern.findall(path.read_text())]
    assert len(found) == len(set(found)) > 0
    assert all(f"{level})" in text for level in ("unit", "integration", "e2e"))


def test_a_users_way_through_a_running_ecosystem(tmp_path):
    services = "{service_a: {}, kms: {}, 2fa: {}, typesense_client: {}}"
    with ecosystem.up(ecosystem.topology(tmp_path, services=services), tmp_path / "log") as edge:
        done = subprocess.run([ROOT / "scripts/smoke", edge.origin], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert done.stdout.strip().splitlines()[-1].endswith(": 401")


def test_a_users_way_ends_where_something_is_not_as_it_should_be():
    done = subprocess.run([ROOT / "scripts/smoke", "http://127.0.0.1:1"], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
