#!/bin/sh
# End-to-end tests: each server mode gets one site and runs all cases in it.
#
#   SERVERS="lighttpd apache-proxy apache-fcgid apache-cgi"   which modes
#   BUILD=build                                               what was built
#   tests/e2e/run.sh [-k PART-OF-A-NAME]... [--keep] [--pooler]
#
# Two modes run at a time, as the cases wait most of their time.  The last line
# is "N passed, N failed".
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
SERVERS=${SERVERS:-lighttpd apache-proxy apache-fcgid apache-cgi}
make --no-print-directory -s BUILD="$BUILD" all mock

run() {
	PYTHONDONTWRITEBYTECODE=1 exec python3 tests/e2e/run.py \
		--build "$BUILD" "$@"
}

# shellcheck disable=SC2086 # one word for each mode
set_two() {
	first='' second=''
	for mode in $SERVERS; do
		last=$first
		first=$second
		second="$last $mode"
	done
}

set_two
[ -n "$first" ] || run --servers "$SERVERS" "$@"

work=$(mktemp -d "${TMPDIR:-/tmp}/slipway-e2e-two.XXXXXX")
trap 'kill $one $two 2>/dev/null || :; wait; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
(run --servers "$first" "$@") >"$work/one" 2>&1 &
one=$!
(run --servers "$second" "$@" --no-mock) >"$work/two" 2>&1 &
two=$!
status=0
wait $one || status=1
wait $two || status=1
sed '$d' "$work/one"
sed '$d' "$work/two"
tail -q -n 1 "$work/one" "$work/two" | awk '
	$2 != "passed," || $4 != "failed" { bad = 1 }
	{ p += $1; f += $3 }
	END { print p + 0 " passed, " f + bad " failed" }'
exit $status
