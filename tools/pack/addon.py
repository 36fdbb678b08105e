#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Put the Blender add-on and the program into one zip: addon.py BUNDLE OUT.zip

BUNDLE is the folder that bundle.py has made; the add-on finds it as bin/linux-x64. The same files give the same zip, to
the bit: sorted names, one date, modes by what a file is.
"""
import pathlib
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LARGEST = 80_000_000
DATE = (2020, 1, 1, 0, 0, 0)
RUN = {"relief", "relief.sh", "ld-linux-x86-64.so.2"}


def files_under(folder):
    """(path within the folder, path) of what belongs to it, without what Python or an editor leaves."""
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
        if path.is_file() and not hidden and path.suffix != ".pyc":
            yield inside.as_posix(), path


def contents(bundle):
    """{name in the zip: path}"""
    addon = ROOT / "blender/relief"
    if not (addon / "__init__.py").exists():
        sys.exit(f"relief: {addon}: the add-on is not there")
    found = {f"relief/{name}": path for name, path in files_under(addon)}
    found |= {f"relief/bin/{bundle.name}/{name}": path for name, path in files_under(bundle)}
    for licence in sorted((ROOT / "LICENSES").iterdir()):
        found[f"relief/LICENSES/{licence.name}"] = licence
    return found


def write(found, target):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for name, path in sorted(found.items()):
            entry = zipfile.ZipInfo(name, DATE)
            mode = 0o755 if "/bin/" in name and path.name in RUN else 0o644
            entry.create_system = 3
            entry.external_attr = (0o100000 | mode) << 16
            out.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)


def main():
    bundle, target = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    part = target.with_suffix(".part")
    write(contents(bundle), part)
    size = part.stat().st_size
    if size > LARGEST:
        sys.exit(f"relief: {part}: {size / 1e6:.1f} MB, over the bound of {LARGEST / 1e6:.0f} MB")
    part.rename(target)
    print(f"relief: {target}, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
