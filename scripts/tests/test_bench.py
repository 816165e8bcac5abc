"""The pure parts of `make bench`: figures, plots, tables, requests, the topology it brings up, and the load generator's counting."""

import http.server
import json
import pathlib
import socket
import subprocess
import sys
import threading
import time
import types
import xml.dom.minidom

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Benchmarks"))
from bench import figures, load, peers, processes, replicas, report, svg, telling  # noqa: E402


def test_a_port_is_given_once_and_is_none_that_the_kernel_gives_away():
    first = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = [processes.free_port() for _ in range(500)]
    assert len(set(ports)) == 500 and max(ports) < first


def test_a_port_on_which_somebody_listens_is_not_given(monkeypatch):
    taken, free = processes.free_port(), processes.free_port()
    with socket.create_server(("127.0.0.1", taken)):
        monkeypatch.setattr(processes, "PORTS", [taken, free])
        monkeypatch.setattr(processes, "given", set())
        assert processes.free_port() == free


def rounds(*pairs):
    return [{"ours": {"perSecond": ours}, "theirs": {"perSecond": theirs}} for ours, theirs in pairs]


def test_a_ratio_is_the_median_of_the_rounds_ratios_not_a_ratio_of_medians():
    # A machine that is ten times as fast in one round changes no ratio.
    measured = rounds((10, 20), (1000, 200), (40, 20))
    assert figures.ratio(measured, "ours", "theirs", "perSecond") == 2
    assert figures.medians(measured, "ours", "perSecond") / figures.medians(measured, "theirs", "perSecond") == 2
    assert figures.ratio(rounds((10, 20), (100, 200), (40, 20)), "ours", "theirs", "perSecond") == 0.5


def test_a_peer_that_was_not_there_has_no_ratio():
    assert figures.ratio(rounds((1, 2)), "ours", "nobody", "perSecond") is None
    assert figures.ratio(rounds((1, 0)), "ours", "theirs", "perSecond") is None
    assert figures.ratio([], "ours", "theirs", "perSecond") is None
    assert figures.shown(None) == figures.span([]) == "–"


@pytest.mark.parametrize("q, expected", [(0, 1), (0.5, 1), (0.51, 2), (0.9, 2), (0.91, 8), (1, 8)])
def test_a_quantile_is_the_first_bound_that_holds_enough(q, expected):
    assert figures.quantile([[1, 5], [2, 4], [8, 1]], q) == expected


def test_histograms_are_added_bound_by_bound():
    assert figures.merged([[[1, 2], [4, 1]], [], [[2, 3], [4, 5]]]) == [[1, 2], [2, 3], [4, 6]]
    assert figures.quantile([], 0.5) is None


def test_tables_are_markdown_of_equal_width():
    assert figures.markdown([["peer", "1/s"], ["ours", "1,000"]]) == ["| peer | 1/s   |", "|------|-------|", "| ours | 1,000 |"]


@pytest.mark.parametrize("low, high, expected", [
    (3, 40, [2, 5, 10, 20, 50]), (7, 7, [5, 10]), (1, 1, [1]), (0.3, 3, [0.2, 0.5, 1, 2, 5]), (3, 400_000, [2, 10, 100, 1000, 10_000, 100_000, 500_000]),
])
def test_a_scale_goes_round_what_it_shows(low, high, expected):
    assert svg.ticks(low, high) == pytest.approx(expected)


def test_labels_do_not_cover_each_other():
    placed = svg.spread({"a": 10, "b": 12, "c": 100, "d": 11})
    assert [name for name, _ in sorted(placed.items(), key=lambda item: item[1])] == ["a", "d", "b", "c"]
    ys = sorted(placed.values())
    assert all(after - before >= 15 for before, after in zip(ys, ys[1:]))


def test_plots_are_whole_documents_with_every_name():
    line = svg.lines("a < b", [1, 16], {"ours & theirs": [1, 2], "gap": [None, 5], "nothing": [None, 0]})
    shown = xml.dom.minidom.parseString(line)
    assert [node.firstChild.data for node in shown.getElementsByTagName("text")][0] == "a < b"
    assert "ours &amp; theirs" in line and "gap" in line and "nothing" not in line
    bars = xml.dom.minidom.parseString(svg.bars("cost", {"ours": 4.25, "theirs": 1200, "none": None}, "µs"))
    assert len(bars.getElementsByTagName("rect")) == 2


def test_a_value_that_is_the_only_one_is_drawn_too():
    xml.dom.minidom.parseString(svg.lines("one", ["x"], {"ours": [10]}))


def test_many_points_have_few_names_and_no_dots():
    shown = xml.dom.minidom.parseString(svg.lines("by second", list(range(100)), {"ours": list(range(1, 101))}))
    assert len(shown.getElementsByTagName("circle")) == 0
    assert 0 < sum(node.getAttribute("y") == f"{svg.HEIGHT - svg.BOTTOM + 20:.1f}" for node in shown.getElementsByTagName("text")) <= 12


def test_nothing_is_not_drawn():
    with pytest.raises(ValueError):
        svg.lines("nothing", [1], {"ours": [None]})
    with pytest.raises(ValueError):
        svg.bars("nothing", {})


def test_a_report_is_one_file_that_fetches_nothing(tmp_path, capsys):
    told = report.Report("a & b")
    told.heading("<script>")
    told.table([["peer", "1/s"], ["ours", "7"]])
    told.plot(svg.bars("cost", {"ours": 1}))
    told.numbers["x"] = 1
    page = told.write(tmp_path / "deep/er").read_text()
    assert "a &amp; b" in page and "&lt;script&gt;" in page and "<svg" in page
    assert "src=" not in page and "href=" not in page
    assert json.loads((tmp_path / "deep/er/report.json").read_text()) == {"x": 1}
    assert "| ours | 7   |" in capsys.readouterr().out


@pytest.mark.parametrize("value, verdict", [(0.1, "not met"), (0.15, "met"), (0.4, "aim reached"), (None, "")])
def test_a_target_is_met_from_its_side(value, verdict):
    assert telling.Target("more", 0.15, 0.4, None).verdict(value) == verdict


@pytest.mark.parametrize("value, verdict", [(6, "not met"), (5, "met"), (1, "aim reached")])
def test_a_target_may_be_a_bound_from_above(value, verdict):
    assert telling.Target("less", 5, 1, None, higher=False).verdict(value) == verdict


def test_every_peer_takes_its_turn_at_being_first():
    assert [load.rotated("abc", turn)[0] for turn in range(4)] == ["a", "b", "c", "a"]
    assert load.rotated([], 3) == []


@pytest.mark.parametrize("workload", load.WORKLOADS)
def test_a_request_says_how_long_it_is(workload):
    peer = peers.Peer("x", 1, [], "/sequence", token="t.t.t")
    head, _, body = load.request_text(workload, peer).partition("\r\n\r\n")
    assert ("Authorization: Bearer t.t.t" in head) == (workload != "health")
    assert f"Content-Length: {len(body)}" in head if body else "Content-Length" not in head


def test_the_topology_keeps_all_but_data_ports_and_tokens():
    ports = iter(range(5001, 6000))
    text = peers.topology_text((ROOT / "topology/local.yaml").read_text(), "/var/tmp/x", lambda: next(ports))
    assert "data_dir: /var/tmp/x" in text and "access_token_ttl: 43200s" in text
    assert "port: 5001" in text and "listen: 127.0.0.1:5005" in text and ":8002" not in text


def test_a_peer_says_in_host_where_it_listens():
    assert "Host: host1\r\n" in load.request_text("health", peers.Peer("x", 1, [], host="host1"))


def test_every_service_that_keeps_data_gets_its_replicas():
    text = (ROOT / "topology/local.yaml").read_text()
    assert peers.replicated(text, 1) == text
    three = peers.replicated(text, 3)
    assert three.count("replicas: [{}, {}, {}]") == 3
    for service in ("service_a", "kms", "2fa"):
        assert f"  {service}:\n    replicas: " in three
    assert "  typesense_client:\n    port: " in three


def test_the_benchmarks_cluster_is_the_documented_one_but_for_its_allowances():
    text = (ROOT / "topology/cluster.yaml").read_text()
    assert peers.unlimited(text).replace(peers.UNLIMITED, "") == text != peers.unlimited(text)


def replicas_of(*rounds):
    """What a run has seen of creates at 64 connections: SQLite's rate, PostgreSQL's, the cluster's (None: it was not there)."""
    names = ("SQLite", "PostgreSQL", "cluster")
    found = [{name: {"perSecond": rate, "cpu": 10, "p50": 1, "p99": 2, "bad": 0} for name, rate in zip(names, one) if rate} for one in rounds]
    return types.SimpleNamespace(connections=[64], rounds={("create", 64): found})


def test_replicas_stand_beside_sqlite_in_the_same_rounds():
    seen = replicas_of((1000, 500, 100), (100, 40, None), (1000, 500, 300))
    rows = replicas.rows(seen, "create")
    assert [row[:3] + row[6:8] for row in rows[1:]] == [
        [64, "SQLite", "1,000", "–", "–"], [64, "PostgreSQL", "500", "0.50", "0.40–0.50"], [64, "cluster", "200", "0.20", "0.10–0.30"]]
    assert [target.verdict(target.seen(seen)) for target in replicas.TARGETS] == ["met", ""]


def test_what_is_never_still_is_at_rest_when_it_does_no_more_than_then(monkeypatch):
    # A whole processor, whatever else this machine does.
    monkeypatch.setattr(processes, "cpu_seconds", lambda pids: time.monotonic())
    assert processes.share([1], 0.5) > 0.2
    assert not processes.settle([1], 0.5)
    assert processes.settle([1], 5, at_rest=1)


def test_what_spins_is_seen_to_take_time():
    spinning = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        until = time.monotonic() + 30
        while processes.cpu_seconds([spinning.pid]) < 0.2:
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        spinning.kill()
        spinning.wait()


class Answering(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked["elementId"])
        self.send_response(409 if asked["elementId"] % 10 == 0 else 201)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def loader(tmp_path_factory):
    program = tmp_path_factory.mktemp("load") / "load"
    subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, ROOT / "Benchmarks/load/load.c", "-lm"], check=True)
    return program


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as listening:
        listening.daemon_threads, listening.asked = True, []
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield types.SimpleNamespace(port=listening.server_address[1], asked=listening.asked)
        listening.shutdown()


def loaded(loader, server, tmp_path, seconds, *more):
    request = tmp_path / "request"
    request.write_text(load.request_text("create", peers.Peer("x", server.port, [], "/sequence", token="t")))
    words = [loader, server.port, 4, seconds, request, "--expect", 201, *more]
    return json.loads(subprocess.run([str(word) for word in words], capture_output=True, check=True, timeout=60).stdout)


def test_the_generator_sends_each_id_once_and_counts_by_status(loader, server, tmp_path):
    found = loaded(loader, server, tmp_path, 0, "--first", 10**12, "--answers", 100)
    assert sorted(server.asked) == list(range(10**12, 10**12 + 100))
    assert found["good"] == 90 and found["others"] == {"409": 10} and found["unanswered"] == found["closed"] == 0
    assert sum(count for _, count in found["histogram"]) == 90


def test_an_open_loop_asks_at_its_rate_whatever_the_server_does(loader, server, tmp_path):
    found = loaded(loader, server, tmp_path, 1, "--first", 10**12, "--rate", 200, "--warm-up", 0)
    # Poisson with the same seed each time: 200 give or take three times its root.
    assert 158 <= found["asked"] <= 242 and found["asked"] == len(set(server.asked))
    assert found["unanswered"] == 0
