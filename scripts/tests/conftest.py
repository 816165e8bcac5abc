"""What several files of tests share by pytest's own way."""

import pathlib

import ecosystem
import pytest
from xdist.scheduler import LoadFileScheduling

ROOT = pathlib.Path(__file__).resolve().parents[2]
CADDIES = {"debian": "caddy", "current": str(ROOT / ".cache/venv/bin/caddy")}


@pytest.fixture(scope="module", params=CADDIES)
def caddy(request):
    """Debian's Caddy, and the one that docker-compose.yml names (scripts/requirements.txt brings it): one Caddyfile for both."""
    return CADDIES[request.param]


# Whoever measures time under load of its own: none of them runs beside another one.
LOADED = ("test_cluster.py", "test_soak.py", "test_loadtest.py")
# What takes longest is begun first, so that nothing is left to one worker at the end.
LONG = (*LOADED, "test_schemathesis.py", "test_several_gateways.py", "test_delivery.py", "test_edge_corpus.py")


def pytest_collection_modifyitems(items):
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONG)))


class Scheduling(LoadFileScheduling):
    """A file of tests to whoever is free; all of `LOADED` to one."""

    def _split_scope(self, nodeid):
        file = super()._split_scope(nodeid)
        return "under load" if file.endswith(LOADED) else file


def pytest_xdist_make_scheduler(config, log):
    return Scheduling(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    ecosystem.witness.forget()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that fails tells of its last answer what every part of the ecosystem did for it."""
    report = yield
    if report.when == "call" and report.failed and (story := ecosystem.witness.story()):
        report.sections.append(("the last answer, by fountain explain", story))
    return report
