"""`make load`: whether its users are answered whatever they do; buckets, intervals, comparison with the last run, the knee."""

import json
import pathlib
import random
import subprocess
import sys

import ecosystem
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "loadtest"))
import tally  # noqa: E402


# Every user does everything twice, in the order of the file, without a pause.
EVERYTHING = """
import json, sys
sys.path.insert(0, sys.argv[1])
import locustfile, locust.env
environment = locust.env.Environment(user_classes=[locustfile.Author, locustfile.Admin], events=locust.events)
failed = []
locust.events.request.add_listener(lambda name, exception, **_: exception and failed.append(f"{name}: {exception}"))
for kind in (locustfile.Admin, locustfile.Author):
    kind.host = sys.argv[2]
    user = kind(environment)
    user.on_start()
    for act in sorted(set(kind.tasks), key=lambda act: act.__code__.co_firstlineno) * 2:
        act(user)
print(json.dumps({"failed": failed, "done": sorted(locustfile.seen.operations)}))
"""


def test_whatever_a_user_does_is_answered(tmp_path):
    root = pathlib.Path(__file__).resolve().parents[2]
    python = subprocess.check_output([root / "scripts/test-tools", "load"], text=True).strip()
    with ecosystem.up(ecosystem.topology(tmp_path, services="{service_a: {}, kms: {}, 2fa: {}, typesense_client: {}}"), tmp_path / "log") as edge:
        words = [python, "-c", EVERYTHING, root / "loadtest", edge.origin]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["failed"] == []
    acts = {"register", "log in", "refresh", "enrol", "confirm", "one-time code", "write", "read", "list", "reorder", "search"}
    assert set(seen["done"]) == acts | {"make a key", "rotate", "list with a key"}


def test_users_are_sent_at_an_ecosystem_that_runs_already(tmp_path):
    """`--at`: Locust itself, for three seconds; its report, and numbers that the next run can be held against."""
    root = pathlib.Path(__file__).resolve().parents[2]
    with ecosystem.up(ecosystem.topology(tmp_path, services="{service_a: {}, kms: {}, 2fa: {}, typesense_client: {}}"), tmp_path / "log") as edge:
        words = [root / "loadtest/run.py", "--at", edge.origin, "--users", "2", "--spawn-rate", "2", "--seconds", "3", "--report", tmp_path / "report"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    numbers = json.loads((tmp_path / "report/report.json").read_text())
    assert {"register", "log in"} <= set(numbers["users"]) and "make a key" not in numbers["users"]
    assert f"2 authors for 3 s at {edge.origin}" in (tmp_path / "report/report.html").read_text()
    assert (tmp_path / "report/locust.html").exists()


def histogram(values):
    seen = tally.Tally()
    for value in values:
        seen.record("x", 0, value, True)
    return seen.plain()["x"]["histogram"]


@pytest.mark.parametrize("value", [0.01, 0.5, 1, 3.14, 99, 12_345])
def test_a_bucket_is_at_most_two_percent_too_high(value):
    assert value * 0.9999 <= tally.bucket(value) <= value * 1.0201


def test_what_failed_is_counted_and_keeps_its_second():
    seen = tally.Tally()
    seen.record("read", 0.9, 5, True)
    seen.record("read", 1.2, 7, False)
    found = seen.plain()["read"]
    assert found["failed"] == 1 and tally.count(found["histogram"]) == 2 and list(found["seconds"]) == [0, 1]


def test_the_interval_of_a_quantile_holds_the_true_one_nearly_always():
    # Exponential with mean 10: the true median is 10 ln 2. Two hundred runs with a fixed seed; 95 % ± 2 of theirs.
    dice, held = random.Random(7), 0
    for _ in range(200):
        value, low, high = tally.quantile(histogram(dice.expovariate(0.1) for _ in range(400)), 0.5)
        held += low / 1.02 <= 6.931 <= high
    assert held >= 182


def test_a_quantile_of_few_samples_does_not_pretend_to_know_its_upper_end():
    value, low, high = tally.quantile(histogram([1, 2, 3]), 0.99)
    assert high is None and low <= value
    assert tally.quantile([], 0.5) is None


@pytest.mark.parametrize("before, now, word", [
    ((10, 9, 11), (20, 18, 22), "slower, +100%"),
    ((20, 18, 22), (10, 9, 11), "faster, -50%"),
    # The intervals meet: nobody knows.
    ((10, 9, 16), (20, 15, 25), "same"),
    # They part, but by less than a tenth.
    ((10, 9.9, 10.1), (10.5, 10.4, 10.6), "same"),
    # An end that is not known parts from nothing.
    ((10, 9, None), (20, 18, None), "same"),
    (None, (1, 1, 1), ""),
])
def test_a_change_is_told_only_where_the_intervals_part(before, now, word):
    assert tally.compared(before, now) == word


def run(seed, requests, slow=1.0, failing=0.0, seconds=60):
    dice, seen = random.Random(seed), tally.Tally()
    for second in range(seconds):
        for _ in range(requests + dice.randint(-3, 3)):
            seen.record("x", second, slow * dice.expovariate(0.1), dice.random() >= failing)
    return seen.plain()["x"]


def test_two_runs_of_one_thing_are_the_same():
    assert tally.changes(run(1, 40), run(2, 40), 60) == "same"
    assert tally.changes(None, run(2, 40), 60) == ""


@pytest.mark.parametrize("now, words", [
    (run(3, 40, slow=1.5), ["p50 slower", "p95 slower", "p99 slower"]),
    (run(3, 40, slow=0.6), ["p50 faster", "p95 faster", "p99 faster"]),
    (run(3, 30), ["requests fewer"]),
    (run(3, 50), ["requests more"]),
    (run(3, 40, failing=0.05), ["errors 5"]),
])
def test_each_figure_is_held_against_the_last_run(now, words):
    told = tally.changes(run(1, 40), now, 60).split("; ")
    assert len(told) == len(words) and all(one.startswith(word) for one, word in zip(told, words)), told


def test_the_interval_of_a_rate_and_of_errors_hold_the_true_one_nearly_always():
    rates, shares = 0, 0
    for seed in range(200):
        found = run(seed, 20, failing=0.02, seconds=30)
        rates += tally.rate(found, 30)[1] <= 20 <= tally.rate(found, 30)[2]
        shares += tally.errors(found)[1] <= 0.02 <= tally.errors(found)[2]
    assert rates >= 182 and shares >= 182


def test_no_error_at_all_is_not_taken_for_a_proof_that_there_is_none():
    assert tally.errors(run(1, 20, seconds=5))[0] == 0 < tally.errors(run(1, 20, seconds=5))[2]


@pytest.mark.parametrize("busy, used, disk, begins", [
    ([("a", 1.2), ("b", 0.3)], 1.9, 0.2, "The processors were full"),
    ([("a", 0.95), ("b", 0.1)], 1.1, 0.2, 'One thread was full: "a"'),
    ([("a", 0.5)], 0.6, 0.97, "The disk was full"),
    ([("a", 0.5)], 0.5, None, "Nothing was full: 0.50 of 2 processors were used."),
    ([], 0, 0.1, "Nothing was full"),
])
def test_at_the_knee_it_is_said_what_was_full(busy, used, disk, begins):
    assert tally.fullest(busy, used, 2, disk).startswith(begins)


def test_the_knee_lies_between_what_was_carried_and_what_was_not():
    steps = [(100, 100, 5, 0), (200, 199, 9, 0), (400, 300, 900, 0)]
    assert tally.knee(steps, 250) == (steps[1], steps[2])
    assert tally.knee(steps[:2], 250) == (steps[1], None)
    assert tally.knee([(100, 100, 5, 1)], 250) == (None, (100, 100, 5, 1))
