#!/bin/bash
# The ledger's functions against a reference model: see run.py.
# Usage: tests/model/run.sh [SEEDS [OPERATIONS [FIRST_SEED]]]
#
# A short run by default, the same one each time; `make model` runs 20 seeds of
# 10,000 operations.
# The last line is "N passed, N failed[, N skipped]".
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh
# shellcheck source=tests/lib/cluster.sh
. tests/lib/cluster.sh

seeds=${1:-3}
ops=${2:-600}
first=${3:-1}
faketime=$(ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null | head -n 1)
if [[ -z $faketime ]]; then
	skip model "libfaketime is not installed"
	suite_end
	exit
fi

mkdir -m 755 "$suite_dir/pg"
echo "2026-03-28 20:00:00" >"$suite_dir/pg/clock"
cluster_env=(LD_PRELOAD="$faketime" FAKETIME_NO_CACHE=1
	FAKETIME_TIMESTAMP_FILE="$suite_dir/pg/clock"
	FAKETIME_DONT_FAKE_MONOTONIC=1)
cluster_up fsync=off autovacuum=off
PYTHONDONTWRITEBYTECODE=1 python3 tests/model/run.py --socket "$pg" \
	--clock "$pg/clock" --seeds "$seeds" --ops "$ops" --first-seed "$first"
