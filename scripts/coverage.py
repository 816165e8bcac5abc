#!/usr/bin/env python3
"""What the tests run of each module: lines, by llvm-cov. `make coverage` calls it after the tests, whatever came of them.

    scripts/coverage.py BIN RAW                  the table of this run beside that of docs/coverage.tsv; 1 where a module has fallen
    scripts/coverage.py BIN RAW --keep           writes this run's table there: what the next run is held against

BIN: the folder with the instrumented tests and `fountain`. RAW: the folder of the profiles that they and their children have left. Files under
Sources count, and a module is the folder that Package.swift gives a target. Lines that only a race or a fault reaches come and go: a module has
fallen where it has more than TOLERANCE points less.
"""

import argparse
import collections
import json
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
KEPT = ROOT / "docs" / "coverage.tsv"
FLOORS = {"Edge", "Services", "Shared", "Wrappers", "C"}
TOLERANCE = 1.0


def tool(name):
    """The one of the compiler that wrote the profiles: another's may not read them."""
    beside = pathlib.Path(shutil.which("swift")).resolve().parent / name
    return str(beside) if beside.exists() else name


def merged(raw):
    profiles = [path for path in raw.glob("*.profraw") if path.stat().st_size]
    if not profiles:
        sys.exit("coverage: the tests left no profile")
    whole = raw / "whole.profdata"
    # A process that was killed while it wrote leaves half a profile; that one is left out.
    subprocess.run([tool("llvm-profdata"), "merge", "--sparse", "--failure-mode=all", "-o", whole, *profiles], check=True)
    return whole


def files(binaries, profile):
    """Lines and covered lines of each file under Sources."""
    bundle = next(binaries.glob("FountainAIPackageTests.xctest"))
    command = [tool("llvm-cov"), "export", "--summary-only", "--instr-profile", profile, bundle, "--object", binaries / "fountain"]
    exported = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    for entry in exported["data"][0]["files"]:
        path = pathlib.Path(entry["filename"])
        if path.is_relative_to(ROOT / "Sources"):
            lines = entry["summary"]["lines"]
            yield path.relative_to(ROOT / "Sources"), lines["count"], lines["covered"]


def modules(measured):
    """(lines, covered) by module."""
    table = collections.defaultdict(lambda: (0, 0))
    for path, count, covered in measured:
        module = path.parts[1] if path.parts[0] in FLOORS else path.parts[0]
        table[module] = (table[module][0] + count, table[module][1] + covered)
    return table


def share(counts):
    return 100 * counts[1] / max(1, counts[0])


def kept():
    if not KEPT.exists():
        return {}
    rows = (line.split("\t") for line in KEPT.read_text().splitlines()[1:])
    return {name: (int(count), int(covered)) for name, count, covered, _ in rows}


def keep(table):
    rows = [f"{name}\t{table[name][0]}\t{table[name][1]}\t{share(table[name]):.1f}" for name in sorted(table)]
    KEPT.write_text("\n".join(["module\tlines\tcovered\tpercent", *rows]) + "\n")


def report(table, before):
    """Prints a row a module; the modules that have fallen."""
    print(f"{'module':<22}{'lines':>8}{'covered':>9}{'':>8}{'before':>8}")
    fallen = []
    for name in sorted(table, key=lambda name: share(table[name])):
        was = share(before[name]) if name in before else None
        has_fallen = was is not None and share(table[name]) < was - TOLERANCE
        fallen += [name] * has_fallen
        said = "" if was is None else f"{was:7.1f}%"
        print(f"{name:<22}{table[name][0]:>8,}{table[name][1]:>9,}{share(table[name]):7.1f}%{said:>8}{'  FALLEN' * has_fallen}")
    every = tuple(map(sum, zip(*table.values())))
    print(f"{'all':<22}{every[0]:>8,}{every[1]:>9,}{share(every):7.1f}%")
    return fallen


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", type=pathlib.Path)
    parser.add_argument("raw", type=pathlib.Path)
    parser.add_argument("--keep", action="store_true", help="hold the next run against this one")
    options = parser.parse_args()
    table = modules(files(options.binaries, merged(options.raw)))
    fallen = report(table, kept())
    if options.keep:
        keep(table)
    elif fallen:
        sys.exit(f"coverage: {', '.join(fallen)} fell by more than {TOLERANCE:g} points: test what is new, or say why not with --keep")


if __name__ == "__main__":
    main()
