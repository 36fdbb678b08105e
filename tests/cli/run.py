#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run the program's test cases, which are files, and print one line a case and a closing line.

    run.py PROGRAM [NAME]...

NAME.sh runs with `sh -eu` in an empty folder of its own, with $RELIEF (the program), $DATA (pictures, networks and
broken files made here; read-only by custom) and $SOURCE (the source tree).
NAME.stdout.glob and NAME.stderr.glob hold what it prints, `*` and `?` standing for anything; without the file
stdout may be anything and stderr must be empty.
NAME.exit holds the exit code, 0 without the file. A case that ends with 77 is skipped, and says why.
"""

import fnmatch
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

import pictures

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SKIPPED = 77
TIME_LIMIT = 300  # seconds


def expected(name, ending):
    path = HERE / f"{name}.{ending}"
    return path.read_text() if path.exists() else None


def matches(text, glob):
    """Whether the whole text fits a glob in which brackets mean themselves."""
    return fnmatch.fnmatchcase(text.rstrip("\n"), glob.rstrip("\n").replace("[", "[[]"))


def environment(program, data):
    """Ours without what would change the program's defaults."""
    dropped = ("RELIEF_", "MIDAS_", "FORCE_CPU", "XDG_DATA", "XDG_CACHE")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
    shared = os.environ.get("RELIEF_SHARED", str(ROOT.parent / "shared"))
    own = {"RELIEF": program, "DATA": str(data), "SOURCE": str(ROOT), "SHARED": shared}
    own["SANITIZED"] = os.environ.get("RELIEF_SANITIZED", "")
    return {**kept, **own, "HOME": str(data / "home"), "LC_ALL": "C.UTF-8"}


def run_case(name, program, data):
    """(state, reason) of one case."""
    with tempfile.TemporaryDirectory(prefix="relief-cli-") as folder:
        os.chmod(folder, 0o755)
        try:
            done = subprocess.run(
                ["sh", "-eu", HERE / f"{name}.sh"],
                cwd=folder,
                env=environment(program, data),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=TIME_LIMIT,
            )
        except subprocess.TimeoutExpired:
            return "FAILED", f"still running after {TIME_LIMIT} s"
    out = done.stdout.decode(errors="replace")
    err = done.stderr.decode(errors="replace")
    if done.returncode == SKIPPED:
        return "SKIPPED", (out + err).strip().splitlines()[-1]
    wanted = int(expected(name, "exit") or 0)
    problems = []
    if done.returncode != wanted:
        problems.append(f"exit code {done.returncode}, not {wanted}")
    out_glob, err_glob = expected(name, "stdout.glob"), expected(name, "stderr.glob") or ""
    if out_glob is not None and not matches(out, out_glob):
        problems.append("stdout differs")
    if not matches(err, err_glob):
        problems.append("stderr differs")
    if problems:
        return "FAILED", f"{', '.join(problems)}\n--- stdout\n{out}--- stderr\n{err}---"
    return "OK", ""


def main():
    program, names = str(pathlib.Path(sys.argv[1]).resolve()), sys.argv[2:]
    names = names or sorted(path.stem for path in HERE.glob("*.sh"))
    # Under nohup it is ignored, and cases inherit that.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if os.environ.get("RELIEF_SANITIZED"):
        names = [
            n for n in names if n != "memory_limit"
        ]  # sanitizers reserve more address space than any limit
    counts = {"OK": 0, "SKIPPED": 0, "FAILED": 0}
    with tempfile.TemporaryDirectory(prefix="relief-data-") as folder:
        os.chmod(folder, 0o755)
        data = pathlib.Path(folder)
        pictures.make_all(data)
        for name in names:
            state, reason = run_case(name, program, data)
            counts[state] += 1
            if state == "SKIPPED":
                # tools/run_tests.py reads these two lines
                print(f"[  SKIPPED ] {name}\nskip: {reason}", flush=True)
            else:
                print(f"{state.lower():8} {name}{': ' if reason else ''}{reason}", flush=True)
    print("cli: {OK} ok, {SKIPPED} skipped, {FAILED} failed".format(**counts))
    sys.exit(1 if counts["FAILED"] else 0)


if __name__ == "__main__":
    main()
