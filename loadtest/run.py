#!/usr/bin/env python3
"""A load test: users over HTTPS through Caddy, then an open loop, then a ramp to the knee; one HTML report.

    loadtest/run.py [--users N] [--seconds S] [--rate R] [--report FOLDER]
    FOUNTAIN_CA=root.crt loadtest/run.py --at https://staging.example.org [--users N] [--seconds S]

It brings up `fountain` (the release build) and Caddy on ports and data of its own, sends, and ends both. Locust's users are a closed loop:
each waits for its answer before it asks again, so a server that stands still is asked less; `fountain load` asks whatever happens and measures
from when a request was due. The report compares with the run before it, whose numbers lie beside it in report.json, and says `slower` only
where the 95 % intervals part and the change is over a tenth. Exit code 1 where a request failed.

With --at the users alone go to an ecosystem that runs already, which is brought up and ended by whoever owns it. It has its admin, so none
comes besides. All of them are one address to it: what `gateway.allowances` of its topology does not let through is in the report as errors (429).
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "loadtest"), str(ROOT / "Benchmarks")]
import tally  # noqa: E402
from bench import peers, processes, svg  # noqa: E402
from bench.report import Report  # noqa: E402

RAMP = (50, 100, 200, 400, 800, 1600, 3200, 6400, 12_800)
RAMP_SECONDS = 4
RAMP_CLIENTS = 256
KNEE_MS = 250


# --- what is tested ---

@contextlib.contextmanager
def caddy(gateway, directory):
    """The repository's Caddyfile before this gateway: (its HTTPS port, its authority's certificate)."""
    home = pathlib.Path(directory, "caddy")
    https, http = processes.free_port(), processes.free_port()
    environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(home), "FOUNTAIN_BIND": "127.0.0.1",
                   "FOUNTAIN_GATEWAY": f"127.0.0.1:{gateway}", "FOUNTAIN_HTTPS_PORT": str(https), "FOUNTAIN_HTTP_PORT": str(http)}
    root = home / "caddy/pki/authorities/local/root.crt"
    with processes.running("caddy", "run", "--adapter", "caddyfile", "--config", ROOT / "Caddyfile", log=f"{directory}/caddy.log", env=environment) as child:
        processes.wait_for_port(https)
        for _ in range(200):
            if root.exists() and b"END CERTIFICATE" in root.read_bytes():
                break
            time.sleep(0.05)
        yield https, root, child


# --- the three parts ---

def locust():
    """Locust as this repository pins it, made where it is not there."""
    python = subprocess.check_output([ROOT / "scripts/test-tools", "load"], text=True).strip()
    return pathlib.Path(python).with_name("locust")


def with_users(options, directory, origin, kinds, **environment):
    """Locust, headless and bounded; what its users, of these kinds, have seen."""
    path = pathlib.Path(directory, "tally.json")
    environment = {**os.environ, **environment, "FOUNTAIN_TALLY": str(path)}
    users = options.users + kinds.count("Admin")
    command = [locust(), "-f", ROOT / "loadtest/locustfile.py", *kinds, "--headless", "--host", origin, "-u", users,
               "-r", options.spawn_rate, "-t", f"{options.seconds}s", "--stop-timeout", 10, "--only-summary", "--exit-code-on-error", 0,
               "--html", pathlib.Path(options.report, "locust.html"), "--loglevel", "WARNING"]
    print(f"{options.users} users for {options.seconds} s at {origin}", flush=True)
    subprocess.run([str(word) for word in command], env=environment, check=True, stdout=subprocess.DEVNULL, timeout=options.seconds + 120)
    return json.loads(path.read_text())


def open_loop(options, topology, rate, seconds, clients, user):
    """`fountain load --rate`; its numbers."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [options.fountain, "load", "--topology", topology, "--user", user, "--rate", rate, "--seconds", seconds, "--clients", clients,
                   "--json", file.name]
        done = subprocess.run([str(word) for word in command], env={**os.environ, "FOUNTAIN_PASSWORD": "rosemary for remembrance"},
                              capture_output=True, text=True, timeout=seconds + 120)
        text = pathlib.Path(file.name).read_text()
        if not text:
            sys.exit(f"fountain load: {done.stderr.strip()[-400:]}")
        return json.loads(text)


def milliseconds(buckets):
    return [[bound / 1000, count] for bound, count in buckets]


def ramp(options, topology, pids):
    """Twice the rate at each step until the knee: [(rate, answered a second, p99 ms, failed)], who used the processors in the last, how many
    the whole machine did, and how much of its time the disk was at work."""
    steps, busy, used, disk = [], [], 0, None
    for rate in RAMP:
        before, whole, worked, began = thread_seconds(pids), machine_seconds(), disk_seconds(topology), time.monotonic()
        found = open_loop(options, topology, rate, RAMP_SECONDS, RAMP_CLIENTS, "ramp")
        took = time.monotonic() - began
        busy = [(name, (used - before.get(name, 0)) / took) for name, used in thread_seconds(pids).items()]
        used = (machine_seconds() - whole) / took
        disk = (disk_seconds(topology) - worked) / took if worked is not None else None
        p99 = tally.quantile(milliseconds(found["fromDue"]), 0.99)
        failed = sum(found["others"].values())
        # Of what was due, which is `rate` on average only; all of it is answered in the end, but what takes longer is not carried.
        share = found["created"] / max(1, found["created"] + failed) * RAMP_SECONDS / last_second(found)
        steps.append((rate, rate * share, p99[0] if p99 else 0, failed))
        print(f"ramp: {rate} a second, p99 {steps[-1][2]:.1f} ms", flush=True)
        if tally.knee(steps, KNEE_MS)[1]:
            break
    return steps, sorted(busy, key=lambda item: -item[1]), used, disk


def last_second(found):
    """When the last answer came at the latest, in seconds; waits of less than one are no backlog."""
    most = found["fromDue"][-1][0] / 1e6 if found["fromDue"] else 0
    return RAMP_SECONDS + most if most > 1 else RAMP_SECONDS


def thread_seconds(pids):
    """Processor time by the threads' names."""
    used = {}
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                name = f"{pathlib.Path(f'/proc/{pid}/comm').read_text().strip()}: {(task / 'comm').read_text().strip()}"
                fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
                used[name] = used.get(name, 0) + (int(fields[11]) + int(fields[12])) / processes.TICKS
    return used


def machine_seconds():
    """Processor time of everybody: all but what was idle or waited for a disk."""
    ticks = [int(field) for field in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / processes.TICKS


def disk_seconds(path):
    """For how long the disk of this path has been at work since the machine began; None where the kernel counts none."""
    device = os.stat(path).st_dev
    for line in pathlib.Path("/proc/diskstats").read_text().splitlines():
        fields = line.split()
        if (int(fields[0]), int(fields[1])) == (os.major(device), os.minor(device)):
            return int(fields[12]) / 1000
    return None


# --- telling ---

def shown(found):
    """A quantile with its interval, in milliseconds."""
    if found is None:
        return "–"
    value, low, high = ("?" if each is None else f"{each:.3g}" if each < 1000 else f"{each:,.0f}" for each in found)
    return f"{value} ({low}–{high})"


def tell_users(report, options, now, before):
    report.heading("Users over HTTPS")
    who = f"{options.users} authors for {options.seconds} s at {options.at}" if options.at else \
        f"{options.users} authors and one admin for {options.seconds} s, over TLS through Caddy"
    report.text(f"{who}. A closed loop: who waits does not ask. "
                "Milliseconds, with the interval that holds the true value in 95 of 100 runs.")
    rows = [["operation", "requests/s", "errors", "p50", "p95", "p99", "against the last run"]]
    for name, found in sorted(now.items()):
        quantiles = [tally.quantile(found["histogram"], q) for q in (0.5, 0.95, 0.99)]
        verdict = tally.changes(before.get(name), found, options.seconds)
        rows.append([name, f"{tally.count(found['histogram']) / options.seconds:.1f}", found["failed"], *map(shown, quantiles), verdict])
    report.table(rows)
    every = {}
    for found in now.values():
        for second, histogram in found["seconds"].items():
            every.setdefault(int(second), []).extend(histogram)
    seconds = range(max(every) + 1) if every else []
    if not every:
        return
    merged = [sorted(every.get(second, [])) for second in seconds]
    report.plot(svg.lines("Users: requests a second", list(seconds), {"requests": [tally.count(histogram) for histogram in merged]}))
    waits = {f"p{int(q * 100)}": [(tally.quantile(histogram, q) or [None])[0] for histogram in merged] for q in (0.5, 0.95)}
    report.plot(svg.lines("Users: latency by second, ms", list(seconds), waits))


def tell_open(report, options, now, before):
    report.heading("Open loop")
    report.text(f"`fountain load --rate {options.rate}`: creates, due at random times whatever the answers do, over HTTP at the gateway. "
                f"The generator was late itself by p99 {now['late99'] / 1000:.2f} ms"
                + ("; that is too much: these latencies are too high." if now["isInconclusive"] else "."))
    rows = [["latency", "p50", "p95", "p99", "p99.9", "against the last run"]]
    for words, key in (("from when due", "fromDue"), ("from when sent", "fromSent")):
        quantiles = {q: tally.quantile(milliseconds(now[key]), q) for q in (0.5, 0.95, 0.99, 0.999)}
        old = {q: tally.compared(tally.quantile(milliseconds(before.get(key, [])), q), quantiles[q]) for q in (0.5, 0.95, 0.99)}
        verdict = "; ".join(f"p{int(q * 100)} {word}" for q, word in old.items() if word not in ("", "same"))
        rows.append([words, *map(shown, quantiles.values()), verdict or ("same" if before else "")])
    report.table(rows)
    seconds = list(range(len(now["bySecond"])))
    waits = {name: [second[name] / 1000 for second in now["bySecond"]] for name in ("p50", "p99")}
    report.plot(svg.lines("Open loop: latency from when due by second, ms", seconds, waits))
    report.plot(svg.lines("Open loop: created a second", seconds, {"created": [second["created"] for second in now["bySecond"]]}))


def tell_ramp(report, steps, busy, used, disk):
    report.heading("Ramp")
    carried, broke = tally.knee(steps, KNEE_MS)
    report.text(f"Creates in an open loop, {RAMP_SECONDS} s at each rate, until fewer than 95 of 100 are answered in time, one fails, or p99 is over {KNEE_MS} ms.")
    report.table([["rate", "answered/s", "p99 ms", "failed"]] + [[rate, f"{answered:.0f}", f"{p99:.1f}", failed] for rate, answered, p99, failed in steps])
    words = f"{carried[0]} a second were carried" if carried else "not even the first rate was carried"
    report.text(f"{words}; {broke[0]} were not." if broke else f"{words}; the ramp ended before the knee.")
    report.text(f"Who used the processors at the last rate, of {os.cpu_count()} (log-in included; the generator is `fountain load` beside them):")
    report.table([["process: thread", "processors"]] + [[name, f"{share:.2f}"] for name, share in busy[:6]])
    report.text(tally.fullest(busy, used, os.cpu_count(), disk))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=20, help="authors; an admin comes besides (20)")
    parser.add_argument("--spawn-rate", type=float, default=1, help="users that begin in a second; each has a password hashed twice (1)")
    parser.add_argument("--seconds", type=int, default=60, help="of users, and half as long of the open loop (60)")
    parser.add_argument("--rate", type=float, default=100, help="of the open loop, requests a second (100)")
    parser.add_argument("--at", metavar="URL", help="users only, at an ecosystem that runs already; FOUNTAIN_CA is its authority's certificate")
    parser.add_argument("--no-ramp", action="store_true", help="leave the ramp out")
    parser.add_argument("--fountain", type=pathlib.Path, default=ROOT / ".build/release/fountain", help="its release build")
    parser.add_argument("--topology", type=pathlib.Path, default=ROOT / "topology/local.yaml", help="what it brings up (topology/local.yaml)")
    parser.add_argument("--report", type=pathlib.Path, default=ROOT / "var/load", help="folder of report.html, report.json, locust.html (var/load)")
    return parser.parse_args()


def commit():
    """Of which text the programs are, where git can say so."""
    words = ["git", "-C", ROOT, "describe", "--always", "--dirty"]
    done = subprocess.run(words, capture_output=True, text=True) if shutil.which("git") else None
    return f", commit {done.stdout.strip()}" if done and done.returncode == 0 else ""


def main():
    options = arguments()
    options.report.mkdir(parents=True, exist_ok=True)
    last = options.report / "report.json"
    before = json.loads(last.read_text()) if last.exists() else {}
    settings = {name: getattr(options, name) for name in ("users", "spawn_rate", "seconds", "rate", "at")}
    report = Report("FountainAI under load")
    report.text(f"{time.strftime('%Y-%m-%d %H:%M')}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start"
                f"{commit()}")
    # Other numbers of users, or a run of another length, would differ by that alone.
    if before.get("settings") not in (None, settings):
        report.text(f"Not compared with the last run, which had other settings: {before['settings']}.")
        before = {}
    with tempfile.TemporaryDirectory(prefix="fl-", dir="/var/tmp") as directory:
        numbers = (at_another if options.at else of_our_own)(options, report, before, directory)
    report.numbers.update(settings=settings, **numbers)
    print(f"report: {report.write(options.report)}; Locust's own: {options.report / 'locust.html'}")
    failed = sum(found["failed"] for found in numbers["users"].values()) + sum(numbers.get("open", {}).get("others", {}).values())
    return 1 if failed else 0


def at_another(options, report, before, directory):
    """The users, sent at what runs at `options.at`; what they have seen."""
    users = with_users(options, directory, options.at, ["Author"])
    tell_users(report, options, users, before.get("users", {}))
    return {"users": users}


def of_our_own(options, report, before, directory):
    """The three parts, sent at what is brought up for them and ended; their numbers."""
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(peers.ours("ours", options.fountain, options.topology, directory))
        https, root, front = stack.enter_context(caddy(ours.port, directory))
        users = with_users(options, directory, f"https://localhost:{https}", ["Author", "Admin"], FOUNTAIN_CA=str(root))
        tell_users(report, options, users, before.get("users", {}))
        topology = pathlib.Path(directory, "ours/topology.yaml")
        half = open_loop(options, topology, options.rate, max(1, options.seconds // 2), 64, "open")
        tell_open(report, options, half, before.get("open", {}))
        steps = []
        if not options.no_ramp:
            steps, *who = ramp(options, topology, [*ours.pids, front.pid])
            tell_ramp(report, steps, *who)
    return {"users": users, "open": half, "ramp": steps}


if __name__ == "__main__":
    sys.exit(main())
