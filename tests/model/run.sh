#!/bin/bash
# The ledger's functions against a reference model: see run.py.
# Usage: tests/model/run.sh [SEEDS [OPERATIONS [FIRST_SEED]]]
#
# A short run by default; `make model` runs 20 seeds of 10,000 operations.
# The last line is "N passed, N failed[, N skipped]".
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh

seeds=${1:-3}
ops=${2:-600}
first=${3:-$((RANDOM % 100000))}
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
faketime=$(ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null | head -n 1)
if [[ ! -x $bin/initdb || -z $faketime ]]; then
	skip model "PostgreSQL's server or libfaketime is not installed"
	suite_end
	exit
fi

pg=$suite_dir/pg
mkdir -m 755 "$pg"
echo "2026-03-28 20:00:00" >"$pg/clock"
as=()
if [[ $(id -u) -eq 0 ]]; then # PostgreSQL refuses to run as root
	as=(runuser -u postgres --)
	chown -R postgres "$pg"
fi
"${as[@]}" "$bin/initdb" -D "$pg/data" -U owner -A trust -E UTF8 \
	--locale=C.UTF-8 -N >/dev/null || exit 1
"${as[@]}" env LD_PRELOAD="$faketime" FAKETIME_TIMESTAMP_FILE="$pg/clock" \
	FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 \
	"$bin/pg_ctl" -D "$pg/data" -l "$pg/log" -w -t 60 -o "-k $pg \
	-c listen_addresses='' -c fsync=off -c autovacuum=off" start >/dev/null ||
	exit 1
# shellcheck disable=SC2064 # the paths of now
trap "${as[*]} $bin/pg_ctl -D $pg/data -m immediate stop >/dev/null
	suite_cleanup" EXIT

apply() {
	psql -X -q -v ON_ERROR_STOP=1 -h "$pg" -U owner -d "$1" "${@:2}" \
		>/dev/null || exit 1
}
apply postgres -c 'CREATE DATABASE slipway'
for role in slipway_app slipway_admin slipway_finance; do
	apply slipway -c "CREATE ROLE $role NOLOGIN"
done
for file in sql/migrations/*.sql; do apply slipway -1 -f "$file"; done
for file in sql/functions/*.sql sql/views/*.sql; do
	apply slipway -1 -c 'SET check_function_bodies = off' -f "$file"
done
PYTHONDONTWRITEBYTECODE=1 python3 tests/model/run.py --socket "$pg" \
	--clock "$pg/clock" --seeds "$seeds" --ops "$ops" --first-seed "$first"
