#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# .venv-bpy/VERSION: newer Blenders than Debian's, as Python modules without windows, for tests of the add-on. Without a network, or without the
# Python that they are made for, those tests skip, and say so.
set -eu

python=/usr/bin/python3.11
say_skipped() {
    echo "relief: $1; tests in newer Blenders will skip" >&2
    exit 0
}
[ -x "$python" ] || say_skipped "Blender's Python modules want Python 3.11"
while read -r version; do
    case $version in "" | "#"*) continue ;; esac
    folder=.venv-bpy/$version
    [ ! -f "$folder/ready" ] || continue
    "$python" -m venv "$folder"
    env PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 "$folder/bin/pip" install --quiet --no-input "bpy==$version" </dev/null ||
        say_skipped "Blender $version could not be had as a Python module"
    touch "$folder/ready"
done <tests/addon/blender_versions.txt
