# SPDX-License-Identifier: Apache-2.0
# Every command has help, of at most 100 columns, that ends with examples.
. "$SOURCE/tests/cli/expect.inc"
for command in "" mesh depth render "model list" "model info" "model run" info bench; do
    "$RELIEF" $command --help >help.txt
    grep -q '^Usage: relief' help.txt || say "no usage: $command"
    grep -q '^Examples:' help.txt || say "no examples: $command"
    awk 'length($0) > 100 { exit 1 }' help.txt || say "over 100 columns: $command"
    [ -z "$command" ] || "$RELIEF" help $command | cmp - help.txt
done
"$RELIEF" -h | grep -q "^Other commands"
