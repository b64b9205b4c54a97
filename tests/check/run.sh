#!/bin/sh
# Runs the house checks: one line each, and what they found.
# Usage: tests/check/run.sh [CHECK...], for example deps
#
# Each check also has to find faults that are planted in a copy of the tree.
# The last line is "N passed, N failed[, N skipped]".
set -u
cd "$(dirname "$0")/../.." || exit 1
export PYTHONDONTWRITEBYTECODE=1
passed=0
failed=0
skipped=0

if ! command -v python3 >/dev/null; then
	echo "skipped: python3 is not installed"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi

out=$(mktemp "${TMPDIR:-/tmp}/slipway-check.XXXXXX") || exit 1
trap 'rm -f "$out"' EXIT

check() { # NAME
	python3 "tests/check/$1.py" >"$out" 2>&1
	status=$?
	if [ $status -ne 77 ]; then
		python3 "tests/check/$1.py" --self-test >>"$out" 2>&1 ||
			status=1
	fi
	case $status in
	0)
		echo "$1: passed"
		passed=$((passed + 1))
		;;
	77)
		echo "$1: skipped"
		skipped=$((skipped + 1))
		;;
	*)
		echo "$1: FAILED"
		failed=$((failed + 1))
		;;
	esac
	cat "$out"
}

[ $# -gt 0 ] || set -- deps owners banned headers format limits routes \
	places scripts codes unused
for name in "$@"; do
	check "$name"
done
if [ $skipped -gt 0 ]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[ $failed -eq 0 ]
