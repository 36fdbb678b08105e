#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the add-on says, in Blender, when something goes wrong; and that it leaves the file as it was: failures.py RELIEF"""
import pathlib
import shutil
import sys
import tempfile

import harness

PHOTO = harness.ROOT / "tests/data/scenes/room/photo.jpg"


def cases(relief, folder):
    """What goes wrong, and what is said of it."""
    empty = folder / "empty"
    empty.mkdir()

    def script(name, text):
        path = folder / name
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)
        return str(path)

    def limited(name, limit):
        return script(name, f'case $1 in --version) ;; *) {limit} ;; esac; exec "{relief}" "$@"')

    def case(label, says, program=str(relief), photo=PHOTO, environment=None, **options):
        return {"label": label, "program": program, "photo": str(photo), "options": options,
                "says": says, "environment": environment or {}}  # fmt: skip

    text = folder / "text.jpg"
    text.write_text("no photo")
    half = folder / "half.jpg"
    half.write_bytes(PHOTO.read_bytes()[:30000])
    junk = script(
        "junk",
        f"""case $1 in --version) exec "{relief}" "$@" ;; esac
while [ "$1" != --output ]; do shift; done
echo "no scene" >"$2"; echo '{{"width": 1, "height": 1}}'""",
    )
    return [
        case("no program", "no such program", "/nowhere/relief"),
        case("wrong version", r"relief 0\.0\.9, the add-on needs", script("old", """echo '{"version": "0.0.9"}'""")),
        case("another program", "not the program relief", script("other", "echo hello")),
        case("model missing", "relief model pull dpt-large",
             environment={"RELIEF_MODELS": str(empty)}, complexity="HIGH"),
        case("model unknown", "nonesuch", model="nonesuch"),
        case("photo missing", "nowhere.jpg", photo="/nowhere/nowhere.jpg"),
        case("no photo", "text.jpg", photo=text),
        case("cut-off photo", "half.jpg", photo=half),
        case("out of memory", "memory", limited("little", "ulimit -v 350000")),
        case("disk full", "relief: .*", limited("full", "ulimit -f 100")),
        case("killed", "SIGKILL", limited("killed", "kill -9 $$")),
        case("no scene", "not a scene that the add-on knows", junk),
    ]  # fmt: skip


def main():
    relief = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        good = folder / "photos/copy.jpg"
        good.parent.mkdir()
        shutil.copy(PHOTO, good)
        wrong = cases(relief, folder)
        job = {"cases": wrong, "relief": str(relief), "photo": str(PHOTO), "copy": str(good),
               "bad": str(folder / "text.jpg")}  # fmt: skip
        blender = harness.Blender(folder, relief)
        lines = [
            line
            for line in blender.run("failure_runs.py", job).splitlines()
            if line.startswith("add-on: ")
        ]
        print("\n".join(lines))
        assert len(lines) == len(wrong), "not all cases were tried"
        print(f"add-on: {len(wrong)} failures are told, and leave nothing behind")


if __name__ == "__main__":
    main()
