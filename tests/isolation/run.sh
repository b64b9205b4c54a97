#!/bin/bash
# Two sessions step by step: who waits for whom, and what both find afterwards.
# See run.py. The last line is "N passed, N failed[, N skipped]".
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh
# shellcheck source=tests/lib/cluster.sh
. tests/lib/cluster.sh

cluster_up fsync=off deadlock_timeout=200ms
PYTHONDONTWRITEBYTECODE=1 python3 tests/isolation/run.py "$pg"
