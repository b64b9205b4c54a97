#!/bin/bash
# What the hot paths cost, without a clock: instructions (callgrind) and system
# calls for each request (strace), against the bounds of tests/cost/bounds.
#
# Usage: tests/cost/run.sh [--record]
#
# A figure above its bound has failed; so has a number of instructions under
# half of it, because such a bound guards nothing.  In each dialect a token may
# cost a fifth more than in /chat/stream.  --record writes the bounds anew: what
# was counted and a tenth, of waits a half, as they depend on the scheduler.  Do
# it when a path costs more or less for a reason, and say the reason in the
# commit.
set -u
cd "$(dirname "$0")/../.." || exit 1
export PYTHONDONTWRITEBYTECODE=1
BUILD=${BUILD:-build}
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh
bounds=tests/cost/bounds
counted=$suite_dir/counted
: >"$counted"

make -s BUILD="$BUILD" all mock "$BUILD/tests/cost/hot" || exit 1

if ! command -v valgrind >/dev/null; then
	skip instructions "valgrind is not installed"
elif grep -qa __asan_init "$BUILD/tests/cost/hot"; then
	skip instructions "callgrind cannot run this build"
else
	check "callgrind counts" sh -c \
		"python3 tests/cost/hot.py '$BUILD/tests/cost/hot' >>'$counted'"
fi
if ! command -v strace >/dev/null; then
	skip "system calls" "strace is not installed"
elif ! strace -o /dev/null true 2>/dev/null; then
	skip "system calls" "ptrace is not allowed here"
elif ! command -v lighttpd >/dev/null; then
	skip "system calls" "lighttpd is not installed"
else
	check "strace counts" sh -c \
		"python3 tests/cost/calls.py --build '$BUILD' >>'$counted'"
fi

if [[ ${1:-} == --record ]]; then
	{
		echo "# Written by tests/cost/run.sh --record: what was counted, and a tenth more (waits: a half)."
		awk '{ printf "%s %s %.1f\n", $1, $2, $2 * ($1 ~ /^waits/ ? 1.5 : 1.1) }' "$counted"
	} >"$bounds"
fi

within() { # NAME COUNT
	awk -v name="$1" -v count="$2" '
		$1 == name { was = $2; bound = $3 }
		END {
			if (bound == 0) { print name " has no bound; --record it"; exit 1 }
			said = name ": " was " when it was recorded, now " count ", bound " bound
			low = name ~ /^instructions/ && count < bound / 2
			if (count > bound || low) { print said; exit 1 }
		}' "$bounds"
}

near() { # NAME COUNT COUNT-OF-CHAT-STREAM
	awk -v name="$1" -v count="$2" -v base="$3" 'BEGIN {
		if (base > 0 && count <= base * 1.2) exit 0
		print name ": " count ", over a fifth more than " base " in /chat/stream"
		exit 1
	}'
}

base=
while read -r name count; do
	check "$name $count" within "$name" "$count"
	[[ $name == instructions.token ]] && base=$count
	[[ $name != instructions.token_* ]] ||
		check "$name within a fifth" near "$name" "$count" "${base:-0}"
done <"$counted"
suite_end
