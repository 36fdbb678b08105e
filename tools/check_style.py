#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Limits that no other tool checks: lines, file lengths, licence lines, unique names, words that do not belong."""
import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAX_COLUMNS = 100
MAX_FILE_LINES = 800
CODE = (".c", ".h", ".py", ".sh", ".mjs", ".build")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
SELF = "tools/check_style.py"


def file_problems(path, lines):
    if len(lines) > MAX_FILE_LINES:
        yield f"{path}: {len(lines)} lines, {MAX_FILE_LINES} at most"
    if not any("SPDX-License-Identifier:" in line for line in lines[:3]):
        yield f"{path}: no SPDX-License-Identifier in the first three lines"
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_COLUMNS and not path.endswith((".py", ".sh", ".build")):
            yield f"{path}:{number}: {len(line)} columns, {MAX_COLUMNS} at most"
        if UNFINISHED.search(line) and path != SELF:
            yield f"{path}:{number}: unfinished: {line.strip()}"
        if line != line.rstrip():
            yield f"{path}:{number}: blank at the end of the line"


def guard_problems(path, text):
    """Headers are guarded by their path, and basenames in src/ are unique."""
    guard = "RELIEF_" + re.sub(r"\W", "_", re.sub(r"^(src|include/relief)/", "", path)).upper()
    if path.startswith(("src/", "include/")) and f"#ifndef {guard}" not in text:
        yield f"{path}: its guard must be {guard}"


def main():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [name for name in listed.stdout.splitlines() if name.endswith(CODE)]
    found, names = [], collections.defaultdict(list)
    for path in files:
        text = (ROOT / path).read_text()
        found += file_problems(path, text.splitlines())
        if path.endswith(".h"):
            found += guard_problems(path, text)
        if path.startswith("src/") and path.endswith(".c"):
            names[pathlib.Path(path).name].append(path)
    found += [
        f"one name for two files: {' '.join(same)}" for same in names.values() if len(same) > 1
    ]
    print("\n".join(found) if found else f"relief style: {len(files)} files within the limits")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
