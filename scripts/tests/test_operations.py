"""What operators are given: metrics and rules that promtool reads, and a board; rules and board name only what is there."""

import json
import pathlib
import re
import subprocess
import time

import ecosystem
import pytest
import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "docs/operations/alerts.yml"
BOARD = ROOT / "docs/operations/grafana.json"
# What Prometheus makes itself.
PROMETHEUS = {"up"}


@pytest.fixture(scope="module")
def edge(tmp_path_factory):
    home = tmp_path_factory.mktemp("operations")
    with ecosystem.up(ecosystem.topology(home, kms="scrypt: {ln: 4, r: 1, p: 1}"), home / "log") as client:
        ada = client.registered()
        client.get("/kms/keys")
        ada.get("/service_a/sequence?elementType=script")
        client.get("/nothing")
        client.send("GET", "/health", Host="evil.example")
        with requests.get(
            client.origin + "/events?topic=sequence.changed&from=earliest",
            headers={"Authorization": f"Bearer {ada.token}"}, stream=True, timeout=30,
        ) as stream:
            ada.post("/service_a/sequence", {"elementType": "script", "elementId": 1, "comment": "to be"})
            next(line for line in stream.iter_lines() if line.startswith(b"data: "))
        while "_ended_total{" not in client.get("/metrics").text:
            time.sleep(0.05)
        yield client


def promtool(*arguments, text=None):
    done = subprocess.run(["promtool", *map(str, arguments)], input=text, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr.strip(), done.stderr


def test_promtool_has_nothing_to_say_about_the_metrics(edge):
    answer = edge.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    promtool("check", "metrics", text=answer.text)


def test_histograms_are_whole(edge):
    text = edge.get("/metrics").text
    series = re.findall(r'request_duration_seconds_bucket\{(.*?),le="(.*?)"\} (\d+)', text)
    assert series
    by_labels = {}
    for labels, bound, count in series:
        by_labels.setdefault(labels, []).append((float(bound), int(count)))
    for labels, buckets in by_labels.items():
        assert buckets == sorted(buckets) and buckets[-1][0] == float("inf")
        assert f"request_duration_seconds_count{{{labels}}} {buckets[-1][1]}\n" in text


def test_promtool_takes_the_configuration_and_the_rules(tmp_path):
    (tmp_path / "prometheus.yml").write_text((ROOT / "prometheus.yml").read_text())
    (tmp_path / "alerts.yml").write_text(RULES.read_text())
    promtool("check", "config", tmp_path / "prometheus.yml")
    promtool("check", "rules", RULES)


def names(expression):
    """The metrics of an expression: words before `{` or `[`, or alone, that are no function, label or keyword."""
    expression = re.sub(r"\{.*?\}|\[.*?\]|\"[^\"]*\"", lambda match: "{" if match.group().startswith("{") else "", expression)
    expression = re.sub(r"\bby \(.*?\)", "", expression)
    return {word for word in re.findall(r"[a-z_]\w*(?!\w*\s*\()", expression) if not re.fullmatch(r"e\d*|topk|sum|rate|abs", word)}


def test_every_metric_that_a_rule_or_a_panel_names_is_there(edge):
    text = edge.get("/metrics").text
    # What a service says of itself has no line before it was asked; it is declared all the same.
    declared = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    there = set(re.findall(r"^([a-z_]\w*)[{ ]", text, re.MULTILINE)) | declared | PROMETHEUS
    expressions = [target["expr"] for panel in json.loads(BOARD.read_text())["panels"] for target in panel["targets"]]
    expressions += re.findall(r"expr: (?:\|\n)?((?:.|\n)*?)\n +for:", RULES.read_text())
    assert len(expressions) > 15
    for expression in expressions:
        named = names(expression)
        assert named and named <= there, (expression, named - there)

