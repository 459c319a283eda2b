#!/usr/bin/env bash
# Runs the built tests, then says what was skipped and why. Arguments: those of `swift test`.
# Where ../shared is there, a test of shared data that was skipped fails the run.
set -uo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT
swift test --skip-build --disable-xctest "$@" 2>&1 | tee "$log" | grep --line-buffered -vE 'Test case passing|^◇ Test .* started\.$|^◇ Suite .* started\.$'
status=${PIPESTATUS[0]}

passed=$(grep -cE '^✔ Test .* passed after' "$log")
failed=$(grep -cE '^✘ Test .* failed after' "$log")
skipped=$(grep -cE '^➜ Test .* skipped' "$log")
echo
[ "$skipped" -eq 0 ] || { echo "Skipped:"; grep -E '^➜ Test .* skipped' "$log"; }
if [ -d ../shared ] && grep -qE '^➜ Test .* skipped.*shared' "$log"; then
    echo "Shared data is there, and yet tests of it were skipped." >&2
    status=1
fi
if [ "$passed" -eq 0 ]; then
    echo "No test passed." >&2
    status=1
fi
# "Test run with N tests … passed" is one of the lines counted above.
grep -qE '^✔ Test run with' "$log" && passed=$((passed - 1))
grep -qE '^✘ Test run with' "$log" && failed=$((failed - 1))
# Lines of a run were seen to be lost on their way, and nobody knows why yet: the run's own count stands beside ours.
grep -oE 'Test run with .*' "$log" | tail -1
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
