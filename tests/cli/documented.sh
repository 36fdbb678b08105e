# SPDX-License-Identifier: Apache-2.0
# Every option that --help names stands in the manual page and in all completions, and the other way round.
. "$SOURCE/tests/cli/expect.inc"
for command in "" mesh depth render video view "model list" "model info" "model run" "model pull" "model add" "model remove" \
    "model cache" info bench; do
    "$RELIEF" $command --help
done | grep -o '^  .\{4\}--[a-z0-9-]*' | sed 's/.*--//' | sort -u >options
[ "$(wc -l <options)" -gt 20 ] || say "too few options found"
sed -n 's/.*\.It.* Fl Fl \([a-z0-9-]*\).*/\1/p' "$SOURCE/docs/relief.1" | sort -u | diff options - >&2
while read -r option; do
    grep -q -e "--$option\b" "$SOURCE/docs/completions/relief.bash" || say "bash: $option"
    grep -q -e "--$option\b" "$SOURCE/docs/completions/_relief" || say "zsh: $option"
    grep -q -e "-l $option\b" "$SOURCE/docs/completions/relief.fish" || say "fish: $option"
done <options
