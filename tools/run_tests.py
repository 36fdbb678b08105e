#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run meson's tests and close with one line that counts passes, skips and failures.

  run_tests.py BUILD [--suite NAME]...

With RELIEF_STRICT=1 a skipped test is a failure unless tests/may-skip names it.
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


def results(build):
    """(name, passed|skipped|failed, output) of every test, with skipped cases inside cmocka programs."""
    log = pathlib.Path(build, "meson-logs/testlog.json").read_text().splitlines()
    for entry in map(json.loads, log):
        name = entry["name"].split(" / ")[-1]
        output = (entry.get("stdout") or "") + (entry.get("stderr") or "")
        state = {"OK": "passed", "SKIP": "skipped"}.get(entry["result"], "failed")
        yield name, state, output
        for case in sorted(set(re.findall(r"^\[  SKIPPED \] ([A-Za-z_]\w*)$", output, re.M))):
            if state == "passed":
                yield f"{name}:{case}", "skipped", output


def main():
    build, suites = sys.argv[1], sys.argv[2:]
    # Limits of time are for hangs; a busy machine, or a sanitizer, may take three times as long.
    command = ["meson", "test", "-C", build, "--print-errorlogs", "--no-rebuild"]
    command += ["--timeout-multiplier", "3", *suites]
    # Tests that want the cache of weights say so; the user's own is left alone.
    code = subprocess.run(command, cwd=ROOT, env={**os.environ, "RELIEF_CACHE": "off"}).returncode
    counts = {"passed": 0, "skipped": 0, "failed": 0}
    allowed, strict = may_skip(), os.environ.get("RELIEF_STRICT") == "1"
    for name, state, output in results(ROOT / build):
        counts[state] += 1
        if state == "skipped":
            reasons = [line for line in output.splitlines() if line.lower().startswith("skip")]
            print(f"skipped: {name}: {reasons[-1] if reasons else 'no reason given'}")
            if strict and name not in allowed:
                print(f"  {name} must not skip: it does not stand in tests/may-skip")
                counts["failed"] += 1
    print("relief tests: {passed} passed, {skipped} skipped, {failed} failed".format(**counts))
    sys.exit(1 if code or counts["failed"] or not counts["passed"] else 0)


if __name__ == "__main__":
    main()
