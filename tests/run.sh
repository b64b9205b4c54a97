#!/bin/bash
# Runs every test suite, one after the other: `make test`.
# Usage: tests/run.sh [SUITE...], for example tests/run.sh unit e2e
#
# A suite is a script that prints "N passed, N failed[, N skipped]" at its end.
# It has failed when a test did, when it printed no such line, when no test ran,
# or when it left processes behind; then its output is shown.  One whose tools
# are missing says what is missing, passes nothing and counts as skipped.
#
# Environment: BUILD, where Slipway was built (build).
# The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1
export BUILD=${BUILD:-build}
# no test spends money
unset OPENAI_API_KEY ANTHROPIC_API_KEY

# In this order; what else there is under tests/ follows.
required=(check build unit "unit --sanitize" sql e2e browser)
max_seconds=2400
shown_lines=300

passed=0
failed=0
skipped=()
running=

# Each run has a temporary folder of its own, which users of servers may enter.
work=$(mktemp -d "${TMPDIR:-/tmp}/slipway-test.XXXXXX") || exit 1
chmod 755 "$work"
stop() {
	local pids
	trap '' INT TERM HUP # once is enough
	if [[ -n $running ]]; then
		kill -TERM "$running" 2>/dev/null
		wait
		mapfile -t pids < <(left_behind)
		[[ ${#pids[@]} -eq 0 ]] || kill -TERM "${pids[@]}" 2>/dev/null
		mapfile -t pids < <(left_behind)
		[[ ${#pids[@]} -eq 0 ]] || kill -KILL "${pids[@]}" 2>/dev/null
	fi
	rm -rf "$work"
}
trap stop EXIT
trap "trap '' INT TERM HUP; exit 130" INT TERM HUP

# The suites' scripts, without the benchmarks and the required ones.
others() {
	local script name
	for script in tests/*/run.sh tests/route/*.sh; do
		name=${script#tests/}
		name=${name%/run.sh}
		[[ -e $script && $name != bench && $name != route ]] || continue
		[[ " ${required[*]} " == *" $name "* ]] || printf '%s\n' "$name"
	done
}

# Processes that still carry the suite's folder in their environment after 5 s.
left_behind() {
	local dir try pids
	for ((try = 0; try < 50; try++)); do
		pids=()
		for dir in /proc/[0-9]*; do
			grep -qzF "$work/suite" "$dir/environ" 2>/dev/null &&
				pids+=("${dir#/proc/}")
		done
		[[ ${#pids[@]} -gt 0 ]] || return
		sleep 0.1
	done
	printf '%s\n' "${pids[@]}"
}

# run NAME LOG ARGUMENT...: the suite's output goes to LOG.
run() {
	local name=$1 log=$2 script=tests/$1
	shift 2
	[[ $name == *.sh ]] || script=tests/$name/run.sh
	mkdir -m 755 "$work/suite"
	TMPDIR=$work/suite timeout -k 30 "$max_seconds" "./$script" "$@" \
		>"$log" 2>&1 </dev/null &
	running=$!
	wait "$running"
	local status=$? pids
	running=
	mapfile -t pids < <(left_behind)
	if [[ ${#pids[@]} -gt 0 ]]; then
		{
			echo "it left processes behind:"
			ps -o pid,user,args -p "${pids[*]}"
		} >>"$log"
		kill -KILL "${pids[@]}" 2>/dev/null
		status=1
	fi
	rm -rf "$work/suite"
	return "$status"
}

# suite NAME ARGUMENT...: run it, print its line, and count.
suite() {
	local log=$work/log begun=$SECONDS line status
	run "$1" "$log" "${@:2}"
	status=$?
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
	printf '%-16s %s (%d s)\n' "$*" "${line:-no result}" \
		$((SECONDS - begun))
	if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(.*) ]]; then
		local p=${BASH_REMATCH[1]} f=${BASH_REMATCH[2]} rest=${BASH_REMATCH[3]}
		passed=$((passed + p))
		failed=$((failed + f))
		if [[ $p -gt 0 && $f -eq 0 && $status -eq 0 ]]; then
			grep -E '^skipped: ' "$log"
			return
		fi
		if [[ $p -eq 0 && $f -eq 0 && $status -eq 0 &&
			$rest =~ [1-9][0-9]*\ skipped ]]; then
			skipped+=("$*: $(grep -E '^skipped: ' "$log" | head -n 3 |
				sed 's/^skipped: //' | paste -s -d ';')")
			return
		fi
		# it failed in another way: a status, or nothing that ran
		[[ $f -gt 0 ]] || failed=$((failed + 1))
	else
		failed=$((failed + 1))
	fi
	echo "--- $* ended with status $status; the last lines of its output:"
	grep -vE "^ok " "$log" | tail -n "$shown_lines"
	echo "---"
}

if [[ $# -eq 0 ]]; then
	mapfile -t rest < <(others)
	set -- "${required[@]}" "${rest[@]}"
fi
for name in "$@"; do
	# shellcheck disable=SC2086 # "unit --sanitize" is two words
	suite $name
done
[[ ${#skipped[@]} -eq 0 ]] || printf 'skipped: %s\n' "${skipped[@]}"
echo "$passed passed, $failed failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
