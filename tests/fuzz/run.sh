#!/bin/bash
# Builds the fuzz targets with clang and libFuzzer and runs each for a while.
# Usage: tests/fuzz/run.sh [TARGET...], for example fuzz_json
#
# Environment: BUILD, where to build (build); FUZZ_SECONDS, how long each target
# runs, from another seed each time; CORPUS, a folder that keeps what was found
# from run to run.  Without FUZZ_SECONDS each target makes the same 30,000 runs,
# in 10 s at most: what a change broke fails, what nobody knew does not.
# The last line is "N passed, N failed[, N skipped]".
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}/fuzz
bounds=(-seed=1 -runs=30000 -max_total_time=10)
[[ -z ${FUZZ_SECONDS:-} ]] || bounds=(-max_total_time="$FUZZ_SECONDS")

skip() {
	echo "skipped: $1"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}

command -v clang >/dev/null || skip "clang is not installed"
work=$(mktemp -d "${TMPDIR:-/tmp}/slipway-fuzz.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
corpus=${CORPUS:-$work/corpus}

echo 'int LLVMFuzzerTestOneInput(const unsigned char *p, unsigned long n)
{ return p == 0 && n == 1; }' >"$work/probe.c"
clang -fsanitize=fuzzer,address "$work/probe.c" -o "$work/probe" \
	2>/dev/null || skip "clang has no libFuzzer (libclang-rt-dev)"

make_it() {
	make -j"$(nproc)" CC=clang SANITIZE=1 CFLAGS=-fsanitize=fuzzer-no-link \
		LDFLAGS=-fsanitize=fuzzer BUILD="$build" "$@" \
		>"$work/make" 2>&1
}

passed=0
failed=0

fuzz() { # TARGET
	local seeds=tests/fuzz/seeds/${1#fuzz_}
	if ! make_it "$build/tests/fuzz/$1"; then
		grep -v '^  [A-Z][A-Z]  ' "$work/make"
		echo "$1: does not build"
		return 1
	fi
	mkdir -p "$corpus/$1"
	[[ -d $seeds ]] || seeds=
	"$build/tests/fuzz/$1" "${bounds[@]}" -timeout=30 \
		-artifact_prefix="$build/$1-" -print_final_stats=1 \
		"$corpus/$1" ${seeds:+"$seeds"} >"$work/log" 2>&1 && {
		sed -n "s/^stat::number_of_executed_units: */$1: runs /p" \
			"$work/log"
		return 0
	}
	grep -v '^#[0-9]' "$work/log" | tail -n 60
	echo "$1: the input that failed is in $build/$1-*"
	return 1
}

if [[ $# -eq 0 ]]; then
	for source in tests/fuzz/fuzz_*.c; do
		set -- "$@" "$(basename "$source" .c)"
	done
fi
for target in "$@"; do
	if fuzz "$target"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
