#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Install into an empty folder, use what is there as a stranger would, uninstall, and find nothing left.
set -eu

source=$1
build=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
prefix=$folder/usr

# A build of its own would take a minute; the one that is there is installed under another root instead.
DESTDIR=$folder/root meson install -C "$build" --no-rebuild --quiet >/dev/null
configured=$(meson introspect --buildoptions "$build" |
    /usr/bin/python3 -c 'import json,sys
print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"))')
mv "$folder/root$configured" "$prefix"

library=$(find "$prefix" -name 'librelief.so.0' | head -n 1)
[ -n "$library" ] || { echo "librelief.so.0 is not installed"; exit 1; }
soname=$(objdump -p "$library" | awk '/SONAME/ {print $2}')
[ "$soname" = librelief.so.0 ] || { echo "soname is $soname"; exit 1; }
pc=$(find "$prefix" -name relief.pc)
[ -n "$pc" ] || { echo "relief.pc is not installed"; exit 1; }

PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
flags=$(pkg-config --define-variable=prefix="$prefix" --cflags --libs relief)
# shellcheck disable=SC2086 # flags are words
${CC:-cc} -std=c17 -Wall -Wextra -Werror -o "$folder/example" "$source/examples/photo_to_glb.c" $flags
LD_LIBRARY_PATH=$(dirname "$library")
export LD_LIBRARY_PATH
"$folder/example" >/dev/null 2>&1 && { echo "the example must fail without arguments"; exit 1; }
"$prefix/bin/relief" --version | grep -q "^relief 0" || { echo "the installed program does not run"; exit 1; }

if [ $# -ge 4 ]; then
    "$folder/example" "$3" "$4" "$folder/out.glb"
    head -c 4 "$folder/out.glb" | grep -q glTF || { echo "the example wrote no .glb"; exit 1; }
fi
for file in share/man/man1/relief.1 share/bash-completion/completions/relief \
    share/zsh/site-functions/_relief share/fish/vendor_completions.d/relief.fish \
    include/relief/relief.h; do
    [ -f "$prefix/$file" ] || { echo "$file is not installed"; exit 1; }
done
mv "$prefix" "$folder/root$configured"
DESTDIR=$folder/root ninja -C "$build" uninstall >/dev/null
left=$(find "$folder/root" ! -type d | head -n 5)
[ -z "$left" ] || { echo "uninstall leaves: $left"; exit 1; }
echo "install: program, library, headers, relief.pc, man page and completions; the example runs"
