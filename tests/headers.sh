#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every public header compiles alone, as C17 and as C++17, without a warning.
set -eu

include=$1/include
for header in "$include"/relief/*.h; do
    name=relief/$(basename "$header")
    echo "#include \"$name\"" | ${CC:-cc} -std=c17 -Wall -Wextra -Wpedantic -Werror -I"$include" \
        -x c -fsyntax-only -
    echo "#include \"$name\"" | ${CXX:-c++} -std=c++17 -Wall -Wextra -Werror -I"$include" \
        -x c++ -fsyntax-only -
done
echo "headers: each compiles alone, as C and as C++"
