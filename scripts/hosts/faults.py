"""One fault under load, and the table of all of them: what happened, the longest time without, and what was lost.

A try: clients (clients.py) on the edge, the fault, so many seconds, whatever was done is undone, all is whole again, the clients' verdict.
"""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".cache/venv/bin/python"
TOPOLOGY = str(ROOT / "topology/cluster.yaml")
# So long the clients may take to begin, and after the end for their verdict (twice `LAST` in clients.py, and what is under way then).
BEGINNING, ENDING = 120, 200
# Clients wait for an answer longer than the gateway for the service (`gateway.request_timeout`) where nothing freezes.
PATIENCE = {"roll": 12}
UNDO = {"kill": "start", "cut": "mend", "separate": "mend", "freeze": "thaw"}

# What is done to what: the services run on host3 and host2, the gateways on host1 and host2.
ROWS = [
    ("kill -9 of all on the primary's host", "kill", "primary"),
    ("the primary's host cut off from everybody", "cut", "primary"),
    ("the primary's host cut off from the other two", "separate", "primary"),
    ("the primary's host frozen", "freeze", "primary"),
    ("Patroni frozen, PostgreSQL lives", "freeze", "primary/patroni"),
    ("planned switchover", "switchover", None),
    ("kill -9 of a standby's host", "kill", "standby"),
    ("kill -9 of a host with a replica of each service", "kill", "host3"),
    ("kill -9 of the KMS", "kill", "host3/kms"),
    ("kill -9 of the 2FA service", "kill", "host3/2fa"),
    ("kill -9 of Service A", "kill", "host3/service_a"),
    ("kill -9 of the Typesense Client", "kill", "host3/typesense_client"),
    ("Service A frozen", "freeze", "host3/service_a"),
    ("kill -9 of a gateway", "kill", "host1/gateway"),
    ("a gateway frozen", "freeze", "host1/gateway"),
    ("kill -9 of a Typesense node", "kill", "host1/typesense"),
    ("a Typesense node frozen", "freeze", "host1/typesense"),
    ("rolling update: every service and gateway, one after the other", "roll", None),
]


class Broken(OSError):
    """The clients could not even begin, or gave no verdict."""


def run(cluster, fountain, fault, target, seconds):
    """One try; what the clients say, and what was done."""
    keeper = next(name for name, host in cluster.ask("status").items() if "kms" in host["running"])
    made = subprocess.run(
        cluster.command(keeper, [fountain, "admin", "bootstrap", "--topology", TOPOLOGY]), capture_output=True, text=True
    )
    if made.returncode:
        raise Broken(f"no token for an admin: {made.stderr}")
    patience = [f"FOUNTAIN_PATIENCE={PATIENCE[fault]}"] if fault in PATIENCE else []
    words = ["env", *patience, str(PYTHON), str(ROOT / "scripts/hosts/clients.py"), made.stdout.split()[-1]]
    child = subprocess.Popen(cluster.command("edge", words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        require(said_by(child, BEGINNING) == "ready", "the clients did not come so far as to begin")
        time.sleep(1)
        done = cluster.ask(fault, *([target] if target else []))
        time.sleep(0 if fault == "roll" else seconds)
        if fault in UNDO:
            back = target if "/" in (target or "") else done["host"]
            if fault != "kill" or "/" not in back:
                cluster.ask(UNDO[fault], back.replace("primary", done["host"]))
        whole = cluster.ask("wait", "150")
        child.stdin.write("\n")
        child.stdin.flush()
        verdict = said_by(child, ENDING)
        require(verdict, "the clients gave no verdict")
    finally:
        end(child)
    return {"fault": f"{fault} {target or ''}".strip(), **done, "whole": whole["whole"], **json.loads(verdict)}


def require(is_so, otherwise):
    if not is_so:
        raise Broken(otherwise)


def said_by(child, seconds):
    """Its next line; nothing where it says none in that time, and then it has been ended."""
    patience = threading.Timer(seconds, os.killpg, [child.pid, signal.SIGKILL])
    patience.start()
    try:
        return child.stdout.readline().strip()
    finally:
        patience.cancel()


def end(child):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def attempt(cluster, given, program):
    fault, *rest = given.fault
    verdict = run(cluster, program, fault, resolve(cluster, rest[0] if rest else None), given.seconds)
    print(json.dumps(verdict, indent=2))
    return 1 if verdict["faults"] or not verdict["whole"] else 0


def resolve(cluster, target):
    """`standby` is a host that is not the primary's; the rest the keeper knows."""
    if target and target.split("/")[0] == "standby":
        hosts = cluster.ask("status")
        standby = next(name for name, host in hosts.items() if host["database"] and not host["database"].startswith("leader"))
        return target.replace("standby", standby)
    return target


def table(cluster, given, program):
    print("| fault | writes | reads | searches | keys | acknowledged | lost, doubled, out of order |")
    print("|---|---|---|---|---|---|---|", flush=True)
    failed = 0
    for name, fault, target in ROWS * given.rounds:
        if given.only and given.only not in name:
            continue
        try:
            verdict = run(cluster, program, fault, resolve(cluster, target), 15)
        except (ValueError, OSError) as problem:
            print(f"| {name} | not measured: {problem} |", flush=True)
            failed += 1
            continue
        failed += bool(verdict["faults"] or not verdict["whole"])
        pauses = " | ".join(f"{verdict[what]['pause']} s" for what in ("writes", "reads", "searches", "identity"))
        said = "; ".join(verdict["faults"]) or "none"
        print(f"| {name} | {pauses} | {verdict['acknowledged']} | {said}{'' if verdict['whole'] else '; not whole again'} |", flush=True)
    return 1 if failed else 0
