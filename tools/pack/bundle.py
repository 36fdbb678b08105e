#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Gather the program with every library that it loads, so that it runs on any Linux: bundle.py WORK OUT

  WORK  where libraries.sh has built, with the program installed under WORK/installed
  OUT   gets relief, the loader, lib/, launch.json, relief.sh, THIRD-PARTY.md, licences/

The loader of the libraries' own libc starts the program, so no library of the system below is used, nor its age matters.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MULTIARCH = "x86_64-linux-gnu"
LOADER = "ld-linux-x86-64.so.2"
LOADED_LATER = ["libvips.so.42", "libheif.so.1", "libcurl.so.4"]  # src/*/*_library.c
SYSTEM = [pathlib.Path(folder) for folder in (f"/lib/{MULTIARCH}", f"/usr/lib/{MULTIARCH}")]
COMMON = pathlib.Path("/usr/share/common-licenses")
RUN = f"""#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run the program with the libraries beside it.
here=$(dirname "$(readlink -f "$0")")
unset LD_PRELOAD LD_AUDIT LD_LIBRARY_PATH GCONV_PATH
exec "$here/{LOADER}" --inhibit-cache --library-path "$here/lib" "$here/relief" "$@"
"""


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def needed(path):
    """The names of the libraries that an ELF file asks for."""
    return re.findall(r"\(NEEDED\)[^\[]*\[([^\]]+)\]", output_of("readelf", "-d", path))


def closure(program, folders):
    """{name: path} of all libraries that the program loads, directly or not, at its start or later."""
    found, waiting = {}, needed(program) + LOADED_LATER
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        path = next((folder / name for folder in folders if (folder / name).exists()), None)
        if path is None:
            sys.exit(f"relief: {name} is not in {', '.join(map(str, folders))}")
        found[name] = path.resolve()
        waiting += needed(found[name])
    return found


def copy_stripped(source, target):
    subprocess.run(["strip", "--strip-unneeded", "-o", target, source], check=True)
    target.chmod(0o755)


class Origins:
    """Which package, source and licence a file comes from."""

    def __init__(self, work):
        self.work = work
        self.built = {}
        for line in (work / "libraries.txt").read_text().splitlines():
            name, version, options = line.split(" ", 2)
            self.built[name] = (version, options)

    def of_file(self, path):
        """(package, source package, source version, path of the copyright file)"""
        if self.work in path.parents:
            name = next(
                n for n in self.built if path.name.startswith("lib" + n.removeprefix("lib"))
            )
            return name, name, self.built[name][0], self.work / f"source/{name}/debian/copyright"
        for spelling in (path, pathlib.Path(str(path).removeprefix("/usr"))):
            answer = subprocess.run(["dpkg-query", "-S", spelling], capture_output=True, text=True)
            if answer.returncode == 0:
                package = answer.stdout.split(":")[0]
                break
        else:
            sys.exit(f"relief: {path} belongs to no Debian package")
        show = "${source:Package} ${source:Version}"
        facts = output_of("dpkg-query", "-W", "-f", show, f"{package}:amd64").split()
        return package, *facts, pathlib.Path("/usr/share/doc", package, "copyright")


def write_licences(folder, origins):
    """Every package's copyright file, and the common licences that these refer to; by name of the source package."""
    folder.mkdir()
    common = set()
    for _, source, _, licence in origins:
        text = licence.read_text(errors="replace")
        (folder / f"{source}.txt").write_text(text)
        common |= set(re.findall(r"/usr/share/common-licenses/([A-Za-z]+(?:-[0-9.]*[0-9])?)", text))
    for name in sorted(common):
        if (COMMON / name).exists():
            shutil.copyfile(COMMON / name, folder / f"{name}.txt")
    shutil.copyfile(ROOT / "LICENSE", folder / "relief.txt")
    shutil.copyfile(ROOT / "models/relief-small.LICENSE", folder / "relief-small.txt")


def third_party(files, built):
    """The text of THIRD-PARTY.md: files is {name: (package, source, version, licence)}."""
    by_source = {}
    for name, (_, source, version, _) in sorted(files.items()):
        by_source.setdefault((source, version), []).append(name)
    lines = [
        "# What is in here, and where it comes from",
        "",
        "`relief` is Apache-2.0 (licences/relief.txt); the network inside it has a licence of its own",
        "(licences/relief-small.txt). The libraries come from Debian, whose archive has the complete source of each under",
        "the name and version given here. `licences/SOURCE.txt` has each one's licence.",
        "",
        "| source package | version | files |",
        "|---|---|---|",
    ]
    lines += [f"| {s} | {v} | {', '.join(names)} |" for (s, v), names in sorted(by_source.items())]
    lines += ["", "Built from Debian's source with these options, the rest as Debian built it:", ""]
    lines += [f"- {name}: `{options}`" for name, (_, options) in sorted(built.items())]
    return "\n".join(lines) + "\n"


def main():
    work, out = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    shutil.rmtree(out, ignore_errors=True)
    (out / "lib").mkdir(parents=True)
    installed = work / "installed/usr"
    folders = [installed / "lib", work / "stage/usr/lib", *SYSTEM]
    libraries = closure(installed / "bin/relief", folders)
    loader = libraries.pop(LOADER)
    origins = Origins(work)
    files = {LOADER: origins.of_file(loader)}
    copy_stripped(installed / "bin/relief", out / "relief")
    copy_stripped(loader, out / LOADER)
    for name, path in libraries.items():
        copy_stripped(path, out / "lib" / name)
        if installed not in path.parents:
            files[name] = origins.of_file(path)
    launch = {"loader": LOADER, "library_path": "lib", "program": "relief"}
    (out / "launch.json").write_text(json.dumps(launch, indent=2) + "\n")
    (out / "relief.sh").write_text(RUN)
    (out / "relief.sh").chmod(0o755)
    write_licences(out / "licences", files.values())
    (out / "THIRD-PARTY.md").write_text(third_party(files, origins.built))
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"relief: bundle of {len(libraries)} libraries, {size / 1e6:.1f} MB, in {out}")


if __name__ == "__main__":
    main()
