#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# .venv: the peers that tests compare with. Without a network the tests that need them skip, and say so.
set -eu

python=/usr/bin/python3
[ -x "$python" ] || python=python3
[ -x .venv/bin/python ] || "$python" -m venv .venv
say_offline() {
    echo "relief: Python packages could not be had (is the network there?); tests against them will skip" >&2
    exit 0
}
pip="env PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/pip install --quiet --no-input"
$pip -r tests/peers/requirements.txt || say_offline
if [ -f "$RELIEF_SHARED/tools/make_networks.py" ]; then
    $pip -r tests/peers/requirements-networks.txt || say_offline
fi
touch .venv/peers
