#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Make WORK/bundle/linux-x64, the program with all that it loads, for other Linux systems: bundle.sh WORK
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
work=$(cd "$1" && pwd)
if [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "relief: bundles are made on Linux x86_64 alone, this is $(uname -sm)" >&2
    exit 1
fi
cd "$root"
tools/pack/libraries.sh "$work"

export PKG_CONFIG_PATH="$work/stage/usr/lib/pkgconfig"
export LD_LIBRARY_PATH="$work/stage/usr/lib"
fresh=$work/relief/build.ninja
if [ ! -f "$fresh" ] || [ "$work/libraries.stamp" -nt "$fresh" ] || [ meson_options.txt -nt "$fresh" ]; then
    # What needs a graphics card or encodes films is left out: it would bring drivers and codecs.
    without=
    for part in render video view; do
        grep -q "^option('$part'" meson_options.txt && without="$without -D$part=disabled"
    done
    rm -rf "$work/relief"
    # shellcheck disable=SC2086 # words
    LDFLAGS="-L$work/stage/usr/lib -Wl,-rpath-link,$work/stage/usr/lib -Wl,-z,relro -Wl,-z,now" \
        CFLAGS="-isystem $work/stage/usr/include -D_FORTIFY_SOURCE=2 -fstack-protector-strong -ffile-prefix-map=$root=." \
        meson setup "$work/relief" --prefix=/usr --libdir=lib -Dtests=false $without >/dev/null
fi
ninja -C "$work/relief" --quiet
rm -rf "$work/installed"
DESTDIR=$work/installed meson install -C "$work/relief" --no-rebuild --quiet
unset LD_LIBRARY_PATH
tools/pack/bundle.py "$work" "$work/bundle/linux-x64"
