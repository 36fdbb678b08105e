#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run meson's tests and close with one line that counts passes, skips and failures.

  run_tests.py BUILD [--suite NAME]...

With RELIEF_STRICT=1 a skipped test is a failure unless tests/may-skip names it. A failed test that
drives daemons, windows or processes of others is run once more, alone; the closing line counts those
that passed only then.
"""
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("RELIEF_SHARED", ROOT.parent / "shared"))
PEERS = ROOT / ".venv/peers"
# Suites whose tests wait for programs that are not ours: Slurm, Blender, Xvfb, browsers.
DRIVERS = {"cluster", "addon", "blender", "views"}


def may_skip():
    """Names of tests, or test:case, that may skip here: those whose condition in tests/may-skip holds."""
    holds = {
        "no-shared": not (SHARED / "data").is_dir(),
        "no-peers": not PEERS.exists(),
        "anywhere": True,
    }
    lines = (ROOT / "tests/may-skip").read_text().splitlines()
    words = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return {name for name, condition, *_ in words if holds[condition]}


def run_meson(build, *arguments):
    """Run tests of `build`. Returns the exit status and the log's entries."""
    # Limits of time are for hangs; a busy machine, or a sanitizer, may take three times as long.
    command = ["meson", "test", "-C", build, "--print-errorlogs", "--no-rebuild"]
    command += ["--timeout-multiplier", "3", *arguments]
    # Tests that want the cache of weights say so; the user's own is left alone.
    code = subprocess.run(command, cwd=ROOT, env={**os.environ, "RELIEF_CACHE": "off"}).returncode
    log = ROOT / build / "meson-logs/testlog.json"
    return code, [json.loads(line) for line in log.read_text().splitlines()]


def name_of(entry):
    return entry["name"].split(" / ")[-1]


def is_failed(entry):
    return entry["result"] not in ("OK", "SKIP")


def try_again(build, entries):
    """Run failed tests of DRIVERS once more. Returns the entries with the new results, and how many now passed."""
    again = [
        name_of(entry)
        for entry in entries
        if is_failed(entry) and DRIVERS & set(re.split(r"\W+", entry["name"].split(" / ")[0]))
    ]
    if not again:
        return entries, 0
    print(f"once more, alone: {' '.join(again)}", flush=True)
    _, new = run_meson(build, "--num-processes", "1", *again)
    replaced = {entry["name"]: entry for entry in new}
    passed = sum(not is_failed(entry) for entry in new)
    return [replaced.get(entry["name"], entry) for entry in entries], passed


def results(entries):
    """(name, passed|skipped|failed, output) of every test, with skipped cases inside cmocka programs."""
    for entry in entries:
        name, output = name_of(entry), (entry.get("stdout") or "") + (entry.get("stderr") or "")
        state = {"OK": "passed", "SKIP": "skipped"}.get(entry["result"], "failed")
        yield name, state, output
        for case in sorted(set(re.findall(r"^\[  SKIPPED \] ([A-Za-z_]\w*)$", output, re.M))):
            if state == "passed":
                yield f"{name}:{case}", "skipped", output


def main():
    build, suites = sys.argv[1], sys.argv[2:]
    code, entries = run_meson(build, *suites)
    entries, late = try_again(build, entries)
    counts = {"passed": 0, "skipped": 0, "failed": 0}
    allowed, strict = may_skip(), os.environ.get("RELIEF_STRICT") == "1"
    for name, state, output in results(entries):
        counts[state] += 1
        if state == "skipped":
            reasons = [line for line in output.splitlines() if line.lower().startswith("skip")]
            print(f"skipped: {name}: {reasons[-1] if reasons else 'no reason given'}")
            if strict and name not in allowed:
                print(f"  {name} must not skip: it does not stand in tests/may-skip")
                counts["failed"] += 1
    if late:
        print(f"{late} passed at the second try")
    print("relief tests: {passed} passed, {skipped} skipped, {failed} failed".format(**counts))
    # Meson's own status says more than failures (a broken build folder): it counts unless they explain it.
    broken = code and not late
    sys.exit(1 if broken or counts["failed"] or not counts["passed"] else 0)


if __name__ == "__main__":
    main()
