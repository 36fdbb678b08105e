#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Make Debian packages in WORK/deb: deb.sh WORK
# The source is copied there first: dpkg-buildpackage leaves its traces in the source tree and its results above it.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1/deb"
deb=$(cd "$1/deb" && pwd)
version=$(dpkg-parsechangelog -l "$root/debian/changelog" -S Version)
source=$deb/relief-$version

# Kept from the last time: what meson has compiled.
rsync -a --delete --exclude '/build*' --exclude /.git --exclude /.venv --exclude node_modules --exclude __pycache__ \
    --exclude '/obj-*' "$root/" "$source/"
rm -f "$deb"/*.deb "$deb"/*.buildinfo "$deb"/*.changes
cd "$source"
export DEB_BUILD_OPTIONS="noautodbgsym ${DEB_BUILD_OPTIONS-}"
dpkg-buildpackage --build=binary --no-sign --no-pre-clean -rfakeroot >"$deb/build.log" 2>&1 || {
    tail -n 30 "$deb/build.log" >&2
    echo "relief: the packages could not be built (see $deb/build.log)" >&2
    exit 1
}
for package in "$deb"/*.deb; do
    echo "relief: $package, $(du -k "$package" | cut -f 1) kB"
done
