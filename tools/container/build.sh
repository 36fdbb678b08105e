#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# First stage of the image: in a plain Debian, build the bundle of the source in the current folder: build.sh OUT
set -eu

export DEBIAN_FRONTEND=noninteractive
apt-get update -q=2
tools/setup.sh bundle
tools/pack/bundle.sh /tmp/pack
mv /tmp/pack/bundle/linux-x64 "$1"
rm -rf /tmp/pack
