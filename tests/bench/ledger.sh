#!/bin/bash
# Admit+settle pairs a second and the database's CPU per pair, one statement
# per call against batches, at 1, 64 and 256 waiting requests, interleaved in
# one run. With `growth` as argument: batches of 64 with an empty history and
# with 10 million calls and 100,000 users.
# Usage: tests/bench/ledger.sh [ROUNDS [SECONDS [growth]]]
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
rounds=${1:-3}
seconds=${2:-4}
growth=${3:-}
# shellcheck source=tests/lib/suite.sh
. tests/lib/suite.sh
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)

make -s -j"$(nproc)" BUILD="$BUILD" "$BUILD/tests/bench/ledger_bench" \
	"$BUILD/tests/bench/ledger_bench_single" || exit 1

pg=$suite_dir/pg
mkdir -m 755 "$pg"
as=()
if [[ $(id -u) -eq 0 ]]; then # PostgreSQL refuses to run as root
	as=(runuser -u postgres --)
	chown postgres "$pg"
fi
"${as[@]}" "$bin/initdb" -D "$pg/data" -U owner -A trust -E UTF8 \
	--locale=C.UTF-8 >/dev/null || exit 1
"${as[@]}" "$bin/pg_ctl" -D "$pg/data" -l "$pg/log" -w -o "-k $pg \
	-c listen_addresses='' -c shared_buffers=512MB -c max_wal_size=4GB" \
	start >/dev/null || exit 1
# shellcheck disable=SC2064 # the paths of now
trap "${as[*]} $bin/pg_ctl -D $pg/data -m immediate stop >/dev/null
	suite_cleanup" EXIT

sql() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$pg" -U owner -d slipway "$@" ||
		exit 1
}
psql -X -q -h "$pg" -U owner -d postgres -c 'CREATE DATABASE slipway' || exit 1
for file in sql/migrations/*.sql; do sql -1 -f "$file" >/dev/null; done
for file in sql/functions/*.sql sql/views/*.sql; do
	sql -1 -c 'SET check_function_bodies = off' -f "$file" >/dev/null
done
sql -c "INSERT INTO slipway.schema_migrations (version, sha256)
	VALUES ('9999_bench', '')" >/dev/null
hash=$(printf bench | sha256sum | cut -d' ' -f1)
sql -c "SELECT slipway.user_create('default', 'bench', 'user')" \
	-c "SELECT slipway.key_create('bench', '$hash', 'bench')" >/dev/null

# CPU seconds of the server and all its processes, living and waited for.
cpu() {
	local main
	main=$(head -n 1 "$pg/data/postmaster.pid")
	# shellcheck disable=SC2046 # one word for each process
	awk 'NR == 1 { t += $16 + $17 }
		{ t += $14 + $15 } END { print t }' "/proc/$main/stat" \
		$(ps -o pid= --ppid "$main" | awk '{ print "/proc/" $1 "/stat" }') \
		2>/dev/null
}

# one LABEL PROGRAM CALLERS: a row "label callers pairs/s cpu_us_per_pair"
one() {
	local before after pairs took
	before=$(cpu)
	read -r pairs took < <("$BUILD/tests/bench/$2" \
		"host=$pg dbname=slipway user=owner" "$hash" "$3" "$seconds" 2>>"$suite_dir/bench.log")
	after=$(cpu)
	awk -v l="$1" -v n="$3" -v p="$pairs" -v t="$took" \
		-v c="$((after - before))" \
		'BEGIN { printf "%s %d %.0f %.0f\n", l, n, p / t, c * 1e4 / p }'
}

medians() {
	sort -k1,1 -k2,2n | awk '
	{ k = $1 " " $2; n[k]++; a[k, n[k]] = $3; b[k, n[k]] = $4
	  if (n[k] == 1) order[++keys] = k }
	function median(v, k, m,   i, j, t, s) {
		for (i = 1; i <= m; i++) s[i] = v[k, i]
		for (i = 1; i <= m; i++) for (j = i + 1; j <= m; j++)
			if (s[j] < s[i]) { t = s[i]; s[i] = s[j]; s[j] = t }
		return s[int((m + 1) / 2)] }
	END {
		printf "%-22s %8s %10s %18s\n", "", "waiting", "pairs/s",
			"database us/pair"
		for (i = 1; i <= keys; i++) { k = order[i]; split(k, w, " ")
			printf "%-22s %8d %10d %18d\n", w[1], w[2],
				median(a, k, n[k]), median(b, k, n[k]) } }'
}

if [[ $growth != growth ]]; then
	for ((i = 0; i < rounds; i++)); do
		for n in 1 64 256; do
			one single ledger_bench_single "$n"
			one batched ledger_bench "$n"
		done
	done | medians
	exit
fi

rows() {
	for ((i = 0; i < rounds; i++)); do
		one "$1" ledger_bench 1
		one "$1" ledger_bench 64
	done
}
rows empty >"$suite_dir/rows"
echo "loading 100,000 users and 10 million calls" >&2
sql -f tests/bench/history.sql >/dev/null
rows ten-million >>"$suite_dir/rows"
medians <"$suite_dir/rows"
