"""What several files of tests share by pytest's own way."""

import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CADDIES = {"debian": "caddy", "current": str(ROOT / ".cache/venv/bin/caddy")}


@pytest.fixture(scope="module", params=CADDIES)
def caddy(request):
    """Debian's Caddy, and the one that docker-compose.yml names (scripts/requirements.txt brings it): one Caddyfile for both."""
    return CADDIES[request.param]
