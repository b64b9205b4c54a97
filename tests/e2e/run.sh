#!/bin/sh
# End-to-end tests: each server mode gets one site and runs all cases in it.
#
#   SERVERS="lighttpd apache-proxy apache-fcgid apache-cgi"   which modes
#   BUILD=build                                               what was built
#   tests/e2e/run.sh [-k PART-OF-A-NAME]... [--keep] [--pooler]
#
# The last line is "N passed, N failed".
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
make --no-print-directory -s BUILD="$BUILD" all mock
exec env PYTHONDONTWRITEBYTECODE=1 python3 tests/e2e/run.py --build "$BUILD" \
	--servers "${SERVERS:-lighttpd apache-proxy apache-fcgid apache-cgi}" "$@"
