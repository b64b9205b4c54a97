#!/bin/bash
# Builds and runs the unit tests.
# Usage: tests/unit/run.sh [--sanitize] [TEST...], for example test_json
#
#   --sanitize  with AddressSanitizer and UndefinedBehaviorSanitizer
#
# Environment: BUILD, where to build (build); CC.
# Shows what failed.  The last line is "N passed, N failed[, N skipped]"; a
# program that crashed, hung or stopped half-way counts the tests it left out
# as failed.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
max_seconds=300

options=()
if [[ ${1:-} == --sanitize ]]; then
	shift
	build=$build/sanitize
	options=(SANITIZE=1)
	export UBSAN_OPTIONS=print_stacktrace=1
fi

if ! pkg-config --exists cmocka; then
	echo "skipped: libcmocka-dev is not installed"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi

out=$(mktemp -d "${TMPDIR:-/tmp}/slipway-unit.XXXXXX") || exit 1
trap 'rm -rf "$out"' EXIT

if ! make -j"$(nproc)" "${options[@]}" BUILD="$build" units \
	>"$out/make" 2>&1; then
	grep -v "^  [A-Z][A-Z]  " "$out/make"
	echo "unit: the tests do not build"
	echo "0 passed, 1 failed"
	exit 1
fi

passed=0
failed=0
skipped=0

count() { # PATTERN
	grep -cE "$1" "$out/tap"
}

# TAP as cmocka writes it: "1..N", then "ok N - NAME" or "not ok N - NAME";
# a skipped test has "# SKIP" behind its number.
run() { # TEST
	local status plan ok skips bad left
	CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 5 "$max_seconds" \
		"$build/tests/unit/$1" >"$out/tap" 2>"$out/stderr"
	status=$?
	plan=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$out/tap" |
		awk '{ n += $1 } END { print n + 0 }')
	skips=$(count '^(not )?ok [0-9]+ # SKIP')
	ok=$(count '^ok [0-9]+ - ')
	left=$((plan - ok - skips))
	# nothing planned, or a bad end after the last test
	if [[ $plan -eq 0 || ($left -eq 0 && $status -ne 0) ]]; then
		left=1
	fi
	passed=$((passed + ok))
	skipped=$((skipped + skips))
	failed=$((failed + left))
	sed -n "s/^\(not \)\?ok [0-9]* # SKIP/skipped: $1:/p" "$out/tap"
	[[ $left -gt 0 ]] || return
	bad=$(count '^not ok [0-9]+ - ')
	echo "--- $1: $left failed, status $status"
	if [[ $bad -lt $left ]]; then
		echo "it did not come to its end: $ok of $plan tests passed"
	fi
	grep -vE '^(ok|1\.\.)|^# (ok|[^ ]* tests)$' "$out/tap"
	tail -n 60 "$out/stderr"
	echo "---"
}

if [[ $# -eq 0 ]]; then
	for source in tests/unit/test_*.c; do
		set -- "$@" "$(basename "$source" .c)"
	done
fi
for name in "$@"; do
	run "$name"
done
if [[ $skipped -gt 0 ]]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[[ $failed -eq 0 ]]
