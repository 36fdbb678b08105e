#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the files of packages repeat from elsewhere is what stands there: packaging.py

debian/ against meson.build, tools/packages.txt and the licence of the network inside; the Dockerfile against the scripts
that it may call; compose.yaml against docs/container.md. Quick, and without any package being made.
"""
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def check(fact, text):
    if not fact:
        sys.exit(f"packaging: {text}")


def text_of(name):
    return (ROOT / name).read_text()


def check_debian():
    version = re.search(r"^  version: '([^']+)'", text_of("meson.build"), re.M)[1]
    changelog = text_of("debian/changelog")
    check(changelog.startswith(f"relief ({version})"), f"debian/changelog is not of {version}")
    squeezed = " ".join(text_of("debian/copyright").replace("\n .", "\n").split())
    licence = " ".join(text_of("models/relief-small.LICENSE").split("\n", 2)[2].split())
    check(licence in squeezed, "debian/copyright differs from models/relief-small.LICENSE")
    listed = re.findall(r"^build: (.*)", text_of("tools/packages.txt"), re.M)
    always = {"gcc", "g++", "libc6-dev", "make", "git", "ca-certificates"}
    wanted = set(" ".join(listed).split()) - always
    depends = re.search(r"Build-Depends: ((?:.*\n )*.*)", text_of("debian/control"))[1]
    named = set(re.sub(r"\s", "", depends).split(",")) - {"debhelper-compat(=13)"}
    text = "debian/control (Build-Depends) and tools/packages.txt (build) differ in"
    check(named == wanted, f"{text} {', '.join(sorted(named ^ wanted))}")


def check_dockerfile():
    """Every RUN is a script of ours, so that a test can carry it out."""
    runs = re.findall(r"^RUN (\S+)", text_of("Dockerfile"), re.M)
    check(len(runs) == len(re.findall(r"^\s*RUN", text_of("Dockerfile"), re.M)) == 2, "RUN lines")
    for name in runs:
        script = ROOT / name.replace("/opt/relief/container", "tools/container")
        check(script.parent == ROOT / "tools/container", f"RUN {name}: not in tools/container")
        check(os.access(script, os.X_OK), f"{script} cannot be run")


def check_compose():
    """Every service runs with as few rights as docs/container.md says."""
    services = re.split(r"^  (?=\w+:$)", text_of("compose.yaml").split("\nvolumes:")[0], flags=re.M)
    check(len(services) == 3, "compose.yaml has other services than depth and pull")
    for service in services[1:]:
        for line in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"):
            check(line in service, f"compose.yaml: {service.split(':')[0]} lacks {line}")
    depth = services[1]
    for line in ("network_mode: none", ":/input:ro", ":/output", ":/models:ro", "MIDAS_MODEL"):
        check(line in depth, f"compose.yaml: depth lacks {line}")


def main():
    check_debian()
    check_dockerfile()
    check_compose()
    print("packaging: debian/, Dockerfile and compose.yaml agree with the rest")


if __name__ == "__main__":
    main()
