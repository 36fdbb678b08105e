#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Install the Debian packages of a group that are missing: setup.sh build|test|bundle|deb|pack-test
# Says what it installs; asks for nothing; goes through sudo when not root.
set -eu

here=$(dirname "$0")
wanted=$(sed -n "s/^$1: //p" "$here/packages.txt")
missing=
for package in $wanted; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
# npm comes with a nodejs from elsewhere, and is a package of its own in Debian.
if [ "$1" = test ] && ! command -v npm >/dev/null 2>&1; then
    missing="$missing npm"
fi
[ -n "$missing" ] || exit 0

by_hand="install these packages by hand, then run make again:$missing"
if ! command -v apt-get >/dev/null 2>&1; then
    echo "relief: this is not Debian or Ubuntu (no apt-get); $by_hand" >&2
    exit 1
fi
as_root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "relief: packages are missing, and there is neither root nor sudo; $by_hand" >&2
        exit 1
    fi
    as_root=sudo
fi
echo "relief: installing with apt-get:$missing"
export DEBIAN_FRONTEND=noninteractive
if ! { $as_root apt-get update -q=2 &&
    $as_root apt-get install -q=2 -y --no-install-recommends $missing >/dev/null; }; then
    echo "relief: apt-get could not install everything (see above; is the network there?); $by_hand" >&2
    exit 1
fi
