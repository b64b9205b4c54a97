#!/bin/bash
# Load while workers are killed and PostgreSQL is restarted: see run.py.
# Usage: tests/chaos/run.sh [SECONDS]      (a short run by default)
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
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tests/e2e \
	python3 tests/chaos/run.py --build "$BUILD" --seconds "${1:-20}"
