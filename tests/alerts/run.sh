#!/bin/bash
# Every alert, raised and resolved by real traffic: a whole site with the mock
# provider, a webhook and a mail server of the test's own.  See main.py.
# Usage: tests/alerts/run.sh [PART-OF-A-NAME]
#
# Environment: BUILD, where it was built (build).
# The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
if ! make -s -j"$(nproc)" BUILD="$BUILD" all mock >/dev/null; then
	echo "0 passed, 1 failed"
	exit 1
fi
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tests/e2e:tests/lib \
	python3 tests/alerts/main.py --build "$BUILD" "$@"
