#!/bin/sh
# End-to-end tests: each server mode gets one site and runs all cases in it.
#
#   SERVERS="lighttpd apache-proxy apache-fcgid apache-cgi"   which modes
#   BUILD=build                                               what was built
#   tests/e2e/run.sh [-k PART-OF-A-NAME]... [--keep] [--pooler]
#
# All modes run at a time, as the cases wait most of their time.  The last line is
# "N passed, N failed".
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
SERVERS=${SERVERS:-lighttpd apache-proxy apache-fcgid apache-cgi}
make --no-print-directory -s BUILD="$BUILD" all mock

run() {
	PYTHONDONTWRITEBYTECODE=1 exec python3 tests/e2e/run.py \
		--build "$BUILD" "$@"
}

case $SERVERS in
*' '*) ;;
*) run --servers "$SERVERS" "$@" ;;
esac

work=$(mktemp -d "${TMPDIR:-/tmp}/slipway-e2e-modes.XXXXXX")
pids=''
# shellcheck disable=SC2086 # a list of processes
trap 'kill $pids 2>/dev/null || :; wait; rm -rf "$work"' EXIT
trap "trap '' INT TERM HUP; exit 130" INT TERM HUP
mock=''
for mode in $SERVERS; do
	# shellcheck disable=SC2086 # one option or none
	(run --servers "$mode" $mock "$@") >"$work/$mode" 2>&1 &
	pids="$pids $!"
	mock=--no-mock # its own cases once
done
status=0
for pid in $pids; do
	wait "$pid" || status=1
done
for mode in $SERVERS; do
	sed '$d' "$work/$mode"
done
tail -q -n 1 "$work"/* | awk '
	$2 != "passed," || $4 != "failed" { bad = 1 }
	{ p += $1; f += $3 }
	END { print p + 0 " passed, " f + bad " failed" }'
exit $status
