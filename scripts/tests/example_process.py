"""The guest book of Examples/swift as what it is in production: a process of its own beside `fountain up`, on the bus that its topology names. It is asked through
the gateway, seen by ping, doctor and explain, and told to end while it has a request in hand. `scripts/test-example` builds it, and runs this."""

import concurrent.futures
import re
import signal
import subprocess

import ecosystem
import pytest
from test_caddyfile import free_port

GUESTBOOKD = ecosystem.FOUNTAIN.with_name("guestbookd")
SHIPPED = ecosystem.ROOT / "Examples/swift/topology.yaml"


@pytest.fixture
def topology(tmp_path):
    """The example's own topology, but for where its data lies and its port."""
    text = SHIPPED.read_text()
    for old, new in {"data_dir: var/guests": f"data_dir: {tmp_path}/data", "127.0.0.1:8002": f"127.0.0.1:{free_port()}"}.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    path = tmp_path / "topology.yaml"
    path.write_text(text)
    return path


@pytest.fixture
def everybody(topology, tmp_path):
    """guestbookd, and `fountain up` beside it, which says ready once its gateway has met everybody whom the topology names."""
    with ecosystem.process(topology, log=tmp_path / "guestbookd.log", program=GUESTBOOKD) as guestbook:
        with ecosystem.up(topology, tmp_path / "up.log") as client:
            yield client, guestbook


def test_a_service_of_ones_own_is_a_process_that_is_pinged_examined_explained_and_drained(everybody, topology, tmp_path):
    client, guestbook = everybody
    assert guestbook.said[-1].startswith("ready: guestbook of guests after ")
    ada = client.registered()
    signed = ada.post("/guestbook/entries", {"text": "was here"})
    assert (signed.status_code, signed.json()) == (201, {"number": 1, "author": signed.json()["author"], "text": "was here"})
    assert re.search(r"^up    guestbook  ", ecosystem.run("ping", "guestbook", "--topology", topology), re.MULTILINE)
    assert "ok      guestbook: answers" in ecosystem.run("doctor", "--topology", topology)
    assert "ok      guestbook: consumers keep up" in ecosystem.run("check", "--free", "0", "--topology", topology)
    story = ecosystem.run("explain", signed.headers["traceparent"].split("-")[1], "--topology", topology)
    for words in ("gateway  ", "POST /guestbook/entries", "calls guestbook.sign", "guestbook  ", "work ", "disk "):
        assert words in story, story
    assert "not asked" not in story

    # Everybody is answered or refused, and who was told that it is written finds it written.
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(ada.post, "/guestbook/entries", {"text": str(n)}) for n in range(200)]
        concurrent.futures.wait(answers, return_when=concurrent.futures.FIRST_COMPLETED)
        guestbook.send_signal(signal.SIGTERM)
        answers = [answer.result() for answer in answers]
    assert guestbook.wait(30) == 0
    written = sum(answer.status_code == 201 for answer in answers)
    others = {answer.text for answer in answers if answer.status_code not in (201, 503)}
    assert written > 0 and not others, others
    assert "DOWN  guestbook" in ecosystem.run("ping", "guestbook", "--topology", topology, code=1)
    assert ada.get("/guestbook/entries").status_code == 503

    with ecosystem.process(topology, log=tmp_path / "again.log", program=GUESTBOOKD):
        kept = ecosystem.run("call", "guestbook.read", "{}", "--topology", topology)
        assert kept.count('"number"') == min(100, 1 + written)


def test_what_it_is_not_given_it_says():
    def ended(*arguments):
        return subprocess.run([GUESTBOOKD, *arguments], capture_output=True, text=True, timeout=30)

    called_wrongly, nowhere = ended(), ended("/nowhere/topology.yaml")
    assert called_wrongly.returncode == 64 and "usage: " in called_wrongly.stderr
    assert nowhere.returncode == 1 and "/nowhere/topology.yaml" in nowhere.stderr
