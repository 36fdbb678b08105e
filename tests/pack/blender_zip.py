#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Install the zip of `make addon` in Blender, and import a photo with the program that is inside: blender_zip.py ZIP

No other relief can be found: none is named, and the PATH has none. What a launcher preloads into Blender, libraries that
fit the system and not the zip, must not reach the program.
"""
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/addon"))
import harness  # noqa: E402


def main():
    archive = pathlib.Path(sys.argv[1]).resolve()
    if not archive.exists():
        harness.skip(f"{archive.name} is not there (make test-pack makes it)")
    with tempfile.TemporaryDirectory(prefix="relief-blender-zip-") as folder:
        blender = harness.Blender(folder, None, archive)
        photo = ROOT / "tests/data/scenes/figure/photo.jpg"
        script = ROOT / "tests/pack/blender_zip_runs.py"
        environment = {"PATH": "/usr/bin:/bin", "RELIEF_CACHE": "off"}
        said = blender.run(script, {"photo": str(photo)}, **environment)
    lines = [line for line in said.splitlines() if line.startswith("imported")]
    if len(lines) != 1:
        sys.exit(f"blender_zip: the script did not come to its end:\n{said}")
    print(f"blender_zip: {lines[0]}")


if __name__ == "__main__":
    main()
