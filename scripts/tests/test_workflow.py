"""What runs elsewhere, held against what is here: the image's sources, the workflow's steps, the levels of the tests."""

import json
import os
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
        elif package := re.fullmatch(r"cd (\S+) && swift test", step):
            assert (ROOT / package[1] / "Package.swift").exists(), step
        elif not step.startswith("apt-get "):
            assert (ROOT / step.split()[0]).stat().st_mode & 0o111, step


def listed(*words, seed=1):
    done = subprocess.run([ROOT / "scripts/test", *words], env=os.environ | {"FOUNTAIN_SEED": str(seed)}, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_every_suite_of_the_whole_is_in_one_level():
    pattern = re.compile(r"^@Suite\(\.tags\(\.(integration|endToEnd)\).* struct ([A-Za-z]+)", re.MULTILINE)
    found = [f"IntegrationTests.{name}" for path in (ROOT / "Tests/IntegrationTests").rglob("*.swift") for _, name in pattern.findall(path.read_text())]
    assert len(found) == len(set(found)) > 0
    levels = " ".join(listed("--list", "integration") + listed("--list", "e2e"))
    expressions = [re.compile("^" + one) for one in levels.split()]
    assert [name for name in found if sum(bool(one.fullmatch(name)) for one in expressions) != 1] == []


def test_a_modules_suite_is_quick_or_thorough():
    quick, thorough = listed("--list", "unit"), listed("--list", "thorough")
    assert len(thorough) > 0
    for one in thorough:
        target, suite = one.split(".")
        assert re.search(rf"(?m)^@Suite.* struct {suite}\b", "".join(path.read_text() for path in (ROOT / "Tests").glob(f"**/{target}/**/*.swift"))), one
        for name in (f"{one}", f"{one}/`a test`()"):
            assert [level for level in quick if re.match(f"{level}[./]", name)] == [], name
        assert [level for level in quick if re.match(f"{level}[./]", f"{one}More/`a test`()")] != []


def test_a_shuffled_run_leaves_nothing_out_and_can_be_played_again():
    whole, once, again, other = (listed(*words, "--list", seed=seed) for words, seed in (((), 1), (("--shuffle",), 5), (("--shuffle",), 5), (("--shuffle",), 6)))
    assert once == again != other
    assert sorted(whole) == sorted(once) == sorted(other)


def test_a_users_way_through_a_running_ecosystem(tmp_path):
    services = "{service_a: {}, kms: {}, 2fa: {}, typesense_client: {}}"
    with ecosystem.up(ecosystem.topology(tmp_path, services=services), tmp_path / "log") as edge:
        done = subprocess.run([ROOT / "scripts/smoke", edge.origin], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert done.stdout.strip().splitlines()[-1].endswith(": 401")


def test_a_users_way_ends_where_something_is_not_as_it_should_be():
    done = subprocess.run([ROOT / "scripts/smoke", "http://127.0.0.1:1"], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
