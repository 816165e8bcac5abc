"""The seed's own integration test, as it stands in "Testing the Ecosystem", against `fountain up` on empty data."""

import pathlib
import subprocess

import pytest
import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def ecosystem(tmp_path):
    """`topology/local.yaml` on its ports 8000 to 8004, with a data directory of its own."""
    fountain = ROOT / ".build/debug/fountain"
    assert fountain.exists(), "build it first: swift build --product fountain"
    command = [fountain, "up", "--topology", ROOT / "topology/local.yaml", "--data-dir", tmp_path / "data"]
    with open(tmp_path / "log", "w+") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            if not any(line.startswith("ready") for line in process.stdout):
                log.seek(0)
                pytest.fail(f"It does not come up (are ports 8000 to 8004 free?):\n{log.read()}")
            yield
        finally:
            process.terminate()
            code = process.wait(30)
    assert code == 0


def test_kms_api_gateway_integration():
    # 1. Register a user in KMS
    response = requests.post("http://localhost:8003/register", json={
      "username": "testadmin",
      "password": "secure123",
      "roles": "admin"
    })
    assert response.status_code == 201

    # 2. Login to get JWT
    response = requests.post("http://localhost:8003/login", json={
      "username": "testadmin",
      "password": "secure123"
    })
    assert response.status_code == 200
    token_data = response.json()
    token = token_data["access_token"]

    # 3. Call API Gateway with JWT
    headers = {"Authorization": f"Bearer {token}"}
    resp = requests.get("http://localhost:8002/health", headers=headers)
    assert resp.status_code == 200
    assert resp.json() == {"status": "healthy"}
