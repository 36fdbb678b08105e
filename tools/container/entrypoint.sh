#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the container runs: every photo of /input becomes a depth map in /output, or the command that is given.
#   (nothing)             relief depth /input -o /output --recursive
#   --format exr          the same, with options
#   model pull dpt-large  relief model pull dpt-large; so with every command of relief
set -eu

case ${1-} in
--help | --version) exec relief "$@" ;;
'' | -*) exec relief depth /input -o /output --recursive "$@" ;;
*) exec relief "$@" ;;
esac
